#include "server/assessment/lan.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "server/register/history.h"
#include "server/report/json.h"

#define ASSESSMENT (&kh_registers[KH_REGISTER_LAN_ASSESSMENT])

/* Answers of the unit's own active machines; fact_os says which is a server. */
#define ANSWERS                                                                                                                                                        \
	"SELECT SUM(a.pass), SUM(a.pass + a.fail + a.unknown) FROM answer a JOIN endpoint e ON e.id = a.endpoint_id AND e.state = 'active' AND e.unit_id = ?1" \
	" JOIN fact_os o ON o.endpoint_id = e.id"

static const struct part {
	const char *field, *sql;
} parts[] = {
	{"servers", ANSWERS " WHERE o.machine_class = 'server'"},
	{"workstations", ANSWERS " WHERE o.machine_class = 'workstation'"},
	{"system_software", ANSWERS " WHERE a.control IN ('os_supported', 'os_support_ahead', 'patches_current', 'package_patched', 'updates_automatic', 'restart_done', 'package_origin_known')"},
};

static int measure(struct kh_db *db, const struct part *part, int64_t unit_id, json_t *fields, struct kh_buf *names)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, part->sql, unit_id);
	if (!kh_stmt_next(s, &r) || kh_stmt_int(s, 1) == 0)
		return r;
	kh_json_set_int(fields, part->field, kh_stmt_int(s, 0) * 100 / kh_stmt_int(s, 1));
	kh_buf_add_item(names, kh_register_field(ASSESSMENT, part->field)->label[KH_VI]);
	return 0;
}

int kh_lan_assessment_fill(struct kh_db *writer, int64_t id, int64_t version, const struct kh_record_by *by)
{
	char at[KH_ISO_SIZE];
	kh_auto_record struct kh_record record = {0};
	kh_auto_json json_t *fields = json_object();
	kh_auto_buf struct kh_buf names = KH_BUF_INIT;
	struct kh_record_by code = kh_record_by_code(by);
	int r = kh_record_get(writer, ASSESSMENT, id, by->scope, &record);
	if (r == 0)
		r = kh_record_may_change(writer, &record, by);
	if (r == 0 && version != KH_RECORD_ANY_VERSION && version != record.version)
		r = kh_record_stale(writer, &record, version);
	for (size_t i = 0; r == 0 && i < KH_COUNT(parts); i++)
		r = measure(writer, &parts[i], record.unit_id, fields, &names);
	if (r == 0 && !names.len)
		r = kh_fail(KH_E_RECORD_STATE, "nothing is measured on the unit's machines yet");
	if (r < 0)
		return r;
	kh_auto_free char *said = kh_text_with(KH_VI, KH_T_LAN_MEASURED, {"parts", kh_buf_text(&names)}, {"at", kh_time_local(by->now_s, at)});
	kh_json_set_text(fields, "from_facts", said);
	return kh_record_change(writer, ASSESSMENT, id, version, fields, &code);
}
