#include "server/report/data.h"

#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/posture/control.h"
#include "server/posture/figure.h"
#include "server/report/actions.h"
#include "server/report/json.h"

#define SHORT_QUOTE 160 /* characters: two lines on paper */
#define EXAMPLES 3      /* machines named under what fails */
#define GAPS 2          /* of what a clause falls short of, named in a summary */

/* ---- shared ---- */

void kh_data_set_office(json_t *data, const struct kh_office *office, const char *day, int64_t now_s)
{
	char today[KH_ISO_SIZE];
	int64_t year = 0;
	kh_time_day(now_s, today);
	kh_auto_free char *digits = kh_strndup(day, 4);
	kh_json_set_text(data, "unit", office->unit);
	kh_json_set_text(data, "unit_code", office->unit_code);
	kh_json_set_text(data, "superior", office->superior);
	kh_json_set_text(data, "place", office->place);
	kh_json_set_text(data, "day", day);
	kh_json_set_text(data, "today", today);
	if (kh_parse_int(digits, 0, 9999, &year))
		kh_json_set_text(data, "year", digits); /* no thousands are parted in a year */
}

void kh_data_set_states(json_t *data, const struct kh_states *states)
{
	for (int i = 0; i < KH_STATES; i++)
		kh_json_set_int(data, kh_state_names[i], states->of[i]);
}

json_t *kh_data_value(const struct kh_figure *figure, bool known, double value)
{
	static const char *const units[] = {[KH_FIGURE_SHARE] = "%", [KH_FIGURE_COUNT] = "", [KH_FIGURE_HOURS] = " giờ", [KH_FIGURE_MINUTES] = " phút", [KH_FIGURE_SUM] = "",
					    [KH_FIGURE_MEAN] = ""};
	char number[KH_PAPER_NUMBER_SIZE];
	if (!known)
		return json_null();
	double tenths = kh_figure_round(value);
	(void)kh_paper_number_text(tenths, tenths == (double)(int64_t)tenths ? 0 : 1, number);
	kh_auto_free char *text = kh_format("%s%s", number, units[figure->value.kind]);
	return kh_json_string(text);
}

void kh_data_add(json_t *list, json_t *item)
{
	kh_json_set_int(item, "n", (int64_t)json_array_size(list) + 1);
	kh_json_add(list, item);
}

/* Steps that stand one under the other in the console stand behind each other in a sentence, which sets its own point. */
static char *one_line(const char *text)
{
	char *copy = kh_strdup(text ? text : "");
	for (char *c = copy; *c; c++)
		if (*c == '\n')
			*c = ' ';
	size_t n = strlen(copy);
	while (n && (copy[n - 1] == ' ' || copy[n - 1] == '.'))
		copy[--n] = '\0';
	return copy;
}

char *kh_data_phrase(const char *sentence)
{
	char *phrase = one_line(sentence);
	bool word = phrase[0] >= 'A' && phrase[0] <= 'Z' && phrase[1] >= 'a'; /* no abbreviation, whose second letter is a capital too */
	if (word)
		phrase[0] = (char)(phrase[0] + 'a' - 'A');
	return phrase;
}

void kh_data_set_why(json_t *o, const struct kh_figure *figure, bool known)
{
	kh_auto_free char *waits_for = kh_data_phrase(figure->waits_for[KH_VI]);
	kh_json_set_text(o, "waits_for", waits_for);
	kh_json_set_text(o, "why", known ? NULL : *waits_for ? waits_for : "chưa có dữ liệu");
}

/* pass + fail + unknown = all; excepted and not_applicable stand beside it. */
static void set_counts(json_t *o, const struct kh_counts *counts)
{
	for (int i = 0; i < KH_ANSWERS; i++)
		kh_json_set_int(o, kh_answer_names[i], counts->of[i]);
	kh_json_set_int(o, "all", kh_counts_sum(counts, 1u << KH_PASS | 1u << KH_FAIL | 1u << KH_UNKNOWN));
}

