#include "guard/recent.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 4, SETS = 1 << 12, REPORTS = 256 };

struct entry {
	struct kh_file_state state;
	uint32_t age; /* larger is newer; 0: empty */
	enum kh_recent_verdict verdict;
};

struct report {
	struct kh_file_state state;
	int64_t at_ms; /* 0: none */
};

struct kh_recent {
	struct entry sets[SETS][WAYS];
	struct report reports[REPORTS];
	uint32_t now;
	size_t next_report;
};

bool kh_file_state_same(const struct kh_file_state *a, const struct kh_file_state *b)
{
	return a->inode == b->inode && a->device == b->device && a->size == b->size && a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

struct kh_recent *kh_recent_new(void)
{
	return kh_alloc(sizeof(struct kh_recent));
}

void kh_recent_free(struct kh_recent *k)
{
	free(k);
}

static size_t set_of(const struct kh_file_state *s)
{
	uint64_t x = (s->inode ^ s->device << 32 ^ s->device) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(x >> 32) & (SETS - 1);
}

enum kh_recent_verdict kh_recent_find(const struct kh_recent *k, const struct kh_file_state *state)
{
	const struct entry *set = k->sets[set_of(state)];
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].age && kh_file_state_same(&set[i].state, state))
			return set[i].verdict;
	return KH_RECENT_NOT;
}

/* Another state of the same file is not needed any more. */
void kh_recent_add(struct kh_recent *k, const struct kh_file_state *state, enum kh_recent_verdict verdict)
{
	struct entry *set = k->sets[set_of(state)], *place = &set[0];
	for (size_t i = 0; i < WAYS; i++) {
		bool own = set[i].age && set[i].state.inode == state->inode && set[i].state.device == state->device;
		if (own || set[i].age < place->age)
			place = &set[i];
		if (own)
			break;
	}
	*place = (struct entry){*state, ++k->now, verdict};
}

void kh_recent_drop(struct kh_recent *k, const struct kh_file_state *state)
{
	struct entry *set = k->sets[set_of(state)];
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].age && kh_file_state_same(&set[i].state, state))
			set[i] = (struct entry){0};
}

void kh_recent_forget(struct kh_recent *k)
{
	memset(k->sets, 0, sizeof k->sets);
}

bool kh_recent_report(struct kh_recent *k, const struct kh_file_state *state, int64_t now_ms)
{
	for (size_t i = 0; i < REPORTS; i++) {
		struct report *r = &k->reports[i];
		if (r->at_ms && kh_file_state_same(&r->state, state) && now_ms - r->at_ms < KH_RECENT_REPORT_MS)
			return false;
	}
	k->reports[k->next_report++ % REPORTS] = (struct report){*state, now_ms};
	return true;
}
