#include "guard/ransom_actors.h"

#include "base/alloc.h"
#include "base/str.h"

#define SETS 1024
#define WAYS 8 /* processes that share a set, by the last digits of their number */
#define SURE_MS 1000 /* a number is not given to another process so soon */
#define SHARE 0.8

struct kh_ransom_actors {
	const char *const *programs;
	const struct kh_ransom_rules *rules;
	struct kh_ransom_actor set[SETS][WAYS]; /* process.pid 0: free */
};

struct kh_ransom_actors *kh_ransom_actors_new(const char *const *programs, const struct kh_ransom_rules *rules)
{
	struct kh_ransom_actors *a = kh_alloc(sizeof *a);
	a->programs = programs;
	a->rules = rules;
	return a;
}

static void forget(struct kh_ransom_actor *one)
{
	if (one->tally)
		kh_ransom_tally_done(one->tally);
	free(one->tally);
	free(one->program);
	*one = (struct kh_ransom_actor){0};
}

void kh_ransom_actors_free(struct kh_ransom_actors *a)
{
	for (size_t i = 0; a && i < SETS * WAYS; i++)
		forget(&a->set[i / WAYS][i % WAYS]);
	free(a);
}

struct kh_ransom_actor *kh_ransom_actors_find(struct kh_ransom_actors *a, pid_t pid)
{
	struct kh_ransom_actor *set = a->set[(unsigned)pid % SETS];
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].process.pid == pid)
			return &set[i];
	return NULL;
}

static double score(const struct kh_ransom_actors *a, const struct kh_ransom_actor *one, int64_t now_ms)
{
	return one->tally ? kh_ransom_tally_score(one->tally, a->rules, now_ms) : 0;
}

/* A free one, or that of the least interest: not stopped or released, lowest score, longest not seen. */
static struct kh_ransom_actor *place_for(struct kh_ransom_actors *a, pid_t pid, int64_t now_ms)
{
	struct kh_ransom_actor *set = a->set[(unsigned)pid % SETS], *least = NULL;
	double least_score = 0;
	for (size_t i = 0; i < WAYS; i++) {
		if (!set[i].process.pid)
			return &set[i];
		double its = score(a, &set[i], now_ms) + (set[i].state >= KH_RANSOM_STOPPED ? a->rules->threshold : 0);
		if (!least || its < least_score || (its <= least_score && set[i].seen_ms < least->seen_ms)) {
			least = &set[i];
			least_score = its;
		}
	}
	forget(least);
	return least;
}

static bool is_listed(const char *const *programs, pid_t pid, const char *program)
{
	for (; program && programs && *programs; programs++)
		if (kh_streq(*programs, program) && kh_ransom_process_runs(pid, program))
			return true;
	return false;
}

/* One that has ended meanwhile is still known as who it was. */
static struct kh_ransom_actor *look(struct kh_ransom_actors *a, pid_t pid, int64_t now_ms)
{
	struct kh_ransom_actor *one = kh_ransom_actors_find(a, pid);
	struct kh_ransom_process now = {0};
	if (one && now_ms - one->seen_ms < SURE_MS)
		return one;
	bool lives = kh_ransom_process_read(pid, &now);
	if (one && (!lives || now.start == one->process.start)) {
		one->seen_ms = now_ms;
		one->process = lives ? now : one->process; /* it may have another parent by now */
		return one;
	}
	if (!lives)
		return NULL;
	if (one)
		forget(one);
	one = place_for(a, pid, now_ms);
	*one = (struct kh_ransom_actor){.process = now, .seen_ms = now_ms, .user = kh_ransom_process_user(pid), .program = kh_ransom_process_program(pid)};
	if (!one->program)
		one->program = kh_format("[%s]", now.name);
	one->excluded = is_listed(a->programs, pid, one->program);
	one->immune = kh_ransom_process_protected(&one->process, one->program);
	return one;
}

void kh_ransom_actors_meet(struct kh_ransom_actors *a, pid_t pid, int64_t now_ms)
{
	if (pid > 1)
		kh_ignore(look(a, pid, now_ms));
}

/* The next one upwards may take the place of one below it in a set that is full: then the chain ends there. */
static bool is_in(const struct kh_ransom_chain *c, const struct kh_ransom_actor *one)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i] == one)
			return true;
	return false;
}

void kh_ransom_actors_chain(struct kh_ransom_actors *a, pid_t pid, int64_t now_ms, struct kh_ransom_chain *ret)
{
	*ret = (struct kh_ransom_chain){0};
	while (pid > 1 && ret->n < KH_RANSOM_CHAIN) {
		struct kh_ransom_actor *one = look(a, pid, now_ms);
		if (!one || is_in(ret, one) || (ret->n && one->immune))
			break;
		ret->v[ret->n++] = one;
		ret->excluded = ret->excluded || one->excluded;
		ret->released = ret->released || one->state == KH_RANSOM_RELEASED;
		pid = one->process.parent;
	}
}

bool kh_ransom_chain_add(struct kh_ransom_actors *a, const struct kh_ransom_chain *c, enum kh_ransom_sign sign, uint64_t key, const char *folder, const char *name, int64_t now_ms)
{
	bool counted = false;
	for (size_t i = 0; i < c->n; i++) {
		if (!c->v[i]->tally)
			c->v[i]->tally = kh_alloc(sizeof *c->v[i]->tally);
		counted = kh_ransom_tally_add(c->v[i]->tally, a->rules, sign, key, folder, name, now_ms) || counted;
	}
	return counted;
}

void kh_ransom_chain_note(const struct kh_ransom_chain *c, uint64_t key)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i]->tally)
			kh_ransom_tally_note(c->v[i]->tally, key);
}

bool kh_ransom_chain_has(const struct kh_ransom_chain *c, uint64_t key)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i]->tally && kh_ransom_tally_has(c->v[i]->tally, key))
			return true;
	return false;
}

struct kh_ransom_actor *kh_ransom_chain_culprit(const struct kh_ransom_actors *a, const struct kh_ransom_chain *c, int64_t now_ms)
{
	double highest = 0;
	for (size_t i = 0; i < c->n; i++)
		highest = KH_MAX(highest, score(a, c->v[i], now_ms));
	for (size_t i = 0; highest >= a->rules->threshold && i < c->n; i++)
		if (score(a, c->v[i], now_ms) >= SHARE * highest)
			return c->v[i];
	return NULL;
}
