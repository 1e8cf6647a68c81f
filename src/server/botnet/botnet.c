#include "server/botnet/botnet.h"

#include "base/address.h"
#include "base/error.h"
#include "base/network.h"
#include "base/str.h"
#include "base/time.h"
#include "server/order/order.h"
#include "server/posture/posture.h"
#include "sheet/forms.h"

#include <inttypes.h>
#include <stdio.h>

#define LISTING (&kh_registers[KH_REGISTER_BOTNET_LISTING])
#define MOST_MACHINES 1000 /* behind one address: a line of a whole province */
#define NAT_SLACK_S 3600   /* between the clocks of the list and of the router */

struct range {
	struct kh_network network;
	int64_t unit_id;
};

struct importing {
	struct kh_db *db;
	const struct kh_record_by *by;
	const struct kh_botnet_options *options;
	const struct kh_botnet_map *map;
	KH_ARRAY(struct range) ranges;
	struct kh_record_units touched;
	json_t *ordered; /* machines that were told to scan by this list */
	struct kh_botnet_result result;
};

/* One row, read. */
struct row {
	const char *address, *name, *c2;
	int64_t port, listed_s; /* -1, 0: not said */
	char month[8];
	int64_t unit_id;
};

struct machines {
	KH_ARRAY(int64_t) of;
};

/* ---- whose it is ---- */

static int read_ranges(struct importing *im)
{
	const struct kh_scope *scope = im->options->scope;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(im->db, &s,
			    "SELECT r.range, r.unit_id FROM reg_own_address r WHERE r.state = 'active'"
			    " AND (?1 = 0 OR r.unit_id IN (SELECT a.unit_id FROM unit_ancestor a WHERE a.ancestor_id = ?1)) ORDER BY r.id",
			    scope ? scope->unit_id : 0);
	while (kh_stmt_next(s, &r)) {
		struct range range = {.unit_id = kh_stmt_int(s, 1)};
		if (kh_network_parse(kh_stmt_text(s, 0), &range.network))
			(void)kh_array_push(&im->ranges, range);
	}
	return r;
}

/* The unit of the narrowest range; 0: nobody's. */
static int64_t owner_of(const struct importing *im, const char *address)
{
	struct kh_network one;
	int64_t unit = 0;
	unsigned bits = 0;
	if (!kh_network_parse(address, &one))
		return 0;
	kh_array_each(&im->ranges, range)
		if (kh_network_holds(&range->network, &one) && (!unit || range->network.bits > bits)) {
			unit = range->unit_id;
			bits = range->network.bits;
		}
	return unit;
}

/* ---- machines behind it ---- */

#define BELOW "(SELECT a.unit_id FROM unit_ancestor a WHERE a.ancestor_id = ?1)"
#define ACTIVE "e.state = 'active' AND e.role <> 'secret' AND e.unit_id IN " BELOW

static void add_machine(struct machines *machines, int64_t id)
{
	kh_array_each(&machines->of, known)
		if (*known == id)
			return;
	if (id && machines->of.n < MOST_MACHINES)
		(void)kh_array_push(&machines->of, id);
}

static int add_machines(struct importing *im, const char *sql, int64_t unit_id, const char *address, struct machines *machines)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(im->db, &s, sql, unit_id, address);
	while (kh_stmt_next(s, &r))
		add_machine(machines, kh_stmt_int(s, 0));
	return r;
}

/* An address stands among others in fact_interfaces: "10.0.0.5/24 10.0.1.5/24". */
static int add_by_address(struct importing *im, int64_t unit_id, const char *address, struct machines *machines)
{
	int r = add_machines(im,
			     "SELECT e.id FROM fact_interfaces i JOIN endpoint e ON e.id = i.endpoint_id WHERE " ACTIVE
			     " AND (' ' || COALESCE(i.ipv4, '') || ' ' || COALESCE(i.ipv6, '') || ' ' LIKE '% ' || CAST(?2 AS TEXT) || '/%')",
			     unit_id, address, machines);
	if (r < 0 || machines->of.n)
		return r;
	return add_machines(im,
			    "SELECT e.id FROM reg_network_sighting n JOIN endpoint e ON e.id = n.endpoint WHERE " ACTIVE " AND n.address = ?2 AND n.state <> 'removed'",
			    unit_id, address, machines);
}

