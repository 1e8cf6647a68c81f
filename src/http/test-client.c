/* The client against the server of http/server.h, and against peers that are none. */
#include "http/client.h"
#include "http/server.h"
#include "http/test-tls.h"

#include <pthread.h>

static struct kh_ca *ca, *other_ca;

static int begin(void *app, struct kh_request *r, struct kh_request_plan *ret_plan)
{
	(void)app, (void)r;
	*ret_plan = (struct kh_request_plan){.max_body = 1000, .in_worker = true};
	return 0;
}

static int handle(void *app, struct kh_request *r)
{
	(void)app;
	if (kh_streq(r->path, "/ca"))
		kh_respond(r, 200, "application/x-pem-file", kh_ca_certificate(ca), strlen(kh_ca_certificate(ca)));
	else if (kh_streq(r->path, "/slow")) {
		sleep(3);
		kh_respond_empty(r, 204);
	} else if (kh_streq(r->path, "/large")) {
		kh_auto_free char *bytes = kh_alloc(100000);
		kh_respond(r, 200, "text/plain", bytes, 100000);
	} else if (kh_streq(r->path, "/page")) {
		kh_respond(r, 502, "text/html", "<h1>Bad gateway</h1>", 20);
	} else if (kh_streq(r->path, "/new-error")) {
		static const char text[] = "{\"error\":{\"code\":\"of_a_later_version\",\"message\":\"Something new\",\"detail\":\"\"}}";
		kh_respond(r, 400, "application/json", text, sizeof text - 1);
	} else if (kh_streq(r->path, "/busy")) {
		return kh_fail(KH_E_BUSY, "come again");
	} else if (kh_streq(r->path, "/elsewhere")) {
		kh_respond_header(r, "Location", "https://127.0.0.1:1/");
		kh_respond_empty(r, 302);
	} else {
		kh_auto_free char *text = kh_format("%s %s %s %zu", r->method, kh_request_header(r, "Accept-Language"),
						    kh_request_header(r, "Content-Encoding") ? kh_request_header(r, "Content-Encoding") : "-", r->body.len);
		kh_respond(r, 200, "text/plain", text, strlen(text));
	}
	return 0;
}

static struct kh_http_server *serve(const struct identity *identity)
{
	struct kh_http_server *server = NULL;
	const struct kh_http_handler handler = {NULL, begin, handle, NULL};
	const struct kh_http_server_options o = {.address = "127.0.0.1", .certificate_pem = identity->certificate, .key_pem = identity->key, .threads = 1};
	assert_int_equal(kh_http_server_new(&o, &handler, &server), 0);
	return server;
}

/* A server certified by `authority` for `name`, issued so many days ago for 30 days. */
struct world {
	struct identity identity;
	struct kh_http_server *server;
	char *url;
};

static struct world new_world(const struct kh_ca *authority, const char *name, int days_ago)
{
	struct world w = {.identity = test_server_identity(authority, name, days_ago)};
	w.server = serve(&w.identity);
	w.url = kh_format("https://127.0.0.1:%u", kh_http_server_port(w.server));
	return w;
}

static void end_world(struct world *w)
{
	kh_http_server_free(w->server);
	identity_done(&w->identity);
	free(w->url);
}
#define auto_world KH_CLEANUP(end_world)

static struct kh_http_client *client_of(const struct kh_http_client_options *o)
{
	struct kh_http_client *c = NULL;
	assert_int_equal(kh_http_client_new(o, &c), 0);
	return c;
}

static int call(struct kh_http_client *c, const char *path)
{
	kh_auto_http_reply struct kh_http_reply reply = {0};
	return kh_http_client_call(c, &(struct kh_http_call){.path = path}, &reply);
}

static int set_up(void **state)
{
	(void)state;
	ca = test_ca();
	other_ca = test_ca();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	kh_ca_free(ca);
	kh_ca_free(other_ca);
	return 0;
}

