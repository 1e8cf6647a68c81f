#include "server/ingest/inside.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/limits.h"

int kh_batch_bad(const struct place *p, const char *field, const char *what)
{
	return kh_fail(KH_E_BATCH_MALFORMED, "line %zu: %s: %s", p->line, field, kh_words(what));
}

int kh_batch_wrong(const struct place *p, const char *field, const struct kh_reader *r)
{
	return kh_batch_bad(p, field, r->wrong);
}

bool kh_slice_is_hex(struct kh_slice s, size_t n)
{
	if (s.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((s.at[i] >= '0' && s.at[i] <= '9') || (s.at[i] >= 'a' && s.at[i] <= 'f')))
			return false;
	return true;
}

bool kh_slice_is_word(struct kh_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.at[i] >= 'a' && s.at[i] <= 'z') || (s.at[i] >= '0' && s.at[i] <= '9') || s.at[i] == '_' || s.at[i] == '-'))
			return false;
	return s.n > 0 && s.n <= KH_MAX_WORD;
}

bool kh_slice_is_one_of_n(struct kh_slice s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kh_slice_is(s, words[i]))
			return true;
	return false;
}

/* Without escapes, and shown to hold no NUL. */
static bool decode(struct kh_batch *batch, struct kh_slice *s)
{
	if (!s->escaped)
		return true; /* a bare NUL is a control character, which the reader refuses */
	char *text = kh_alloc(s->n);
	kh_array_push(&batch->decoded, text);
	*s = (struct kh_slice){text, kh_slice_decode(*s, text), false};
	return !memchr(s->at, '\0', s->n);
}

int kh_record_check_text(const struct place *p, const struct field *f, struct kh_slice *s)
{
	if (!decode(p->batch, s))
		return kh_batch_bad(p, f->name, "a NUL character in a text");
	if (f->type == WORD && !kh_slice_is_word(*s))
		return kh_batch_bad(p, f->name, "expected a word of a-z, 0-9, _ and -");
	if (f->type == HEX && !kh_slice_is_hex(*s, f->max))
		return kh_batch_bad(p, f->name, "expected lower-case hex digits of the right number");
	if (f->type == TEXT && s->n > f->max)
		return kh_batch_bad(p, f->name, "too long");
	return 0;
}

int kh_record_read_field(const struct place *p, const struct field *f, struct kh_reader *r, struct kh_record *record)
{
	void *to = (char *)record + f->offset;
	if (f->optional && kh_reader_peek(r) == KH_READER_NULL)
		return kh_read_null(r) ? 0 : kh_batch_wrong(p, f->name, r);
	if (f->type == INT) {
		int64_t *number = to;
		return kh_read_int(r, number) && *number >= 0 ? 0 : kh_batch_bad(p, f->name, r->wrong ? r->wrong : "expected a number that is not negative");
	}
	struct kh_slice *slice = to;
	if (f->type == OBJECT) {
		bool object = kh_reader_peek(r) == KH_READER_OBJECT;
		if (!object || !kh_read_skip(r, slice))
			return kh_batch_bad(p, f->name, r->wrong ? r->wrong : "expected an object");
		return slice->n > f->max ? kh_batch_bad(p, f->name, "too long") : 0;
	}
	return kh_read_text(r, slice) ? kh_record_check_text(p, f, slice) : kh_batch_wrong(p, f->name, r);
}

int kh_record_read_fields(const struct place *p, const struct field *fields, size_t n, struct kh_reader *r, struct kh_record *record)
{
	struct kh_slice key;
	uint64_t seen = 0;
	int e = 0;
	kh_read_object(r);
	while (e == 0 && kh_read_key(r, &key)) {
		size_t i = 0;
		while (i < n && !kh_slice_is(key, fields[i].name))
			i++;
		if (i == n) {
			kh_read_skip(r, NULL);
			continue;
		}
		if (seen & UINT64_C(1) << i)
			return kh_batch_bad(p, fields[i].name, "stands twice");
		seen |= UINT64_C(1) << i;
		e = kh_record_read_field(p, &fields[i], r, record);
	}
	if (e == 0 && r->wrong)
		e = kh_batch_wrong(p, "record", r);
	for (size_t i = 0; e == 0 && i < n; i++)
		if (!fields[i].optional && !(seen & UINT64_C(1) << i))
			e = kh_batch_bad(p, fields[i].name, "is missing");
	return e;
}
