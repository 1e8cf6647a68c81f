#include "server/ingest/reader.h"

#include "base/i18n.h"
#include "base/utf8.h"

bool kh_reader_fail(struct kh_reader *r, const char *wrong)
{
	if (!r->wrong)
		r->wrong = kh_words(wrong);
	return false;
}

static void skip_blanks(struct kh_reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
		r->at++;
}

/* The next character that is no blank; 0 at the end. */
static char next(struct kh_reader *r)
{
	skip_blanks(r);
	return r->at < r->end ? *r->at : '\0';
}

static bool take(struct kh_reader *r, char c, const char *wrong)
{
	if (r->wrong)
		return false;
	if (next(r) != c)
		return kh_reader_fail(r, wrong);
	r->at++;
	return true;
}

static bool take_word(struct kh_reader *r, const char *word, const char *wrong)
{
	size_t n = strlen(word);
	if (r->wrong)
		return false;
	skip_blanks(r);
	if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
		return kh_reader_fail(r, wrong);
	r->at += n;
	return true;
}

enum kh_reader_kind kh_reader_peek(struct kh_reader *r)
{
	switch (r->wrong ? '\0' : next(r)) {
	case '{':
		return KH_READER_OBJECT;
	case '[':
		return KH_READER_ARRAY;
	case '"':
		return KH_READER_TEXT;
	case 't':
	case 'f':
		return KH_READER_BOOL;
	case 'n':
		return KH_READER_NULL;
	case '-':
	case '0' ... '9':
		return KH_READER_NUMBER;
	default:
		return KH_READER_NOTHING;
	}
}

/* ---- objects and arrays ---- */

static bool enter(struct kh_reader *r, char c, const char *wrong)
{
	if (!take(r, c, wrong))
		return false;
	if (++r->depth > KH_READER_DEPTH)
		return kh_reader_fail(r, "nested too deep");
	r->first = true;
	return true;
}

bool kh_read_object(struct kh_reader *r)
{
	return enter(r, '{', "expected an object");
}

bool kh_read_array(struct kh_reader *r)
{
	return enter(r, '[', "expected a list");
}

/* True when there is something before the closing character; at the closing one leaves. */
static bool more(struct kh_reader *r, char closing)
{
	if (r->wrong)
		return false;
	if (next(r) == closing) {
		r->at++;
		r->depth--;
		r->first = false;
		return false;
	}
	if (!r->first && !take(r, ',', "expected a comma"))
		return false;
	r->first = false;
	return true;
}

bool kh_read_item(struct kh_reader *r)
{
	return more(r, ']');
}

bool kh_read_key(struct kh_reader *r, struct kh_slice *ret)
{
	return more(r, '}') && kh_read_text(r, ret) && take(r, ':', "expected a colon");
}

/* ---- texts ---- */

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hex digits at `at`; -1 when they are none. */
static int32_t unit_at(const char *at, const char *end)
{
	int32_t unit = 0;
	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_of(at[i]);
		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

static bool is_high(int32_t unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(int32_t unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

/* \uXXXX, or the pair of them that makes one character; `at` stands behind the u. Gives the bytes passed over, 0 when it is wrong. */
static size_t read_unicode(const char *at, const char *end, int32_t *ret)
{
	int32_t unit = unit_at(at, end);
	if (unit < 0 || is_low(unit))
		return 0;
	if (!is_high(unit)) {
		*ret = unit;
		return 4;
	}
	if (end - at < 10 || at[4] != '\\' || at[5] != 'u')
		return 0;
	int32_t low = unit_at(at + 6, end);
	if (!is_low(low))
		return 0;
	*ret = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	return 10;
}

static bool pass_escape(struct kh_reader *r)
{
	int32_t unused = 0;
	const char *at = r->at + 1; /* behind the backslash */
	if (at >= r->end)
		return kh_reader_fail(r, "a text without its end");
	if (*at == 'u') {
		size_t n = read_unicode(at + 1, r->end, &unused);
		r->at = at + 1 + n;
		return n || kh_reader_fail(r, "a broken \\u escape");
	}
	r->at = at + 1;
	return memchr("\"\\/bfnrt", *at, 8) != NULL || kh_reader_fail(r, "an unknown escape");
}

static bool pass_not_ascii(struct kh_reader *r)
{
	const char *start = r->at;
	while (r->at < r->end && (unsigned char)*r->at >= 0x80)
		r->at++;
	return kh_utf8_is_valid(start, (size_t)(r->at - start)) || kh_reader_fail(r, "text that is not UTF-8");
}

/* Eight bytes at a time: is one of them a quote, a backslash, a control character or not ASCII? */
static bool all_plain(uint64_t v)
{
	const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
	uint64_t quote = v ^ (ones * '"'), backslash = v ^ (ones * '\\');
	return !((v | (v - ones * 0x20) | (quote - ones) | (backslash - ones)) & highs);
}

static void pass_plain(struct kh_reader *r)
{
	uint64_t v = 0;
	while (r->end - r->at >= 8) {
		memcpy(&v, r->at, 8);
		if (!all_plain(v))
			break;
		r->at += 8;
	}
	while (r->at < r->end && *r->at >= 0x20 && *r->at != '"' && *r->at != '\\')
		r->at++;
}

bool kh_read_text(struct kh_reader *r, struct kh_slice *ret)
{
	if (!take(r, '"', "expected a text"))
		return false;
	const char *start = r->at;
	bool escaped = false;
	for (;;) {
		pass_plain(r);
		if (r->at == r->end)
			return kh_reader_fail(r, "a text without its end");
		unsigned char c = (unsigned char)*r->at;
		if (c == '"')
			break;
		escaped |= c == '\\';
		if (c == '\\' ? !pass_escape(r) : c >= 0x80 ? !pass_not_ascii(r) : !kh_reader_fail(r, "a control character in a text"))
			return false;
	}
	*ret = (struct kh_slice){start, (size_t)(r->at - start), escaped};
	r->at++;
	return true;
}

static size_t encode(int32_t c, char *to)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i; i--, c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)((0xf00 >> n) | c);
	return n;
}

static char unescaped(char c)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at = memchr(from, c, sizeof from - 1);
	return at ? to[at - from] : c;
}

