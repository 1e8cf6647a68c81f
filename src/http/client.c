#include "http/client.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "base/version.h"
#include "crypto/hash.h"
#include "os/file.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT_MS = 10000, TIMEOUT_MS = 60000, MAX_CHAIN = 8 };

struct kh_http_client {
	CURL *curl;
	char *base_url, *host;
	char *proxy; /* HOST:PORT; "": none */
	char *to_host; /* where it connects to: the server, or the proxy; an IPv6 address without brackets */
	int to_port;
	struct curl_slist *pinned;
	gnutls_x509_trust_list_t trust; /* NULL: first contact, believes nobody and sends nothing secret */
	char known_pin[KH_PIN_SIZE], seen_pin[KH_PIN_SIZE];
	int identity_fd; /* memory file with certificate and key; -1: none */
	int timeout_ms;
	size_t max_reply;
	atomic_bool cancelled;

	/* The leaf certificate that was verified last, in DER: a kept connection is not verified again. */
	struct kh_buf verified;
	int64_t verified_until_s;
	bool verified_doubtful;

	/* Of the call under way. */
	struct kh_http_reply *reply;
	int refused; /* by our own checks: a KH_E_* */
	const char *refused_because;
	char curl_error[CURL_ERROR_SIZE];
};

static void start_curl(void)
{
	kh_assert(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

/* ---- whom it believes ---- */

static int refuse(struct kh_http_client *c, int error, const char *because)
{
	c->refused = error;
	c->refused_because = kh_words(because);
	return CURL_PREREQFUNC_ABORT;
}

static unsigned verify_chain(const struct kh_http_client *c, gnutls_x509_crt_t *chain, unsigned n, unsigned flags)
{
	gnutls_typed_vdata_st wanted[] = {
		{GNUTLS_DT_DNS_HOSTNAME, (void *)c->host, 0},
		{GNUTLS_DT_KEY_PURPOSE_OID, (void *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER, 0},
	};
	unsigned status = 0;
	int rc = gnutls_x509_trust_list_verify_crt2(c->trust, chain, n, wanted, KH_COUNT(wanted), flags, &status, NULL);
	return rc < 0 ? GNUTLS_CERT_INVALID | GNUTLS_CERT_SIGNER_NOT_FOUND : status;
}

static int judge(struct kh_http_client *c, gnutls_x509_crt_t *chain, unsigned n)
{
	c->verified_doubtful = false;
	unsigned status = verify_chain(c, chain, n, 0);
	if (!status)
		return CURL_PREREQFUNC_OK;
	if (verify_chain(c, chain, n, GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS) == 0) {
		c->verified_doubtful = true;
		return kh_equal_secret_text(c->known_pin, c->seen_pin)
			       ? CURL_PREREQFUNC_OK
			       : refuse(c, KH_E_WRONG_CLOCK, "the server's certificate is not valid at this machine's time");
	}
	if (status & GNUTLS_CERT_UNEXPECTED_OWNER)
		return refuse(c, KH_E_PIN_MISMATCH, "the server's certificate is for another name");
	return refuse(c, KH_E_PIN_MISMATCH, "the server's certificate is not from our authority");
}

static int verify_peers(struct kh_http_client *c, const gnutls_datum_t *der, unsigned n)
{
	struct kh_certificate_info info;
	gnutls_x509_crt_t chain[MAX_CHAIN] = {0};
	unsigned read = 0;
	n = KH_MIN(n, (unsigned)MAX_CHAIN);
	while (read < n && gnutls_x509_crt_init(&chain[read]) == 0 && gnutls_x509_crt_import(chain[read], &der[read], GNUTLS_X509_FMT_DER) == 0)
		read++;
	int verdict = CURL_PREREQFUNC_ABORT;
	if (read < n || kh_x509_info_der(der[0].data, der[0].size, &info) < 0)
		refuse(c, KH_E_PIN_MISMATCH, "the server's certificate cannot be read");
	else {
		memcpy(c->seen_pin, info.pin, sizeof c->seen_pin);
		c->verified_until_s = info.not_after_s;
		verdict = judge(c, chain, n);
	}
	for (unsigned i = 0; i < n; i++)
		gnutls_x509_crt_deinit(chain[i]);
	return verdict;
}

/* Called by libcurl when the connection stands and nothing of the request was sent; for a connection that is used again, too. */
static int before_request(void *arg, char *to, char *from, int to_port, int from_port)
{
	(void)to, (void)from, (void)to_port, (void)from_port;
	struct kh_http_client *c = arg;
	const struct curl_tlssessioninfo *tls = NULL;
	unsigned n = 0;
	if (!c->trust)
		return CURL_PREREQFUNC_OK;
	if (curl_easy_getinfo(c->curl, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || !tls || tls->backend != CURLSSLBACKEND_GNUTLS || !tls->internals)
		return refuse(c, KH_E_INTERNAL, "libcurl does not show its GnuTLS session");
	const gnutls_datum_t *peers = gnutls_certificate_get_peers(tls->internals, &n);
	if (!peers || !n)
		return refuse(c, KH_E_PIN_MISMATCH, "the server showed no certificate");
	if (c->verified.len == peers[0].size && memcmp(c->verified.data, peers[0].data, peers[0].size) == 0 && kh_now_s() <= c->verified_until_s)
		return CURL_PREREQFUNC_OK;
	kh_buf_reset(&c->verified);
	int verdict = verify_peers(c, peers, n);
	if (verdict == CURL_PREREQFUNC_OK && !c->verified_doubtful)
		kh_buf_add(&c->verified, peers[0].data, peers[0].size);
	return verdict;
}

static int trust_only(struct kh_http_client *c, const char *ca_pem)
{
	gnutls_datum_t pem = {(unsigned char *)(uintptr_t)ca_pem, (unsigned)strnlen(ca_pem, KH_X509_MAX_PEM)};
	if (gnutls_x509_trust_list_init(&c->trust, 0) < 0 || gnutls_x509_trust_list_add_trust_mem(c->trust, &pem, NULL, GNUTLS_X509_FMT_PEM, 0, 0) < 1)
		return kh_fail(KH_E_SYNTAX, "the authority's certificate cannot be read");
	return 0;
}

/* ---- who it is ---- */

static int write_line(int fd, const char *text)
{
	int r = kh_file_write_fd(fd, kh_words("keeping the client's certificate in memory"), text, strlen(text));
	return r < 0 ? r : kh_file_write_fd(fd, kh_words("keeping the client's certificate in memory"), "\n", 1);
}

static int set_identity(struct kh_http_client *c, const char *certificate_pem, const char *key_pem)
{
	bool match = false;
	int r = kh_x509_matches(certificate_pem, key_pem, &match);
	if (r == 0 && !match)
		r = kh_fail(KH_E_CRYPTO, "the client's key is not that of its certificate");
	if (r < 0)
		return r;
	c->identity_fd = memfd_create("khien-identity", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (c->identity_fd < 0)
		return kh_fail_errno("keeping the client's certificate in memory");
	r = write_line(c->identity_fd, certificate_pem);
	if (r == 0)
		r = write_line(c->identity_fd, key_pem);
	if (r == 0 && fcntl(c->identity_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		r = kh_fail_errno("sealing the client's certificate");
	if (r < 0)
		return r;
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", c->identity_fd);
	curl_easy_setopt(c->curl, CURLOPT_SSLCERT, path);
	curl_easy_setopt(c->curl, CURLOPT_SSLKEY, path);
	return 0;
}

/* ---- where it is ---- */

/* Host and port of "https://HOST[:PORT]" or "http://[USER:PASSWORD@]HOST:PORT"; the port of the scheme when there is none. */
static int read_place(struct kh_http_client *c, const char *url)
{
	CURLU *u = curl_url();
	char *host = NULL, *port = NULL;
	int64_t number = 0;
	kh_assert(u);
	bool good = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK && curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK && kh_parse_int(port, 1, UINT16_MAX, &number);
	if (good) {
		c->to_host = host[0] == '[' ? kh_strndup(host + 1, strlen(host) - 2) : kh_strdup(host);
		c->to_port = (int)number;
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return good ? 0 : kh_fail(KH_E_INVALID_FIELD, "expected a host and a port");
}

/* libcurl then knows the name before it would ask for it. */
static void pin(struct kh_http_client *c, const struct kh_peers *peers)
{
	kh_auto_buf struct kh_buf line = KH_BUF_INIT;
	size_t n = 0;
	kh_buf_addf(&line, "%s:%d:", c->to_host, c->to_port);
	for (size_t i = 0; i < peers->n; i++)
		if (peers->v[i].port == c->to_port)
			kh_buf_addf(&line, strchr(peers->v[i].address, ':') ? "%s[%s]" : "%s%s", n++ ? "," : "", peers->v[i].address);
	if (!n)
		return;
	c->pinned = curl_slist_append(NULL, kh_buf_text(&line));
	kh_assert(c->pinned);
	curl_easy_setopt(c->curl, CURLOPT_RESOLVE, c->pinned);
}

static void add_addresses(const struct addrinfo *list, int port, struct kh_peers *ret)
{
	char address[NI_MAXHOST];
	for (const struct addrinfo *a = list; a; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) == 0)
			kh_ignore(kh_peers_add(ret, address, port));
}

void kh_http_client_peers(const struct kh_http_client *c, struct kh_peers *ret)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct kh_peers peers = {0};
	struct addrinfo *list = NULL;
	char *address = NULL;
	long port = 0;
	if (curl_easy_getinfo(c->curl, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && curl_easy_getinfo(c->curl, CURLINFO_PRIMARY_PORT, &port) == CURLE_OK && address)
		kh_ignore(kh_peers_add(&peers, address, port));
	if (peers.n && getaddrinfo(c->to_host, NULL, &hints, &list) == 0) {
		add_addresses(list, c->to_port, &peers);
		freeaddrinfo(list);
	}
	*ret = peers;
}

/* ---- what libcurl calls ---- */

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct kh_http_client *c = arg;
	kh_buf_add(&c->reply->body, bytes, size * n);
	if (!c->reply->body.overflow)
		return size * n;
	refuse(c, KH_E_TOO_LARGE, "the reply is larger than allowed");
	return 0;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
	(void)a, (void)b, (void)d, (void)e;
	return atomic_load(&((struct kh_http_client *)arg)->cancelled);
}

/* ---- making ---- */

static int read_url(struct kh_http_client *c, const char *url)
{
	CURLU *u = curl_url();
	kh_assert(u);
	char *scheme = NULL, *host = NULL, *path = NULL;
	bool good = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK && curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK && curl_url_get(u, CURLUPART_PATH, &path, 0) == CURLUE_OK &&
		    kh_streq(scheme, "https") && kh_streq(path, "/") && !strpbrk(url, "?#@");
	if (good) {
		size_t n = strlen(url);
		c->base_url = kh_strndup(url, n && url[n - 1] == '/' ? n - 1 : n);
		/* An IPv6 address comes in brackets, and stands in certificates without. */
		c->host = host[0] == '[' ? kh_strndup(host + 1, strlen(host) - 2) : kh_strdup(host);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(path);
	curl_url_cleanup(u);
	return good ? 0 : kh_fail(KH_E_INVALID_FIELD, "expected https://HOST:PORT, not %s", url);
}

static int set_proxy(struct kh_http_client *c, const char *proxy)
{
	bool none = !proxy || !*proxy;
	if (!none && !kh_starts_with(proxy, "http://"))
		return kh_fail(KH_E_INVALID_FIELD, "expected a proxy as http://HOST:PORT");
	const char *at = none ? NULL : strrchr(proxy, '@'); /* what stands before is not for sentences: a password */
	c->proxy = kh_strdup(none ? "" : at ? at + 1 : proxy + strlen("http://"));
	curl_easy_setopt(c->curl, CURLOPT_PROXY, none ? "" : proxy); /* "": not that of the environment either */
	curl_easy_setopt(c->curl, CURLOPT_NOPROXY, "");
	curl_easy_setopt(c->curl, CURLOPT_HTTPPROXYTUNNEL, 1L);
	curl_easy_setopt(c->curl, CURLOPT_PROXYAUTH, (long)CURLAUTH_ANYSAFE | (long)CURLAUTH_BASIC);
	return 0;
}

static void set_defaults(struct kh_http_client *c, const struct kh_http_client_options *o)
{
	CURL *curl = c->curl;
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, 1L);
	/* before_request() is the check; see the header. */
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	/* Nor does it read the system's authorities: 150 certificates parsed at every connection, 7 MiB. */
	curl_easy_setopt(curl, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(curl, CURLOPT_PREREQDATA, c);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, c);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, c->curl_error);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "khien/" KH_VERSION);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(o->connect_timeout_ms ? o->connect_timeout_ms : CONNECT_TIMEOUT_MS));
}

static int make_client(const struct kh_http_client_options *o, struct kh_http_client **ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, start_curl);
	kh_auto_http_client struct kh_http_client *c = kh_alloc(sizeof *c);
	c->identity_fd = -1;
	c->timeout_ms = o->timeout_ms ? o->timeout_ms : TIMEOUT_MS;
	c->max_reply = o->max_reply ? o->max_reply : KH_HTTP_MAX_REPLY;
	c->curl = curl_easy_init();
	kh_assert(c->curl);
	set_defaults(c, o);
	int r = read_url(c, o->base_url);
	if (r == 0)
		r = set_proxy(c, o->proxy);
	if (r == 0)
		r = read_place(c, o->proxy && *o->proxy ? o->proxy : o->base_url);
	if (r == 0 && o->pinned)
		pin(c, o->pinned);
	if (r == 0)
		*ret = kh_take(c);
	return r;
}

int kh_http_client_new(const struct kh_http_client_options *o, struct kh_http_client **ret)
{
	kh_auto_http_client struct kh_http_client *c = NULL;
	int r = make_client(o, &c);
	if (r == 0)
		r = trust_only(c, o->ca_pem);
	if (r == 0 && o->certificate_pem)
		r = set_identity(c, o->certificate_pem, o->key_pem);
	if (r == 0 && o->server_pin)
		snprintf(c->known_pin, sizeof c->known_pin, "%s", o->server_pin);
	if (r == 0)
		*ret = kh_take(c);
	return r;
}

void kh_http_client_free(struct kh_http_client *c)
{
	if (!c)
		return;
	curl_easy_cleanup(c->curl);
	if (c->trust)
		gnutls_x509_trust_list_deinit(c->trust, 1);
	kh_fd_close(&c->identity_fd);
	kh_buf_done(&c->verified);
	curl_slist_free_all(c->pinned);
	free(c->to_host);
	free(c->base_url);
	free(c->proxy);
	free(c->host);
	free(c);
}

void kh_http_client_cancel(struct kh_http_client *c, bool cancel)
{
	atomic_store(&c->cancelled, cancel);
}

const char *kh_http_client_server_pin(const struct kh_http_client *c)
{
	return c->seen_pin;
}

void kh_http_reply_done(struct kh_http_reply *reply)
{
	kh_buf_done(&reply->body);
	*reply = (struct kh_http_reply){0};
}

/* ---- a call ---- */

static void add_header(struct curl_slist **list, const char *name, const char *value)
{
	kh_auto_free char *line = kh_format("%s: %s", name, value);
	struct curl_slist *longer = curl_slist_append(*list, line);
	kh_assert(longer);
	*list = longer;
}

static struct curl_slist *headers_of(const struct kh_http_call *call)
{
	struct curl_slist *list = NULL;
	add_header(&list, "Accept-Language", kh_language() == KH_EN ? "en" : "vi"); /* of the server's error messages */
	if (!call->body)
		return list;
	add_header(&list, "Content-Type", call->content_type ? call->content_type : "application/json");
	if (call->content_encoding)
		add_header(&list, "Content-Encoding", call->content_encoding);
	struct curl_slist *longer = curl_slist_append(list, "Expect:"); /* costs a round trip and saves nothing with bodies of our size */
	kh_assert(longer);
	return longer;
}

static void set_call(struct kh_http_client *c, const struct kh_http_call *call, const char *url, struct curl_slist *headers)
{
	CURL *curl = c->curl;
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(call->timeout_ms ? call->timeout_ms : c->timeout_ms));
	curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	if (call->body) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_n);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method); /* NULL: what the lines above chose */
}

