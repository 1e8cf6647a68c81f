#include "http/server.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/file.h"

enum { MAX_HEADERS = 16, DEFAULT_WORKERS = 4, MAX_WORKERS = 64, STOP_WAIT_S = 5, OTHER_DESCRIPTORS = 256 };

/* TLS 1.3 only. AES-128-GCM first: with AES-NI it costs half of what ChaCha20 does; X25519 first for the same reason. */
static const char priorities[] = "NONE:+VERS-TLS1.3:+AES-128-GCM:+CHACHA20-POLY1305:+AES-256-GCM:+AEAD:+SHA256:+SHA384:+GROUP-X25519:+GROUP-SECP256R1:"
				 "+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-EDDSA-ED25519:+SIGN-RSA-PSS-RSAE-SHA256:+CTYPE-X509:%SERVER_PRECEDENCE";

struct header {
	char *name, *value;
};

/* One connection; made when it is accepted, before its handshake. */
struct peer {
	char remote[INET6_ADDRSTRLEN];
	bool looked; /* `client` is set */
	struct kh_client_certificate client;
};

/* What belongs to the server in a request. */
struct exchange {
	struct kh_request request; /* first: the two are cast into each other */
	struct kh_http_server *server;
	struct MHD_Connection *connection;
	struct kh_request_plan plan;
	int64_t began_ms;
	size_t discarded;
	int refused;          /* by begin, or because of the body: a KH_E_* */
	char *refused_detail; /* the detail that belongs to it */
	bool begun, suspended;
	struct MHD_Response *response;
	int status;
	KH_ARRAY(struct header) headers;
	struct exchange *next; /* in the workers' queue */
};

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct exchange *first, **last;
	size_t queued;
	bool stop;
	pthread_t threads[MAX_WORKERS];
	unsigned n;
};

struct kh_http_server {
	struct kh_http_handler handler;
	struct MHD_Daemon *daemon;
	int listen_fd;
	uint16_t port;
	atomic_bool quiescing;
	atomic_llong requests;

	pthread_mutex_t lock; /* of the two counts */
	pthread_cond_t fewer;
	int64_t suspended, active; /* requests held; requests that began and have not ended */

	struct workers workers;
};

static struct exchange *of(const struct kh_request *r)
{
	return (struct exchange *)(uintptr_t)r;
}

/* ---- reading a request ---- */

static const char *looked_up(const struct kh_request *r, enum MHD_ValueKind kind, const char *name)
{
	const char *value = NULL;
	size_t n = 0;
	if (MHD_lookup_connection_value_n(of(r)->connection, kind, name, strlen(name), &value, &n) != MHD_YES)
		return NULL;
	return value ? value : "";
}

const char *kh_request_query(const struct kh_request *r, const char *name)
{
	return looked_up(r, MHD_GET_ARGUMENT_KIND, name);
}

const char *kh_request_header(const struct kh_request *r, const char *name)
{
	return looked_up(r, MHD_HEADER_KIND, name);
}

const char *kh_request_cookie(const struct kh_request *r, const char *name)
{
	return looked_up(r, MHD_COOKIE_KIND, name);
}

int kh_request_query_int(const struct kh_request *r, const char *name, int64_t min, int64_t max, int64_t otherwise, int64_t *ret)
{
	const char *text = kh_request_query(r, name);
	if (!text) {
		*ret = otherwise;
		return 0;
	}
	if (!kh_parse_int(text, min, max, ret))
		return kh_fail(KH_E_INVALID_FIELD, "%s: expected a number from %lld to %lld", name, (long long)min, (long long)max);
	return 0;
}

int kh_request_json(const struct kh_request *r, json_t **ret)
{
	kh_auto_json json_t *value = NULL;
	int e = kh_json_parse(kh_buf_text(&r->body), r->body.len, &value);
	if (e == 0 && !json_is_object(value))
		e = kh_fail(KH_E_SYNTAX, "expected a JSON object");
	if (e == 0)
		*ret = kh_take(value);
	return e;
}

/* ---- answering ---- */

static void set_response(struct exchange *x, int status, struct MHD_Response *response, const char *content_type)
{
	kh_assert(response);
	if (x->response)
		MHD_destroy_response(x->response);
	x->response = response;
	x->status = status;
	if (content_type)
		MHD_add_response_header(response, "Content-Type", content_type);
}