static bool is_near(const char *time, int64_t listed_s)
{
	int64_t ms = 0;
	if (!listed_s || !kh_time_parse(time, &ms))
		return true;
	int64_t apart = ms / 1000 - listed_s;
	return apart >= -NAT_SLACK_S && apart <= NAT_SLACK_S;
}

static int add_by_nat(struct importing *im, const struct row *row, struct machines *machines)
{
	int r = 0;
	for (size_t i = 0; r == 0 && im->options->nat && i < im->options->nat->rows.n; i++) {
		const struct kh_sheet_row *log = &im->options->nat->rows.v[i];
		int64_t port = -1;
		bool same_port = row->port < 0 || !kh_parse_int(kh_sheet_cell(log, KH_NAT_PORT), 0, 65535, &port) || port == row->port;
		if (same_port && kh_streq(kh_sheet_cell(log, KH_NAT_OUTSIDE), row->address) && is_near(kh_sheet_cell(log, KH_NAT_TIME), row->listed_s))
			r = add_by_address(im, row->unit_id, kh_sheet_cell(log, KH_NAT_INSIDE), machines);
	}
	return r;
}

static int find_machines(struct importing *im, const struct row *row, struct machines *ret)
{
	int r = add_by_nat(im, row, ret);
	if (r == 0 && !ret->of.n)
		r = add_by_address(im, row->unit_id, row->address, ret);
	if (r == 0 && !ret->of.n)
		r = add_machines(im, "SELECT e.id FROM endpoint e WHERE " ACTIVE " AND e.address = ?2", row->unit_id, row->address, ret);
	if (r == 0 && !ret->of.n && !im->options->nat)
		r = add_machines(im, "SELECT e.id FROM endpoint e WHERE " ACTIVE " AND ?2 = ?2 ORDER BY e.id", row->unit_id, "", ret);
	return r;
}

/* ---- the record ---- */

static int note_months(struct importing *im, const struct row *row, bool *ret_again)
{
	int year = 0, month = 0;
	char before[32];
	int64_t id = 0;
	kh_auto_free char *state = NULL;
	if (sscanf(row->month, "%4d-%2d", &year, &month) != 2)
		return 0;
	snprintf(before, sizeof before, "%04d-%02d", month == 1 ? year - 1 : year, month == 1 ? 12 : month - 1);
	int r = kh_db_int(im->db, &id, "SELECT id FROM reg_botnet_listing WHERE unit_id = ?1 AND address = ?2 AND month = ?3 ORDER BY id LIMIT 1", row->unit_id, row->address, before);
	*ret_again = id != 0;
	r = r < 0 || !id ? r : kh_db_text(im->db, &state, "SELECT state FROM reg_botnet_listing WHERE id = ?1", id);
	if (r < 0 || !state || !kh_streq(state, "cleared"))
		return r;
	kh_auto_free char *note = kh_format("%s: %s", row->address, row->month);
	return kh_record_move(im->db, LISTING, id, KH_RECORD_ANY_VERSION, "reopen", NULL, note, im->by);
}

static void set_text(json_t *fields, const char *name, const char *text, size_t most)
{
	if (text && *text && strlen(text) <= most)
		kh_json_set_text(fields, name, text);
}

static json_t *fields_of(const struct importing *im, const struct row *row, size_t machines, bool again)
{
	json_t *o = json_object();
	kh_json_set_text(o, "address", row->address);
	kh_json_set_text(o, "month", row->month);
	kh_json_set_int(o, "machines", (int64_t)machines);
	kh_json_set_bool(o, "again", again);
	if (row->port >= 0)
		kh_json_set_int(o, "port", row->port);
	if (row->listed_s && row->listed_s <= im->by->now_s) /* a list whose clock is ahead has its addresses all the same */
		kh_json_set_int(o, "listed_s", row->listed_s);
	set_text(o, "botnet", row->name, 200);
	set_text(o, "c2", row->c2, 200);
	set_text(o, "source", im->options->source, 200);
	return o;
}

