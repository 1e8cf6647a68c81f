#include "unpack/mail/mail.h"

#include "base/alloc.h"
#include "unpack/mail/header.h"
#include "unpack/mail/transfer.h"

#include <string.h>

/* A message being taken apart. */
struct message {
	struct kh_members *m;
	const struct kh_mail_walk *walk;
	unsigned number; /* in an mbox; 0: alone */
	unsigned parts;
	struct {
		char text[KH_MAIL_MAX_BOUNDARY + 1];
	} open[KH_MAIL_MAX_BOUNDARIES]; /* the multiparts around this place, the innermost last */
	size_t depth;
};

/* ---- names ---- */

static char *name_of(struct message *msg, const char *name, const char *kind)
{
	kh_auto_free char *own = *name ? kh_strdup(name) : kh_format("%s %u", kind, msg->parts);
	return msg->number ? kh_format("message %u/%s", msg->number, own) : kh_take(own);
}

/* ---- boundaries ---- */

enum boundary { NO_BOUNDARY, NEXT_PART, LAST_PART };

/* Whether the line is a boundary of one of the open multiparts; *ret_depth: how many are open then. */
static enum boundary boundary_of(const struct message *msg, const char *line, size_t n, size_t *ret_depth)
{
	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		n--;
	if (n < 2 || memcmp(line, "--", 2) != 0)
		return NO_BOUNDARY;
	for (size_t i = msg->depth; i > 0; i--) {
		const char *text = msg->open[i - 1].text;
		size_t size = strlen(text);
		if (n < 2 + size || memcmp(line + 2, text, size) != 0)
			continue;
		bool last = n == size + 4 && memcmp(line + n - 2, "--", 2) == 0;
		if (!last && n != size + 2)
			continue;
		*ret_depth = last ? i - 1 : i;
		return last ? LAST_PART : NEXT_PART;
	}
	return NO_BOUNDARY;
}

static bool is_boundary(void *context, const char *line, size_t n)
{
	size_t depth = 0;
	return boundary_of(context, line, n, &depth) != NO_BOUNDARY;
}

/* The content up to the next boundary, or the end; the cursor stands at the boundary then. */
static struct kh_cursor take_content(const struct message *msg, struct kh_cursor *c)
{
	struct kh_cursor content = *c;
	const char *line = NULL;
	size_t n = 0, depth = 0;
	while (msg->depth > 0 && kh_cursor_left(c) > 0) {
		struct kh_cursor at = *c;
		if (kh_cursor_left(c) >= 2 && memcmp(c->at, "--", 2) == 0 && kh_cursor_line(&at, &line, &n) && boundary_of(msg, line, n, &depth) != NO_BOUNDARY) {
			content.end = c->at;
			return content;
		}
		const uint8_t *next = memmem(c->at, kh_cursor_left(c), "\n--", 3);
		c->at = next ? next + 1 : c->end;
	}
	c->at = c->end;
	return content;
}

/* ---- parts ---- */

/* Files in a text: lines "begin 644 name", what follows, "end". */
static void give_uu_files(struct message *msg, struct kh_cursor c)
{
	static const char beginning[] = "begin ";
	for (const uint8_t *p = c.at; (p = memmem(c.at, kh_cursor_left(&c), beginning, strlen(beginning))) != NULL;) {
		struct kh_cursor in = {p, c.end};
		const char *line = NULL;
		size_t n = 0, used = 0;
		bool starts_line = p == c.at || p[-1] == '\n';
		c.at = p + strlen(beginning);
		if (!starts_line || !kh_cursor_line(&in, &line, &n) || n < 11 || n > KH_MAIL_MAX_NAME || line[6] < '0' || line[6] > '7' || line[9] != ' ')
			continue;
		if (!kh_members_begin(msg->m))
			return;
		kh_auto_free char *file = kh_strndup(line + 10, n - 10), *name = name_of(msg, file, "file");
		enum kh_decoded r = kh_transfer_uu(msg->m, in.at, kh_cursor_left(&in), &used);
		kh_members_give_decoded(msg->m, name, r);
		c.at = in.at + used;
	}
}

static void give_decoded(struct message *msg, const char *name, struct kh_cursor content,
			 enum kh_decoded (*decode)(struct kh_members *m, const uint8_t *bytes, size_t n))
{
	if (kh_members_begin(msg->m))
		kh_members_give_decoded(msg->m, name, decode(msg->m, content.at, kh_cursor_left(&content)));
}

