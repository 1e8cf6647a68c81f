#include "base/test_dir.h"
#include "http/client.h"
#include "http/files.h"
#include "http/test-tls.h"

#include <sys/stat.h>

static char dir[] = "/tmp/khien-test-XXXXXX";
static struct kh_ca *ca;
static struct identity identity;
static struct kh_http_server *server;
static struct kh_http_files *files;

static void put(const char *name, const char *text)
{
	kh_auto_free char *path = kh_format("%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int begin(void *app, struct kh_request *r, struct kh_request_plan *ret_plan)
{
	(void)app, (void)r, (void)ret_plan;
	return 0;
}

static int handle(void *app, struct kh_request *r)
{
	(void)app;
	return kh_http_files_answer(files, r, r->path + 1) ? 0 : kh_fail(KH_E_NOT_FOUND, "%s", r->path);
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	kh_auto_free char *assets = kh_format("%s/assets", dir), *link = kh_format("%s/link.txt", dir);
	mkdir(assets, 0700);
	put("index.html", "<!doctype html><title>Khiên</title>");
	put("assets/app-1234.js", "console.log(1)");
	put("assets/app-1234.js.gz", "packed");
	put(".hidden", "secret");
	put("empty.css", "");
	assert_int_equal(symlink("/etc/passwd", link), 0);
	assert_int_equal(kh_http_files_load(dir, &files), 0);
	ca = test_ca();
	identity = test_server_identity(ca, "127.0.0.1", 0);
	const struct kh_http_handler handler = {NULL, begin, handle, NULL};
	const struct kh_http_server_options o = {.address = "127.0.0.1", .certificate_pem = identity.certificate, .key_pem = identity.key, .threads = 1};
	return kh_http_server_new(&o, &handler, &server);
}

static int tear_down(void **state)
{
	(void)state;
	kh_http_server_free(server);
	kh_http_files_free(files);
	identity_done(&identity);
	kh_ca_free(ca);
	return kh_test_remove(dir);
}

/* Headers and body of the answer as they came. */
static void ask(const char *path, const char *headers, char *reply, size_t size)
{
	struct bare b = {0};
	kh_auto_free char *request = kh_format("GET /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", path, headers);
	assert_int_equal(bare_open(&b, kh_http_server_port(server), "NORMAL"), 0);
	bare_send(&b, request);
	size_t n = 0;
	for (ssize_t got = 0; (got = gnutls_record_recv(b.session, reply + n, size - 1 - n)) > 0;)
		n += (size_t)got;
	reply[n] = '\0';
	bare_close(&b);
}

static void serves_pages_with_their_headers(void **state)
{
	(void)state;
	char reply[4096];
	ask("index.html", "", reply, sizeof reply);
	static const char *const expected[] = {"HTTP/1.1 200", "Content-Type: text/html; charset=utf-8", "Content-Security-Policy: default-src 'self'", "X-Frame-Options: DENY",
					       "Cache-Control: no-cache\r\n", "ETag: \"", "<title>Khiên</title>"};
	for (size_t i = 0; i < KH_COUNT(expected); i++)
		assert_non_null(strstr(reply, expected[i]));
	assert_null(strstr(reply, "no-store"));
}

static void serves_assets_packed_and_for_long(void **state)
{
	(void)state;
	char reply[4096];
	ask("assets/app-1234.js", "", reply, sizeof reply);
	assert_non_null(strstr(reply, "console.log(1)"));
	assert_non_null(strstr(reply, "max-age=31536000, immutable"));
	assert_non_null(strstr(reply, "Vary: Accept-Encoding"));
	assert_null(strstr(reply, "Content-Encoding"));
	ask("assets/app-1234.js", "Accept-Encoding: br, gzip\r\n", reply, sizeof reply);
	assert_non_null(strstr(reply, "\r\n\r\npacked"));
	assert_non_null(strstr(reply, "Content-Encoding: gzip"));
	assert_non_null(strstr(reply, "Content-Type: text/javascript"));
}

static void answers_not_modified(void **state)
{
	(void)state;
	char reply[4096], etag[64] = {0};
	ask("index.html", "", reply, sizeof reply);
	assert_int_equal(sscanf(strstr(reply, "ETag: "), "ETag: %63[^\r]", etag), 1);
	kh_auto_free char *header = kh_format("If-None-Match: %s\r\n", etag);
	ask("index.html", header, reply, sizeof reply);
	assert_non_null(strstr(reply, "HTTP/1.1 304"));
	assert_null(strstr(reply, "<title>"));
}

static void serves_nothing_else(void **state)
{
	(void)state;
	char reply[4096];
	static const char *const names[] = {"",          ".hidden", "link.txt",          "assets", "assets/", "../../../../etc/passwd", "..%2f..%2fetc/passwd", "index.html%00.js",
					    "/index.html", "nothing", "assets/../index.html"};
	for (size_t i = 0; i < KH_COUNT(names); i++) {
		ask(names[i], "", reply, sizeof reply);
		assert_null(strstr(reply, "HTTP/1.1 200"));
	}
	ask("empty.css", "", reply, sizeof reply);
	assert_non_null(strstr(reply, "HTTP/1.1 200"));
	assert_int_equal(kh_http_files_count(files), 4);
	struct kh_http_files *none = NULL;
	assert_int_equal(kh_http_files_load("/nonexistent", &none), KH_E_NOT_FOUND);
}

KH_TESTS_WITH(set_up, tear_down, serves_pages_with_their_headers, serves_assets_packed_and_for_long, answers_not_modified, serves_nothing_else)
