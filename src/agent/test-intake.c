/* The local sockets and the uplink's messages, with a broker struct and a spool in a directory of its own; the test is producer, asker and uplink. */
#include "agent/inside.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "ipc/local.h"
#include "os/file.h"
#include "os/local.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define EVENT "{\"kind\":\"event\",\"event\":{}}"
#define PRODUCER 77

struct fixture {
	char dir[32];
	struct kh_agent_settings settings;
	struct kh_broker b;
	int uplink; /* the test's end */
};

static int setup(void **state)
{
	struct fixture *f = kh_alloc(sizeof *f);
	*f = (struct fixture){.dir = "/tmp/kh-intake-XXXXXX"};
	assert_non_null(mkdtemp(f->dir));
	f->settings = (struct kh_agent_settings){.state = f->dir, .run = f->dir, .orders_collect = true, .orders_scan = true};
	f->b = (struct kh_broker){.settings = &f->settings, .uplink = {.worker = KH_WORKER_NONE}, .scan = KH_WORKER_NONE, .collector = KH_COLLECTOR_INIT};
	kh_auto_free char *spool = kh_format("%s/spool", f->dir);
	int socks[2] = {-1, -1};
	assert_int_equal(kh_ipc_pair(socks), 0);
	f->b.uplink.worker.sock = socks[0];
	f->uplink = socks[1];
	assert_int_equal(kh_spool_open(spool, KH_SPOOL_MIN_BYTES, &f->b.spool), 0);
	kh_intake_init(&f->b);
	kh_intake_open(&f->b);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	kh_intake_close(&f->b);
	kh_worker_done(&f->b.uplink.worker);
	kh_spool_batch_done(&f->b.batch);
	kh_spool_free(f->b.spool);
	close(f->uplink);
	assert_int_equal(kh_test_remove(f->dir), 0);
	free(f);
	return 0;
}

/* ---- as the broker's loop does ---- */

static int connect_to(struct fixture *f, const char *name, int listener, struct kh_client **ret)
{
	int fd = -1;
	assert_int_equal(kh_local_connect(f->dir, name, &fd), 0);
	kh_intake_accept(&f->b, listener);
	*ret = NULL;
	for (size_t i = 0; i < KH_BROKER_MAX_CLIENTS; i++)
		if (f->b.clients[i].fd >= 0 && (!*ret || f->b.clients[i].heard_ms >= (*ret)->heard_ms))
			*ret = &f->b.clients[i];
	assert_non_null(*ret);
	return fd;
}

static void send_record(int fd, uint64_t producer, uint64_t n, const char *json)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_buf_add_u64le(&b, producer);
	kh_buf_add_u64le(&b, n);
	kh_buf_add_u32le(&b, KH_SPOOL_EVENT);
	kh_buf_adds(&b, json);
	assert_int_equal(kh_ipc_send(fd, KH_EVENTS_RECORD, b.data, b.len, -1), 0);
}

/* 0: no answer. */
static uint64_t durable(int fd)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = 64};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	uint64_t n = 0;
	if (kh_ipc_recv(fd, &accept, &m) < 0)
		return 0;
	assert_int_equal(m.type, KH_EVENTS_DURABLE);
	assert_int_equal(m.len, sizeof n);
	memcpy(&n, m.payload, sizeof n);
	return n;
}

static uint64_t waiting(const struct fixture *f)
{
	struct kh_spool_stats stats = {0};
	kh_spool_stats(f->b.spool, &stats);
	return stats.records;
}

/* ---- producers ---- */

static void records_are_answered_once_durable(void **state)
{
	struct fixture *f = *state;
	struct kh_client *client = NULL;
	kh_auto_fd int fd = connect_to(f, KH_EVENTS_SOCKET, f->b.events_fd, &client);
	for (uint64_t n = 1; n <= 3; n++)
		send_record(fd, PRODUCER, n, EVENT);
	kh_intake_message(&f->b, client);
	assert_int_equal(durable(fd), 3);
	send_record(fd, PRODUCER, 2, EVENT); /* once more: answered, and not stored again */
	kh_intake_message(&f->b, client);
	assert_int_equal(durable(fd), 3);
	assert_int_equal(waiting(f), 3);
	assert_false(client->owed);
}

