#include "server/report/due.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/register/proof.h"
#include "server/report/document.h"

/* ---- periods ---- */

static void period_text(const char *every, int year, int month, struct kh_due_period *ret)
{
	if (kh_streq(every, "month"))
		snprintf(ret->text, sizeof ret->text, "%04d-%02d", year % 10000, month);
	else if (kh_streq(every, "quarter"))
		snprintf(ret->text, sizeof ret->text, "%04d-Q%d", year % 10000, (month + 2) / 3);
	else
		snprintf(ret->text, sizeof ret->text, "%04d", year % 10000);
}

/* A day that lies in the period before the one that begins on `first`. */
static void period_of_day(const char *every, int64_t day, struct kh_due_period *ret)
{
	char text[KH_DAY_SIZE];
	int64_t year = 0, month = 0;
	(void)kh_posture_day_text(day, 0, text);
	text[4] = text[7] = '\0';
	kh_assert(kh_parse_int(text, 0, 9999, &year) && kh_parse_int(text + 5 + (text[5] == '0'), 1, 12, &month));
	period_text(every, (int)year, (int)month, ret);
}

size_t kh_due_periods(const char *every, int64_t from_day, int64_t now_s, struct kh_due_period ret[2])
{
	struct kh_period running = {0}, before = {0};
	struct kh_due_period now = {0}, earlier = {0};
	size_t n = 0;
	period_of_day(every, kh_time_day_number(now_s), &now);
	kh_assert(kh_period_parse(now.text, now_s, &running) == 0);
	period_of_day(every, running.from_day - 1, &earlier);
	kh_assert(kh_period_parse(earlier.text, now_s, &before) == 0);
	if (before.to_day >= from_day)
		ret[n++] = earlier;
	if (running.to_day >= from_day)
		ret[n++] = now;
	return n;
}

/* ---- opening ---- */

struct attending {
	struct kh_server *server;
	const struct kh_directives *directives;
	const struct kh_templates *templates;
	struct kh_db *db; /* the writer, while opening */
	int64_t now_s;
	struct kh_apart *apart;
	size_t opened, drafted;
	KH_ARRAY(struct kh_report_place) waiting; /* rows to be drafted */
};

static int is_open(struct kh_db *db, int64_t unit_id, int64_t schedule, const char *period, bool *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT 1 FROM reg_report_due WHERE unit_id = ?1 AND schedule = ?2 AND period = ?3", unit_id, schedule, period);
	*ret = kh_stmt_next(s, &r);
	return r;
}

static json_t *row_of(const struct kh_record *schedule, const struct kh_period *period, const char *text)
{
	char due[KH_DAY_SIZE];
	json_t *fields = json_object();
	kh_json_set_int(fields, "schedule", schedule->id);
	kh_json_set_text(fields, "kind", kh_record_text(schedule, "every"));
	kh_json_set_text(fields, "period", text);
	kh_json_set_text(fields, "due_on", kh_posture_day_text(period->to_day + kh_record_int(schedule, "due_days"), 0, due));
	kh_json_set_text(fields, "to_body", kh_record_text(schedule, "to_body"));
	kh_json_set_text(fields, "through", kh_record_text(schedule, "through"));
	return fields;
}

struct opening {
	struct attending *a;
	const struct kh_record *schedule;
	int64_t unit_id;
};

static int open_one(struct kh_db *writer, const struct opening *o, const char *text, size_t *opened)
{
	struct kh_period period = {0};
	struct kh_record_by by = kh_record_by_system(o->a->now_s);
	bool open = false;
	int64_t id = 0;
	int r = kh_period_parse(text, o->a->now_s, &period);
	r = r < 0 ? r : is_open(writer, o->unit_id, o->schedule->id, text, &open);
	if (r < 0 || open)
		return r;
	kh_auto_json json_t *fields = row_of(o->schedule, &period, text);
	r = kh_record_create(writer, &kh_registers[KH_REGISTER_REPORT_DUE], o->unit_id, fields, &by, &id);
	*opened += r == 0;
	return r;
}

static int open_periods(struct kh_db *writer, void *arg)
{
	const struct opening *o = arg;
	const struct kh_record *schedule = o->schedule;
	struct kh_due_period periods[2] = {0};
	int64_t from_day = kh_time_day_number(kh_record_int(schedule, "from_on"));
	size_t n = kh_due_periods(kh_record_text(schedule, "every"), from_day, o->a->now_s, periods), opened = 0;
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = open_one(writer, o, periods[i].text, &opened);
	o->a->opened += r == 0 ? opened : 0;
	return r;
}

static int open_unit(struct attending *a, const struct kh_record *schedule, int64_t unit_id)
{
	struct opening o = {a, schedule, unit_id};
	return kh_apart_run(a->apart, a->db, "report schedule", schedule->id, open_periods, &o);
}

struct ids {
	KH_ARRAY(int64_t) of;
};

static void ids_done(struct ids *ids)
{
	kh_array_done(&ids->of);
}

static int find_ids(struct kh_db *db, const char *sql, int64_t of, struct ids *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, sql, of);
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ret->of, kh_stmt_int(s, 0));
	return r;
}

/* The living units directly below, on the administrative line. */
static int open_below(struct attending *a, const struct kh_record *schedule)
{
	struct ids units KH_CLEANUP(ids_done) = {0};
	int r = find_ids(a->db, "SELECT u.id FROM unit u JOIN unit_edge d ON d.child_id = u.id WHERE d.parent_id = ?1 AND d.line = 'admin' AND d.to_s IS NULL AND u.to_s IS NULL",
			 schedule->unit_id, &units);
	for (size_t i = 0; r == 0 && i < units.of.n; i++)
		r = open_unit(a, schedule, units.of.v[i]);
	return r;
}

