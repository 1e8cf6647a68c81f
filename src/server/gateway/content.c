/* Content bundles for agents: which is the current one, and its bytes, piece by piece. */
#include "base/error.h"
#include "server/content/bundles.h"
#include "server/gateway/inside.h"

json_t *kh_gateway_content(struct kh_db *db)
{
	struct kh_bundle b = {0};
	if (kh_bundle_current(db, &b) < 0 || !b.id) /* nothing that a hello or an order should fail for */
		return json_null();
	json_t *o = json_object();
	kh_json_set_text(o, "sha256", b.sha256);
	kh_json_set_int(o, "bytes", b.size);
	kh_json_set_int(o, "made_s", b.made_s);
	return o;
}

int kh_agent_content(struct kh_gateway *g, struct kh_request *r)
{
	struct kh_agent agent = {0};
	struct kh_db *db = NULL;
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	const char *sha256 = kh_request_query(r, "sha256");
	int64_t from = 0, count = 0;
	int e = kh_agent_identify(g, r, false, &agent);
	e = e < 0 ? e : kh_request_query_int(r, "from", 0, INT64_MAX, 0, &from);
	e = e < 0 ? e : kh_request_query_int(r, "bytes", 1, KH_BUNDLE_PART_BYTES, KH_BUNDLE_PART_BYTES, &count);
	e = e < 0 ? e : kh_store_reader(g->store, &db);
	e = e < 0 ? e : kh_bundle_read(db, g->data_dir, sha256 ? sha256 : "", from, count, &bytes);
	if (e == 0)
		kh_respond_buf(r, 200, "application/octet-stream", &bytes);
	return e;
}
