#include "server/register/record.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "server/pack_names.h"
#include "server/register/field.h"
#include "server/register/history.h"
#include "server/register/reference.h"
#include "server/test_store.h"

#define CONTACT (&kh_registers[KH_REGISTER_CONTACT])
#define SLIP (&kh_registers[KH_REGISTER_REPAIR_SLIP])
#define NOW INT64_C(1795000000)

/* tinh ── xa-a ── truong-a; tinh ── xa-b */
static int64_t tinh, xa_a, truong_a, xa_b;

static int setup(void **state)
{
	int r = kh_test_store_setup(state);
	struct kh_test_store *t = *state;
	tinh = kh_test_unit(t, "tinh", 0);
	xa_a = kh_test_unit(t, "xa-a", tinh);
	truong_a = kh_test_unit(t, "truong-a", xa_a);
	xa_b = kh_test_unit(t, "xa-b", tinh);
	kh_test_sql(t, "INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
		       " SELECT id, 'uid-' || code, id, 'may-' || code, 'may', 'internal', '', 'active', '', '', '', 0, 0, 0 FROM unit");
	return r;
}

enum what { CREATE, CHANGE, MOVE };

struct doing {
	enum what what;
	const struct kh_register *reg;
	int64_t unit_id, id, version;
	const char *move;
	json_t *fields;
	struct kh_record_by by;
};

static int run(struct kh_db *writer, void *arg)
{
	struct doing *d = arg;
	if (d->what == CREATE)
		return kh_record_create(writer, d->reg, d->unit_id, d->fields, &d->by, &d->id);
	if (d->what == CHANGE)
		return kh_record_change(writer, d->reg, d->id, d->version, d->fields, &d->by);
	return kh_record_move(writer, d->reg, d->id, d->version, d->move, d->fields, NULL, &d->by);
}

/* Fields are JSON with ' for ". */
static int act(struct kh_test_store *t, struct doing *d, const char *fields)
{
	char text[4096] = "";
	snprintf(text, sizeof text, "%s", fields ? fields : "{}");
	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	assert_int_equal(kh_json_parse(text, strlen(text), &d->fields), 0);
	if (!d->by.actor)
		d->by = kh_record_by_system(NOW);
	int r = kh_store_write(t->store, run, d);
	json_decref(d->fields);
	return r;
}

static struct kh_record_by user_of(const struct kh_scope *scope, unsigned rights)
{
	return (struct kh_record_by){.actor = "can-bo", .scope = scope, .rights = rights, .now_s = NOW};
}

#define GOOD_SLIP "{'number': 'S-1', 'device': 'Máy in', 'shop': 'Cửa hàng A', 'disk': 'removed', 'out_on': '2026-11-01'}"

static int64_t new_slip(struct kh_test_store *t, int64_t unit_id)
{
	struct doing d = {CREATE, SLIP, .unit_id = unit_id};
	assert_int_equal(act(t, &d, GOOD_SLIP), 0);
	return d.id;
}

static void a_record_is_made_and_read(void **state)
{
	struct kh_test_store *t = *state;
	struct doing d = {CREATE, SLIP, .unit_id = xa_a};
	assert_int_equal(act(t, &d, "{'number': ' S-1 ', 'device': 'Máy in', 'shop': 'A', 'disk': 'encrypted', 'out_on': '2026-11-01', 'machine': 'uid-xa-a', 'why': 'a\\r\\nb'}"), 0);
	kh_auto_record struct kh_record rec = {0};
	assert_int_equal(kh_record_get(t->db, SLIP, d.id, NULL, &rec), 0);
	assert_string_equal(rec.state, "out");
	assert_string_equal(kh_record_text(&rec, "number"), "S-1");
	assert_string_equal(kh_record_text(&rec, "why"), "a\nb");
	assert_int_equal(kh_record_int(&rec, "out_on"), 1793466000); /* midnight in UTC+7 */
	assert_int_equal(kh_record_int(&rec, "machine"), kh_test_number(t, "SELECT id FROM endpoint WHERE uid = 'uid-xa-a'"));
	assert_null(kh_record_text(&rec, "serial_after"));
	kh_auto_free char *label = NULL;
	assert_int_equal(kh_record_label(t->db, SLIP, d.id, &label), 0);
	assert_string_equal(label, "S-1 · Máy in");
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'record.create' AND detail = 'S-1 · Máy in'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_repair_slip WHERE search LIKE '%may in%' AND search LIKE '%da ma hoa%'"), 1);
}

