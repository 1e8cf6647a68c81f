/* What a field of type `ref` names: a record of a register, a machine, a unit or a user. It is stored as the id; the API names machines by their uid, units by
 * their code, users by their login name and records by their id.
 *
 * A reference reaches what belongs to the record's own unit or to one below it; records that are shared down, and units themselves, also from above. */
#pragma once

#include "base/attr.h"
#include "base/json.h"
#include "db/db.h"
#include "gen/registers.h"
#include "server/account/scope.h"

#include <stdint.h>

/* The id that `value` names from where `unit_id` stands: a number is the id, a text the key (of a machine also its host name; of a record the first field it is called
 * by, or "#id"). KH_E_NOT_FOUND: there is none within reach. KH_E_AMBIGUOUS: several are called so. */
int kh_reference_find(struct kh_db *db, const char *of, int64_t unit_id, const json_t *value, int64_t *ret) KH_MUST_USE;

/* What a reference from `unit_id` may name and is called by every word of `text` (NULL: all), in Vietnamese order, at most `limit`: [RecordChoice] of spec/api/types.yaml. What has
 * ended (units, machines that were revoked, users who may no longer log in) is left out. */
int kh_reference_choices(struct kh_db *db, const char *of, int64_t unit_id, const char *text, int64_t limit, json_t **ret) KH_MUST_USE;

/* As the API names it; null when it is gone. */
int kh_reference_key(struct kh_db *db, const char *of, int64_t id, json_t **ret) KH_MUST_USE;

/* As people call it, in new memory: "MT-01 · Máy in phòng Một cửa"; "#id" when it is gone. */
int kh_reference_label(struct kh_db *db, const char *of, int64_t id, char **ret) KH_MUST_USE;

/* May a user of this scope (NULL: code) know what it is called? What lay within reach once may have moved to another unit, and a shared record from above may name what is not shared. */
int kh_reference_seen(struct kh_db *db, const char *of, int64_t id, const struct kh_scope *scope, bool *ret) KH_MUST_USE;

/* "(SELECT t.hostname FROM endpoint t WHERE t.id = COLUMN AND …)": what it is called in one word, to sort by; null of what the unit at parameter ?PLACE does not see. New memory. */
char *kh_reference_name_sql(const char *of, const char *column, int place) KH_MUST_USE;

/* What a record is called by all its fields, in new memory. */
int kh_record_label(struct kh_db *db, const struct kh_register *reg, int64_t id, char **ret) KH_MUST_USE;
