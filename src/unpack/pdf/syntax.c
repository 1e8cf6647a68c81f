#include "unpack/pdf/syntax.h"

#include "base/str.h"

#include <string.h>

static bool is_blank(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

static bool is_delimiter(int c)
{
	return c == '(' || c == ')' || c == '<' || c == '>' || c == '[' || c == ']' || c == '{' || c == '}' || c == '/' || c == '%';
}

/* The byte `ahead` of the cursor; -1 behind the end. */
static int peek(const struct kh_cursor *c, size_t ahead)
{
	return ahead < kh_cursor_left(c) ? c->at[ahead] : -1;
}

void kh_pdf_skip_blank(struct kh_cursor *c)
{
	for (; c->at < c->end; c->at++) {
		if (*c->at == '%')
			while (c->at + 1 < c->end && c->at[1] != '\n' && c->at[1] != '\r')
				c->at++;
		else if (!is_blank(*c->at))
			return;
	}
}

bool kh_pdf_take_token(struct kh_cursor *c, const char *token)
{
	struct kh_cursor in = *c;
	size_t n = strlen(token);
	kh_pdf_skip_blank(&in);
	if (kh_cursor_left(&in) < n || memcmp(in.at, token, n) != 0)
		return false;
	in.at += n;
	*c = in;
	return true;
}

bool kh_pdf_take_name(struct kh_cursor *c, struct kh_pdf_name *ret)
{
	struct kh_cursor in = *c;
	if (!kh_pdf_take_token(&in, "/"))
		return false;
	size_t n = 0;
	for (int byte = 0; (byte = peek(&in, 0)) >= 0 && !is_blank(byte) && !is_delimiter(byte); in.at++) {
		if (byte == '#' && kh_hex_value(peek(&in, 1)) >= 0 && kh_hex_value(peek(&in, 2)) >= 0) {
			byte = kh_hex_value(peek(&in, 1)) << 4 | kh_hex_value(peek(&in, 2));
			in.at += 2;
		}
		if (n < KH_PDF_MAX_NAME)
			ret->text[n++] = (char)byte;
	}
	ret->text[n] = '\0';
	*c = in;
	return true;
}

bool kh_pdf_take_int(struct kh_cursor *c, int64_t *ret)
{
	struct kh_cursor in = *c;
	kh_pdf_skip_blank(&in);
	bool negative = peek(&in, 0) == '-';
	in.at += negative || peek(&in, 0) == '+';
	const uint8_t *digits = in.at;
	int64_t v = 0;
	while (peek(&in, 0) >= '0' && peek(&in, 0) <= '9' && v < INT64_MAX / 10 - 9)
		v = v * 10 + (*in.at++ - '0');
	if (in.at == digits || peek(&in, 0) == '.')
		return false;
	*ret = negative ? -v : v;
	*c = in;
	return true;
}

bool kh_pdf_take_reference(struct kh_cursor *c, int64_t *ret_number, int64_t *ret_generation)
{
	struct kh_cursor in = *c;
	int64_t number = 0, generation = 0;
	if (!kh_pdf_take_int(&in, &number) || !kh_pdf_take_int(&in, &generation) || !kh_pdf_take_token(&in, "R"))
		return false;
	*ret_number = number;
	*ret_generation = generation;
	*c = in;
	return true;
}

/* "(a (b) \) c)": behind its beginning. */
static bool skip_string(struct kh_cursor *c)
{
	for (size_t open = 1; c->at < c->end;) {
		int byte = *c->at++;
		if (byte == '\\' && c->at < c->end)
			c->at++;
		else if (byte == '(')
			open++;
		else if (byte == ')' && --open == 0)
			return true;
	}
	return false;
}

static void skip_word(struct kh_cursor *c)
{
	while (c->at < c->end && !is_blank(*c->at) && !is_delimiter(*c->at))
		c->at++;
}

/* One name, number, word, string or bracket; +1, -1: a bracket was opened, closed. False: the end. */
static bool skip_piece(struct kh_cursor *c, int *ret_nesting)
{
	struct kh_pdf_name name;
	*ret_nesting = 0;
	kh_pdf_skip_blank(c);
	int byte = peek(c, 0), next = peek(c, 1);
	if (byte < 0)
		return false;
	if (byte == '/')
		return kh_pdf_take_name(c, &name);
	if (byte == '(') {
		c->at++;
		return skip_string(c);
	}
	if (byte == '<' && next != '<') {
		const uint8_t *end = memchr(c->at, '>', kh_cursor_left(c));
		c->at = end ? end + 1 : c->end;
		return end != NULL;
	}
	if (is_delimiter(byte)) {
		*ret_nesting = byte == '<' || byte == '[' ? 1 : byte == '>' || byte == ']' ? -1 : 0;
		return kh_cursor_skip(c, (byte == '<' || byte == '>') && next == byte ? 2 : 1);
	}
	skip_word(c);
	return true;
}

bool kh_pdf_skip_value(struct kh_cursor *c)
{
	struct kh_cursor in = *c;
	int64_t number = 0, generation = 0;
	if (kh_pdf_take_reference(&in, &number, &generation)) {
		*c = in;
		return true;
	}
	int depth = 0, nesting = 0;
	do {
		if (!skip_piece(&in, &nesting))
			return false;
		depth += nesting;
	} while (depth > 0 && depth < KH_PDF_MAX_NESTING);
	if (depth != 0)
		return false;
	*c = in;
	return true;
}