static void two_producers_on_one_connection_are_both_answered(void **state)
{
	struct fixture *f = *state;
	struct kh_client *client = NULL;
	kh_auto_fd int fd = connect_to(f, KH_EVENTS_SOCKET, f->b.events_fd, &client);
	send_record(fd, PRODUCER, 4, EVENT);
	send_record(fd, PRODUCER + 1, 9, EVENT);
	kh_intake_message(&f->b, client);
	assert_int_equal(durable(fd), 4);
	assert_int_equal(durable(fd), 9);
}

static void what_is_not_durable_is_answered_later(void **state)
{
	struct fixture *f = *state;
	struct kh_client *client = NULL;
	kh_auto_fd int fd = connect_to(f, KH_EVENTS_SOCKET, f->b.events_fd, &client);
	kh_auto_free char *state_dir = kh_format("%s/none", f->dir), *spool = kh_format("%s/none/spool", f->dir);
	assert_int_equal(kh_file_replace(state_dir, "", 0, 0600), 0); /* a file where the directory should be */
	kh_spool_free(f->b.spool);
	assert_int_equal(kh_spool_open(spool, KH_SPOOL_MIN_BYTES, &f->b.spool), 0);
	send_record(fd, PRODUCER, 1, EVENT);
	kh_intake_message(&f->b, client);
	assert_int_equal(durable(fd), 0);
	assert_true(client->owed);
	assert_true(f->b.spool_error < 0);
	unlink(state_dir);
	assert_int_equal(kh_broker_commit(&f->b), 0);
	kh_intake_answer(&f->b);
	assert_int_equal(durable(fd), 1);
	assert_int_equal(f->b.spool_error, 0);
}

static void misbehaving_producers_are_cut_off(void **state)
{
	static const char *const bad[] = {"", "{}", "{\"kind\":\"facts\",\"table\":\"x\"}", "{\"kind\":\"event\",\"a\":\n1}"};
	struct fixture *f = *state;
	struct kh_client *client = NULL;
	for (size_t i = 0; i < KH_COUNT(bad); i++) {
		kh_auto_fd int fd = connect_to(f, KH_EVENTS_SOCKET, f->b.events_fd, &client);
		send_record(fd, PRODUCER, 1, bad[i]);
		kh_intake_message(&f->b, client);
		assert_int_equal(client->fd, -1);
	}
	kh_auto_fd int fd = connect_to(f, KH_EVENTS_SOCKET, f->b.events_fd, &client);
	assert_int_equal(kh_ipc_send(fd, 99, "x", 1, -1), 0);
	kh_intake_message(&f->b, client);
	assert_int_equal(client->fd, -1);
	assert_int_equal(waiting(f), 0);
}

/* The loop waits for nobody: far less than the ten seconds that a send would. */
static void a_producer_that_reads_nothing_is_cut_off(void **state)
{
	struct fixture *f = *state;
	struct kh_client *client = NULL;
	kh_auto_fd int fd = connect_to(f, KH_EVENTS_SOCKET, f->b.events_fd, &client);
	uint64_t n = 0;
	while (client->fd >= 0 && n < 10000) {
		send_record(fd, PRODUCER, ++n, EVENT);
		kh_intake_message(&f->b, client);
	}
	assert_int_equal(client->fd, -1);
	assert_true(n < 10000);
}

static void the_longest_silent_makes_way(void **state)
{
	struct fixture *f = *state;
	struct kh_client *client = NULL;
	int fds[KH_BROKER_MAX_CLIENTS + 1];
	for (size_t i = 0; i < KH_COUNT(fds); i++) {
		fds[i] = connect_to(f, KH_EVENTS_SOCKET, f->b.events_fd, &client);
		for (size_t k = 0; k < KH_BROKER_MAX_CLIENTS; k++)
			f->b.clients[k].heard_ms--;
	}
	char byte = 0;
	assert_int_equal(read(fds[0], &byte, 1), 0); /* closed */
	send_record(fds[KH_BROKER_MAX_CLIENTS], PRODUCER, 1, EVENT);
	kh_intake_message(&f->b, client);
	assert_int_equal(durable(fds[KH_BROKER_MAX_CLIENTS]), 1);
	for (size_t i = 0; i < KH_COUNT(fds); i++)
		close(fds[i]);
}

