#include "document/read/pdf/objects.h"

#include "base/str.h"
#include "document/read/pdf/limits.h"
#include "unpack/pdf/filter.h"

#include <string.h>

/* ---- values ---- */

static bool take_object_head(struct kh_cursor *c, int64_t number)
{
	int64_t said = 0, generation = 0;
	return kh_pdf_take_int(c, &said) && said == number && kh_pdf_take_int(c, &generation) && kh_pdf_take_token(c, "obj");
}

static struct kh_cursor tail_of(const struct kh_pdf_objects *o, size_t at)
{
	return kh_cursor_of(o->bytes + at, o->n - at);
}

static bool find_in_stream(struct kh_pdf_objects *o, int64_t stream, int64_t number, struct kh_cursor *ret);

static bool look_up(struct kh_pdf_objects *o, int64_t number, struct kh_cursor *ret)
{
	if (number < 0 || (size_t)number >= o->places.n)
		return false;
	const struct kh_pdf_place place = o->places.v[number];
	if (place.kind == KH_PDF_IN_STREAM)
		return find_in_stream(o, (int64_t)place.at, number, ret);
	*ret = tail_of(o, place.at);
	return place.kind == KH_PDF_IN_FILE && take_object_head(ret, number);
}

bool kh_pdf_follow(struct kh_pdf_objects *o, struct kh_cursor value, struct kh_cursor *ret)
{
	enum { LONGEST_CHAIN = 8 };
	int64_t number = 0, generation = 0;
	for (int i = 0; i < LONGEST_CHAIN; i++) {
		struct kh_cursor c = value;
		if (!kh_pdf_take_reference(&c, &number, &generation)) {
			*ret = value;
			return true;
		}
		if (++o->follows > KH_PDF_MAX_FOLLOWS || kh_reading_over(o->r) || !look_up(o, number, &value))
			return false;
	}
	return false;
}

bool kh_pdf_get(struct kh_pdf_objects *o, struct kh_cursor dictionary, const char *key, struct kh_cursor *ret)
{
	struct kh_pdf_name name;
	if (!kh_pdf_take_token(&dictionary, "<<"))
		return false;
	while (kh_pdf_take_name(&dictionary, &name)) {
		if (kh_streq(name.text, key))
			return kh_pdf_follow(o, dictionary, ret);
		if (!kh_pdf_skip_value(&dictionary))
			return false;
	}
	return false;
}

bool kh_pdf_get_int(struct kh_pdf_objects *o, struct kh_cursor dictionary, const char *key, int64_t *ret)
{
	struct kh_cursor value;
	return kh_pdf_get(o, dictionary, key, &value) && kh_pdf_take_int(&value, ret);
}

bool kh_pdf_get_name(struct kh_pdf_objects *o, struct kh_cursor dictionary, const char *key, struct kh_pdf_name *ret)
{
	struct kh_cursor value;
	return kh_pdf_get(o, dictionary, key, &value) && kh_pdf_take_name(&value, ret);
}

bool kh_pdf_is(struct kh_pdf_objects *o, struct kh_cursor dictionary, const char *key, const char *name)
{
	struct kh_pdf_name said;
	return kh_pdf_get_name(o, dictionary, key, &said) && kh_streq(said.text, name);
}

bool kh_pdf_take_number(struct kh_cursor *c, double *ret)
{
	struct kh_cursor in = *c;
	kh_pdf_skip_blank(&in);
	const bool negative = in.at < in.end && *in.at == '-';
	double v = 0, unit = 1;
	bool digits = false, behind = false;
	in.at += in.at < in.end && (negative || *in.at == '+');
	for (; in.at < in.end && ((*in.at >= '0' && *in.at <= '9') || (*in.at == '.' && !behind)); in.at++) {
		if (*in.at == '.') {
			behind = true;
			continue;
		}
		digits = true;
		v = v * 10 + (*in.at - '0');
		unit *= behind ? 10 : 1;
	}
	if (!digits)
		return false;
	*ret = (negative ? -v : v) / unit;
	*c = in;
	return true;
}

/* ---- strings ---- */

