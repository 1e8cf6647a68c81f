/* The uplink as it runs: this program starts itself as one, is its broker over their socket pair and its server over TLS, and decides what the server answers. */
#include "agent/link.h"
#include "agent/uplink.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "crypto/base64.h"
#include "http/server.h"
#include "ipc/ipc.h"
#include "sandbox/sandbox.h"
#include "sandbox/worker.h"

#include <pthread.h>
#include <unistd.h>

#define ENDPOINT "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6"
#define OTHER_ENDPOINT "f81d4fae-7dec-4d0a-a765-00a0c91e6bf7"
#define EPOCH 0xe1
#define PATIENCE_MS 20000
#define DAY_MS (KH_DAY_S * 1000)

/* What the server says to the next request of a route; when there is nothing left to say, all is well. */
struct step {
	const char *route; /* NULL: the last was before */
	int error;
	bool renew; /* hello: a renewal is wanted */
};

struct world {
	struct kh_ca *ca;
	struct kh_http_server *http;
	struct kh_worker uplink;
	struct kh_ipc_message message; /* the last of the uplink's */
	struct kh_link_config config;
	struct kh_buf seen; /* what the uplink told its broker, in words */

	/* Records that wait at the broker, all of one epoch: [next, end). */
	uint64_t next, end;

	/* The server's threads use the rest. */
	pthread_mutex_t lock;
	const struct step *step;
	int hellos, identities;
	int64_t hello_at_ms, hello_before_ms; /* the last, and the one before it */
	int64_t clock_offset_ms;              /* as the last hello said */
	int64_t ahead_ms;                     /* the server's time less ours */
	uint64_t batch_last;
};

static struct world *world;

/* ---- the server ---- */

static int begin(void *app, struct kh_request *r, struct kh_request_plan *ret_plan)
{
	(void)app;
	(void)r;
	*ret_plan = (struct kh_request_plan){.max_body = KH_MAX_BATCH_PACKED, .in_worker = true};
	return 0;
}

static void answer_json(struct kh_request *r, json_t *reply)
{
	kh_respond_json(r, 200, reply);
	json_decref(reply);
}

static void welcome(struct kh_request *r, bool renew)
{
	kh_auto_json json_t *body = NULL;
	assert_int_equal(kh_request_json(r, &body), 0);
	world->clock_offset_ms = json_integer_value(json_object_get(body, "clock_offset_ms"));
	answer_json(r, json_pack("{s:I,s:i,s:{},s:i,s:i,s:b,s:{s:s,s:s},s:s}", "server_time_ms", (json_int_t)(kh_now_ms() + world->ahead_ms), "last_seq", 0, "facts", "batch_records",
				 100, "heartbeat_s", 60, "renew", renew, "unit", "code", "u", "name", "Đơn vị", "role", "internet"));
}

/* A new certificate for the key that asks; for `identity` with all that an enrolment gives. */
static void certify(struct kh_request *r, const char *endpoint)
{
	kh_auto_json json_t *body = NULL;
	kh_auto_free char *certificate = NULL, *order_key = kh_base64_text(world->config.identity.order_key, KH_SIGN_PUBLIC_SIZE);
	assert_int_equal(kh_request_json(r, &body), 0);
	assert_int_equal(kh_ca_issue_client(world->ca, json_string_value(json_object_get(body, "csr")), endpoint, kh_now_s(), KH_DAY_S, &certificate, NULL), 0);
	answer_json(r, json_pack("{s:s,s:s,s:s,s:s,s:s,s:{s:s,s:s}}", "certificate", certificate, "ca", kh_ca_certificate(world->ca), "endpoint", endpoint, "order_key", order_key,
				 "server_key_pin", world->config.identity.server_pin, "unit", "code", "u", "name", "Đơn vị"));
}

static void answer_well(struct kh_request *r, const char *route, bool renew)
{
	if (kh_streq(route, "hello"))
		welcome(r, renew);
	else if (kh_streq(route, "batch"))
		answer_json(r, json_pack("{s:I}", "ack", (json_int_t)world->batch_last));
	else if (kh_streq(route, "orders"))
		answer_json(r, json_pack("{s:[]}", "orders"));
	else
		certify(r, kh_streq(route, "identity") ? OTHER_ENDPOINT : ENDPOINT);
}

static void count(const char *route)
{
	world->identities += kh_streq(route, "identity");
	if (!kh_streq(route, "hello"))
		return;
	world->hellos++;
	world->hello_before_ms = world->hello_at_ms;
	world->hello_at_ms = kh_monotonic_ms();
}

