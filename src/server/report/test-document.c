#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "server/posture/posture.h"
#include "server/posture/synthetic.h"
#include "server/register/record.h"
#include "server/report/document.h"
#include "server/unit/unit.h"

#include "gen/roles.h"

#define MACHINES 40
#define NOON 1795406400 /* 2026-11-23 12:00 in Viet Nam */

struct fixture {
	struct kh_db *db;
	struct kh_directives directives;
	struct kh_templates templates;
};

static int setup(void **state)
{
	struct fixture *f = kh_alloc(sizeof *f);
	struct kh_synthetic s = {.wards = 2, .units_per_ward = 1, .endpoints = MACHINES, .most_rows = 3, .seed = 5};
	kh_auto_free char *directives = kh_format("%s/packs/directives", getenv("KHIEN_SOURCE")), *templates = kh_format("%s/packs/reports", getenv("KHIEN_SOURCE"));
	ok(kh_db_open("sqlite::memory:", &(struct kh_db_options){.create = true}, &f->db));
	ok(kh_synthetic_schema(f->db));
	ok(kh_synthetic_fill(f->db, &s, kh_now_s()));
	for (int64_t id = 1; id <= MACHINES; id++)
		ok(kh_posture_endpoint_changed(f->db, id, NULL, 0));
	ok(kh_directives_load(directives, &f->directives));
	ok(kh_templates_load(templates, &f->templates));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	kh_directives_done(&f->directives);
	kh_templates_done(&f->templates);
	kh_db_close(f->db);
	free(f);
	return 0;
}

static struct kh_document_question question(const struct fixture *f)
{
	return (struct kh_document_question){.directives = &f->directives, .templates = &f->templates, .scope = {1}, .now_s = kh_now_s(), .rights = ~0u};
}

/* ---- periods ---- */

static void test_periods(void **state)
{
	static const struct {
		const char *text, *name, *before, *from, *to;
	} cases[] = {
		{"2026-11", "tháng 11 năm 2026", "tháng 10 năm 2026", "2026-11-01", "2026-11-30"}, {"2026-01", "tháng 1 năm 2026", "tháng 12 năm 2025", "2026-01-01", "2026-01-31"},
		{"2024-02", "tháng 2 năm 2024", "tháng 1 năm 2024", "2024-02-01", "2024-02-29"},   {"2026-Q4", "quý 4 năm 2026", "quý 3 năm 2026", "2026-10-01", "2026-12-31"},
		{"2026-Q1", "quý 1 năm 2026", "quý 4 năm 2025", "2026-01-01", "2026-03-31"},       {"2025", "năm 2025", "năm 2024", "2025-01-01", "2025-12-31"},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_period p = {0};
		char from[KH_DAY_SIZE], to[KH_DAY_SIZE];
		ok(kh_period_parse(cases[i].text, NOON, &p));
		assert_string_equal(p.name, cases[i].name);
		assert_string_equal(p.before_name, cases[i].before);
		assert_string_equal(kh_posture_day_text(p.from_day, NOON, from), cases[i].from);
		assert_string_equal(kh_posture_day_text(p.to_day, NOON, to), cases[i].to);
	}
}

static void test_wrong_periods(void **state)
{
	static const char *const wrong[] = {"", "2026-13", "2026-00", "2026-1", "2026-Q5", "2026-Q0", "2026-q1", "26-11", "2026-12", "2027", "1999-01", "2026-11-01", "x\x1b[31m"};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(wrong); i++) {
		struct kh_period p = {0};
		assert_int_equal(kh_period_parse(wrong[i], NOON, &p), KH_E_INVALID_FIELD);
	}
}

/* ---- documents ---- */

