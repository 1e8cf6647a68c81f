/* When searches for documents marked secret begin, and what becomes of what comes back, with a broker struct; the search child is the test. */
#include "agent/inside.h"
#include "agent/test_child.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "crypto/sign.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "search/search.h"

#include <stdlib.h>
#include <unistd.h>

static int64_t answered; /* the order that was answered last … */
static char answer[16];  /* … and how */

static size_t answers;

void __wrap_kh_orders_finish(struct kh_broker *b, struct kh_order_ids *ids, int error);
void __wrap_kh_orders_finish(struct kh_broker *b, struct kh_order_ids *ids, int error)
{
	(void)b;
	for (size_t i = 0; i < KH_COUNT(ids->of) && ids->of[i]; i++, answers++) {
		answered = ids->of[i];
		snprintf(answer, sizeof answer, "%s", error == 0 ? "done" : error == KH_E_FORBIDDEN ? "refused" : "failed");
	}
	*ids = (struct kh_order_ids){0};
}

struct fixture {
	char dir[32];
	struct kh_agent_settings settings;
	struct kh_broker b;
	int uplink; /* the test's end */
};

static char *text(const char *literal)
{
	return (char *)(uintptr_t)literal;
}

static int setup(void **state)
{
	struct fixture *f = kh_alloc(sizeof *f);
	int socks[2] = {-1, -1};
	*f = (struct fixture){.dir = "/tmp/kh-searches-XXXXXX"};
	assert_non_null(mkdtemp(f->dir));
	f->settings = (struct kh_agent_settings){.state = f->dir, .run = f->dir, .secret_search = true, .secret_every_s = 7 * KH_DAY_S, .secret_ocr = text("auto"), .secret_policy = text("independent-lan"),
						 .secret_on_battery = text("pause"), .secret_cpu = 25, .secret_time_s = 100, .secret_workers = 1};
	f->b = (struct kh_broker){.settings = &f->settings, .uplink = {.worker = KH_WORKER_NONE}, .search = {.worker = KH_WORKER_NONE}, .collector = KH_COLLECTOR_INIT, .mounts_fd = -1, .enrolled = true,
				  .facts_at_ms = 5};
	kh_auto_free char *spool = kh_format("%s/spool", f->dir);
	assert_int_equal(kh_ipc_pair(socks), 0);
	f->b.uplink.worker.sock = socks[0];
	f->uplink = socks[1];
	assert_int_equal(kh_spool_open(spool, KH_SPOOL_MIN_BYTES, &f->b.spool), 0);
	test_child_reset("search", true);
	answered = 0;
	answers = 0;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	kh_worker_done(&f->b.search.worker);
	kh_worker_done(&f->b.uplink.worker);
	kh_spool_batch_done(&f->b.batch);
	kh_spool_free(f->b.spool);
	close(f->uplink);
	test_child_end();
	assert_int_equal(kh_test_remove(f->dir), 0);
	free(f);
	return 0;
}

/* The job that the child was given. */
static json_t *job(void)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 1000, .max_len = 1 << 16};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	json_t *j = NULL;
	assert_int_equal(kh_ipc_recv(test_child.sock, &accept, &m), 0);
	assert_int_equal(m.type, KH_SEARCH_JOB_START);
	assert_int_equal(kh_json_parse((const char *)m.payload, m.len, &j), 0);
	return j;
}

static void say(struct fixture *f, uint16_t type, const void *bytes, size_t n)
{
	assert_int_equal(kh_ipc_send(test_child.sock, type, bytes, n, -1), 0);
	kh_search_message(&f->b);
}

static void end_child(struct fixture *f)
{
	test_child_end();
	kh_search_message(&f->b);
	assert_false(f->b.search.running);
}

static uint64_t records(const struct fixture *f)
{
	struct kh_spool_stats stats = {0};
	kh_spool_stats(f->b.spool, &stats);
	return stats.records;
}

/* Some record there is has these words. */
static void assert_said(struct fixture *f, const char *words)
{
	struct kh_spool_batch batch = {0};
	assert_int_equal(kh_spool_read(f->b.spool, 100, 100000, &batch), 0);
	kh_auto_free char *text = strndup(batch.bytes.data, batch.bytes.len);
	kh_spool_batch_done(&batch);
	if (!strstr(text, words))
		fail_msg("not said: %s; but: %s", words, text);
}