void kh_respond(struct kh_request *r, int status, const char *content_type, const void *bytes, size_t n)
{
	set_response(of(r), status, MHD_create_response_from_buffer(n, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY), content_type);
}

void kh_respond_lent(struct kh_request *r, int status, const char *content_type, const void *bytes, size_t n)
{
	set_response(of(r), status, MHD_create_response_from_buffer(n, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT), content_type);
}

static void respond_text(struct kh_request *r, int status, const char *content_type, char *text, size_t n)
{
	set_response(of(r), status, MHD_create_response_from_buffer_with_free_callback(n, text, free), content_type);
}

void kh_respond_buf(struct kh_request *r, int status, const char *content_type, struct kh_buf *b)
{
	size_t n = b->len;
	respond_text(r, status, content_type, kh_buf_take(b), n);
}

void kh_respond_json(struct kh_request *r, int status, const json_t *value)
{
	char *text = kh_json_dump(value);
	respond_text(r, status, "application/json", text, strlen(text));
}

void kh_respond_empty(struct kh_request *r, int status)
{
	kh_respond_lent(r, status, NULL, "", 0);
}

static void respond_error(struct kh_request *r, int error, const char *detail, const json_t *extra)
{
	const struct kh_error_info *info = kh_error_info(error);
	kh_auto_json json_t *reply = extra ? json_copy((json_t *)(uintptr_t)extra) : json_object();
	json_t *inside = json_object();
	kh_json_set_text(inside, "code", info->name);
	kh_json_set_text(inside, "message", info->text[r->language]);
	kh_json_set_text(inside, "detail", detail);
	json_object_set_new(reply, "error", inside);
	kh_respond_json(r, info->http_status, reply);
	if (error == KH_E_BUSY)
		kh_respond_header(r, "Retry-After", "5");
}

void kh_respond_error(struct kh_request *r, int error, const json_t *extra)
{
	respond_error(r, error, kh_fail_detail(), extra);
}

void kh_respond_header(struct kh_request *r, const char *name, const char *value)
{
	struct exchange *x = of(r);
	kh_assert(x->headers.n < MAX_HEADERS);
	kh_array_push(&x->headers, ((struct header){kh_strdup(name), kh_strdup(value)}));
}

void kh_respond_page_headers(struct kh_request *r)
{
	static const char *const page[][2] = {
		{"Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
		{"Referrer-Policy", "no-referrer"},
		{"X-Frame-Options", "DENY"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Permissions-Policy", "camera=(), microphone=(), geolocation=(), usb=()"},
	};
	for (size_t i = 0; i < KH_COUNT(page); i++)
		kh_respond_header(r, page[i][0], page[i][1]);
}

static void add_headers(struct exchange *x)
{
	bool cached = false, typed = false;
	kh_array_each(&x->headers, h) {
		cached |= kh_streq_nocase(h->name, "Cache-Control");
		typed |= kh_streq_nocase(h->name, "X-Content-Type-Options");
		MHD_add_response_header(x->response, h->name, h->value);
	}
	if (!cached)
		MHD_add_response_header(x->response, "Cache-Control", "no-store");
	if (!typed)
		MHD_add_response_header(x->response, "X-Content-Type-Options", "nosniff");
}

static enum MHD_Result send_response(struct exchange *x)
{
	if (!x->response)
		respond_error(&x->request, KH_E_INTERNAL, "the request was not answered", NULL);
	add_headers(x);
	enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)x->status, x->response);
	MHD_destroy_response(x->response);
	x->response = NULL;
	return queued;
}

/* ---- suspending ---- */

static void count(struct kh_http_server *server, int64_t *what, int by)
{
	pthread_mutex_lock(&server->lock);
	*what += by;
	if (!*what)
		pthread_cond_broadcast(&server->fewer);
	pthread_mutex_unlock(&server->lock);
}

void kh_request_suspend(struct kh_request *r)
{
	struct exchange *x = of(r);
	if (x->suspended)
		return; /* by us, for a worker */
	x->suspended = true;
	count(x->server, &x->server->suspended, 1);
	MHD_suspend_connection(x->connection);
}

void kh_request_resume(struct kh_request *r)
{
	struct kh_http_server *server = of(r)->server;
	MHD_resume_connection(of(r)->connection);
	count(server, &server->suspended, -1);
}