static uint8_t escaped(struct kh_cursor *c)
{
	static const char names[] = "nrtbf", meant[] = "\n\r\t\b\f";
	const uint8_t byte = *c->at++;
	const char *known = byte ? strchr(names, byte) : NULL;
	unsigned v = 0, digits = 0;
	if (known)
		return (uint8_t)meant[known - names];
	if (byte < '0' || byte > '7')
		return byte;
	for (c->at--; c->at < c->end && *c->at >= '0' && *c->at <= '7' && digits < 3; digits++)
		v = v * 8 + (*c->at++ - '0');
	return (uint8_t)v;
}

static bool take_literal(struct kh_cursor *c, struct kh_buf *to)
{
	for (size_t open = 1; c->at < c->end;) {
		const uint8_t byte = *c->at++;
		if (byte == '\\' && c->at < c->end) {
			const bool line_end = *c->at == '\n' || *c->at == '\r';
			const uint8_t meant = escaped(c);
			if (!line_end)
				kh_buf_addc(to, (char)meant);
			else if (meant == '\r' && c->at < c->end && *c->at == '\n')
				c->at++;
			continue;
		}
		open += byte == '(';
		open -= byte == ')';
		if (open == 0)
			return true;
		const uint8_t *plain = c->at - 1;
		while (c->at < c->end && *c->at != '\\' && *c->at != '(' && *c->at != ')')
			c->at++;
		kh_buf_add(to, plain, (size_t)(c->at - plain));
	}
	return false;
}

static bool take_hex(struct kh_cursor *c, struct kh_buf *to)
{
	const uint8_t *end = memchr(c->at, '>', kh_cursor_left(c));
	uint8_t *out = end ? kh_buf_reserve(to, (size_t)(end - c->at) / 2 + 1) : NULL;
	size_t n = 0; /* of digits */
	if (!out)
		return false;
	for (; c->at < end; c->at++) {
		const int digit = kh_hex_value(*c->at);
		if (digit < 0)
			continue;
		out[n / 2] = (uint8_t)(n % 2 ? out[n / 2] | digit : digit << 4);
		n++;
	}
	to->len += (n + 1) / 2;
	to->data[to->len] = '\0';
	c->at++;
	return true;
}

bool kh_pdf_take_string(struct kh_cursor *c, struct kh_buf *to)
{
	struct kh_cursor in = *c;
	const bool literal = kh_pdf_take_token(&in, "(");
	if (!literal && !kh_pdf_take_token(&in, "<"))
		return false;
	if (!(literal ? take_literal(&in, to) : take_hex(&in, to)))
		return false;
	*c = in;
	return true;
}

/* ---- streams ---- */

static void get_parameters(struct kh_pdf_objects *o, struct kh_cursor dictionary, struct kh_pdf_filter *f)
{
	struct kh_cursor p, first;
	if (!kh_pdf_get(o, dictionary, "DecodeParms", &p))
		return;
	if (kh_pdf_take_token(&p, "[")) {
		if (!kh_pdf_follow(o, p, &first))
			return;
		p = first;
	}
	kh_ignore(kh_pdf_get_int(o, p, "Predictor", &f->predictor));
	kh_ignore(kh_pdf_get_int(o, p, "Colors", &f->colors));
	kh_ignore(kh_pdf_get_int(o, p, "BitsPerComponent", &f->bits));
	kh_ignore(kh_pdf_get_int(o, p, "Columns", &f->columns));
}

/* No filter, or Flate alone. */
static bool get_filter(struct kh_pdf_objects *o, struct kh_cursor dictionary, struct kh_pdf_filter *ret)
{
	struct kh_cursor value;
	struct kh_pdf_name name;
	if (!kh_pdf_get(o, dictionary, "Filter", &value))
		return true;
	const bool list = kh_pdf_take_token(&value, "[");
	if (list && kh_pdf_take_token(&value, "]"))
		return true;
	if (!kh_pdf_take_name(&value, &name) || (list && !kh_pdf_take_token(&value, "]")))
		return false;
	ret->kind = kh_pdf_filter_named(name.text);
	get_parameters(o, dictionary, ret);
	return ret->kind == KH_PDF_FLATE;
}