/* ---- cases ---- */

static void begins_when_it_is_due(void **state)
{
	struct fixture *f = *state;
	struct kh_broker *b = &f->b;
	const struct {
		void *what;
		size_t n;
		const void *value;
	} hindrances[] = {
		{&f->settings.secret_search, sizeof(bool), &(bool){false}}, {&b->scanning, sizeof(bool), &(bool){true}}, {&b->is_copy, sizeof(bool), &(bool){true}}, {&b->enrolled, sizeof(bool), &(bool){false}},
		{b->role, 7, "secret"}, {&f->settings.secret_every_s, sizeof(int64_t), &(int64_t){0}}, {&b->memory.search_s, sizeof(int64_t), &(int64_t){kh_now_s() - KH_DAY_S}},
		{&b->search.at_ms, sizeof(int64_t), &(int64_t){INT64_MAX}},
	};
	b->started_ms = kh_monotonic_ms() - 1000;
	for (size_t i = 0; i < KH_COUNT(hindrances); i++) {
		char before[8];
		memcpy(before, hindrances[i].what, hindrances[i].n);
		memcpy(hindrances[i].what, hindrances[i].value, hindrances[i].n);
		kh_searches_due(b);
		if (test_child.spawned)
			fail_msg("it begins in spite of hindrance %zu", i);
		memcpy(hindrances[i].what, before, hindrances[i].n);
	}
	f->settings.scan_spread_s = 30 * KH_DAY_S; /* machines that were all switched on at the same time */
	memcpy(b->identity.endpoint, "a", 2);
	kh_searches_due(b);
	assert_int_equal(test_child.spawned, 0);
	f->settings.scan_spread_s = 0;
	b->memory.search_s = kh_now_s() - 8 * KH_DAY_S;
	kh_searches_due(b);
	kh_searches_due(b); /* it runs */
	assert_int_equal(test_child.spawned, 1);
	kh_auto_json json_t *j = job();
	assert_string_equal(json_string_value(json_object_get(j, "on_battery")), "pause");
	assert_true(json_is_true(json_object_get(j, "independent_lan")));
	assert_int_equal(json_integer_value(json_object_get(j, "max_ms")), 100000);
}

static void an_order_does_not_wait_for_a_scan_or_the_mains(void **state)
{
	struct fixture *f = *state;
	f->b.scanning = true;
	f->b.search.waiting.of[0] = 7;
	f->b.health_at_ms = 99;
	kh_searches_due(&f->b);
	assert_int_equal(test_child.spawned, 1);
	assert_int_equal(f->b.search.orders.of[0], 7);
	assert_int_equal(f->b.search.waiting.of[0], 0);
	assert_int_equal(f->b.health_at_ms, 0); /* the server hears of it */
	kh_auto_json json_t *j = job();
	assert_string_equal(json_string_value(json_object_get(j, "on_battery")), "slow");
	f->b.search.waiting.of[0] = 8; /* comes meanwhile */
	kh_searches_due(&f->b);
	assert_int_equal(test_child.spawned, 1);
	say(f, KH_SEARCH_JOB_END, &(struct kh_search_job_end){.files = 3}, sizeof(struct kh_search_job_end));
	end_child(f);
	assert_int_equal(answered, 7);
	kh_searches_due(&f->b);
	assert_int_equal(f->b.search.orders.of[0], 8);
}

/* Each would look at the same places again. */
static void one_search_answers_all_that_wait(void **state)
{
	struct fixture *f = *state;
	for (int64_t i = 0; i < 3; i++)
		f->b.search.waiting.of[i] = 7 + i;
	kh_searches_due(&f->b);
	kh_health_append(&f->b); /* the server gives none of them up while it runs */
	assert_int_equal(kh_broker_commit(&f->b), 0);
	assert_said(f, "\"search\":{\"orders\":[7,8,9],\"order\":7,");
	f->b.search.waiting.of[0] = 10; /* comes meanwhile: what this one has passed by, it may have been given for */
	say(f, KH_SEARCH_JOB_END, &(struct kh_search_job_end){.files = 3}, sizeof(struct kh_search_job_end));
	end_child(f);
	assert_true(test_child.spawned == 1 && answers == 3 && answered == 9);
	assert_string_equal(answer, "done");
	kh_searches_due(&f->b);
	assert_true(test_child.spawned == 2 && f->b.search.orders.of[0] == 10 && f->b.search.orders.of[1] == 0);
}

