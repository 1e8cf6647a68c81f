#include "http/client.h"
#include "http/server.h"
#include "http/test-tls.h"

#include <pthread.h>
#include <sys/resource.h>

/* The program under the server: a route for each thing tested. */
struct app {
	pthread_mutex_t lock;
	struct kh_request **held;
	size_t held_n;
	int ended;
};

enum { MAX_HELD = 1200, BODY_LIMIT = 100 * 1024 };

static int begin(void *arg, struct kh_request *r, struct kh_request_plan *ret_plan)
{
	(void)arg;
	if (kh_streq(r->path, "/forbidden"))
		return kh_fail(KH_E_FORBIDDEN, "not you");
	*ret_plan = (struct kh_request_plan){.max_body = kh_streq(r->method, "POST") ? BODY_LIMIT : 0, .in_worker = kh_starts_with(r->path, "/worker")};
	r->data = kh_strdup("released by end");
	return 0;
}

static int answer_whoami(struct kh_request *r)
{
	static const char *const states[] = {"none", "ok", "expired", "unknown"};
	kh_auto_json json_t *reply = json_object();
	kh_json_set_text(reply, "state", states[r->client->state]);
	kh_json_set_text(reply, "name", r->client->info.common_name);
	kh_json_set_text(reply, "serial", r->client->info.serial);
	kh_json_set_text(reply, "remote", r->remote);
	kh_json_set_text(reply, "query", kh_request_query(r, "q"));
	kh_json_set_text(reply, "cookie", kh_request_cookie(r, "c"));
	kh_respond_header(r, "X-Test", "1");
	kh_respond_json(r, 200, reply);
	return 0;
}

static int hold(struct app *app, struct kh_request *r)
{
	kh_request_suspend(r);
	pthread_mutex_lock(&app->lock);
	app->held[app->held_n++] = r;
	pthread_mutex_unlock(&app->lock);
	return KH_HTTP_SUSPENDED;
}

static int handle(void *arg, struct kh_request *r)
{
	int64_t number = 0;
	if (kh_streq(r->path, "/hold") || kh_streq(r->path, "/worker/hold"))
		return hold(arg, r);
	if (kh_streq(r->path, "/length") || kh_streq(r->path, "/worker/length")) {
		kh_auto_free char *text = kh_format("%zu", r->body.len);
		kh_respond(r, 200, "text/plain", text, strlen(text));
		return 0;
	}
	if (kh_streq(r->path, "/number")) {
		int e = kh_request_query_int(r, "n", 1, 9, 5, &number);
		kh_respond_empty(r, 200 + (int)number);
		return e;
	}
	if (kh_streq(r->path, "/silent"))
		return 0;
	return kh_streq(r->path, "/whoami") ? answer_whoami(r) : kh_fail(KH_E_NOT_FOUND, "%s", r->path);
}

static void end(void *arg, struct kh_request *r)
{
	struct app *app = arg;
	free(r->data);
	pthread_mutex_lock(&app->lock);
	app->ended++;
	pthread_mutex_unlock(&app->lock);
}

static size_t held(struct app *app)
{
	pthread_mutex_lock(&app->lock);
	size_t n = app->held_n;
	pthread_mutex_unlock(&app->lock);
	return n;
}

static void wait_until_held(struct app *app, size_t n)
{
	while (held(app) < n)
		usleep(1000);
}

static void release_all(struct app *app)
{
	pthread_mutex_lock(&app->lock);
	for (size_t i = 0; i < app->held_n; i++) {
		kh_respond(app->held[i], 200, "text/plain", "held", 4);
		kh_request_resume(app->held[i]);
	}
	app->held_n = 0;
	pthread_mutex_unlock(&app->lock);
}

/* ---- the world of each case ---- */

static struct kh_ca *ca, *foreign_ca;
static struct identity server_identity, client_identity, expired_identity, foreign_identity;
static struct app app = {.lock = PTHREAD_MUTEX_INITIALIZER};
static struct kh_http_server *server;

static int set_up(void **state)
{
	(void)state;
	ca = test_ca();
	foreign_ca = test_ca();
	server_identity = test_server_identity(ca, "127.0.0.1", 0);
	client_identity = test_client_identity(ca, 0);
	expired_identity = test_client_identity(ca, 100);
	foreign_identity = test_client_identity(foreign_ca, 0);
	app.held = kh_alloc_array(MAX_HELD, sizeof *app.held);
	const struct kh_http_handler handler = {&app, begin, handle, end};
	const struct kh_http_server_options options = {.address = "127.0.0.1", .certificate_pem = server_identity.certificate, .key_pem = server_identity.key,
						       .client_ca_pem = kh_ca_certificate(ca), .threads = 2, .workers = 2, .idle_s = 2};
	return kh_http_server_new(&options, &handler, &server);
}