/* ---- workers ---- */

/* False: the queue is full. */
static bool queue_for_worker(struct workers *w, struct exchange *x)
{
	pthread_mutex_lock(&w->lock);
	bool room = w->queued < KH_HTTP_MAX_QUEUED;
	if (room) {
		x->next = NULL;
		*w->last = x;
		w->last = &x->next;
		w->queued++;
		pthread_cond_signal(&w->changed);
	}
	pthread_mutex_unlock(&w->lock);
	return room;
}

/* NULL: stop. */
static struct exchange *next_for_worker(struct workers *w)
{
	pthread_mutex_lock(&w->lock);
	while (!w->first && !w->stop)
		pthread_cond_wait(&w->changed, &w->lock);
	struct exchange *x = w->first;
	if (x) {
		w->first = x->next;
		w->queued--;
		if (!w->first)
			w->last = &w->first;
	}
	pthread_mutex_unlock(&w->lock);
	return x;
}

/* True: it was answered. False: it was suspended, and may be gone already. */
static bool run_handler(struct exchange *x)
{
	kh_language_use(x->request.language);
	int e = x->server->handler.handle(x->server->handler.app, &x->request);
	if (e == KH_HTTP_SUSPENDED)
		return false;
	if (e < 0)
		kh_respond_error(&x->request, e, NULL);
	return true;
}

static void *work(void *arg)
{
	struct kh_http_server *server = arg;
	for (struct exchange *x = NULL; (x = next_for_worker(&server->workers)) != NULL;)
		if (run_handler(x))
			kh_request_resume(&x->request);
	return NULL;
}

static void start_workers(struct kh_http_server *server, unsigned n)
{
	struct workers *w = &server->workers;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	w->last = &w->first;
	for (w->n = 0; w->n < KH_MIN(n, (unsigned)MAX_WORKERS); w->n++)
		kh_assert(pthread_create(&w->threads[w->n], NULL, work, server) == 0);
}

static void stop_workers(struct workers *w)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->n; i++)
		pthread_join(w->threads[i], NULL);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->changed);
}

/* ---- the peer ---- */

static void write_address(const struct sockaddr *address, char remote[INET6_ADDRSTRLEN])
{
	const struct sockaddr_in6 *six = (const void *)address;
	const struct sockaddr_in *four = (const void *)address;
	const char *text = NULL;
	if (address && address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		text = inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], remote, INET6_ADDRSTRLEN);
	else if (address && address->sa_family == AF_INET6)
		text = inet_ntop(AF_INET6, &six->sin6_addr, remote, INET6_ADDRSTRLEN);
	else if (address && address->sa_family == AF_INET)
		text = inet_ntop(AF_INET, &four->sin_addr, remote, INET6_ADDRSTRLEN);
	if (!text)
		remote[0] = '\0';
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code)
{
	(void)cls;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		free(*context);
		*context = NULL;
		return;
	}
	struct peer *peer = kh_alloc(sizeof *peer);
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	write_address(info ? info->client_addr : NULL, peer->remote);
	*context = peer;
}

static enum kh_client_state state_of(gnutls_session_t session)
{
	gnutls_typed_vdata_st purpose = {GNUTLS_DT_KEY_PURPOSE_OID, (void *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT, 0};
	unsigned status = 0;
	if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0)
		return KH_CLIENT_UNKNOWN;
	const unsigned untimely = GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED;
	if (status & ~(untimely | GNUTLS_CERT_INVALID))
		return KH_CLIENT_UNKNOWN;
	if (status & untimely)
		return KH_CLIENT_EXPIRED;
	return status ? KH_CLIENT_UNKNOWN : KH_CLIENT_OK;
}

/* The chain is verified once per connection, which may live for weeks: time is looked at again with each request. */
static void look_at_client(struct peer *peer, struct MHD_Connection *connection)
{
	struct kh_client_certificate *client = &peer->client;
	if (peer->looked) {
		int64_t now = kh_now_s();
		if (client->state == KH_CLIENT_OK && (now > client->info.not_after_s || now < client->info.not_before_s))
			client->state = KH_CLIENT_EXPIRED;
		return;
	}
	peer->looked = true;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	gnutls_session_t session = info ? info->tls_session : NULL;
	unsigned n = 0;
	const gnutls_datum_t *chain = session ? gnutls_certificate_get_peers(session, &n) : NULL;
	if (!chain || !n)
		return;
	client->state = state_of(session);
	if (client->state != KH_CLIENT_UNKNOWN && kh_x509_info_der(chain[0].data, chain[0].size, &client->info) < 0)
		client->state = KH_CLIENT_UNKNOWN;
}