static void the_state_is_told(void **state)
{
	struct fixture *f = *state;
	struct kh_client *client = NULL;
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = KH_IPC_MAX_INLINE};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	kh_auto_json json_t *j = NULL;
	kh_auto_fd int fd = connect_to(f, KH_STATUS_SOCKET, f->b.status_fd, &client);
	assert_int_equal(kh_ipc_send(fd, KH_STATUS_ASK, "", 0, -1), 0);
	kh_intake_message(&f->b, client);
	assert_int_equal(kh_ipc_recv(fd, &accept, &m), 0);
	assert_int_equal(m.type, KH_STATUS_ANSWER);
	assert_int_equal(kh_json_parse((const char *)m.payload, m.len, &j), 0);
	assert_string_equal(json_string_value(json_object_get(j, "link")), "not_enrolled");
	assert_true(json_is_object(json_object_get(json_object_get(j, "health"), "dropped")));
}

/* ---- the uplink ---- */

static void say(struct fixture *f, enum kh_link_type type, const struct kh_buf *payload)
{
	assert_int_equal(kh_ipc_send_large(f->uplink, (uint16_t)type, payload ? kh_buf_text(payload) : "", payload ? payload->len : 0), 0);
	kh_uplink_message(&f->b);
}

static bool alive(const struct fixture *f)
{
	return f->b.uplink.worker.sock >= 0;
}

static void add_event(struct fixture *f)
{
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_buf_adds(&fields, "\"kind\":\"event\",\"event\":{}");
	assert_true(kh_broker_append(&f->b, KH_SPOOL_EVENT, 0, &fields));
}

/* What the broker hands out; new memory. */
static char *next_lines(struct fixture *f, struct kh_link_batch *ret)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 1000, .max_len = KH_MIB};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	const char *lines = NULL;
	size_t n = 0;
	kh_link_put_wanted(&b, &(struct kh_link_wanted){100, KH_MIB});
	say(f, KH_LINK_BATCH_WANTED, &b);
	assert_int_equal(kh_ipc_recv(f->uplink, &accept, &m), 0);
	if (m.type == KH_LINK_NOTHING)
		return NULL;
	assert_true(kh_link_get_batch(m.payload, m.len, ret, &lines, &n));
	return kh_strndup(lines, n);
}

static void tell(struct fixture *f, enum kh_link_type type, uint64_t epoch, uint64_t seq)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_record(&b, &(struct kh_link_record){epoch, seq});
	say(f, type, &b);
}

static void a_record_sent_again_is_the_same_to_the_byte(void **state)
{
	struct fixture *f = *state;
	struct kh_link_batch batch = {0};
	kh_auto_buf struct kh_buf clock = KH_BUF_INIT;
	add_event(f);
	kh_auto_free char *first = next_lines(f, &batch);
	kh_link_put_clock(&clock, 3600000);
	say(f, KH_LINK_CLOCK, &clock);
	assert_int_equal(f->b.memory.clock_offset_ms, 3600000);
	kh_auto_free char *again = next_lines(f, &batch);
	assert_string_equal(first, again);
	struct kh_agent_memory kept = {0};
	kh_agent_memory_load(f->dir, &kept);
	assert_int_equal(kept.clock_offset_ms, 3600000);
	tell(f, KH_LINK_ACK, batch.epoch, batch.last);
	assert_true(alive(f));
	assert_null(next_lines(f, &batch));
}

static void only_what_was_sent_can_be_acknowledged_or_refused(void **state)
{
	static const enum kh_link_type types[] = {KH_LINK_ACK, KH_LINK_REFUSED, KH_LINK_CONFLICT};
	for (size_t i = 0; i < KH_COUNT(types); i++) {
		if (i)
			setup(state);
		struct fixture *f = *state;
		add_event(f);
		tell(f, types[i], kh_spool_epoch(f->b.spool), 1);
		assert_false(alive(f));
		assert_int_equal(waiting(f), 1);
		assert_true(f->b.uplink.start_at_ms > kh_monotonic_ms());
		if (i + 1 < KH_COUNT(types))
			teardown(state);
	}
}