/* What people meet, in their language; curl's own words stand behind it. */
static const struct {
	CURLcode rc;
	const char *words;
} reasons[] = {
	{CURLE_COULDNT_RESOLVE_HOST, KH_WORDS("no machine of this name is known")},
	{CURLE_COULDNT_RESOLVE_PROXY, KH_WORDS("no proxy of this name is known")},
	{CURLE_COULDNT_CONNECT, KH_WORDS("nothing answers at this address")},
	{CURLE_OPERATION_TIMEDOUT, KH_WORDS("no answer in time")},
	{CURLE_SSL_CONNECT_ERROR, KH_WORDS("no secure connection could be made")},
	{CURLE_SSL_CERTPROBLEM, KH_WORDS("this machine's certificate cannot be used")},
	{CURLE_SEND_ERROR, KH_WORDS("the connection broke")},
	{CURLE_RECV_ERROR, KH_WORDS("the connection broke")},
	{CURLE_GOT_NOTHING, KH_WORDS("the connection was closed without an answer")},
	{CURLE_ABORTED_BY_CALLBACK, KH_WORDS("the call was broken off")},
};

static int failed(const struct kh_http_client *c, CURLcode rc)
{
	if (c->refused)
		return kh_fail(c->refused, "%s: %s", c->base_url, c->refused_because);
	int code = KH_E_UNREACHABLE;
	if (rc == CURLE_OPERATION_TIMEDOUT || rc == CURLE_ABORTED_BY_CALLBACK)
		code = KH_E_TIMEOUT;
	else if (rc == CURLE_SSL_CERTPROBLEM || rc == CURLE_SSL_CIPHER)
		code = KH_E_CRYPTO;
	const char *why = c->curl_error[0] ? c->curl_error : curl_easy_strerror(rc);
	kh_auto_free char *where = *c->proxy ? kh_format(kh_words("%s through the proxy %s"), c->base_url, c->proxy) : kh_strdup(c->base_url);
	for (size_t i = 0; i < KH_COUNT(reasons); i++)
		if (reasons[i].rc == rc)
			return kh_fail(code, "%s: %s (%s)", where, kh_words(reasons[i].words), why);
	return kh_fail(code, "%s: %s", where, why);
}

