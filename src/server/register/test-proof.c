#include "server/register/proof.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "os/file.h"
#include "server/test_store.h"

#include <unistd.h>

#define SLIP (&kh_registers[KH_REGISTER_REPAIR_SLIP])

static int64_t tinh, xa, slip;

struct doing {
	int (*fn)(struct kh_db *writer, const struct doing *d);
	struct kh_record_by by;
	struct kh_proof_new file;
	int64_t *ret;
};

static int create(struct kh_db *writer, const struct doing *d)
{
	kh_auto_json json_t *fields = json_pack("{s:s, s:s, s:s, s:s, s:s}", "number", "1", "device", "x", "shop", "x", "disk", "none", "out_on", "2026-01-01");
	return kh_record_create(writer, SLIP, xa, fields, &d->by, d->ret);
}

static int add(struct kh_db *writer, const struct doing *d)
{
	return kh_proof_add(writer, SLIP, slip, &d->file, &d->by, d->ret);
}

static int take_off(struct kh_db *writer, const struct doing *d)
{
	return kh_proof_remove(writer, SLIP, slip, *d->ret, &d->by);
}

static int run(struct kh_db *writer, void *arg)
{
	const struct doing *d = arg;
	return d->fn(writer, d);
}

static int act(struct kh_test_store *t, struct doing d)
{
	if (!d.by.actor)
		d.by = kh_record_by_system(1795000000);
	return kh_store_write(t->store, run, &d);
}

static int setup(void **state)
{
	int r = kh_test_store_setup(state);
	struct kh_test_store *t = *state;
	tinh = kh_test_unit(t, "tinh", 0);
	xa = kh_test_unit(t, "xa", tinh);
	assert_int_equal(act(t, (struct doing){.fn = create, .ret = &slip}), 0);
	return r;
}

#define HASH "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" /* of "hello" */

static void names_are_cleaned(void **state)
{
	struct kh_test_store *t = *state;
	static const struct {
		const char *given, *kept; /* NULL: refused */
	} cases[] = {
		{"Biên bản.pdf", "Biên bản.pdf"}, {"../../etc/passwd", "passwd"}, {"C:\\Users\\a\\b.doc", "b.doc"}, {" a ", "a"},
		{"", NULL}, {".", NULL}, {"..", NULL}, {"a/", NULL}, {"a\nb", NULL}, {"a\x7f", NULL},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		int64_t id = 0;
		int r = act(t, (struct doing){.fn = add, .file = {"photo", cases[i].given, 5, HASH}, .ret = &id});
		assert_int_equal(r, cases[i].kept ? 0 : KH_E_INVALID_FIELD);
		kh_auto_record struct kh_record record = {0};
		kh_auto_proof struct kh_proof proof = {0};
		assert_int_equal(kh_record_get(t->db, SLIP, slip, NULL, &record), 0);
		if (r == 0)
			assert_int_equal(kh_proof_get(t->db, &record, id, &proof), 0);
		if (r == 0)
			assert_string_equal(proof.name, cases[i].kept);
	}
	int64_t id = 0;
	assert_int_equal(act(t, (struct doing){.fn = add, .file = {"thing", "a", 5, HASH}, .ret = &id}), KH_E_INVALID_FIELD);
}

static void bytes_are_kept_and_compared(void **state)
{
	struct kh_test_store *t = *state;
	char hash[KH_SHA256_HEX_SIZE] = "";
	struct kh_proof proof = {.sha256 = HASH};
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT, wrong = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("%s/files/" HASH, t->dir);
	assert_int_equal(kh_proof_store(t->dir, "", 0, hash), KH_E_INVALID_FIELD);
	assert_int_equal(kh_proof_store(t->dir, "hello", KH_PROOF_MAX_BYTES + 1, hash), KH_E_TOO_LARGE);
	assert_int_equal(kh_proof_store(t->dir, "hello", 5, hash), 0);
	assert_string_equal(hash, HASH);
	assert_int_equal(kh_proof_read(t->dir, &proof, &bytes), 0);
	assert_string_equal(kh_buf_text(&bytes), "hello");
	assert_int_equal(kh_file_replace(path, "hullo", 5, 0600), 0);
	assert_int_equal(kh_proof_read(t->dir, &proof, &wrong), KH_E_DATABASE);
	assert_int_equal(kh_proof_store(t->dir, "hello", 5, hash), 0); /* the same once more: good again */
	assert_int_equal(kh_proof_read(t->dir, &proof, &wrong), 0);
	unlink(path);
	assert_int_equal(kh_proof_read(t->dir, &proof, &wrong), KH_E_NOT_FOUND);
}

static void who_may_is_asked(void **state)
{
	struct kh_test_store *t = *state;
	static const struct {
		const char *state;
		bool above;
		unsigned rights;
		int add, remove;
	} cases[] = {
		{"out", false, KH_RIGHT_REGISTER_WRITE, 0, 0},
		{"out", false, KH_RIGHT_REGISTER_APPROVE, KH_E_FORBIDDEN, KH_E_FORBIDDEN},
		{"back", true, KH_RIGHT_REGISTER_APPROVE, 0, KH_E_FORBIDDEN}, /* who confirms adds the decision */
		{"back", false, KH_RIGHT_REGISTER_WRITE, 0, KH_E_RECORD_STATE},
		{"back", false, KH_RIGHT_REGISTER_READ, KH_E_FORBIDDEN, KH_E_FORBIDDEN},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *sql = kh_format("UPDATE reg_repair_slip SET state = '%s'", cases[i].state);
		struct kh_scope scope = {cases[i].above ? tinh : xa};
		struct kh_record_by by = {.actor = "ai", .scope = &scope, .rights = cases[i].rights, .now_s = 1795000000};
		int64_t id = 0, given = 0;
		kh_test_sql(t, sql);
		assert_int_equal(act(t, (struct doing){.fn = add, .by = by, .file = {"photo", "a", 5, HASH}, .ret = &id}), cases[i].add);
		assert_int_equal(act(t, (struct doing){.fn = add, .file = {"photo", "a", 5, HASH}, .ret = &given}), 0);
		assert_int_equal(act(t, (struct doing){.fn = take_off, .by = by, .ret = &given}), cases[i].remove);
	}
}

