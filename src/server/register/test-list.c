#include "server/register/list.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "server/test_store.h"

#define CONTACT (&kh_registers[KH_REGISTER_CONTACT])
#define SLIP (&kh_registers[KH_REGISTER_REPAIR_SLIP])
#define NOW INT64_C(1795000000)

static int64_t tinh, xa, truong;

struct adding {
	const struct kh_register *reg;
	int64_t unit_id, id;
	json_t *fields;
};

static int add(struct kh_db *writer, void *arg)
{
	struct adding *a = arg;
	struct kh_record_by by = kh_record_by_system(NOW);
	return kh_record_create(writer, a->reg, a->unit_id, a->fields, &by, &a->id);
}

static void add_slip(struct kh_test_store *t, int64_t unit, const char *number, const char *device, const char *disk, const char *out_on, const char *why)
{
	kh_auto_json json_t *fields = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?}", "number", number, "device", device, "shop", "A", "disk", disk, "out_on", out_on, "why", why);
	struct adding a = {SLIP, unit, 0, fields};
	assert_int_equal(kh_store_write(t->store, add, &a), 0);
}

static void add_contact(struct kh_test_store *t, int64_t unit, const char *name)
{
	kh_auto_json json_t *fields = json_pack("{s:s, s:s}", "name", name, "phone", "113");
	struct adding a = {CONTACT, unit, 0, fields};
	assert_int_equal(kh_store_write(t->store, add, &a), 0);
}

static int setup(void **state)
{
	int r = kh_test_store_setup(state);
	struct kh_test_store *t = *state;
	tinh = kh_test_unit(t, "tinh", 0);
	xa = kh_test_unit(t, "xa", tinh);
	truong = kh_test_unit(t, "truong", xa);
	add_slip(t, tinh, "T1", "Ổn áp", "none", "2026-01-05", NULL);
	add_slip(t, xa, "X10", "Máy tính Đông Á", "removed", "2026-01-02", "Kêu to 100%");
	add_slip(t, xa, "X2", "Máy in", "encrypted", "2026-01-03", "hỏng nguồn");
	add_slip(t, truong, "S1", "An ninh", "removed", "2026-01-04", NULL);
	kh_test_sql(t, "UPDATE reg_repair_slip SET state = 'back', changed_s = changed_s + 5 WHERE number = 'X2'");
	add_contact(t, tinh, "Trực ban tỉnh");
	add_contact(t, xa, "Trực ban xã");
	return r;
}

/* What a register is called, of each record of a list, joined by blanks. */
static char *names_of(struct kh_test_store *t, const struct kh_register *reg, const struct kh_record_list_options *options, int64_t *ret_total)
{
	kh_auto_record_page struct kh_record_page page = {0};
	struct kh_buf names = KH_BUF_INIT;
	int r = kh_record_list(t->db, reg, options, &page);
	if (r < 0)
		return kh_strdup(kh_error_info(r)->name);
	kh_array_each(&page.of, record)
		kh_buf_addf(&names, "%s%s", names.len ? " " : "", kh_record_text(record, reg->call[0]));
	if (ret_total)
		*ret_total = page.total;
	return names.len ? kh_buf_take(&names) : kh_strdup("");
}