static int handle(void *app, struct kh_request *r)
{
	const char *route = strrchr(r->path, '/') + 1;
	struct step step = {.route = route};
	(void)app;
	pthread_mutex_lock(&world->lock);
	count(route);
	if (world->step->route && kh_streq(world->step->route, route))
		step = *world->step++;
	if (!step.error)
		answer_well(r, route, step.renew);
	pthread_mutex_unlock(&world->lock);
	if (!step.error && kh_streq(route, "orders"))
		usleep(500000); /* a short long poll */
	if (!step.error)
		return 0;
	kh_auto_json json_t *extra = step.error == KH_E_WRONG_CLOCK ? json_pack("{s:I}", "server_time_ms", (json_int_t)(kh_now_ms() + world->ahead_ms)) : NULL;
	kh_respond_error(r, kh_fail(step.error, "as the test wants it"), extra);
	return 0;
}

/* ---- the broker ---- */

static void say(enum kh_link_type type, const struct kh_buf *payload)
{
	assert_int_equal(kh_ipc_send_large(world->uplink.sock, (uint16_t)type, payload ? kh_buf_text(payload) : "", payload ? payload->len : 0), 0);
}

static void saw(const char *format, ...) KH_PRINTF(1, 2);

static void saw(const char *format, ...)
{
	char text[200];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	kh_buf_addf(&world->seen, "%s%s", world->seen.len ? ", " : "", text);
}

static void give_batch(void)
{
	struct kh_link_wanted wanted = {0};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	assert_true(kh_link_get_wanted(world->message.payload, world->message.len, &wanted));
	if (world->next == world->end) {
		say(KH_LINK_NOTHING, NULL);
		return;
	}
	uint64_t last = KH_MIN(world->end, world->next + wanted.max_records) - 1;
	kh_link_put_batch(&b, &(struct kh_link_batch){EPOCH, world->next, last});
	for (uint64_t seq = world->next; seq <= last; seq++)
		kh_buf_addf(&b, "{\"seq\":%d}\n", (int)seq);
	pthread_mutex_lock(&world->lock);
	world->batch_last = last;
	pthread_mutex_unlock(&world->lock);
	saw("batch %d-%d", (int)world->next, (int)last);
	say(KH_LINK_BATCH, &b);
}

static void take_record(const char *what)
{
	struct kh_link_record record = {0};
	assert_true(kh_link_get_record(world->message.payload, world->message.len, &record));
	assert_int_equal(record.epoch, EPOCH);
	saw("%s %d", what, (int)record.seq);
	world->next = kh_streq(what, "conflict") ? world->next : record.seq + 1;
}

static void take_status(void)
{
	static const char *const states[] = {"connecting", "online", "stopped"};
	struct kh_link_status status = {0};
	assert_true(kh_link_get_status(world->message.payload, world->message.len, &status));
	if (status.error)
		saw("%s %s", states[status.state], kh_error_info(status.error)->name);
	else
		saw("%s", states[status.state]);
}

static void take_credentials(void)
{
	kh_auto_identity struct kh_identity i = {0};
	bool matches = false;
	assert_true(kh_link_get_identity(world->message.payload, world->message.len, &i));
	assert_int_equal(kh_x509_matches(i.certificate_pem, i.key_pem, &matches), 0);
	assert_true(matches);
	assert_string_not_equal(i.key_pem, world->config.identity.key_pem);
	saw("credentials of %s", kh_streq(i.endpoint, ENDPOINT) ? "the same" : "another");
}

static void take_clock(void)
{
	int64_t offset_ms = 0;
	assert_true(kh_link_get_clock(world->message.payload, world->message.len, &offset_ms));
	saw("clock %+d days", (int)((offset_ms + (offset_ms < 0 ? -DAY_MS : DAY_MS) / 2) / DAY_MS));
}

static void take_message(void)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	switch (world->message.type) {
	case KH_LINK_HELLO_WANTED:
		kh_link_put_hello(&b, &(struct kh_link_hello){EPOCH, world->end - 1});
		say(KH_LINK_HELLO, &b);
		break;
	case KH_LINK_WELCOME:
		say(KH_LINK_GO, NULL);
		break;
	case KH_LINK_BATCH_WANTED:
		give_batch();
		break;
	case KH_LINK_ACK:
		take_record("ack");
		break;
	case KH_LINK_REFUSED:
		take_record("refused");
		break;
	case KH_LINK_CONFLICT:
		take_record("conflict");
		break;
	case KH_LINK_STATUS:
		take_status();
		break;
	case KH_LINK_CREDENTIALS:
		take_credentials();
		break;
	case KH_LINK_CLOCK:
		take_clock();
		break;
	case KH_LINK_PEERS: /* tests/integration/test_network_isolation.py */
		break;
	default:
		fail_msg("message %u", world->message.type);
	}
}

