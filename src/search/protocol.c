#include "search/protocol.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "ipc/wire.h"

#include <stdlib.h>
#include <string.h>

static int malformed(const char *what)
{
	return kh_fail(KH_E_SYNTAX, "a malformed message: %s", kh_words(what));
}

/* ---- SETUP, READY, FILE ---- */

void kh_search_encode_setup(const struct kh_search_setup *s, struct kh_buf *b)
{
	kh_buf_add_u64le(b, s->max_size);
	kh_unpack_limits_put(&s->limits, b);
	kh_buf_addc(b, (char)s->ocr);
	kh_buf_addc(b, s->show);
}

int kh_search_decode_setup(const void *bytes, size_t n, struct kh_search_setup *ret)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	struct kh_search_setup s = {0};
	unsigned ocr = 0;
	if (!kh_cursor_u64le(&c, &s.max_size) || s.max_size > INT64_MAX || !kh_unpack_limits_get(&c, &s.limits) || !kh_wire_below(&c, KH_OCR_ALWAYS + 1, &ocr) ||
	    !kh_wire_bool(&c, &s.show) || kh_cursor_left(&c))
		return malformed("setup");
	s.ocr = (enum kh_ocr)ocr;
	*ret = s;
	return 0;
}

void kh_search_encode_ready(const struct kh_search_ready *r, struct kh_buf *b)
{
	kh_buf_addc(b, (char)r->landlock_abi);
	kh_buf_addc(b, r->user_changed);
	kh_buf_add(b, r->rules, sizeof r->rules);
}

int kh_search_decode_ready(const void *bytes, size_t n, struct kh_search_ready *ret)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	struct kh_search_ready r = {0};
	uint8_t abi = 0;
	if (!kh_cursor_u8(&c, &abi) || !kh_wire_bool(&c, &r.user_changed) || !kh_cursor_copy(&c, r.rules, sizeof r.rules) || kh_cursor_left(&c))
		return malformed("ready");
	r.landlock_abi = abi;
	*ret = r;
	return 0;
}

void kh_search_encode_file(uint64_t id, struct kh_buf *b)
{
	kh_buf_add_u64le(b, id);
}

int kh_search_decode_file(const void *bytes, size_t n, uint64_t *ret_id)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	return kh_cursor_u64le(&c, ret_id) && kh_cursor_left(&c) == 0 ? 0 : malformed("file");
}

/* ---- RESULT ---- */

static void put_report(const struct kh_search_report *r, struct kh_buf *b)
{
	const uint8_t small[] = {(uint8_t)r->format, (uint8_t)r->charset, r->charset_known, r->mixed,
				 (uint8_t)r->state,  (uint8_t)r->level,   r->confidence,    r->inside};
	kh_buf_add_u64le(b, r->size);
	kh_buf_add(b, r->sha256, sizeof r->sha256);
	kh_buf_add(b, small, sizeof small);
	kh_buf_addc(b, (char)r->mark_count);
	for (const struct kh_search_mark *m = r->marks; m < r->marks + r->mark_count; m++) {
		kh_wire_put_text(b, m->kind, KH_SEARCH_MAX_KIND - 1);
		kh_buf_add_u32le(b, m->page);
		kh_buf_addc(b, (char)m->where);
		kh_buf_addc(b, m->line != NULL);
		kh_wire_put_text(b, m->line, KH_SEARCH_MAX_LINE);
	}
	kh_buf_addc(b, (char)r->gap_count);
	for (size_t i = 0; i < r->gap_count; i++) {
		kh_buf_addc(b, (char)r->gaps[i].kind);
		kh_buf_addc(b, r->gaps[i].inside);
	}
}

