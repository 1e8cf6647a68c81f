#include "unpack/mail/header.h"

#include "base/buf.h"
#include "base/str.h"
#include "unpack/mail/transfer.h"

#include <string.h>

/* ---- fields ---- */

/* Bytes of the field's name: printable, no blank, a colon behind it. 0: the line is no field. */
static size_t field_name(const char *line, size_t n)
{
	size_t i = 0;
	while (i < n && line[i] > ' ' && line[i] < 127 && line[i] != ':')
		i++;
	size_t end = i;
	while (i < n && (line[i] == ' ' || line[i] == '\t'))
		i++;
	return i < n && line[i] == ':' ? end : 0;
}

static bool is_field(const char *line, size_t n, const char *name)
{
	return field_name(line, n) == strlen(name) && strncasecmp(line, name, strlen(name)) == 0;
}

static bool is_folded(const char *line, size_t n)
{
	return n > 0 && (line[0] == ' ' || line[0] == '\t');
}

/* ---- values with parameters: "text/plain; name*0*=utf-8''a; boundary=\"b c\"" ---- */

static const char *skip_blank(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

/* A value, quoted or up to ';'. Returns where it ends. */
static const char *take_value(const char *s, struct kh_buf *ret)
{
	if (*s != '"') {
		size_t n = strcspn(s, ";");
		while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
			n--;
		kh_buf_add(ret, s, n);
		return s + strcspn(s, ";");
	}
	for (s++; *s && *s != '"'; s++) {
		if (*s == '\\' && s[1])
			s++;
		kh_buf_addc(ret, *s);
	}
	return s + strcspn(s, ";");
}

/* "utf-8''%c3%a9t%c3%a9" → its bytes; the character set stands in the first piece only. */
static void add_percent(struct kh_buf *to, const char *s, bool first)
{
	const char *quote = first ? strchr(s, '\'') : NULL, *second = quote ? strchr(quote + 1, '\'') : NULL;
	for (s = second ? second + 1 : s; *s; s++) {
		bool coded = *s == '%' && kh_hex_value(s[1]) >= 0 && kh_hex_value(s[2]) >= 0;
		kh_buf_addc(to, coded ? (char)(kh_hex_value(s[1]) << 4 | kh_hex_value(s[2])) : *s);
		s += coded ? 2 : 0;
	}
}

/* The parameter's value, its pieces put together as they stand; empty when there is none. */
static void parameter(const char *value, const char *name, struct kh_buf *ret)
{
	size_t n = strlen(name);
	kh_buf_reset(ret);
	for (const char *s = strchr(value, ';'); s; s = strchr(s, ';')) {
		s = skip_blank(s + 1);
		const char *equals = s + strcspn(s, "=;"), *key = s;
		if (*equals != '=')
			continue;
		size_t key_size = (size_t)(equals - key);
		while (key_size > 0 && (key[key_size - 1] == ' ' || key[key_size - 1] == '\t'))
			key_size--;
		kh_auto_buf struct kh_buf one = KH_BUF_INIT;
		s = take_value(skip_blank(equals + 1), &one);
		if (key_size < n || strncasecmp(key, name, n) != 0 || (key_size > n && key[n] != '*'))
			continue;
		if (key_size > n && key[key_size - 1] == '*')
			add_percent(ret, kh_buf_text(&one), ret->len == 0);
		else
			kh_buf_adds(ret, kh_buf_text(&one));
	}
}

/* ---- "=?utf-8?B?…?=" ---- */

static void add_base64(struct kh_buf *to, const char *s, size_t n)
{
	uint32_t bits = 0;
	unsigned have = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t v = kh_base64_values[(uint8_t)s[i]];
		if (v >= 64)
			continue;
		bits = bits << 6 | v;
		have += 6;
		if (have >= 8)
			kh_buf_addc(to, (char)(bits >> (have -= 8)));
	}
}

