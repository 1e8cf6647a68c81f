/* Organisations in a tree of any depth, with dates of life and history.
 *
 * A unit may have two superiors: one on the administrative line, one on the police line. unit_ancestor (every unit with each unit above it on any
 * line, and itself) follows inside every transaction that changes the tree, and the postures of the units with it: so a page never sees a
 * tree and sums that do not belong together. Nothing is deleted: edges and units get an end, unit_change says who did what.
 *
 * Functions that change something want the writer (kh_store_write) and write the audit row themselves. */
#pragma once

#include "base/attr.h"
#include "base/i18n.h"
#include "db/db.h"
#include "server/account/scope.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_UNIT_MAX_DEPTH 32 /* levels above and below together; a ministry has seven */
#define KH_UNIT_CODE_SIZE 65 /* with the NUL */
#define KH_UNIT_MAX_NAME 200 /* characters */

enum kh_line { KH_LINE_ADMIN, KH_LINE_POLICE, KH_LINES };
const char *kh_line_name(enum kh_line line); /* "admin", "police" */
bool kh_line_parse(const char *name, enum kh_line *ret) KH_MUST_USE;

/* Kinds of units: "province", "ward", "department", "school"… */
struct kh_unit_kind {
	const char *name;
	enum kh_message label;
};
extern const struct kh_unit_kind kh_unit_kinds[];                            /* until a row without a name */
const char *kh_unit_kind_label(const char *kind, enum kh_language language); /* the kind itself when it is not one of these */

/* A unit that was found; texts belong to the struct. */
struct kh_unit {
	int64_t id;
	char *code, *name, *kind;
	int64_t from_s, to_s;     /* to_s 0: alive */
	int64_t merged_into;      /* 0: not merged */
	int64_t version;          /* grows with each change below, but for units added */
	int64_t parent[KH_LINES]; /* 0: none */
};
void kh_unit_done(struct kh_unit *u);
#define kh_auto_unit KH_CLEANUP(kh_unit_done)

/* KH_E_UNKNOWN_UNIT when there is none. Units that ended are found too. */
int kh_unit_find(struct kh_db *db, const char *code, struct kh_unit *ret) KH_MUST_USE;
int kh_unit_get(struct kh_db *db, int64_t id, struct kh_unit *ret) KH_MUST_USE;

/* "Trường Mầm non Hoa Mai" → "truong-mam-non-hoa-mai", cut to fit; new memory. KH_E_INVALID_FIELD when nothing is left. */
int kh_unit_code_of_name(const char *name, char **ret) KH_MUST_USE;

struct kh_unit_new {
	const char *code; /* a-z 0-9 - . and no other; NULL: made from the name, with a number behind it when that is taken */
	const char *name, *kind;
	int64_t parent[KH_LINES]; /* 0: none; a unit without a superior on the administrative line is a top */
};

/* What can be said without the database: KH_E_INVALID_FIELD for a wrong kind, name or code. */
int kh_unit_check_new(const struct kh_unit_new *unit) KH_MUST_USE;

/* actor: login name, or "local:USER" for the command line. KH_E_EXISTS: the code is taken (by an ended unit too). */
int kh_unit_add(struct kh_db *writer, const struct kh_unit_new *unit, const char *actor, int64_t now_s, int64_t *ret_id) KH_MUST_USE;

/* Who does it, when, and by which decision (decision.h; 0: none, as when the tree is first written down). */
struct kh_unit_by {
	const char *actor;
	int64_t now_s, decision;
};

/* A new superior on a line; parent 0 takes the unit off the line (police only). KH_E_UNIT_PLACE: it would stand below itself, or it stands
 * there already: then nothing was done by the decision. KH_E_UNIT_ENDED: one of both has. */
int kh_unit_move(struct kh_db *writer, int64_t id, enum kh_line line, int64_t parent, const struct kh_unit_by *by) KH_MUST_USE;

int kh_unit_rename(struct kh_db *writer, int64_t id, const char *name, const char *actor, int64_t now_s) KH_MUST_USE;

/* Machines, users, tokens, register records and children of the source go to the target; the source ends. KH_E_UNIT_PLACE when the target stands
 * below the source or is the source, KH_E_UNIT_ENDED when one of both has, KH_E_IN_USE while a campaign of the source is open. */
int kh_unit_merge(struct kh_db *writer, int64_t source, int64_t target, const struct kh_unit_by *by) KH_MUST_USE;

/* KH_E_IN_USE while the unit has active machines, users that may log in, living children or open campaigns. Open tokens of the unit are revoked. A unit that ended
 * keeps its place in the tree, so that those above it go on seeing its history. */
int kh_unit_end(struct kh_db *writer, int64_t id, const struct kh_unit_by *by) KH_MUST_USE;

/* The tree of a scope in tree order (a parent stands before its children, siblings by name). Where a unit hangs below two superiors that are both
 * in the scope it stands below the administrative one. */
struct kh_unit_row {
	struct kh_unit unit;
	int depth;         /* 0: a top of what the scope shows */
	bool last;         /* last among its siblings */
	int64_t endpoints; /* active machines of the unit itself */
};
struct kh_unit_tree {
	struct kh_unit_row *v;
	size_t n;
};
struct kh_unit_tree_options {
	const struct kh_scope *scope; /* NULL: everything */
	bool ended;                   /* units that ended too */
};
int kh_unit_tree_load(struct kh_db *db, const struct kh_unit_tree_options *options, struct kh_unit_tree *ret) KH_MUST_USE;
void kh_unit_tree_done(struct kh_unit_tree *tree);
#define kh_auto_unit_tree KH_CLEANUP(kh_unit_tree_done)
