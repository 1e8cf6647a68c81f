#include "http/inside.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"

/* ---- suspending ---- */

void kh_request_suspend(struct kh_request *r)
{
	struct exchange *x = kh_exchange_of(r);
	if (x->suspended)
		return; /* by us, for a worker */
	x->suspended = true;
	kh_http_note(x->server, &x->server->suspended, 1);
	MHD_suspend_connection(x->connection);
}

void kh_request_resume(struct kh_request *r)
{
	struct kh_http_server *server = kh_exchange_of(r)->server;
	MHD_resume_connection(kh_exchange_of(r)->connection);
	kh_http_note(server, &server->suspended, -1);
}

/* ---- a request's life ---- */

static struct exchange *new_exchange(struct kh_http_server *server, struct MHD_Connection *connection, const char *path, const char *method)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct peer *peer = info->socket_context;
	kh_peer_look(peer, connection);
	struct exchange *x = kh_alloc(sizeof *x);
	x->server = server;
	x->connection = connection;
	x->began_ms = kh_monotonic_ms();
	x->request = (struct kh_request){.method = method, .path = path, .remote = peer->remote, .client = &peer->client};
	x->request.language = kh_language_accepted(kh_request_header(&x->request, "Accept-Language"), KH_VI);
	atomic_fetch_add_explicit(&server->requests, 1, memory_order_relaxed);
	kh_http_note(server, &server->active, 1);
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
	kh_exchange_fail(&x->request, x->refused, x->refused_detail, NULL);
	return kh_exchange_send(x);
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

bool kh_exchange_run(struct exchange *x)
{
	kh_language_use(x->request.language);
	int e = x->server->handler.handle(x->server->handler.app, &x->request);
	if (e == KH_HTTP_SUSPENDED)
		return false;
	if (e < 0)
		kh_respond_error(&x->request, e, NULL);
	return true;
}

static enum MHD_Result hand_over(struct exchange *x)
{
	kh_request_suspend(&x->request);
	if (kh_workers_put(&x->server->workers, x))
		return MHD_YES;
	kh_exchange_fail(&x->request, KH_E_BUSY, kh_words("too many requests are waiting"), NULL);
	kh_request_resume(&x->request);
	return MHD_YES;
}

static enum MHD_Result body_is_here(struct exchange *x)
{
	if (x->suspended) /* and resumed */
		return kh_exchange_send(x);
	if (x->refused)
		return answer_refused(x);
	if (x->plan.in_worker)
		return hand_over(x);
	return kh_exchange_run(x) ? kh_exchange_send(x) : MHD_YES;
}

enum MHD_Result kh_exchange_on_request(void *cls, struct MHD_Connection *connection, const char *path, const char *method, const char *version,
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

void kh_exchange_on_completed(void *cls, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode code)
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
	kh_exchange_drop_answer(x);
	kh_buf_done(&x->request.body);
	free(x->refused_detail);
	kh_http_note(x->server, &x->server->active, -1);
	free(x);
}

/* %xx decoded in place. An encoded NUL would end the text early and make "page.html%00.js" pass for "page.html": it becomes a control character that
 * fits no name. */
size_t kh_exchange_unescape(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls;
	(void)connection;
	for (char *at = text; (at = strstr(at, "%00")) != NULL; at++)
		at[2] = '1';
	return MHD_http_unescape(text);
}
