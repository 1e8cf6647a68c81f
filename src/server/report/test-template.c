#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "document/text.h"
#include "server/report/sentence.h"
#include "server/report/template.h"

#define HEAD "report: t\ntitle: Mẫu thử\ndata: directive\ntype: Báo cáo\nabout: Thử\n"

static int parse(const char *body, struct kh_template *ret)
{
	kh_auto_free char *text = kh_format(HEAD "%s", body);
	return kh_template_parse("packs/reports/t.yaml", text, strlen(text), ret);
}

static void test_the_packs_are_right(void **state)
{
	kh_auto_templates struct kh_templates all = {0};
	kh_auto_free char *path = kh_format("%s/packs/reports", getenv("KHIEN_SOURCE"));
	(void)state;
	if (kh_templates_load(path, &all) < 0)
		fail_msg("%s", kh_fail_detail());
	for (const struct kh_report_data *data = kh_report_data; data->name; data++)
		assert_non_null(kh_template_named(&all, data->name)); /* each kind has one of its name */
}

/* Every name a template may use stands in the page for those who edit them. */
static void check_named(const char *page, const struct kh_report_name *names)
{
	for (; names->name; names++) {
		if (kh_report_name_in(kh_report_record_names(KH_REGISTER_INCIDENT), names->name))
			continue; /* "every field of the register" */
		if (!strstr(page, names->name))
			fail_msg("packs/reports/README.md does not name %s", names->name);
		if (names->of && !kh_streq(names->name, "steps") && !kh_streq(names->name, "reports"))
			check_named(page, names->of);
	}
}

static void test_the_page_names_every_name(void **state)
{
	kh_auto_free char *path = kh_format("%s/packs/reports/README.md", getenv("KHIEN_SOURCE"));
	char page[20000] = "";
	FILE *file = fopen(path, "r");
	(void)state;
	assert_non_null(file);
	page[fread(page, 1, sizeof page - 1, file)] = '\0';
	assert_int_equal(fclose(file), 0);
	for (const struct kh_report_data *data = kh_report_data; data->name; data++)
		check_named(page, data->names);
}

static void test_mistakes_are_named_with_their_place(void **state)
{
	static const struct {
		const char *body, *complaint;
	} cases[] = {
		{"body: [{text: \"{machnes} máy\"}]\n", "t.yaml:6:15: there is no {machnes} here"},
		{"body: [{text: \"{state_text}\"}]\n", "there is no {state_text} here"}, /* of a clause, not of the whole */
		{"body: [{text: \"{machines\"}]\n", "a brace without its end"},
		{"body: [{text: a, when: machines >}]\n", "expected NAME, not NAME, or NAME = VALUE"},
		{"body: [{text: a, when: machines ~ 1}]\n", "expected NAME, not NAME, or NAME = VALUE"},
		{"body: [{text: a, when: machine > 0}]\n", "there is no {machine} here"},
		{"body: [{each: machines, body: []}]\n", "there is no list machines here"},
		{"body: [{each: clauses}]\n", "expected body: a list"},
		{"body: [{each: clauses, body: [{text: \"{quote}\"}], also: 1}]\n", "also"},
		{"body: [{txt: a}]\n", "txt"},
		{"body: [{lead: a}]\n", "expected one of section, clause, text, item, basis, remark, each, table"},
		{"body: [{table: clauses, columns: [{title: a}]}]\n", "expected one of text, number and day"},
		{"body: [{table: clauses, columns: [{title: a, number: quote}]}]\n", "there is no number quote here"},
		{"body: [{table: clauses, columns: [{title: a, text: \"{quot}\"}]}]\n", "there is no {quot} here"},
		{"body: [{table: clauses, most: 0, columns: [{title: a, number: n}]}]\n", "expected a whole number from 1 to 1000"},
		{"body: [{table: clauses, most: 5, total: b, columns: [{title: a, number: n}]}]\n", "most and total exclude each other"},
		{"body: []\nannexes: [{title: a, sheet: true, body: []}, {title: b, body: []}]\n", "stand before those with sheet: true"},
		{"body: a\n", "expected body: a list"},
		{"body: []\nannexes: [{body: []}]\n", "expected title: a sentence"},
		{"body: []\nto: a\n", "expected to: a list"},
		{"body: []\nform: table\n", "form: expected named or letter"},
		{"body: []\nforms: named\n", "forms"},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_template t = {0};
		assert_int_equal(parse(cases[i].body, &t), KH_E_INVALID_CONFIG);
		if (!strstr(kh_fail_detail(), cases[i].complaint) || !strstr(kh_fail_detail(), "packs/reports/t.yaml:"))
			fail_msg("%s: %s", cases[i].body, kh_fail_detail());
	}
}

