#include "unpack/ole2/ole2.h"

#include "base/cursor.h"
#include "base/str.h"
#include "unpack/decoder.h"
#include "unpack/ole2/cfb.h"
#include "unpack/ole2/limits.h"
#include "unpack/ole2/package.h"
#include "unpack/ole2/vba.h"

#include <string.h>

/* A document being taken apart. */
struct document {
	struct kh_members *m;
	struct kh_vba vba;
};

/* ---- what some streams are besides ---- */

static void tell_encrypted(struct document *d, const char *path, const uint8_t *p, size_t n)
{
	(void)p;
	(void)n;
	kh_members_gap(d->m, KH_GAP_ENCRYPTED, path);
}

static void look_at_word(struct document *d, const char *path, const uint8_t *p, size_t n)
{
	if (n > 12 && (p[11] & 1)) /* fEncrypted, in the second byte of the flags at 10 */
		kh_members_gap(d->m, KH_GAP_ENCRYPTED, path);
}

/* FilePass stands among the first records. */
static void look_at_excel(struct document *d, const char *path, const uint8_t *p, size_t n)
{
	enum { FILE_PASS = 0x2f, FIRST_RECORDS = 16 };
	struct kh_cursor c = kh_cursor_of(p, n);
	uint16_t type = 0, size = 0;
	for (int i = 0; i < FIRST_RECORDS && kh_cursor_u16le(&c, &type) && kh_cursor_u16le(&c, &size) && kh_cursor_skip(&c, size); i++)
		if (type == FILE_PASS) {
			kh_members_gap(d->m, KH_GAP_ENCRYPTED, path);
			return;
		}
}

static void look_at_powerpoint_user(struct document *d, const char *path, const uint8_t *p, size_t n)
{
	if (n >= 16 && memcmp(p + 12, "\xdf\xc4\xd1\xf3", 4) == 0)
		kh_members_gap(d->m, KH_GAP_ENCRYPTED, path);
}

static void give_powerpoint_object(struct kh_members *m, const char *path, uint32_t number, const uint8_t *p, size_t n)
{
	kh_auto_free char *name = kh_format("%s/object %u", path, number);
	if (!kh_members_begin(m))
		return;
	kh_auto_decoder struct kh_decoder *z = kh_decoder_new(KH_CODEC_ZLIB, p, n);
	bool all = kh_members_decode(m, z);
	kh_members_give_decoded(m, name, !all ? KH_DECODED_FULL : kh_decoder_damaged(z) ? KH_DECODED_DAMAGED : KH_DECODED_WHOLE);
}

/* Records one after the other; those that hold objects are at the top. */
static void give_powerpoint_objects(struct document *d, const char *path, const uint8_t *p, size_t n)
{
	enum { STORED_OBJECT = 0x1011, COMPRESSED = 1, SIZE_FIELD = 4 };
	struct kh_cursor c = kh_cursor_of(p, n), body;
	uint16_t version = 0, type = 0;
	uint32_t size = 0, number = 0;
	for (int i = 0; i < KH_OLE2_MAX_RECORDS && kh_cursor_u16le(&c, &version) && kh_cursor_u16le(&c, &type) && kh_cursor_u32le(&c, &size); i++) {
		if (!kh_cursor_sub(&c, KH_MIN((size_t)size, kh_cursor_left(&c)), &body))
			return;
		if (type == STORED_OBJECT && version >> 4 == COMPRESSED && kh_cursor_skip(&body, SIZE_FIELD))
			give_powerpoint_object(d->m, path, ++number, body.at, kh_cursor_left(&body));
	}
}

static void give_native(struct document *d, const char *path, const uint8_t *p, size_t n)
{
	kh_ole_native_give(d->m, path, p, n);
}

static void give_macro(struct document *d, const char *path, const uint8_t *p, size_t n)
{
	kh_vba_give(&d->vba, d->m, path, p, n);
}

/* By the last part of the path. */
static const struct special {
	const char *name;
	void (*look)(struct document *d, const char *path, const uint8_t *p, size_t n);
} specials[] = {
	{"EncryptedPackage", tell_encrypted},
	{"WordDocument", look_at_word},
	{"Workbook", look_at_excel},
	{"Book", look_at_excel},
	{"Current User", look_at_powerpoint_user},
	{"PowerPoint Document", give_powerpoint_objects},
	{"\1Ole10Native", give_native},
};

static bool is_in_vba(const char *path)
{
	const char *found = kh_find_nocase(path, "VBA/");
	while (found && found != path && found[-1] != '/')
		found = kh_find_nocase(found + 1, "VBA/");
	return found && !strchr(found + 4, '/');
}

static void look_at(struct document *d, const struct kh_cfb_stream *s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < KH_COUNT(specials); i++)
		if (kh_streq_nocase(specials[i].name, kh_cfb_name(s)))
			specials[i].look(d, s->path, p, n);
	if (is_in_vba(s->path))
		give_macro(d, s->path, p, n);
}

/* ---- streams ---- */

static void give_stream(struct document *d, const struct kh_cfb *c, const struct kh_cfb_stream *s)
{
	struct kh_members *m = d->m;
	if (s->size == 0 || !kh_members_wants(m, s->path) || !kh_members_begin(m))
		return;
	enum kh_cfb_read r = kh_cfb_read(c, s, m);
	if (r != KH_CFB_WHOLE)
		kh_members_gap(m, r == KH_CFB_CUT ? KH_GAP_DAMAGED : KH_GAP_MEMBER_BYTES, s->path);
	if (m->member.len == 0)
		return;
	kh_members_give(m, s->path);
	struct kh_buf stream = KH_BUF_INIT;
	kh_members_take(m, &stream);
	look_at(d, s, (const uint8_t *)kh_buf_text(&stream), stream.len);
	kh_members_give_back(m, &stream);
}

void kh_ole2_read(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	struct kh_cfb c;
	struct document d = {.m = m};
	if (!kh_cfb_init(&c, bytes, n)) {
		kh_members_damaged(m, NULL);
		return;
	}
	kh_vba_init(&d.vba, &c, m);
	kh_array_each(&c.streams, s)
		if (!kh_members_over(m))
			give_stream(&d, &c, s);
	if (c.too_many)
		kh_members_gap(m, KH_GAP_MEMBERS, NULL);
	if (c.damaged)
		kh_members_damaged(m, NULL);
	kh_vba_done(&d.vba);
	kh_cfb_done(&c);
}
