#include "isolation/isolation.h"

#include "base/error.h"

/* No file, no isolation, nothing put; one that has its end is the broker's to take away and report. */
int kh_isolation_put_again(const char *state_dir, bool *ret_put)
{
	struct kh_isolation isolation = {0};
	struct kh_isolation_release release = {0};
	struct kh_isolate_answer answer = {0};
	struct kh_worker worker = KH_WORKER_NONE;
	int r = kh_isolation_load(state_dir, &isolation);
	r = r < 0 ? r : kh_isolation_release_load(state_dir, &release);
	*ret_put = r == 0 && isolation.order && !release.order;
	if (r < 0 || !*ret_put)
		return r;
	struct kh_isolate_request request = {.peers = isolation.peers};
	r = kh_isolate_start(KH_ISOLATE_PUT, &request, &worker);
	return r < 0 ? r : kh_isolate_finish(&worker, KH_ISOLATE_TIMEOUT_MS, &answer);
}
