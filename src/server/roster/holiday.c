#include "server/roster/roster.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "server/posture/posture.h"
#include "server/posture/reading.h"
#include "server/register/record.h"
#include "server/roster/lunar.h"

#include <inttypes.h>

#define HOLIDAY (&kh_registers[KH_REGISTER_HOLIDAY])
#define CHECK (&kh_registers[KH_REGISTER_HOLIDAY_CHECK])
#define CHECKED_BEFORE 3 /* days before it begins, by which the checklist is to be done */

const char *const kh_occasions[KH_OCCASIONS] = {"tet", "new_year", "hung_kings", "reunification", "national_day"};

static const enum kh_message names[KH_OCCASIONS] = {KH_T_HOLIDAY_TET, KH_T_HOLIDAY_NEW_YEAR, KH_T_HOLIDAY_HUNG_KINGS, KH_T_HOLIDAY_REUNIFICATION, KH_T_HOLIDAY_NATIONAL_DAY};

static int64_t civil_day(int year, const char *month_day)
{
	int64_t day = 0;
	kh_auto_free char *text = kh_format("%04d-%s", year, month_day);
	kh_assert(kh_day_parse(text, &day));
	return day;
}

/* The days off of the Labour Code, article 112: of Tết the last day of the old year and four more; of the National Day the day before as well. Whoever has others changes the record. */
void kh_holiday_days(enum kh_occasion occasion, int year, int64_t *ret_from, int64_t *ret_to)
{
	switch (occasion) {
	case KH_TET:
		*ret_from = kh_tet(year) - 1;
		*ret_to = kh_tet(year) + 3;
		return;
	case KH_HUNG_KINGS: *ret_from = *ret_to = kh_lunar_day(year, 3, 10); return;
	case KH_REUNIFICATION:
		*ret_from = civil_day(year, "04-30");
		*ret_to = *ret_from + 1;
		return;
	case KH_NATIONAL_DAY:
		*ret_from = civil_day(year, "09-01");
		*ret_to = *ret_from + 1;
		return;
	default: *ret_from = *ret_to = civil_day(year, "01-01");
	}
}

static int year_of(int64_t now_s)
{
	char day[KH_ISO_SIZE];
	int64_t year = 0;
	kh_auto_free char *text = kh_strndup(kh_time_day(now_s, day), 4);
	kh_assert(kh_parse_int(text, 1970, 9999, &year));
	return (int)year;
}

struct ids {
	KH_ARRAY(int64_t) of;
};

static int read_ids(struct kh_stmt *s, struct ids *ret, int r)
{
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ret->of, kh_stmt_int(s, 0));
	return r;
}

/* ---- records ---- */

static int make_holiday(struct kh_db *writer, int64_t unit_id, enum kh_occasion occasion, int year, int64_t now_s)
{
	char from[KH_ISO_SIZE], to[KH_ISO_SIZE], by_day[KH_ISO_SIZE];
	int64_t first = 0, last = 0, there = 0, id = 0, today = kh_time_day_number(now_s);
	struct kh_record_by by = kh_record_by_system(now_s);
	kh_holiday_days(occasion, year, &first, &last);
	if (last < today || first > today + 365)
		return 0;
	int r = kh_db_int(writer, &there, "SELECT COUNT(*) FROM reg_holiday WHERE unit_id = ?1 AND occasion = ?2 AND year = ?3", unit_id, kh_occasions[occasion], year);
	if (r < 0 || there)
		return r;
	kh_auto_free char *number = kh_format("%d", year);
	kh_auto_free char *name = kh_text_with(KH_VI, names[occasion], {"year", number});
	kh_auto_json json_t *fields = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "name", name, "occasion", kh_occasions[occasion], "year", year, "from_on", kh_time_day(first * KH_DAY_S, from), "to_on",
						kh_time_day(last * KH_DAY_S, to), "checklist_by", kh_time_day((first - CHECKED_BEFORE) * KH_DAY_S, by_day));
	return kh_record_create(writer, HOLIDAY, unit_id, fields, &by, &id);
}

