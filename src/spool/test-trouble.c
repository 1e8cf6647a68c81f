/* Torn and damaged files, full and read-only disks. */
#include "spool/test-dir.h"

#include "base/buf.h"
#include "os/file.h"
#include "spool/frame.h"

#include <sys/mount.h>

static void write_file(const char *path, const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

/* Three events in one segment; its path and bytes. */
static char *three_events(const char *dir, struct kh_buf *ret_bytes)
{
	struct kh_spool *spool = open_spool(dir, KH_MIB);
	put(spool, KH_SPOOL_EVENT, "first");
	put(spool, KH_SPOOL_EVENT, "second");
	put(spool, KH_SPOOL_EVENT, "third");
	commit(spool);
	kh_spool_free(spool);
	char *path = NULL;
	assert_int_equal(files_of(dir, "event", &path), 1);
	assert_int_equal(kh_file_read(path, KH_MIB, ret_bytes), 0);
	return path;
}

static void a_write_cut_at_any_byte_leaves_the_whole_records(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	kh_auto_free char *path = three_events(dir, &bytes);
	size_t second = 8 + KH_FRAME_HEADER + 5, third = second + KH_FRAME_HEADER + 6;
	for (size_t cut = 0; cut < bytes.len; cut++) {
		empty_dir(dir);
		write_file(path, bytes.data, cut);
		struct kh_spool *spool = open_spool(dir, KH_MIB);
		assert_int_equal(stats_of(spool).damaged, 0);
		put(spool, KH_SPOOL_EVENT, "new");
		commit(spool);
		kh_auto_free char *all = drain(spool);
		assert_string_equal(all, cut >= third ? "1:first 2:second | 1:new " : cut >= second ? "1:first | 1:new " : "1:new ");
		kh_spool_free(spool);
	}
}

static void a_flipped_bit_costs_at_most_one_record(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	kh_auto_free char *path = three_events(dir, &bytes);
	static const char *const without[] = {"2:second 3:third ", "1:first 3:third ", "1:first 2:second "};
	size_t starts[] = {8, 8 + KH_FRAME_HEADER + 5, 8 + 2 * KH_FRAME_HEADER + 11, bytes.len};
	for (size_t bit = 8 * starts[0]; bit < 8 * bytes.len; bit += 3) {
		size_t hit = bit / 8 < starts[1] ? 0 : bit / 8 < starts[2] ? 1 : 2;
		empty_dir(dir);
		bytes.data[bit / 8] ^= (char)(1 << bit % 8);
		write_file(path, bytes.data, bytes.len);
		bytes.data[bit / 8] ^= (char)(1 << bit % 8);
		struct kh_spool *spool = open_spool(dir, KH_MIB);
		assert_int_equal(stats_of(spool).damaged, hit == 2 ? 0 : 1); /* the last looks like a torn end */
		assert_int_equal(stats_of(spool).records, 2);
		kh_auto_free char *all = drain(spool);
		assert_string_equal(all, without[hit]);
		assert_int_equal(stats_of(spool).damaged, hit == 2 ? 0 : 1);
		kh_spool_free(spool);
		spool = open_spool(dir, KH_MIB); /* counted once, however often it is opened */
		assert_int_equal(stats_of(spool).damaged, hit == 2 ? 0 : 1);
		kh_spool_free(spool);
	}
}

static void damage_while_running_is_passed_over(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_spool struct kh_spool *spool = open_spool(dir, KH_MIB);
	put(spool, KH_SPOOL_EVENT, "first");
	put(spool, KH_SPOOL_EVENT, "second");
	put(spool, KH_SPOOL_FACTS, "facts");
	commit(spool);
	kh_auto_free char *events = NULL, *facts = NULL;
	files_of(dir, "event", &events);
	files_of(dir, "facts", &facts);
	int fd = open(events, O_WRONLY);
	assert_int_equal(pwrite(fd, "?", 1, 8 + KH_FRAME_HEADER), 1);
	close(fd);
	unlink(facts);
	kh_auto_free char *all = drain(spool);
	assert_true(strcmp(all, "2:second ") == 0 || strcmp(all, "2:second 3:facts ") == 0); /* the descriptor may still be open */
	assert_true(stats_of(spool).damaged >= 1);
	assert_int_equal(stats_of(spool).records, 0);
}

static void a_damaged_ledger_loses_only_counters(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_free char *path = kh_format("%s/ledger", dir);
	struct kh_spool *spool = open_spool(dir, KH_MIB);
	for (int i = 0; i < 4; i++) {
		put(spool, KH_SPOOL_EVENT, "x");
		commit(spool);
		kh_spool_ack(spool, kh_spool_epoch(spool), (uint64_t)i + 1);
	}
	put(spool, KH_SPOOL_EVENT, "kept");
	commit(spool);
	kh_spool_free(spool);
	kh_auto_buf struct kh_buf good = KH_BUF_INIT;
	assert_int_equal(kh_file_read(path, KH_MIB, &good), 0);
	for (size_t cut = 0; cut < good.len; cut += 1021) {
		write_file(path, good.data, cut);
		spool = open_spool(dir, KH_MIB);
		uint64_t records = stats_of(spool).records;
		assert_true(records >= 1 && records <= 5); /* sent again, at worst */
		kh_spool_free(spool);
	}
}

static void a_missing_directory_comes_later(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_free char *inside = kh_format("%s/file/spool", dir), *blocker = kh_format("%s/file", dir);
	write_file(blocker, "", 0); /* a file where the directory should be */
	struct kh_spool *spool = open_spool(inside, KH_MIB);
	assert_false(stats_of(spool).writable);
	put(spool, KH_SPOOL_DETECTION, "held");
	assert_true(kh_spool_commit(spool) < 0);
	kh_auto_spool_batch struct kh_spool_batch batch = {0};
	take(spool, &batch);
	assert_int_equal(batch.items.n, 1); /* it can go out from memory */
	unlink(blocker);
	commit(spool);
	assert_true(stats_of(spool).writable);
	assert_int_equal(files_of(inside, "detection", NULL), 1);
	kh_spool_free(spool);
	char *removed = kh_strdup(inside);
	remove_dir(&removed);
	rmdir(blocker);
}

static void memory_is_bounded_while_nothing_can_be_written(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_free char *inside = kh_format("%s/file/spool", dir), *blocker = kh_format("%s/file", dir);
	write_file(blocker, "", 0);
	kh_auto_spool struct kh_spool *spool = open_spool(inside, 64 * KH_MIB);
	for (int i = 0; i < 60; i++)
		put_bytes(spool, KH_SPOOL_EVENT, 'e', 100 * 1024, 0);
	assert_true(stats_of(spool).bytes <= KH_SPOOL_MAX_HELD);
	for (int i = 0; i < 60; i++)
		put_bytes(spool, KH_SPOOL_DETECTION, 'D', 50 * 1024, 0);
	struct kh_spool_stats stats = stats_of(spool);
	assert_int_equal(stats.dropped[KH_SPOOL_DETECTION], 0);
	assert_true(stats.dropped[KH_SPOOL_EVENT] > 20 && stats.bytes <= KH_SPOOL_MAX_HELD);
	kh_spool_ack(spool, kh_spool_epoch(spool), 120); /* the link still works */
	assert_int_equal(stats_of(spool).records, 0);
	assert_int_equal(stats_of(spool).bytes, 0);
}

/* A file system of 1 MiB that fills up. */
static void a_full_disk_keeps_detections(void **state)
{
	(void)state;
	if (geteuid() != 0)
		KH_SKIP("needs root");
	auto_dir char *dir = test_dir();
	if (mount("none", dir, "tmpfs", 0, "size=1m") < 0)
		KH_SKIP("this system does not let us mount a file system");
	struct kh_spool *spool = open_spool(dir, 64 * KH_MIB);
	int full = 0;
	for (int i = 0; i < 40 && !full; i++) {
		put_bytes(spool, KH_SPOOL_EVENT, 'e', 64 * 1024, 0);
		full = kh_spool_commit(spool);
	}
	assert_int_equal(full, KH_E_DISK_FULL);
	assert_false(stats_of(spool).writable);
	put_bytes(spool, KH_SPOOL_DETECTION, 'D', 64 * 1024, 0);
	kh_ignore(kh_spool_commit(spool)); /* events make way on disk for the detection */
	assert_int_equal(files_of(dir, "detection", NULL), 1);
	assert_true(stats_of(spool).dropped[KH_SPOOL_EVENT] > 0);
	uint64_t waiting = stats_of(spool).records, dropped = stats_of(spool).dropped[KH_SPOOL_EVENT];
	kh_spool_free(spool);

	spool = open_spool(dir, 64 * KH_MIB);
	assert_true(stats_of(spool).records <= waiting && stats_of(spool).damaged == 0);
	assert_true(stats_of(spool).dropped[KH_SPOOL_EVENT] <= dropped);
	kh_auto_free char *all = drain(spool);
	assert_non_null(strstr(all, "DDDD"));
	put(spool, KH_SPOOL_EVENT, "again");
	commit(spool); /* there is room again */
	kh_spool_free(spool);
	umount(dir);
}

static void a_read_only_disk_still_delivers(void **state)
{
	(void)state;
	if (geteuid() != 0)
		KH_SKIP("needs root");
	auto_dir char *dir = test_dir();
	if (mount("none", dir, "tmpfs", 0, "size=1m") < 0)
		KH_SKIP("this system does not let us mount a file system");
	struct kh_spool *spool = open_spool(dir, KH_MIB);
	put(spool, KH_SPOOL_EVENT, "before");
	commit(spool);
	kh_spool_free(spool);
	assert_int_equal(mount("none", dir, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), 0);
	spool = open_spool(dir, KH_MIB);
	put(spool, KH_SPOOL_EVENT, "held");
	assert_int_equal(kh_spool_commit(spool), KH_E_READ_ONLY);
	kh_auto_free char *all = drain(spool);
	assert_string_equal(all, "1:before | 1:held ");
	kh_spool_free(spool);
	umount(dir);
}

KH_TESTS(a_write_cut_at_any_byte_leaves_the_whole_records, a_flipped_bit_costs_at_most_one_record, damage_while_running_is_passed_over,
	 a_damaged_ledger_loses_only_counters, a_missing_directory_comes_later, memory_is_bounded_while_nothing_can_be_written, a_full_disk_keeps_detections,
	 a_read_only_disk_still_delivers)