static void all_faults_are_told(void **state)
{
	struct kh_test_store *t = *state;
	kh_auto_record_faults struct kh_record_faults faults = {0};
	struct doing d = {CREATE, SLIP, .unit_id = xa_a, .by = kh_record_by_system(NOW)};
	d.by.faults = &faults;
	assert_int_equal(act(t, &d, "{'number': 5, 'disk': 'melted', 'out_on': '2026-02-30', 'machine': 'uid-xa-b', 'colour': 'red'}"), KH_E_INVALID_FIELD);
	static const char *const fields[] = {"number", "disk", "out_on", "machine", "colour", "device", "shop"};
	assert_int_equal(faults.of.n, KH_COUNT(fields));
	for (size_t i = 0; i < KH_COUNT(fields); i++)
		assert_string_equal(faults.of.v[i].field, fields[i]);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_repair_slip"), 0);
}

/* One value each that a contact does not take. */
static void wrong_values_are_refused(void **state)
{
	struct kh_test_store *t = *state;
	static const char *const wrong[] = {
		"{'name': '', 'phone': '113'}",        "{'name': ['x'], 'phone': '113'}", "{'name': 'a\\nb', 'phone': '113'}", "{'name': 'x', 'phone': 'gọi tôi'}",
		"{'name': 'x', 'email': 'a@b'}",       "{'name': 'x', 'email': 'a b@c.vn'}", "{'name': 'x', 'phone': '113', 'always': 1}",
		"{'name': 'x', 'phone': '113', 'verified_on': 20261101}", "{'name': 'x', 'phone': '113', 'verified_on': '1.11.2026'}", "{'name': 'x', 'phone': '12'}",
		"{'name': 'x', 'phone': '113', 'id': 7}", "{'name': 'x', 'phone': '113', 'unit_id': 1}",
	};
	for (size_t i = 0; i < KH_COUNT(wrong); i++) {
		struct doing d = {CREATE, CONTACT, .unit_id = xa_a};
		assert_int_equal(act(t, &d, wrong[i]), KH_E_INVALID_FIELD);
		assert_string_not_equal(kh_fail_detail(), "");
	}
	struct doing d = {CREATE, CONTACT, .unit_id = xa_a};
	assert_int_equal(act(t, &d, "{'name': 'x'}"), KH_E_RECORD_RULE);
	assert_string_equal(kh_fail_detail(), "Give a telephone number or an e-mail address");
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_contact"), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM record_change"), 0);
}