static void add_quoted(struct kh_buf *to, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool coded = s[i] == '=' && n - i > 2 && kh_hex_value(s[i + 1]) >= 0 && kh_hex_value(s[i + 2]) >= 0;
		kh_buf_addc(to, coded ? (char)(kh_hex_value(s[i + 1]) << 4 | kh_hex_value(s[i + 2])) : s[i] == '_' ? ' ' : s[i]);
		i += coded ? 2 : 0;
	}
}

enum { MAX_SET = KH_MAIL_MAX_TYPE, MAX_WORD = 4096 }; /* RFC 2047 has 75 for the whole; without a bound, a field of beginnings costs the square of its length */

/* One encoded word at s: adds its bytes and returns its end; NULL: there is none. */
static const char *take_word(const char *s, struct kh_buf *to, char charset[MAX_SET + 1])
{
	const char *set_end = kh_starts_with(s, "=?") ? memchr(s + 2, '?', strnlen(s + 2, MAX_SET)) : NULL;
	if (!set_end || !set_end[1] || set_end[2] != '?')
		return NULL;
	const char *text = set_end + 3, *end = memmem(text, strnlen(text, MAX_WORD), "?=", 2);
	if (!end)
		return NULL;
	if ((set_end[1] | 0x20) == 'b')
		add_base64(to, text, (size_t)(end - text));
	else
		add_quoted(to, text, (size_t)(end - text));
	snprintf(charset, MAX_SET + 1, "%.*s", (int)(set_end - s - 2), s + 2);
	return end + 2;
}

void kh_mail_words(const char *value, void (*on_piece)(void *context, const char *charset, const char *bytes, size_t n), void *context)
{
	kh_auto_buf struct kh_buf piece = KH_BUF_INIT, word = KH_BUF_INIT;
	char charset[MAX_SET + 1] = "";
	for (const char *s = value; *s;) {
		char named[MAX_SET + 1] = "";
		const char *after = take_word(s, &word, named);
		if (!kh_streq_nocase(named, charset)) {
			on_piece(context, charset, kh_buf_text(&piece), piece.len);
			kh_buf_reset(&piece);
			memcpy(charset, named, sizeof charset);
		}
		if (after) {
			kh_buf_add(&piece, kh_buf_text(&word), word.len);
			kh_buf_reset(&word);
			s = kh_starts_with(skip_blank(after), "=?") ? skip_blank(after) : after;
		} else {
			kh_buf_addc(&piece, *s++);
		}
	}
	on_piece(context, charset, kh_buf_text(&piece), piece.len);
}

static void add_piece(void *context, const char *charset, const char *bytes, size_t n)
{
	(void)charset;
	kh_buf_add(context, bytes, n);
}

static void set_name(struct kh_mail_header *h, const char *value, const char *key)
{
	kh_auto_buf struct kh_buf raw = KH_BUF_INIT, name = KH_BUF_INIT;
	parameter(value, key, &raw);
	kh_mail_words(kh_buf_text(&raw), add_piece, &name);
	if (name.len > 0)
		snprintf(h->name, sizeof h->name, "%s", kh_buf_text(&name));
}

/* ---- the fields that matter ---- */

static void on_type(struct kh_mail_header *h, const char *value)
{
	kh_auto_buf struct kh_buf boundary = KH_BUF_INIT, charset = KH_BUF_INIT;
	snprintf(h->type, sizeof h->type, "%.*s", (int)KH_MIN(strcspn(value, "; \t"), sizeof h->type - 1), value);
	parameter(value, "charset", &charset);
	snprintf(h->charset, sizeof h->charset, "%s", kh_buf_text(&charset));
	h->multipart = strncasecmp(value, "multipart/", 10) == 0;
	h->message = strncasecmp(value, "message/", 8) == 0;
	parameter(value, "boundary", &boundary);
	if (boundary.len <= KH_MAIL_MAX_BOUNDARY)
		snprintf(h->boundary, sizeof h->boundary, "%s", kh_buf_text(&boundary));
	if (!h->name[0])
		set_name(h, value, "name");
}

