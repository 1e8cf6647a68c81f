/* Who did it: the processes that gave signs, with those who started them, each with its tally.
 *
 * A sign counts for the process and for all above it, up to the session: so an encryptor is found whether it works alone, in a team of workers, or as a script that starts a
 * program for each file. The one to act on is the lowest of them that did nearly all of it. */
#pragma once

#include "guard/ransom_process.h"
#include "guard/ransom_tally.h"

#include <stdbool.h>
#include <stdint.h>

enum kh_ransom_actor_state {
	KH_RANSOM_ACTIVE,
	KH_RANSOM_SAID,     /* an alarm was given; again when it has calmed down in between */
	KH_RANSOM_STOPPED,
	KH_RANSOM_RELEASED, /* by a person: what it does, and what it starts, counts no more */
};

struct kh_ransom_actor {
	struct kh_ransom_process process;
	int64_t seen_ms;      /* its identity was last looked at */
	bool excluded;        /* by the settings, or it came from one that is */
	uid_t user;
	char *program;        /* its path; "[name]" of one that had ended before it could be asked */
	const char *immune;   /* why it must go on, kh_ransom_process_protected() */
	enum kh_ransom_actor_state state;
	bool canary_said;     /* likewise, that it removed canaries */
	struct kh_ransom_tally *tally; /* NULL: no sign yet */
};

struct kh_ransom_actors;

/* `programs`: paths of files whose processes, and all that they start, are not counted; NULL-terminated, lent; may be NULL. */
struct kh_ransom_actors *kh_ransom_actors_new(const char *const *programs, const struct kh_ransom_rules *rules) KH_MUST_USE;
void kh_ransom_actors_free(struct kh_ransom_actors *a);

#define KH_RANSOM_CHAIN 16
/* A process and those above it, the process first. Lent until the next call of _chain. */
struct kh_ransom_chain {
	struct kh_ransom_actor *v[KH_RANSOM_CHAIN];
	size_t n; /* 0: gone, and nothing is known of it */
	bool excluded, released;
};
void kh_ransom_actors_chain(struct kh_ransom_actors *a, pid_t pid, int64_t now_ms, struct kh_ransom_chain *ret);

/* Remembers who it is and who started it, while it is there to be asked. */
void kh_ransom_actors_meet(struct kh_ransom_actors *a, pid_t pid, int64_t now_ms);

/* Counts a sign for all of them; false when it counted for none. */
bool kh_ransom_chain_add(struct kh_ransom_actors *a, const struct kh_ransom_chain *c, enum kh_ransom_sign sign, uint64_t key, const char *folder, const char *name, int64_t now_ms);

/* For what only counts together with something else: those who gave no sign remember nothing. */
void kh_ransom_chain_note(const struct kh_ransom_chain *c, uint64_t key);
bool kh_ransom_chain_has(const struct kh_ransom_chain *c, uint64_t key) KH_MUST_USE;

/* The one to act on: the lowest that has four fifths of the highest score. NULL while none has reached the threshold. */
struct kh_ransom_actor *kh_ransom_chain_culprit(const struct kh_ransom_actors *a, const struct kh_ransom_chain *c, int64_t now_ms) KH_MUST_USE;

/* The one that is known under this number. NULL: none. */
struct kh_ransom_actor *kh_ransom_actors_find(struct kh_ransom_actors *a, pid_t pid);