static void read_meta(struct kh_http_client *c, struct kh_http_reply *reply)
{
	long status = 0;
	const char *type = NULL;
	curl_off_t retry = 0;
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c->curl, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(c->curl, CURLINFO_RETRY_AFTER, &retry);
	reply->status = (int)status;
	reply->retry_after_s = (int)KH_MIN(KH_MAX(retry, (curl_off_t)0), (curl_off_t)86400);
	reply->clock_doubtful = c->verified_doubtful;
	kh_printable(reply->content_type, sizeof reply->content_type, type ? type : "");
}

/* The server's own word for what went wrong. */
static int error_of_reply(const struct kh_http_client *c, const struct kh_http_reply *reply)
{
	kh_auto_json json_t *root = NULL;
	const char *name = NULL, *message = NULL, *detail = NULL;
	const json_t *error = NULL;
	if (kh_json_parse(kh_buf_text(&reply->body), reply->body.len, &root) == 0)
		error = json_object_get(root, "error");
	if (!error || kh_json_text(error, "code", &name) < 0 || kh_json_text_or(error, "message", "", &message) < 0 ||
	    kh_json_text_or(error, "detail", "", &detail) < 0)
		return kh_fail(KH_E_UNREACHABLE, "%s answers with HTTP status %d and no word of Khiên's", c->base_url, reply->status);
	const struct kh_error_info *info = kh_error_named(name);
	return kh_fail(info ? info->code : KH_E_INTERNAL, "%s%s%s", info ? detail : name, info && *detail ? "" : ": ", *detail ? "" : message);
}