static void on_disposition(struct kh_mail_header *h, const char *value)
{
	h->attached = strncasecmp(value, "attachment", 10) == 0;
	set_name(h, value, "filename");
}

static void on_subject(struct kh_mail_header *h, const char *value)
{
	snprintf(h->subject, sizeof h->subject, "%s", value);
}

static void on_encoding(struct kh_mail_header *h, const char *value)
{
	static const struct {
		const char *name;
		enum kh_mail_encoding encoding;
	} names[] = {
		{"base64", KH_MAIL_BASE64}, {"quoted-printable", KH_MAIL_QUOTED}, {"x-uuencode", KH_MAIL_UU}, {"uuencode", KH_MAIL_UU}, {"x-uue", KH_MAIL_UU},
	};
	for (size_t i = 0; i < KH_COUNT(names); i++)
		if (strncasecmp(value, names[i].name, strlen(names[i].name)) == 0)
			h->encoding = names[i].encoding;
}

static const struct {
	const char *name;
	void (*read)(struct kh_mail_header *h, const char *value);
} fields[] = {
	{"Content-Type", on_type},
	{"Content-Disposition", on_disposition},
	{"Content-Transfer-Encoding", on_encoding},
	{"Subject", on_subject},
};

/* A field that may go on over several lines. */
static void read_field(const char *line, size_t n, struct kh_cursor *c, struct kh_mail_header *h)
{
	size_t which = 0;
	while (which < KH_COUNT(fields) && !is_field(line, n, fields[which].name))
		which++;
	kh_auto_buf struct kh_buf value = KH_BUF_MAX(KH_MAIL_MAX_FIELD);
	const char *colon = memchr(line, ':', n);
	if (colon)
		kh_buf_add(&value, colon + 1, n - (size_t)(colon + 1 - line));
	for (struct kh_cursor ahead = *c; kh_cursor_line(&ahead, &line, &n) && is_folded(line, n); *c = ahead)
		if (which < KH_COUNT(fields))
			kh_buf_add(&value, line, n);
	if (which < KH_COUNT(fields))
		fields[which].read(h, skip_blank(kh_buf_text(&value)));
}

void kh_mail_header_read(struct kh_cursor *c, bool (*is_boundary)(void *context, const char *line, size_t n), void *context, struct kh_mail_header *ret)
{
	const char *line = NULL;
	size_t n = 0;
	*ret = (struct kh_mail_header){0};
	for (struct kh_cursor ahead = *c; kh_cursor_line(&ahead, &line, &n) && !is_boundary(context, line, n); ahead = *c) {
		*c = ahead;
		if (n == 0)
			return;
		read_field(line, n, c, ret);
	}
}

/* ---- is it mail? ---- */

static bool only_mail_has(const char *line, size_t n)
{
	static const char *const names[] = {
		"From", "To", "Cc", "Subject", "Date", "Received", "Return-Path", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
		"Content-Disposition", "Delivered-To", "Reply-To", "In-Reply-To", "References", "DKIM-Signature", "X-Mailer", "User-Agent", "Sender", "X-Originating-IP",
	};
	for (size_t i = 0; i < KH_COUNT(names); i++)
		if (is_field(line, n, names[i]))
			return true;
	return false;
}

bool kh_mail_header_looks(const uint8_t *bytes, size_t n)
{
	enum { ENOUGH = 2 };
	struct kh_cursor c = kh_cursor_of(bytes, KH_MIN(n, (size_t)KH_MAIL_MAX_HEADER));
	const char *line = NULL;
	size_t length = 0, known = 0;
	bool first = true;
	while (kh_cursor_line(&c, &line, &length) && length > 0) {
		if (!first && is_folded(line, length))
			continue;
		if (field_name(line, length) == 0)
			return false;
		known += only_mail_has(line, length);
		if (known >= ENOUGH)
			return true;
		first = false;
	}
	return false;
}
