#include "spool/test-dir.h"

#include <signal.h>
#include <sys/wait.h>

static void gives_back_in_order(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_spool struct kh_spool *spool = open_spool(dir, KH_MIB);
	assert_int_equal(put(spool, KH_SPOOL_EVENT, "a"), 1);
	assert_int_equal(put(spool, KH_SPOOL_DETECTION, "b"), 2);
	assert_int_equal(put(spool, KH_SPOOL_FACTS, "c"), 3);
	assert_int_equal(put(spool, KH_SPOOL_EVENT, "d"), 4);
	commit(spool);
	assert_int_equal(put(spool, KH_SPOOL_FACTS, ""), 5);
	commit(spool);
	assert_int_equal(stats_of(spool).records, 5);
	assert_int_equal(kh_spool_last_seq(spool), 5);
	kh_auto_free char *all = drain(spool);
	assert_string_equal(all, "1:a 2:b 3:c 4:d 5: ");
	assert_int_equal(stats_of(spool).records, 0);
	assert_int_equal(stats_of(spool).bytes, 0);
}

static void batches_keep_to_their_limits(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_spool struct kh_spool *spool = open_spool(dir, KH_MIB);
	kh_auto_spool_batch struct kh_spool_batch batch = {0};
	for (int i = 0; i < 10; i++)
		put_bytes(spool, i % 2 ? KH_SPOOL_EVENT : KH_SPOOL_DETECTION, 'x', 100, 0);
	commit(spool);
	assert_int_equal(kh_spool_read(spool, 3, KH_MIB, &batch), 0);
	assert_int_equal(batch.items.n, 3);
	assert_int_equal(kh_spool_read(spool, 100, 450, &batch), 0);
	assert_int_equal(batch.items.n, 4);
	assert_int_equal(kh_spool_read(spool, 100, 1, &batch), 0);
	assert_int_equal(batch.items.n, 1);
	kh_spool_ack(spool, batch.epoch, 1);
	assert_int_equal(kh_spool_read(spool, 100, 1, &batch), 0);
	assert_int_equal(batch.items.v[0].seq, 2);
}

static void acknowledging_part_keeps_the_rest(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	struct kh_spool *spool = open_spool(dir, KH_MIB);
	for (int i = 0; i < 6; i++)
		put(spool, i % 2 ? KH_SPOOL_EVENT : KH_SPOOL_DETECTION, "x");
	commit(spool);
	kh_spool_ack(spool, kh_spool_epoch(spool) + 1, 100); /* of an epoch we do not have */
	assert_int_equal(stats_of(spool).records, 6);
	kh_spool_ack(spool, kh_spool_epoch(spool), 4);
	assert_int_equal(stats_of(spool).records, 2);
	kh_spool_free(spool);
	spool = open_spool(dir, KH_MIB); /* the acknowledgement is remembered */
	kh_auto_free char *all = drain(spool);
	assert_string_equal(all, "5:x 6:x ");
	kh_spool_free(spool);
}

static void earlier_runs_go_first(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	uint64_t epochs[3] = {0};
	for (int run = 0; run < 3; run++) {
		char text[2] = {(char)('a' + run), 0};
		struct kh_spool *spool = open_spool(dir, KH_MIB);
		epochs[run] = kh_spool_epoch(spool);
		put(spool, KH_SPOOL_EVENT, text);
		put(spool, KH_SPOOL_FACTS, text);
		commit(spool);
		kh_spool_free(spool);
	}
	assert_true(epochs[0] != epochs[1] && epochs[1] != epochs[2]);
	kh_auto_spool struct kh_spool *spool = open_spool(dir, KH_MIB);
	kh_auto_spool_batch struct kh_spool_batch batch = {0};
	take(spool, &batch);
	assert_true(batch.epoch == epochs[0]);
	kh_auto_free char *all = drain(spool);
	assert_string_equal(all, "1:a 2:a | 1:b 2:b | 1:c 2:c ");
	assert_int_equal(files_of(dir, "event", NULL), 0);
	assert_int_equal(files_of(dir, "facts", NULL), 0);
}

