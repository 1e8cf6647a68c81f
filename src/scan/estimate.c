#include "scan/estimate.h"

#include "base/alloc.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { FILE_COSTS = 16 * 1024, EARLY_MS = 2000 };

struct kh_scan_estimate {
	const struct kh_walk_options *options;
	uint64_t max_size, files, bytes; /* the sums are the thread's until it is done */
	pthread_t thread;
	atomic_bool done, stop;
};

static void *count(void *context)
{
	struct kh_scan_estimate *e = context;
	struct kh_walk *walk = kh_walk_new(e->options);
	bool more = true;
	while (more && !atomic_load(&e->stop)) {
		kh_auto_walk_item struct kh_walk_item item = KH_WALK_ITEM_NONE;
		more = kh_walk_next(walk, &item);
		if (!more || item.kind != KH_WALK_FILE || item.state.size > e->max_size)
			continue;
		e->files++;
		e->bytes += item.state.size;
	}
	kh_walk_free(walk);
	atomic_store(&e->done, !more);
	return NULL;
}

struct kh_scan_estimate *kh_scan_estimate_start(const struct kh_walk_options *options, uint64_t max_size)
{
	struct kh_scan_estimate *e = kh_alloc(sizeof *e);
	*e = (struct kh_scan_estimate){.options = options, .max_size = max_size};
	if (pthread_create(&e->thread, NULL, count, e) == 0)
		return e;
	free(e);
	return NULL;
}

void kh_scan_estimate_free(struct kh_scan_estimate *e)
{
	if (!e)
		return;
	atomic_store(&e->stop, true);
	pthread_join(e->thread, NULL);
	free(e);
}

bool kh_scan_estimate_ready(struct kh_scan_estimate *e, uint64_t *ret_files, uint64_t *ret_bytes)
{
	if (!e || !atomic_load(&e->done))
		return false;
	*ret_files = e->files;
	*ret_bytes = e->bytes;
	return true;
}

int64_t kh_scan_left_ms(uint64_t files, uint64_t bytes, uint64_t all_files, uint64_t all_bytes, int64_t elapsed_ms)
{
	double done = (double)bytes + (double)files * FILE_COSTS, all = (double)all_bytes + (double)all_files * FILE_COSTS;
	if (elapsed_ms < EARLY_MS || done < FILE_COSTS)
		return -1;
	return all > done ? (int64_t)((double)elapsed_ms * (all - done) / done) : 0;
}