static void sends_what_it_is_given(void **state)
{
	(void)state;
	auto_world struct world w = new_world(ca, "127.0.0.1", 0);
	kh_auto_http_client struct kh_http_client *c =
		client_of(&(struct kh_http_client_options){.base_url = w.url, .ca_pem = kh_ca_certificate(ca)});
	const struct {
		struct kh_http_call call;
		const char *expected;
	} cases[] = {
		{{.path = "/"}, "GET vi - 0"},
		{{.path = "/", .body = "abc", .body_n = 3, .content_encoding = "zstd"}, "POST vi zstd 3"},
		{{.path = "/", .body = "", .body_n = 0}, "POST vi - 0"},
		{{.path = "/", .method = "PUT", .body = "ab", .body_n = 2}, "PUT vi - 2"},
		{{.path = "/", .method = "DELETE"}, "DELETE vi - 0"},
		{{.path = "/"}, "GET vi - 0"},
	};
	kh_language_use(KH_VI); /* what the thread speaks is asked of the server too */
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_http_reply struct kh_http_reply reply = {0};
		assert_int_equal(kh_http_client_call(c, &cases[i].call, &reply), 0);
		assert_string_equal(kh_buf_text(&reply.body), cases[i].expected);
		assert_string_equal(reply.content_type, "text/plain");
		assert_false(reply.clock_doubtful);
	}
	kh_language_use(KH_EN);
	struct kh_certificate_info info;
	assert_int_equal(kh_x509_info(w.identity.certificate, &info), 0);
	assert_string_equal(kh_http_client_server_pin(c), info.pin);
}

static void tells_failures_apart(void **state)
{
	(void)state;
	auto_world struct world w = new_world(ca, "127.0.0.1", 0);
	kh_auto_http_client struct kh_http_client *c = client_of(
		&(struct kh_http_client_options){.base_url = w.url, .ca_pem = kh_ca_certificate(ca), .timeout_ms = 1000, .max_reply = 50000});
	kh_auto_http_reply struct kh_http_reply reply = {0};
	assert_int_equal(call(c, "/slow"), KH_E_TIMEOUT);
	assert_int_equal(call(c, "/large"), KH_E_TOO_LARGE);
	assert_int_equal(call(c, "/page"), KH_E_UNREACHABLE);
	assert_int_equal(call(c, "/elsewhere"), KH_E_UNREACHABLE); /* not followed */
	assert_int_equal(call(c, "/new-error"), KH_E_INTERNAL);
	assert_string_equal(kh_fail_detail(), "of_a_later_version: Something new");
	assert_int_equal(kh_http_client_call(c, &(struct kh_http_call){.path = "/busy"}, &reply), KH_E_BUSY);
	assert_int_equal(reply.status, 503);
	assert_int_equal(reply.retry_after_s, 5);
	assert_int_equal(call(c, "/"), 0);
}

static void believes_only_its_authority_and_name(void **state)
{
	(void)state;
	auto_world struct world foreign = new_world(other_ca, "127.0.0.1", 0), misnamed = new_world(ca, "khien.example.vn", 0);
	struct kh_http_client_options o = {.base_url = foreign.url, .ca_pem = kh_ca_certificate(ca)};
	kh_auto_http_client struct kh_http_client *of_foreign = client_of(&o);
	o.base_url = misnamed.url;
	kh_auto_http_client struct kh_http_client *of_misnamed = client_of(&o);
	assert_int_equal(call(of_foreign, "/"), KH_E_PIN_MISMATCH);
	assert_int_equal(call(of_foreign, "/"), KH_E_PIN_MISMATCH);
	assert_non_null(strstr(kh_fail_detail(), "not from our authority"));
	assert_int_equal(call(of_misnamed, "/"), KH_E_PIN_MISMATCH);
	assert_non_null(strstr(kh_fail_detail(), "another name"));
}

