#include "server/gateway/gateway.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "server/gateway/inside.h"

#define PREFIX "/agent/v1/"

static const struct route {
	const char *method, *path;
	size_t max_body;
	bool certificate; /* wanted */
	bool in_worker;
	int (*handle)(struct kh_gateway *g, struct kh_request *r);
} routes[] = {
	{"POST", PREFIX "batch", KH_MAX_BATCH_PACKED, true, true, kh_agent_batch},
	{"GET", PREFIX "orders", 0, true, true, kh_agent_orders},
	{"GET", PREFIX "content", 0, true, true, kh_agent_content},
	{"POST", PREFIX "hello", KH_MAX_API_BODY, true, true, kh_agent_hello},
	{"POST", PREFIX "renew", KH_MAX_API_BODY, true, true, kh_agent_renew},
	{"POST", PREFIX "identity", KH_MAX_API_BODY, true, true, kh_agent_identity},
	{"POST", PREFIX "enroll", KH_MAX_API_BODY, false, true, kh_agent_enroll},
	{"GET", PREFIX "ca", 0, false, false, kh_agent_ca},
};

bool kh_gateway_owns(const char *path)
{
	return kh_starts_with(path, "/agent/");
}

static int find_route(const struct kh_request *r, const struct route **ret)
{
	bool path = false;
	for (size_t i = 0; i < KH_COUNT(routes); i++) {
		if (!kh_streq(routes[i].path, r->path))
			continue;
		path = true;
		if (kh_streq(routes[i].method, r->method)) {
			*ret = &routes[i];
			return 0;
		}
	}
	return path ? kh_fail(KH_E_METHOD_NOT_ALLOWED, "%s %s", r->method, r->path) : kh_fail(KH_E_NOT_FOUND, "%s", r->path);
}

int kh_gateway_begin(void *app, struct kh_request *r, struct kh_request_plan *ret_plan)
{
	(void)app;
	const struct route *route = NULL;
	int e = find_route(r, &route);
	if (e == 0 && route->certificate)
		e = kh_agent_has_certificate(r); /* strangers' bodies are not even collected */
	if (e == 0)
		*ret_plan = (struct kh_request_plan){.max_body = route->max_body, .in_worker = route->in_worker};
	return e;
}

int kh_gateway_handle(void *app, struct kh_request *r)
{
	const struct route *route = NULL;
	int e = find_route(r, &route);
	return e ? e : route->handle(app, r);
}

void kh_gateway_end(void *app, struct kh_request *r)
{
	(void)app;
	kh_agent_batch_end(r);
}

int kh_agent_ca(struct kh_gateway *g, struct kh_request *r)
{
	const char *pem = kh_ca_certificate(g->ca);
	kh_respond_lent(r, 200, "application/x-pem-file", pem, strlen(pem));
	return 0;
}

int kh_gateway_new(const struct kh_gateway_options *o, struct kh_gateway **ret)
{
	kh_auto_gateway struct kh_gateway *g = kh_alloc(sizeof *g);
	g->store = o->store;
	g->ca = o->ca;
	g->server_pin = o->server_pin;
	g->order_key = o->order_key;
	g->data_dir = o->data_dir;
	g->content_keys = o->content_keys;
	int r = kh_ingest_new(o->store, &g->ingest);
	if (r < 0)
		return r;
	g->polls = kh_polls_new(g);
	*ret = kh_take(g);
	return 0;
}

void kh_gateway_stop(struct kh_gateway *g)
{
	kh_polls_stop(g->polls);
}

void kh_gateway_free(struct kh_gateway *g)
{
	if (!g)
		return;
	kh_polls_free(g->polls);
	kh_ingest_free(g->ingest);
	free(g);
}

void kh_gateway_count(struct kh_gateway *g, struct kh_gateway_counts *ret)
{
	*ret = (struct kh_gateway_counts){.enrolled = atomic_load(&g->enrolled), .renewed = atomic_load(&g->renewed), .waiting = kh_polls_count(g->polls)};
	kh_ingest_count(g->ingest, &ret->ingest);
}