static bool take_bytes(struct kh_pdf_objects *o, struct kh_cursor *stream, struct kh_cursor dictionary, struct kh_cursor *ret)
{
	int64_t length = 0;
	if (!kh_pdf_skip_value(stream) || !kh_pdf_take_token(stream, "stream") || !kh_pdf_get_int(o, dictionary, "Length", &length) || length < 0)
		return false;
	stream->at += stream->at < stream->end && *stream->at == '\r';
	stream->at += stream->at < stream->end && *stream->at == '\n';
	return kh_cursor_sub(stream, (size_t)length, ret) && kh_pdf_take_token(stream, "endstream");
}

static void on_member(void *context, const char *name, const uint8_t *bytes, size_t n)
{
	(void)context, (void)name, (void)bytes, (void)n;
}

static void on_gap(void *context, enum kh_gap_kind kind, const char *name)
{
	struct kh_pdf_objects *o = context;
	(void)name; /* Poppler meets it, too */
	o->too_large |= kind == KH_GAP_RATIO;
}

static bool decode(struct kh_pdf_objects *o, const struct kh_pdf_filter *f, struct kh_cursor bytes, struct kh_buf *to)
{
	struct kh_members m;
	const struct kh_unpack outer = kh_reading_enter(o->r, &(struct kh_reading_unpack){.context = o, .on_member = on_member, .on_gap = on_gap});
	kh_members_init(&m, &o->r->file->unpack, o, kh_cursor_left(&bytes), false);
	const enum kh_decoded how = kh_members_begin(&m) ? kh_pdf_filter_run(f, bytes.at, kh_cursor_left(&bytes), &m) : KH_DECODED_DAMAGED;
	const bool good = how == KH_DECODED_WHOLE;
	o->too_large |= how == KH_DECODED_FULL && !m.stop;
	if (good)
		kh_buf_add(to, kh_buf_text(&m.member), m.member.len);
	kh_members_done(&m);
	kh_reading_leave(o->r, &outer);
	return good && !to->overflow;
}

bool kh_pdf_stream(struct kh_pdf_objects *o, struct kh_cursor stream, struct kh_buf *to)
{
	struct kh_pdf_filter f = KH_PDF_FILTER_INIT;
	const struct kh_cursor dictionary = stream;
	struct kh_cursor bytes;
	if (!get_filter(o, dictionary, &f) || !take_bytes(o, &stream, dictionary, &bytes))
		return false;
	if (f.kind == KH_PDF_FLATE)
		return decode(o, &f, bytes, to);
	kh_buf_add(to, bytes.at, kh_cursor_left(&bytes));
	return !to->overflow;
}

/* ---- objects in streams ---- */

static bool read_object_stream(struct kh_pdf_objects *o, struct kh_pdf_object_stream *s)
{
	struct kh_cursor at;
	int64_t first = 0, count = 0;
	const bool in_file = s->number >= 0 && (size_t)s->number < o->places.n && o->places.v[s->number].kind == KH_PDF_IN_FILE;
	if (!in_file || !look_up(o, s->number, &at) || !kh_pdf_get_int(o, at, "First", &first) || !kh_pdf_get_int(o, at, "N", &count) || !kh_pdf_stream(o, at, &s->bytes))
		return false;
	if (first < 0 || (size_t)first > s->bytes.len || count < 0)
		return false;
	s->first = (size_t)first;
	s->count = (size_t)count;
	return true;
}

/* What its dictionary refers to is in no object stream (7.5.7): no loop. One that could not be read holds nothing, and is not tried again. */
static struct kh_pdf_object_stream *unpack_objects(struct kh_pdf_objects *o, int64_t number)
{
	struct kh_pdf_object_stream s = {.number = number, .bytes.max = KH_MIN((size_t)KH_PDF_MAX_CONTENT, KH_PDF_MAX_HELD - o->held)};
	if (o->unpacking || o->streams.n >= KH_PDF_MAX_OBJECT_STREAMS)
		return NULL;
	o->unpacking = true;
	if (!read_object_stream(o, &s))
		kh_buf_done(&s.bytes);
	o->unpacking = false;
	o->held += s.bytes.len;
	return kh_array_push(&o->streams, s);
}