static void test_the_name_is_that_of_the_file(void **state)
{
	struct kh_template t = {0};
	static const char text[] = HEAD "body: []\n";
	(void)state;
	assert_int_equal(kh_template_parse("packs/reports/other.yaml", text, strlen(text), &t), KH_E_INVALID_CONFIG);
	assert_non_null(strstr(kh_fail_detail(), "must be the name of the file"));
}

static void test_conditions(void **state)
{
	static const struct {
		const char *condition;
		bool holds;
	} cases[] = {
		{"machines > 0", true},      {"machines = 12", true},         {"machines >= 13", false},       {"machines < 100", true},      {"silent = null", true},
		{"silent > 0", false},       {"silent = 0", false},           {"silent != null", false},       {"silent != 0", true},         {"not silent", true},
		{"machines", true},          {"met", false},                  {"not met", true},               {"past", true},                {"unit = Phường Hoa Mai", true},
		{"unit != x", true},         {"machines > 0 and past", true}, {"machines > 0 and met", false}, {"clauses", false},            {"not clauses and past", true},
	};
	kh_auto_json json_t *data = json_pack("{s:i, s:n, s:i, s:b, s:s, s:[]}", "machines", 12, "silent", "met", 0, "past", 1, "unit", "Phường Hoa Mai", "clauses");
	struct kh_sentence_view view = {0};
	(void)state;
	kh_sentence_enter(&view, kh_report_data_named("directive")->names, data);
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		if (kh_condition_holds(&view, cases[i].condition) != cases[i].holds)
			fail_msg("%s", cases[i].condition);
}

static void test_values_are_written_as_in_vietnamese(void **state)
{
	kh_auto_json json_t *data = json_pack("{s:i, s:n, s:s, s:s, s:s, s:f}", "machines", 1234567, "silent", "day", "2026-11-21", "directive_date", "2024", "superior", "", "met", 97.43);
	struct kh_sentence_view view = {0};
	(void)state;
	kh_sentence_enter(&view, kh_report_data_named("directive")->names, data);
	kh_auto_free char *text = kh_sentence_fill(&view, "{machines} {silent} {day} {directive_date} {superior} {place} {met} {{x}, {superior}.");
	assert_string_equal(text, "1.234.567 chưa đo được 21/11/2026 2024 … … 97,4 {x}, …"); /* no fourth point behind a blank */
}

