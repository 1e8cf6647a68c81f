#include "server/posture/clock.h"

#include "server/posture/posture.h"
#include "server/store/store.h"

#define PORTION 500 /* pairs asked again in one transaction: some 50 ms of the write lock */

/* By time an exception changes only what fails or is excepted already. */
static int find_excepted(struct kh_db *reader, int64_t now_s, struct kh_stale_list *list)
{
	const struct kh_control *controls[KH_CONTROLS_COUNT];
	size_t n = 0;
	int r = kh_stale_excepted_controls(reader, KH_EXCEPTIONS_ALL, 0, now_s, controls, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (!controls[i]->clock)
			r = kh_stale_find(reader, controls[i], KH_STALE_EXCEPTED, 0, now_s, list);
	return r;
}

int kh_clock_find(struct kh_db *reader, enum kh_clock_which which, int64_t now_s, struct kh_stale_list *list)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_CONTROLS_COUNT; i++)
		if (which == KH_ALL_CONTROLS || kh_controls[i].clock)
			r = kh_stale_find(reader, &kh_controls[i], KH_STALE_EVERYWHERE, 0, now_s, list);
	return r < 0 || which == KH_ALL_CONTROLS ? r : find_excepted(reader, now_s, list);
}

struct portion {
	const struct kh_stale *from, *to;
	int64_t now_s;
	size_t changed;
};

static int ask_again(struct kh_db *writer, void *arg)
{
	struct portion *p = arg;
	p->changed = 0;
	for (const struct kh_stale *pair = p->from; pair < p->to; pair++) {
		bool changed = false;
		int r = kh_posture_ask(writer, pair->id, &kh_controls[pair->control], p->now_s, &changed);
		if (r < 0)
			return r;
		p->changed += changed;
	}
	return 0;
}

int kh_posture_clock(struct kh_db *writer, int64_t now_s)
{
	kh_auto_stale struct kh_stale_list list = {0};
	int r = kh_clock_find(writer, KH_CLOCK_CONTROLS, now_s, &list);
	struct portion all = {.from = list.of.v, .to = list.of.v + list.of.n, .now_s = now_s};
	return r < 0 ? r : ask_again(writer, &all);
}

int kh_posture_refresh(struct kh_store *store, enum kh_clock_which which, int64_t now_s, size_t *ret_changed)
{
	struct kh_db *reader = NULL;
	int r = kh_store_reader(store, &reader);
	kh_auto_stale struct kh_stale_list list = {0};
	if (r == 0)
		r = kh_clock_find(reader, which, now_s, &list);
	size_t changed = 0;
	for (size_t at = 0; r == 0 && at < list.of.n; at += PORTION) {
		struct portion p = {.from = list.of.v + at, .to = list.of.v + KH_MIN(at + PORTION, list.of.n), .now_s = now_s};
		r = kh_store_write(store, ask_again, &p);
		changed += p.changed;
	}
	if (r == 0 && ret_changed)
		*ret_changed = changed;
	return r;
}