static int tear_down(void **state)
{
	(void)state;
	kh_http_server_free(server);
	free(app.held);
	struct identity *all[] = {&server_identity, &client_identity, &expired_identity, &foreign_identity};
	for (size_t i = 0; i < KH_COUNT(all); i++)
		identity_done(all[i]);
	kh_ca_free(ca);
	kh_ca_free(foreign_ca);
	return 0;
}

static struct kh_http_client *client_as(const struct identity *identity)
{
	kh_auto_free char *url = kh_format("https://127.0.0.1:%u", kh_http_server_port(server));
	const struct kh_http_client_options options = {.base_url = url, .ca_pem = kh_ca_certificate(ca), .timeout_ms = 20000,
						       .certificate_pem = identity ? identity->certificate : NULL, .key_pem = identity ? identity->key : NULL};
	struct kh_http_client *c = NULL;
	assert_int_equal(kh_http_client_new(&options, &c), 0);
	return c;
}

static void expect(struct kh_http_client *c, const char *path, const char *body, int result, int status, const char *text)
{
	kh_auto_http_reply struct kh_http_reply reply = {0};
	const struct kh_http_call call = {.path = path, .body = body, .body_n = body ? strlen(body) : 0};
	assert_int_equal(kh_http_client_call(c, &call, &reply), result);
	assert_int_equal(reply.status, status);
	if (text && !strstr(kh_buf_text(&reply.body), text))
		fail_msg("expected %s in %s", text, kh_buf_text(&reply.body));
}

/* ---- cases ---- */

static void tells_who_the_client_is(void **state)
{
	(void)state;
	const struct {
		const struct identity *identity;
		const char *expected;
	} cases[] = {
		{NULL, "{\"state\":\"none\",\"name\":\"\",\"serial\":\"\",\"remote\":\"127.0.0.1\",\"query\":null,\"cookie\":null}"},
		{&client_identity, "{\"state\":\"ok\",\"name\":\"" TEST_UID "\",\"serial\":\""},
		{&expired_identity, "{\"state\":\"expired\",\"name\":\"" TEST_UID "\",\"serial\":\""},
		{&foreign_identity, "{\"state\":\"unknown\",\"name\":\"\",\"serial\":\"\""},
		{&server_identity, "{\"state\":\"unknown\",\"name\":\"\",\"serial\":\"\""}, /* ours, but not for clients */
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_http_client struct kh_http_client *c = client_as(cases[i].identity);
		expect(c, "/whoami", NULL, 0, 200, cases[i].expected);
		expect(c, "/whoami", NULL, 0, 200, cases[i].expected); /* over the kept connection */
	}
}

static void decodes_the_query(void **state)
{
	(void)state;
	kh_auto_http_client struct kh_http_client *c = client_as(NULL);
	expect(c, "/whoami?q=ph%C6%B0%E1%BB%9Dng%201&x", NULL, 0, 200, "\"query\":\"phường 1\"");
	expect(c, "/number", NULL, 0, 205, NULL);
	expect(c, "/number?n=7", NULL, 0, 207, NULL);
	expect(c, "/number?n=10", NULL, KH_E_INVALID_FIELD, 400, "n: expected a number from 1 to 9");
}

static void gives_errors_a_code_and_a_sentence(void **state)
{
	(void)state;
	kh_auto_http_client struct kh_http_client *c = client_as(NULL);
	expect(c, "/nowhere", NULL, KH_E_NOT_FOUND, 404, "{\"error\":{\"code\":\"not_found\",\"message\":\"Not found\",\"detail\":\"/nowhere\"}}");
	assert_string_equal(kh_fail_detail(), "/nowhere");
	expect(c, "/forbidden", NULL, KH_E_FORBIDDEN, 403, "\"detail\":\"not you\"");
	expect(c, "/forbidden", "with a body", KH_E_FORBIDDEN, 403, "\"detail\":\"not you\"");
	expect(c, "/silent", NULL, KH_E_INTERNAL, 500, "not answered");
}

