#include "http/inside.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

enum { MAX_HEADERS = 16 };

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
	set_response(kh_exchange_of(r), status, MHD_create_response_from_buffer(n, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY), content_type);
}

void kh_respond_lent(struct kh_request *r, int status, const char *content_type, const void *bytes, size_t n)
{
	set_response(kh_exchange_of(r), status, MHD_create_response_from_buffer(n, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT), content_type);
}

static void respond_text(struct kh_request *r, int status, const char *content_type, char *text, size_t n)
{
	set_response(kh_exchange_of(r), status, MHD_create_response_from_buffer_with_free_callback(n, text, free), content_type);
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

void kh_exchange_fail(struct kh_request *r, int error, const char *detail, const json_t *extra)
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
	kh_exchange_fail(r, error, kh_fail_detail(), extra);
}

void kh_respond_header(struct kh_request *r, const char *name, const char *value)
{
	struct exchange *x = kh_exchange_of(r);
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

enum MHD_Result kh_exchange_send(struct exchange *x)
{
	if (!x->response)
		kh_exchange_fail(&x->request, KH_E_INTERNAL, "the request was not answered", NULL);
	add_headers(x);
	enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)x->status, x->response);
	MHD_destroy_response(x->response);
	x->response = NULL;
	return queued;
}

void kh_exchange_drop_answer(struct exchange *x)
{
	if (x->response)
		MHD_destroy_response(x->response);
	kh_array_each(&x->headers, h) {
		free(h->name);
		free(h->value);
	}
	kh_array_done(&x->headers);
}
