/* What is kept from scan to scan: compiled content, that it was checked, and verdicts. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "scan/checked.h"
#include "scan/test_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The one file in the folder whose name ends so: its path, new memory; NULL: none. */
static char *only(const char *folder, const char *extension)
{
	char *found = NULL;
	DIR *d = opendir(folder);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (!kh_ends_with(e->d_name, extension))
			continue;
		assert_null(found);
		found = kh_format("%s/%s", folder, e->d_name);
	}
	closedir(d);
	return found;
}

static void settle(void)
{
	const struct timespec time = {.tv_sec = 2, .tv_nsec = 100000000}; /* what changed just now may still change unseen */
	nanosleep(&time, NULL);
}

static void compiled_rules_are_kept_and_checked(void **state)
{
	(void)state;
	test_fresh();
	kh_auto_free char *kept = kh_format("%s/kept", test_top), *file = kh_format("%s/eicar.com", test_top);
	assert_int_equal(mkdir(kept, 0700), 0);
	test_put("eicar.com", EICAR);
	const char *const paths[] = {file};
	const struct kh_scan_options options = {.paths = paths, .path_count = 1, .compiled = kept};
	auto_outcome struct test_outcome first = test_scan(options);
	assert_string_equal(first.text, "infected /eicar.com EICAR_Test_File@\n");
	kh_auto_free char *path = only(kept, ".compiled");
	assert_non_null(path);
	struct stat before, after;
	assert_int_equal(stat(path, &before), 0);
	auto_outcome struct test_outcome second = test_scan(options);
	assert_string_equal(second.text, first.text);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino); /* used again */
	static const off_t sizes[] = {0, 10, 5000};
	for (size_t i = 0; i < KH_COUNT(sizes); i++) {
		assert_int_equal(truncate(path, sizes[i]), 0);
		auto_outcome struct test_outcome damaged = test_scan(options);
		assert_int_equal(damaged.error, 0);
		assert_string_equal(damaged.text, first.text); /* made anew */
		assert_int_equal(stat(path, &after), 0);
		assert_int_equal(after.st_size, before.st_size);
	}
}

static void known_files_are_not_read_again(void **state)
{
	(void)state;
	test_fresh();
	kh_auto_free char *verdicts = kh_format("%s/verdicts", test_top), *folder = kh_format("%s/d", test_top), *old = kh_format("%s/d/old", test_top);
	assert_int_equal(mkdir(folder, 0755), 0);
	test_put("d/old", "clean");
	test_put("d/eicar.com", EICAR);
	settle();
	const char *const paths[] = {folder};
	const struct kh_scan_options options = {.paths = paths, .path_count = 1, .verdicts = verdicts};
	auto_outcome struct test_outcome first = test_scan(options), second = test_scan(options);
	assert_string_equal(second.text, first.text);
	assert_int_equal(first.summary.known, 0);
	assert_int_equal(second.summary.known, 1); /* what was found is looked at each time */
	assert_int_equal(second.summary.infected, 1);
	test_put("d/old", EICAR);
	auto_outcome struct test_outcome changed = test_scan(options);
	assert_int_equal(changed.summary.infected, 2);
	const struct kh_unpack_limits other = {.depth = 1, .members = 10, .member_bytes = 1000, .held_bytes = 1000, .total_bytes = 1000, .ratio = 9, .time_ms = 60000};
	struct kh_scan_options stricter = options;
	stricter.limits = &other;
	auto_outcome struct test_outcome again = test_scan(stricter);
	assert_int_equal(again.summary.known, 0); /* another way of looking */
}

static struct test_outcome scan_known(const char *folder, const char *verdicts, const char *content)
{
	const char *const paths[] = {folder}, *const all[] = {content}; /* YARA rules too stand among ClamAV's signatures */
	return test_scan((struct kh_scan_options){.paths = paths, .path_count = 1, .signatures = all, .signature_count = 1, .verdicts = verdicts});
}