/* ---- a request's life ---- */

static struct exchange *new_exchange(struct kh_http_server *server, struct MHD_Connection *connection, const char *path, const char *method)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct peer *peer = info->socket_context;
	look_at_client(peer, connection);
	struct exchange *x = kh_alloc(sizeof *x);
	x->server = server;
	x->connection = connection;
	x->began_ms = kh_monotonic_ms();
	x->request = (struct kh_request){.method = method, .path = path, .remote = peer->remote, .client = &peer->client};
	x->request.language = kh_language_accepted(kh_request_header(&x->request, "Accept-Language"), KH_VI);
	atomic_fetch_add_explicit(&server->requests, 1, memory_order_relaxed);
	count(server, &server->active, 1);
	return x;
}

static void refuse(struct exchange *x, int error)
{
	if (x->refused)
		return;
	x->refused = error;
	x->refused_detail = kh_strdup(kh_fail_detail());
}

static int64_t announced_length(const struct kh_request *r)
{
	const char *text = kh_request_header(r, "Content-Length");
	int64_t n = 0;
	return text && kh_parse_int(text, 0, INT64_MAX, &n) ? n : 0;
}

static void begin(struct exchange *x)
{
	struct kh_request *r = &x->request;
	if (atomic_load(&x->server->quiescing)) {
		refuse(x, kh_fail(KH_E_BUSY, "the server is stopping"));
		return;
	}
	x->begun = true;
	int e = x->server->handler.begin(x->server->handler.app, r, &x->plan);
	if (e < 0) {
		refuse(x, e);
		return;
	}
	r->body.max = x->plan.max_body ? x->plan.max_body : 1;
	int64_t announced = announced_length(r);
	if ((uint64_t)announced > x->plan.max_body)
		refuse(x, kh_fail(KH_E_TOO_LARGE, "a body of %lld bytes; at most %zu are taken here", (long long)announced, x->plan.max_body));
	else if (announced)
		kh_ignore((int)(kh_buf_reserve(&r->body, (size_t)announced) == NULL));
}

/* A peer that waits for "100 Continue", or that announces more than we care to throw away, is answered before its body. */
static bool answer_before_body(const struct exchange *x)
{
	if (!x->refused)
		return false;
	const char *expect = kh_request_header(&x->request, "Expect");
	return (expect && kh_streq_nocase(expect, "100-continue")) ||
	       (uint64_t)announced_length(&x->request) > x->plan.max_body + KH_HTTP_MAX_DISCARD;
}

static enum MHD_Result answer_refused(struct exchange *x)
{
	respond_error(&x->request, x->refused, x->refused_detail, NULL);
	return send_response(x);
}

/* MHD_NO cuts the connection. */
static enum MHD_Result take_body(struct exchange *x, const char *bytes, size_t n)
{
	if (kh_monotonic_ms() - x->began_ms > KH_HTTP_MAX_REQUEST_S * 1000)
		return MHD_NO;
	struct kh_buf *body = &x->request.body;
	if (!x->refused && body->len + n > x->plan.max_body)
		refuse(x, kh_fail(KH_E_TOO_LARGE, "the body has more than %zu bytes", x->plan.max_body));
	if (!x->refused) {
		kh_buf_add(body, bytes, n);
		return MHD_YES;
	}
	kh_buf_done(body);
	x->discarded += n;
	return x->discarded > KH_HTTP_MAX_DISCARD ? MHD_NO : MHD_YES;
}

static enum MHD_Result hand_over(struct exchange *x)
{
	kh_request_suspend(&x->request);
	if (queue_for_worker(&x->server->workers, x))
		return MHD_YES;
	respond_error(&x->request, KH_E_BUSY, kh_words("too many requests are waiting"), NULL);
	kh_request_resume(&x->request);
	return MHD_YES;
}

