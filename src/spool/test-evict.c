/* What is given up when the spool is full. */
#include "spool/test-dir.h"

enum { KIB = 1024 };

static void the_oldest_events_go_first(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_spool struct kh_spool *spool = open_spool(dir, KH_MIB);
	put_bytes(spool, KH_SPOOL_DETECTION, 'D', 100 * KIB, 0);
	put_bytes(spool, KH_SPOOL_FACTS, 'F', 100 * KIB, 1);
	for (int i = 0; i < 30; i++)
		put_bytes(spool, KH_SPOOL_EVENT, 'e', 64 * KIB, 0);
	commit(spool);
	struct kh_spool_stats stats = stats_of(spool);
	assert_int_equal(stats.dropped[KH_SPOOL_DETECTION], 0);
	assert_int_equal(stats.dropped[KH_SPOOL_FACTS], 0);
	assert_int_equal(stats.dropped[KH_SPOOL_EVENT] + stats.records, 32);
	assert_true(stats.dropped[KH_SPOOL_EVENT] >= 17 && stats.bytes <= KH_MIB);
	kh_auto_spool_batch struct kh_spool_batch batch = {0};
	take(spool, &batch);
	assert_int_equal(batch.items.n, 2); /* then comes the gap */
	ack_all(spool, &batch);
	take(spool, &batch);
	assert_int_equal(batch.items.v[batch.items.n - 1].seq, 32);
}

static void of_facts_the_newest_of_each_table_stay(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_spool struct kh_spool *spool = open_spool(dir, KH_MIB);
	put_bytes(spool, KH_SPOOL_FACTS, 'o', 1 * KIB, 99); /* the only report of its table */
	for (int i = 0; i < 40; i++)
		put_bytes(spool, KH_SPOOL_FACTS, (char)('a' + i % 4), 64 * KIB, (uint64_t)(i % 4 + 1));
	commit(spool);
	assert_true(stats_of(spool).dropped[KH_SPOOL_FACTS] >= 25);
	kh_auto_free char *all = drain(spool);
	assert_non_null(strstr(all, "1:oooo"));
	assert_non_null(strstr(all, "41:dddd"));
	assert_non_null(strstr(all, "38:aaaa"));
}

static void worthier_records_push_out_the_others(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_spool struct kh_spool *spool = open_spool(dir, KH_MIB);
	for (int i = 0; i < 8; i++) {
		put_bytes(spool, KH_SPOOL_EVENT, 'e', 60 * KIB, 0);
		put_bytes(spool, KH_SPOOL_FACTS, 'f', 60 * KIB, (uint64_t)i + 1);
	}
	for (int i = 0; i < 15; i++)
		put_bytes(spool, KH_SPOOL_DETECTION, 'D', 60 * KIB, 0);
	commit(spool);
	struct kh_spool_stats stats = stats_of(spool);
	assert_int_equal(stats.dropped[KH_SPOOL_EVENT], 8);
	assert_int_equal(stats.dropped[KH_SPOOL_DETECTION], 0);
	assert_true(stats.dropped[KH_SPOOL_FACTS] >= 6);

	/* Full of detections: what is worth less is not let in, and takes nothing away. */
	for (int i = 0; i < 2; i++)
		put_bytes(spool, KH_SPOOL_DETECTION, 'D', 60 * KIB, 0);
	assert_int_equal(put_bytes(spool, KH_SPOOL_EVENT, 'e', 200 * KIB, 0), 0);
	assert_int_equal(put_bytes(spool, KH_SPOOL_FACTS, 'f', 200 * KIB, 77), 0);
	assert_int_equal(stats_of(spool).dropped[KH_SPOOL_DETECTION], 0);
	assert_int_equal(stats_of(spool).dropped[KH_SPOOL_EVENT], 9);

	/* Another detection: the oldest detection goes. */
	put_bytes(spool, KH_SPOOL_DETECTION, 'D', 200 * KIB, 0);
	assert_true(stats_of(spool).dropped[KH_SPOOL_DETECTION] >= 1);
}