static bool find_in_stream(struct kh_pdf_objects *o, int64_t stream, int64_t number, struct kh_cursor *ret)
{
	struct kh_pdf_object_stream *s = NULL;
	kh_array_each(&o->streams, known)
		s = known->number == stream ? known : s;
	s = s ? s : unpack_objects(o, stream);
	if (!s)
		return false;
	struct kh_cursor index = kh_cursor_of(s->bytes.data, s->first);
	int64_t said = 0, offset = 0;
	for (size_t i = 0; i < s->count && kh_pdf_take_int(&index, &said) && kh_pdf_take_int(&index, &offset); i++)
		if (said == number && offset >= 0 && (size_t)offset <= s->bytes.len - s->first) {
			*ret = kh_cursor_of(s->bytes.data + s->first + offset, s->bytes.len - s->first - (size_t)offset);
			return true;
		}
	return false;
}

/* ---- cross-reference tables, the newest first ---- */

static bool note_place(struct kh_pdf_objects *o, int64_t number, struct kh_pdf_place place)
{
	if (number < 0 || number >= KH_PDF_MAX_PLACES)
		return false;
	while (o->places.n <= (size_t)number)
		kh_array_push(&o->places, (struct kh_pdf_place){0});
	const struct kh_pdf_place known = o->places.v[number];
	const bool open = known.kind == KH_PDF_NOWHERE || (known.kind == KH_PDF_FREE && known.at == o->version); /* what a table calls free, its own XRefStm may have (7.5.8.4) */
	if (place.kind == KH_PDF_FREE)
		o->places.v[number] = known.kind == KH_PDF_NOWHERE ? (struct kh_pdf_place){KH_PDF_FREE, o->version} : known;
	else if (open && (place.kind == KH_PDF_IN_STREAM || place.at < o->n))
		o->places.v[number] = place;
	return true;
}

static bool is_range(int64_t first, int64_t count)
{
	return first >= 0 && first <= KH_PDF_MAX_PLACES && count >= 0 && count <= KH_PDF_MAX_PLACES;
}

static bool read_section(struct kh_pdf_objects *o, struct kh_cursor *c, int64_t first, int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		int64_t at = 0, generation = 0;
		if (!kh_pdf_take_int(c, &at) || !kh_pdf_take_int(c, &generation) || at < 0)
			return false;
		const bool used = kh_pdf_take_token(c, "n");
		if (!used && !kh_pdf_take_token(c, "f"))
			return false;
		if (!note_place(o, first + i, (struct kh_pdf_place){used ? KH_PDF_IN_FILE : KH_PDF_FREE, (size_t)at}))
			return false;
	}
	return true;
}

static bool read_table(struct kh_pdf_objects *o, struct kh_cursor *c)
{
	int64_t first = 0, count = 0;
	while (!kh_pdf_take_token(c, "trailer"))
		if (!kh_pdf_take_int(c, &first) || !kh_pdf_take_int(c, &count) || !is_range(first, count) || !read_section(o, c, first, count))
			return false;
	return true;
}

/* A field of a row: big-endian; what has no width is `otherwise`. */
static uint64_t take_field(const uint8_t **p, int64_t width, uint64_t otherwise)
{
	uint64_t v = width > 0 ? 0 : otherwise;
	for (int64_t i = 0; i < width; i++)
		v = v << 8 | *(*p)++;
	return v;
}

static bool read_rows(struct kh_pdf_objects *o, const int64_t widths[3], const uint8_t **p, const uint8_t *end, int64_t first, int64_t count)
{
	const int64_t row = widths[0] + widths[1] + widths[2];
	for (int64_t i = 0; i < count; i++) {
		if (end - *p < row)
			return false;
		const uint64_t kind = take_field(p, widths[0], 1), at = take_field(p, widths[1], 0);
		take_field(p, widths[2], 0);
		if (kind <= 2 && !note_place(o, first + i, (struct kh_pdf_place){kind == 0 ? KH_PDF_FREE : kind == 1 ? KH_PDF_IN_FILE : KH_PDF_IN_STREAM, (size_t)at}))
			return false;
	}
	return true;
}

