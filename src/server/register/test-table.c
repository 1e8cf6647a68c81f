#include "server/register/table.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "server/test_store.h"

#define CONTACT (&kh_registers[KH_REGISTER_CONTACT])
#define SLIP (&kh_registers[KH_REGISTER_REPAIR_SLIP])
#define NOW INT64_C(1795200000) /* 21 November 2026 */

static int64_t tinh, xa;

static int setup(void **state)
{
	int r = kh_test_store_setup(state);
	struct kh_test_store *t = *state;
	tinh = kh_test_unit(t, "tinh", 0);
	xa = kh_test_unit(t, "xa", tinh);
	kh_test_sql(t, "INSERT INTO endpoint(uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
		       " SELECT 'uid-xa', id, 'may-xa', 'may', 'internal', '', 'active', '', '', '', 0, 0, 0 FROM unit WHERE code = 'xa'");
	return r;
}

struct importing {
	const struct kh_register *reg;
	const struct kh_sheet *sheet;
	struct kh_import_options options;
	struct kh_record_by by;
	struct kh_import_result result;
};

static int run(struct kh_db *writer, void *arg)
{
	struct importing *im = arg;
	return kh_table_import(writer, im->reg, im->sheet, &im->options, &im->by, &im->result);
}

/* "rows created changed same failed imported; row column: text; …", or the error's name. */
static char *imported(struct kh_test_store *t, const struct kh_register *reg, const void *file, size_t n, struct kh_import_options options, const struct kh_scope *scope)
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	assert_int_equal(kh_sheet_parse(file, n, &sheet), 0);
	struct importing im = {.reg = reg, .sheet = &sheet, .options = options, .by = {.actor = "can-bo", .scope = scope, .rights = ~0u, .now_s = NOW}};
	im.options.unit_id = options.unit_id ? options.unit_id : xa;
	int r = kh_store_write(t->store, run, &im);
	if (r < 0)
		return kh_strdup(kh_error_info(r)->name);
	struct kh_buf out = KH_BUF_INIT;
	const struct kh_import_result *i = &im.result;
	kh_buf_addf(&out, "%d %d %d %d %d %s", (int)i->rows, (int)i->created, (int)i->changed, (int)i->same, (int)i->failed, i->imported ? "in" : "-");
	kh_array_each(&i->errors, e)
		kh_buf_addf(&out, "; %u %s: %s", e->row, e->column ? e->column : "-", e->text);
	kh_import_result_done(&im.result);
	return kh_buf_take(&out);
}

#define assert_import(expected, reg, text, ...)                                                                                             \
	do {                                                                                                                                \
		kh_auto_free char *got_ = imported(t, reg, text, strlen(text), (struct kh_import_options){__VA_ARGS__}, &(struct kh_scope){tinh}); \
		assert_string_equal(got_, expected);                                                                                        \
	} while (0)

static void rows_become_records(void **state)
{
	struct kh_test_store *t = *state;
	static const char file[] = "Person or office,điện thoại *,Trực 24/7,Ngày kiểm tra,Trạng thái\r\n"
				   "Trực ban,113,x,21/11/2026,Đang dùng\r\nVăn thư,'+84 28 3822,không,2026-1-2,\r\n";
	assert_import("2 2 0 0 0 -", CONTACT, file, .dry_run = true);
	assert_int_equal(kh_test_number(t, "SELECT (SELECT COUNT(*) FROM reg_contact) + (SELECT COUNT(*) FROM record_change) + (SELECT COUNT(*) FROM audit WHERE action LIKE 'record.%')"), 0);
	assert_import("2 2 0 0 0 in", CONTACT, file);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_contact WHERE name = 'Trực ban' AND phone = '113' AND always = 1 AND verified_on = 1795194000"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_contact WHERE name = 'Văn thư' AND phone = '+84 28 3822' AND always = 0 AND verified_on = 1767286800"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'record.import' AND detail = '2 added, 0 changed, 0 with mistakes'"), 1);
	/* Again: nothing happens. With one cell changed, and an empty one: only the change. */
	assert_import("2 0 0 2 0 -", CONTACT, file);
	assert_import("1 0 1 0 0 in", CONTACT, "name,phone,Điện thoại\nTrực ban,,114\n");
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_contact WHERE phone = '114' AND verified_on = 1795194000 AND version = 2"), 1);
}

static void mistakes_are_told_row_by_row(void **state)
{
	struct kh_test_store *t = *state;
	static const char file[] = "Slip number;Device;Repair shop;Disk when sent;Sent on;Machine with an agent;Colour\n"
				   "1;Máy in;A;đã tháo ra;1/11/2026;may-xa;\n\n"
				   "2;Máy in;;melted;31/2/2026;may-la;\n"
				   "1;Máy quét;A;removed;1/11/2026;;\n";
	assert_import("3 1 0 0 2 -; 1 Colour: no such column in this register"
		      "; 4 Disk when sent: Disk when sent: expected one of taken out, encrypted, repaired on site under watch, still inside, no disk"
		      "; 4 Sent on: Sent on: expected a day as 2026-11-21"
		      "; 4 Machine with an agent: Machine with an agent: nothing of this name within reach of the unit"
		      "; 4 Repair shop: Repair shop: is missing; 5 -: row 2 is about the same record",
		      SLIP, file);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_repair_slip"), 0);
	assert_import("1 0 0 0 1 -; 2 -: Give a telephone number or an e-mail address", CONTACT, "name\nTrực ban\n");
	assert_import("2 1 0 0 1 in; 2 -: Give a telephone number or an e-mail address", CONTACT, "name,phone\nTrực ban,\nVăn thư,113\n", .skip_errors = true);
	assert_import("syntax", CONTACT, "");
	assert_import("0 0 0 0 0 -", CONTACT, "name,phone\n");
}

