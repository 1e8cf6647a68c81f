#include "facts/test_tables.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test_dir.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void open_tree(struct test_tree *t)
{
	t->fd = open(t->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(t->fd >= 0);
}

struct test_tree test_tree_kept(const char *name)
{
	struct test_tree t = {0};
	const char *source = getenv("KHIEN_SOURCE");
	assert_non_null(source);
	snprintf(t.path, sizeof t.path, "%s/src/facts/testdata/%s", source, name);
	open_tree(&t);
	return t;
}

struct test_tree test_tree_new(void)
{
	struct test_tree t = {.path = "/tmp/khien-tree-XXXXXX", .temporary = true};
	assert_non_null(mkdtemp(t.path));
	open_tree(&t);
	return t;
}

/* The whole path, with the folders above it made. */
static char *place(const struct test_tree *t, const char *path)
{
	char *whole = kh_format("%s%s", t->path, path), *slash = strrchr(whole, '/');
	*slash = '\0';
	assert_int_equal(kh_dir_make(whole, 0755), 0);
	*slash = '/';
	return whole;
}

void test_tree_bytes(const struct test_tree *t, const char *path, const void *bytes, size_t n)
{
	kh_auto_free char *whole = place(t, path);
	FILE *f = fopen(whole, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

void test_tree_file(const struct test_tree *t, const char *path, const char *text)
{
	test_tree_bytes(t, path, text, strlen(text));
}

void test_tree_link(const struct test_tree *t, const char *path, const char *target)
{
	kh_auto_free char *whole = place(t, path);
	assert_int_equal(symlink(target, whole), 0);
}

void test_tree_dir(const struct test_tree *t, const char *path)
{
	kh_auto_free char *inside = kh_format("%s/x", path), *whole = place(t, inside);
	assert_non_null(whole);
}

void test_tree_age(const struct test_tree *t, const char *path, int64_t modified_s)
{
	kh_auto_free char *whole = place(t, path);
	const struct timespec times[2] = {{.tv_sec = modified_s}, {.tv_sec = modified_s}};
	assert_int_equal(utimensat(AT_FDCWD, whole, times, AT_SYMLINK_NOFOLLOW), 0);
}

void test_tree_done(struct test_tree *t)
{
	close(t->fd);
	if (t->temporary)
		assert_int_equal(kh_test_remove(t->path), 0);
}

void test_collect(const struct test_tree *t, enum kh_fact_table table, struct kh_facts_rows *ret)
{
	kh_auto_facts_ctx struct kh_facts_ctx *ctx = NULL;
	const struct kh_facts_options options = {.root_fd = t->fd, .privileged = true, .now_s = TEST_NOW_S};
	assert_int_equal(kh_facts_ctx_new(&options, &ctx), 0);
	assert_int_equal(kh_facts_collect(ctx, table, ret), 0);
}

static json_t *row_object(const struct kh_facts_rows *rows, size_t row)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	json_t *object = NULL;
	kh_facts_row_json(rows, row, &text);
	assert_int_equal(kh_json_parse(text.data, text.len, &object), 0);
	return object;
}

static bool has_value(const json_t *object, const char *column, const char *expected)
{
	json_t *value = json_object_get(object, column);
	if (!value)
		fail_msg("there is no column %s", column);
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	bool same = strcmp(text, expected) == 0;
	free(text);
	return same;
}

static void check(const struct kh_facts_rows *rows, const struct test_expectation *e)
{
	for (size_t i = 0; i < rows->n; i++) {
		kh_auto_json json_t *row = row_object(rows, i);
		if (e->key && !has_value(row, e->key, e->value))
			continue;
		if (!e->column)
			fail_msg("%s: a row with %s %s", e->table, e->key, e->value);
		if (!has_value(row, e->column, e->expected)) {
			char *text = json_dumps(row, JSON_COMPACT);
			fail_msg("%s: %s is not %s in %s", e->table, e->column, e->expected, text);
		}
		return;
	}
	if (e->column)
		fail_msg("%s: no row with %s %s (%zu rows, %s, %s)", e->table, e->key ? e->key : "", e->value ? e->value : "", rows->n, kh_facts_reason_name(rows->reason),
			 rows->detail ? rows->detail : "");
}

void test_expect_in(const struct test_tree *t, const struct test_expectation *expectations, size_t n)
{
	kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
	const char *measured = NULL;
	for (size_t i = 0; i < n; i++) {
		enum kh_fact_table table = KH_FACTS_COUNT;
		if (!kh_facts_table_named(expectations[i].table, &table))
			fail_msg("there is no table %s", expectations[i].table);
		if (!kh_streq(measured, expectations[i].table))
			test_collect(t, table, &rows);
		measured = expectations[i].table;
		check(&rows, &expectations[i]);
	}
}

void test_expect(const char *tree, const struct test_expectation *expectations, size_t n)
{
	struct test_tree t = test_tree_kept(tree);
	test_expect_in(&t, expectations, n);
	test_tree_done(&t);
}