static void test_what_is_asked(void **state)
{
	const struct fixture *f = *state;
	static const struct {
		const char *directive, *period, *template_id, *at;
		int error;
	} cases[] = {
		{"thai-hoa-2025", NULL, NULL, NULL, 0},
		{"thai-hoa-2025", NULL, "proposal", NULL, 0},
		{NULL, "2026", NULL, NULL, 0},
		{NULL, NULL, "inspection", NULL, 0},
		{NULL, NULL, NULL, NULL, KH_E_INVALID_FIELD},
		{"thai-hoa-2025", "2026", NULL, NULL, KH_E_INVALID_FIELD},
		{"thai-hoa-2025", NULL, "period", NULL, KH_E_INVALID_FIELD},
		{NULL, NULL, "period", NULL, KH_E_INVALID_FIELD},
		{NULL, "2026", NULL, "2026-01-01", KH_E_INVALID_FIELD},
		{NULL, "2026", "../../etc/passwd", NULL, KH_E_NOT_FOUND},
		{"nowhere", NULL, NULL, NULL, KH_E_UNKNOWN_DIRECTIVE},
		{"thai-hoa-2025", NULL, NULL, "2026-02-30", KH_E_INVALID_FIELD},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_document struct kh_document document = {0};
		struct kh_document_question q = question(f);
		q.directive = cases[i].directive;
		q.period = cases[i].period;
		q.template_id = cases[i].template_id;
		q.at = cases[i].at;
		int r = kh_document_make(f->db, &q, &document);
		if (r != cases[i].error)
			fail_msg("%zu: %s: %s", i, r < 0 ? kh_error_info(r)->name : "0", kh_fail_detail());
	}
}

static void test_every_directive_in_every_form(void **state)
{
	const struct fixture *f = *state;
	for (size_t d = 0; d < f->directives.of.n; d++) {
		kh_auto_document struct kh_document document = {0};
		struct kh_document_question q = question(f);
		q.directive = f->directives.of.v[d].id;
		ok(kh_document_make(f->db, &q, &document));
		for (int format = 0; format < KH_DOCUMENT_FORMATS; format++) {
			kh_auto_buf struct kh_buf out = KH_BUF_INIT;
			ok(kh_document_write(&document, (enum kh_document_format)format, q.now_s, &out));
			assert_true(out.len > 500);
		}
	}
}

/* The rows of a table with this title; NULL: there is none. */
static const struct kh_paper_table *table_of(const struct kh_paper *paper, const char *title)
{
	kh_array_each(&paper->annexes, annex)
		if (kh_streq((*annex)->title, title))
			return (*annex)->blocks.v[(*annex)->blocks.n - 1].table;
	return NULL;
}

/* Every clause with its state, in full in XLSX; what nothing measures is said to be so and never a number. */
static void test_a_report_says_every_clause(void **state)
{
	const struct fixture *f = *state;
	kh_auto_document struct kh_document document = {0};
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	struct kh_document_question q = question(f);
	q.directive = "thai-hoa-2025";
	ok(kh_document_make(f->db, &q, &document));
	ok(kh_document_write(&document, KH_DOCUMENT_TEXT, q.now_s, &out));
	const struct kh_directive *d = kh_directive_named(&f->directives, q.directive);
	const struct kh_paper_table *shown = table_of(document.paper, "Tổng hợp kết quả theo từng nội dung"), *whole = table_of(document.paper, "Toàn văn các nội dung");
	assert_int_equal(kh_paper_table_shown(shown), d->clauses.n);
	assert_int_equal(kh_paper_table_rows(whole), d->clauses.n);
	for (size_t i = 0; i < d->clauses.n; i++)
		assert_string_equal(whole->cells.v[i * whole->columns.n + 2].text, d->clauses.v[i].quote);
	assert_non_null(strstr(kh_buf_text(&out), "chưa đo được"));
	assert_null(strstr(kh_buf_text(&out), "{"));
}

/* A list to work by has every case, and paper a few of each. */
static void test_every_case_is_in_the_list(void **state)
{
	const struct fixture *f = *state;
	kh_auto_document struct kh_document brief = {0}, all = {0};
	struct kh_document_question q = question(f);
	q.directive = "thai-hoa-2025";
	ok(kh_document_make(f->db, &q, &brief));
	q.all_rows = true;
	ok(kh_document_make(f->db, &q, &all));
	const struct kh_paper_table *few = table_of(brief.paper, "Các trường hợp chưa đạt"), *rows = table_of(all.paper, "Các trường hợp chưa đạt");
	int64_t total = json_integer_value(json_object_get(all.data, "rows_total"));
	assert_int_equal(kh_paper_table_rows(rows), total);
	assert_int_equal(json_integer_value(json_object_get(all.data, "rows_left")), 0);
	assert_true(kh_paper_table_rows(few) < kh_paper_table_rows(rows));
	assert_int_equal(json_integer_value(json_object_get(brief.data, "rows_left")), total - (int64_t)kh_paper_table_rows(few));
}

