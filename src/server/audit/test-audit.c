#include "server/audit/audit.h"
#include "server/audit/detail.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "crypto/hash.h"
#include "os/file.h"
#include "server/test_store.h"

#include <stdio.h>
#include <unistd.h>

static int append(struct kh_db *db, void *detail)
{
	return kh_audit_append(db,
			       &(struct kh_audit){.actor = "local:root", .unit_id = 0, .action = KH_AUDIT_ACTION_USER_ADD, .target = "Phường Hòa Bình", .detail = detail});
}

static int append_of_unit(struct kh_db *db, void *detail)
{
	return kh_audit_append(db, &(struct kh_audit){.actor = "lan", .unit_id = 7, .action = KH_AUDIT_ACTION_USER_ADD, .target = "", .detail = detail});
}

/* Three rows and the file of heads. */
static void fill(struct kh_test_store *t, const char *heads)
{
	struct kh_audit_head last = {0};
	for (int i = 0; i < 3; i++) {
		char detail[] = "line\nend and \xff byte";
		assert_int_equal(kh_store_write(t->store, i == 1 ? append_of_unit : append, detail), 0);
		assert_int_equal(kh_audit_note_head(t->db, heads, &last), 0);
		assert_int_equal(last.count, i + 1);
	}
}

static void intact_chain_is_intact(void **state)
{
	struct kh_test_store *t = *state;
	kh_auto_free char *heads = kh_format("%s/audit.heads", t->dir);
	struct kh_audit_verdict v = {0};
	assert_int_equal(kh_audit_verify(t->db, heads, &v), 0);
	assert_true(v.intact);
	assert_int_equal(v.rows, 0);
	fill(t, heads);
	assert_int_equal(kh_audit_verify(t->db, heads, &v), 0);
	assert_true(v.intact);
	assert_int_equal(v.rows, 3);
	assert_int_equal(kh_audit_verify(t->db, NULL, &v), 0);
	assert_true(v.intact);
}

/* The form in audit.h, written out by hand. */
static void canonical_form_is_as_documented(void **state)
{
	struct kh_test_store *t = *state;
	char detail[] = "ghi chú";
	assert_int_equal(kh_store_write(t->store, append, detail), 0);
	kh_auto_free char *stored = NULL;
	assert_int_equal(kh_db_text(t->db, &stored, "SELECT hash FROM audit WHERE id = 1"), 0);
	kh_auto_free char *form = kh_format("%064d\n1\n%lld\n10:local:root\n-\n8:user.add\n20:Phường Hòa Bình\n8:ghi chú\n.\n", 0,
					    (long long)kh_test_number(t, "SELECT at_ms FROM audit"));
	uint8_t hash[KH_SHA256_SIZE];
	char hex[KH_SHA256_HEX_SIZE];
	kh_sha256_of(form, strlen(form), hash);
	assert_string_equal(kh_sha256_hex(hash, hex), stored);
}

