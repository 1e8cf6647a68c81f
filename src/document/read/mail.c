#include "document/read/mail.h"

#include "base/str.h"
#include "document/read/html.h"
#include "document/read/text.h"
#include "unpack/mail/mail.h"
#include "unpack/mail/transfer.h"

/* ---- texts ---- */

struct letter {
	struct kh_reading *r;
	struct kh_members *m;
};

static bool is_html(const struct kh_mail_header *h)
{
	return kh_streq_nocase(h->type, "text/html");
}

/* What is shown when the mail is opened; what has a file's name is looked at as the file it is. */
static bool is_shown(const struct kh_mail_header *h)
{
	return !h->attached && !h->message && !h->name[0] && (!h->type[0] || strncasecmp(h->type, "text/", 5) == 0);
}

static void read_text(struct kh_reading *r, const char *named, const uint8_t *bytes, size_t n)
{
	enum kh_charset charset = KH_CHARSET_CP1252;
	size_t mark = 0;
	enum kh_text_kind kind = kh_text_kind_named(named, &charset), found = kh_text_kind_of(bytes, n, &mark);
	if (kind == KH_TEXT_BYTES && charset == KH_CHARSET_CP1252 && found != KH_TEXT_NONE)
		kind = found;
	kh_text_read(r, kind, charset, bytes + mark, n - mark, &(struct kh_line_look){.part = KH_PART_BODY});
}

static void read_shown(struct letter *l, const struct kh_mail_header *h, const uint8_t *bytes, size_t n)
{
	if (is_html(h))
		kh_html_read(l->r, h->charset[0] ? h->charset : NULL, bytes, n);
	else
		read_text(l->r, h->charset, bytes, n);
	kh_line_end(&l->r->lines);
}

/* S/MIME and OpenPGP (RFC 8551, RFC 3156). */
static bool is_encrypted(const struct kh_mail_header *h)
{
	static const char *const types[] = {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"};
	for (size_t i = 0; i < KH_COUNT(types); i++)
		if (kh_streq_nocase(h->type, types[i]))
			return true;
	return false;
}

static bool read_part(void *context, const struct kh_mail_header *h, struct kh_cursor content)
{
	struct letter *l = context;
	struct kh_members *m = l->m;
	size_t n = kh_cursor_left(&content);
	if (is_encrypted(h))
		kh_reading_gap(l->r, KH_GAP_ENCRYPTED, h->name[0] ? h->name : NULL);
	if (!is_shown(h))
		return true;
	if (h->encoding != KH_MAIL_BASE64 && h->encoding != KH_MAIL_QUOTED) {
		read_shown(l, h, content.at, n);
		return true;
	}
	if (!kh_members_begin(m))
		return true;
	enum kh_decoded how = h->encoding == KH_MAIL_BASE64 ? kh_transfer_base64(m, content.at, n) : kh_transfer_quoted(m, content.at, n);
	struct kh_buf text = KH_BUF_INIT;
	kh_members_take(m, &text);
	read_shown(l, h, (const uint8_t *)kh_buf_text(&text), text.len);
	kh_members_give_back(m, &text);
	if (how != KH_DECODED_WHOLE)
		kh_reading_gap(l->r, how == KH_DECODED_FULL ? KH_GAP_MEMBER_BYTES : KH_GAP_DAMAGED, NULL);
	return true;
}

/* ---- the subject ---- */

static void add_piece(void *context, const char *named, const char *bytes, size_t n)
{
	struct kh_reading *r = context;
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	enum kh_charset charset = KH_CHARSET_CP1252;
	size_t mark = 0;
	enum kh_text_kind kind = kh_text_kind_named(named, &charset);
	if (kind == KH_TEXT_BYTES && charset == KH_CHARSET_CP1252 && kh_text_kind_of((const uint8_t *)bytes, n, &mark) == KH_TEXT_UTF8)
		kind = KH_TEXT_UTF8;
	kh_text_convert(kind, charset, (const uint8_t *)bytes, n, &text);
	kh_line_add(&r->lines, kh_buf_text(&text), text.len, &(struct kh_run_look){.charset = kind == KH_TEXT_BYTES && charset == KH_CHARSET_CP1252 ? KH_CHARSET_CP1252 : KH_CHARSET_UNICODE});
}

static void read_header(void *context, const struct kh_mail_header *h)
{
	struct letter *l = context;
	kh_line_begin(&l->r->lines, &(struct kh_line_look){.part = KH_PART_PROPERTIES});
	kh_mail_words(h->subject, add_piece, l->r);
	kh_line_end(&l->r->lines);
}

/* ---- the whole, twice: its texts, then what is attached ---- */

static void leave_member(void *context, const char *name, const uint8_t *bytes, size_t n)
{
	(void)context;
	(void)name;
	(void)bytes;
	(void)n;
}

static void tell_gap(void *context, enum kh_gap_kind kind, const char *name)
{
	kh_reading_gap(context, kind, name);
}

static void give_member(void *context, const char *name, const uint8_t *bytes, size_t n)
{
	kh_reading_member(context, name, bytes, n);
}

static bool leave_shown(void *context, const struct kh_mail_header *h, struct kh_cursor content)
{
	(void)context;
	(void)content;
	return is_shown(h);
}

static void walk(struct kh_reading *r, const struct kh_reading_unpack *how, bool texts, const uint8_t *bytes, size_t n)
{
	struct kh_members m;
	struct letter l = {r, &m};
	const struct kh_unpack outer = kh_reading_enter(r, how);
	kh_members_init(&m, &r->file->unpack, how->context, n, false);
	if (texts)
		kh_mail_walk(&m, &(struct kh_mail_walk){&l, read_header, read_part}, bytes, n);
	else
		kh_mail_walk(&m, &(struct kh_mail_walk){.on_part = leave_shown}, bytes, n);
	kh_members_done(&m);
	kh_reading_leave(r, &outer);
}

static void read_mail(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	walk(r, &(struct kh_reading_unpack){.context = r, .on_member = leave_member, .on_gap = tell_gap}, true, bytes, n);
}

static void give_attachments(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	walk(r, &(struct kh_reading_unpack){.context = r, .on_member = give_member, .on_gap = tell_gap}, false, bytes, n);
}

const struct kh_reader kh_mail_reader = {KH_DOCUMENT_MAIL, kh_mail_looks, read_mail, give_attachments};
