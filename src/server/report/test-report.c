#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/posture/posture.h"
#include "server/posture/synthetic.h"
#include "server/report/layout.h"
#include "server/report/report.h"

#define MACHINES 30

struct fixture {
	struct kh_db *db;
	struct kh_directives directives;
};

static int setup(void **state)
{
	struct fixture *f = kh_alloc(sizeof *f);
	struct kh_synthetic s = {.wards = 1, .units_per_ward = 1, .endpoints = MACHINES, .most_rows = 3, .seed = 5};
	kh_auto_free char *packs = kh_format("%s/packs/directives", getenv("KHIEN_SOURCE"));
	ok(kh_db_open("sqlite::memory:", &(struct kh_db_options){.create = true}, &f->db));
	ok(kh_synthetic_schema(f->db));
	ok(kh_synthetic_fill(f->db, &s, kh_now_s()));
	/* A machine may call itself what it likes: the terminal must not obey. */
	ok(kh_db_run(f->db, "UPDATE endpoint SET hostname = ?1 WHERE id = 1", "x\033[31m\"evil\n\xC2\x9B"));
	for (int64_t id = 1; id <= MACHINES; id++)
		ok(kh_posture_endpoint_changed(f->db, id, NULL, 0));
	ok(kh_directives_load(packs, &f->directives));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	kh_directives_done(&f->directives);
	kh_db_close(f->db);
	free(f);
	return 0;
}

static void make(const struct fixture *f, const char *directive, const char *at, enum kh_language language, struct kh_report *ret)
{
	struct kh_report_question q = {.directives = &f->directives, .directive = directive, .scope = {1}, .at = at, .language = language, .now_s = kh_now_s()};
	ok(kh_report_make(f->db, &q, ret));
}

/* --- JSON --- */

static int rank(const char *state)
{
	static const char *const worst_first[] = {"fail", "unknown", "excepted", "pass", "not_applicable"};
	for (int i = 0; i < (int)KH_COUNT(worst_first); i++)
		if (kh_streq(worst_first[i], state))
			return i;
	fail_msg("unknown answer %s", state);
	return -1;
}

static size_t check_figure(const json_t *figure)
{
	size_t i = 0;
	int before = 0;
	json_t *row = NULL, *rows = json_object_get(figure, "evidence");
	assert_true(json_array_size(rows) <= KH_REPORT_EVIDENCE);
	json_array_foreach(rows, i, row) {
		static const char *const fields[] = {"endpoint", "subject", "state", "control"};
		for (size_t k = 0; k < KH_COUNT(fields); k++)
			assert_true(json_is_string(json_object_get(row, fields[k])));
		int now = rank(json_string_value(json_object_get(row, "state")));
		assert_true(now >= before);
		before = now;
	}
	/* What is not measured has no value, and says what it waits for or shows who could not be asked. */
	if (json_is_null(json_object_get(figure, "value")))
		assert_true(json_is_null(json_object_get(figure, "met")));
	return json_array_size(rows);
}

static size_t check_clause(const json_t *clause)
{
	static const char *const texts[] = {"id", "quote", "state", "clause", "kind", "does"};
	size_t i = 0, rows = 0;
	json_t *figure = NULL;
	for (size_t k = 0; k < KH_COUNT(texts); k++)
		assert_true(json_is_string(json_object_get(clause, texts[k])));
	assert_true(json_is_array(json_object_get(clause, "needs")));
	assert_true(json_is_array(json_object_get(clause, "answers")));
	json_array_foreach(json_object_get(clause, "figures"), i, figure)
		rows += check_figure(figure);
	return rows;
}

static void count(const json_t *report, size_t *ret_clauses, size_t *ret_rows)
{
	size_t d = 0, i = 0;
	json_t *directive = NULL, *clause = NULL;
	*ret_clauses = *ret_rows = 0;
	json_array_foreach(json_object_get(report, "directives"), d, directive)
		json_array_foreach(json_object_get(directive, "clauses"), i, clause) {
			*ret_rows += check_clause(clause);
			(*ret_clauses)++;
		}
}

static void test_json(void **state)
{
	kh_auto_report struct kh_report report = {0};
	size_t clauses = 0, rows = 0;
	make(*state, NULL, NULL, KH_VI, &report);
	kh_auto_json json_t *json = kh_report_json(&report);
	count(json, &clauses, &rows);
	assert_int_equal(clauses, 105);
	assert_true(rows > 100);
	assert_string_equal(json_string_value(json_object_get(json_object_get(json, "unit"), "code")), "tinh");
}

static void test_past(void **state)
{
	kh_auto_report struct kh_report report = {0};
	size_t clauses = 0, rows = 0;
	make(*state, "minh-long-2024", "2024-06-30", KH_EN, &report);
	kh_auto_json json_t *json = kh_report_json(&report);
	count(json, &clauses, &rows);
	assert_int_equal(clauses, 19);
	assert_int_equal(rows, 0);
	assert_string_equal(json_string_value(json_object_get(json, "at")), "2024-06-30");
	assert_non_null(strstr(json_string_value(json_object_get(json, "note")), "today only"));
}

