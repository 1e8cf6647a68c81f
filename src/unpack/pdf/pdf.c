#include "unpack/pdf/pdf.h"

#include "base/alloc.h"
#include "base/array.h"
#include "unpack/pdf/filter.h"
#include "unpack/pdf/syntax.h"

#include <string.h>

struct object {
	int64_t number, generation;
	size_t at; /* behind "obj" */
};

struct document {
	struct kh_members *m;
	const uint8_t *bytes;
	size_t n;
	KH_ARRAY(struct object) objects; /* in the order of the file */
	KH_ARRAY(struct object) by_number;
	bool encrypted;
};

/* What the dictionary of a stream says. */
struct stream {
	KH_ARRAY(struct kh_pdf_filter) filters;
	size_t parameters; /* filters that have theirs */
	int64_t length;    /* -1: not said */
	bool unclear;      /* a filter could not be found out */
};

/* ---- where the objects are ---- */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Back over blanks and then a number; false when there is none. */
static bool number_before(const uint8_t *start, const uint8_t **at, int64_t *ret)
{
	const uint8_t *p = *at;
	while (p > start && (p[-1] == ' ' || (p[-1] >= '\t' && p[-1] <= '\r') || p[-1] == '\0'))
		p--;
	const uint8_t *end = p;
	while (p > start && is_digit(p[-1]) && end - p < 10)
		p--;
	struct kh_cursor digits = {p, end};
	*at = p;
	return p < end && kh_pdf_take_int(&digits, ret);
}

static void note_object(struct document *d, const uint8_t *keyword)
{
	struct object o = {.at = (size_t)(keyword - d->bytes) + 3};
	const uint8_t *at = keyword;
	if (number_before(d->bytes, &at, &o.generation) && at < keyword && number_before(d->bytes, &at, &o.number))
		kh_array_push(&d->objects, o);
}