static void take_order_until(struct fixture *f, const struct kh_sign_key *key, int64_t id, const char *endpoint, int64_t expires_ms)
{
	kh_auto_free char *order = kh_format("{\"id\":%lld,\"endpoint\":\"%s\",\"kind\":\"search\",\"args\":{},\"created_ms\":1,\"expires_ms\":%lld}", (long long)id, endpoint,
					  (long long)expires_ms);
	struct kh_link_order o = {.id = id, .text = order, .len = strlen(order)};
	kh_sign(key, order, o.len, o.signature);
	kh_order_take(&f->b, &o);
}

static void take_order(struct fixture *f, const struct kh_sign_key *key, int64_t id)
{
	take_order_until(f, key, id, "me", INT64_MAX);
}

/* A person, a campaign and the list of a botnet may ask within one minute. */
static void many_may_wait_and_one_too_many_fails(void **state)
{
	struct fixture *f = *state;
	struct kh_sign_key key;
	kh_sign_key_create(&key);
	memcpy(f->b.identity.order_key, key.public, sizeof f->b.identity.order_key);
	memcpy(f->b.identity.endpoint, "me", 3);
	f->settings.orders_search = true;
	f->b.started_ms = kh_monotonic_ms();
	f->b.facts_at_ms = INT64_MAX;
	f->b.scanning = true;
	f->b.running = (struct kh_running_scan){.kind = "daily", .due_ms = INT64_MAX};
	for (int64_t id = 1; id <= 1 + KH_BROKER_MAX_WAITING; id++)
		take_order(f, &key, id); /* the first begins */
	assert_int_equal(test_child.spawned, 1);
	assert_int_equal(f->b.search.waiting.of[KH_BROKER_MAX_WAITING - 1], 1 + KH_BROKER_MAX_WAITING);
	assert_int_equal(records(f), 0);
	take_order(f, &key, 2 + KH_BROKER_MAX_WAITING);
	assert_int_equal(records(f), 1);
	assert_said(f, "\"state\":\"failed\",\"result\":{\"reason\":\"too many orders wait already\",\"error\":\"limit_reached\"");
}

/* The server puts them into the language of whoever reads them: it knows the English. */
static void refusals_are_told_in_english_whatever_the_machine_speaks(void **state)
{
	static const struct {
		int64_t expires_ms;
		const char *endpoint, *said;
		bool allowed;
	} cases[] = {
		{1, "me", "\"order\":1,\"state\":\"refused\",\"result\":{\"reason\":\"order 1 has expired\",\"error\":\"order_expired\"", true},
		{INT64_MAX, "you", "\"order\":2,\"state\":\"refused\",\"result\":{\"reason\":\"order 2 is for another machine\",\"error\":\"order_misdirected\"", true},
		{INT64_MAX, "me", "\"order\":3,\"state\":\"refused\",\"result\":{\"reason\":\"the settings of this machine do not allow this order\",\"error\":\"forbidden\"", false},
	};
	struct fixture *f = *state;
	struct kh_sign_key key;
	kh_sign_key_create(&key);
	memcpy(f->b.identity.order_key, key.public, sizeof f->b.identity.order_key);
	memcpy(f->b.identity.endpoint, "me", 3);
	/* The Vietnamese ones first: the English would be found among them. */
	for (enum kh_language l = KH_VI; l <= KH_EN; l++) {
		kh_language_use(l);
		f->b.memory.last_order = 0;
		for (size_t i = 0; i < KH_COUNT(cases); i++) {
			f->settings.orders_search = cases[i].allowed;
			take_order_until(f, &key, (int64_t)i + 1, cases[i].endpoint, cases[i].expires_ms);
			assert_int_equal(records(f), 3 * (l == KH_EN) + i + 1);
			assert_said(f, cases[i].said);
		}
	}
	assert_int_equal(test_child.spawned, 0);
}

