/* Rows, JSON, hash, the collector's messages, files below a root. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/collector.h"
#include "facts/limits.h"
#include "facts/rows.h"
#include "facts/test_tables.h"
#include "facts/tree.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct kh_facts_rows two_routes(bool turned)
{
	struct kh_facts_rows rows = {.table = KH_FACTS_ROUTES};
	for (int i = 0; i < 2; i++) {
		bool first = (i == 0) != turned;
		kh_row_begin(&rows);
		kh_row_text(&rows, KH_ROUTES_DESTINATION, first ? "10.0.0.0/8" : "0.0.0.0/0");
		kh_row_int(&rows, KH_ROUTES_METRIC, first ? 100 : -1);
		kh_row_bool(&rows, KH_ROUTES_IS_DEFAULT, !first);
	}
	kh_rows_sort(&rows);
	return rows;
}

static void hash_of(const struct kh_facts_rows *rows, char hash[KH_FACTS_HASH_SIZE])
{
	kh_auto_buf struct kh_buf body = KH_BUF_INIT;
	kh_facts_body_json(rows, &body);
	kh_facts_hash(rows, &body, hash);
}

static void order_does_not_change_the_hash(void **state)
{
	(void)state;
	kh_auto_facts_rows struct kh_facts_rows a = two_routes(false), b = two_routes(true), none = {.table = KH_FACTS_ROUTES};
	char hash_a[KH_FACTS_HASH_SIZE], hash_b[KH_FACTS_HASH_SIZE], hash_none[KH_FACTS_HASH_SIZE], hash_refused[KH_FACTS_HASH_SIZE];
	hash_of(&a, hash_a);
	hash_of(&b, hash_b);
	hash_of(&none, hash_none);
	assert_string_equal(hash_a, hash_b);
	assert_int_equal(kh_rows_not_measured(&none, KH_FACTS_NEEDS_ROOT), 0);
	hash_of(&none, hash_refused);
	assert_string_not_equal(hash_none, hash_refused); /* no rows is not the same as not measured */
	kh_row_begin(&b);
	hash_of(&b, hash_b);
	assert_string_not_equal(hash_a, hash_b);
}

static void rows_as_json(void **state)
{
	(void)state;
	kh_auto_facts_rows struct kh_facts_rows rows = two_routes(false);
	kh_auto_buf struct kh_buf object = KH_BUF_INIT, body = KH_BUF_INIT;
	kh_facts_row_json(&rows, 1, &object);
	assert_string_equal(object.data, "{\"destination\":\"10.0.0.0/8\",\"family\":null,\"gateway\":null,\"interface\":null,\"interface_kind\":null,\"metric\":100,\"is_default\":false}");
	kh_facts_body_json(&rows, &body);
	assert_string_equal(body.data, "[[\"0.0.0.0/0\",null,null,null,null,-1,true],[\"10.0.0.0/8\",null,null,null,null,100,false]]");
}

static void texts_become_clean(void **state)
{
	(void)state;
	kh_auto_free char *long_text = kh_alloc(KH_MAX_TEXT + 3);
	memset(long_text, 'x', KH_MAX_TEXT - 1);
	memcpy(long_text + KH_MAX_TEXT - 1, "\xc3\xa1", 2);
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"Tha\xcc\x81i", "Thái"}, /* decomposed */
		{"\xff\xfe", "\\xff\\xfe"},
		{"", ""},
	};
	kh_auto_facts_rows struct kh_facts_rows rows = {.table = KH_FACTS_ROUTES};
	kh_row_begin(&rows);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_row_text(&rows, KH_ROUTES_INTERFACE, cases[i].in);
		assert_string_equal(kh_row_get_text(&rows, KH_ROUTES_INTERFACE), cases[i].out);
	}
	kh_row_filled(&rows, KH_ROUTES_INTERFACE, "");
	assert_null(kh_row_get_text(&rows, KH_ROUTES_INTERFACE));
	kh_row_text(&rows, KH_ROUTES_INTERFACE, long_text);
	assert_int_equal(strlen(kh_row_get_text(&rows, KH_ROUTES_INTERFACE)), KH_MAX_TEXT - 1); /* no half characters */
}

