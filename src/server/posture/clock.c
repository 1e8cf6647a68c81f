#include "server/posture/clock.h"

#include "server/posture/posture.h"
#include "server/store/store.h"

#define PORTION 500 /* pairs asked again in one transaction: some 50 ms of the write lock */

/* Whom of a control to ask. */
struct search {
	const struct kh_control *control;
	enum kh_stale_where where;
};

/* By time an exception changes only what fails or is excepted already. */
static int add_excepted(struct kh_db *reader, int64_t now_s, struct search *searches, size_t *n)
{
	const struct kh_control *controls[KH_CONTROLS_COUNT];
	size_t named = 0;
	int r = kh_stale_excepted_controls(reader, KH_EXCEPTIONS_ALL, 0, now_s, controls, &named);
	for (size_t i = 0; r == 0 && i < named; i++)
		if (!controls[i]->clock)
			searches[(*n)++] = (struct search){controls[i], KH_STALE_EXCEPTED};
	return r;
}

static int plan(struct kh_db *reader, enum kh_clock_which which, int64_t now_s, struct search *searches, size_t *n)
{
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		if (which == KH_ALL_CONTROLS || kh_controls[i].clock)
			searches[(*n)++] = (struct search){&kh_controls[i], KH_STALE_EVERYWHERE};
	return which == KH_ALL_CONTROLS ? 0 : add_excepted(reader, now_s, searches, n);
}

int kh_clock_find(struct kh_db *reader, enum kh_clock_which which, int64_t now_s, struct kh_stale_list *list)
{
	struct search searches[KH_CONTROLS_COUNT];
	size_t n = 0;
	int r = plan(reader, which, now_s, searches, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = kh_stale_find(reader, searches[i].control, searches[i].where, 0, now_s, list);
	return r;
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

static int ask_in_portions(struct kh_store *store, int64_t now_s, const struct kh_stale_list *list, size_t *changed)
{
	int r = 0;
	for (size_t at = 0; r == 0 && at < list->of.n; at += PORTION) {
		struct portion p = {.from = list->of.v + at, .to = list->of.v + KH_MIN(at + PORTION, list->of.n), .now_s = now_s};
		r = kh_store_write(store, ask_again, &p);
		*changed += p.changed;
	}
	return r;
}

int kh_posture_refresh(struct kh_store *store, enum kh_clock_which which, int64_t now_s, size_t *ret_changed)
{
	struct search searches[KH_CONTROLS_COUNT];
	struct kh_db *reader = NULL;
	size_t n = 0, changed = 0;
	int r = kh_store_reader(store, &reader);
	r = r < 0 ? r : plan(reader, which, now_s, searches, &n);
	for (size_t i = 0; r == 0 && i < n; i++) {
		kh_auto_stale struct kh_stale_list list = {0};
		r = kh_stale_find(reader, searches[i].control, searches[i].where, 0, now_s, &list);
		r = r < 0 ? r : ask_in_portions(store, now_s, &list, &changed);
	}
	if (r == 0 && ret_changed)
		*ret_changed = changed;
	return r;
}