static enum MHD_Result body_is_here(struct exchange *x)
{
	if (x->suspended) /* and resumed */
		return send_response(x);
	if (x->refused)
		return answer_refused(x);
	if (x->plan.in_worker)
		return hand_over(x);
	return run_handler(x) ? send_response(x) : MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *path, const char *method, const char *version,
				  const char *bytes, size_t *n, void **context)
{
	(void)version;
	struct exchange *x = *context;
	if (!x) {
		*context = x = new_exchange(cls, connection, path, method);
		kh_language_use(x->request.language);
		begin(x);
		return answer_before_body(x) ? answer_refused(x) : MHD_YES;
	}
	kh_language_use(x->request.language);
	if (*n) {
		enum MHD_Result taken = take_body(x, bytes, *n);
		*n = 0;
		return taken;
	}
	return body_is_here(x);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode code)
{
	(void)cls;
	(void)connection;
	(void)code;
	struct exchange *x = *context;
	*context = NULL;
	if (!x)
		return;
	if (x->begun && x->server->handler.end)
		x->server->handler.end(x->server->handler.app, &x->request);
	if (x->response)
		MHD_destroy_response(x->response);
	kh_array_each(&x->headers, h) {
		free(h->name);
		free(h->value);
	}
	kh_array_done(&x->headers);
	kh_buf_done(&x->request.body);
	free(x->refused_detail);
	count(x->server, &x->server->active, -1);
	free(x);
}

/* %xx decoded in place. An encoded NUL would end the text early and make "page.html%00.js" pass for "page.html": it becomes a control character that
 * fits no name. */
static size_t unescape(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls;
	(void)connection;
	for (char *at = text; (at = strstr(at, "%00")) != NULL; at++)
		at[2] = '1';
	return MHD_http_unescape(text);
}

/* ---- starting and stopping ---- */

static int parse_address(const char *address, uint16_t port, struct sockaddr_storage *ret, socklen_t *ret_n)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
	if (inet_pton(AF_INET, address, &four.sin_addr) == 1) {
		memcpy(ret, &four, *ret_n = sizeof four);
		return 0;
	}
	if (inet_pton(AF_INET6, address, &six.sin6_addr) == 1) {
		memcpy(ret, &six, *ret_n = sizeof six);
		return 0;
	}
	return kh_fail(KH_E_INVALID_FIELD, "not an IP address to listen on: %s", address);
}

static int listen_on(const char *address, uint16_t port, int *ret_fd, uint16_t *ret_port)
{
	struct sockaddr_storage sa = {0};
	socklen_t n = 0;
	int r = parse_address(address ? address : "::", port, &sa, &n);
	if (r < 0)
		return r;
	kh_auto_fd int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1, off = 0;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    (sa.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0) || bind(fd, (struct sockaddr *)&sa, n) < 0 ||
	    listen(fd, KH_HTTP_BACKLOG) < 0 || getsockname(fd, (struct sockaddr *)&sa, &n) < 0)
		return kh_fail_errno("listening on %s port %u", address ? address : "::", port);
	*ret_port = ntohs(sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&sa)->sin6_port : ((struct sockaddr_in *)&sa)->sin_port);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* libmicrohttpd takes any text and fails each handshake later: look at what we give it. */
static int check_credentials(const struct kh_http_server_options *o)
{
	bool match = false;
	struct kh_certificate_info ca;
	int r = kh_x509_matches(o->certificate_pem, o->key_pem, &match);
	if (r == 0 && !match)
		r = kh_fail(KH_E_CRYPTO, "the key is not that of the certificate");
	if (r < 0)
		return kh_fail_in(KH_E_CRYPTO, "the server's certificate");
	if (o->client_ca_pem && kh_x509_info(o->client_ca_pem, &ca) < 0)
		return kh_fail_in(KH_E_CRYPTO, "the authority of the clients");
	return 0;
}

/* The usual soft limit of 1024 would end the story at a thousand agents. What the hard limit does not allow is not reached: the next connection waits. */
static void raise_descriptor_limit(unsigned connections)
{
	struct rlimit limit = {0};
	rlim_t wanted = connections + OTHER_DESCRIPTORS;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = KH_MIN(wanted, limit.rlim_max);
	setrlimit(RLIMIT_NOFILE, &limit);
}

static unsigned cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : (unsigned)KH_MIN(n, 64);
}

