#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "server/gateway/inside.h"

struct renewal {
	struct kh_gateway *gateway;
	const struct kh_agent *agent;
	const char *csr;
	char *certificate;
};

static int write_renewal(struct kh_db *writer, void *arg)
{
	struct renewal *n = arg;
	free(kh_take(n->certificate)); /* of a try that was undone */
	return kh_certificate_issue(writer, n->gateway->ca, n->agent->endpoint_id, n->agent->uid, n->csr, kh_now_s(), &n->certificate);
}

int kh_agent_renew(struct kh_gateway *g, struct kh_request *r)
{
	struct kh_agent agent = {0};
	kh_auto_json json_t *body = NULL, *reply = json_object();
	struct renewal n = {.gateway = g, .agent = &agent};
	int e = kh_agent_identify(g, r, true, &agent);
	if (e == 0)
		e = kh_request_json(r, &body);
	if (e == 0)
		e = kh_json_text(body, "csr", &n.csr);
	if (e == 0)
		e = kh_store_write(g->store, write_renewal, &n);
	kh_auto_free char *certificate = n.certificate;
	if (e < 0)
		return e;
	kh_json_set_text(reply, "certificate", certificate);
	kh_json_set_text(reply, "ca", kh_ca_certificate(g->ca));
	kh_respond_json(r, 200, reply);
	atomic_fetch_add(&g->renewed, 1);
	return 0;
}