static int open_schedule(struct attending *a, int64_t id)
{
	kh_auto_record struct kh_record schedule = {0};
	int r = kh_record_get(a->db, &kh_registers[KH_REGISTER_REPORT_SCHEDULE], id, NULL, &schedule);
	if (r < 0)
		return kh_apart_note(a->apart, "report schedule", id, r);
	return kh_streq(kh_record_text(&schedule, "reach"), "own") ? open_unit(a, &schedule, schedule.unit_id) : open_below(a, &schedule);
}

static int open_all(struct kh_db *writer, void *arg)
{
	struct attending *a = arg;
	struct ids schedules KH_CLEANUP(ids_done) = {0};
	a->db = writer;
	a->opened = 0;
	kh_apart_reset(a->apart);
	int r = find_ids(writer, "SELECT id FROM reg_report_schedule WHERE state = 'active' AND id > ?1 ORDER BY id", 0, &schedules);
	for (size_t i = 0; r == 0 && i < schedules.of.n; i++)
		r = open_schedule(a, schedules.of.v[i]);
	return r;
}

/* ---- drafting ---- */

/* Rows whose time has come, the most urgent first, behind those of the run before. */
static int find_waiting(struct kh_db *db, struct attending *a, struct kh_report_place *place)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT id, period, due_on FROM reg_report_due WHERE state = 'due' AND kind IN ('month', 'quarter', 'year')"
			    " AND (due_on > ?1 OR (due_on = ?1 AND id > ?2)) ORDER BY due_on, id",
			    place->id ? place->due_s : INT64_MIN, place->id);
	while (a->waiting.n < KH_REPORTS_AT_ONCE && kh_stmt_next(s, &r)) {
		struct kh_period period = {0};
		int64_t today = kh_time_day_number(a->now_s), due = kh_time_day_number(kh_stmt_int(s, 2));
		bool known = kh_period_parse(kh_stmt_text(s, 1), a->now_s, &period) == 0; /* people open rows too, and write what they like */
		if (known && (today > period.to_day || today >= due - KH_REPORT_DRAFT_DAYS))
			(void)kh_array_push(&a->waiting, ((struct kh_report_place){kh_stmt_int(s, 2), kh_stmt_int(s, 0)}));
	}
	if (r == 0)
		*place = a->waiting.n < KH_REPORTS_AT_ONCE ? (struct kh_report_place){0} : a->waiting.v[a->waiting.n - 1];
	return r;
}

struct draft {
	struct attending *a;
	int64_t id;
	char sha256[KH_SHA256_HEX_SIZE];
	const char *name;
	int64_t size;
};

static int note_draft(struct kh_db *writer, void *arg)
{
	struct draft *d = arg;
	const struct kh_register *reg = &kh_registers[KH_REGISTER_REPORT_DUE];
	struct kh_record_by by = kh_record_by_system(d->a->now_s);
	struct kh_proof_new file = {.kind = "report", .name = d->name, .size = d->size, .sha256 = d->sha256};
	int64_t file_id = 0;
	int r = kh_proof_add(writer, reg, d->id, &file, &by, &file_id);
	return r < 0 ? r : kh_record_move(writer, reg, d->id, KH_RECORD_ANY_VERSION, "draft", NULL, NULL, &by);
}

static int make_draft(struct kh_db *db, struct attending *a, int64_t id)
{
	kh_auto_record struct kh_record record = {0};
	kh_auto_document struct kh_document document = {0};
	kh_auto_buf struct kh_buf bytes = KH_BUF_MAX(KH_PROOF_MAX_BYTES);
	int r = kh_record_get(db, &kh_registers[KH_REGISTER_REPORT_DUE], id, NULL, &record);
	struct kh_document_question q = {.directives = a->directives, .templates = a->templates, .period = r < 0 ? NULL : kh_record_text(&record, "period"), .scope = {record.unit_id},
					 .now_s = a->now_s, .rights = ~0u};
	struct draft draft = {.a = a, .id = id};
	r = r < 0 ? r : kh_document_make(db, &q, &document);
	r = r < 0 ? r : kh_document_write(&document, KH_DOCUMENT_DOCX, a->now_s, &bytes);
	r = r < 0 ? r : kh_proof_store(a->server->data_dir, bytes.data, bytes.len, draft.sha256);
	if (r < 0)
		return r;
	kh_auto_free char *name = kh_format("%s.docx", document.name);
	draft.name = name;
	draft.size = (int64_t)bytes.len;
	r = kh_store_write(a->server->store, note_draft, &draft);
	a->drafted += r == 0;
	return r;
}

static int draft_all(struct kh_db *db, struct attending *a)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < a->waiting.n; i++)
		r = kh_apart_note(a->apart, "report", a->waiting.v[i].id, make_draft(db, a, a->waiting.v[i].id));
	return r;
}

int kh_reports_attend(struct kh_server *server, const struct kh_directives *directives, const struct kh_templates *templates, int64_t now_s, struct kh_report_place *place,
		      struct kh_reports_attended *ret, struct kh_apart *apart)
{
	struct attending a = {.server = server, .directives = directives, .templates = templates, .now_s = now_s, .apart = apart};
	struct kh_db *reader = NULL;
	int r = kh_store_write(server->store, open_all, &a);
	a.opened = r < 0 ? 0 : a.opened;
	r = r < 0 ? r : kh_store_reader(server->store, &reader);
	r = r < 0 ? r : find_waiting(reader, &a, place);
	r = r < 0 ? r : draft_all(reader, &a);
	kh_array_done(&a.waiting);
	*ret = (struct kh_reports_attended){a.opened, a.drafted};
	return r;
}