/* Deals with what the uplink says until it has told its broker all of `expected`, or something else. */
static void expect(const char *expected)
{
	int64_t end_ms = kh_monotonic_ms() + PATIENCE_MS;
	while (!kh_streq(kh_buf_text(&world->seen), expected)) {
		const struct kh_ipc_accept accept = {.timeout_ms = (int)KH_MAX(end_ms - kh_monotonic_ms(), INT64_C(0)), .max_len = KH_LINK_MAX_MESSAGE};
		if (!kh_starts_with(expected, kh_buf_text(&world->seen)) || kh_ipc_recv(world->uplink.sock, &accept, &world->message) < 0)
			fail_msg("expected: %s\nseen: %s", expected, kh_buf_text(&world->seen));
		take_message();
	}
}

/* ---- a world for each case ---- */

static int set_up(void **state)
{
	(void)state;
	const char *name = "127.0.0.1";
	kh_auto_free char *certificate = NULL, *key = NULL, *csr = NULL;
	world = kh_alloc(sizeof *world);
	*world = (struct world){.uplink = KH_WORKER_NONE, .message = KH_IPC_MESSAGE_INIT, .next = 1, .end = 1};
	pthread_mutex_init(&world->lock, NULL);
	struct kh_identity *i = &world->config.identity;
	struct kh_certificate_info info = {0};
	assert_int_equal(kh_ca_create("Khien test CA", kh_now_s(), &world->ca), 0);
	assert_int_equal(kh_ca_issue_server(world->ca, &(struct kh_server_names){&name, 1}, NULL, kh_now_s(), KH_DAY_S, &certificate, &key), 0);
	assert_int_equal(kh_x509_info(certificate, &info), 0);
	assert_int_equal(kh_x509_key_create(&i->key_pem), 0);
	assert_int_equal(kh_x509_request(i->key_pem, "khien", &csr), 0);
	assert_int_equal(kh_ca_issue_client(world->ca, csr, ENDPOINT, kh_now_s(), KH_DAY_S, &i->certificate_pem, NULL), 0);
	const struct kh_http_server_options o = {
		.address = name, .certificate_pem = certificate, .key_pem = key, .client_ca_pem = kh_ca_certificate(world->ca), .threads = 1};
	assert_int_equal(kh_http_server_new(&o, &(struct kh_http_handler){NULL, begin, handle, NULL}, &world->http), 0);
	memcpy(i->endpoint, ENDPOINT, sizeof i->endpoint);
	memcpy(i->server_pin, info.pin, sizeof i->server_pin);
	i->ca_pem = kh_strdup(kh_ca_certificate(world->ca));
	i->server_url = kh_format("https://127.0.0.1:%u", kh_http_server_port(world->http));
	world->config.machine.parts = kh_strdup("machine=a\n");
	memset(world->config.machine.hex, 'a', sizeof world->config.machine.hex - 1);
	world->config.hostname = kh_strdup("máy");
	world->config.os = kh_strdup("Debian");
	world->config.uid = world->config.gid = KH_SANDBOX_NOBODY;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	kh_worker_done(&world->uplink);
	kh_http_server_free(world->http);
	kh_ca_free(world->ca);
	kh_ipc_message_done(&world->message);
	kh_link_config_done(&world->config);
	kh_buf_done(&world->seen);
	pthread_mutex_destroy(&world->lock);
	free(world);
	return 0;
}

/* Starts the uplink with a server that takes these steps. */
static void start(const struct step *steps)
{
	static const char *const arguments[] = {"uplink", NULL};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	world->step = steps;
	assert_int_equal(kh_worker_spawn("/proc/self/exe", arguments, &world->uplink), 0);
	kh_link_put_config(&b, &world->config);
	say(KH_LINK_CONFIG, &b);
}

static void sends_what_waits(void **state)
{
	(void)state;
	static const struct step steps[] = {{0}};
	world->end = 251;
	start(steps);
	expect("connecting, online, batch 1-100, ack 100, batch 101-200, ack 200, batch 201-250, ack 250");
}

static void finds_the_record_that_is_refused(void **state)
{
	(void)state;
	static const struct step steps[] = {
		{.route = "batch", .error = KH_E_BATCH_MALFORMED}, {.route = "batch"}, {.route = "batch", .error = KH_E_BATCH_MALFORMED}, {.route = "batch"}, {0}};
	world->end = 4;
	start(steps);
	expect("connecting, online, batch 1-3, batch 1-1, ack 1, batch 2-2, refused 2, batch 3-3, ack 3");
	world->end = 7; /* and together again */
	say(KH_LINK_WAKE, NULL);
	expect("connecting, online, batch 1-3, batch 1-1, ack 1, batch 2-2, refused 2, batch 3-3, ack 3, batch 4-6, ack 6");
}

