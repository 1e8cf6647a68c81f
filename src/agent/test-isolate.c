/* What becomes of orders to isolate and release, whatever stands in the way, and wherever the agent was killed; with a broker struct; khien-isolate is the test. */
#include "agent/inside.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "os/file.h"

#include <stdlib.h>
#include <unistd.h>

static enum kh_isolate_message asked; /* 0: nothing */
static char asked_sha256[KH_SHA256_HEX_SIZE];
static int start_error, child = -1; /* the test's end */

int __wrap_kh_isolate_start(enum kh_isolate_message what, const struct kh_isolate_request *request, struct kh_worker *ret);
int __wrap_kh_isolate_start(enum kh_isolate_message what, const struct kh_isolate_request *request, struct kh_worker *ret)
{
	int socks[2] = {-1, -1};
	asked = what;
	memcpy(asked_sha256, request ? request->sha256 : "", request ? sizeof asked_sha256 : 1);
	if (start_error)
		return kh_fail(start_error, "no such program");
	assert_int_equal(kh_ipc_pair(socks), 0);
	kh_fd_close(&child);
	child = socks[1];
	*ret = (struct kh_worker){.pid = 0, .pidfd = -1, .sock = socks[0]};
	return 0;
}

struct fixture {
	char dir[32];
	struct kh_agent_settings settings;
	struct kh_broker b;
	struct kh_buf said;
};

/* As a broker that begins, in the same state directory. */
static void begin_anew(struct fixture *f)
{
	struct kh_agent_memory memory = f->b.memory;
	kh_worker_done(&f->b.isolation.worker);
	kh_spool_free(f->b.spool);
	f->b = (struct kh_broker){.settings = &f->settings, .uplink = {.worker = KH_WORKER_NONE}, .isolation = {.worker = KH_WORKER_NONE}, .enrolled = true, .memory = memory};
	kh_auto_free char *spool = kh_format("%s/spool", f->dir);
	assert_int_equal(kh_spool_open(spool, KH_SPOOL_MIN_BYTES, &f->b.spool), 0);
	assert_true(kh_peers_add(&f->b.isolation.peers, "192.0.2.9", 8443));
	kh_isolation_open(&f->b);
	kh_orders_interrupted(&f->b);
	asked = 0;
}