/* It is 18 November 2026 in Viet Nam. What happened cannot lie ahead, nor what is to come behind: for people and for code, where it is entered. */
static void days_lie_where_they_may(void **state)
{
	struct kh_test_store *t = *state;
	static const struct {
		enum kh_register_id reg;
		const char *fields, *wrong; /* NULL: it is right */
	} cases[] = {
		{KH_REGISTER_CONTACT, "{'name': 'a', 'phone': '113', 'verified_on': '2026-11-18'}", NULL},
		{KH_REGISTER_CONTACT, "{'name': 'b', 'phone': '113', 'verified_on': '2026-11-19'}", "Verified on: lies in the future"},
		{KH_REGISTER_CONTACT, "{'name': 'c', 'phone': '113', 'verified_on': '2099-01-01'}", "Verified on: lies in the future"},
		{KH_REGISTER_INCIDENT, "{'title': 'a', 'group_of': 'malware', 'severity': 'low', 't0_s': 1795000300}", NULL},
		{KH_REGISTER_INCIDENT, "{'title': 'b', 'group_of': 'malware', 'severity': 'low', 't0_s': 1795000301}", "Detected at: lies in the future"},
		{KH_REGISTER_QUIZ, "{'title': 'a', 'topic': 'general', 'questions': 1, 'pass_mark': 50, 'due_on': '2026-11-18'}", NULL},
		{KH_REGISTER_QUIZ, "{'title': 'b', 'topic': 'general', 'questions': 1, 'pass_mark': 50, 'due_on': '2026-11-17'}", "Take by: is over already"},
		{KH_REGISTER_TASK, "{'title': 'a', 'due_on': '2020-01-01'}", NULL},
	};
	struct kh_scope scope = {tinh};
	for (size_t i = 0; i < 2 * KH_COUNT(cases); i++) {
		struct doing d = {CREATE, &kh_registers[cases[i / 2].reg], .unit_id = i % 2 ? xa_a : xa_b, .by = i % 2 ? user_of(&scope, ~0u) : kh_record_by_system(NOW)};
		int r = act(t, &d, cases[i / 2].fields);
		if (r != (cases[i / 2].wrong ? KH_E_INVALID_FIELD : 0) || (r < 0 && !kh_streq(kh_fail_detail(), cases[i / 2].wrong)))
			fail_msg("%s: %d %s", cases[i / 2].fields, r, kh_fail_detail());
	}
	/* What happened long ago may be told with the days since; a day that was right once is not looked at again. */
	struct doing past = {CREATE, CONTACT, .unit_id = truong_a, .by = {.actor = "system", .now_s = NOW - 100 * KH_DAY_S, .present_s = NOW}};
	assert_int_equal(act(t, &past, "{'name': 'd', 'phone': '113', 'verified_on': '2026-11-01'}"), 0);
	struct doing later = {CHANGE, CONTACT, .id = past.id, .by = {.actor = "system", .now_s = NOW - 50 * KH_DAY_S}};
	assert_int_equal(act(t, &later, "{'phone': '114', 'verified_on': '2026-11-01'}"), 0);
}

static void unique_is_within_a_unit(void **state)
{
	struct kh_test_store *t = *state;
	new_slip(t, xa_a);
	new_slip(t, xa_b);
	struct doing d = {CREATE, SLIP, .unit_id = xa_a};
	assert_int_equal(act(t, &d, GOOD_SLIP), KH_E_EXISTS);
	assert_non_null(strstr(kh_fail_detail(), "S-1"));
}

static void the_second_of_two_is_told(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = new_slip(t, xa_a);
	struct doing first = {CHANGE, SLIP, .id = id, .version = 1}, second = first;
	assert_int_equal(act(t, &first, "{'shop': 'B', 'serial_before': 'X1'}"), 0);
	assert_int_equal(act(t, &second, "{'shop': 'C'}"), KH_E_STALE_VERSION);
	assert_non_null(strstr(kh_fail_detail(), "Repair shop, Disk serial when sent"));
	assert_non_null(strstr(kh_fail_detail(), "18/11/2026 18:06"));
	kh_auto_record struct kh_record rec = {0};
	assert_int_equal(kh_record_get(t->db, SLIP, id, NULL, &rec), 0);
	assert_string_equal(kh_record_text(&rec, "shop"), "B");
	assert_int_equal(rec.version, 2);
}

static void nothing_new_writes_nothing(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = new_slip(t, xa_a);
	struct doing d = {CHANGE, SLIP, .id = id, .version = 1};
	assert_int_equal(act(t, &d, GOOD_SLIP), 0);
	assert_int_equal(kh_test_number(t, "SELECT version FROM reg_repair_slip"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM record_change"), 1);
}

static void moves_want_what_they_need(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = new_slip(t, xa_a);
	struct doing move = {MOVE, SLIP, .id = id, .version = 1, .move = "take_back"};
	assert_int_equal(act(t, &move, NULL), KH_E_PROOF_MISSING);
	kh_test_sql(t, "INSERT INTO record_file(register, record_id, kind, name, size, sha256, added_s, added_by) SELECT 'repair_slip', id, 'handover', 'bb.pdf', 1, '', 0, 'x' FROM reg_repair_slip");
	assert_int_equal(act(t, &move, NULL), KH_E_INVALID_FIELD);
	assert_int_equal(act(t, &move, "{'serial_after': 'X1'}"), 0);
	assert_int_equal(act(t, &move, NULL), KH_E_STALE_VERSION);
	move.version = 2;
	assert_int_equal(act(t, &move, NULL), KH_E_RECORD_STATE);
	assert_non_null(strstr(kh_fail_detail(), "in the state \"Taken back\"")); /* as people call it, not as it is stored */
	move.move = "fly";
	assert_int_equal(act(t, &move, NULL), KH_E_INVALID_FIELD);
	kh_auto_record struct kh_record rec = {0};
	assert_int_equal(kh_record_get(t->db, SLIP, id, NULL, &rec), 0);
	assert_string_equal(rec.state, "back");
	assert_int_equal(kh_record_int(&rec, "back_s"), NOW);
	assert_string_equal(kh_record_text(&rec, "back_by"), "system");
	kh_auto_json json_t *history = NULL;
	assert_int_equal(kh_record_history(t->db, &rec, NULL, &history), 0);
	assert_int_equal(json_array_size(history), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(history, 1), "to")), "back");
	assert_int_equal(json_array_size(json_object_get(json_array_get(history, 1), "fields")), 3);
}