/* The first few that fail, each with its unit: "may-12 (Phường Hoa Mai); may-31 (Trường Hoa Mai)". */
static void set_examples(json_t *o, const struct kh_report *report, const struct kh_control *control)
{
	kh_auto_buf struct kh_buf names = KH_BUF_INIT;
	const struct kh_row *before = NULL;
	int64_t n = 0;
	kh_array_each(&report->evidence.rows[kh_control_id(control)].of, row) {
		bool again = before && kh_streq(kh_row_of(before), kh_row_of(row)); /* several of one machine follow each other */
		if (row->answer != KH_FAIL || again || n == EXAMPLES)
			continue;
		kh_buf_addf(&names, "%s%s", n++ ? "; " : "", kh_row_of(row));
		if (row->hostname)
			kh_buf_addf(&names, " (%s)", row->unit_name);
		before = row;
	}
	kh_json_set_text(o, "examples", names.len ? kh_buf_text(&names) : NULL);
}

json_t *kh_data_actions(const struct kh_report *report)
{
	struct kh_actions actions = {0};
	json_t *list = json_array();
	kh_actions_find(report, &actions);
	for (size_t i = 0; i < actions.n; i++) {
		const struct kh_control *control = actions.of[i].control;
		kh_auto_free char *remedy = one_line(control->remedy[KH_VI]);
		json_t *o = json_object();
		kh_json_set_text(o, "title", control->title[KH_VI]);
		set_counts(o, &report->posture.of[kh_control_id(control)]);
		kh_json_set_int(o, "clauses", (int64_t)actions.of[i].clauses);
		kh_json_set_text(o, "remedy", remedy);
		set_examples(o, report, control);
		kh_data_add(list, o);
	}
	return list;
}

/* ---- a clause ---- */

static json_t *figure_of(const struct kh_report *report, const struct kh_figure *figure)
{
	double value = 0;
	bool known = kh_figure_read(figure, &report->posture, &value);
	json_t *o = json_object();
	kh_json_set_text(o, "id", figure->id);
	kh_json_set_text(o, "title", figure->title[KH_VI]);
	kh_json_set(o, "value", kh_data_value(figure, known, value));
	kh_json_set(o, "number", kh_json_number(known, value));
	kh_json_set(o, "target", kh_data_value(figure, figure->has_target, figure->target));
	kh_json_set_bool(o, "reached", known && figure->has_target && kh_figure_met(figure, value));
	kh_data_set_why(o, figure, known);
	kh_json_set_text(o, "note", figure->note[KH_VI]);
	return o;
}

static json_t *answer_of(const struct kh_report *report, const struct kh_control *control)
{
	const struct kh_counts *counts = &report->posture.of[kh_control_id(control)];
	enum kh_state state = kh_state_of_one(counts);
	kh_auto_free char *remedy = one_line(control->remedy[KH_VI]);
	json_t *o = json_object();
	kh_json_set_text(o, "title", control->title[KH_VI]);
	kh_json_set_text(o, "state", kh_state_names[state]);
	kh_json_set_text(o, "state_text", kh_state_text(KH_VI, state));
	set_counts(o, counts);
	kh_json_set_text(o, "remedy", remedy);
	return o;
}

static int64_t failing(const struct kh_report *report, const struct kh_control *control)
{
	return report->posture.of[kh_control_id(control)].of[KH_FAIL];
}

/* The control of a clause at which most fail, but for those already named. */
static const struct kh_control *worst_of(const struct kh_report *report, const struct kh_clause *clause, const struct kh_control *const named[GAPS], size_t n)
{
	const struct kh_control *worst = NULL;
	for (size_t i = 0; i < clause->controls.n; i++) {
		const struct kh_control *control = clause->controls.v[i];
		bool known = false;
		for (size_t k = 0; k < n; k++)
			known |= named[k] == control;
		if (!known && failing(report, control) > (worst ? failing(report, worst) : 0))
			worst = control;
	}
	return worst;
}