/* What is told already is not told again; a machine with too many open orders has its scan among them. */
static int order_scans(struct importing *im, const struct machines *machines)
{
	kh_auto_json json_t *args = json_pack("{s:s}", "scan", "full");
	int r = 0;
	kh_array_each(&machines->of, id) {
		kh_auto_free char *key = kh_format("%" PRId64, *id);
		int64_t order = 0;
		if (r < 0 || json_object_get(im->ordered, key))
			continue;
		json_object_set_new(im->ordered, key, json_true());
		r = kh_order_create(im->db, &(struct kh_order_new){.endpoint_id = *id, .kind = "scan", .args = args}, im->by->actor, im->by->now_s, &order);
		im->result.orders += r == 0;
		r = r == KH_E_LIMIT_REACHED ? 0 : r;
	}
	return r;
}

static int make_record(struct importing *im, const struct row *row)
{
	struct machines machines = {0};
	bool again = false;
	int64_t id = 0;
	int r = find_machines(im, row, &machines);
	r = r < 0 ? r : note_months(im, row, &again);
	if (r == 0) {
		kh_auto_json json_t *fields = fields_of(im, row, machines.of.n, again);
		r = kh_record_create(im->db, LISTING, row->unit_id, fields, im->by, &id);
	}
	if (r == 0 && machines.of.n)
		r = kh_record_move(im->db, LISTING, id, KH_RECORD_ANY_VERSION, "trace", NULL, NULL, im->by);
	r = r < 0 ? r : order_scans(im, &machines);
	im->result.created++;
	im->result.again += again;
	im->result.machines += (int64_t)machines.of.n;
	kh_record_units_add(&im->touched, row->unit_id);
	kh_array_done(&machines.of);
	return r;
}

/* ---- rows ---- */

static const char *cell(const struct importing *im, const struct kh_sheet_row *row, enum kh_botnet_column column)
{
	return im->map->at[column] ? kh_sheet_cell(row, im->map->at[column] - 1) : "";
}

/* A pasted text has its times in a cell of their own. */
static char *time_of(const struct importing *im, const struct kh_sheet_row *row)
{
	const size_t column = im->map->at[KH_BOTNET_TIME];
	const char *day = column ? kh_sheet_cell(row, column - 1) : "", *next = column ? kh_sheet_cell(row, column) : "";
	int h = 0, min = 0;
	return strchr(day, ':') || sscanf(next, "%2d:%2d", &h, &min) != 2 ? kh_strdup(day) : kh_format("%s %s", day, next);
}

/* "2026-11-20 08:00", "20/11/2026 08:00": times of lists are those of Viet Nam. */
static int64_t moment_of(const char *text)
{
	int y = 0, m = 0, d = 0, h = 0, min = 0, s = 0;
	char iso[48];
	int64_t ms = 0;
	if (strpbrk(text, "Z+") && kh_time_parse(text, &ms))
		return ms / 1000;
	if (sscanf(text, "%4d-%2d-%2d%*[ T]%2d:%2d:%2d", &y, &m, &d, &h, &min, &s) < 3 && sscanf(text, "%2d/%2d/%4d %2d:%2d:%2d", &d, &m, &y, &h, &min, &s) < 3)
		return 0;
	snprintf(iso, sizeof iso, "%04d-%02d-%02dT%02d:%02d:%02d+07:00", y, m, d, h, min, s);
	return kh_time_parse(iso, &ms) ? ms / 1000 : 0;
}

