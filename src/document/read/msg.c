#include "document/read/mail.h"

#include "base/cursor.h"
#include "base/str.h"
#include "document/read/html.h"
#include "document/read/parts.h"
#include "document/read/text.h"
#include "unpack/ole2/cfb.h"
#include "unpack/pieces.h"

#include <stdio.h>

/* Streams are named by property and type ([MS-OXMSG] 2.2): 001F is text in UTF-16, 001E in the charset of the one who wrote it, 0102 bytes. */
#define STREAM "__substg1.0_"
#define ATTACHMENT "__attach_version1.0_#"
#define DATA STREAM "37010102"
#define RTF STREAM "10090102"
#define HTML STREAM "1013"

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* ---- texts ---- */

static void read_subject(struct kh_reading *r, enum kh_text_kind kind, const struct kh_part *p)
{
	kh_text_read(r, kind, KH_CHARSET_CP1252, p->bytes, p->n, &(struct kh_line_look){.part = KH_PART_PROPERTIES});
}

static void read_body(struct kh_reading *r, enum kh_text_kind kind, const struct kh_part *p)
{
	kh_text_read(r, kind, KH_CHARSET_CP1252, p->bytes, p->n, &(struct kh_line_look){.part = KH_PART_BODY});
}

static void read_html(struct kh_reading *r, enum kh_text_kind kind, const struct kh_part *p)
{
	(void)kind;
	kh_html_read(r, NULL, p->bytes, p->n);
}

/* By the beginning of the name: all subjects first, then all bodies; of the message, and of those attached to it. */
static const struct {
	const char *stream;
	void (*read)(struct kh_reading *r, enum kh_text_kind kind, const struct kh_part *p);
} texts[] = {{STREAM "0037001", read_subject}, {STREAM "1000001", read_body}, {HTML, read_html}};

static bool is_text(const char *path)
{
	for (size_t i = 0; i < KH_COUNT(texts); i++)
		if (kh_starts_with(last_part(path), texts[i].stream))
			return true;
	return false;
}

static enum kh_text_kind kind_of(const struct kh_part *p)
{
	size_t mark = 0;
	if (kh_ends_with(p->name, "001F"))
		return KH_TEXT_UTF16LE;
	return kh_text_kind_of(p->bytes, p->n, &mark) == KH_TEXT_UTF8 ? KH_TEXT_UTF8 : KH_TEXT_BYTES;
}

static void read_msg(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_parts parts;
	kh_parts_init(&parts, r, bytes, n, is_text);
	for (size_t i = 0; i < KH_COUNT(texts); i++)
		kh_array_each(&parts.list, p)
			if (kh_starts_with(last_part(p->name), texts[i].stream) && !kh_reading_over(r))
				texts[i].read(r, kind_of(p), p);
	kh_parts_done(&parts);
}

/* ---- RTF that Outlook has compressed ---- */

/* What every text refers back to before it has a beginning of its own. */
static const char dictionary[] =
	"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier"
	"{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

enum { WINDOW = 4096 };

struct window {
	struct kh_pieces out;
	uint8_t bytes[WINDOW];
	unsigned at;
};

static void put(struct window *w, uint8_t byte)
{
	kh_pieces_put(&w->out, byte);
	w->bytes[w->at] = byte;
	w->at = (w->at + 1) % WINDOW;
}

/* A reference: where in the window, and how long; to the place where the next byte will stand: the end. */
static bool copy(struct window *w, unsigned reference)
{
	unsigned from = reference >> 4;
	if (from == w->at)
		return false;
	for (unsigned n = (reference & 15) + 2; n > 0; n--, from = (from + 1) % WINDOW)
		put(w, w->bytes[from]);
	return true;
}

static bool decompress(struct window *w, struct kh_cursor *c)
{
	for (uint8_t control = 0; kh_cursor_u8(c, &control) && !w->out.full;)
		for (int bit = 0; bit < 8; bit++, control >>= 1) {
			uint16_t reference = 0;
			uint8_t byte = 0;
			if (control & 1 ? !kh_cursor_u16be(c, &reference) : !kh_cursor_u8(c, &byte))
				return false;
			if (!(control & 1))
				put(w, byte);
			else if (!copy(w, reference))
				return true;
		}
	return false;
}

enum kh_decoded kh_msg_decompress(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	enum { COMPRESSED = 0x75465a4c /* "LZFu" */, PLAIN = 0x414c454d /* "MELA" */, REST = 4 /* the checksum */ };
	struct kh_cursor c = kh_cursor_of(bytes, n);
	uint32_t size = 0, raw_size = 0, type = 0;
	struct window w = {.at = sizeof dictionary - 1};
	if (!kh_cursor_u32le(&c, &size) || !kh_cursor_u32le(&c, &raw_size) || !kh_cursor_u32le(&c, &type) || !kh_cursor_skip(&c, REST))
		return KH_DECODED_DAMAGED;
	kh_pieces_init(&w.out, m);
	memcpy(w.bytes, dictionary, sizeof dictionary - 1);
	bool good = type == COMPRESSED && decompress(&w, &c);
	for (uint8_t byte = 0; type == PLAIN && !w.out.full && kh_cursor_u8(&c, &byte);)
		put(&w, byte);
	return kh_pieces_finish(&w.out, good || type == PLAIN);
}

/* ---- attachments ---- */

static bool is_html_stream(void *context, const char *path)
{
	(void)context;
	return kh_starts_with(path, HTML);
}

struct attached {
	struct kh_reading *r;
	bool rtf; /* the body is there as nothing better */
};

static bool is_attached(void *context, const char *path)
{
	const struct attached *a = context;
	return kh_streq(last_part(path), DATA) || (a->rtf && kh_streq(path, RTF));
}

/* "__attach_version1.0_#0000000A/…": "attachment 11". */
static void give(void *context, const char *path, const uint8_t *bytes, size_t n)
{
	const struct attached *a = context;
	char name[64];
	if (!is_attached(context, path))
		return;
	if (kh_streq(path, RTF)) {
		kh_reading_decoded(a->r, "body", bytes, n, kh_msg_decompress);
		return;
	}
	const char *number = kh_find_nocase(path, ATTACHMENT);
	snprintf(name, sizeof name, "attachment %lu", number ? strtoul(number + strlen(ATTACHMENT), NULL, 16) + 1 : 0);
	kh_reading_member(a->r, name, bytes, n);
}

static void tell_gap(void *context, enum kh_gap_kind kind, const char *name)
{
	const struct attached *a = context;
	kh_reading_gap(a->r, kind, name);
}

static void give_attachments(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct attached a = {r, !kh_package_has(bytes, n, is_html_stream, NULL)};
	kh_reading_unpack(r, bytes, n, &(struct kh_reading_unpack){.context = &a, .wants = is_attached, .on_member = give, .on_gap = tell_gap});
}

/* ---- is it one? ---- */

static bool is_properties(void *context, const char *path)
{
	(void)context;
	return kh_streq_nocase(path, "__properties_version1.0");
}

static bool looks_like_msg(const uint8_t *bytes, size_t n)
{
	return n >= sizeof KH_CFB_MAGIC - 1 && memcmp(bytes, KH_CFB_MAGIC, sizeof KH_CFB_MAGIC - 1) == 0 && kh_package_has(bytes, n, is_properties, NULL);
}

const struct kh_reader kh_msg_reader = {KH_DOCUMENT_MAIL, looks_like_msg, read_msg, give_attachments};