static void test_formats_by_name(void **state)
{
	static const struct {
		const char *path, *format;
	} cases[] = {{"a.pdf", "pdf"}, {"/b.c/A.PDF", "pdf"}, {"x.docx", "docx"}, {"x.xlsx", "xlsx"}, {"x.txt", "text"}, {"x.json", "json"}, {"x.csv", "csv"},
		     {"x.doc", NULL},  {"pdf", NULL},         {"/b.pdf/a", NULL}, {"x.", NULL}};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		if (!kh_streq(kh_document_format_of(cases[i].path), cases[i].format))
			fail_msg("%s", cases[i].path);
}

static void test_an_office_of_which_nothing_is_known(void **state)
{
	const struct fixture *f = *state;
	kh_auto_document struct kh_document document = {0};
	struct kh_document_question q = question(f);
	q.template_id = "inspection";
	ok(kh_document_make(f->db, &q, &document));
	assert_string_equal(document.paper->symbol, "…-…");
	assert_string_equal(document.paper->signer, "");
	assert_int_equal(document.paper->to.n, 0); /* the top unit has no superior */
	/* The list of devices that draft secrets is for those who may read its register. */
	kh_auto_document struct kh_document refused = {0};
	q.rights &= ~(unsigned)kh_registers[KH_REGISTER_DEVICE_SECRET].read;
	assert_int_equal(kh_document_make(f->db, &q, &refused), KH_E_FORBIDDEN);
}

static void test_a_unit_below_writes_to_its_superior(void **state)
{
	const struct fixture *f = *state;
	kh_auto_document struct kh_document document = {0};
	kh_auto_unit struct kh_unit ward = {0}, top = {0};
	struct kh_document_question q = question(f);
	ok(kh_unit_find(f->db, "xa-1", &ward));
	ok(kh_unit_get(f->db, 1, &top));
	q.scope.unit_id = ward.id;
	q.period = "2026";
	ok(kh_document_make(f->db, &q, &document));
	assert_int_equal(document.paper->to.n, 1);
	assert_string_equal(document.paper->to.v[0], top.name);
	assert_string_equal(document.paper->issuer, ward.name);
	assert_true(json_integer_value(json_object_get(document.data, "machines")) < MACHINES);
}

/* ---- from registers ---- */

static int64_t create(struct kh_db *db, enum kh_register_id reg, json_t *fields)
{
	kh_auto_json json_t *own = fields;
	struct kh_record_by by = kh_record_by_system(kh_now_s());
	int64_t id = 0;
	assert_non_null(own);
	ok(kh_record_create(db, &kh_registers[reg], 1, own, &by, &id));
	return id;
}

static void move(struct kh_db *db, enum kh_register_id reg, int64_t id, const char *name, json_t *fields)
{
	kh_auto_json json_t *own = fields;
	struct kh_record_by by = kh_record_by_system(kh_now_s());
	ok(kh_record_move(db, &kh_registers[reg], id, KH_RECORD_ANY_VERSION, name, own, NULL, &by));
}

static char *text_of(const struct fixture *f, const struct kh_document_question *q)
{
	kh_auto_document struct kh_document document = {0};
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	ok(kh_document_make(f->db, q, &document));
	ok(kh_document_write(&document, KH_DOCUMENT_TEXT, q->now_s, &out));
	return kh_buf_take(&out);
}

static void expect(const char *text, const char *const *said, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strstr(text, said[i]))
			fail_msg("not there: %s\n%s", said[i], text);
}

/* A province that fills in "UBND tỉnh" for all its units does not write to itself. */
static void test_nobody_writes_to_himself(void **state)
{
	const struct fixture *f = *state;
	kh_auto_document struct kh_document document = {0};
	struct kh_document_question q = question(f);
	int64_t id = create(f->db, KH_REGISTER_REPORT_OFFICE,
			    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "issuer", "Ủy ban nhân dân tỉnh Bình An", "abbreviation", "UBND", "place", "Hoa Mai", "title", "Chủ tịch", "signer", "Trần Thị Mẫu",
				      "receivers", "UBND tỉnh Bình An\nCông an tỉnh"));
	q.period = "2026";
	ok(kh_document_make(f->db, &q, &document));
	assert_int_equal(document.paper->to.n, 1);
	assert_string_equal(document.paper->to.v[0], "Công an tỉnh");
	ok(kh_db_run(f->db, "DELETE FROM reg_report_office WHERE id = ?1", id));
}