static void new_content_reads_only_what_it_may_find(void **state)
{
	(void)state;
	test_fresh();
	kh_auto_free char *verdicts = kh_format("%s/verdicts", test_top), *folder = kh_format("%s/d", test_top), *rules = kh_format("%s/r", test_top);
	assert_int_equal(mkdir(folder, 0755) | mkdir(rules, 0755), 0);
	test_put("d/text", "clean text");
	test_put("d/program", "\x7f" "ELF, clean");
	test_put("r/a.yar", "rule a { strings: $a = \"never there\" condition: $a }");
	settle();
	auto_outcome struct test_outcome first = scan_known(folder, verdicts, rules), again = scan_known(folder, verdicts, rules);
	assert_int_equal(first.summary.known, 0);
	assert_int_equal(again.summary.known, 2);
	test_put("r/b.yar", "rule b { strings: $a = \"clean\" condition: uint32(0) == 0x464c457f and $a }");
	auto_outcome struct test_outcome for_programs = scan_known(folder, verdicts, rules);
	assert_int_equal(for_programs.summary.known, 1);
	assert_string_equal(for_programs.text, "clean /d/text\ninfected /d/program b@\n");
	test_put("r/c.hsb", "00112233445566778899aabbccddeeff:*:Of.Any:73\n");
	auto_outcome struct test_outcome of_any_size = scan_known(folder, verdicts, rules);
	assert_int_equal(of_any_size.summary.known, 0);
	test_put("r/c.hsb", "00112233445566778899aabbccddeeff:77:Of.Any\n");
	test_put("r/d.hdb", "00112233445566778899aabbccddeeff:77:Of.Size\n");
	auto_outcome struct test_outcome of_another_size = scan_known(folder, verdicts, rules);
	assert_int_equal(of_another_size.summary.known, 1);
	test_put("r/d.hdb", "48b8f9e17e2e3e5c8d4a49ef2ad5dd26:10:Of.Size\n"); /* not its hash */
	auto_outcome struct test_outcome of_its_size = scan_known(folder, verdicts, rules);
	assert_int_equal(of_its_size.summary.known, 0);
}

/* ---- content that was checked before ---- */

/* A folder with a clean file and EICAR, content kept, verdicts known, and it is noted that the content is whole. */
struct known {
	char *folder, *kept, *verdicts, *checked;
	const char *paths[1];
};

static void known_done(struct known *k)
{
	free(k->folder);
	free(k->kept);
	free(k->verdicts);
	free(k->checked);
}
#define auto_known KH_CLEANUP(known_done)

static struct kh_scan_options options_of(struct known *k)
{
	k->paths[0] = k->folder;
	return (struct kh_scan_options){.paths = k->paths, .path_count = 1, .compiled = k->kept, .verdicts = k->verdicts};
}

static struct known make_known(void)
{
	test_fresh();
	struct known k = {kh_format("%s/d", test_top), kh_format("%s/kept", test_top), kh_format("%s/verdicts", test_top), NULL, {NULL}};
	assert_int_equal(mkdir(k.folder, 0755) | mkdir(k.kept, 0700), 0);
	test_put("d/clean", "clean");
	auto_outcome struct test_outcome compiled = test_scan(options_of(&k));
	assert_null(only(k.kept, ".checked"));
	settle();
	auto_outcome struct test_outcome looked_at = test_scan(options_of(&k));
	assert_string_equal(looked_at.text, "clean /d/clean\n");
	k.checked = only(k.kept, ".checked");
	assert_non_null(k.checked);
	return k;
}

static void assert_says(struct known *k, const char *worker, const char *text, uint64_t known)
{
	struct kh_scan_options options = options_of(k);
	options.worker = worker;
	auto_outcome struct test_outcome o = test_scan(options);
	assert_int_equal(o.error, 0);
	assert_string_equal(o.text, text);
	assert_int_equal(o.summary.known, known);
	assert_true(o.summary.rules > 0);
	assert_int_equal(kh_scan_exit_status(&o.summary), strstr(text, "infected") ? 1 : 0);
}

static void workers_start_when_a_file_needs_one(void **state)
{
	(void)state;
	static const struct {
		const char *worker;
		int error;
	} cases[] = {{"/bin/false", KH_E_WORKER_FAILED}, {"/nonexistent", KH_E_NOT_FOUND}};
	auto_known struct known k = make_known();
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_says(&k, cases[i].worker, "clean /d/clean\n", 1); /* none was started */
	test_put("d/eicar.com", EICAR);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_scan_options options = options_of(&k);
		options.worker = cases[i].worker;
		auto_outcome struct test_outcome o = test_scan(options);
		assert_int_equal(o.error, cases[i].error);
	}
	assert_says(&k, TEST_WORKER, "clean /d/clean\ninfected /d/eicar.com EICAR_Test_File@\n", 1);
}

