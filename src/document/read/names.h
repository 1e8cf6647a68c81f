/* Names found in tables by their sums: of XML's elements, of RTF's words. A table is an array of structs that begin with the name; at most KH_NAMES_MAX of them. */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KH_NAMES_MAX 200

struct kh_names {
	const void *table;
	size_t width; /* of a struct */
	uint8_t places[256]; /* by sum: numbers from 1; names that have the same sum stand one behind the other */
};

void kh_names_init(struct kh_names *n, const void *table, size_t width, size_t count);

static inline uint32_t kh_names_sum(uint32_t sum, char c)
{
	return sum * 31 + (uint8_t)c;
}

/* Its index + 1; 0: the table has no such name. `sum`: of its letters one after the other, from 0. */
static inline size_t kh_names_find(const struct kh_names *n, const char *name, uint32_t sum)
{
	uint8_t at = (uint8_t)(sum ^ sum >> 8);
	while (n->places[at] && strcmp(*(const char *const *)((const char *)n->table + (n->places[at] - 1U) * n->width), name) != 0)
		at++;
	return n->places[at];
}