static void what_is_larger_than_the_spool_takes_nothing_away(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_spool struct kh_spool *spool = open_spool(dir, KH_MIB);
	put(spool, KH_SPOOL_EVENT, "small");
	assert_int_equal(put_bytes(spool, KH_SPOOL_DETECTION, 'D', 2 * KH_MIB, 0), 0);
	assert_int_equal(stats_of(spool).dropped[KH_SPOOL_DETECTION], 1);
	kh_auto_free char *all = drain(spool);
	assert_string_equal(all, "1:small ");
}

static void counts_survive(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	struct kh_spool *spool = open_spool(dir, KH_MIB);
	for (int i = 0; i < 40; i++)
		put_bytes(spool, KH_SPOOL_EVENT, 'e', 64 * KIB, 0);
	commit(spool);
	uint64_t dropped = stats_of(spool).dropped[KH_SPOOL_EVENT];
	assert_true(dropped > 20);
	kh_spool_free(spool);
	spool = open_spool(dir, KH_MIB);
	assert_int_equal(stats_of(spool).dropped[KH_SPOOL_EVENT], dropped);
	kh_spool_free(spool);
}

static void a_smaller_maximum_is_kept_at_the_next_start(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	struct kh_spool *spool = open_spool(dir, 8 * KH_MIB);
	for (int i = 0; i < 40; i++)
		put_bytes(spool, KH_SPOOL_EVENT, 'e', 64 * KIB, 0);
	commit(spool);
	kh_spool_free(spool);
	spool = open_spool(dir, KH_MIB);
	assert_true(stats_of(spool).bytes <= KH_MIB && stats_of(spool).records > 0);
	kh_spool_free(spool);
}

static void a_copied_spool_gives_up_what_was_copied(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	struct kh_spool *spool = open_spool(dir, KH_MIB);
	put(spool, KH_SPOOL_EVENT, "theirs");
	put(spool, KH_SPOOL_EVENT, "theirs");
	put(spool, KH_SPOOL_DETECTION, "theirs");
	commit(spool);
	kh_spool_free(spool);

	spool = open_spool(dir, KH_MIB);
	put(spool, KH_SPOOL_EVENT, "ours");
	commit(spool);
	put(spool, KH_SPOOL_DETECTION, "ours");
	assert_int_equal(kh_spool_drop_earlier(spool), 0);
	assert_int_equal(stats_of(spool).dropped[KH_SPOOL_EVENT], 2);
	assert_int_equal(stats_of(spool).dropped[KH_SPOOL_DETECTION], 1);
	assert_int_equal(files_of(dir, "event", NULL), 1);
	kh_spool_free(spool); /* as if killed: what was given up does not come back, and is still counted */

	spool = open_spool(dir, KH_MIB);
	assert_int_equal(stats_of(spool).dropped[KH_SPOOL_EVENT], 2);
	kh_auto_free char *all = drain(spool);
	assert_string_equal(all, "1:ours ");
	kh_spool_free(spool);
}

static void a_spool_that_cannot_be_written_keeps_its_copies(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_free char *away = kh_format("%s-away", dir);
	struct kh_spool *spool = open_spool(dir, KH_MIB);
	put(spool, KH_SPOOL_EVENT, "theirs");
	commit(spool);
	kh_spool_free(spool);
	assert_int_equal(rename(dir, away), 0);
	FILE *in_the_way = fopen(dir, "w");
	assert_non_null(in_the_way);
	fclose(in_the_way);
	spool = open_spool(dir, KH_MIB);
	assert_true(kh_spool_drop_earlier(spool) < 0);
	kh_spool_free(spool);
	assert_int_equal(unlink(dir), 0);
	assert_int_equal(rename(away, dir), 0);
}

KH_TESTS(the_oldest_events_go_first, of_facts_the_newest_of_each_table_stay, worthier_records_push_out_the_others,
	 what_is_larger_than_the_spool_takes_nothing_away, counts_survive, a_smaller_maximum_is_kept_at_the_next_start,
	 a_copied_spool_gives_up_what_was_copied, a_spool_that_cannot_be_written_keeps_its_copies)
