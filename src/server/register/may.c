/* Who may do what to a record, as it stands. */
#include "base/error.h"
#include "base/i18n.h"
#include "server/register/record.h"

static int check_right(const struct kh_record_by *by, unsigned right)
{
	return by->scope ? kh_record_check_right(by->rights, right) : 0;
}

static int check_above(struct kh_db *db, int64_t unit_id, const struct kh_record_by *by)
{
	int64_t above = 0;
	if (!by->scope || by->scope->unit_id != unit_id)
		return 0; /* kh_record_check_unit() has seen that it lies inside the scope: below, then */
	int r = kh_db_int(db, &above, "SELECT COUNT(*) FROM unit_ancestor WHERE unit_id = ?1 AND ancestor_id <> ?1", unit_id);
	return r == 0 && above ? kh_fail(KH_E_FORBIDDEN, "only a unit above may do this") : r;
}

int kh_record_may_change(struct kh_db *db, const struct kh_record *record, const struct kh_record_by *by)
{
	const struct kh_register_state *state = kh_register_state(record->reg, record->state);
	int r = check_right(by, record->reg->write);
	if (r == 0)
		r = kh_record_check_unit(db, by->scope, record->unit_id);
	if (r == 0 && state && state->frozen && by->scope)
		return kh_fail(KH_E_RECORD_STATE, "nothing can be changed in the state \"%s\"", state->label[kh_language()]);
	return r;
}

int kh_record_may_move(struct kh_db *db, const struct kh_record *record, const struct kh_register_move *move, const struct kh_record_by *by)
{
	const struct kh_register_state *state = kh_register_state(record->reg, record->state);
	int r = check_right(by, move->right);
	if (r == 0)
		r = kh_record_check_unit(db, by->scope, record->unit_id);
	if (r == 0 && move->above)
		r = check_above(db, record->unit_id, by);
	if (r == 0 && !kh_register_lists(move->from, record->state))
		return kh_fail(KH_E_RECORD_STATE, "\"%s\" cannot be done in the state \"%s\"", move->label[kh_language()],
			       state ? state->label[kh_language()] : record->state);
	return r;
}