static void speaks_vietnamese_unless_asked_otherwise(void **state)
{
	(void)state;
	struct bare b = {0};
	char reply[2048] = {0};
	assert_int_equal(bare_open(&b, kh_http_server_port(server), "NORMAL"), 0);
	bare_send(&b, "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
	size_t n = 0;
	while (!strstr(reply, "}}")) {
		ssize_t got = gnutls_record_recv(b.session, reply + n, sizeof reply - 1 - n);
		assert_true(got > 0);
		n += (size_t)got;
	}
	assert_non_null(strstr(reply, "Không tìm thấy"));
	assert_non_null(strstr(reply, "Cache-Control: no-store\r\n"));
	assert_non_null(strstr(reply, "X-Content-Type-Options: nosniff\r\n"));
	assert_null(strstr(reply, "Set-Cookie"));
	bare_close(&b);
}

static void limits_bodies(void **state)
{
	(void)state;
	kh_auto_http_client struct kh_http_client *c = client_as(NULL);
	kh_auto_free char *body = kh_alloc(4 * BODY_LIMIT + 1);
	memset(body, 'x', BODY_LIMIT);
	expect(c, "/length", body, 0, 200, "102400");
	expect(c, "/worker/length", body, 0, 200, "102400");
	memset(body, 'x', BODY_LIMIT + 1);
	expect(c, "/length", body, KH_E_TOO_LARGE, 413, "too_large");
	memset(body, 'x', 4 * BODY_LIMIT);
	expect(c, "/length", body, KH_E_TOO_LARGE, 413, "too_large");
	expect(c, "/length", "short", 0, 200, "5"); /* and the connection goes on */
}

static void limits_bodies_of_unsaid_length(void **state)
{
	(void)state;
	struct bare b = {0};
	assert_int_equal(bare_open(&b, kh_http_server_port(server), "NORMAL"), 0);
	bare_send(&b, "POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	kh_auto_free char *chunk = kh_alloc(10009);
	memset(chunk, 'x', 10008);
	memcpy(chunk, "2710\r\n", 6); /* 10,000 bytes */
	memcpy(chunk + 10006, "\r\n", 2);
	for (int i = 0; i < 11; i++)
		bare_send(&b, chunk);
	bare_send(&b, "0\r\n\r\n");
	assert_int_equal(bare_status(&b), 413);
	bare_close(&b);
}

static void answers_before_a_body_that_waits(void **state)
{
	(void)state;
	struct bare b = {0};
	assert_int_equal(bare_open(&b, kh_http_server_port(server), "NORMAL"), 0);
	bare_send(&b, "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 102401\r\nExpect: 100-continue\r\n\r\n");
	assert_int_equal(bare_status(&b), 413);
	bare_close(&b);
}

static void limits_headers(void **state)
{
	(void)state;
	struct bare b = {0};
	assert_int_equal(bare_open(&b, kh_http_server_port(server), "NORMAL"), 0);
	bare_send(&b, "GET /whoami HTTP/1.1\r\nHost: x\r\nX-Long: ");
	kh_auto_free char *value = kh_alloc(12001);
	memset(value, 'x', 12000);
	bare_send(&b, value);
	int status = bare_status(&b);
	assert_true(status == 431 || status == 413);
	bare_close(&b);
}

static void speaks_tls_1_3_only(void **state)
{
	(void)state;
	struct bare b = {0};
	assert_true(bare_open(&b, kh_http_server_port(server), "NORMAL:-VERS-ALL:+VERS-TLS1.2") < 0);
	bare_close(&b);
	assert_int_equal(bare_open(&b, kh_http_server_port(server), "NORMAL"), 0);
	assert_int_equal(gnutls_protocol_get_version(b.session), GNUTLS_TLS1_3);
	bare_close(&b);
}

static void cuts_off_silent_peers(void **state)
{
	(void)state;
	struct bare b = {0};
	assert_int_equal(bare_open(&b, kh_http_server_port(server), "NORMAL"), 0);
	bare_send(&b, "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"); /* and no more: idle_s is 2 */
	int silent = connect_to(kh_http_server_port(server));                            /* not even a handshake */
	assert_int_equal(bare_status(&b), 0);
	char alert[64];
	while (read(silent, alert, sizeof alert) > 0)
		; /* until the end, which comes */
	close(silent);
	bare_close(&b);
}

static double cpu_seconds(void)
{
	struct timespec t = {0};
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* libmicrohttpd with epoll took a whole processor for each of these. */
static void peers_that_wait_cost_nothing(void **state)
{
	(void)state;
	static const char *const said[] = {"", "\x16", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"};
	int fds[KH_COUNT(said)];
	struct bare b = {0};
	for (size_t i = 0; i < KH_COUNT(said); i++) {
		fds[i] = connect_to(kh_http_server_port(server));
		assert_int_equal(send(fds[i], said[i], strlen(said[i]), 0), strlen(said[i]));
	}
	assert_int_equal(bare_open(&b, kh_http_server_port(server), "NORMAL"), 0);
	bare_send(&b, "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\na");
	double before = cpu_seconds();
	usleep(800000);
	assert_true(cpu_seconds() - before < 0.1);
	for (size_t i = 0; i < KH_COUNT(said); i++)
		close(fds[i]);
	bare_close(&b);
}

static void takes_bodies_in_small_pieces(void **state)
{
	(void)state;
	struct bare b = {0};
	assert_int_equal(bare_open(&b, kh_http_server_port(server), "NORMAL"), 0);
	static const char *const pieces[] = {"POST /le", "ngth HTTP/1.1\r\nHo", "st: x\r\nContent-Length: 3\r\n\r", "\n", "a", "b", "c"};
	for (size_t i = 0; i < KH_COUNT(pieces); i++) {
		bare_send(&b, pieces[i]);
		usleep(20000);
	}
	assert_int_equal(bare_status(&b), 200);
	bare_close(&b);
}

static size_t as_many_as_descriptors_allow(size_t wanted)
{
	struct rlimit limit = {0};
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return KH_MIN(wanted, (size_t)(limit.rlim_cur - 100) / 2);
}

static void holds_a_thousand_connections(void **state)
{
	(void)state;
	size_t n = as_many_as_descriptors_allow(1000);
	struct kh_http_counts counts;
	struct bare *all = kh_alloc_array(n, sizeof *all);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(bare_open(&all[i], kh_http_server_port(server), "NORMAL"), 0);
		bare_send(&all[i], i % 2 ? "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n" : "GET /worker/hold HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	wait_until_held(&app, n);
	kh_http_server_count(server, &counts);
	assert_int_equal(counts.suspended, n);
	assert_true((size_t)counts.connections >= n);
	sleep(3); /* longer than idle_s: who is held is not idle */
	release_all(&app);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(bare_status(&all[i]), 200);
	for (size_t i = 0; i < n; i++)
		bare_close(&all[i]);
	free(all);
}

static void survives_peers_that_leave_while_held(void **state)
{
	(void)state;
	struct bare b[20];
	for (size_t i = 0; i < KH_COUNT(b); i++) {
		assert_int_equal(bare_open(&b[i], kh_http_server_port(server), "NORMAL"), 0);
		bare_send(&b[i], "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	wait_until_held(&app, KH_COUNT(b));
	for (size_t i = 0; i < KH_COUNT(b); i++)
		bare_close(&b[i]);
	usleep(50000);
	release_all(&app);
	kh_auto_http_client struct kh_http_client *c = client_as(NULL);
	expect(c, "/whoami", NULL, 0, 200, "none");
}

static void says_why_it_cannot_start(void **state)
{
	(void)state;
	const struct kh_http_handler handler = {&app, begin, handle, end};
	struct kh_http_server *none = NULL;
	struct kh_http_server_options o = {.address = "127.0.0.1", .port = kh_http_server_port(server), .certificate_pem = server_identity.certificate,
					   .key_pem = server_identity.key};
	assert_int_equal(kh_http_server_new(&o, &handler, &none), KH_E_PORT_IN_USE);
	o.address = "localhost";
	assert_int_equal(kh_http_server_new(&o, &handler, &none), KH_E_INVALID_FIELD);
	o.key_pem = client_identity.key;
	assert_int_equal(kh_http_server_new(&o, &handler, &none), KH_E_CRYPTO);
	o.key_pem = "nonsense";
	assert_int_equal(kh_http_server_new(&o, &handler, &none), KH_E_CRYPTO);
	assert_null(none);
}

static void *call_hold(void *arg)
{
	int *result = arg;
	kh_auto_http_client struct kh_http_client *c = client_as(&client_identity);
	kh_auto_http_reply struct kh_http_reply reply = {0};
	*result = kh_http_client_call(c, &(struct kh_http_call){.path = "/hold"}, &reply);
	return NULL;
}

/* Last: the server does not come back from it. */
static void stops_without_losing_what_is_held(void **state)
{
	(void)state;
	pthread_t thread;
	int result = 1;
	kh_auto_http_client struct kh_http_client *c = client_as(NULL);
	expect(c, "/whoami", NULL, 0, 200, "none");
	assert_int_equal(pthread_create(&thread, NULL, call_hold, &result), 0);
	wait_until_held(&app, 1);
	kh_http_server_quiesce(server);
	expect(c, "/whoami", NULL, KH_E_BUSY, 503, "busy");
	release_all(&app);
	pthread_join(thread, NULL);
	assert_int_equal(result, 0);
}

static void calls_end_once_for_each_begin(void **state)
{
	(void)state; /* leaks of `data` and double frees are found by the sanitizer; here only that it happens at all */
	pthread_mutex_lock(&app.lock);
	assert_true(app.ended > 100);
	pthread_mutex_unlock(&app.lock);
}

KH_TESTS_WITH(set_up, tear_down, tells_who_the_client_is, decodes_the_query, gives_errors_a_code_and_a_sentence, speaks_vietnamese_unless_asked_otherwise,
	      limits_bodies, limits_bodies_of_unsaid_length, answers_before_a_body_that_waits, limits_headers, speaks_tls_1_3_only, cuts_off_silent_peers, peers_that_wait_cost_nothing,
	      takes_bodies_in_small_pieces, holds_a_thousand_connections, survives_peers_that_leave_while_held, says_why_it_cannot_start,
	      stops_without_losing_what_is_held, calls_end_once_for_each_begin)