static void records_are_chosen(void **state)
{
	struct kh_test_store *t = *state;
	static const struct {
		const char *filter, *sort, *text, *names;
	} cases[] = {
		{NULL, "id", NULL, "T1 X10 X2 S1"},
		{NULL, NULL, NULL, "X2 S1 X10 T1"},
		{NULL, "number", NULL, "S1 T1 X2 X10"},
		{NULL, "-number", NULL, "X10 X2 T1 S1"},
		{NULL, "device", NULL, "S1 X2 X10 T1"},
		{NULL, "out_on", NULL, "X10 X2 S1 T1"},
		{NULL, "-out_on", NULL, "T1 S1 X2 X10"},
		{NULL, "disk", NULL, "X10 S1 X2 T1"}, /* as the definition has them */
		{NULL, "why", NULL, "X2 X10 T1 S1"},  /* what is empty last */
		{NULL, "-why", NULL, "X10 X2 S1 T1"},
		{NULL, "unit", NULL, "T1 S1 X10 X2"},
		{NULL, "state", NULL, "T1 X10 S1 X2"},
		{NULL, "machine", NULL, "T1 X10 X2 S1"},
		{NULL, "colour", NULL, "invalid_field"},
		{NULL, "number; DROP TABLE unit", NULL, "invalid_field"},
		{NULL, "id", "may", "X10 X2"},
		{NULL, "id", "ĐÔNG máy", "X10"},
		{NULL, "id", "100%", "X10"},
		{NULL, "id", "da thao", "X10 S1"},
		{NULL, "id", "05/01/2026", "T1"},
		{NULL, "id", "_", ""},
		{"{\"disk\": \"removed\"}", "id", NULL, "X10 S1"},
		{"{\"disk\": [\"removed\", \"none\"]}", "id", NULL, "T1 X10 S1"},
		{"{\"disk\": []}", "id", NULL, ""},
		{"{\"disk\": \"melted\"}", "id", NULL, "invalid_field"},
		{"{\"why\": null}", "id", NULL, "T1 S1"},
		{"{\"why\": [null, \"hỏng nguồn\"]}", "id", NULL, "T1 X2 S1"},
		{"{\"why\": {\"contains\": \"100%\"}}", "id", NULL, "X10"},
		{"{\"why\": {\"contains\": \"1%0\"}}", "id", NULL, ""},
		{"{\"out_on\": {\"from\": \"2026-01-03\"}}", "id", NULL, "T1 X2 S1"},
		{"{\"out_on\": {\"from\": \"2026-01-03\", \"to\": \"2026-01-04\"}}", "id", NULL, "X2 S1"},
		{"{\"out_on\": \"2026-01-02\"}", "id", NULL, "X10"},
		{"{\"out_on\": {\"contains\": \"2026\"}}", "id", NULL, "invalid_field"},
		{"{\"state\": \"back\"}", "id", NULL, "X2"},
		{"{\"state\": [\"out\", \"back\"], \"unit\": \"xa\"}", "id", NULL, "X10 X2"},
		{"{\"state\": 5}", "id", NULL, "invalid_field"},
		{"{\"machine\": \"uid-of-nobody\"}", "id", NULL, ""},
		{"{\"machine\": null}", "id", NULL, "T1 X10 X2 S1"},
		{"{\"search\": \"x\"}", "id", NULL, "invalid_field"},
		{"[1]", "id", NULL, "invalid_field"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_scope scope = {tinh};
		kh_auto_json json_t *filter = cases[i].filter ? json_loads(cases[i].filter, 0, NULL) : NULL;
		struct kh_record_list_options options = {.scope = &scope, .filter = filter, .sort = cases[i].sort, .text = cases[i].text, .limit = 50};
		kh_auto_free char *names = names_of(t, SLIP, &options, NULL);
		if (!kh_streq(names, cases[i].names))
			fail_msg("filter %s sort %s text %s: \"%s\", not \"%s\"", cases[i].filter, cases[i].sort, cases[i].text, names, cases[i].names);
	}
}

static int64_t add_shift(struct kh_test_store *t, int64_t officer, int64_t from_s)
{
	kh_auto_json json_t *fields = json_pack("{s:I, s:I, s:I, s:s}", "from_s", (json_int_t)from_s, "to_s", (json_int_t)(from_s + 3600), "officer", (json_int_t)officer, "phone", "113");
	struct adding a = {&kh_registers[KH_REGISTER_DUTY_SHIFT], xa, 0, fields};
	assert_int_equal(kh_store_write(t->store, add, &a), 0);
	return a.id;
}

/* The roster stands in the order of time, in whatever order it was written. */
static void a_register_has_its_own_order(void **state)
{
	struct kh_test_store *t = *state;
	struct kh_scope scope = {xa};
	kh_auto_json json_t *person = json_pack("{s:s, s:s}", "full_name", "Người Trực", "position", "officer");
	struct adding officer = {&kh_registers[KH_REGISTER_STAFF], xa, 0, person};
	assert_int_equal(kh_store_write(t->store, add, &officer), 0);
	const int64_t ids[] = {add_shift(t, officer.id, NOW + 7200), add_shift(t, officer.id, NOW + 14400), add_shift(t, officer.id, NOW)};
	kh_auto_record_page struct kh_record_page page = {0};
	struct kh_record_list_options options = {.scope = &scope, .limit = 50};
	assert_int_equal(kh_record_list(t->db, &kh_registers[KH_REGISTER_DUTY_SHIFT], &options, &page), 0);
	assert_int_equal(page.of.n, 3);
	assert_true(page.of.v[0].id == ids[1] && page.of.v[1].id == ids[0] && page.of.v[2].id == ids[2]);
}

static void units_bound_it(void **state)
{
	struct kh_test_store *t = *state;
	const struct {
		int64_t unit;
		bool own, shared;
		const char *slips, *contacts;
	} cases[] = {
		{tinh, false, true, "T1 X10 X2 S1", "Trực ban tỉnh Trực ban xã"}, {xa, false, true, "X10 X2 S1", "Trực ban tỉnh Trực ban xã"},
		{xa, false, false, "X10 X2 S1", "Trực ban xã"},                     {xa, true, false, "X10 X2", "Trực ban xã"},
		{truong, false, true, "S1", "Trực ban tỉnh Trực ban xã"},           {truong, false, false, "S1", ""},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_scope scope = {cases[i].unit};
		struct kh_record_list_options options = {.scope = &scope, .own = cases[i].own, .shared = cases[i].shared, .sort = "id"};
		kh_auto_free char *slips = names_of(t, SLIP, &options, NULL), *contacts = names_of(t, CONTACT, &options, NULL);
		assert_string_equal(slips, cases[i].slips);
		assert_string_equal(contacts, cases[i].contacts);
	}
}

static void pages_and_counts(void **state)
{
	struct kh_test_store *t = *state;
	struct kh_scope scope = {tinh};
	kh_auto_json json_t *filter = json_pack("{s:s}", "state", "out");
	struct kh_record_list_options options = {.scope = &scope, .sort = "id", .limit = 2, .offset = 1};
	int64_t total = 0;
	kh_auto_free char *names = names_of(t, SLIP, &options, &total);
	assert_string_equal(names, "X10 X2");
	assert_int_equal(total, 4);
	kh_auto_record_page struct kh_record_page page = {0};
	options.filter = filter;
	options.limit = 1;
	assert_int_equal(kh_record_list(t->db, SLIP, &options, &page), 0);
	assert_int_equal(page.total, 3);
	assert_string_equal(page.counts[0].state, "out");
	assert_int_equal(page.counts[0].n, 3);
	assert_int_equal(page.counts[1].n, 1); /* what another choice of states would show */
	assert_int_equal(page.counts[2].n, 0);
	assert_null(page.counts[3].state);
}

/* Every column of every register can be sorted by and filtered for emptiness: the SQL is made for each. */
static void every_field_of_every_register(void **state)
{
	struct kh_test_store *t = *state;
	struct kh_scope scope = {tinh};
	for (const struct kh_register *reg = kh_registers; reg->name; reg++)
		for (const struct kh_register_field *f = reg->fields; f->name; f++) {
			kh_auto_json json_t *filter = json_pack("{s:[n]}", f->name);
			kh_auto_record_page struct kh_record_page page = {0};
			struct kh_record_list_options options = {.scope = &scope, .sort = f->name, .filter = filter, .limit = 5, .shared = true};
			if (kh_record_list(t->db, reg, &options, &page) < 0)
				fail_msg("%s.%s: %s", reg->name, f->name, kh_fail_detail());
		}
}

KH_TESTS_WITH(setup, kh_test_store_teardown, records_are_chosen, a_register_has_its_own_order, units_bound_it, pages_and_counts, every_field_of_every_register)