/* What is on record elsewhere is out of reach: rows for units that are not the user's own are refused. */
static void units_are_kept_apart(void **state)
{
	struct kh_test_store *t = *state;
	static const char file[] = "Mã đơn vị,name,phone\ntinh,a,113\nxa,b,113\nla,c,113\n";
	kh_auto_free char *own = imported(t, CONTACT, file, strlen(file), (struct kh_import_options){.skip_errors = true}, &(struct kh_scope){xa});
	assert_string_equal(own, "3 1 0 0 2 in; 2 -: the record belongs to a unit that is not yours; 4 -: nothing of this name within reach of the unit");
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_contact WHERE unit_id = 2"), 1);
}

/* Out as XLSX and CSV, and in again: nothing is to be changed; in another unit everything is new. */
static void what_is_exported_comes_back(void **state)
{
	struct kh_test_store *t = *state;
	static const char slips[] = "number,device,shop,disk,out_on,machine,why\n=1+1,@Máy,'-A,encrypted,2026-11-01,may-xa,\"hỏng\nnguồn\"\n2,Máy in,B,none,2026-11-02,,\n";
	assert_import("2 2 0 0 0 in", SLIP, slips);
	kh_test_sql(t, "UPDATE reg_repair_slip SET state = 'back' WHERE number = '2'");
	for (int form = KH_TABLE_XLSX; form <= KH_TABLE_CSV; form++)
		for (int language = KH_VI; language <= KH_EN; language++) {
			kh_auto_buf struct kh_buf file = KH_BUF_INIT;
			struct kh_record_list_options options = {.scope = &(struct kh_scope){tinh}, .sort = "id"};
			int64_t rows = 0;
			kh_language_use((enum kh_language)language);
			assert_int_equal(kh_table_export(t->db, SLIP, &options, (enum kh_table_form)form, &file, &rows), 0);
			assert_int_equal(rows, 2);
			kh_auto_free char *again = imported(t, SLIP, file.data, file.len, (struct kh_import_options){0}, &(struct kh_scope){tinh});
			assert_string_equal(again, "2 0 0 2 0 -");
		}
	kh_language_use(KH_EN);
	kh_auto_buf struct kh_buf template = KH_BUF_INIT;
	kh_auto_sheet struct kh_sheet sheet = {0};
	assert_int_equal(kh_table_template(SLIP, &template), 0);
	assert_int_equal(kh_sheet_parse(template.data, template.len, &sheet), 0);
	assert_int_equal(sheet.rows.n, 1);
	assert_string_equal(kh_sheet_cell(&sheet.rows.v[0], 1), "Slip number");
}

/* A unit above is refused alike whether it has such a record or not. */
static void an_import_does_not_tell_what_stands_above(void **state)
{
	struct kh_test_store *t = *state;
	static const char there[] = "Unit code,Slip number,Device,Repair shop,Disk when sent,Sent on\ntinh,P-1,Máy,Tiệm,taken out,2026-01-02\n";
	static const char not_there[] = "Unit code,Slip number,Device,Repair shop,Disk when sent,Sent on\ntinh,P-2,Máy,Tiệm,taken out,2026-01-02\n";
	assert_import("1 1 0 0 0 in", SLIP, there);
	kh_auto_free char *known = imported(t, SLIP, there, strlen(there), (struct kh_import_options){0}, &(struct kh_scope){xa});
	kh_auto_free char *unknown = imported(t, SLIP, not_there, strlen(not_there), (struct kh_import_options){0}, &(struct kh_scope){xa});
	assert_string_equal(known, "1 0 0 0 1 -; 2 -: the record belongs to a unit that is not yours");
	assert_string_equal(known, unknown);
}

/* Every register has a template that its own import understands, and an export. */
static void every_register(void **state)
{
	struct kh_test_store *t = *state;
	for (const struct kh_register *reg = kh_registers; reg->name; reg++) {
		kh_auto_buf struct kh_buf file = KH_BUF_INIT, out = KH_BUF_INIT;
		int64_t rows = 0;
		struct kh_record_list_options options = {.scope = &(struct kh_scope){tinh}};
		assert_int_equal(kh_table_template(reg, &file), 0);
		kh_auto_free char *got = imported(t, reg, file.data, file.len, (struct kh_import_options){0}, &(struct kh_scope){tinh});
		if (!kh_streq(got, "0 0 0 0 0 -"))
			fail_msg("%s: %s", reg->name, got);
		assert_int_equal(kh_table_export(t->db, reg, &options, KH_TABLE_CSV, &out, &rows), 0);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, kh_test_store_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {CASE(rows_become_records), CASE(mistakes_are_told_row_by_row), CASE(units_are_kept_apart), CASE(an_import_does_not_tell_what_stands_above), CASE(what_is_exported_comes_back),
					   CASE(every_register)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