/* Tops have nobody above them; units below read what they keep. */
static int make_holidays(struct kh_db *writer, int64_t now_s)
{
	struct ids tops = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int year = year_of(now_s);
	int r = kh_db_query(writer, &s, "SELECT u.id FROM unit u WHERE u.to_s IS NULL AND NOT EXISTS (SELECT 1 FROM unit_ancestor a WHERE a.unit_id = u.id AND a.ancestor_id <> u.id) ORDER BY u.id");
	r = read_ids(s, &tops, r);
	kh_array_each(&tops.of, top)
		for (int occasion = 0; occasion < KH_OCCASIONS; occasion++)
			for (int y = year; y <= year + 1; y++)
				r = r < 0 ? r : make_holiday(writer, *top, (enum kh_occasion)occasion, y, now_s);
	kh_array_done(&tops.of);
	return r;
}

static int move_all(struct kh_db *writer, const char *sql, const char *move, int64_t now_s)
{
	struct ids ids = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	struct kh_record_by by = kh_record_by_system(now_s);
	int r = kh_db_query(writer, &s, sql, now_s, KH_DAY_S);
	r = read_ids(s, &ids, r);
	kh_array_each(&ids.of, id)
		r = r < 0 ? r : kh_record_move(writer, HOLIDAY, *id, KH_RECORD_ANY_VERSION, move, NULL, NULL, &by);
	kh_array_done(&ids.of);
	return r;
}

/* ---- checklists ---- */

struct row {
	int64_t holiday, unit_id;
	const char *item;
};

struct rows {
	KH_ARRAY(struct row) of;
};

static int read_missing(struct kh_db *db, const char *item, int64_t now_s, struct rows *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT h.id, a.unit_id FROM reg_holiday h JOIN unit_ancestor a ON a.ancestor_id = h.unit_id JOIN unit u ON u.id = a.unit_id AND u.to_s IS NULL"
			    " WHERE h.state = 'planned' AND h.from_on > ?1 AND h.from_on <= ?2"
			    " AND NOT EXISTS (SELECT 1 FROM reg_holiday_check c WHERE c.holiday = h.id AND c.unit_id = a.unit_id AND c.item = ?3) ORDER BY a.unit_id, h.id LIMIT ?4",
			    now_s, now_s + KH_CHECKLIST_AHEAD_S, item, KH_CHECKLIST_AT_ONCE - (int64_t)ret->of.n);
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ret->of, ((struct row){kh_stmt_int(s, 0), kh_stmt_int(s, 1), item}));
	return r;
}

struct attending {
	int64_t now_s, made;
	struct kh_apart *apart;
};

struct making {
	struct attending *a;
	const struct row *row;
};

static int make_row(struct kh_db *writer, void *arg)
{
	const struct making *m = arg;
	const struct row *row = m->row;
	struct kh_record_by by = kh_record_by_system(m->a->now_s);
	int64_t id = 0;
	by.postures_later = true;
	kh_auto_json json_t *fields = json_pack("{s:I, s:s}", "holiday", (json_int_t)row->holiday, "item", row->item);
	int r = kh_record_create(writer, CHECK, row->unit_id, fields, &by, &id);
	m->a->made += r == 0;
	return r;
}

static int ask_anew(struct kh_db *writer, const struct rows *rows)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < rows->of.n; i++) {
		bool first = true;
		for (size_t k = 0; k < i; k++)
			first &= rows->of.v[k].unit_id != rows->of.v[i].unit_id;
		if (first)
			r = kh_posture_register_changed(writer, rows->of.v[i].unit_id, CHECK->name);
	}
	return r;
}