static void test_unknown(void **state)
{
	const struct fixture *f = *state;
	struct kh_report none = {0};
	struct kh_report_question q = {.directives = &f->directives, .directive = "khong-co", .scope = {1}, .now_s = kh_now_s()};
	assert_int_equal(kh_report_make(f->db, &q, &none), KH_E_UNKNOWN_DIRECTIVE);
	assert_string_equal(kh_fail_detail(), "khong-co");
	q = (struct kh_report_question){.directives = &f->directives, .scope = {999}, .now_s = kh_now_s()};
	assert_int_equal(kh_report_make(f->db, &q, &none), KH_E_UNKNOWN_UNIT);
	q = (struct kh_report_question){.directives = &f->directives, .scope = {1}, .at = "hôm qua", .now_s = kh_now_s()};
	assert_int_equal(kh_report_make(f->db, &q, &none), KH_E_INVALID_FIELD);
	assert_int_equal(kh_error_info(KH_E_UNKNOWN_DIRECTIVE)->exit_status, 2);
}

/* --- CSV --- */

/* Cells of the line that begins at *at, which moves behind its end. */
static size_t cells_of_line(const char **at)
{
	size_t cells = 1;
	bool quoted = false;
	for (; **at && (quoted || **at != '\r'); (*at)++) {
		quoted ^= **at == '"';
		cells += !quoted && **at == ',';
	}
	assert_false(quoted);
	assert_memory_equal(*at, "\r\n", 2);
	*at += 2;
	return cells;
}

static void test_csv(void **state)
{
	kh_auto_report struct kh_report report = {0};
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	size_t lines = 0, expected = 1;
	make(*state, NULL, NULL, KH_VI, &report);
	kh_report_csv(&report, &out);
	kh_array_each(&report.directives, d)
		kh_array_each(&(*d)->clauses, clause)
			expected += KH_MAX(clause->figures.n, 1);
	assert_memory_equal(out.data, "\xEF\xBB\xBF", 3);
	for (const char *at = out.data + 3; *at; lines++)
		assert_int_equal(cells_of_line(&at), 18);
	assert_int_equal(lines, expected);
}

/* --- text --- */

static void check_width(const char *text, size_t width)
{
	kh_auto_free char *copy = kh_strdup(text);
	char *rest = copy;
	for (char *line = kh_split(&rest, "\n"); line; line = kh_split(&rest, "\n"))
		if (kh_utf8_width(line) > width)
			fail_msg("%zu columns in %zu: %s", kh_utf8_width(line), width, line);
}

static void test_text(void **state)
{
	for (int language = 0; language < 2; language++) {
		kh_auto_report struct kh_report report = {0};
		make(*state, NULL, NULL, (enum kh_language)language, &report);
		for (size_t width = 80; width <= 120; width += 20) {
			kh_auto_buf struct kh_buf out = KH_BUF_INIT;
			kh_report_text(&report, &(struct kh_report_look){.width = width}, &out);
			check_width(kh_buf_text(&out), width);
			assert_null(strchr(kh_buf_text(&out), '\033'));
			assert_null(strstr(kh_buf_text(&out), "\xC2\x9B"));
			assert_non_null(strstr(kh_buf_text(&out), "thai-hoa-2025"));
			assert_non_null(strstr(kh_buf_text(&out), "2-8d"));
		}
	}
}

static void test_colours(void **state)
{
	kh_auto_report struct kh_report report = {0};
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	make(*state, "minh-long-2024", NULL, KH_VI, &report);
	kh_report_text(&report, &(struct kh_report_look){.width = 100, .colours = true}, &out);
	assert_non_null(strstr(kh_buf_text(&out), "\033[1m3-1a\033[0m"));
	assert_null(strstr(kh_buf_text(&out), "\"evil\n"));
}

static void test_wrap(void **state)
{
	(void)state;
	static const struct {
		size_t at, indent;
		const char *text, *expected;
	} cases[] = {
		{0, 0, "", "\n"},
		{0, 0, "một hai ba", "một hai ba\n"},
		{0, 2, "một hai ba bốn năm", "một hai ba bốn\n  năm\n"},
		{0, 0, "mộthaibabốnnămsáubảy", "mộthaibabốnnămsáubảy\n"}, /* a word longer than the line stands as it is */
		{0, 2, "một\nhai", "một\n  hai\n"},
		{0, 0, "một\n", "một\n"},
		{10, 2, "một hai", "một\n  hai\n"},
		{0, 0, "một\ttab\033[0m", "mộttab[0m\n"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_buf struct kh_buf out = KH_BUF_INIT;
		struct kh_layout l = {.out = &out, .width = 15};
		kh_layout_wrap(&l, cases[i].at, cases[i].indent, KH_BAD, cases[i].text);
		assert_string_equal(kh_buf_text(&out), cases[i].expected);
	}
}

static void test_shorten(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t columns;
		const char *expected;
	} cases[] = {
		{"Bình Chánh", 10, "Bình Chánh"}, {"Bình Chánh", 9, "Bình Chá…"}, {"Bình Chánh", 6, "Bình…"}, {"Bình Chánh", 1, "…"},
		{"bảo ... vệ", 8, "bảo…"},        {"漢字漢字", 5, "漢字…"},           {"", 0, ""},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *text = kh_layout_shorten(cases[i].text, cases[i].columns);
		assert_string_equal(text, cases[i].expected);
	}
}

KH_TESTS_WITH(setup, teardown, test_json, test_past, test_unknown, test_csv, test_text, test_colours, test_wrap, test_shorten)
