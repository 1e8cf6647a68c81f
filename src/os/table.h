/* A table for people on standard output: columns as wide as their widest cell. On a terminal no line is longer than it is wide: the widest columns give
 * way, headings first (they go on in the next line), and a cell that does not fit ends with "…". Cells are copied, control characters in them escaped (host names and the like come from strangers). */
#pragma once

#include "base/array.h"
#include "base/attr.h"

#include <stddef.h>

struct kh_table {
	size_t columns;
	KH_ARRAY(char *) cells; /* row by row; the first row is the headings */
};

void kh_table_done(struct kh_table *t);
#define kh_auto_table KH_CLEANUP(kh_table_done)

/* All rows have as many cells as the first. */
#define kh_table_add(t, ...) kh_table_row((t), (const char *const[]){__VA_ARGS__}, KH_COUNT(((const char *const[]){__VA_ARGS__})))
void kh_table_row(struct kh_table *t, const char *const *cells, size_t n);

/* Headings stand out on a terminal (not with NO_COLOR). KH_E_IO. */
int kh_table_print(const struct kh_table *t) KH_MUST_USE;
