#include "server/report/data.h"

#include "base/error.h"
#include "base/time.h"
#include "server/register/list.h"
#include "server/report/json.h"

#define DEVICE_SECRET (&kh_registers[KH_REGISTER_DEVICE_SECRET])

/* ---- the register ---- */

struct listing {
	struct kh_db *db;
	json_t *list;
};

static int add_device(struct kh_record *record, void *arg)
{
	struct listing *listing = arg;
	kh_auto_record struct kh_record device = {0};
	kh_auto_json json_t *o = json_object();
	int r = kh_data_record(listing->db, record, o);
	if (r == 0)
		r = kh_record_get(listing->db, &kh_registers[KH_REGISTER_DEVICE], kh_record_int(record, "device"), &(struct kh_scope){record->unit_id}, &device);
	if (r < 0 && r != KH_E_NOT_FOUND) /* one that has gone to another unit keeps its row, and is there to be seen to */
		return r;
	kh_json_set_text(o, "serial", r == 0 ? kh_record_text(&device, "serial") : NULL);
	kh_data_add(listing->list, kh_take(o));
	return 0;
}

/* The list that an inspection asks for: the devices on record on which secret documents are drafted. */
static int add_devices(struct kh_db *db, const struct kh_scope *scope, json_t *list)
{
	struct listing listing = {db, list};
	kh_auto_json json_t *active = json_pack("{s:s}", "state", "active");
	struct kh_record_list_options options = {.scope = scope, .filter = active, .sort = "unit", .limit = KH_DOCUMENT_RECORDS};
	return kh_record_each(db, DEVICE_SECRET, &options, add_device, &listing);
}

/* ---- the machines that were measured ---- */

/* Machines that draft secrets and that no device of the register is. */
static int count_unregistered(struct kh_db *db, const struct kh_scope *scope, int64_t *ret)
{
	return kh_scope_int(db, scope, ret,
			    "SELECT COUNT(*) FROM endpoint e WHERE {scope:e.unit_id} AND e.state = 'active' AND e.role = 'secret'"
			    " AND NOT EXISTS (SELECT 1 FROM reg_device_secret r JOIN reg_device d ON d.id = r.device WHERE d.endpoint = e.id AND r.state = 'active')");
}

static int add_machines(struct kh_db *db, const struct kh_scope *scope, json_t *list)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(db, scope, &s,
			       "SELECT e.hostname, u.name, e.os, e.seen_s, SUM(CASE WHEN a.fail > 0 THEN 1 ELSE 0 END), SUM(CASE WHEN a.unknown > 0 THEN 1 ELSE 0 END) "
			       "FROM endpoint e JOIN unit u ON u.id = e.unit_id LEFT JOIN answer a ON a.endpoint_id = e.id "
			       "WHERE {scope:e.unit_id} AND e.state = 'active' AND e.role = 'secret' "
			       "GROUP BY e.id, e.hostname, u.name, e.os, e.seen_s ORDER BY u.name, e.hostname LIMIT ?1",
			       KH_DOCUMENT_MACHINES);
	while (kh_stmt_next(s, &r)) {
		char seen[KH_ISO_SIZE];
		json_t *o = json_object();
		kh_json_set_text(o, "endpoint", kh_stmt_text(s, 0));
		kh_json_set_text(o, "unit", kh_stmt_text(s, 1));
		kh_json_set_text(o, "os", kh_stmt_text(s, 2));
		kh_json_set_text(o, "seen", kh_stmt_int(s, 3) ? kh_time_day(kh_stmt_int(s, 3), seen) : NULL);
		kh_json_set_int(o, "fail", kh_stmt_int(s, 4));
		kh_json_set_int(o, "unknown", kh_stmt_int(s, 5));
		kh_data_add(list, o);
	}
	return r;
}

int kh_data_inspection(struct kh_db *db, const struct kh_report_question *question, unsigned rights, const struct kh_office *office, json_t **ret)
{
	char today[KH_ISO_SIZE];
	kh_auto_json json_t *list = json_array(), *devices = json_array();
	int64_t unregistered = 0;
	int r = kh_record_check_right(rights, DEVICE_SECRET->read);
	if (r == 0)
		r = add_devices(db, &question->scope, devices);
	if (r == 0)
		r = add_machines(db, &question->scope, list);
	if (r == 0)
		r = count_unregistered(db, &question->scope, &unregistered);
	if (r < 0)
		return r;
	json_t *data = json_object();
	kh_data_set_office(data, office, kh_time_day(question->now_s, today), question->now_s);
	kh_json_set_int(data, "devices", (int64_t)json_array_size(devices));
	kh_json_set_int(data, "machines", (int64_t)json_array_size(list));
	kh_json_set_int(data, "unregistered", unregistered);
	kh_json_set(data, "secret_devices", kh_take(devices));
	kh_json_set(data, "secret_machines", kh_take(list));
	*ret = data;
	return 0;
}