/* Where a clause falls short, most first: "Bảo vệ thời gian thực đang bật: 9/50; … và 3 điểm khác". */
static void set_gaps(json_t *o, const struct kh_report *report, const struct kh_clause *clause)
{
	kh_auto_buf struct kh_buf gaps = KH_BUF_INIT;
	const struct kh_control *named[GAPS] = {0};
	size_t all = 0, n = 0;
	for (size_t i = 0; i < clause->controls.n; i++)
		all += failing(report, clause->controls.v[i]) > 0;
	for (; n < GAPS && (named[n] = worst_of(report, clause, named, n)); n++)
		kh_buf_addf(&gaps, "%s%s: %lld/%lld", n ? "; " : "", named[n]->title[KH_VI], (long long)failing(report, named[n]),
			    (long long)kh_counts_sum(&report->posture.of[kh_control_id(named[n])], 1u << KH_PASS | 1u << KH_FAIL | 1u << KH_UNKNOWN));
	if (all > n)
		kh_buf_addf(&gaps, "; và %zu điểm khác", all - n);
	kh_json_set_text(o, "gaps", gaps.len ? kh_buf_text(&gaps) : NULL);
}

/* The beginning of a quotation, up to the end of a word. */
static char *shortened(const char *quote)
{
	size_t n = kh_utf8_valid_prefix(quote, strlen(quote), SHORT_QUOTE);
	if (!quote[n])
		return kh_strdup(quote);
	while (n > 0 && quote[n] != ' ')
		n--;
	while (n > 0 && strchr(" ,.;:", quote[n - 1]))
		n--;
	return kh_format("%.*s…", (int)n, quote);
}

static json_t *clause_of(const struct kh_report *report, const struct kh_clause *clause)
{
	enum kh_state state = kh_clause_state(clause, &report->posture);
	kh_auto_free char *quote = shortened(clause->quote);
	kh_auto_free char *where = kh_format("%s%s", clause->clause[0] >= '0' && clause->clause[0] <= '9' ? "Mục " : "", clause->clause);
	kh_auto_buf struct kh_buf lacks = KH_BUF_INIT;
	json_t *o = json_object(), *figures = json_array(), *answers = json_array(), *needs = json_array();
	for (size_t i = 0; i < clause->figures.n; i++)
		kh_data_add(figures, figure_of(report, clause->figures.v[i]));
	for (size_t i = 0; i < clause->controls.n; i++)
		kh_data_add(answers, answer_of(report, clause->controls.v[i]));
	for (size_t i = 0; i < clause->needs.n; i++) {
		json_t *need = json_object();
		kh_json_set_text(need, "need", clause->needs.v[i].in[KH_VI]);
		kh_buf_addf(&lacks, "%s%s", i ? "; " : "", clause->needs.v[i].in[KH_VI]);
		kh_data_add(needs, need);
	}
	kh_json_set_text(o, "id", clause->id);
	kh_json_set_text(o, "clause", clause->clause);
	kh_json_set_text(o, "where", where);
	kh_json_set_text(o, "quote", clause->quote);
	kh_json_set_text(o, "short", quote);
	kh_json_set_text(o, "kind", clause->kind);
	kh_json_set_text(o, "does", clause->does.in[KH_VI]);
	kh_json_set_text(o, "state", kh_state_names[state]);
	kh_json_set_text(o, "state_text", kh_state_text(KH_VI, state));
	kh_json_set_text(o, "by", clause->by);
	kh_json_set_bool(o, "overdue", clause->by && strcmp(clause->by, report->day) < 0 && state != KH_MET && state != KH_STATE_NOT_APPLICABLE);
	kh_json_set(o, "figures", figures);
	kh_json_set(o, "answers", answers);
	kh_json_set(o, "needs", needs);
	kh_json_set_text(o, "lacks", clause->needs.n ? kh_buf_text(&lacks) : NULL);
	set_gaps(o, report, clause);
	return o;
}

