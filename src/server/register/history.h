/* What happened to a record: rows of record_change, oldest first. */
#pragma once

#include "base/json.h"
#include "db/db.h"
#include "gen/codes.h"
#include "server/register/record.h"

#include <stdint.h>

struct kh_record_act {
	enum kh_record_event what;
	const char *actor;
	int64_t now_s;
	const json_t *detail; /* {"field": [old, new]} as stored; NULL: {} */
	const char *move, *note; /* may be NULL */
};

/* Inside the transaction of the change it records; the record as it is after it. */
int kh_record_note(struct kh_db *writer, const struct kh_record *record, const struct kh_record_act *act) KH_MUST_USE;

/* Who changed it since `version`, when and what, in words: KH_E_STALE_VERSION. */
int kh_record_stale(struct kh_db *db, const struct kh_record *record, int64_t version) KH_MUST_USE;

/* The full name of a user, or what another actor is called ("Hệ thống"); new memory. */
int kh_actor_name(struct kh_db *db, const char *actor, char **ret) KH_MUST_USE;

/* [RecordChange] of spec/api/types.yaml, for a user of this scope (NULL: code). */
int kh_record_history(struct kh_db *db, const struct kh_record *record, const struct kh_scope *scope, json_t **ret) KH_MUST_USE;