/* Stored once, said in the language of whoever reads. */
static void words_are_said_in_the_readers_language(void **state)
{
	(void)state;
	kh_auto_free char *stored = kh_audit_words("%s, from %s", "máy-01 \"a\"\n", "10.0.0.7", NULL), *alone = kh_audit_words("to be changed at the first login", NULL);
	static const struct {
		enum kh_language language;
		const char *two, *none;
	} cases[] = {
		{KH_EN, "máy-01 \"a\"\\x0a, from 10.0.0.7", "to be changed at the first login"},
		{KH_VI, "máy-01 \"a\"\\x0a, từ 10.0.0.7", "phải đổi khi đăng nhập lần đầu"},
		{KH_EN, "máy-01 \"a\"\\x0a, from 10.0.0.7", "to be changed at the first login"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_language_use(cases[i].language);
		kh_auto_free char *two = kh_audit_say(stored), *none = kh_audit_say(alone), *long_value = kh_alloc(3000);
		assert_string_equal(two, cases[i].two);
		assert_string_equal(none, cases[i].none);
		memset(long_value, '"', 2999);
		kh_auto_free char *longest = kh_audit_words("%s, %s, from %s", long_value, long_value, long_value, NULL);
		assert_true(strlen(longest) < KH_AUDIT_MAX_DETAIL);
	}
	static const char *const as_it_is[] = {"", "ghi chú", "[", "[]", "[1]", "[\"%s\"]", "[\"%s\",1]", "[\"%d\",\"a\"]", "[\"%s\",\"a\"", "[\"a\",\"b\"]", "{\"a\":1}"};
	for (size_t i = 0; i < KH_COUNT(as_it_is); i++) {
		kh_auto_free char *said = kh_audit_say(as_it_is[i]);
		assert_string_equal(said, as_it_is[i]);
	}
}

static int append_then_fail(struct kh_db *db, void *detail)
{
	int r = append(db, detail);
	return r < 0 ? r : kh_fail(KH_E_FORBIDDEN, "no");
}

static void undone_act_leaves_no_row(void **state)
{
	struct kh_test_store *t = *state;
	assert_int_equal(kh_store_write(t->store, append_then_fail, NULL), KH_E_FORBIDDEN);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit"), 0);
	struct kh_audit_head head = {.count = 5};
	assert_int_equal(kh_audit_head(t->db, &head), 0);
	assert_int_equal(head.count, 0);
}

static void every_change_shows(void **state)
{
	struct kh_test_store *t = *state;
	kh_auto_free char *heads = kh_format("%s/audit.heads", t->dir);
	static const struct {
		const char *sql;
		int64_t broken;
	} cases[] = {
		{"UPDATE audit SET detail = 'x' WHERE id = 2", 2},
		{"UPDATE audit SET actor = 'x' WHERE id = 1", 1},
		{"UPDATE audit SET at_ms = at_ms + 1 WHERE id = 3", 3},
		{"UPDATE audit SET unit_id = NULL WHERE id = 2", 2},
		{"UPDATE audit SET unit_id = 1 WHERE id = 1", 1},
		{"UPDATE audit SET target = target || ' ' WHERE id = 3", 3},
		{"UPDATE audit SET hash = '' WHERE id = 1", 1},
		{"DELETE FROM audit WHERE id = 1", 1},
		{"DELETE FROM audit WHERE id = 2", 2},
		{"DELETE FROM audit WHERE id = 3", 3},
		{"UPDATE audit SET id = 9 WHERE id = 2", 2},
		{"INSERT INTO audit SELECT 4, at_ms, actor, unit_id, action, target, detail, hash FROM audit WHERE id = 3", 4},
		{"DELETE FROM meta WHERE key = 'audit_head'", 0},
		{"UPDATE meta SET value = 'x' WHERE key = 'audit_head'", 0},
		/* The end is taken off and the head adjusted: only the file knows. */
		{"DELETE FROM audit WHERE id = 3; UPDATE meta SET value = '2 ' || (SELECT hash FROM audit WHERE id = 2) WHERE key = 'audit_head'", 3},
		{"DELETE FROM audit; DELETE FROM meta WHERE key = 'audit_head'", 1},
	};
	fill(t, heads);
	kh_test_sql(t, "CREATE TABLE kept AS SELECT * FROM audit; CREATE TABLE kept_meta AS SELECT * FROM meta");
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_test_sql(t, cases[i].sql);
		struct kh_audit_verdict v = {.intact = true};
		assert_int_equal(kh_audit_verify(t->db, heads, &v), 0);
		assert_false(v.intact);
		assert_int_equal(v.broken_id, cases[i].broken);
		assert_true(*v.what != '\0');
		kh_test_sql(t, "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; DELETE FROM meta; INSERT INTO meta SELECT * FROM kept_meta");
	}
}

/* Rewritten from the second row on, every hash right again: it shows in the file. */
static void rewritten_log_shows(void **state)
{
	struct kh_test_store *t = *state;
	kh_auto_free char *heads = kh_format("%s/audit.heads", t->dir);
	fill(t, heads);
	kh_test_sql(t, "DELETE FROM audit WHERE id > 1; UPDATE meta SET value = '1 ' || (SELECT hash FROM audit WHERE id = 1) WHERE key = 'audit_head'");
	char other[] = "another story";
	assert_int_equal(kh_store_write(t->store, append, other), 0);
	assert_int_equal(kh_store_write(t->store, append, other), 0);
	struct kh_audit_verdict v = {0};
	assert_int_equal(kh_audit_verify(t->db, NULL, &v), 0);
	assert_true(v.intact);
	assert_int_equal(kh_audit_verify(t->db, heads, &v), 0);
	assert_false(v.intact);
	assert_int_equal(v.broken_id, 2);
}

/* What a crash may leave of the file is no accusation. */
static void file_may_lag(void **state)
{
	struct kh_test_store *t = *state;
	kh_auto_free char *heads = kh_format("%s/audit.heads", t->dir);
	fill(t, heads);
	char later[] = "after the last line of the file";
	assert_int_equal(kh_store_write(t->store, append, later), 0);
	FILE *f = fopen(heads, "a");
	assert_non_null(f);
	fprintf(f, "4 0123");
	fclose(f);
	struct kh_audit_verdict v = {0};
	assert_int_equal(kh_audit_verify(t->db, heads, &v), 0);
	assert_true(v.intact);
	assert_int_equal(v.rows, 4);
	struct kh_audit_head last = {0};
	assert_int_equal(kh_audit_note_head(t->db, heads, &last), 0);
	assert_int_equal(kh_audit_verify(t->db, heads, &v), 0);
	assert_true(v.intact);
}

static void unwritable_file_is_told(void **state)
{
	struct kh_test_store *t = *state;
	char detail[] = "x";
	struct kh_audit_head last = {0};
	kh_auto_free char *heads = kh_format("%s/no/such/audit.heads", t->dir);
	assert_int_equal(kh_store_write(t->store, append, detail), 0);
	assert_int_equal(kh_audit_note_head(t->db, heads, &last), KH_E_NOT_FOUND);
	assert_int_equal(last.count, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, kh_test_store_setup, kh_test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(intact_chain_is_intact),   CASE(canonical_form_is_as_documented),
		CASE(undone_act_leaves_no_row), CASE(every_change_shows),
		CASE(rewritten_log_shows),      CASE(file_may_lag),
		CASE(unwritable_file_is_told), CASE(words_are_said_in_the_readers_language),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
