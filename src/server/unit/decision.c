#include "server/unit/decision.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/audit/audit.h"
#include "server/posture/reading.h"
#include "server/register/proof.h"

#include <stdio.h>

void kh_unit_decision_done(struct kh_unit_decision *decision)
{
	free(decision->number);
	free(decision->decided_on);
	free(decision->file_name);
	*decision = (struct kh_unit_decision){0};
}

static int clean_number(const char *given, char **ret)
{
	kh_auto_free char *nfc = NULL;
	int r = kh_utf8_nfc(given, &nfc);
	if (r < 0)
		return r;
	const char *number = kh_trim(nfc);
	size_t n = strlen(number);
	if (n == 0 || kh_utf8_valid_prefix(number, n, KH_DECISION_MAX_NUMBER) != n || number[strcspn(number, "\t\n\r\v\f\x1b")])
		return kh_fail(KH_E_INVALID_FIELD, "number of the decision: expected one line of 1 to %d characters", KH_DECISION_MAX_NUMBER);
	*ret = kh_strdup(number);
	return 0;
}

static int check_day(const char *decided_on, int64_t now_s)
{
	int64_t day = 0;
	if (!kh_day_parse(decided_on, &day))
		return kh_fail(KH_E_INVALID_FIELD, "date of the decision: expected a day, written YYYY-MM-DD");
	return day > kh_time_day_number(now_s) ? kh_fail(KH_E_INVALID_FIELD, "date of the decision: lies in the future") : 0;
}

static int clean(const struct kh_unit_decision_new *decision, int64_t now_s, char **ret_number, char **ret_file)
{
	int r = clean_number(decision->number, ret_number);
	r = r < 0 ? r : check_day(decision->decided_on, now_s);
	return r < 0 ? r : kh_proof_clean_name(decision->file_name, ret_file);
}

int kh_unit_decision_check(const struct kh_unit_decision_new *decision, int64_t now_s)
{
	kh_auto_free char *number = NULL, *file = NULL;
	return clean(decision, now_s, &number, &file);
}

int kh_unit_decision_add(struct kh_db *writer, const struct kh_unit_decision_new *decision, const char *actor, int64_t now_s, int64_t *ret_id)
{
	kh_auto_free char *number = NULL, *file = NULL;
	kh_auto_unit struct kh_unit unit = {0};
	int r = clean(decision, now_s, &number, &file);
	r = r < 0 ? r : kh_unit_get(writer, decision->unit_id, &unit);
	r = r < 0 ? r
		  : kh_db_int(writer, ret_id,
			      "INSERT INTO unit_decision(unit_id, number, decided_on, file_name, size, sha256, added_s, added_by) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
			      decision->unit_id, number, decision->decided_on, file, decision->size, decision->sha256, now_s, actor);
	if (r < 0)
		return r;
	kh_auto_free char *detail = kh_format("%s · %s · %s · %s", number, decision->decided_on, file, decision->sha256);
	return kh_audit_append(writer, &(struct kh_audit){.actor = actor, .unit_id = unit.id, .action = KH_AUDIT_ACTION_DECISION_ADD, .target = unit.code, .detail = detail});
}

int kh_unit_decision_serves(struct kh_db *db, int64_t unit_id, int64_t id)
{
	int64_t found = 0;
	int r = kh_db_int(db, &found, "SELECT COUNT(*) FROM unit_decision WHERE id = ?1 AND unit_id = ?2", id, unit_id);
	return r == 0 && !found ? kh_fail(KH_E_NOT_FOUND, "no such decision") : r;
}

int kh_unit_decision_get(struct kh_db *db, int64_t unit_id, int64_t id, struct kh_unit_decision *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT d.number, d.decided_on, d.file_name, d.size, d.sha256 FROM unit_decision d WHERE d.id = ?1"
			    " AND (d.unit_id = ?2 OR EXISTS (SELECT 1 FROM unit_change c WHERE c.unit_id = ?2 AND c.decision_id = d.id))",
			    id, unit_id);
	if (!kh_stmt_next(s, &r))
		return r < 0 ? r : kh_fail(KH_E_NOT_FOUND, "no such decision");
	*ret = (struct kh_unit_decision){
		.id = id, .number = kh_strdup(kh_stmt_text(s, 0)), .decided_on = kh_strdup(kh_stmt_text(s, 1)), .file_name = kh_strdup(kh_stmt_text(s, 2)), .size = kh_stmt_int(s, 3)};
	snprintf(ret->sha256, sizeof ret->sha256, "%s", kh_stmt_text(s, 4));
	return 0;
}
