/* Batches into the store: exactly once, and what each kind becomes; then through the queue. */
#include "base/alloc.h"
#include "base/error.h"
#include "server/ingest/ingest.h"
#include "server/order/order.h"
#include "server/test_store.h"

#include <pthread.h>
#include <stdio.h>

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
enum { NOW = 1763700000 };

static int set_up(void **state)
{
	if (kh_test_store_setup(state) < 0)
		return -1;
	struct kh_test_store *t = *state;
	kh_test_unit(t, "phuong", 0);
	for (int i = 1; i <= 3; i++) {
		kh_auto_free char *sql = kh_format("INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s,"
						   " clock_offset_s) VALUES(%d, 'uid-%d', 1, 'may', 'may', 'internet', '', 'active', '', '', '192.0.2.1', 1, 1, 0)",
						   i, i);
		kh_test_sql(t, sql);
	}
	return 0;
}

/* ---- a batch from records ---- */

static const char *stamp = "2025-11-21T04:40:00Z";

static char *batch_text(const char *epoch, int first, const char *const *records, size_t n)
{
	struct kh_buf b = KH_BUF_INIT;
	kh_buf_addf(&b, "{\"v\":1,\"epoch\":\"%s\",\"first\":%d,\"last\":%d,\"time_ms\":1763700000000,\"clock_offset_ms\":3000}\n", epoch, first, first + (int)n - 1);
	for (size_t i = 0; i < n; i++)
		kh_buf_addf(&b, "{\"seq\":%d,\"@timestamp\":\"%s\",%s}\n", first + (int)i, stamp, records[i]);
	return kh_buf_take(&b);
}

struct storing {
	const struct kh_batch *batch;
	int64_t ack;
};

static int store_in_transaction(struct kh_db *db, void *arg)
{
	struct storing *s = arg;
	const struct kh_batch_origin from = {.endpoint_id = 1, .received_s = NOW, .address = "192.0.2.9"};
	return kh_batch_store(db, &from, s->batch, &s->ack);
}

static int store_text(struct kh_test_store *t, const char *text, int64_t *ret_ack)
{
	kh_auto_batch struct kh_batch batch = {0};
	assert_int_equal(kh_batch_read(text, strlen(text), NULL, &batch), 0);
	struct storing s = {.batch = &batch, .ack = -1};
	int r = kh_store_write(t->store, store_in_transaction, &s);
	*ret_ack = s.ack;
	return r;
}

#define EPOCH "00000000000000e1"
#define store(t, first, ret_ack, ...) store_records(t, EPOCH, first, (const char *const[]){__VA_ARGS__}, KH_COUNT(((const char *const[]){__VA_ARGS__})), ret_ack)
static int store_records(struct kh_test_store *t, const char *epoch, int first, const char *const *records, size_t n, int64_t *ret_ack)
{
	kh_auto_free char *text = batch_text(epoch, first, records, n);
	return store_text(t, text, ret_ack);
}

#define EVENT(action) "\"kind\":\"event\",\"event\":{\"category\":\"process\",\"action\":\"" action "\"}"

/* ---- cases ---- */

static void stores_each_record_once(void **state)
{
	struct kh_test_store *t = *state;
	int64_t ack = 0;
	assert_int_equal(store(t, 1, &ack, EVENT("a"), EVENT("b")), 0);
	assert_int_equal(ack, 2);
	assert_int_equal(store(t, 1, &ack, EVENT("a"), EVENT("b")), 0); /* the answer was lost */
	assert_int_equal(ack, 2);
	assert_int_equal(store(t, 2, &ack, EVENT("b"), EVENT("c")), 0); /* overlapping */
	assert_int_equal(ack, 3);
	assert_int_equal(store(t, 1, &ack, EVENT("a")), 0); /* old */
	assert_int_equal(ack, 3);
	assert_int_equal(store(t, 10, &ack, EVENT("k")), 0); /* a gap: the spool was full */
	assert_int_equal(ack, 10);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM event"), 4);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM event WHERE endpoint_id = 1 AND at_ms = 1763700000000 AND category = 'process' AND action = 'c'"
					   " AND body = '{\"seq\":3,\"@timestamp\":\"2025-11-21T04:40:00Z\",\"kind\":\"event\",\"event\":{\"category\":\"process\",\"action\":\"c\"}}'"),
			 1);
	assert_int_equal(kh_test_number(t, "SELECT seen_s FROM endpoint WHERE id = 1 AND clock_offset_s = 3 AND address = '192.0.2.9'"), NOW);
}