/* What people read of a directive is what they may write; its id is kept. */
static void a_directive_is_kept_by_its_id(void **state)
{
	struct kh_test_store *t = *state;
	kh_auto_free char *packs = kh_format("%s/packs", getenv("KHIEN_SOURCE")), *words = NULL;
	const struct kh_register *reg = &kh_registers[KH_REGISTER_DISPATCH];
	kh_pack_names_from(packs);
	static const char *const written[] = {"thai-hoa-2025", "Tăng cường bảo đảm an toàn thông tin, an ninh mạng trên địa bàn phường", "Strengthening information and cyber security in the ward"};
	for (size_t i = 0; i < KH_COUNT(written); i++) {
		kh_auto_free char *fields = kh_format("{'number': '%zu/UBND', 'dated_on': '2025-09-24', 'issuer': 'UBND', 'abstract': 'Rà soát', 'directive': '%s'}", i, written[i]);
		struct doing d = {CREATE, reg, .unit_id = xa_a};
		assert_int_equal(act(t, &d, fields), 0);
	}
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM reg_dispatch WHERE directive = 'thai-hoa-2025'"), 3);
	kh_auto_json json_t *stored = json_string(written[0]);
	assert_int_equal(kh_field_words(t->db, kh_register_field(reg, "directive"), stored, &words), 0);
	assert_string_equal(words, written[kh_language() == KH_EN ? 2 : 1]);
}

static void what_is_frozen_stays(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = new_slip(t, xa_a);
	kh_test_sql(t, "UPDATE reg_repair_slip SET state = 'back'");
	struct kh_scope scope = {xa_a};
	struct doing d = {CHANGE, SLIP, .id = id, .version = 1, .by = user_of(&scope, ~0u)};
	assert_int_equal(act(t, &d, "{'shop': 'B'}"), KH_E_RECORD_STATE);
	struct doing set = {CHANGE, SLIP, .id = new_slip(t, xa_b), .version = 1, .by = user_of(&(struct kh_scope){xa_b}, ~0u)};
	assert_int_equal(act(t, &set, "{'back_by': 'tôi'}"), KH_E_INVALID_FIELD);
}

static void rights_are_asked(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = new_slip(t, xa_a);
	const struct {
		int64_t unit;
		unsigned rights;
		enum what what;
		int result;
	} cases[] = {
		{xa_a, KH_RIGHT_REGISTER_READ, CHANGE, KH_E_FORBIDDEN},  {xa_a, KH_RIGHT_REGISTER_WRITE, CHANGE, 0},
		{xa_b, KH_RIGHT_REGISTER_WRITE, CHANGE, KH_E_NOT_FOUND}, {truong_a, KH_RIGHT_REGISTER_WRITE, CHANGE, KH_E_NOT_FOUND},
		{tinh, KH_RIGHT_REGISTER_WRITE, CHANGE, 0},              {xa_a, KH_RIGHT_REGISTER_READ, CREATE, KH_E_FORBIDDEN},
		{xa_b, KH_RIGHT_REGISTER_WRITE, CREATE, KH_E_FORBIDDEN},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_scope scope = {cases[i].unit};
		struct doing d = {cases[i].what, SLIP, .id = id, .unit_id = xa_a, .by = user_of(&scope, cases[i].rights)};
		d.version = kh_test_number(t, "SELECT version FROM reg_repair_slip");
		assert_int_equal(act(t, &d, GOOD_SLIP), cases[i].result);
	}
}