#define FINDING (&kh_registers[KH_REGISTER_FINDING])

static int64_t finding;

static int create_finding(struct kh_db *writer, const struct doing *d)
{
	kh_auto_json json_t *fields = json_object();
	for (const struct kh_register_field *f = FINDING->fields; f->name; f++)
		if (f->required)
			json_object_set_new(fields, f->name, json_string(f->codes ? f->codes[0].name : f->type == KH_FIELD_DATE ? "2026-01-01" : "x"));
	return kh_record_create(writer, FINDING, xa, fields, &d->by, &finding);
}

static int add_to_finding(struct kh_db *writer, const struct doing *d)
{
	return kh_proof_add(writer, FINDING, finding, &d->file, &d->by, d->ret);
}

static int take_off_finding(struct kh_db *writer, const struct doing *d)
{
	return kh_proof_remove(writer, FINDING, finding, *d->ret, &d->by);
}

static int fix_finding(struct kh_db *writer, const struct doing *d)
{
	kh_auto_json json_t *fields = json_pack("{s:s, s:s}", "fix", "Đã sửa", "fixed_on", "2026-01-02");
	return kh_record_move(writer, FINDING, finding, KH_RECORD_ANY_VERSION, "fix", fields, NULL, &d->by);
}

static int put_in_state(struct kh_db *writer, const struct doing *d)
{
	return kh_db_run(writer, "UPDATE reg_finding SET state = ?2 WHERE id = ?1", finding, d->file.name);
}

/* A finding that is fixed: the evidence for it stays, what was added for other reasons, or later, does not have to; and none when it is open again. */
static void the_proof_of_a_finished_move_stays(void **state)
{
	struct kh_test_store *t = *state;
	struct kh_record_by later = kh_record_by_system(1795000100);
	int64_t evidence = 0, photo = 0, more = 0;
	assert_int_equal(act(t, (struct doing){.fn = create_finding}), 0);
	assert_int_equal(act(t, (struct doing){.fn = add_to_finding, .file = {"evidence", "a", 5, HASH}, .ret = &evidence}), 0);
	assert_int_equal(act(t, (struct doing){.fn = take_off_finding, .ret = &evidence}), 0); /* before: it proves nothing yet */
	assert_int_equal(act(t, (struct doing){.fn = add_to_finding, .file = {"evidence", "b", 5, HASH}, .ret = &evidence}), 0);
	assert_int_equal(act(t, (struct doing){.fn = add_to_finding, .file = {"photo", "c", 5, HASH}, .ret = &photo}), 0);
	assert_int_equal(act(t, (struct doing){.fn = fix_finding}), 0);
	assert_int_equal(act(t, (struct doing){.fn = add_to_finding, .by = later, .file = {"evidence", "d", 5, HASH}, .ret = &more}), 0);
	assert_int_equal(act(t, (struct doing){.fn = take_off_finding, .ret = &evidence}), KH_E_RECORD_STATE);
	assert_non_null(strstr(kh_fail_detail(), kh_register_state(FINDING, "fixed")->label[kh_language()]));
	assert_int_equal(act(t, (struct doing){.fn = take_off_finding, .ret = &photo}), 0);
	assert_int_equal(act(t, (struct doing){.fn = take_off_finding, .ret = &more}), 0);
	assert_int_equal(act(t, (struct doing){.fn = put_in_state, .file = {.name = "open"}}), 0);
	assert_int_equal(act(t, (struct doing){.fn = take_off_finding, .ret = &evidence}), 0);
}

static void there_is_an_end(void **state)
{
	struct kh_test_store *t = *state;
	int64_t id = 0;
	for (int i = 0; i < KH_PROOF_MAX_FILES; i++)
		assert_int_equal(act(t, (struct doing){.fn = add, .file = {"photo", "a", 5, HASH}, .ret = &id}), 0);
	assert_int_equal(act(t, (struct doing){.fn = take_off, .ret = &id}), 0);
	assert_int_equal(act(t, (struct doing){.fn = take_off, .ret = &id}), 0); /* again: it is off already */
	assert_int_equal(act(t, (struct doing){.fn = add, .file = {"photo", "a", 5, HASH}, .ret = &id}), KH_E_LIMIT_REACHED);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM record_change WHERE what = 'file_remove'"), 1);
}

static void hashes_are_names(void **state)
{
	(void)state;
	assert_string_equal(kh_proof_hash_of("files/" HASH), HASH);
	static const char *const none[] = {"files/", "files/../ca.key", HASH, "files/" HASH "0", "files/2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824", "ca.key"};
	for (size_t i = 0; i < KH_COUNT(none); i++)
		assert_null(kh_proof_hash_of(none[i]));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, kh_test_store_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {CASE(names_are_cleaned), CASE(bytes_are_kept_and_compared), CASE(who_may_is_asked), CASE(the_proof_of_a_finished_move_stays), CASE(there_is_an_end), CASE(hashes_are_names)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