static void give_part(struct message *msg, const struct kh_mail_header *h, struct kh_cursor content)
{
	kh_auto_free char *name = name_of(msg, h->name, h->message ? "message" : "part");
	if (kh_cursor_left(&content) == 0)
		return;
	if (msg->walk->on_part && msg->walk->on_part(msg->walk->context, h, content))
		; /* what stands in it as a file is given all the same */
	else if (h->encoding == KH_MAIL_BASE64)
		give_decoded(msg, name, content, kh_transfer_base64);
	else if (h->encoding == KH_MAIL_QUOTED)
		give_decoded(msg, name, content, kh_transfer_quoted);
	else if (h->encoding == KH_MAIL_PLAIN)
		kh_members_lend(msg->m, name, content.at, kh_cursor_left(&content));
	if (h->encoding == KH_MAIL_UU || (h->encoding == KH_MAIL_PLAIN && !h->message))
		give_uu_files(msg, content);
}

/* A header, and what follows up to the next boundary. */
static void read_part(struct message *msg, struct kh_cursor *c)
{
	struct kh_mail_header h;
	kh_mail_header_read(c, is_boundary, msg, &h);
	if (msg->parts++ == 0 && msg->walk->on_header)
		msg->walk->on_header(msg->walk->context, &h);
	if (!h.multipart || !h.boundary[0]) {
		give_part(msg, &h, take_content(msg, c));
		return;
	}
	if (msg->depth == KH_MAIL_MAX_BOUNDARIES) {
		kh_members_gap(msg->m, KH_GAP_DEPTH, NULL);
		return;
	}
	memcpy(msg->open[msg->depth++].text, h.boundary, sizeof h.boundary);
	(void)take_content(msg, c); /* for programs that know no MIME */
}

static void read_message(struct message *msg, struct kh_cursor c)
{
	const char *line = NULL;
	size_t n = 0;
	read_part(msg, &c);
	while (!kh_members_over(msg->m) && kh_cursor_line(&c, &line, &n)) {
		enum boundary b = boundary_of(msg, line, n, &msg->depth);
		if (b == NEXT_PART)
			read_part(msg, &c);
		else
			(void)take_content(msg, &c); /* behind the last part of a multipart */
	}
}

/* ---- many messages in a file: each begins with a line "From somebody date", behind an empty one ---- */

static bool skip_from_line(struct kh_cursor *c)
{
	const char *line = NULL;
	size_t n = 0;
	return kh_cursor_left(c) > 5 && memcmp(c->at, "From ", 5) == 0 && kh_cursor_line(c, &line, &n) && kh_mail_header_looks(c->at, kh_cursor_left(c));
}

/* The end of the message that begins at the cursor. */
static const uint8_t *end_of_message(struct kh_cursor c)
{
	const uint8_t *p = c.at;
	while ((p = memmem(p, (size_t)(c.end - p), "\nFrom ", 6)) != NULL) {
		struct kh_cursor next = {++p, c.end};
		if (skip_from_line(&next))
			return p;
	}
	return c.end;
}

bool kh_mail_looks(const uint8_t *bytes, size_t n)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	bool letter = n > 0 && ((bytes[0] | 0x20) >= 'a' && (bytes[0] | 0x20) <= 'z');
	return letter && (skip_from_line(&c) || kh_mail_header_looks(bytes, n));
}

void kh_mail_read(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	kh_mail_walk(m, &(const struct kh_mail_walk){0}, bytes, n);
}

void kh_mail_walk(struct kh_members *m, const struct kh_mail_walk *walk, const uint8_t *bytes, size_t n)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	kh_auto_free struct message *msg = kh_alloc(sizeof *msg);
	bool many = skip_from_line(&c);
	for (unsigned number = 1; kh_cursor_left(&c) > 0 && !kh_members_over(m); number++) {
		const uint8_t *end = many ? end_of_message(c) : c.end;
		many &= number > 1 || end < c.end;
		msg->m = m;
		msg->walk = walk;
		msg->number = many ? number : 0;
		msg->parts = 0;
		msg->depth = 0;
		read_message(msg, (struct kh_cursor){c.at, end});
		c.at = end;
		kh_ignore(skip_from_line(&c));
	}
}