static void gets_past_a_wrong_clock_with_a_known_key(void **state)
{
	(void)state;
	struct kh_certificate_info info;
	auto_world struct world w = new_world(ca, "127.0.0.1", 60), renewed_name = new_world(ca, "khien.example.vn", 60);
	struct kh_http_client_options o = {.base_url = w.url, .ca_pem = kh_ca_certificate(ca)};
	kh_auto_http_client struct kh_http_client *without_pin = client_of(&o);
	assert_int_equal(call(without_pin, "/"), KH_E_WRONG_CLOCK);

	o.server_pin = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
	kh_auto_http_client struct kh_http_client *wrong_pin = client_of(&o);
	assert_int_equal(call(wrong_pin, "/"), KH_E_WRONG_CLOCK);

	assert_int_equal(kh_x509_info(w.identity.certificate, &info), 0);
	o.server_pin = info.pin;
	kh_auto_http_client struct kh_http_client *right_pin = client_of(&o);
	for (int again = 0; again < 2; again++) {
		kh_auto_http_reply struct kh_http_reply reply = {0};
		assert_int_equal(kh_http_client_call(right_pin, &(struct kh_http_call){.path = "/"}, &reply), 0);
		assert_true(reply.clock_doubtful);
	}

	/* The pin excuses the clock and nothing else. */
	assert_int_equal(kh_x509_info(renewed_name.identity.certificate, &info), 0);
	o.base_url = renewed_name.url;
	kh_auto_http_client struct kh_http_client *other_name = client_of(&o);
	assert_int_equal(call(other_name, "/"), KH_E_PIN_MISMATCH);
	o.ca_pem = kh_ca_certificate(other_ca);
	o.base_url = w.url;
	kh_auto_http_client struct kh_http_client *other_authority = client_of(&o);
	assert_int_equal(call(other_authority, "/"), KH_E_PIN_MISMATCH);
}

static void fetches_the_authority_by_its_pin(void **state)
{
	(void)state;
	auto_world struct world w = new_world(ca, "127.0.0.1", 0);
	const struct kh_http_client_options o = {.base_url = w.url};
	kh_auto_free char *pem = NULL;
	char pin[KH_PIN_SIZE], other_pin[KH_PIN_SIZE];
	assert_int_equal(kh_x509_pin(kh_ca_certificate(ca), pin), 0);
	assert_int_equal(kh_x509_pin(kh_ca_certificate(other_ca), other_pin), 0);
	assert_int_equal(kh_http_fetch_ca(&o, "/ca", other_pin, &pem), KH_E_PIN_MISMATCH);
	assert_int_equal(kh_http_fetch_ca(&o, "/", pin, &pem), KH_E_PIN_MISMATCH);
	assert_null(pem);
	assert_int_equal(kh_http_fetch_ca(&o, "/ca", pin, &pem), 0);
	assert_string_equal(pem, kh_ca_certificate(ca));
}

static void refuses_urls_and_identities_that_are_none(void **state)
{
	(void)state;
	static const char *const urls[] = {"http://x", "x", "https://x/path", "https://u:p@x", "https://x?q", "ftp://x", "", "https://"};
	struct kh_http_client *c = NULL;
	for (size_t i = 0; i < KH_COUNT(urls); i++)
		assert_int_equal(kh_http_client_new(&(struct kh_http_client_options){.base_url = urls[i], .ca_pem = kh_ca_certificate(ca)}, &c), KH_E_INVALID_FIELD);
	struct kh_http_client_options o = {.base_url = "https://x", .ca_pem = "nonsense"};
	assert_int_equal(kh_http_client_new(&o, &c), KH_E_SYNTAX);
	o.ca_pem = kh_ca_certificate(ca);
	o.proxy = "socks5://x";
	assert_int_equal(kh_http_client_new(&o, &c), KH_E_INVALID_FIELD);
	struct identity a = test_client_identity(ca, 0), b = test_client_identity(ca, 0);
	o.proxy = NULL;
	o.certificate_pem = a.certificate;
	o.key_pem = b.key;
	assert_int_equal(kh_http_client_new(&o, &c), KH_E_CRYPTO);
	identity_done(&a);
	identity_done(&b);
	assert_null(c);
}

static void says_unreachable_when_nobody_is_there(void **state)
{
	(void)state;
	const struct kh_http_client_options o = {.base_url = "https://127.0.0.1:1", .ca_pem = kh_ca_certificate(ca)};
	kh_auto_http_client struct kh_http_client *c = client_of(&o);
	assert_int_equal(call(c, "/"), KH_E_UNREACHABLE);
	kh_http_client_cancel(c, true);
	assert_int_equal(call(c, "/"), KH_E_TIMEOUT);
}