/* More files than may wait for it. */
static void no_file_is_lost_while_content_is_loaded(void **state)
{
	(void)state;
	enum { FILES = 200 };
	auto_known struct known k = make_known();
	for (int i = 0; i < FILES; i++) {
		char name[32];
		snprintf(name, sizeof name, "d/%03d", i);
		test_put(name, EICAR);
	}
	auto_outcome struct test_outcome o = test_scan(options_of(&k));
	assert_int_equal(o.error, 0);
	assert_int_equal(o.summary.infected, FILES);
	assert_int_equal(o.summary.known, 1);
}

static void change_byte(const char *path, off_t at)
{
	uint8_t byte = 0;
	int fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x55;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* Wherever it is: the file's times tell that it must be checked, and its sum that it is damaged. */
static void damage_to_checked_content_is_seen(void **state)
{
	(void)state;
	enum { PLACES = 12 };
	struct stat whole, now;
	auto_known struct known k = make_known();
	kh_auto_free char *compiled = only(k.kept, ".compiled");
	assert_int_equal(stat(compiled, &whole), 0);
	test_put("d/eicar.com", EICAR);
	for (off_t i = 0; i < PLACES; i++) {
		change_byte(compiled, 16 + i * (whole.st_size - 17) / (PLACES - 1));
		ino_t damaged = stat(compiled, &now) == 0 ? now.st_ino : 0;
		auto_outcome struct test_outcome o = test_scan(options_of(&k));
		assert_int_equal(o.error, 0);
		assert_string_equal(o.text, "clean /d/clean\ninfected /d/eicar.com EICAR_Test_File@\n");
		assert_int_equal(stat(compiled, &now), 0);
		if (now.st_ino == damaged)
			fail_msg("damage at %d of %d was not seen", (int)i, PLACES);
	}
}

static void damage_to_what_was_said_costs_time_only(void **state)
{
	(void)state;
	auto_known struct known k = make_known();
	struct stat st;
	assert_int_equal(stat(k.checked, &st), 0);
	for (off_t at = 0; at < st.st_size; at += 9) {
		change_byte(k.checked, at);
		assert_says(&k, TEST_WORKER, "clean /d/clean\n", 1);
	}
	assert_int_equal(truncate(k.checked, 10), 0);
	assert_says(&k, TEST_WORKER, "clean /d/clean\n", 1);
	assert_says(&k, "/bin/false", "clean /d/clean\n", 1); /* it was said anew */
}

/* A note of tomorrow is not believed either. */
static void content_is_checked_again_after_a_day(void **state)
{
	(void)state;
	static const int64_t moved_s[] = {-KH_CHECKED_S - 1, 3600};
	auto_known struct known k = make_known();
	for (size_t i = 0; i < KH_COUNT(moved_s); i++) {
		const struct timespec times[2] = {{.tv_sec = kh_now_s() + moved_s[i]}, {.tv_sec = kh_now_s() + moved_s[i]}};
		assert_int_equal(utimensat(AT_FDCWD, k.checked, times, 0), 0);
		struct kh_scan_options options = options_of(&k);
		options.worker = "/bin/false";
		auto_outcome struct test_outcome o = test_scan(options);
		assert_int_equal(o.error, KH_E_WORKER_FAILED);
		assert_says(&k, TEST_WORKER, "clean /d/clean\n", 1);
		assert_says(&k, "/bin/false", "clean /d/clean\n", 1);
	}
}

/* A worker that has loaded something else than was said: everything is made anew, and what had waited for a worker is scanned by that. */
static void other_content_than_was_said_is_not_used(void **state)
{
	(void)state;
	auto_known struct known k = make_known();
	kh_auto_free char *before = only(k.kept, ".compiled");
	struct stat first, second;
	assert_int_equal(stat(before, &first), 0);
	test_put("d/fine", "fine");
	struct kh_scan_options options = options_of(&k);
	options.worker = TEST_BAD_WORKER;
	auto_outcome struct test_outcome o = test_scan(options);
	assert_int_equal(o.error, 0);
	assert_string_equal(o.text, "clean /d/clean\nclean /d/fine\n");
	assert_int_equal(stat(before, &second), 0);
	assert_true(first.st_ino != second.st_ino);
}

KH_TESTS_WITH(test_setup, test_teardown, compiled_rules_are_kept_and_checked, known_files_are_not_read_again, new_content_reads_only_what_it_may_find,
	      workers_start_when_a_file_needs_one, no_file_is_lost_while_content_is_loaded, damage_to_checked_content_is_seen, damage_to_what_was_said_costs_time_only,
	      content_is_checked_again_after_a_day, other_content_than_was_said_is_not_used)