static int setup(void **state)
{
	struct fixture *f = kh_alloc(sizeof *f);
	*f = (struct fixture){.dir = "/tmp/kh-isolate-XXXXXX"};
	assert_non_null(mkdtemp(f->dir));
	f->settings = (struct kh_agent_settings){.state = f->dir, .orders_isolate = true};
	f->b.isolation.worker = (struct kh_worker)KH_WORKER_NONE;
	start_error = 0;
	begin_anew(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	kh_worker_done(&f->b.isolation.worker);
	kh_spool_free(f->b.spool);
	kh_fd_close(&child);
	kh_buf_done(&f->said);
	assert_int_equal(kh_test_remove(f->dir), 0);
	free(f);
	return 0;
}

static void order(struct fixture *f, int64_t id, void (*act)(struct kh_broker *, int64_t))
{
	f->b.memory.open_orders[id % KH_AGENT_MAX_OPEN_ORDERS] = id;
	act(&f->b, id);
}

static void worker_says(struct fixture *f, int error, bool present, bool changed)
{
	struct kh_isolate_answer answer = {.present = present, .changed = changed};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	if (present)
		memset(answer.sha256, 'a', 64);
	if (error)
		kh_ignore(kh_fail(error, "the kernel has no %s", "tables"));
	kh_isolate_write_answer(error, &answer, &b);
	assert_int_equal(kh_ipc_send(child, KH_ISOLATE_ANSWER, kh_buf_text(&b), b.len, -1), 0);
	kh_isolation_message(&f->b);
}

static bool is_open(const struct fixture *f, int64_t id)
{
	return f->b.memory.open_orders[id % KH_AGENT_MAX_OPEN_ORDERS] == id;
}

/* What went into the spool since the test began; of one epoch after the other. */
static const char *said(struct fixture *f)
{
	assert_int_equal(kh_spool_commit(f->b.spool), 0);
	for (;;) {
		struct kh_spool_batch batch = {0};
		assert_int_equal(kh_spool_read(f->b.spool, 100, 100000, &batch), 0);
		if (!batch.items.n) {
			kh_spool_batch_done(&batch);
			return kh_buf_text(&f->said);
		}
		kh_buf_add(&f->said, batch.bytes.data, batch.bytes.len);
		kh_spool_ack(f->b.spool, batch.epoch, batch.items.v[batch.items.n - 1].seq);
		kh_spool_batch_done(&batch);
	}
}

static void assert_said(struct fixture *f, const char *words)
{
	const char *text = said(f);
	if (!strstr(text, words))
		fail_msg("not said: %s\n%s", words, text);
}

static void an_order_is_done_when_the_kernel_has_the_rules(void **state)
{
	struct fixture *f = *state;
	order(f, 5, kh_isolation_begin);
	assert_int_equal(asked, KH_ISOLATE_PUT);
	assert_true(is_open(f, 5));
	worker_says(f, 0, true, true);
	assert_false(is_open(f, 5));
	assert_said(f, "\"order\":5,\"state\":\"done\"");
	assert_said(f, "\"action\":\"isolated\"");
	order(f, 6, kh_isolation_begin); /* once more changes nothing */
	assert_said(f, "\"order\":6,\"state\":\"done\"");
	order(f, 7, kh_isolation_end);
	assert_int_equal(asked, KH_ISOLATE_REMOVE);
	worker_says(f, 0, false, true);
	assert_said(f, "\"order\":7,\"state\":\"done\"");
	assert_said(f, "\"action\":\"released\"");
	begin_anew(f);
	kh_isolation_due(&f->b);
	assert_int_equal(asked, 0);
}

static void without_addresses_it_would_lock_itself_out(void **state)
{
	struct fixture *f = *state;
	f->b.isolation.peers.n = 0;
	order(f, 5, kh_isolation_begin);
	assert_int_equal(asked, 0);
	assert_said(f, "\"order\":5,\"state\":\"failed\",\"result\":{\"reason\":\"the addresses of the server are not known\"");
	assert_true(kh_peers_add(&f->b.isolation.peers, "192.0.2.9", 8443));
	assert_true(kh_peers_add(&f->b.isolation.peers, "127.0.0.1", 3128)); /* a proxy, which would reach nobody any more */
	order(f, 6, kh_isolation_begin);
	assert_int_equal(asked, 0);
	assert_said(f, "\"order\":6,\"state\":\"failed\",\"result\":{\"reason\":\"the server, or the proxy on the way to it, is this machine itself\"");
}

static void without_the_means_the_order_fails_and_nothing_stays(void **state)
{
	struct fixture *f = *state;
	order(f, 5, kh_isolation_begin);
	worker_says(f, KH_E_ISOLATION_UNAVAILABLE, false, false);
	assert_false(is_open(f, 5));
	assert_said(f, "the kernel has no tables");
	start_error = KH_E_ISOLATION_UNAVAILABLE;
	order(f, 6, kh_isolation_begin);
	assert_false(is_open(f, 6));
	assert_said(f, "no such program");
	begin_anew(f);
	kh_isolation_due(&f->b);
	assert_int_equal(asked, 0);
}

/* Nobody knows whether the rules are there: it is tried until it is known. */
static void a_worker_that_crashed_is_asked_again(void **state)
{
	struct fixture *f = *state;
	order(f, 5, kh_isolation_begin);
	kh_fd_close(&child);
	kh_isolation_message(&f->b);
	assert_true(is_open(f, 5));
	f->b.isolation.next_ms = asked = 0;
	kh_isolation_due(&f->b);
	assert_int_equal(asked, KH_ISOLATE_PUT);
	worker_says(f, 0, true, true);
	assert_false(is_open(f, 5));
}

static void killed_before_the_answer_it_goes_on(void **state)
{
	struct fixture *f = *state;
	order(f, 5, kh_isolation_begin);
	begin_anew(f);
	assert_true(is_open(f, 5));
	kh_isolation_due(&f->b);
	assert_int_equal(asked, KH_ISOLATE_PUT);
	assert_string_equal(asked_sha256, ""); /* in any case */
	worker_says(f, 0, true, true);
	assert_said(f, "\"order\":5,\"state\":\"done\"");
	order(f, 6, kh_isolation_end);
	begin_anew(f);
	assert_true(is_open(f, 6));
	kh_isolation_due(&f->b);
	assert_int_equal(asked, KH_ISOLATE_REMOVE);
	worker_says(f, 0, false, true);
	assert_said(f, "\"order\":6,\"state\":\"done\"");
}

static void a_release_overtakes_what_is_not_done_yet(void **state)
{
	struct fixture *f = *state;
	order(f, 5, kh_isolation_begin);
	order(f, 6, kh_isolation_end);
	order(f, 7, kh_isolation_begin);
	assert_said(f, "\"order\":7,\"state\":\"failed\"");
	worker_says(f, 0, false, true);
	assert_said(f, "\"order\":5,\"state\":\"failed\"");
	assert_said(f, "\"order\":6,\"state\":\"done\"");
	order(f, 8, kh_isolation_end); /* there is none */
	assert_said(f, "\"order\":8,\"state\":\"done\"");
}

static void what_was_taken_away_is_put_back_and_told(void **state)
{
	struct fixture *f = *state;
	order(f, 5, kh_isolation_begin);
	worker_says(f, 0, true, true);
	f->b.isolation.next_ms = asked = 0;
	kh_isolation_due(&f->b);
	assert_int_equal(asked, KH_ISOLATE_PUT);
	assert_int_equal(strlen(asked_sha256), 64);
	worker_says(f, 0, true, false);
	assert_null(strstr(said(f), "put_back"));
	f->b.isolation.next_ms = 0;
	kh_isolation_due(&f->b);
	worker_says(f, 0, true, true);
	assert_said(f, "\"action\":\"put_back\"");
}

static void the_settings_end_it_at_the_start(void **state)
{
	struct fixture *f = *state;
	order(f, 5, kh_isolation_begin);
	worker_says(f, 0, true, true);
	f->settings.orders_isolate = false;
	begin_anew(f);
	kh_isolation_due(&f->b);
	assert_int_equal(asked, KH_ISOLATE_REMOVE);
	worker_says(f, 0, false, true);
	assert_said(f, kh_words("the settings of this machine do not allow isolation"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_order_is_done_when_the_kernel_has_the_rules), TEST(without_addresses_it_would_lock_itself_out), TEST(without_the_means_the_order_fails_and_nothing_stays),
		TEST(a_worker_that_crashed_is_asked_again), TEST(killed_before_the_answer_it_goes_on), TEST(a_release_overtakes_what_is_not_done_yet),
		TEST(what_was_taken_away_is_put_back_and_told), TEST(the_settings_end_it_at_the_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
