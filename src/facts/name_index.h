/* Names → positions, with several positions for one name: to find, among a million paragraphs, those about the few thousand things we have. The names are
 * lent and must outlive the index. */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

#define KH_NO_NAME SIZE_MAX

struct kh_name_slot {
	const char *name;
	size_t value, next; /* next slot with the same hash chain, KH_NO_NAME at its end */
};

struct kh_name_index {
	struct kh_name_slot *v;
	size_t n, cap;
	size_t *heads, *slot_of; /* chains by hash; slot of a value */
	size_t heads_count, values_count;
};

/* Each value (a position in the caller's array) is added at most once. */
void kh_name_index_add(struct kh_name_index *index, const char *name, size_t value);
void kh_name_index_done(struct kh_name_index *index);

/* The positions of a name of that length, one after the other; KH_NO_NAME at the end. */
size_t kh_name_index_first(const struct kh_name_index *index, const char *name, size_t length);
size_t kh_name_index_next(const struct kh_name_index *index, size_t value, const char *name, size_t length);