static void above_confirms(void **state)
{
	struct kh_test_store *t = *state;
	const struct {
		int64_t unit, by;
		unsigned rights;
		int result;
	} cases[] = {
		{xa_a, xa_a, KH_RIGHT_REGISTER_APPROVE, KH_E_FORBIDDEN}, {xa_a, tinh, KH_RIGHT_REGISTER_APPROVE, 0}, {xa_a, tinh, KH_RIGHT_REGISTER_WRITE, KH_E_FORBIDDEN},
		{xa_a, xa_b, KH_RIGHT_REGISTER_APPROVE, KH_E_NOT_FOUND}, {truong_a, xa_a, KH_RIGHT_REGISTER_APPROVE, 0}, {tinh, tinh, KH_RIGHT_REGISTER_APPROVE, 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_test_sql(t, "DELETE FROM reg_repair_slip");
		int64_t id = new_slip(t, cases[i].unit);
		kh_test_sql(t, "UPDATE reg_repair_slip SET state = 'back'");
		struct kh_scope scope = {cases[i].by};
		struct doing d = {MOVE, SLIP, .id = id, .version = 1, .move = "confirm", .by = user_of(&scope, cases[i].rights)};
		assert_int_equal(act(t, &d, NULL), cases[i].result);
	}
}

static void shared_records_are_read_below(void **state)
{
	struct kh_test_store *t = *state;
	struct doing d = {CREATE, CONTACT, .unit_id = xa_a};
	assert_int_equal(act(t, &d, "{'name': 'Trực ban', 'phone': '113'}"), 0);
	const struct {
		int64_t unit;
		int read, write;
	} cases[] = {{tinh, 0, 0}, {xa_a, 0, KH_E_STALE_VERSION}, {truong_a, 0, KH_E_FORBIDDEN}, {xa_b, KH_E_NOT_FOUND, KH_E_NOT_FOUND}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_scope scope = {cases[i].unit};
		kh_auto_record struct kh_record rec = {0};
		assert_int_equal(kh_record_get(t->db, CONTACT, d.id, &scope, &rec), cases[i].read);
		struct doing change = {CHANGE, CONTACT, .id = d.id, .version = 1, .by = user_of(&scope, ~0u)};
		assert_int_equal(act(t, &change, "{'phone': '114'}"), cases[i].write);
	}
}

static void references_stay_within_reach(void **state)
{
	struct kh_test_store *t = *state;
	const struct {
		int64_t unit;
		const char *machine;
		int result;
	} cases[] = {
		{xa_a, "'uid-xa-a'", 0},          {xa_a, "'uid-truong-a'", 0},          {xa_a, "'uid-tinh'", KH_E_INVALID_FIELD}, {xa_a, "'uid-xa-b'", KH_E_INVALID_FIELD},
		{xa_a, "'may-truong-a'", 0},      {tinh, "'uid-xa-b'", 0},              {xa_a, "999", KH_E_INVALID_FIELD},        {xa_a, "'#999'", KH_E_INVALID_FIELD},
		{xa_a, "true", KH_E_INVALID_FIELD}, {xa_a, "null", 0},                   {xa_a, "''", 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_test_sql(t, "DELETE FROM reg_repair_slip");
		struct doing d = {CREATE, SLIP, .unit_id = cases[i].unit};
		char fields[256];
		snprintf(fields, sizeof fields, "{'number': '1', 'device': 'x', 'shop': 'x', 'disk': 'none', 'out_on': '2026-11-01', 'machine': %s}", cases[i].machine);
		assert_int_equal(act(t, &d, fields), cases[i].result);
	}
}

/* What may be chosen is what may be written. */
static void choices_are_within_reach(void **state)
{
	struct kh_test_store *t = *state;
	struct doing contact = {CREATE, CONTACT, .unit_id = tinh}, other = {CREATE, CONTACT, .unit_id = xa_b};
	assert_int_equal(act(t, &contact, "{'name': 'Trực ban tỉnh', 'role': 'An toàn', 'phone': '113'}"), 0);
	assert_int_equal(act(t, &other, "{'name': 'Trực ban xã B', 'phone': '113'}"), 0);
	kh_test_sql(t, "UPDATE endpoint SET state = 'revoked' WHERE uid = 'uid-truong-a'");
	const struct {
		const char *of;
		int64_t unit;
		const char *text, *labels;
	} cases[] = {
		{"endpoint", xa_a, NULL, "may-xa-a"},  {"endpoint", tinh, NULL, "may-tinh may-xa-a may-xa-b"}, {"endpoint", tinh, "XA-B", "may-xa-b"}, {"endpoint", tinh, "%", ""},
		{"unit", xa_a, NULL, "tinh truong-a xa-a"}, {"unit", xa_b, "tr", ""},                               {"contact", xa_a, "truc BAN", "Trực ban tỉnh"},
		{"contact", tinh, "trực", "Trực ban tỉnh Trực ban xã B"}, {"user", tinh, NULL, ""},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_json json_t *items = NULL;
		kh_auto_buf struct kh_buf labels = KH_BUF_INIT;
		size_t n = 0;
		json_t *one = NULL;
		assert_int_equal(kh_reference_choices(t->db, cases[i].of, cases[i].unit, cases[i].text, 20, &items), 0);
		json_array_foreach(items, n, one) {
			int64_t id = 0;
			kh_buf_addf(&labels, "%s%s", labels.len ? " " : "", json_string_value(json_object_get(one, "label")));
			assert_int_equal(kh_reference_find(t->db, cases[i].of, cases[i].unit, json_object_get(one, "value"), &id), 0);
		}
		assert_string_equal(kh_buf_text(&labels), cases[i].labels);
	}
}

/* Of a register that is called by a number too: a text is found as it is written, not as some store reads it. */
static void numbers_are_found_as_texts(void **state)
{
	struct kh_test_store *t = *state;
	static const struct {
		const char *text;
		int error;
	} cases[] = {{"86400", 0}, {"086400", KH_E_NOT_FOUND}, {"86400.0", KH_E_NOT_FOUND}, {"#1", 0}, {"x", KH_E_NOT_FOUND}};
	kh_auto_free char *sql = kh_format("INSERT INTO reg_lan_assessment(unit_id, state, state_s, version, created_s, created_by, changed_s, changed_by, search, assessed_on, assessor)"
					   " VALUES(%lld, 'draft', 1, 1, 1, 'a', 1, 'a', '', 86400, 'x')",
					   (long long)xa_a);
	kh_test_sql(t, sql);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_json json_t *text = json_string(cases[i].text);
		int64_t id = 0;
		assert_int_equal(kh_reference_find(t->db, "lan_assessment", xa_a, text, &id), cases[i].error);
	}
}

/* Every rule of every register is SQL that runs. */
static void rules_compile(void **state)
{
	struct kh_test_store *t = *state;
	int64_t broken = 0;
	for (const struct kh_register *reg = kh_registers; reg->name; reg++)
		for (const struct kh_register_rule *rule = reg->rules; rule->sql; rule++) {
			int r = kh_db_int(t->db, &broken, rule->sql, INT64_C(1), NOW);
			if (r < 0)
				fail_msg("%s: %s: %s", reg->name, rule->sql, kh_fail_detail());
		}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, kh_test_store_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_record_is_made_and_read),
		CASE(all_faults_are_told),
		CASE(wrong_values_are_refused),
		CASE(days_lie_where_they_may),
		CASE(unique_is_within_a_unit),
		CASE(the_second_of_two_is_told),
		CASE(nothing_new_writes_nothing),
		CASE(moves_want_what_they_need),
		CASE(a_directive_is_kept_by_its_id),
		CASE(what_is_frozen_stays),
		CASE(rights_are_asked),
		CASE(above_confirms),
		CASE(shared_records_are_read_below),
		CASE(references_stay_within_reach),
		CASE(choices_are_within_reach), CASE(numbers_are_found_as_texts),
		CASE(rules_compile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
