#include "server/report/data.h"

#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/posture/control.h"
#include "server/posture/figure.h"
#include "server/report/actions.h"
#include "server/report/json.h"

#define SHORT_QUOTE 160 /* characters: two lines on paper */

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

json_t *kh_data_actions(const struct kh_report *report)
{
	struct kh_actions actions = {0};
	json_t *list = json_array();
	kh_actions_find(report, &actions);
	for (size_t i = 0; i < actions.n; i++) {
		const struct kh_control *control = actions.of[i].control;
		const struct kh_counts *counts = &report->posture.of[kh_control_id(control)];
		kh_auto_free char *remedy = one_line(control->remedy[KH_VI]);
		json_t *o = json_object();
		kh_json_set_text(o, "title", control->title[KH_VI]);
		kh_json_set_int(o, "fail", counts->of[KH_FAIL]);
		kh_json_set_int(o, "all", kh_counts_sum(counts, 1u << KH_PASS | 1u << KH_FAIL | 1u << KH_UNKNOWN));
		kh_json_set_int(o, "clauses", (int64_t)actions.of[i].clauses);
		kh_json_set_text(o, "remedy", remedy);
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
	kh_json_set_int(o, "pass", counts->of[KH_PASS]);
	kh_json_set_int(o, "fail", counts->of[KH_FAIL]);
	kh_json_set_int(o, "unknown", counts->of[KH_UNKNOWN]);
	kh_json_set_int(o, "excepted", counts->of[KH_EXCEPTED]);
	kh_json_set_int(o, "all", kh_counts_sum(counts, 1u << KH_PASS | 1u << KH_FAIL | 1u << KH_UNKNOWN));
	kh_json_set_text(o, "remedy", remedy);
	return o;
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
	json_t *o = json_object(), *figures = json_array(), *answers = json_array(), *needs = json_array();
	for (size_t i = 0; i < clause->figures.n; i++)
		kh_data_add(figures, figure_of(report, clause->figures.v[i]));
	for (size_t i = 0; i < clause->controls.n; i++)
		kh_data_add(answers, answer_of(report, clause->controls.v[i]));
	for (size_t i = 0; i < clause->needs.n; i++) {
		json_t *need = json_object();
		kh_json_set_text(need, "need", clause->needs.v[i].in[KH_VI]);
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
	return o;
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

static json_t *row_of(const struct kh_row *row)
{
	json_t *o = json_object();
	kh_json_set_text(o, "control", row->control->title[KH_VI]);
	kh_json_set_text(o, "endpoint", row->hostname);
	kh_json_set_text(o, "unit", row->unit_name);
	kh_json_set_text(o, "subject", row->subject);
	kh_json_set_text(o, "evidence", row->evidence);
	return o;
}

/* What fails, control by control; what is not known is counted in the text. */
static json_t *rows_of(const struct kh_report *report)
{
	json_t *list = json_array();
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		kh_array_each(&report->evidence.rows[i].of, row)
			if (row->answer == KH_FAIL)
				kh_data_add(list, row_of(row));
	return list;
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

static json_t *data_of(const struct kh_report *report, const struct kh_office *office)
{
	const struct kh_directive *d = report->directives.v[0];
	struct kh_states states = kh_directive_states(d, &report->posture);
	kh_auto_free char *name = name_of(d);
	json_t *o = json_object(), *clauses = json_array(), *rows = rows_of(report);
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
	kh_json_set_int(o, "rows_total", (int64_t)json_array_size(rows));
	kh_json_set_int(o, "rows_most", KH_REPORT_EVIDENCE);
	kh_json_set_bool(o, "past", report->past);
	kh_json_set(o, "clauses", clauses);
	kh_json_set(o, "figures", figures_of(report, d));
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
	if (r == 0)
		*ret = data_of(&report, office);
	return r;
}
