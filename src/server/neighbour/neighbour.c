#include "server/neighbour/neighbour.h"

#include "base/error.h"
#include "base/str.h"
#include "server/posture/posture.h"
#include "sheet/forms.h"

#define SIGHTING (&kh_registers[KH_REGISTER_NETWORK_SIGHTING])

struct importing {
	struct kh_db *db;
	const struct kh_record_by *by;
	int64_t unit_id, seen_s;
	json_t *macs; /* that were in a line before */
	struct kh_neighbour_result result;
};

#define BELOW "(SELECT a.unit_id FROM unit_ancestor a WHERE a.ancestor_id = ?1)"

static int match(struct importing *im, const char *mac, json_t *fields, bool *ret_known)
{
	int64_t machine = 0, device = 0;
	int r = kh_db_int(im->db, &machine,
			  "SELECT i.endpoint_id FROM fact_interfaces i JOIN endpoint e ON e.id = i.endpoint_id WHERE i.mac = ?2 AND e.state = 'active' AND e.unit_id IN " BELOW
			  " ORDER BY i.endpoint_id LIMIT 1",
			  im->unit_id, mac);
	r = r < 0 ? r
		  : kh_db_int(im->db, &device,
			      "SELECT d.id FROM reg_device d WHERE LOWER(REPLACE(d.mac, '-', ':')) = ?2 AND d.state <> 'disposed' AND d.unit_id IN " BELOW " ORDER BY d.id LIMIT 1",
			      im->unit_id, mac);
	if (machine)
		kh_json_set_int(fields, "endpoint", machine);
	if (device)
		kh_json_set_int(fields, "device", device);
	im->result.machines += machine != 0;
	im->result.devices += !machine && device != 0;
	*ret_known = machine || device;
	return r;
}

static void set_cell(json_t *fields, const char *name, const struct kh_sheet_row *row, size_t column, size_t most)
{
	const char *text = kh_sheet_cell(row, column);
	if (*text && strlen(text) <= most)
		kh_json_set_text(fields, name, text);
}

static int take_new(struct importing *im, json_t *fields, bool known)
{
	int64_t id = 0;
	kh_json_set_int(fields, "first_s", im->seen_s);
	im->result.created++;
	int r = kh_record_create(im->db, SIGHTING, im->unit_id, fields, im->by, &id);
	return r == 0 && known ? kh_record_move(im->db, SIGHTING, id, KH_RECORD_ANY_VERSION, "know", NULL, NULL, im->by) : r;
}

/* What people made out of it stays; what was taken off the network and is back is unknown again. */
static int take_again(struct importing *im, int64_t id, const char *state, json_t *fields, bool known)
{
	bool changed = false;
	int r = kh_record_change_told(im->db, SIGHTING, id, KH_RECORD_ANY_VERSION, fields, im->by, &changed);
	bool back = kh_streq(state, "removed");
	if (r == 0 && (back || (known && kh_streq(state, "unknown")))) {
		kh_auto_json json_t *remark = back && !known ? json_pack("{s:s}", "remark", "đã ngắt, nay thấy lại") : NULL;
		r = kh_record_move(im->db, SIGHTING, id, KH_RECORD_ANY_VERSION, "know", remark, NULL, im->by);
		if (r == 0 && !known)
			r = kh_record_move(im->db, SIGHTING, id, KH_RECORD_ANY_VERSION, "doubt", NULL, NULL, im->by);
		changed = true;
	}
	im->result.changed += changed;
	im->result.same += !changed;
	return r;
}

static int take_row(struct importing *im, const struct kh_sheet_row *row)
{
	const char *mac = kh_sheet_cell(row, KH_NEIGHBOUR_MAC);
	kh_auto_json json_t *fields = json_object();
	kh_auto_free char *state = NULL;
	int64_t id = 0;
	bool known = false;
	if (json_object_get(im->macs, mac))
		return 0;
	json_object_set_new(im->macs, mac, json_true());
	im->result.seen++;
	kh_json_set_text(fields, "mac", mac);
	set_cell(fields, "address", row, KH_NEIGHBOUR_ADDRESS, 60);
	set_cell(fields, "host", row, KH_NEIGHBOUR_HOST, 120);
	set_cell(fields, "network", row, KH_NEIGHBOUR_NETWORK, 120);
	kh_json_set_int(fields, "last_s", im->seen_s);
	int r = match(im, mac, fields, &known);
	r = r < 0 ? r : kh_db_int(im->db, &id, "SELECT id FROM reg_network_sighting WHERE unit_id = ?1 AND mac = ?2", im->unit_id, mac);
	r = r < 0 || !id ? r : kh_db_text(im->db, &state, "SELECT state FROM reg_network_sighting WHERE id = ?1", id);
	if (r < 0)
		return r;
	im->result.unknown += !known && (!state || !kh_streq(state, "known"));
	return id ? take_again(im, id, state, fields, known) : take_new(im, fields, known);
}

static int take_all(struct importing *im, const struct kh_sheet *sheet)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < sheet->rows.n; i++)
		r = take_row(im, &sheet->rows.v[i]);
	return r < 0 ? r : kh_posture_register_changed(im->db, im->unit_id, SIGHTING->name);
}

int kh_neighbours_import(struct kh_db *writer, int64_t unit_id, const struct kh_sheet *sheet, int64_t seen_s, bool dry_run, const struct kh_record_by *by,
			 struct kh_neighbour_result *ret)
{
	struct kh_record_by later = *by;
	later.postures_later = true;
	kh_auto_json json_t *macs = json_object();
	struct importing im = {.db = writer, .by = &later, .unit_id = unit_id, .seen_s = seen_s, .macs = macs};
	int r = kh_db_begin(writer);
	if (r < 0)
		return r;
	r = take_all(&im, sheet);
	if (r == 0 && !dry_run)
		r = kh_db_commit(writer);
	if (r < 0 || dry_run)
		kh_db_rollback(writer);
	if (r == 0)
		*ret = im.result;
	return r;
}
