/* What limits users and machines: scopes of queries, enrolment tokens and their links. */
#include "server/account/scope.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/account/qr.h"
#include "server/account/token.h"
#include "server/test_store.h"

#include <sys/wait.h>
#include <unistd.h>

/* ---- scope ---- */

static int64_t seen(struct kh_test_store *t, int64_t unit, const char *kind)
{
	struct kh_scope scope = {unit};
	int64_t n = 0;
	assert_int_equal(kh_scope_int(t->db, &scope, &n, "SELECT COUNT(*) FROM unit u WHERE u.kind = ?1 AND {scope:u.id} AND {scope:u.id}", kind), 0);
	return n;
}

static void scopes_are_subtrees(void **state)
{
	struct kh_test_store *t = *state;
	int64_t top = kh_test_unit(t, "top", 0), left = kh_test_unit(t, "left", top), right = kh_test_unit(t, "right", top),
		leaf = kh_test_unit(t, "leaf", left);
	assert_int_equal(seen(t, top, "department"), 4);
	assert_int_equal(seen(t, left, "department"), 2);
	assert_int_equal(seen(t, leaf, "department"), 1);
	assert_int_equal(seen(t, 0, "department"), 0);
	assert_int_equal(seen(t, top, "school"), 0);
	struct kh_scope scope = {left}, narrow = {0};
	bool inside = true;
	assert_int_equal(kh_scope_narrow(t->db, &scope, NULL, &narrow), 0);
	assert_int_equal(narrow.unit_id, left);
	assert_int_equal(kh_scope_narrow(t->db, &scope, "leaf", &narrow), 0);
	assert_int_equal(narrow.unit_id, leaf);
	assert_int_equal(kh_scope_narrow(t->db, &scope, "right", &narrow), KH_E_UNKNOWN_UNIT);
	assert_int_equal(kh_scope_narrow(t->db, &scope, "top", &narrow), KH_E_UNKNOWN_UNIT);
	assert_int_equal(kh_scope_narrow(t->db, &scope, "nowhere", &narrow), KH_E_UNKNOWN_UNIT);
	assert_int_equal(kh_scope_has(t->db, &scope, right, &inside), 0);
	assert_false(inside);
	assert_int_equal(kh_scope_has(t->db, &scope, leaf, &inside), 0);
	assert_true(inside);
}

/* A query that forgot its scope, or a mark that is none, ends the program: in a child, whose end is looked at. */
static void queries_without_scope_abort(void **state)
{
	struct kh_test_store *t = *state;
	static const char *const texts[] = {"SELECT COUNT(*) FROM unit", "SELECT COUNT(*) FROM unit u WHERE {scope:}",
					    "SELECT COUNT(*) FROM unit u WHERE {scope:u.id OR 1}"};
	for (size_t i = 0; i < KH_COUNT(texts); i++) {
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			struct kh_scope scope = {1};
			int64_t n = 0;
			close(STDERR_FILENO);
			kh_ignore(kh_scope_int(t->db, &scope, &n, texts[i]));
			_exit(0);
		}
		int status = 0;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

/* ---- tokens ---- */

struct creating {
	struct kh_token_new token;
	char text[KH_TOKEN_SIZE];
	int64_t id;
};

static int create(struct kh_db *db, void *arg)
{
	struct creating *c = arg;
	return kh_token_create(db, &c->token, "test", 1000, c->text, &c->id);
}

static int use(struct kh_db *db, void *id)
{
	return kh_token_use(db, *(int64_t *)id);
}

static int revoke_token(struct kh_db *db, void *id)
{
	return kh_token_revoke(db, *(int64_t *)id, "test");
}

static void tokens_are_used_up(void **state)
{
	struct kh_test_store *t = *state;
	struct creating c = {.token = {.unit_id = kh_test_unit(t, "top", 0), .uses = 2, .life_s = 100}};
	assert_int_equal(kh_store_write(t->store, create, &c), 0);
	assert_int_equal(strlen(c.text), KH_TOKEN_SIZE - 1);
	struct kh_token found = {0};
	assert_int_equal(kh_token_find(t->db, c.text, 1099, &found), 0);
	assert_int_equal(found.id, c.id);
	assert_int_equal(kh_token_find(t->db, c.text, 1100, &found), KH_E_TOKEN_EXPIRED);
	assert_int_equal(kh_token_find(t->db, "x", 1000, &found), KH_E_TOKEN_INVALID);
	assert_int_equal(kh_store_write(t->store, use, &c.id), 0);
	assert_int_equal(kh_store_write(t->store, use, &c.id), 0);
	assert_int_equal(kh_store_write(t->store, use, &c.id), KH_E_TOKEN_USED);
	assert_int_equal(kh_store_write(t->store, revoke_token, &c.id), 0);
	assert_int_equal(kh_store_write(t->store, revoke_token, &c.id), 0);
	assert_int_equal(kh_token_find(t->db, c.text, 1000, &found), KH_E_TOKEN_INVALID);
	int64_t none = 99;
	assert_int_equal(kh_store_write(t->store, revoke_token, &none), KH_E_NOT_FOUND);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'token.revoke'"), 1);
	const struct kh_token_new bad[] = {
		{c.token.unit_id, 0, 100},
		{c.token.unit_id, KH_TOKEN_MAX_USES + 1, 100},
		{c.token.unit_id, 1, 59},
		{c.token.unit_id, 1, KH_TOKEN_MAX_LIFE_S + 1},
		{99, 1, 100},
	};
	for (size_t i = 0; i < KH_COUNT(bad); i++) {
		struct creating b = {.token = bad[i]};
		assert_int_equal(kh_store_write(t->store, create, &b), bad[i].unit_id == 99 ? KH_E_UNIT_ENDED : KH_E_INVALID_FIELD);
	}
}

static void links_and_codes(void **state)
{
	(void)state;
	kh_auto_free char *name = kh_token_link("khien.example.vn", 8443, "TOKEN", "PIN"), *six = kh_token_link("2001:db8::7", 443, "TOKEN", "PIN");
	assert_string_equal(name, "https://khien.example.vn:8443/e/TOKEN#PIN");
	assert_string_equal(six, "https://[2001:db8::7]:443/e/TOKEN#PIN");
	kh_auto_free char *plain = NULL, *coloured = NULL, *svg = NULL, *none = NULL, *big = kh_format("%5000s", "x");
	assert_int_equal(kh_qr_terminal(name, false, &plain), 0);
	assert_int_equal(kh_qr_terminal(name, true, &coloured), 0);
	assert_int_equal(kh_qr_svg(name, &svg), 0);
	assert_non_null(strstr(plain, "██ ▄▄▄▄▄ █")); /* a finder pattern behind the quiet zone */
	assert_true(kh_starts_with(coloured, "\033[97;40m"));
	assert_true(kh_starts_with(svg, "<svg ") && kh_ends_with(svg, "</svg>"));
	assert_int_equal(kh_qr_svg(big, &none), KH_E_TOO_LARGE);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, kh_test_store_setup, kh_test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {CASE(scopes_are_subtrees), CASE(queries_without_scope_abort), CASE(tokens_are_used_up), CASE(links_and_codes)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