static void a_machine_that_drafts_secrets_refuses(void **state)
{
	struct fixture *f = *state;
	memcpy(f->b.role, "secret", 7);
	f->b.search.waiting.of[0] = 7;
	kh_searches_due(&f->b);
	assert_int_equal(test_child.spawned, 0);
	assert_int_equal(answered, 7);
	assert_string_equal(answer, "refused");
	assert_int_equal(f->b.search.waiting.of[0], 0);
}

static void what_comes_is_kept(void **state)
{
	struct fixture *f = *state;
	static const char event[] = "\"kind\":\"event\",\"event\":{\"category\":\"secrecy\",\"action\":\"secret_found\"}";
	f->b.search.waiting.of[0] = 7;
	kh_searches_due(&f->b);
	say(f, KH_SEARCH_JOB_PROGRESS, &(struct kh_search_job_progress){.files = 5, .found = 1}, sizeof(struct kh_search_job_progress));
	assert_int_equal(f->b.search.progress.files, 5);
	say(f, KH_SEARCH_JOB_PROGRESS, "short", 5);
	say(f, KH_SEARCH_JOB_END, "short", 5);
	say(f, 99, "what?", 5);
	assert_int_equal(f->b.search.progress.files, 5);
	assert_int_equal(records(f), 0);
	say(f, KH_SEARCH_JOB_EVENT, event, sizeof event - 1);
	assert_int_equal(records(f), 1); /* on disk: the search may be killed now */
	assert_true(f->b.search.running);
	const int64_t began_s = f->b.search.began_s;
	say(f, KH_SEARCH_JOB_END, &(struct kh_search_job_end){.files = 9, .complete = 1}, sizeof(struct kh_search_job_end));
	end_child(f);
	assert_string_equal(answer, "done");
	assert_int_equal(f->b.memory.search_s, began_s);
	assert_int_equal(f->b.search.at_ms, 0);
}

static void one_that_ends_without_a_result_is_tried_again_later(void **state)
{
	struct fixture *f = *state;
	f->b.search.waiting.of[0] = 7;
	kh_searches_due(&f->b);
	end_child(f);
	assert_int_equal(answered, 7);
	assert_string_equal(answer, "failed");
	assert_int_equal(f->b.memory.search_s, 0);
	assert_true(f->b.search.at_ms > kh_monotonic_ms());
	f->b.search.waiting.of[0] = 8;
	test_child.can_spawn = false;
	kh_searches_due(&f->b);
	assert_int_equal(answered, 8);
	assert_string_equal(answer, "failed");
	test_child.can_spawn = true;
	f->b.search.waiting.of[0] = 9;
	kh_searches_due(&f->b);
	f->b.search.due_ms = kh_monotonic_ms() - 1; /* it hangs */
	kh_searches_due(&f->b);
	assert_int_equal(answered, 9);
	assert_false(f->b.search.running);
}

static void what_is_told_is_measured_anew(void **state)
{
	struct fixture *f = *state;
	kh_auto_free char *folder = kh_broker_secret_folder(&f->b), *told = kh_format("%s/told.json", folder);
	f->b.memory.search_s = kh_now_s();
	kh_searches_due(&f->b);
	assert_int_equal(f->b.facts_at_ms, 5);
	assert_int_equal(kh_dir_make(folder, 0700), 0);
	assert_int_equal(kh_file_replace(told, "{}", 2, 0600), 0); /* a person decides, say */
	kh_searches_due(&f->b);
	assert_int_equal(f->b.facts_at_ms, 0);
	f->b.facts_at_ms = 5;
	kh_searches_due(&f->b);
	assert_int_equal(f->b.facts_at_ms, 5);
}

#define ONE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(begins_when_it_is_due), ONE(an_order_does_not_wait_for_a_scan_or_the_mains), ONE(one_search_answers_all_that_wait), ONE(many_may_wait_and_one_too_many_fails), ONE(refusals_are_told_in_english_whatever_the_machine_speaks), ONE(a_machine_that_drafts_secrets_refuses), ONE(what_comes_is_kept),
		ONE(one_that_ends_without_a_result_is_tried_again_later), ONE(what_is_told_is_measured_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
