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
	struct {
		uint8_t number; /* in the table, from 1 */
		uint8_t check;  /* another part of its sum: names that are not there are hardly ever compared */
	} places[256]; /* by sum; names that have the same stand one behind the other */
};

/* The table and its names are lent, until the last is looked for: a table is written in the program, and stays. No name stands in it twice, and `count` is KH_NAMES_MAX at most: both are asserted, as
 * a mistake of ours. */
void kh_names_init(struct kh_names *n, const void *table, size_t width, size_t count);

static inline uint32_t kh_names_sum(uint32_t sum, char c)
{
	return sum * 31 + (uint8_t)c;
}

static inline uint8_t kh_names_place(uint32_t sum)
{
	return (uint8_t)(sum ^ sum >> 8);
}

static inline uint8_t kh_names_check(uint32_t sum)
{
	return (uint8_t)(sum >> 4 ^ sum >> 16);
}

/* Its index + 1; 0: the table has no such name. `sum`: of its letters one after the other, from 0. */
static inline size_t kh_names_find(const struct kh_names *n, const char *name, uint32_t sum)
{
	uint8_t at = kh_names_place(sum), check = kh_names_check(sum);
	for (; n->places[at].number; at++)
		if (n->places[at].check == check && strcmp(*(const char *const *)((const char *)n->table + (n->places[at].number - 1U) * n->width), name) == 0)
			break;
	return n->places[at].number;
}
