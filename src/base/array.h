/* Typed growing arrays. `KH_ARRAY(struct kh_unit) units = {0};` gives units.v (the items) and units.n (how many). The array owns its memory,
 * not what the items point to. */
#pragma once

#include "base/alloc.h"

#include <stddef.h>

#define KH_ARRAY(type)         \
	struct {               \
		type *v;       \
		size_t n, cap; \
	}

/* Appends an item and gives its address (until the next push). The caller checks the maximum that applies before pushing. */
#define kh_array_push(a, item)                                                        \
	({                                                                            \
		if ((a)->n == (a)->cap) {                                             \
			(a)->cap = (a)->cap ? (a)->cap * 2 : 8;                       \
			(a)->v = kh_realloc_array((a)->v, (a)->cap, sizeof *(a)->v); \
		}                                                                     \
		(a)->v[(a)->n] = (item);                                              \
		&(a)->v[(a)->n++];                                                    \
	})

#define kh_array_done(a)                \
	do {                            \
		free((a)->v);           \
		(a)->v = NULL;          \
		(a)->n = (a)->cap = 0;  \
	} while (0)

#define kh_array_each(a, item) for (__typeof__((a)->v + 0) item = (a)->v; item && item < (a)->v + (a)->n; item++)
