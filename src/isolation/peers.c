#include "isolation/peers.h"

#include "base/alloc.h"
#include "base/error.h"

json_t *kh_isolation_peers_json(const struct kh_peers *peers)
{
	json_t *list = json_array();
	for (size_t i = 0; i < peers->n; i++) {
		json_t *peer = json_object();
		kh_json_set_text(peer, "address", peers->v[i].address);
		kh_json_set_int(peer, "port", peers->v[i].port);
		kh_assert(json_array_append_new(list, peer) == 0);
	}
	return list;
}

int kh_isolation_peers_read(const json_t *list, struct kh_peers *ret)
{
	struct kh_peers peers = {0};
	size_t i = 0;
	const json_t *peer = NULL;
	json_array_foreach(list, i, peer) {
		const char *address = NULL;
		int64_t port = 0;
		int r = kh_json_text(peer, "address", &address);
		r = r < 0 ? r : kh_json_int(peer, "port", 1, UINT16_MAX, &port);
		if (r < 0)
			return r;
		if (!kh_peers_add(&peers, address, port))
			return kh_fail(KH_E_INVALID_FIELD, "field \"peers\": %s is no address of a machine, or one too many", address);
	}
	if (!peers.n)
		return kh_fail(KH_E_INVALID_FIELD, "field \"peers\": expected at least one address");
	*ret = peers;
	return 0;
}
