/* Form 08 of Decree 331/2026: information systems by level, for a year that runs from 15 December to 14 December (Articles 35, 36). */
#include "server/report/data.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/register/list.h"
#include "server/report/json.h"

struct counting {
	struct kh_db *db;
	json_t *list;
	int64_t from_s, end_s;   /* of the year; end_s is after it */
	int64_t total, classified, with_dossier, appraised, approved, approved_checked, finish_all_s;
	json_t *kinds;           /* number of systems by kind */
};

static bool is(const struct kh_record *record, const char *field, const char *code)
{
	return kh_streq(kh_record_text(record, field), code);
}

static void count_kind(struct counting *c, const char *kind)
{
	kh_json_set_int(c->kinds, kind, json_integer_value(json_object_get(c->kinds, kind)) + 1);
}

static void count(struct counting *c, const struct kh_record *record)
{
	bool approved = is(record, "dossier", "approved"), appraised = approved || is(record, "dossier", "appraised");
	int64_t checked_s = kh_record_int(record, "checked_on"), finish_s = kh_record_int(record, "finish_by");
	c->total++;
	c->classified += kh_record_int(record, "level") > 0;
	c->with_dossier += !is(record, "dossier", "none");
	c->appraised += appraised;
	c->approved += approved;
	c->approved_checked += approved && checked_s >= c->from_s && checked_s < c->end_s;
	if (!approved)
		c->finish_all_s = KH_MAX(c->finish_all_s, finish_s);
	count_kind(c, kh_record_text(record, "kind"));
}

/* A system that had ended before the year, or began after it, is none of that year. */
static bool belongs(const struct counting *c, const struct kh_record *record)
{
	bool ended = kh_streq(record->state, "ended") && record->state_s < c->from_s;
	return !ended && record->created_s < c->end_s;
}

/* "12/QĐ-UBND, 01/5/2026": number and day in one, as the form has them. */
static void set_approval(const struct kh_record *record, json_t *o)
{
	char day[KH_ISO_SIZE];
	const char *decision = kh_record_text(record, "decision");
	int64_t on_s = kh_record_int(record, "approved_on");
	kh_auto_free char *both = decision && on_s ? kh_format("%s, %.10s", decision, kh_time_local(on_s, day)) : kh_strdup(decision);
	kh_json_set_text(o, "approval", both);
}

static int add_system(struct kh_record *record, void *arg)
{
	struct counting *c = arg;
	kh_auto_json json_t *o = json_object();
	if (!belongs(c, record))
		return 0;
	int r = kh_data_record(c->db, record, o);
	if (r < 0)
		return r;
	set_approval(record, o);
	count(c, record);
	kh_data_add(c->list, kh_take(o));
	return 0;
}

static int year_bounds(const char *text, int64_t now_s, struct counting *c, int64_t *ret_year)
{
	int64_t from = 0, to = 0;
	if (!kh_parse_int(text, 2020, 2100, ret_year))
		return kh_fail(KH_E_INVALID_FIELD, "mau08: expected a year, as 2026");
	kh_auto_free char *first = kh_format("%lld-12-15", (long long)*ret_year - 1), *last = kh_format("%lld-12-15", (long long)*ret_year);
	kh_assert(kh_day_parse(first, &from) && kh_day_parse(last, &to));
	c->from_s = from * KH_DAY_S - 7 * 3600;
	c->end_s = to * KH_DAY_S - 7 * 3600;
	return c->from_s <= now_s ? 0 : kh_fail(KH_E_INVALID_FIELD, "mau08: the year %s has not begun", text);
}

static void set_totals(const struct counting *c, int64_t year, int64_t now_s, json_t *data)
{
	char from[KH_ISO_SIZE], to[KH_ISO_SIZE], finish[KH_ISO_SIZE];
	kh_auto_free char *digits = kh_format("%lld", (long long)year);
	kh_json_set_text(data, "form_year", digits);
	kh_json_set_text(data, "from", kh_time_day(c->from_s, from));
	kh_json_set_text(data, "to", kh_time_day(c->end_s - 1, to));
	kh_json_set_bool(data, "open", now_s < c->end_s);
	kh_json_set_int(data, "systems_total", c->total);
	kh_json_set_int(data, "classified", c->classified);
	kh_json_set_int(data, "unclassified", c->total - c->classified);
	kh_json_set_int(data, "with_dossier", c->with_dossier);
	kh_json_set_int(data, "without_dossier", c->total - c->with_dossier);
	kh_json_set_int(data, "unapproved", c->total - c->approved);
	kh_json_set_int(data, "appraised", c->appraised);
	kh_json_set_int(data, "approved", c->approved);
	kh_json_set_int(data, "approved_checked", c->approved_checked);
	kh_json_set_text(data, "finish_all", c->finish_all_s ? kh_time_day(c->finish_all_s, finish) : NULL);
}

int kh_data_form08(struct kh_db *db, const struct kh_report_question *question, const char *year, const struct kh_office *office, json_t **ret)
{
	char today[KH_ISO_SIZE];
	kh_auto_json json_t *data = json_pack("{s:i, s:i, s:i, s:i, s:i}", "internal", 0, "public", 0, "infrastructure", 0, "control", 0, "other", 0), *list = json_array();
	struct counting c = {.db = db, .list = list, .kinds = data};
	struct kh_record_list_options options = {.scope = &question->scope, .sort = "name"};
	int64_t number = 0;
	int r = year_bounds(year, question->now_s, &c, &number);
	r = r < 0 ? r : kh_record_each(db, &kh_registers[KH_REGISTER_INFORMATION_SYSTEM], &options, add_system, &c);
	if (r < 0)
		return r;
	kh_data_set_office(data, office, kh_time_day(question->now_s, today), question->now_s);
	set_totals(&c, number, question->now_s, data);
	kh_json_set(data, "systems", kh_take(list));
	*ret = kh_take(data);
	return 0;
}