/* Every control of every clause, for a list to work by. */
static json_t *points_of(const struct kh_report *report, const struct kh_directive *d)
{
	json_t *list = json_array();
	for (size_t i = 0; i < d->clauses.n; i++)
		for (size_t k = 0; k < d->clauses.v[i].controls.n; k++) {
			json_t *o = answer_of(report, d->clauses.v[i].controls.v[k]);
			kh_json_set_text(o, "clause", d->clauses.v[i].clause);
			kh_data_add(list, o);
		}
	return list;
}

/* ---- the whole ---- */

/* Every figure of the directive once, in the order of its clauses. */
static json_t *figures_of(const struct kh_report *report, const struct kh_directive *d)
{
	bool seen[KH_FIGURES_COUNT] = {false};
	json_t *list = json_array();
	for (size_t i = 0; i < d->clauses.n; i++)
		for (size_t k = 0; k < d->clauses.v[i].figures.n; k++) {
			const struct kh_figure *figure = d->clauses.v[i].figures.v[k];
			if (!seen[figure - kh_figures])
				kh_data_add(list, figure_of(report, figure));
			seen[figure - kh_figures] = true;
		}
	return list;
}

/* What a row is about, in words: what the store names by number, by code or by the name of a control is called by its own name. */
static char *subject_of(const struct kh_row *row)
{
	const struct kh_control *control = kh_control_named(row->subject);
	if (control)
		return kh_strdup(control->title[KH_VI]);
	if (kh_streq(row->subject, row->unit_code))
		return kh_strdup(row->unit_name);
	return kh_streq(row->control->subject, "detection") ? kh_format("Phát hiện số %s", row->subject) : kh_strdup(row->subject);
}

static json_t *row_of(const struct kh_row *row)
{
	kh_auto_free char *subject = subject_of(row);
	json_t *o = json_object();
	kh_json_set_text(o, "control", row->control->title[KH_VI]);
	kh_json_set_text(o, "endpoint", row->hostname);
	kh_json_set_text(o, "unit", row->unit_name);
	kh_json_set_text(o, "subject", subject);
	kh_json_set_text(o, "evidence", row->evidence);
	return o;
}

static int by_place(const void *a, const void *b)
{
	const struct kh_row *x = a, *y = b;
	int units = strcmp(x->unit_name, y->unit_name), names = units ? units : strcmp(kh_row_of(x), kh_row_of(y));
	return names ? names : strcmp(x->subject, y->subject);
}

/* What fails in the controls that clauses ask, control by control, unit by unit; what is not known is counted in the text. */
static json_t *rows_of(struct kh_report *report, const struct kh_actions *actions)
{
	json_t *list = json_array();
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++) {
		struct kh_row_list *rows = &report->evidence.rows[i];
		if (!actions->number[i] || !rows->of.n)
			continue;
		qsort(rows->of.v, rows->of.n, sizeof rows->of.v[0], by_place);
		kh_array_each(&rows->of, row)
			if (row->answer == KH_FAIL)
				kh_data_add(list, row_of(row));
	}
	return list;
}

/* How many cases fail in all, every control of the directive once. */
static int64_t rows_total(const struct kh_report *report, const struct kh_actions *actions)
{
	int64_t total = 0;
	for (size_t i = 0; i < actions->n; i++)
		total += failing(report, actions->of[i].control);
	return total;
}

void kh_data_set_reached(json_t *o, const json_t *figures)
{
	int64_t reached = 0, missed = 0, free = 0, unknown = 0;
	size_t i = 0;
	const json_t *figure = NULL;
	json_array_foreach(figures, i, figure) {
		bool known = !json_is_null(json_object_get(figure, "value")), aimed = !json_is_null(json_object_get(figure, "target"));
		bool met = json_is_true(json_object_get(figure, "reached"));
		reached += met;
		missed += known && aimed && !met;
		free += known && !aimed;
		unknown += !known;
	}
	kh_json_set_int(o, "figures_total", (int64_t)json_array_size(figures));
	kh_json_set_int(o, "figures_reached", reached);
	kh_json_set_int(o, "figures_missed", missed);
	kh_json_set_int(o, "figures_free", free);
	kh_json_set_int(o, "figures_unknown", unknown);
}

