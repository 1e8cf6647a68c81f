#include "server/register/record.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "server/register/field.h"
#include "server/report/json.h"

#define OWN_COLUMNS 9 /* in front of the fields */

void kh_record_done(struct kh_record *record)
{
	free(record->state);
	free(record->created_by);
	free(record->changed_by);
	json_decref(record->values);
	*record = (struct kh_record){0};
}

void kh_record_faults_done(struct kh_record_faults *faults)
{
	kh_array_each(&faults->of, fault) {
		free(fault->field);
		free(fault->text);
	}
	kh_array_done(&faults->of);
}

char *kh_record_select(const struct kh_register *reg)
{
	struct kh_buf sql = KH_BUF_INIT;
	kh_buf_adds(&sql, "SELECT r.id, r.unit_id, r.state, r.state_s, r.version, r.created_s, r.created_by, r.changed_s, r.changed_by");
	for (const struct kh_register_field *f = reg->fields; f->name; f++)
		kh_buf_addf(&sql, ", r.%s", f->name);
	kh_buf_addf(&sql, " FROM reg_%s r", reg->name);
	return kh_buf_take(&sql);
}

void kh_record_of_row(const struct kh_register *reg, const struct kh_stmt *s, struct kh_record *ret)
{
	*ret = (struct kh_record){
		.reg = reg,
		.id = kh_stmt_int(s, 0),
		.unit_id = kh_stmt_int(s, 1),
		.state = kh_strdup(kh_stmt_text(s, 2)),
		.state_s = kh_stmt_int(s, 3),
		.version = kh_stmt_int(s, 4),
		.created_s = kh_stmt_int(s, 5),
		.created_by = kh_strdup(kh_stmt_text(s, 6)),
		.changed_s = kh_stmt_int(s, 7),
		.changed_by = kh_strdup(kh_stmt_text(s, 8)),
		.values = json_object(),
	};
	for (size_t i = 0; i < reg->fields_count; i++)
		kh_json_set(ret->values, reg->fields[i].name, kh_field_of_column(&reg->fields[i], s, OWN_COLUMNS + (int)i));
}

int kh_record_missing(const struct kh_register *reg, int64_t id)
{
	return kh_fail(KH_E_NOT_FOUND, "%s %lld", reg->one[kh_language()], (long long)id);
}

int kh_record_check_right(unsigned rights, unsigned right)
{
	return (rights & right) == right ? 0 : kh_fail(KH_E_FORBIDDEN, "your role has not the right for this");
}

int kh_record_check_unit(struct kh_db *db, const struct kh_scope *scope, int64_t unit_id)
{
	bool inside = true;
	int r = scope ? kh_scope_has(db, scope, unit_id, &inside) : 0;
	return r == 0 && !inside ? kh_fail(KH_E_FORBIDDEN, "the record belongs to a unit that is not yours") : r;
}

static int within(struct kh_db *db, const struct kh_register *reg, int64_t unit_id, const struct kh_scope *scope, bool *ret)
{
	int r = kh_scope_has(db, scope, unit_id, ret);
	int64_t above = 0;
	if (r == 0 && !*ret && reg->share_down)
		r = kh_db_int(db, &above, "SELECT COUNT(*) FROM unit_ancestor WHERE unit_id = ?1 AND ancestor_id = ?2", scope->unit_id, unit_id);
	*ret |= above > 0;
	return r;
}

int kh_record_get(struct kh_db *db, const struct kh_register *reg, int64_t id, const struct kh_scope *scope, struct kh_record *ret)
{
	kh_auto_free char *select = kh_record_select(reg), *sql = kh_format("%s WHERE r.id = ?1", select);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, sql, id);
	if (!kh_stmt_next(s, &r))
		return r < 0 ? r : kh_record_missing(reg, id);
	kh_auto_record struct kh_record record = {0};
	kh_record_of_row(reg, s, &record);
	bool seen = true;
	if (scope)
		r = within(db, reg, record.unit_id, scope, &seen);
	if (r == 0 && !seen)
		return kh_record_missing(reg, id);
	if (r == 0) {
		*ret = record;
		record = (struct kh_record){0};
	}
	return r;
}

static const json_t *value_of(const struct kh_record *record, const char *field)
{
	const json_t *value = json_object_get(record->values, field);
	kh_assert(value);
	return value;
}

const char *kh_record_text(const struct kh_record *record, const char *field)
{
	return json_string_value(value_of(record, field));
}

int64_t kh_record_int(const struct kh_record *record, const char *field)
{
	return json_integer_value(value_of(record, field));
}
