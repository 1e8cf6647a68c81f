/* Directives: the dispatches (công văn) of packs/directives/, one YAML file each (spec/README.md), read at start. Immutable afterwards, so any thread may
 * read them. Every mistake names file:line:column, and a control or figure that does not exist by its name. */
#pragma once

#include "base/array.h"
#include "base/yaml.h"
#include "gen/controls.h"
#include "gen/figures.h"
#include "server/posture/reading.h"
#include "server/posture/state.h"

#define KH_MAX_DIRECTIVES 1000 /* an authority receives some hundred a year; those that matter here are a few */
#define KH_MAX_CLAUSES 500     /* of one directive */

/* A text in both languages, by enum kh_language. */
struct kh_words {
	const char *in[2];
};

struct kh_directive;
struct kh_clause {
	const struct kh_directive *directive; /* that it stands in; set by kh_directives_load() */
	const char *id, *clause; /* "1-1a"; its number in the dispatch: "1, gạch 1" */
	const char *quote;       /* verbatim */
	const char *kind;        /* A, W, A+W, W (human) */
	const char *by;          /* day it had to be done by, "YYYY-MM-DD"; NULL: none */
	struct kh_words does;    /* what Khiên does about it */
	double target;           /* percent of subjects that must pass */
	KH_ARRAY(struct kh_words) needs; /* what else it needs and nothing measures yet */
	KH_ARRAY(const struct kh_control *) controls;
	KH_ARRAY(const struct kh_figure *) figures;
};

struct kh_directive {
	const char *id;     /* name of the file without .yaml */
	const char *number, *date; /* as far as the text says; may be NULL */
	const char *issuer;
	const char *superseded_by; /* id; NULL: in force as far as is known */
	struct kh_words title;
	KH_ARRAY(struct kh_clause) clauses;
	struct kh_yaml *text; /* owns all texts */
};

struct kh_directives {
	KH_ARRAY(struct kh_directive) of; /* in order of their ids */
};
void kh_directives_done(struct kh_directives *all);
#define kh_auto_directives KH_CLEANUP(kh_directives_done)

/* Reads every *.yaml of a directory (KH_E_NOT_FOUND when there is none such). */
int kh_directives_load(const char *directory, struct kh_directives *ret) KH_MUST_USE;

/* Reads one from text; `path` gives the id and is used in messages. */
int kh_directive_parse(const char *path, const char *text, size_t n, struct kh_directive *ret) KH_MUST_USE;
void kh_directive_done(struct kh_directive *d);

/* NULL when there is none of that id. */
const struct kh_directive *kh_directive_named(const struct kh_directives *all, const char *id);

/* State of a clause, or of every clause, in the unit and on the day of a posture: O(clauses), whatever the number of machines. */
enum kh_state kh_clause_state(const struct kh_clause *clause, const struct kh_posture *posture);
struct kh_states kh_directive_states(const struct kh_directive *directive, const struct kh_posture *posture);
