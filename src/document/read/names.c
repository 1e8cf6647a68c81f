#include "document/read/names.h"

#include "base/alloc.h"

void kh_names_init(struct kh_names *n, const void *table, size_t width, size_t count)
{
	kh_assert(count <= KH_NAMES_MAX);
	*n = (struct kh_names){.table = table, .width = width};
	for (size_t i = 0; i < count; i++) {
		const char *name = *(const char *const *)((const char *)table + i * width);
		uint32_t sum = 0;
		for (const char *s = name; *s; s++)
			sum = kh_names_sum(sum, *s);
		kh_assert(kh_names_find(n, name, sum) == 0);
		uint8_t at = kh_names_place(sum);
		while (n->places[at].number)
			at++;
		n->places[at].number = (uint8_t)(i + 1);
		n->places[at].check = kh_names_check(sum);
	}
}
