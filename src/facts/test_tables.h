/* For tests only: trees to measure (those kept in testdata/, and ones made on the spot in a temporary folder), and expectations about the rows. */
#pragma once

#include "base/test.h"
#include "facts/facts.h"

struct test_tree {
	char path[256];
	int fd;
	bool temporary;
};

/* testdata/NAME; the folder is found by KHIEN_SOURCE. */
struct test_tree test_tree_kept(const char *name);

/* An empty one; removed by test_tree_done. */
struct test_tree test_tree_new(void);
void test_tree_file(const struct test_tree *t, const char *path, const char *text);
void test_tree_bytes(const struct test_tree *t, const char *path, const void *bytes, size_t n);
void test_tree_link(const struct test_tree *t, const char *path, const char *target);
void test_tree_dir(const struct test_tree *t, const char *path);
void test_tree_age(const struct test_tree *t, const char *path, int64_t modified_s);
void test_tree_done(struct test_tree *t);

#define TEST_NOW_S INT64_C(1726000000) /* 2024-09-10 */

/* Measures one table of a tree, as one who may read everything. */
void test_collect(const struct test_tree *t, enum kh_fact_table table, struct kh_facts_rows *ret);

/* "column" of the row in which `key` is `value` (JSON texts: "\"bash\"", "22", "true", "null"); fails when no row fits, or the value is another. key
 * NULL: the first row. column NULL: there must be no such row. */
struct test_expectation {
	const char *table, *key, *value, *column, *expected;
};

void test_expect(const char *tree, const struct test_expectation *expectations, size_t n);
void test_expect_in(const struct test_tree *t, const struct test_expectation *expectations, size_t n);