static bool read_table_stream(struct kh_pdf_objects *o, struct kh_cursor dictionary)
{
	kh_auto_buf struct kh_buf rows = KH_BUF_MAX(KH_PDF_MAX_CONTENT);
	struct kh_cursor value;
	int64_t widths[3] = {0}, size = 0, first = 0, count = 0;
	if (!kh_pdf_is(o, dictionary, "Type", "XRef") || !kh_pdf_get(o, dictionary, "W", &value) || !kh_pdf_take_token(&value, "[") || !kh_pdf_get_int(o, dictionary, "Size", &size))
		return false;
	for (size_t i = 0; i < KH_COUNT(widths); i++)
		if (!kh_pdf_take_int(&value, &widths[i]) || widths[i] < 0 || widths[i] > 8)
			return false;
	if (widths[1] == 0 || !kh_pdf_stream(o, dictionary, &rows))
		return false;
	const uint8_t *p = (const uint8_t *)kh_buf_text(&rows), *end = p + rows.len;
	if (!kh_pdf_get(o, dictionary, "Index", &value))
		return size >= 0 && read_rows(o, widths, &p, end, 0, size);
	if (!kh_pdf_take_token(&value, "["))
		return false;
	while (kh_pdf_take_int(&value, &first) && kh_pdf_take_int(&value, &count))
		if (!is_range(first, count) || !read_rows(o, widths, &p, end, first, count))
			return false;
	return true;
}

/* The table at `at`; *ret: its dictionary. */
static bool read_one(struct kh_pdf_objects *o, int64_t at, struct kh_cursor *ret)
{
	int64_t number = 0, generation = 0;
	if (at < 0 || (size_t)at >= o->n)
		return false;
	*ret = tail_of(o, (size_t)at);
	if (kh_pdf_take_token(ret, "xref"))
		return read_table(o, ret);
	return kh_pdf_take_int(ret, &number) && kh_pdf_take_int(ret, &generation) && kh_pdf_take_token(ret, "obj") && read_table_stream(o, *ret);
}

static bool read_tables(struct kh_pdf_objects *o, int64_t at)
{
	for (o->version = 0; o->version < KH_PDF_MAX_VERSIONS; o->version++) {
		struct kh_cursor dictionary, mixed;
		int64_t also = 0;
		if (!read_one(o, at, &dictionary))
			return false;
		if (o->version == 0)
			o->trailer = dictionary;
		if (kh_pdf_get_int(o, dictionary, "XRefStm", &also) && !read_one(o, also, &mixed))
			return false;
		if (!kh_pdf_get_int(o, dictionary, "Prev", &at))
			return true;
	}
	return false;
}

static bool find_newest(const struct kh_pdf_objects *o, int64_t *ret)
{
	enum { TAIL = 1024 };
	static const char word[] = "startxref";
	const uint8_t *last = NULL, *at = o->bytes + o->n - KH_MIN(o->n, (size_t)TAIL), *end = o->bytes + o->n;
	for (; (at = memmem(at, (size_t)(end - at), word, strlen(word))) != NULL; at += strlen(word))
		last = at + strlen(word);
	struct kh_cursor c = last ? kh_cursor_of(last, (size_t)(end - last)) : kh_cursor_of(NULL, 0);
	return last && kh_pdf_take_int(&c, ret);
}

bool kh_pdf_objects_open(struct kh_pdf_objects *o, struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_cursor encrypted;
	int64_t at = 0;
	*o = (struct kh_pdf_objects){.r = r, .bytes = bytes, .n = n};
	return n > 4 && memcmp(bytes, "%PDF", 4) == 0 && find_newest(o, &at) && read_tables(o, at) && !kh_pdf_get(o, o->trailer, "Encrypt", &encrypted);
}

void kh_pdf_objects_done(struct kh_pdf_objects *o)
{
	kh_array_each(&o->streams, s)
		kh_buf_done(&s->bytes);
	kh_array_done(&o->streams);
	kh_array_done(&o->places);
}
