#include "facts/name_index.h"

#include "base/alloc.h"
#include "base/array.h"

#include <string.h>

/* FNV-1a, 32 bits. */
static uint32_t hash_of(const char *name, size_t length)
{
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619u;
	return hash;
}

static void hang(struct kh_name_index *index, size_t slot)
{
	const char *name = index->v[slot].name;
	size_t *head = &index->heads[hash_of(name, strlen(name)) & (index->heads_count - 1)];
	index->v[slot].next = *head;
	*head = slot;
}

static void grow(struct kh_name_index *index)
{
	index->heads_count = index->heads_count ? index->heads_count * 2 : 1024;
	index->heads = kh_realloc_array(index->heads, index->heads_count, sizeof *index->heads);
	for (size_t i = 0; i < index->heads_count; i++)
		index->heads[i] = KH_NO_NAME;
	for (size_t i = 0; i < index->n; i++)
		hang(index, i);
}

void kh_name_index_add(struct kh_name_index *index, const char *name, size_t value)
{
	kh_array_push(index, ((struct kh_name_slot){name, value, KH_NO_NAME}));
	if (index->n > index->heads_count)
		grow(index);
	else
		hang(index, index->n - 1);
	if (value >= index->values_count) {
		size_t wanted = KH_MAX(value + 1, index->values_count * 2);
		index->slot_of = kh_realloc_array(index->slot_of, wanted, sizeof *index->slot_of);
		for (size_t i = index->values_count; i < wanted; i++)
			index->slot_of[i] = KH_NO_NAME;
		index->values_count = wanted;
	}
	index->slot_of[value] = index->n - 1;
}

void kh_name_index_done(struct kh_name_index *index)
{
	kh_array_done(index);
	free(index->heads);
	free(index->slot_of);
	*index = (struct kh_name_index){0};
}

static size_t search(const struct kh_name_index *index, size_t slot, const char *name, size_t length)
{
	for (; slot != KH_NO_NAME; slot = index->v[slot].next)
		if (strncmp(index->v[slot].name, name, length) == 0 && index->v[slot].name[length] == '\0')
			return index->v[slot].value;
	return KH_NO_NAME;
}

size_t kh_name_index_first(const struct kh_name_index *index, const char *name, size_t length)
{
	if (!index->heads_count)
		return KH_NO_NAME;
	return search(index, index->heads[hash_of(name, length) & (index->heads_count - 1)], name, length);
}

size_t kh_name_index_next(const struct kh_name_index *index, size_t value, const char *name, size_t length)
{
	return search(index, index->v[index->slot_of[value]].next, name, length);
}
