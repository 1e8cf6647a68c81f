/* One record of a register: read, made, changed, moved on.
 *
 * Every write is one savepoint of the writer's transaction: rights → fields → what the move or the state asks for → the row → rules → record_change → audit → postures.
 * If any of it fails nothing was written. What is wrong with the fields is told all at once (`faults`), not field by field.
 *
 * Who writes. A user has a scope and rights (kh_records_by() of the API makes that of a call): what lies outside the scope is KH_E_NOT_FOUND, what the role may not do
 * KH_E_FORBIDDEN. Code of the server that acts by itself has neither: it may also fill fields marked `set` and change frozen records; types, needs, proof
 * and rules hold for it too.
 *
 *     struct kh_record_by by = kh_record_by_system(now_s);
 *     kh_auto_json json_t *fields = json_pack("{s:s, s:I}", "title", title, "due_s", (json_int_t)due_s);
 *     r = kh_record_create(writer, &kh_registers[KH_REGISTER_TASK], unit_id, fields, &by, &id);
 *     …
 *     r = kh_record_move(writer, &kh_registers[KH_REGISTER_TASK], id, KH_RECORD_ANY_VERSION, "close", NULL, note, &by);
 *
 * `fields` is an object by field name with values of the API (field.h); null empties a field. */
#pragma once

#include "base/array.h"
#include "base/json.h"
#include "db/db.h"
#include "server/account/scope.h"
#include "server/register/register.h"

#include <stdint.h>

#define KH_RECORD_ANY_VERSION 0 /* for code: whatever version stands there */
#define KH_RECORD_MAX_NOTE 2000 /* characters that go with a move */

/* ---- reading ---- */

struct kh_record {
	const struct kh_register *reg;
	int64_t id, unit_id, state_s, version, created_s, changed_s;
	char *state, *created_by, *changed_by;
	json_t *values; /* every field by name, as stored (field.h) */
};
void kh_record_done(struct kh_record *record);
#define kh_auto_record KH_CLEANUP(kh_record_done)

/* What a user reads: the records of the own unit and below, and of shared registers those of units above. scope NULL: everything. KH_E_NOT_FOUND. */
int kh_record_get(struct kh_db *db, const struct kh_register *reg, int64_t id, const struct kh_scope *scope, struct kh_record *ret) KH_MUST_USE;

/* A field of it; NULL and 0 where it is empty. Asking for one that the register does not have is a bug. */
const char *kh_record_text(const struct kh_record *record, const char *field);
int64_t kh_record_int(const struct kh_record *record, const char *field);

/* "SELECT r.id, … FROM reg_NAME r", in the order that kh_record_of_row() reads. New memory. */
char *kh_record_select(const struct kh_register *reg) KH_MUST_USE;
void kh_record_of_row(const struct kh_register *reg, const struct kh_stmt *s, struct kh_record *ret);

/* ---- writing ---- */

struct kh_record_fault {
	char *field; /* NULL: the record as a whole */
	char *text;  /* in the language of the thread */
};
struct kh_record_faults {
	KH_ARRAY(struct kh_record_fault) of;
};
void kh_record_faults_done(struct kh_record_faults *faults);
#define kh_auto_record_faults KH_CLEANUP(kh_record_faults_done)

struct kh_record_by {
	const char *actor;               /* login name; "system" for code */
	const struct kh_scope *scope;    /* of the user; NULL: code */
	unsigned rights;                 /* enum kh_right */
	int64_t now_s;
	int64_t present_s;               /* later than now_s where code tells what happened before: dates may lie up to here; 0: now_s */
	bool postures_later;             /* many at once (an import): the caller itself calls kh_posture_register_changed(), once per unit (kh_record_units_…) */
	struct kh_record_faults *faults; /* where all that is wrong is told; may be NULL: the error and its detail are those of the first */
};

static inline struct kh_record_by kh_record_by_system(int64_t now_s)
{
	return (struct kh_record_by){.actor = "system", .now_s = now_s};
}

/* What the server does for a user whose rights were looked at: in the user's name, as code. */
static inline struct kh_record_by kh_record_by_code(const struct kh_record_by *user)
{
	return (struct kh_record_by){.actor = user->actor, .now_s = user->now_s, .faults = user->faults};
}

/* KH_E_EXISTS: the unit has its one record, or a unique field has this value already. KH_E_UNIT_ENDED. KH_E_INVALID_FIELD, KH_E_RECORD_RULE. */
int kh_record_create(struct kh_db *writer, const struct kh_register *reg, int64_t unit_id, const json_t *fields, const struct kh_record_by *by,
		     int64_t *ret_id) KH_MUST_USE;

/* version: that the user saw. KH_E_STALE_VERSION: somebody has changed it since, the detail says who, when and what. KH_E_RECORD_STATE: the record is frozen. Nothing that
 * differs: nothing is written. */
int kh_record_change(struct kh_db *writer, const struct kh_register *reg, int64_t id, int64_t version, const json_t *fields,
		     const struct kh_record_by *by) KH_MUST_USE;

/* The same; *ret_changed says whether anything differed. */
int kh_record_change_told(struct kh_db *writer, const struct kh_register *reg, int64_t id, int64_t version, const json_t *fields, const struct kh_record_by *by,
			  bool *ret_changed) KH_MUST_USE;

/* fields (NULL: none) are filled in along with the move; note NULL: none. KH_E_RECORD_STATE: not from the state it is in. KH_E_PROOF_MISSING. KH_E_FORBIDDEN: only
 * a user of a unit above may (where no unit stands above: one of the unit itself). */
int kh_record_move(struct kh_db *writer, const struct kh_register *reg, int64_t id, int64_t version, const char *move, const json_t *fields, const char *note,
		   const struct kh_record_by *by) KH_MUST_USE;

/* KH_E_FORBIDDEN, with the words that every other refusal has: a user's rights hold this one; the unit is the user's own or below it (scope NULL: code may). */
int kh_record_check_right(unsigned rights, unsigned right) KH_MUST_USE;
int kh_record_check_unit(struct kh_db *db, const struct kh_scope *scope, int64_t unit_id) KH_MUST_USE;

/* May this user do this to this record now? Rights, unit and state; not what the move needs. */
int kh_record_may_change(struct kh_db *db, const struct kh_record *record, const struct kh_record_by *by) KH_MUST_USE;
int kh_record_may_move(struct kh_db *db, const struct kh_record *record, const struct kh_register_move *move, const struct kh_record_by *by) KH_MUST_USE;

/* Units whose records changed while postures_later was set; and their postures, once for each. */
struct kh_record_units {
	KH_ARRAY(int64_t) of;
};
void kh_record_units_add(struct kh_record_units *units, int64_t unit_id);
int kh_record_units_postures(struct kh_db *writer, const struct kh_register *reg, const struct kh_record_units *units) KH_MUST_USE;
void kh_record_units_done(struct kh_record_units *units);
#define kh_auto_record_units KH_CLEANUP(kh_record_units_done)

/* KH_E_NOT_FOUND with the words that every other way of not finding it has. */
int kh_record_missing(const struct kh_register *reg, int64_t id);