static void *cancel_soon(void *c)
{
	usleep(200000);
	kh_http_client_cancel(c, true);
	return NULL;
}

static void can_be_cancelled(void **state)
{
	(void)state;
	pthread_t thread;
	auto_world struct world w = new_world(ca, "127.0.0.1", 0);
	kh_auto_http_client struct kh_http_client *c = client_of(&(struct kh_http_client_options){.base_url = w.url, .ca_pem = kh_ca_certificate(ca)});
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, c), 0);
	int64_t start = kh_monotonic_ms();
	assert_int_equal(call(c, "/slow"), KH_E_TIMEOUT);
	assert_true(kh_monotonic_ms() - start < 2900);
	pthread_join(thread, NULL);
	kh_http_client_cancel(c, false);
	assert_int_equal(call(c, "/"), 0);
}

/* ---- a proxy that knows CONNECT ---- */

struct proxy {
	int listen_fd;
	bool refuse;
	char request[512];
};

static void pump(int from, int to)
{
	char bytes[4096];
	for (ssize_t n = 0; (n = read(from, bytes, sizeof bytes)) > 0;)
		if (write(to, bytes, (size_t)n) != n)
			break;
	shutdown(to, SHUT_WR);
}

struct pair {
	int from, to;
};

static void *pump_back(void *arg)
{
	pump(((struct pair *)arg)->from, ((struct pair *)arg)->to);
	return NULL;
}

static void *run_proxy(void *arg)
{
	struct proxy *p = arg;
	unsigned port = 0;
	int client = accept(p->listen_fd, NULL, NULL);
	assert_true(read(client, p->request, sizeof p->request - 1) > 0);
	if (p->refuse) {
		static const char no[] = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
		assert_int_equal(write(client, no, sizeof no - 1), sizeof no - 1);
	} else if (sscanf(p->request, "CONNECT 127.0.0.1:%u", &port) == 1) {
		pthread_t back;
		struct pair pair = {connect_to((uint16_t)port), client};
		static const char yes[] = "HTTP/1.1 200 OK\r\n\r\n";
		assert_int_equal(write(client, yes, sizeof yes - 1), sizeof yes - 1);
		pthread_create(&back, NULL, pump_back, &pair);
		pump(client, pair.from);
		pthread_join(back, NULL);
		close(pair.from);
	}
	close(client);
	return NULL;
}

static int through_proxy(struct proxy *p)
{
	auto_world struct world w = new_world(ca, "127.0.0.1", 0);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof at;
	pthread_t thread;
	p->listen_fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(p->listen_fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(p->listen_fd, 1), 0);
	getsockname(p->listen_fd, (struct sockaddr *)&at, &n);
	pthread_create(&thread, NULL, run_proxy, p);
	kh_auto_free char *url = kh_format("http://name:secret@127.0.0.1:%u", ntohs(at.sin_port));
	const struct kh_http_client_options o = {.base_url = w.url, .ca_pem = kh_ca_certificate(ca), .proxy = url};
	struct kh_http_client *c = client_of(&o);
	int r = call(c, "/");
	kh_http_client_free(c);
	pthread_join(thread, NULL);
	close(p->listen_fd);
	return r;
}

static void goes_through_a_proxy(void **state)
{
	(void)state;
	struct proxy good = {0}, refusing = {.refuse = true};
	assert_int_equal(through_proxy(&good), 0);
	assert_true(kh_starts_with(good.request, "CONNECT 127.0.0.1:"));
	assert_int_equal(through_proxy(&refusing), KH_E_UNREACHABLE);
	assert_non_null(strstr(kh_fail_detail(), "407"));
	assert_null(strstr(kh_fail_detail(), "secret"));
}

KH_TESTS_WITH(set_up, tear_down, sends_what_it_is_given, tells_failures_apart, believes_only_its_authority_and_name, gets_past_a_wrong_clock_with_a_known_key,
	      fetches_the_authority_by_its_pin, refuses_urls_and_identities_that_are_none, says_unreachable_when_nobody_is_there, can_be_cancelled,
	      goes_through_a_proxy)