static int64_t count_overdue(const json_t *clauses)
{
	int64_t n = 0;
	size_t i = 0;
	const json_t *clause = NULL;
	json_array_foreach(clauses, i, clause)
		n += json_is_true(json_object_get(clause, "overdue"));
	return n;
}

/* "Văn bản số 12/UBND ngày 24/9/2025 của UBND phường …", as far as the text of the directive says. */
static char *name_of(const struct kh_directive *d)
{
	kh_auto_buf struct kh_buf name = KH_BUF_INIT;
	kh_buf_adds(&name, "Văn bản");
	if (d->number)
		kh_buf_addf(&name, " số %s", d->number);
	if (d->date && strlen(d->date) == strlen("2026-11-21"))
		kh_buf_addf(&name, " ngày %.2s tháng %d năm %.4s", d->date + 8, (d->date[5] - '0') * 10 + d->date[6] - '0', d->date);
	else if (d->date)
		kh_buf_addf(&name, " năm %s", d->date);
	kh_buf_addf(&name, " của %s", d->issuer);
	return kh_buf_take(&name);
}

static json_t *data_of(struct kh_report *report, const struct kh_office *office)
{
	const struct kh_directive *d = report->directives.v[0];
	struct kh_states states = kh_directive_states(d, &report->posture);
	kh_auto_free char *name = name_of(d);
	struct kh_actions actions = {0};
	kh_actions_find(report, &actions);
	json_t *o = json_object(), *clauses = json_array(), *rows = rows_of(report, &actions), *figures = figures_of(report, d);
	int64_t total = rows_total(report, &actions);
	for (size_t i = 0; i < d->clauses.n; i++)
		kh_data_add(clauses, clause_of(report, &d->clauses.v[i]));
	kh_data_set_office(o, office, report->day, report->now_s);
	kh_data_set_states(o, &states);
	kh_json_set_text(o, "directive", d->title.in[KH_VI]);
	kh_json_set_text(o, "directive_id", d->id);
	kh_json_set_text(o, "directive_name", name);
	kh_json_set_text(o, "directive_number", d->number);
	kh_json_set_text(o, "directive_date", d->date);
	kh_json_set_text(o, "directive_issuer", d->issuer);
	kh_json_set_int(o, "machines", report->machines);
	kh_json_set_int(o, "silent", kh_posture_silent(&report->posture));
	kh_json_set_int(o, "clauses_total", (int64_t)d->clauses.n);
	kh_json_set_int(o, "rows_total", total);
	kh_json_set_int(o, "rows_left", total - (int64_t)json_array_size(rows));
	kh_json_set_int(o, "overdue_total", count_overdue(clauses));
	kh_data_set_reached(o, figures);
	kh_json_set_bool(o, "past", report->past);
	kh_json_set(o, "clauses", clauses);
	kh_json_set(o, "points", points_of(report, d));
	kh_json_set(o, "figures", figures);
	kh_json_set(o, "actions", kh_data_actions(report));
	kh_json_set(o, "rows", rows);
	return o;
}

int kh_data_directive(struct kh_db *db, const struct kh_report_question *question, const struct kh_office *office, json_t **ret)
{
	kh_auto_report struct kh_report report = {0};
	struct kh_report_question q = *question;
	q.language = KH_VI;
	int r = kh_report_make(db, &q, &report);
	if (r < 0)
		return r;
	kh_auto_json json_t *data = data_of(&report, office);
	r = kh_data_set_units(db, &q.scope, &report, report.directives.v[0], data);
	if (r == 0)
		*ret = kh_take(data);
	return r;
}