static int perform(struct kh_http_client *c, const struct kh_http_call *call, struct kh_http_reply *reply)
{
	kh_auto_free char *url = kh_format("%s%s", c->base_url, call->path);
	struct curl_slist *headers = headers_of(call);
	set_call(c, call, url, headers);
	c->reply = reply;
	c->refused = 0;
	c->curl_error[0] = '\0';
	CURLcode rc = curl_easy_perform(c->curl);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	read_meta(c, reply);
	c->reply = NULL;
	if (rc != CURLE_OK)
		return failed(c, rc);
	return reply->status / 100 == 2 ? 0 : error_of_reply(c, reply);
}

int kh_http_client_call(struct kh_http_client *c, const struct kh_http_call *call, struct kh_http_reply *reply)
{
	kh_assert(call->path[0] == '/');
	kh_http_reply_done(reply);
	reply->body.max = c->max_reply;
	if (atomic_load(&c->cancelled))
		return kh_fail(KH_E_TIMEOUT, "%s: cancelled", c->base_url);
	return perform(c, call, reply);
}

int kh_http_fetch_ca(const struct kh_http_client_options *options, const char *path, const char *pin, char **ret_ca_pem)
{
	kh_auto_http_client struct kh_http_client *c = NULL;
	kh_auto_http_reply struct kh_http_reply reply = {0};
	struct kh_certificate_info info;
	int r = make_client(options, &c);
	if (r == 0)
		r = kh_http_client_call(c, &(struct kh_http_call){.path = path}, &reply);
	if (r < 0)
		return r;
	if (kh_x509_info(kh_buf_text(&reply.body), &info) < 0 || !kh_equal_secret_text(info.pin, pin))
		return kh_fail(KH_E_PIN_MISMATCH, "%s gives an authority that is not the one of the link", c->base_url);
	*ret_ca_pem = kh_buf_take(&reply.body);
	return 0;
}