static void tells_of_a_conflict_and_says_hello_again(void **state)
{
	(void)state;
	static const struct step steps[] = {{.route = "batch", .error = KH_E_SEQUENCE_CONFLICT}, {0}};
	world->end = 3;
	start(steps);
	expect("connecting, online, batch 1-2, conflict 2, connecting sequence_conflict, online, batch 1-2, ack 2");
	assert_int_equal(world->hellos, 2);
}

static void takes_the_servers_time(void **state)
{
	(void)state;
	static const struct step steps[] = {{.route = "hello", .error = KH_E_WRONG_CLOCK}, {0}};
	world->ahead_ms = -5 * DAY_MS;
	start(steps);
	expect("connecting, connecting wrong_clock, clock -5 days, online");
	assert_true(llabs(world->clock_offset_ms + 5 * DAY_MS) < 60000);
}

static void stops_when_it_is_revoked(void **state)
{
	(void)state;
	static const struct step steps[] = {{.route = "hello", .error = KH_E_CERTIFICATE_REVOKED}, {0}};
	start(steps);
	expect("connecting, stopped certificate_revoked");
	const struct kh_ipc_accept accept = {.timeout_ms = 3000, .max_len = KH_LINK_MAX_MESSAGE};
	assert_int_equal(kh_ipc_recv(world->uplink.sock, &accept, &world->message), KH_E_TIMEOUT); /* and asks no more */
	assert_int_equal(world->hellos, 1);
}

static void learns_while_it_waits_for_orders(void **state)
{
	(void)state;
	static const struct step steps[] = {{.route = "orders", .error = KH_E_CERTIFICATE_REVOKED}, {.route = "hello", .error = KH_E_CERTIFICATE_REVOKED}, {0}};
	start(steps);
	expect("connecting, online, stopped certificate_revoked");
}

static void renews_when_asked_and_when_it_has_ended(void **state)
{
	(void)state;
	static const struct step asked[] = {{.route = "hello", .renew = true}, {0}}, ended[] = {{.route = "hello", .error = KH_E_CERTIFICATE_EXPIRED}, {0}};
	start(asked);
	expect("connecting, online, credentials of the same");
	kh_worker_done(&world->uplink);
	kh_buf_reset(&world->seen);
	start(ended);
	expect("connecting, connecting certificate_expired, credentials of the same");
}

static void goes_on_trying_when_it_cannot_renew(void **state)
{
	(void)state;
	static const struct step steps[] = {{.route = "hello", .error = KH_E_CERTIFICATE_EXPIRED}, {.route = "renew", .error = KH_E_CERTIFICATE_EXPIRED}, {0}};
	start(steps);
	expect("connecting, connecting certificate_expired, connecting certificate_expired, online");
}

static void becomes_another_when_it_is_a_copy(void **state)
{
	(void)state;
	static const struct step told[] = {{.route = "hello", .error = KH_E_DUPLICATE_IDENTITY}, {0}}, known[] = {{0}};
	start(told);
	expect("connecting, connecting duplicate_identity, credentials of another");
	kh_worker_done(&world->uplink);
	kh_buf_reset(&world->seen);
	world->config.is_copy = true;
	world->hellos = 0;
	start(known);
	expect("connecting, credentials of another");
	assert_int_equal(world->hellos, 0); /* not a word in the other's name */
	assert_int_equal(world->identities, 2);
}

static void comes_back_when_the_server_said(void **state)
{
	(void)state;
	static const struct step steps[] = {{.route = "hello", .error = KH_E_BUSY}, {0}};
	start(steps);
	expect("connecting, connecting busy, online");
	assert_true(world->hello_at_ms - world->hello_before_ms >= 5000); /* Retry-After of http/server.c; by itself it would wait about one second */
}

#define ONE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ONE(sends_what_waits),
		ONE(finds_the_record_that_is_refused),
		ONE(tells_of_a_conflict_and_says_hello_again),
		ONE(takes_the_servers_time),
		ONE(stops_when_it_is_revoked),
		ONE(learns_while_it_waits_for_orders),
		ONE(renews_when_asked_and_when_it_has_ended),
		ONE(goes_on_trying_when_it_cannot_renew),
		ONE(becomes_another_when_it_is_a_copy),
		ONE(comes_back_when_the_server_said),
	};
	if (argc == 2 && kh_streq(argv[1], "uplink"))
		return kh_uplink_main(KH_WORKER_SOCK);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