static void rows_have_a_limit(void **state)
{
	(void)state;
	struct kh_facts_rows rows = {.table = KH_FACTS_ROUTES};
	for (size_t i = 0; i < KH_MAX_FACT_ROWS + 5; i++) {
		kh_row_begin(&rows);
		kh_row_text(&rows, KH_ROUTES_INTERFACE, "x");
	}
	assert_true(rows.overflow);
	assert_int_equal(rows.n, KH_MAX_FACT_ROWS);
	kh_facts_rows_done(&rows);
}

static void too_many_packages(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
	kh_auto_buf struct kh_buf status = KH_BUF_INIT;
	for (size_t i = 0; i <= KH_MAX_FACT_ROWS; i++)
		kh_buf_addf(&status, "Package: p%zu\nStatus: install ok installed\nVersion: 1\n\n", i);
	test_tree_bytes(&t, "/var/lib/dpkg/status", status.data, status.len);
	test_collect(&t, KH_FACTS_PACKAGES, &rows);
	assert_int_equal(rows.reason, KH_FACTS_TOO_LARGE);
	assert_int_equal(rows.n, 0);
	test_tree_done(&t);
}

/* ---- messages ---- */

static int decode(const struct kh_buf *message, struct kh_collected *ret)
{
	kh_auto_json json_t *header = NULL;
	kh_auto_free char *columns = NULL;
	int r = kh_collector_decode((const uint8_t *)message->data, message->len, &header, &columns, ret);
	ret->detail = ret->columns = NULL; /* lent from what ends here */
	return r;
}

static void messages_there_and_back(void **state)
{
	(void)state;
	kh_auto_facts_rows struct kh_facts_rows rows = two_routes(false);
	kh_auto_buf struct kh_buf message = KH_BUF_INIT;
	kh_auto_json json_t *parsed = NULL;
	struct kh_collected table = {0};
	kh_rows_note(&rows, "half of \"it\"");
	kh_collector_encode(&rows, 7, &message);
	assert_int_equal(decode(&message, &table), 0);
	assert_int_equal(table.table, KH_FACTS_ROUTES);
	assert_int_equal(table.state, KH_FACTS_MEASURED);
	assert_int_equal(table.rows, 2);
	assert_int_equal(table.ms, 7);
	assert_int_equal(kh_collected_rows(&table, &parsed), 0);
	assert_int_equal(json_integer_value(json_array_get(json_array_get(parsed, 1), KH_ROUTES_METRIC)), 100);
}

/* Replaces the first `old` in a message by `new` of the same length. */
static void spoil(struct kh_buf *message, const char *old, const char *new)
{
	assert_int_equal(strlen(old), strlen(new));
	for (size_t i = 0; i + strlen(old) <= message->len; i++)
		if (memcmp(message->data + i, old, strlen(old)) == 0) {
			memcpy(message->data + i, new, strlen(new));
			return;
		}
	fail_msg("no %s in the message", old);
}

static void messages_that_lie(void **state)
{
	(void)state;
	static const char *const lies[][2] = {
		{"\"routes\"", "\"rootes\""}, {"\"measured\"", "\"mesaured\""}, {"\"metric\"", "\"mertic\""}, {"10.0.0.0/8", "10.0.0.0/9"},
		{"\"rows\":2", "\"rows\":x"}, {"\"ms\":7", "\"ms\":-"},          {"\"hash\":\"", "\"hush\":\""}, {"{\"table\"", "[\"table\""},
	};
	for (size_t i = 0; i < KH_COUNT(lies); i++) {
		kh_auto_facts_rows struct kh_facts_rows rows = two_routes(false);
		kh_auto_buf struct kh_buf message = KH_BUF_INIT;
		struct kh_collected table = {0};
		kh_collector_encode(&rows, 7, &message);
		spoil(&message, lies[i][0], lies[i][1]);
		if (decode(&message, &table) >= 0)
			fail_msg("%s was taken for %s", lies[i][1], lies[i][0]);
		message.len = 3;
		assert_int_equal(decode(&message, &table), KH_E_SYNTAX);
	}
}