static void a_refused_record_is_set_aside_and_a_conflict_renames(void **state)
{
	struct fixture *f = *state;
	struct kh_link_batch batch = {0}, renamed = {0};
	add_event(f);
	add_event(f);
	kh_auto_free char *both = next_lines(f, &batch);
	tell(f, KH_LINK_REFUSED, batch.epoch, 1);
	assert_int_equal(waiting(f), 1);
	kh_auto_free char *second = next_lines(f, &batch);
	assert_int_equal(batch.first, 2);
	tell(f, KH_LINK_CONFLICT, batch.epoch, batch.last);
	kh_auto_free char *anew = next_lines(f, &renamed);
	assert_true(renamed.epoch != batch.epoch && renamed.first == 1 && renamed.last == 1);
	assert_true(alive(f));
}

static void nonsense_ends_the_uplink(void **state)
{
	struct fixture *f = *state;
	kh_auto_buf struct kh_buf clock = KH_BUF_INIT;
	kh_link_put_clock(&clock, INT64_MAX);
	say(f, KH_LINK_CLOCK, &clock);
	assert_false(alive(f));
	assert_int_equal(f->b.memory.clock_offset_ms, 0);
}

static void an_uplink_that_reads_nothing_is_ended(void **state)
{
	struct fixture *f = *state;
	int64_t began = kh_monotonic_ms();
	for (int i = 0; alive(f) && i < 10000; i++)
		say(f, KH_LINK_HELLO_WANTED, NULL);
	assert_false(alive(f));
	assert_true(kh_monotonic_ms() - began < KH_IPC_SEND_TIMEOUT_MS);
}

static void orders_of_the_last_run_are_answered(void **state)
{
	struct fixture *f = *state;
	struct kh_link_batch batch = {0};
	f->b.memory.open_orders[1] = 12;
	kh_orders_interrupted(&f->b);
	kh_auto_free char *lines = next_lines(f, &batch);
	assert_non_null(strstr(lines, "\"order\":12,\"state\":\"failed\""));
	assert_int_equal(f->b.memory.open_orders[1], 0);
	kh_orders_interrupted(&f->b);
	assert_int_equal(waiting(f), 1);
}

static void another_endpoint_begins_anew(void **state)
{
	struct fixture *f = *state;
	struct kh_agent_memory kept = {0};
	f->b.memory = (struct kh_agent_memory){.orders_of = "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6", .last_order = 900, .open_orders = {899}};
	f->b.facts_at_ms = INT64_MAX;
	snprintf(f->b.identity.endpoint, sizeof f->b.identity.endpoint, "f81d4fae-7dec-4d0a-a765-00a0c91e6bf7");
	kh_broker_new_endpoint(&f->b);
	kh_agent_memory_load(f->dir, &kept);
	assert_true(kept.last_order == 0 && kept.open_orders[0] == 0);
	assert_string_equal(kept.orders_of, f->b.identity.endpoint);
	assert_int_equal(f->b.facts_at_ms, 0);
	f->b.memory.last_order = 3;
	kh_broker_new_endpoint(&f->b); /* the same: nothing happens */
	assert_int_equal(f->b.memory.last_order, 3);
}

#define EACH(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(records_are_answered_once_durable),
		EACH(two_producers_on_one_connection_are_both_answered),
		EACH(what_is_not_durable_is_answered_later),
		EACH(misbehaving_producers_are_cut_off),
		EACH(a_producer_that_reads_nothing_is_cut_off),
		EACH(the_longest_silent_makes_way),
		EACH(the_state_is_told),
		EACH(a_record_sent_again_is_the_same_to_the_byte),
		EACH(only_what_was_sent_can_be_acknowledged_or_refused),
		EACH(a_refused_record_is_set_aside_and_a_conflict_renames),
		EACH(nonsense_ends_the_uplink),
		EACH(an_uplink_that_reads_nothing_is_ended),
		EACH(orders_of_the_last_run_are_answered),
		EACH(another_endpoint_begins_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