/* "2026-11", "11/2026"; of the row, else of its time, else of the whole list. */
static bool month_of(const struct importing *im, const char *text, int64_t listed_s, char out[8])
{
	int y = 0, m = 0;
	char day[KH_ISO_SIZE];
	if (sscanf(text, "%4d-%2d", &y, &m) != 2 && sscanf(text, "%2d/%4d", &m, &y) != 2)
		y = m = 0;
	if (y >= 2000 && y < 2200 && m >= 1 && m <= 12)
		snprintf(out, 8, "%04d-%02d", y, m);
	else if (im->options->month)
		snprintf(out, 8, "%.7s", im->options->month);
	else if (listed_s)
		snprintf(out, 8, "%.7s", kh_time_day(listed_s, day));
	else
		return false;
	return true;
}

static int take_row(struct importing *im, const struct kh_sheet_row *sheet_row)
{
	kh_auto_free char *time = time_of(im, sheet_row);
	struct row row = {.address = cell(im, sheet_row, KH_BOTNET_ADDRESS), .name = cell(im, sheet_row, KH_BOTNET_NAME), .c2 = cell(im, sheet_row, KH_BOTNET_C2), .port = -1,
			  .listed_s = moment_of(time)};
	int64_t known = 0;
	if (!kh_is_ip(row.address))
		return 0;
	im->result.rows++;
	row.unit_id = owner_of(im, row.address);
	im->result.own += row.unit_id != 0;
	im->result.foreign += row.unit_id == 0;
	if (!row.unit_id)
		return 0;
	if (!kh_parse_int(cell(im, sheet_row, KH_BOTNET_PORT), 0, 65535, &row.port))
		row.port = -1;
	if (!month_of(im, cell(im, sheet_row, KH_BOTNET_MONTH), row.listed_s, row.month))
		return kh_fail(KH_E_INVALID_FIELD, "row %u: neither the row nor the list says a month", sheet_row->number);
	int r = kh_db_int(im->db, &known, "SELECT COUNT(*) FROM reg_botnet_listing WHERE unit_id = ?1 AND address = ?2 AND month = ?3 AND COALESCE(port, -1) = ?4", row.unit_id,
			  row.address, row.month, row.port);
	im->result.same += known != 0;
	return r < 0 || known ? r : make_record(im, &row);
}

static int take_all(struct importing *im, const struct kh_sheet *sheet)
{
	int r = read_ranges(im);
	for (size_t i = im->map->head; r == 0 && i < sheet->rows.n; i++)
		r = take_row(im, &sheet->rows.v[i]);
	if (r == 0 && !im->result.rows)
		r = kh_fail(KH_E_INVALID_FIELD, "no column of the file holds addresses");
	return r < 0 || im->options->dry_run ? r : kh_record_units_postures(im->db, LISTING, &im->touched);
}

static bool is_month(const char *text)
{
	int y = 0, m = 0, used = 0;
	return sscanf(text, "%4d-%2d%n", &y, &m, &used) == 2 && used == 7 && !text[7] && y >= 2000 && m >= 1 && m <= 12;
}

int kh_botnet_import(struct kh_db *writer, const struct kh_sheet *sheet, const struct kh_botnet_map *map, const struct kh_botnet_options *options,
		     const struct kh_record_by *by, struct kh_botnet_result *ret)
{
	struct kh_record_by later = *by;
	later.postures_later = true;
	kh_auto_json json_t *ordered = json_object();
	struct importing im = {.db = writer, .by = &later, .options = options, .map = map, .ordered = ordered};
	if (options->month && !is_month(options->month))
		return kh_fail(KH_E_INVALID_FIELD, "month: expected YYYY-MM");
	int r = kh_db_begin(writer);
	if (r < 0)
		return r;
	r = take_all(&im, sheet);
	if (r == 0 && !options->dry_run)
		r = kh_db_commit(writer);
	if (r < 0 || options->dry_run)
		kh_db_rollback(writer);
	if (r == 0)
		*ret = im.result;
	kh_array_done(&im.ranges);
	kh_record_units_done(&im.touched);
	return r;
}