size_t kh_slice_decode(struct kh_slice s, char *to)
{
	const char *at = s.at, *end = s.at + s.n;
	char *start = to;
	while (at < end) {
		int32_t c = 0;
		if (*at != '\\') {
			*to++ = *at++;
		} else if (at[1] != 'u') {
			*to++ = unescaped(at[1]);
			at += 2;
		} else {
			at += 2 + read_unicode(at + 2, end, &c);
			to += encode(c, to);
		}
	}
	return (size_t)(to - start);
}

/* ---- the rest ---- */

static bool is_digit(const struct kh_reader *r)
{
	return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static bool pass_digits(struct kh_reader *r)
{
	if (!is_digit(r))
		return kh_reader_fail(r, "a broken number");
	while (is_digit(r))
		r->at++;
	return true;
}

static bool at_one_of(const struct kh_reader *r, char a, char b)
{
	return r->at < r->end && (*r->at == a || *r->at == b);
}

/* The grammar of a number; *ret_whole: without fraction and exponent. */
static bool pass_number(struct kh_reader *r, bool *ret_whole)
{
	if (kh_reader_peek(r) != KH_READER_NUMBER)
		return kh_reader_fail(r, "expected a number");
	r->at += *r->at == '-';
	bool zero = is_digit(r) && *r->at == '0';
	const char *digits = r->at;
	if (!pass_digits(r) || (zero && r->at - digits > 1))
		return kh_reader_fail(r, "a broken number");
	*ret_whole = !at_one_of(r, '.', '.') && !at_one_of(r, 'e', 'E');
	if (at_one_of(r, '.', '.') && (r->at++, !pass_digits(r)))
		return false;
	if (!at_one_of(r, 'e', 'E'))
		return true;
	r->at++;
	r->at += at_one_of(r, '+', '-');
	return pass_digits(r);
}

bool kh_read_int(struct kh_reader *r, int64_t *ret)
{
	skip_blanks(r);
	const char *start = r->at;
	bool whole = false;
	if (!pass_number(r, &whole))
		return false;
	bool negative = *start == '-';
	int64_t value = 0;
	for (const char *at = start + negative; whole && at < r->at; at++) {
		int digit = *at - '0';
		whole = !__builtin_mul_overflow(value, 10, &value) && !__builtin_add_overflow(value, negative ? -digit : digit, &value);
	}
	if (!whole)
		return kh_reader_fail(r, "expected a whole number of 64 bits");
	*ret = value;
	return true;
}

bool kh_read_bool(struct kh_reader *r, bool *ret)
{
	bool yes = kh_reader_peek(r) == KH_READER_BOOL && *r->at == 't';
	if (!take_word(r, yes ? "true" : "false", "expected true or false"))
		return false;
	*ret = yes;
	return true;
}

bool kh_read_null(struct kh_reader *r)
{
	return take_word(r, "null", "expected null");
}

static bool skip_value(struct kh_reader *r)
{
	struct kh_slice text;
	bool flag = false;
	switch (kh_reader_peek(r)) {
	case KH_READER_OBJECT:
		kh_read_object(r);
		while (kh_read_key(r, &text) && skip_value(r))
			;
		return !r->wrong;
	case KH_READER_ARRAY:
		kh_read_array(r);
		while (kh_read_item(r) && skip_value(r))
			;
		return !r->wrong;
	case KH_READER_TEXT:
		return kh_read_text(r, &text);
	case KH_READER_NUMBER:
		return pass_number(r, &flag);
	case KH_READER_BOOL:
		return kh_read_bool(r, &flag);
	case KH_READER_NULL:
		return kh_read_null(r);
	default:
		return kh_reader_fail(r, "expected a value");
	}
}

bool kh_read_skip(struct kh_reader *r, struct kh_slice *ret)
{
	skip_blanks(r);
	const char *start = r->at;
	if (!skip_value(r))
		return false;
	if (ret)
		*ret = (struct kh_slice){start, (size_t)(r->at - start), false};
	return true;
}

bool kh_read_end(struct kh_reader *r)
{
	if (r->wrong)
		return false;
	skip_blanks(r);
	return r->at == r->end || kh_reader_fail(r, "something behind the value");
}