static void tells_a_restored_disk_from_a_repeated_batch(void **state)
{
	struct kh_test_store *t = *state;
	int64_t ack = 0;
	assert_int_equal(store(t, 1, &ack, EVENT("a"), EVENT("b")), 0);
	assert_int_equal(store(t, 1, &ack, EVENT("a"), EVENT("other"), EVENT("c")), KH_E_SEQUENCE_CONFLICT);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM event"), 2);
	assert_int_equal(store_records(t, "00000000000000e2", 1, (const char *const[]){EVENT("other")}, 1, &ack), 0); /* its new epoch */
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM event"), 3);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM stream WHERE endpoint_id = 1"), 2);
}

static void replaces_fact_tables_whole(void **state)
{
	struct kh_test_store *t = *state;
	int64_t ack = 0;
#define PACKAGES(hash, rows) "\"kind\":\"facts\",\"table\":\"packages\",\"state\":\"measured\",\"hash\":\"" hash "\",\"columns\":[\"version\",\"name\",\"held\",\"unknown_to_us\",\"size_bytes\"],\"rows\":" rows
	assert_int_equal(store(t, 1, &ack, PACKAGES(HASH_A, "[[\"1\\n\",\"tạo \\u0111\\\"\",true,{},12],[null,\"b\",false,1,null],[\"3\",\"c\",null,null,null]]")), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM fact_packages WHERE endpoint_id = 1"), 3);
	assert_int_equal(kh_test_number(t, "SELECT size_bytes FROM fact_packages WHERE name = 'tạo đ\"' AND version = '1\n' AND held = 1 AND arch IS NULL"), 12);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM fact_packages WHERE name = 'b' AND version IS NULL AND held = 0 AND size_bytes IS NULL"), 1);
	assert_int_equal(kh_test_number(t, "SELECT row_count FROM fact_state WHERE fact_table = 'packages' AND state = 'measured' AND hash = '" HASH_A "' AND received_s = 1763700000"), 3);

	kh_test_sql(t, "UPDATE fact_packages SET arch = 'untouched'");
	assert_int_equal(store(t, 2, &ack, PACKAGES(HASH_A, "[]")), 0); /* the hash that is stored: not read again */
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM fact_packages WHERE arch = 'untouched'"), 3);
	assert_int_equal(store(t, 3, &ack, PACKAGES(HASH_B, "[[\"1\",\"only\",null,null,1]]")), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM fact_packages"), 1);
	assert_int_equal(store(t, 4, &ack, "\"kind\":\"facts\",\"table\":\"packages\",\"state\":\"not_measured\",\"reason\":\"no right\",\"hash\":\"" HASH_A "\""), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM fact_packages"), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM fact_state WHERE state = 'not_measured' AND reason = 'no right'"), 1);
	assert_int_equal(store(t, 5, &ack, "\"kind\":\"facts\",\"table\":\"of_tomorrow\",\"state\":\"measured\",\"hash\":\"" HASH_A "\",\"columns\":[],\"rows\":[]"), 0);
	assert_int_equal(ack, 5);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM fact_state"), 1);
}

static void asks_the_controls_that_read_what_changed(void **state)
{
	struct kh_test_store *t = *state;
	int64_t ack = 0;
	assert_int_equal(store(t, 1, &ack, PACKAGES(HASH_A, "[]")), 0);
	int64_t answers = kh_test_number(t, "SELECT COUNT(*) FROM answer WHERE endpoint_id = 1");
	assert_true(answers > 0);
	kh_test_sql(t, "DELETE FROM answer");
	assert_int_equal(store(t, 2, &ack, EVENT("a")), 0); /* no control reads events */
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM answer"), 0);
	kh_test_sql(t, "UPDATE endpoint SET seen_s = 5 WHERE id = 1");
	assert_int_equal(store(t, 3, &ack, EVENT("a")), 0); /* but after a silence being heard is news */
	assert_int_equal(kh_test_number(t, "SELECT seen_s FROM endpoint WHERE id = 1"), NOW);
}

static void takes_a_file_found_again_for_one_detection(void **state)
{
	struct kh_test_store *t = *state;
	int64_t ack = 0;
#define DETECTION(path, state) "\"kind\":\"detection\",\"engine\":\"yara\",\"rule\":\"EICAR\",\"path\":\"" path "\",\"verdict\":\"infected\",\"state\":\"" state "\",\"sha256\":\"" HASH_A "\",\"size\":68"
	assert_int_equal(store(t, 1, &ack, DETECTION("/a", "found"), DETECTION("/a", "found"), DETECTION("/b", "found")), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection WHERE state = 'found' AND size = 68 AND member IS NULL"), 2);
	assert_int_equal(store(t, 4, &ack, DETECTION("/a", "quarantined")), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection WHERE path = '/a' AND state = 'quarantined'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection"), 2);
	assert_int_equal(store_records(t, "00000000000000e9", 1, (const char *const[]){DETECTION("/a", "found"), DETECTION("/a", "quarantined")}, 2, &ack), 0); /* said once more */
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection"), 2);
	stamp = "2025-11-22T04:40:00Z";
	assert_int_equal(store(t, 5, &ack, DETECTION("/a", "found")), 0); /* it has come back */
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection n JOIN detection o ON o.id = n.again_of WHERE n.path = '/a' AND n.state = 'found' AND o.state = 'quarantined'"), 1);
	stamp = "2025-11-21T04:40:00Z";
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection WHERE path = '/a'"), 2);
	kh_test_sql(t, "UPDATE detection SET state = 'false_alarm' WHERE path = '/b'");
	assert_int_equal(store(t, 6, &ack, DETECTION("/b", "found")), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection WHERE path = '/b' AND state = 'false_alarm'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection"), 3);
}

static void follows_finds_and_content(void **state)
{
	struct kh_test_store *t = *state;
	int64_t ack = 0;
#define FIND "11111111-2222-3333-4444-555555555555"
	assert_int_equal(store(t, 1, &ack, DETECTION("/a", "found") ",\"id\":\"" FIND "\"",
			       "\"kind\":\"detection_state\",\"id\":\"" FIND "\",\"state\":\"verified\"",
			       "\"kind\":\"detection_state\",\"id\":\"" FIND "\",\"state\":\"quarantined\",\"quarantine\":\"q-1\",\"detail\":null",
			       "\"kind\":\"detection_state\",\"id\":\"other\",\"state\":\"left\",\"detail\":\"read-only\""),
			 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection WHERE state = 'quarantined' AND quarantine = 'q-1' AND verified_s = 1763700000"), 1);
	assert_int_equal(kh_test_number(t, "SELECT pass FROM answer WHERE endpoint_id = 1 AND control = 'malware_handled'"), 1);
	assert_int_equal(store(t, 5, &ack,
			       "\"kind\":\"health\",\"health\":{\"content\":{\"bundle\":\"" HASH_A "\",\"bundle_made_s\":5,\"newest_s\":6,\"rules\":7}}",
			       "\"kind\":\"event\",\"event\":{\"category\":\"package\",\"action\":\"content_refused\"},\"khien\":{\"content\":{\"reason\":\"signature\"}}",
			       "\"kind\":\"health\",\"health\":{\"content\":{\"bundle\":\"" HASH_A "\",\"bundle_made_s\":5,\"newest_s\":6,\"rules\":7}}",
			       "\"kind\":\"health\",\"health\":{\"content\":{\"bundle\":\"not hex\"}}", "\"kind\":\"health\",\"health\":{\"content\":null}"),
			 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM content_state WHERE endpoint_id = 1 AND sha256 = '" HASH_A "' AND made_s = 5 AND newest_s = 6 AND rules = 7"
					   " AND error = 'signature' AND said_s = 1763700000"),
			 1);
	assert_int_equal(store(t, 10, &ack, "\"kind\":\"health\",\"health\":{\"content\":{\"bundle\":\"" HASH_B "\"}}"), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM content_state WHERE sha256 = '" HASH_B "' AND newest_s IS NULL AND error IS NULL"), 1);
}

static void stores_scans_health_and_results_of_orders(void **state)
{
	struct kh_test_store *t = *state;
	int64_t ack = 0;
	kh_test_sql(t, "INSERT INTO endpoint_order(id, endpoint_id, kind, args, created_s, created_by, expires_s, state) VALUES(7, 1, 'scan', '{}', 1, 'x', 2, 'sent'),"
		       " (8, 2, 'scan', '{}', 1, 'x', 2, 'sent'), (9, 1, 'scan', '{}', 1, 'x', 2, 'done'), (10, 1, 'search', '{}', 1, 'x', 2, 'sent')");
	assert_int_equal(store(t, 1, &ack,
			       "\"kind\":\"scan\",\"scan\":{\"kind\":\"quick\",\"started_ms\":1000,\"ended_ms\":2999,\"files\":3,\"bytes\":4,\"infected\":5,\"suspicious\":6,\"errors\":7,\"skipped\":8,\"partly\":9,\"rules\":10}",
			       "\"kind\":\"scan\",\"scan\":{\"kind\":\"first\",\"started_ms\":1,\"ended_ms\":2,\"files\":3,\"bytes\":4,\"infected\":0,\"suspicious\":0,\"errors\":0,\"skipped\":0,\"partly\":0,\"rules\":1,\"stopped\":\"time\"}",
			       "\"kind\":\"health\",\"health\":{\"uptime_s\":1,\"scan\":{\"order\":7,\"since_ms\":1763699999000,\"files\":3}}",
			       "\"kind\":\"health\",\"health\":{\"search\":{\"order\":10,\"since_ms\":1763699998000,\"files\":4}}", "\"kind\":\"health\",\"health\":{\"uptime_s\":1}", "\"kind\":\"order\",\"order\":7,\"state\":\"done\",\"result\":{\"n\":1}",
			       "\"kind\":\"order\",\"order\":8,\"state\":\"done\"", "\"kind\":\"order\",\"order\":9,\"state\":\"failed\"",
			       "\"kind\":\"order\",\"order\":999,\"state\":\"done\""),
			 0);
	assert_int_equal(kh_test_number(t, "SELECT partly FROM scan WHERE kind = 'quick' AND started_s = 1 AND ended_s = 2 AND rules = 10"), 9);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM scan WHERE (kind = 'quick' AND stopped IS NULL) OR (kind = 'first' AND stopped = 'time')"), 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint WHERE id = 1 AND health = '{\"uptime_s\":1}'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE id = 10 AND state = 'running' AND progress LIKE '%\"files\":4%' AND begun_s = 1763699998"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE id = 7 AND progress LIKE '%\"files\":3%' AND begun_s = 1763699999"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE id = 7 AND state = 'done' AND result = '{\"n\":1}' AND done_s = 1763700000"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE id = 8 AND state = 'sent'"), 1); /* another machine's */
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE id = 9 AND state = 'done'"), 1); /* closed before */
}

static int expire(struct kh_db *db, void *arg)
{
	return kh_orders_expire(db, *(const int64_t *)arg);
}

/* One search answers all that waited: those whose time passes while it runs are not thrown away. */
static void all_orders_of_one_search_are_running(void **state)
{
	struct kh_test_store *t = *state;
	int64_t ack = 0, later_s = 1763700100;
	kh_test_sql(t, "INSERT INTO endpoint_order(id, endpoint_id, kind, args, created_s, created_by, expires_s, state) VALUES(21, 1, 'search', '{}', 1, 'x', 1763700050, 'sent'),"
		       " (22, 1, 'search', '{}', 1, 'x', 1763700050, 'sent'), (23, 1, 'search', '{}', 1, 'x', 1763700050, 'sent'), (24, 2, 'search', '{}', 1, 'x', 1763700050, 'sent'),"
		       " (25, 1, 'search', '{}', 1, 'x', 1763709999, 'sent')");
	assert_int_equal(store(t, 1, &ack, "\"kind\":\"health\",\"health\":{\"search\":{\"order\":21,\"orders\":[21,22,24,\"x\",-1],\"since_ms\":1763699998000,\"files\":4}}",
			       "\"kind\":\"health\",\"health\":{\"search\":{\"order\":25,\"orders\":7}}"),
			 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE id IN (21, 22) AND state = 'running' AND begun_s = 1763699998 AND progress LIKE '%\"files\":4%'"), 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE id = 25 AND state = 'running'"), 1);
	assert_int_equal(kh_store_write(t->store, expire, &later_s), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE id IN (23, 24) AND state = 'expired'"), 2); /* not told of; another machine's */
	assert_int_equal(store(t, 3, &ack, "\"kind\":\"order\",\"order\":21,\"state\":\"done\"", "\"kind\":\"order\",\"order\":22,\"state\":\"done\""), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE id IN (21, 22) AND state = 'done'"), 2);
}

/* ---- the queue ---- */

struct told {
	struct kh_ingest_job job;
	int result, times;
	int64_t ack;
};

static pthread_mutex_t told_lock = PTHREAD_MUTEX_INITIALIZER;
static size_t told_n;

static void note(struct kh_ingest_job *job, int result, int64_t ack)
{
	struct told *told = (struct told *)job;
	pthread_mutex_lock(&told_lock);
	told->result = result;
	told->ack = ack;
	told->times++;
	told_n++;
	pthread_mutex_unlock(&told_lock);
}

static void answers_every_batch_after_its_commit(void **state)
{
	struct kh_test_store *t = *state;
	enum { N = 60 };
	struct kh_ingest *ingest = NULL;
	struct told *all = kh_alloc_array(N, sizeof *all);
	assert_int_equal(kh_ingest_new(t->store, &ingest), 0);
	for (int i = 0; i < N; i++) {
		const char *records[] = {EVENT("a"), EVENT("b")};
		kh_auto_free char *text = batch_text(EPOCH, 1 + 2 * (i / 3), records, 2);
		assert_int_equal(kh_batch_read(text, strlen(text), NULL, &all[i].job.batch), 0);
		all[i].job.from = (struct kh_batch_origin){.endpoint_id = 1 + i % 3, .received_s = NOW};
		all[i].job.done = note;
		assert_int_equal(kh_ingest_put(ingest, &all[i].job), 0);
	}
	kh_ingest_free(ingest); /* stores what is queued */
	assert_int_equal(told_n, N);
	for (int i = 0; i < N; i++) {
		assert_int_equal(all[i].times, 1);
		assert_int_equal(all[i].result, 0);
		assert_int_equal(all[i].ack, 2 + 2 * (i / 3));
		kh_batch_done(&all[i].job.batch);
	}
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM event"), 2 * N);
	free(all);
}

static void a_batch_that_fails_fails_alone(void **state)
{
	struct kh_test_store *t = *state;
	struct kh_ingest *ingest = NULL;
	struct told good = {0}, conflicting = {0}, after = {0}, *all[] = {&good, &conflicting, &after};
	const char *a[] = {EVENT("a")}, *b[] = {EVENT("b")}, *ba[] = {EVENT("a"), EVENT("c")};
	char *texts[] = {batch_text(EPOCH, 1, a, 1), batch_text(EPOCH, 1, b, 1), batch_text(EPOCH, 1, ba, 2)};
	assert_int_equal(kh_ingest_new(t->store, &ingest), 0);
	for (size_t i = 0; i < KH_COUNT(all); i++) {
		assert_int_equal(kh_batch_read(texts[i], strlen(texts[i]), NULL, &all[i]->job.batch), 0);
		all[i]->job.from = (struct kh_batch_origin){.endpoint_id = 1, .received_s = NOW};
		all[i]->job.done = note;
		assert_int_equal(kh_ingest_put(ingest, &all[i]->job), 0);
	}
	kh_ingest_free(ingest);
	assert_int_equal(good.result, 0);
	assert_int_equal(conflicting.result, KH_E_SEQUENCE_CONFLICT);
	assert_int_equal(after.result, 0);
	assert_int_equal(after.ack, 2);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM event"), 2);
	for (size_t i = 0; i < KH_COUNT(all); i++) {
		kh_batch_done(&all[i]->job.batch);
		free(texts[i]);
	}
}

#define ONE(f) cmocka_unit_test_setup_teardown(f, set_up, kh_test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(stores_each_record_once),
		ONE(tells_a_restored_disk_from_a_repeated_batch),
		ONE(replaces_fact_tables_whole),
		ONE(asks_the_controls_that_read_what_changed),
		ONE(takes_a_file_found_again_for_one_detection),
		ONE(follows_finds_and_content),
		ONE(stores_scans_health_and_results_of_orders),
		ONE(all_orders_of_one_search_are_running),
		ONE(answers_every_batch_after_its_commit),
		ONE(a_batch_that_fails_fails_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