static struct MHD_Daemon *start_daemon(struct kh_http_server *server, const struct kh_http_server_options *o)
{
	unsigned threads = o->threads ? o->threads : cpus(), connections = o->max_connections ? o->max_connections : KH_HTTP_MAX_CONNECTIONS;
	raise_descriptor_limit(connections);
	struct MHD_OptionItem items[] = {
		{MHD_OPTION_LISTEN_SOCKET, server->listen_fd, NULL},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->certificate_pem},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->key_pem},
		{MHD_OPTION_CONNECTION_MEMORY_LIMIT, KH_HTTP_CONNECTION_MEMORY, NULL},
		{MHD_OPTION_CONNECTION_LIMIT, connections, NULL},
		{MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->max_per_address, NULL},
		{MHD_OPTION_CONNECTION_TIMEOUT, o->idle_s ? o->idle_s : KH_HTTP_IDLE_S, NULL},
		{MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
		/* A thread pool of one is none to libmicrohttpd; then the daemon's own thread does all. */
		{threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, threads, NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem trust[] = {
		{o->client_ca_pem ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, (void *)(uintptr_t)o->client_ca_pem},
		{MHD_OPTION_END, 0, NULL},
	};
	/* poll, not epoll: libmicrohttpd 0.9.75 with epoll turns in circles for as long as a TLS handshake waits for the peer, so that one silent stranger would
	 * take a whole processor. Suspended connections are not polled, so the list stays short; measured with 4,000 idle connections it costs less. */
	return MHD_start_daemon(MHD_USE_TLS | MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
				MHD_OPTION_ARRAY, trust, MHD_OPTION_ARRAY, items, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
				MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_UNESCAPE_CALLBACK, unescape, server, MHD_OPTION_END);
}

int kh_http_server_new(const struct kh_http_server_options *options, const struct kh_http_handler *handler, struct kh_http_server **ret)
{
	kh_auto_http_server struct kh_http_server *server = kh_alloc(sizeof *server);
	server->handler = *handler;
	server->listen_fd = -1;
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->fewer, NULL);
	start_workers(server, options->workers ? options->workers : DEFAULT_WORKERS);
	int r = check_credentials(options);
	if (r == 0)
		r = listen_on(options->address, options->port, &server->listen_fd, &server->port);
	if (r < 0)
		return r;
	server->daemon = start_daemon(server, options);
	if (!server->daemon)
		return kh_fail_errno("starting the HTTPS server");
	*ret = kh_take(server);
	return 0;
}

void kh_http_server_quiesce(struct kh_http_server *server)
{
	if (!server->daemon || atomic_exchange(&server->quiescing, true))
		return;
	MHD_quiesce_daemon(server->daemon);
	kh_fd_close(&server->listen_fd); /* ours again */
}

/* Whoever holds a request will resume it: for that we wait as long as it takes. A peer that does not take its answer is waited for only so long. */
static void wait_for_requests(struct kh_http_server *server)
{
	struct timespec until = {0};
	pthread_mutex_lock(&server->lock);
	while (server->suspended)
		pthread_cond_wait(&server->fewer, &server->lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_WAIT_S;
	while (server->active && pthread_cond_timedwait(&server->fewer, &server->lock, &until) == 0)
		;
	pthread_mutex_unlock(&server->lock);
}

void kh_http_server_free(struct kh_http_server *server)
{
	if (!server)
		return;
	kh_http_server_quiesce(server);
	wait_for_requests(server);
	if (server->daemon)
		MHD_stop_daemon(server->daemon);
	stop_workers(&server->workers);
	kh_fd_close(&server->listen_fd);
	pthread_mutex_destroy(&server->lock);
	pthread_cond_destroy(&server->fewer);
	free(server);
}

uint16_t kh_http_server_port(const struct kh_http_server *server)
{
	return server->port;
}

void kh_http_server_count(struct kh_http_server *server, struct kh_http_counts *ret)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
	struct kh_http_counts counts = {.requests = atomic_load(&server->requests), .connections = info ? info->num_connections : 0};
	pthread_mutex_lock(&server->lock);
	counts.suspended = server->suspended;
	pthread_mutex_unlock(&server->lock);
	pthread_mutex_lock(&server->workers.lock);
	counts.queued = (int64_t)server->workers.queued;
	pthread_mutex_unlock(&server->workers.lock);
	*ret = counts;
}