static void test_the_office_is_on_the_paper(void **state)
{
	const struct fixture *f = *state;
	static const char *const said[] = {"ỦY BAN NHÂN DÂN TỈNH BÌNH AN", "Số:         /BC-UBND", "Hoa Mai, ngày … tháng", "Kính gửi:\n- UBND tỉnh;\n- Công an tỉnh.", "- Như trên;\n- Đảng ủy;\n- HĐND;",
					   "- Lưu: VT, VHXH.", "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH", "Trần Thị Mẫu"};
	struct kh_document_question q = question(f);
	int64_t id = create(f->db, KH_REGISTER_REPORT_OFFICE,
			    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "parent", "Ủy ban nhân dân tỉnh Bình An", "issuer", "Ủy ban nhân dân phường Hoa Mai", "abbreviation", "UBND",
				      "place", "Hoa Mai", "authority", "TM. Ủy ban nhân dân", "title", "Chủ tịch", "signer", "Trần Thị Mẫu", "receivers", "UBND tỉnh;\n- Công an tỉnh.\n\n",
				      "recipients", "- Đảng ủy\r\n- HĐND", "kept", "VT, VHXH"));
	q.period = "2026";
	kh_auto_free char *text = text_of(f, &q);
	expect(text, said, KH_COUNT(said));
	ok(kh_db_run(f->db, "DELETE FROM reg_report_office WHERE id = ?1", id));
}

static void test_invented_figures_are_marked(void **state)
{
	const struct fixture *f = *state;
	struct kh_document_question q = question(f);
	q.period = "2026";
	kh_auto_free char *real = text_of(f, &q);
	assert_null(strstr(real, "Số liệu mẫu"));
	ok(kh_db_run(f->db, "INSERT INTO meta(key, value) VALUES('demo', '1')"));
	kh_auto_free char *invented = text_of(f, &q);
	ok(kh_db_run(f->db, "DELETE FROM meta WHERE key = 'demo'"));
	assert_non_null(strstr(invented, "Số liệu mẫu"));
}

static void test_incident(void **state)
{
	const struct fixture *f = *state;
	static const char *const first[] = {"Ban đầu về sự cố", "Tên sự cố: Máy một cửa bị mã hóa.", "Nhóm: mã độc; mức độ: nghiêm trọng.", "15 giờ 30 phút ngày 20/11/2026", "Chưa đề nghị hỗ trợ.",
					    "khoanh vùng, cô lập; rút cáp mạng."};
	static const char *const last[] = {"Kết thúc xử lý sự cố", "Mở tệp lạ", "Không mất dữ liệu", "Trần Thị Mẫu"};
	struct kh_document_question q = question(f);
	int64_t staff = create(f->db, KH_REGISTER_STAFF, json_pack("{s:s, s:s}", "full_name", "Trần Thị Mẫu", "position", "leader"));
	int64_t id = create(f->db, KH_REGISTER_INCIDENT, json_pack("{s:s, s:s, s:s, s:I}", "title", "Máy một cửa bị mã hóa", "group_of", "malware", "severity", "serious", "t0_s", (json_int_t)1795163400));
	kh_auto_free char *number = kh_format("%lld", (long long)id);
	(void)create(f->db, KH_REGISTER_INCIDENT_STEP, json_pack("{s:I, s:I, s:s, s:s}", "incident", (json_int_t)id, "at_s", (json_int_t)1795163500, "act", "isolate", "what", "rút cáp mạng"));
	q.incident = number;
	q.now_s = 1795363400;
	kh_auto_free char *initial = text_of(f, &q);
	expect(initial, first, KH_COUNT(first));
	move(f->db, KH_REGISTER_INCIDENT, id, "contain", json_pack("{s:s}", "measures", "Cô lập"));
	move(f->db, KH_REGISTER_INCIDENT, id, "recover", json_pack("{s:s}", "remedy", "Cài lại máy"));
	move(f->db, KH_REGISTER_INCIDENT, id, "close", json_pack("{s:s, s:s, s:I}", "cause", "Mở tệp lạ", "consequence", "Không mất dữ liệu", "responsible", (json_int_t)staff));
	kh_auto_free char *final = text_of(f, &q);
	expect(final, last, KH_COUNT(last));
}