static void only_one_process_at_a_time(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_spool struct kh_spool *spool = open_spool(dir, KH_MIB), *other = NULL;
	assert_non_null(spool);
	assert_int_equal(kh_spool_open(dir, KH_MIB, &other), KH_E_IN_USE);
}

static uint64_t hand_in(struct kh_spool *spool, uint64_t producer, uint64_t n, const char *text)
{
	uint64_t seq = 0;
	struct kh_spool_record r = {.class_ = KH_SPOOL_EVENT, .payload = text, .len = strlen(text), .producer = producer, .n = n};
	assert_int_equal(kh_spool_append(spool, &r, &seq), 0);
	return seq;
}

static void producers_hand_in_once(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	struct kh_spool *spool = open_spool(dir, KH_MIB);
	assert_int_equal(hand_in(spool, 7, 1, "one"), 1);
	assert_int_equal(hand_in(spool, 7, 2, "two"), 2);
	assert_int_equal(hand_in(spool, 7, 2, "two"), 0);
	assert_int_equal(hand_in(spool, 8, 1, "other"), 3);
	assert_int_equal(kh_spool_producer_last(spool, 7), 0); /* not durable yet */
	commit(spool);
	assert_int_equal(kh_spool_producer_last(spool, 7), 2);
	kh_spool_free(spool);

	spool = open_spool(dir, KH_MIB); /* known from the records themselves */
	assert_int_equal(kh_spool_producer_last(spool, 7), 2);
	assert_int_equal(hand_in(spool, 7, 1, "one"), 0);
	kh_auto_free char *all = drain(spool);
	assert_string_equal(all, "1:one 2:two 3:other ");
	kh_spool_free(spool);

	spool = open_spool(dir, KH_MIB); /* known from the ledger: the records are gone */
	assert_int_equal(kh_spool_producer_last(spool, 7), 2);
	assert_int_equal(hand_in(spool, 7, 3, "three"), 1);
	kh_spool_free(spool);
}

static void forgets_the_longest_silent_producer(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_spool struct kh_spool *spool = open_spool(dir, KH_MIB);
	for (uint64_t p = 1; p <= KH_SPOOL_MAX_PRODUCERS; p++)
		hand_in(spool, p, 1, "x");
	hand_in(spool, 1, 2, "x");
	hand_in(spool, 5000, 1, "x");
	commit(spool);
	assert_int_equal(kh_spool_producer_last(spool, 1), 2);
	assert_int_equal(kh_spool_producer_last(spool, 2), 0);
	assert_int_equal(kh_spool_producer_last(spool, 5000), 1);
}

static void a_renamed_epoch_keeps_order_and_starts_at_one(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	struct kh_spool *spool = open_spool(dir, KH_MIB);
	put(spool, KH_SPOOL_EVENT, "a");
	put(spool, KH_SPOOL_EVENT, "b");
	put(spool, KH_SPOOL_DETECTION, "c");
	put(spool, KH_SPOOL_FACTS, "d");
	commit(spool);
	uint64_t before = kh_spool_epoch(spool);
	kh_spool_ack(spool, before, 1);
	assert_int_equal(kh_spool_rename_epoch(spool, before), 0);
	assert_true(kh_spool_epoch(spool) != before);
	assert_int_equal(kh_spool_last_seq(spool), 3);
	assert_int_equal(put(spool, KH_SPOOL_EVENT, "e"), 4);
	commit(spool);
	uint64_t after = kh_spool_epoch(spool);
	kh_spool_free(spool);

	spool = open_spool(dir, KH_MIB);
	kh_auto_spool_batch struct kh_spool_batch batch = {0};
	take(spool, &batch);
	assert_true(batch.epoch == after);
	kh_auto_free char *all = drain(spool);
	assert_string_equal(all, "1:b 2:c 3:d 4:e ");
	kh_spool_free(spool);
}

