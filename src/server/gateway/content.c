/* Content bundles for agents: which is the current one, and its bytes, part by part. */
#include "base/error.h"
#include "base/str.h"
#include "server/content/bundles.h"
#include "server/gateway/inside.h"

static int current(struct kh_gateway *g, struct kh_bundle *ret)
{
	struct kh_db *db = NULL;
	int r = kh_store_reader(g->store, &db);
	return r < 0 ? r : kh_bundle_current(db, ret);
}

json_t *kh_gateway_bundle(const struct kh_bundle *b)
{
	if (!b->id)
		return json_null();
	json_t *o = json_object();
	kh_json_set_text(o, "sha256", b->sha256);
	kh_json_set_int(o, "size", b->size);
	kh_json_set_int(o, "made_s", b->made_s);
	kh_json_set_int(o, "added_s", b->added_s);
	return o;
}

int kh_agent_content(struct kh_gateway *g, struct kh_request *r)
{
	struct kh_agent agent = {0};
	struct kh_bundle b = {0};
	int e = kh_agent_identify(g, r, false, &agent);
	e = e < 0 ? e : current(g, &b);
	kh_auto_json json_t *reply = json_object();
	json_object_set_new(reply, "bundle", kh_gateway_bundle(&b));
	if (e == 0)
		kh_respond_json(r, 200, reply);
	return e;
}

int kh_agent_content_bytes(struct kh_gateway *g, struct kh_request *r)
{
	struct kh_agent agent = {0};
	struct kh_db *db = NULL;
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	const char *bundle = kh_request_query(r, "bundle");
	int64_t from = 0, count = 0;
	int e = kh_agent_identify(g, r, false, &agent);
	e = e < 0 ? e : kh_request_query_int(r, "from", 0, INT64_MAX, 0, &from);
	e = e < 0 ? e : kh_request_query_int(r, "count", 1, KH_BUNDLE_PART_BYTES, KH_BUNDLE_PART_BYTES, &count);
	e = e < 0 ? e : kh_store_reader(g->store, &db);
	e = e < 0 ? e : kh_bundle_read(db, g->data_dir, bundle ? bundle : "", from, count, &bytes);
	if (e == 0)
		kh_respond_buf(r, 200, "application/octet-stream", &bytes);
	return e;
}