/* Of leaked secrets only that they were reported, by which paper. */
static void test_a_leaked_secret_says_nothing(void **state)
{
	const struct fixture *f = *state;
	struct kh_document_question q = question(f);
	int64_t id = create(f->db, KH_REGISTER_INCIDENT, json_pack("{s:s, s:s, s:s, s:I, s:s}", "title", "Lộ, mất bí mật nhà nước", "group_of", "secret_leak", "severity", "critical", "t0_s",
								     (json_int_t)1795163400, "paper", "01/BC-M"));
	kh_auto_free char *number = kh_format("%lld", (long long)id);
	q.incident = number;
	kh_auto_free char *text = text_of(f, &q);
	assert_null(strstr(text, "I. THÔNG TIN CHUNG"));
	assert_non_null(strstr(text, "đã báo bằng văn bản số 01/BC-M"));
}

static void test_incidents_that_are_not_there(void **state)
{
	const struct fixture *f = *state;
	static const struct {
		const char *id;
		int error;
	} cases[] = {{"999999", KH_E_NOT_FOUND}, {"0", KH_E_INVALID_FIELD}, {"1 OR 1=1", KH_E_INVALID_FIELD}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_document struct kh_document document = {0};
		struct kh_document_question q = question(f);
		q.incident = cases[i].id;
		assert_int_equal(kh_document_make(f->db, &q, &document), cases[i].error);
	}
}

static void test_form08(void **state)
{
	const struct fixture *f = *state;
	static const char *const said[] = {"Tổng số hệ thống thông tin: 2; đã xác định cấp độ: 1; chưa xác định cấp độ: 1.", "Có hồ sơ đề xuất cấp độ: 2; chưa có: 0. Đã thẩm định: 1; đã được phê duyệt: 1; chưa được phê duyệt: 1.",
					   "Đã được phê duyệt và đã kiểm tra, đánh giá trong năm: 1.", "phục vụ nội bộ 1; phục vụ người dân, doanh nghiệp 1;", "phê duyệt các hệ thống còn lại: 31/12/2026",
					   "Hồ sơ đề xuất cấp độ: Đang dự thảo", "Hình thức kiểm tra: Định kỳ", "15/12/2025", "14/12/2026"};
	struct kh_document_question q = question(f);
	(void)create(f->db, KH_REGISTER_INFORMATION_SYSTEM,
		     json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s}", "name", "Một cửa điện tử", "kind", "public", "owner", "UBND", "level", 3, "dossier", "approved", "decision", "12/QĐ-UBND",
			       "approved_on", "2026-05-01", "measures", "some", "checked_on", "2026-06-01", "check_kind", "periodic"));
	(void)create(f->db, KH_REGISTER_INFORMATION_SYSTEM,
		     json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", "Mạng nội bộ", "kind", "internal", "owner", "UBND", "dossier", "drafting", "finish_by", "2026-12-31", "measures", "none"));
	q.mau08 = "2026";
	kh_auto_free char *text = text_of(f, &q);
	expect(text, said, KH_COUNT(said));
	kh_auto_document struct kh_document document = {0};
	q.mau08 = "26";
	assert_int_equal(kh_document_make(f->db, &q, &document), KH_E_INVALID_FIELD);
}

/* Who may not read a register gets no document with its records. */
static void test_rights_on_registers(void **state)
{
	const struct fixture *f = *state;
	kh_auto_document struct kh_document document = {0};
	struct kh_document_question q = question(f);
	q.directive = "thai-hoa-2025";
	q.rights = KH_RIGHT_EVIDENCE_READ;
	assert_int_equal(kh_document_make(f->db, &q, &document), KH_E_FORBIDDEN);
}

static void test_the_preview_has_the_pieces(void **state)
{
	const struct fixture *f = *state;
	kh_auto_document struct kh_document document = {0};
	struct kh_document_question q = question(f);
	q.directive = "thai-hoa-2025";
	ok(kh_document_make(f->db, &q, &document));
	kh_auto_json json_t *preview = kh_document_preview(&document);
	json_t *sections = json_object_get(preview, "sections");
	assert_true(json_array_size(sections) >= 2);
	assert_true(json_array_size(json_object_get(json_array_get(sections, 0), "pieces")) > 10);
}

KH_TESTS_WITH(setup, teardown, test_periods, test_wrong_periods, test_what_is_asked, test_every_directive_in_every_form, test_a_report_says_every_clause, test_every_case_is_in_the_list,
	      test_formats_by_name, test_nobody_writes_to_himself,
	      test_an_office_of_which_nothing_is_known, test_a_unit_below_writes_to_its_superior, test_the_office_is_on_the_paper, test_invented_figures_are_marked, test_incident, test_a_leaked_secret_says_nothing,
	      test_incidents_that_are_not_there, test_form08, test_rights_on_registers, test_the_preview_has_the_pieces)