/* A name of the rules, which is written to terminals and records. */
static bool is_kind(const char *s)
{
	return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static bool get_mark(struct kh_cursor *c, struct kh_search_mark *ret)
{
	kh_auto_free char *kind = NULL, *line = NULL;
	bool has_line = false;
	unsigned where = 0;
	if (!kh_wire_text(c, KH_SEARCH_MAX_KIND - 1, &kind) || !is_kind(kind) || !kh_cursor_u32le(c, &ret->page) || !kh_wire_below(c, KH_PARTS, &where) ||
	    !kh_wire_bool(c, &has_line) || !kh_wire_text(c, KH_SEARCH_MAX_LINE, &line) || (!has_line && *line))
		return false;
	memcpy(ret->kind, kind, strlen(kind) + 1);
	ret->where = (enum kh_document_part)where;
	ret->line = has_line ? kh_take(line) : NULL;
	return true;
}

static bool get_marks(struct kh_cursor *c, struct kh_search_report *r)
{
	unsigned n = 0;
	bool good = kh_wire_below(c, KH_SEARCH_MAX_MARKS + 1, &n);
	for (unsigned i = 0; i < n && good; i++) {
		good = get_mark(c, &r->marks[r->mark_count]);
		r->mark_count += good;
	}
	return good;
}

static bool get_gaps(struct kh_cursor *c, struct kh_search_report *r)
{
	unsigned n = 0;
	bool good = kh_wire_below(c, KH_SEARCH_MAX_GAPS + 1, &n);
	for (unsigned i = 0; i < n && good; i++) {
		unsigned kind = 0;
		bool inside = false;
		good = kh_wire_below(c, KH_GAP_COUNT, &kind) && kh_wire_bool(c, &inside);
		r->gaps[r->gap_count++] = (struct kh_search_gap){(enum kh_gap_kind)kind, inside};
	}
	return good;
}

static bool get_report(struct kh_cursor *c, struct kh_search_report *r)
{
	unsigned format = 0, charset = 0, state = 0, level = 0, confidence = 0;
	if (!kh_cursor_u64le(c, &r->size) || !kh_cursor_copy(c, r->sha256, sizeof r->sha256) || !kh_wire_below(c, KH_DOCUMENT_FORMATS, &format) ||
	    !kh_wire_below(c, KH_CHARSETS, &charset) || !kh_wire_bool(c, &r->charset_known) || !kh_wire_bool(c, &r->mixed) || !kh_wire_below(c, KH_SEARCH_STATES, &state) ||
	    !kh_wire_below(c, KH_SECRECY_LEVELS, &level) || !kh_wire_below(c, 101, &confidence) || !kh_wire_bool(c, &r->inside) || !get_marks(c, r) || !get_gaps(c, r))
		return false;
	r->format = (enum kh_document_format)format;
	r->charset = (enum kh_charset)charset;
	r->state = (enum kh_search_state)state;
	r->level = (enum kh_secrecy_level)level;
	r->confidence = (uint8_t)confidence;
	return true;
}

/* A worker that was taken over may say anything, but not two things at once. */
static bool agrees(const struct kh_search_report *r)
{
	return (r->level == KH_SECRECY_NONE) == (r->confidence == 0) && (r->level == KH_SECRECY_NONE || r->mark_count > 0) &&
	       (r->state != KH_SEARCH_SCANNED || r->gap_count == 0);
}

void kh_search_encode_reply(const struct kh_search_reply *r, struct kh_buf *b)
{
	kh_buf_add_u64le(b, r->id);
	kh_buf_addc(b, (char)r->outcome);
	kh_buf_add_u32le(b, (uint32_t)r->error);
	put_report(&r->report, b);
}

int kh_search_decode_reply(const void *bytes, size_t n, struct kh_search_reply *ret)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	struct kh_search_reply r = {0};
	unsigned outcome = 0;
	uint32_t error = 0;
	const bool good = kh_cursor_u64le(&c, &r.id) && kh_wire_below(&c, KH_SEARCH_OUTCOMES, &outcome) && kh_cursor_u32le(&c, &error) && error < 4096 &&
			  get_report(&c, &r.report) && kh_cursor_left(&c) == 0 && agrees(&r.report);
	if (!good) {
		kh_search_report_done(&r.report);
		return malformed("result");
	}
	r.outcome = (enum kh_search_outcome)outcome;
	r.error = (int)error;
	*ret = r;
	return 0;
}