static void test_lists_tables_and_annexes(void **state)
{
	static const char body[] = "body:\n"
				   "  - each: clauses\n"
				   "    when: state = not_met\n"
				   "    body:\n"
				   "      - {clause: \"{n}. {clause} ở {unit}\"}\n"
				   "      - {each: needs, body: [{item: \"{need}\"}]}\n"
				   "annexes:\n"
				   "  - {title: Bảng, when: clauses, body: [{table: clauses, columns: [{title: STT, number: n}, {title: Hạn, day: by, blank: không nêu}, {title: Kết quả, text: \"{state_text}\"}]}]}\n"
				   "  - {title: Không có, when: rows, body: []}\n";
	kh_auto_json json_t *data = json_pack("{s:s, s:[{s:i, s:s, s:s, s:n, s:[]}, {s:i, s:s, s:s, s:s, s:[{s:s}]}]}", "unit", "Hoa Mai", "clauses", "n", 1, "state", "met", "clause", "1",
					      "by", "needs", "n", 2, "state", "not_met", "clause", "2", "by", "2026-01-05", "needs", "need", "sổ");
	struct kh_template t KH_CLEANUP(kh_template_done) = {0};
	kh_auto_paper struct kh_paper *paper = kh_paper_new();
	(void)state;
	assert_int_equal(parse(body, &t), 0);
	kh_template_fill(&t, data, paper);
	assert_int_equal(paper->body.blocks.n, 2);
	assert_string_equal(paper->body.blocks.v[0].text, "2. 2 ở Hoa Mai");
	assert_string_equal(paper->body.blocks.v[1].text, "sổ");
	assert_int_equal(paper->annexes.n, 1);
	const struct kh_paper_table *table = paper->annexes.v[0]->blocks.v[0].table;
	assert_int_equal(kh_paper_table_rows(table), 2);
	assert_int_equal(table->cells.v[0].kind, KH_CELL_NUMBER);
	assert_string_equal(table->cells.v[1].text, "không nêu");
	assert_int_equal(table->cells.v[4].kind, KH_CELL_DAY);
	assert_string_equal(table->cells.v[4].text, "05/01/2026");
}

/* On paper the first rows and how many more there are; sums under the columns of numbers; lists that only XLSX has. */
static void test_short_tables_totals_and_sheets(void **state)
{
	static const char body[] = "body: []\n"
				   "annexes:\n"
				   "  - {title: Dài, body: [{table: actions, most: 2, columns: [{title: STT, number: n}, {title: Điểm, text: \"{title}\"}]}]}\n"
				   "  - {title: Cộng, body: [{table: actions, total: Cộng, columns: [{title: STT, number: n}, {title: Điểm, text: \"{title}\"}, {title: Chưa đạt, number: fail}]}]}\n"
				   "  - {title: Đủ, sheet: true, body: [{table: actions, columns: [{title: Điểm, text: \"{title}\"}]}]}\n";
	kh_auto_json json_t *data = json_pack("{s:[{s:i, s:s, s:i}, {s:i, s:s, s:i}, {s:i, s:s, s:n}]}", "actions", "n", 1, "title", "a", "fail", 3, "n", 2, "title", "b", "fail", 4, "n", 3, "title",
					      "c", "fail");
	struct kh_template t KH_CLEANUP(kh_template_done) = {0};
	kh_auto_paper struct kh_paper *paper = kh_paper_new();
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	(void)state;
	assert_int_equal(parse(body, &t), 0);
	kh_template_fill(&t, data, paper);
	assert_int_equal(paper->annexes.n, 3);
	assert_int_equal(kh_paper_table_shown(paper->annexes.v[0]->blocks.v[0].table), 2);
	const struct kh_paper_table *sums = paper->annexes.v[1]->blocks.v[0].table;
	assert_int_equal(kh_paper_table_shown(sums), 4);
	assert_string_equal(sums->cells.v[9].text, ""); /* running numbers are no sum */
	assert_string_equal(sums->cells.v[10].text, "Cộng");
	assert_int_equal(sums->cells.v[11].kind, KH_CELL_NUMBER);
	assert_int_equal((int)sums->cells.v[11].number, 7);
	assert_int_equal(kh_plain_write(paper, &text), 0);
	assert_non_null(strstr(kh_buf_text(&text), "Và 1 dòng khác: xem tệp XLSX"));
	assert_non_null(strstr(kh_buf_text(&text), "Phụ lục II"));
	assert_null(strstr(kh_buf_text(&text), "Đủ"));
	kh_auto_free char *list = kh_paper_annex_line(paper, 2);
	assert_string_equal(list, "Danh sách 1");
}

KH_TESTS(test_the_packs_are_right, test_the_page_names_every_name, test_mistakes_are_named_with_their_place, test_the_name_is_that_of_the_file, test_conditions,
	 test_values_are_written_as_in_vietnamese, test_lists_tables_and_annexes, test_short_tables_totals_and_sheets)