static void an_older_epoch_can_be_renamed_too(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	struct kh_spool *spool = open_spool(dir, KH_MIB);
	uint64_t old = kh_spool_epoch(spool);
	put(spool, KH_SPOOL_EVENT, "a");
	commit(spool);
	kh_spool_free(spool);
	spool = open_spool(dir, KH_MIB);
	put(spool, KH_SPOOL_EVENT, "b");
	uint64_t present = kh_spool_epoch(spool);
	assert_int_equal(kh_spool_rename_epoch(spool, old), 0);
	assert_true(kh_spool_epoch(spool) == present);
	kh_auto_spool_batch struct kh_spool_batch batch = {0};
	take(spool, &batch);
	assert_true(batch.epoch != old && batch.epoch != present);
	kh_auto_free char *all = drain(spool);
	assert_string_equal(all, "1:a | 1:b ");
	kh_spool_free(spool);
}

static void refused_records_are_set_aside(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_spool struct kh_spool *spool = open_spool(dir, KH_MIB);
	kh_auto_spool_batch struct kh_spool_batch batch = {0};
	put(spool, KH_SPOOL_EVENT, "bad");
	put(spool, KH_SPOOL_EVENT, "good");
	commit(spool);
	assert_int_equal(kh_spool_read(spool, 1, KH_MIB, &batch), 0);
	kh_spool_refuse(spool, &batch);
	assert_int_equal(stats_of(spool).refused, 1);
	kh_auto_free char *path = kh_format("%s/refused.ndjson", dir);
	assert_int_equal(access(path, F_OK), 0);
	kh_auto_free char *all = drain(spool);
	assert_string_equal(all, "2:good ");
}

static void too_large_is_an_error(void **state)
{
	(void)state;
	auto_dir char *dir = test_dir();
	kh_auto_spool struct kh_spool *spool = open_spool(dir, KH_MIB);
	uint64_t seq = 0;
	struct kh_spool_record r = {.class_ = KH_SPOOL_EVENT, .payload = "", .len = KH_MAX_RECORD + 1};
	assert_int_equal(kh_spool_append(spool, &r, &seq), KH_E_TOO_LARGE);
}

/* The child says after each commit how far it got, until it is shot; what it said must be there, once each and in order. */
static void nothing_said_to_be_stored_is_lost_by_kill(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		auto_dir char *dir = test_dir();
		int fds[2];
		assert_int_equal(pipe(fds), 0);
		pid_t child = fork();
		if (child == 0) {
			struct kh_spool *spool = open_spool(dir, 8 * KH_MIB);
			for (uint64_t n = 1;; n++) {
				put_bytes(spool, (enum kh_spool_class)(n % 3), 'x', n % 300, n % 5);
				if (n % 7 == 0 && kh_spool_commit(spool) == 0 && write(fds[1], &n, sizeof n) < 0)
					_exit(1);
			}
		}
		close(fds[1]);
		uint64_t said = 0, n = 0;
		for (int i = 0; i < 20 + 7 * round && read(fds[0], &n, sizeof n) == sizeof n; i++)
			said = n;
		kill(child, SIGKILL);
		while (read(fds[0], &n, sizeof n) == sizeof n)
			said = n;
		waitpid(child, NULL, 0);
		close(fds[0]);
		struct kh_spool *spool = open_spool(dir, 8 * KH_MIB);
		kh_auto_spool_batch struct kh_spool_batch batch = {0};
		uint64_t next = 1;
		for (take(spool, &batch); batch.items.n; take(spool, &batch)) {
			kh_array_each(&batch.items, item) {
				/* What was never said to be stored may have come to the disk in part: the kinds of records have files of their own. */
				assert_true(next > said ? item->seq >= next : item->seq == next);
				next = item->seq + 1;
			}
			ack_all(spool, &batch);
		}
		assert_true(next > said);
		kh_spool_free(spool);
	}
}

KH_TESTS(gives_back_in_order, batches_keep_to_their_limits, acknowledging_part_keeps_the_rest, earlier_runs_go_first, only_one_process_at_a_time,
	 producers_hand_in_once, forgets_the_longest_silent_producer, a_renamed_epoch_keeps_order_and_starts_at_one, an_older_epoch_can_be_renamed_too,
	 refused_records_are_set_aside, too_large_is_an_error, nothing_said_to_be_stored_is_lost_by_kill)