/* Each row apart. */
static int make_checklists(struct kh_db *writer, struct attending *a)
{
	struct rows rows = {0};
	int r = 0;
	for (const struct kh_code *item = kh_register_field(CHECK, "item")->codes; r == 0 && item->name; item++)
		if (rows.of.n < KH_CHECKLIST_AT_ONCE)
			r = read_missing(writer, item->name, a->now_s, &rows);
	kh_array_each(&rows.of, row)
		r = r < 0 ? r : kh_apart_run(a->apart, writer, "checklist", row->holiday, make_row, &(struct making){a, row});
	if (r == 0)
		r = ask_anew(writer, &rows);
	kh_array_done(&rows.of);
	return r;
}

static int make_holidays_apart(struct kh_db *writer, void *arg)
{
	return make_holidays(writer, ((const struct attending *)arg)->now_s);
}

static int make_checklists_apart(struct kh_db *writer, void *arg)
{
	struct attending *a = arg;
	a->made = 0;
	int r = make_checklists(writer, a);
	a->made = r < 0 ? 0 : a->made;
	return r;
}

static int begin_apart(struct kh_db *writer, void *arg)
{
	return move_all(writer, "SELECT id FROM reg_holiday WHERE state = 'planned' AND from_on <= ?1 AND to_on + ?2 > ?1 ORDER BY id", "begin", ((const struct attending *)arg)->now_s);
}

static int finish_apart(struct kh_db *writer, void *arg)
{
	return move_all(writer, "SELECT id FROM reg_holiday WHERE state IN ('planned', 'active') AND to_on + ?2 <= ?1 ORDER BY id", "finish", ((const struct attending *)arg)->now_s);
}

int kh_holidays_attend(struct kh_db *writer, int64_t now_s, int64_t *ret_made, struct kh_apart *apart)
{
	struct attending a = {.now_s = now_s, .apart = apart};
	int r = kh_apart_run(apart, writer, "holidays", 0, make_holidays_apart, &a);
	if (r == 0)
		r = kh_apart_run(apart, writer, "checklists", 0, make_checklists_apart, &a);
	if (r == 0)
		r = kh_apart_run(apart, writer, "holidays begin", 0, begin_apart, &a);
	if (r == 0)
		r = kh_apart_run(apart, writer, "holidays end", 0, finish_apart, &a);
	*ret_made = a.made;
	return r;
}

/* ---- figures ---- */

int kh_holiday_figures(struct kh_db *db, const struct kh_scope *scope, enum kh_occasion occasion, int year, struct kh_holiday_figures *ret)
{
	*ret = (struct kh_holiday_figures){0};
	kh_holiday_days(occasion, year, &ret->from_day, &ret->to_day);
	int64_t from = ret->from_day * KH_DAY_S - 7 * 3600, to = (ret->to_day + 1) * KH_DAY_S - 7 * 3600;
	int r = kh_scope_int(db, scope, &ret->alerts, "SELECT SUM(COALESCE(a.count, 1)) FROM reg_alert a WHERE {scope:a.unit_id} AND a.state <> 'false_alarm' AND a.raised_s >= ?1 AND a.raised_s < ?2", from, to);
	if (r == 0)
		r = kh_scope_int(db, scope, &ret->detections,
				 "SELECT COUNT(*) FROM detection d JOIN endpoint e ON e.id = d.endpoint_id WHERE {scope:e.unit_id} AND d.state <> 'false_alarm' AND d.found_s >= ?1 AND d.found_s < ?2", from, to);
	if (r == 0)
		r = kh_scope_int(db, scope, &ret->machines,
				 "SELECT COUNT(DISTINCT d.endpoint_id) FROM detection d JOIN endpoint e ON e.id = d.endpoint_id"
				 " WHERE {scope:e.unit_id} AND d.state <> 'false_alarm' AND d.found_s >= ?1 AND d.found_s < ?2", from, to);
	if (r == 0)
		r = kh_scope_int(db, scope, &ret->incidents,
				 "SELECT COUNT(*) FROM reg_incident i WHERE {scope:i.unit_id} AND i.exercise IS NULL AND i.state <> 'false_alarm' AND i.t0_s >= ?1 AND i.t0_s < ?2", from, to);
	return r;
}
