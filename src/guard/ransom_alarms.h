/* The alarms of the ransomware watch, kept in a file so that a guard that was started again still knows whom it stopped.
 *
 * An alarm is a JSON object (docs/ransomware.md):
 * {"id","time_ms","rule","action","why","pid","user","program","score","signs":{name: count},"harmed","after_ms","late","folders":[…],"examples":[…],"processes":[{"pid","start"}]}
 * action: "warned" (the mode asks for no more, or it could not be stopped: why), "stopped", then "released" or "killed" by a person, or "ended". `harmed`: files with signs
 * of harm when it was given, `after_ms` from the first sign to the last; `late`: those that came after, done before the process stood still. */
#pragma once

#include "guard/ransom_actors.h"
#include "guard/ransom_process.h"

#include <jansson.h>

#define KH_RANSOM_ALARMS 50 /* the latest are kept */

#define KH_RANSOM_RULE_MASS "Ransom_Mass_Change"
#define KH_RANSOM_RULE_CHANGED "Ransom_Canary_Changed"
#define KH_RANSOM_RULE_REMOVED "Ransom_Canary_Removed"

struct kh_ransom_alarms;

/* From the file at `path`; processes that were stopped and are still the same are held again. One that cannot be read is begun anew. */
struct kh_ransom_alarms *kh_ransom_alarms_load(const char *path) KH_MUST_USE;
void kh_ransom_alarms_free(struct kh_ransom_alarms *a); /* who was stopped stays so */

struct kh_ransom_alarm {
	const char *rule;
	const char *why;                     /* it was not stopped; NULL: the mode asks for no more */
	const struct kh_ransom_actor *actor; /* NULL: nobody knows who it was */
	double score;
	const char *folder, *name;           /* the canary, when `actor` has no tally of it */
};

/* Takes over *tree (all.n 0: nobody was stopped). The record is lent until the next call. */
const json_t *kh_ransom_alarms_add(struct kh_ransom_alarms *a, const struct kh_ransom_alarm *alarm, struct kh_ransom_tree *tree);

/* `doer` belongs to what was stopped with `stopped`, and yet gave a sign: done before it stood still, or somebody let it go on. It is stopped once more. harm: a file was harmed. */
void kh_ransom_alarms_late(struct kh_ransom_alarms *a, pid_t stopped, const struct kh_ransom_process *doer, bool harm);

/* SIGCONT or SIGKILL to the tree that `pid` was stopped with. False: none such is stopped. ret: the first of the tree. */
bool kh_ransom_alarms_end(struct kh_ransom_alarms *a, pid_t pid, int signal, pid_t *ret_first) KH_MUST_USE;

/* Trees that have ended are marked so; what changed is saved. KH_E_IO and others. */
int kh_ransom_alarms_keep(struct kh_ransom_alarms *a) KH_MUST_USE;

bool kh_ransom_alarms_any_stopped(const struct kh_ransom_alarms *a);
const json_t *kh_ransom_alarms_list(const struct kh_ransom_alarms *a); /* the latest first; lent */
