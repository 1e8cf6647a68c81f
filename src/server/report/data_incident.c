#include "server/report/data.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/register/list.h"
#include "server/report/json.h"

/* The records of a register that belong to this incident, oldest first. */
static int set_hanging(struct kh_db *db, const struct kh_scope *scope, const struct kh_register *reg, int64_t id, const char *sort, const char *name, json_t *data)
{
	kh_auto_record_page struct kh_record_page page = {0};
	kh_auto_json json_t *filter = json_pack("{s:I}", "incident", (json_int_t)id), *list = json_array();
	struct kh_record_list_options options = {.scope = scope, .filter = filter, .sort = sort, .limit = KH_DOCUMENT_RECORDS};
	int r = kh_record_list(db, reg, &options, &page);
	for (size_t i = 0; r == 0 && i < page.of.n; i++) {
		json_t *o = json_object();
		kh_data_add(list, o);
		r = kh_data_record(db, &page.of.v[i], o);
	}
	if (r == 0)
		kh_json_set(data, name, kh_take(list));
	return r;
}

/* How long it lasted, or has lasted: from its detection to its sign-off. */
static void set_course(const struct kh_record *record, const char *id, int64_t now_s, json_t *data)
{
	int64_t from_s = kh_record_int(record, "t0_s"), signed_s = kh_record_int(record, "signed_s");
	kh_json_set_text(data, "id", id);
	kh_json_set_bool(data, "ended", signed_s != 0);
	kh_json_set_bool(data, "secret", kh_streq(kh_record_text(record, "group_of"), "secret_leak"));
	kh_json_set_int(data, "hours", ((signed_s ? signed_s : now_s) - from_s) / 3600);
}

int kh_data_incident(struct kh_db *db, const struct kh_report_question *question, const char *id, const struct kh_office *office, json_t **ret)
{
	char today[KH_ISO_SIZE];
	kh_auto_record struct kh_record record = {0};
	kh_auto_json json_t *data = json_object();
	int64_t number = 0;
	if (!kh_parse_int(id, 1, INT64_MAX, &number))
		return kh_fail(KH_E_INVALID_FIELD, "incident: expected the number of an incident");
	int r = kh_record_get(db, &kh_registers[KH_REGISTER_INCIDENT], number, &question->scope, &record);
	r = r < 0 ? r : kh_data_record(db, &record, data);
	r = r < 0 ? r : set_hanging(db, &question->scope, &kh_registers[KH_REGISTER_INCIDENT_STEP], number, "at_s", "steps", data);
	r = r < 0 ? r : set_hanging(db, &question->scope, &kh_registers[KH_REGISTER_INCIDENT_REPORT], number, "due_s", "reports", data);
	if (r < 0)
		return r;
	kh_data_set_office(data, office, kh_time_day(question->now_s, today), question->now_s);
	set_course(&record, id, question->now_s, data);
	*ret = kh_take(data);
	return 0;
}