static int by_number(const void *a, const void *b)
{
	const struct object *x = a, *y = b;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void find_objects(struct document *d)
{
	const uint8_t *end = d->bytes + d->n, *p = d->bytes;
	while (d->objects.n < KH_PDF_MAX_OBJECTS && (p = memmem(p, (size_t)(end - p), "obj", 3)) != NULL) {
		note_object(d, p);
		p += 3;
	}
	kh_array_each(&d->objects, o)
		kh_array_push(&d->by_number, *o);
	if (d->by_number.n > 1)
		qsort(d->by_number.v, d->by_number.n, sizeof *d->by_number.v, by_number);
}

/* Where the value of an object stands: of the last that has the number. */
static bool look_up(const struct document *d, int64_t number, struct kh_cursor *ret)
{
	size_t low = 0, high = d->by_number.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (d->by_number.v[middle].number <= number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || d->by_number.v[low - 1].number != number)
		return false;
	size_t at = d->by_number.v[low - 1].at;
	*ret = kh_cursor_of(d->bytes + at, d->n - at);
	return true;
}

/* Takes a value that may be a reference: *ret is a cursor at the value itself. False: the reference leads nowhere, or no value is here. */
static bool take_value(const struct document *d, struct kh_cursor *c, struct kh_cursor *ret)
{
	int64_t number = 0, generation = 0;
	kh_pdf_skip_blank(c);
	*ret = *c;
	if (kh_pdf_take_reference(c, &number, &generation))
		return look_up(d, number, ret);
	return kh_pdf_skip_value(c);
}

/* ---- the dictionary of a stream ---- */

static void read_parameter(struct document *d, struct kh_pdf_filter *f, const char *key, struct kh_cursor *c)
{
	const struct {
		const char *key;
		int64_t *value;
	} known[] = {{"Predictor", &f->predictor}, {"Colors", &f->colors}, {"BitsPerComponent", &f->bits}, {"Columns", &f->columns}, {"EarlyChange", &f->early_change}};
	struct kh_cursor value;
	if (!take_value(d, c, &value))
		return;
	for (size_t i = 0; i < KH_COUNT(known); i++)
		if (strcmp(key, known[i].key) == 0)
			kh_ignore(kh_pdf_take_int(&value, known[i].value));
}

static void read_parameters(struct document *d, struct kh_pdf_filter *f, struct kh_cursor c)
{
	struct kh_pdf_name key;
	if (!kh_pdf_take_token(&c, "<<"))
		return; /* null */
	while (kh_pdf_take_name(&c, &key))
		read_parameter(d, f, key.text, &c);
}

/* A value, or an array of them: each is handed on. */
static void each_of(struct document *d, struct stream *s, struct kh_cursor c, void (*on_value)(struct document *d, struct stream *s, struct kh_cursor value))
{
	struct kh_cursor value;
	if (!kh_pdf_take_token(&c, "[")) {
		on_value(d, s, c);
		return;
	}
	for (size_t i = 0; i <= KH_PDF_MAX_FILTERS && !kh_pdf_take_token(&c, "]"); i++) {
		const uint8_t *before = c.at;
		if (take_value(d, &c, &value))
			on_value(d, s, value);
		else
			s->unclear = true;
		if (c.at == before)
			return;
	}
}

static void on_filter(struct document *d, struct stream *s, struct kh_cursor value)
{
	struct kh_pdf_filter f = KH_PDF_FILTER_INIT;
	struct kh_pdf_name name;
	(void)d;
	if (kh_pdf_take_name(&value, &name)) {
		f.kind = kh_pdf_filter_named(name.text);
		kh_array_push(&s->filters, f);
	} else
		s->unclear |= !kh_pdf_take_token(&value, "null");
}

static void on_parameters(struct document *d, struct stream *s, struct kh_cursor value)
{
	if (s->parameters < s->filters.n)
		read_parameters(d, &s->filters.v[s->parameters++], value);
}

/* The values of the dictionary that matter; the filters' parameters are read when the filters are known. */
struct found {
	struct kh_cursor filter, parameters, length;
	bool has_filter, has_parameters, has_length, unclear;
};

static bool find_values(struct document *d, struct kh_cursor *c, struct found *f)
{
	const struct {
		const char *key;
		struct kh_cursor *value;
		bool *has;
	} wanted[] = {
		{"Filter", &f->filter, &f->has_filter}, {"DecodeParms", &f->parameters, &f->has_parameters}, {"DP", &f->parameters, &f->has_parameters},
		{"Length", &f->length, &f->has_length},
	};
	struct kh_pdf_name key;
	struct kh_cursor value;
	while (kh_pdf_take_name(c, &key)) {
		const uint8_t *before = c->at;
		bool good = take_value(d, c, &value), is_filter = strcmp(key.text, "Filter") == 0;
		f->unclear |= is_filter && !good;
		for (size_t i = 0; i < KH_COUNT(wanted); i++)
			if (good && strcmp(key.text, wanted[i].key) == 0) {
				*wanted[i].value = value;
				*wanted[i].has = true;
			}
		if (!good && c->at == before)
			return false;
	}
	return kh_pdf_take_token(c, ">>");
}

/* Reads a dictionary at the cursor and moves behind it, or as far as it could be understood. */
static bool read_dictionary(struct document *d, struct kh_cursor *c, struct stream *s)
{
	struct found f = {0};
	*s = (struct stream){.length = -1};
	if (!kh_pdf_take_token(c, "<<"))
		return false;
	bool good = find_values(d, c, &f);
	s->unclear = f.unclear;
	if (f.has_filter)
		each_of(d, s, f.filter, on_filter);
	if (f.has_parameters)
		each_of(d, s, f.parameters, on_parameters);
	if (f.has_length && !kh_pdf_take_int(&f.length, &s->length))
		s->length = -1;
	return good;
}

/* ---- the bytes of a stream ---- */

/* Behind the keyword: CR LF, or LF; a CR alone is a mistake that readers forgive. */
static void skip_line_end(struct kh_cursor *c)
{
	if (c->at < c->end && *c->at == '\r')
		c->at++;
	if (c->at < c->end && *c->at == '\n')
		c->at++;
}

/* The length counts if the end is there; else up to the next "endstream". */
static struct kh_cursor take_content(struct kh_cursor *c, int64_t length, bool *ret_whole)
{
	struct kh_cursor content = *c, after = *c;
	*ret_whole = true;
	if (length >= 0 && (uint64_t)length <= kh_cursor_left(c) && kh_cursor_skip(&after, (size_t)length) && kh_pdf_take_token(&after, "endstream")) {
		content.end = c->at + length;
		*c = after;
		return content;
	}
	const uint8_t *end = memmem(c->at, kh_cursor_left(c), "endstream", 9);
	*ret_whole = end != NULL;
	content.end = end ? end : c->end;
	c->at = content.end;
	return content;
}

/* Decodes step by step; every step but the first takes what the one before has made. */
static enum kh_decoded decode(struct kh_members *m, const struct stream *s, struct kh_cursor content)
{
	enum kh_decoded all = KH_DECODED_WHOLE;
	struct kh_buf before = KH_BUF_INIT;
	for (size_t i = 0; i < s->filters.n && !kh_members_over(m); i++) {
		if (i > 0) {
			kh_members_give_back(m, &before);
			kh_members_take(m, &before);
			content = kh_cursor_of(kh_buf_text(&before), before.len);
		}
		enum kh_decoded r = kh_pdf_filter_run(&s->filters.v[i], content.at, kh_cursor_left(&content), m);
		all = all == KH_DECODED_WHOLE ? r : all;
	}
	kh_members_give_back(m, &before);
	return all;
}

static bool all_known(const struct stream *s)
{
	kh_array_each(&s->filters, f)
		if (f->kind == KH_PDF_UNKNOWN)
			return false;
	return !s->unclear;
}

static void give_stream(struct document *d, const struct object *o, const struct stream *s, struct kh_cursor content, bool whole)
{
	struct kh_members *m = d->m;
	kh_auto_free char *name = kh_format("object %lld %lld", (long long)o->number, (long long)o->generation);
	if (s->filters.n > KH_PDF_MAX_FILTERS) {
		kh_members_gap(m, KH_GAP_DEPTH, name);
		return;
	}
	enum kh_decoded r = KH_DECODED_WHOLE;
	if (s->filters.n == 0)
		kh_members_lend(m, name, content.at, kh_cursor_left(&content));
	else if (kh_members_begin(m)) {
		r = decode(m, s, content);
		if (m->member.len > 0 && !m->stop)
			kh_members_give(m, name);
	}
	if (r == KH_DECODED_FULL && !m->stop)
		kh_members_gap(m, KH_GAP_MEMBER_BYTES, name);
	else if (!d->encrypted && (r == KH_DECODED_DAMAGED || !whole || !all_known(s)))
		kh_members_damaged(m, name);
}

/* The object's stream, if it has one; gives the place behind it. */
static size_t read_object(struct document *d, const struct object *o)
{
	struct kh_cursor c = kh_cursor_of(d->bytes + o->at, d->n - o->at);
	struct stream s;
	bool whole = false;
	if (read_dictionary(d, &c, &s) && kh_pdf_take_token(&c, "stream")) {
		skip_line_end(&c);
		struct kh_cursor content = take_content(&c, s.length, &whole);
		give_stream(d, o, &s, content, whole);
	}
	kh_array_done(&s.filters);
	return (size_t)(c.at - d->bytes);
}

/* ---- the whole ---- */

/* The trailer or a cross-reference stream says so, and neither is compressed or encrypted itself. */
static bool is_encrypted(const uint8_t *bytes, size_t n)
{
	static const char key[] = "/Encrypt";
	const uint8_t *end = bytes + n, *p = bytes;
	while ((p = memmem(p, (size_t)(end - p), key, strlen(key))) != NULL) {
		p += strlen(key);
		if (p < end && !((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')) /* not /EncryptMetadata */
			return true;
	}
	return false;
}

bool kh_pdf_looks(const uint8_t *bytes, size_t n)
{
	return memmem(bytes, KH_MIN(n, (size_t)KH_KIB), "%PDF-", 5) != NULL;
}

void kh_pdf_read(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	struct document d = {.m = m, .bytes = bytes, .n = n, .encrypted = is_encrypted(bytes, n)};
	find_objects(&d);
	size_t done = 0;
	kh_array_each(&d.objects, o)
		if (o->at >= done && !kh_members_over(m))
			done = read_object(&d, o);
	if (d.objects.n == KH_PDF_MAX_OBJECTS)
		kh_members_gap(m, KH_GAP_MEMBERS, NULL);
	if (d.encrypted)
		kh_members_gap(m, KH_GAP_ENCRYPTED, NULL);
	kh_array_done(&d.objects);
	kh_array_done(&d.by_number);
}
