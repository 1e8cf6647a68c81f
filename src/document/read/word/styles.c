#include "document/read/word/styles.h"

#include "base/alloc.h"
#include "base/str.h"

#include <stdlib.h>

void kh_word_styles_done(struct kh_word_styles *s)
{
	kh_array_each(&s->list, one) {
		free(one->name);
		free(one->base);
	}
	kh_array_done(&s->list);
}

struct kh_word_style *kh_word_styles_add(struct kh_word_styles *s, struct kh_word_style style)
{
	if (s->list.n < KH_WORD_MAX_STYLES)
		return kh_array_push(&s->list, style);
	free(style.name);
	free(style.base);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct kh_word_style *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

void kh_word_styles_sort(struct kh_word_styles *s)
{
	if (s->list.n > 0)
		qsort(s->list.v, s->list.n, sizeof *s->list.v, compare);
	s->sorted = s->list.n;
}

/* The first of that name. */
static struct kh_word_style *find(struct kh_word_styles *s, const char *name)
{
	size_t from = 0, to = s->sorted;
	while (from < to) {
		size_t middle = (from + to) / 2;
		if (strcmp(s->list.v[middle].name, name) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < s->sorted && kh_streq(s->list.v[from].name, name) ? &s->list.v[from] : NULL;
}

static const struct kh_word_look *resolve(struct kh_word_styles *s, struct kh_word_style *one, size_t depth)
{
	struct kh_word_style *base = one->base && depth < KH_WORD_MAX_CHAIN ? find(s, one->base) : NULL;
	if (one->resolved || !base)
		return &one->look;
	struct kh_word_look look = *resolve(s, base, depth + 1);
	kh_word_look_over(&look, &one->look);
	one->look = look;
	one->resolved = true;
	return &one->look;
}

const struct kh_word_style *kh_word_styles_find(struct kh_word_styles *s, const char *name)
{
	struct kh_word_style *one = find(s, name);
	if (one)
		resolve(s, one, 0);
	return one;
}