static void rows_that_do_not_fit(void **state)
{
	(void)state;
	static const struct {
		const char *body;
		size_t rows;
		int error;
	} cases[] = {
		{"[[\"a\",null,null,null,null,1,true]]", 1, 0},
		{"[[\"a\",null,null,null,null,1,true]]", 2, KH_E_INVALID_FIELD},
		{"[[\"a\",null,null,null,null,1]]", 1, KH_E_INVALID_FIELD},
		{"[[1,null,null,null,null,1,true]]", 1, KH_E_INVALID_FIELD},
		{"[[\"a\",null,null,null,null,\"1\",true]]", 1, KH_E_INVALID_FIELD},
		{"[[\"a\",null,null,null,null,1.5,true]]", 1, KH_E_INVALID_FIELD},
		{"[[\"a\",null,null,null,null,1,1]]", 1, KH_E_INVALID_FIELD},
		{"[{}]", 1, KH_E_INVALID_FIELD},
		{"{}", 0, KH_E_INVALID_FIELD},
		{"[", 0, KH_E_SYNTAX},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_json json_t *rows = NULL;
		const struct kh_collected table = {.table = KH_FACTS_ROUTES, .rows = cases[i].rows, .body = cases[i].body, .body_len = strlen(cases[i].body)};
		if (kh_collected_rows(&table, &rows) != cases[i].error)
			fail_msg("case %zu: %s", i, kh_fail_detail());
	}
}

/* ---- files below a root ---- */

static void links_stay_below_the_root(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	char line[64];
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	test_tree_file(&t, "/etc/inside", "inside\n");
	test_tree_link(&t, "/etc/absolute", "/etc/inside");
	test_tree_link(&t, "/etc/upward", "../../../../../../../../etc/inside");
	test_tree_link(&t, "/etc/outside", "/proc/version"); /* exists outside only */
	test_tree_link(&t, "/etc/ring", "ring");
	assert_true(kh_tree_line(t.fd, "/etc/absolute", line, sizeof line));
	assert_string_equal(line, "inside");
	assert_true(kh_tree_line(t.fd, "/etc/upward", line, sizeof line));
	assert_string_equal(line, "inside");
	assert_false(kh_tree_line(t.fd, "/etc/outside", line, sizeof line));
	assert_false(kh_tree_exists(t.fd, "/etc/outside"));
	assert_true(kh_tree_read(t.fd, "/etc/ring", 10, &text) < 0);
	assert_int_equal(kh_tree_read(t.fd, "/etc/none", 10, &text), KH_E_NOT_FOUND);
	assert_int_equal(kh_tree_read(t.fd, "/etc", 10, &text), KH_E_NOT_SUPPORTED);
	assert_int_equal(kh_tree_read(t.fd, "/etc/inside", 3, &text), KH_E_TOO_LARGE);
	test_tree_done(&t);
}

static void pipes_do_not_stop_us(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	char path[300];
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	snprintf(path, sizeof path, "%s/pipe", t.path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(kh_tree_read(t.fd, "/pipe", 10, &text), KH_E_NOT_SUPPORTED);
	test_tree_done(&t);
}

static void ends_and_patterns(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_names struct kh_names names = {0};
	bool cut = false;
	test_tree_file(&t, "/d/b.conf", "0123456789");
	test_tree_file(&t, "/d/a.conf", "x");
	test_tree_file(&t, "/d/.hidden.conf", "x");
	test_tree_file(&t, "/d/other", "x");
	assert_int_equal(kh_tree_read_end(t.fd, "/d/b.conf", 4, &text, &cut), 0);
	assert_true(cut);
	assert_string_equal(text.data, "6789");
	assert_int_equal(kh_tree_glob(t.fd, "/d/*.conf", &names), 0);
	assert_int_equal(names.n, 2);
	assert_string_equal(names.v[0], "/d/a.conf");
	assert_int_equal(kh_tree_glob(t.fd, "/none/*.conf", &names), 0);
	assert_int_equal(names.n, 0);
	test_tree_done(&t);
}

KH_TESTS(order_does_not_change_the_hash, rows_as_json, texts_become_clean, rows_have_a_limit, too_many_packages, messages_there_and_back, messages_that_lie,
	 rows_that_do_not_fit, links_stay_below_the_root, pipes_do_not_stop_us, ends_and_patterns)
