#include "search/look.h"

#include "base/alloc.h"
#include "crypto/hash.h"

#include <string.h>

/* Bytes of letters that are not ASCII, by the charset in which they were written. */
struct letters {
	size_t of[KH_CHARSETS], all;
};

struct looking {
	const struct kh_look *look;
	struct kh_search_report *report;
	bool inside;             /* the document that is read is one inside the file */
	bool lines;              /* any were read, of all documents */
	struct letters letters;  /* of the document */
};

/* ---- in which charset ---- */

static size_t foreign(const char *text, size_t n)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += (uint8_t)text[i] >= 0x80;
	return count;
}

static void note_charset(const struct letters *l, struct kh_search_report *r)
{
	enum { MIXED_TENTHS = 1 };
	size_t most = 0;
	for (size_t i = 0; i < KH_CHARSETS; i++)
		most = l->of[i] > l->of[most] ? i : most;
	r->charset = (enum kh_charset)most;
	r->charset_known = l->all > 0;
	r->mixed = (l->all - l->of[most]) * 10 > l->all * MIXED_TENTHS;
}

/* ---- documents, one after the other ---- */

static void on_begin(void *context, enum kh_document_format format, const char *member)
{
	struct looking *k = context;
	k->inside = member != NULL;
	k->letters = (struct letters){0};
	if (!k->inside)
		k->report->format = format;
	kh_secrecy_begin(k->look->secrecy, format);
}

static void on_line(void *context, const struct kh_document_line *line)
{
	struct looking *k = context;
	const size_t n = foreign(line->text, line->n);
	k->lines = true;
	k->letters.of[line->charset] += n;
	k->letters.all += n;
	kh_secrecy_line(k->look->secrecy, line);
}

static void take_marks(struct kh_search_report *r, const struct kh_secrecy_finding *f)
{
	while (r->mark_count > 0)
		free(r->marks[--r->mark_count].line);
	for (size_t i = 0; i < f->n && r->mark_count < KH_SEARCH_MAX_MARKS; i++) {
		struct kh_search_mark *m = &r->marks[r->mark_count++];
		const size_t n = strnlen(f->marks[i].kind, sizeof m->kind - 1);
		*m = (struct kh_search_mark){.page = f->marks[i].page, .where = f->marks[i].where, .line = f->marks[i].line ? kh_strdup(f->marks[i].line) : NULL};
		memcpy(m->kind, f->marks[i].kind, n);
	}
}

/* The document with the highest level speaks for the file; of equal ones the surest, then the first. */
static void on_end(void *context)
{
	struct looking *k = context;
	struct kh_search_report *r = k->report;
	struct kh_secrecy_finding f = {0};
	kh_secrecy_end(k->look->secrecy, &f);
	const bool higher = f.level > r->level || (f.level == r->level && f.confidence > r->confidence);
	if (higher) {
		r->level = f.level;
		r->confidence = f.confidence;
		r->inside = k->inside;
	}
	if (higher || (r->level == KH_SECRECY_NONE && r->mark_count == 0))
		take_marks(r, &f);
	if (higher || (r->level == KH_SECRECY_NONE && !r->charset_known))
		note_charset(&k->letters, r);
}

static void on_gap(void *context, enum kh_gap_kind kind, const char *member)
{
	struct looking *k = context;
	kh_search_report_gap(k->report, kind, member != NULL);
}

static bool enough(void *context)
{
	const struct looking *k = context;
	return kh_secrecy_enough(k->look->secrecy);
}

static bool of_interest(void *context, const struct kh_document_line *line)
{
	const struct looking *k = context;
	return kh_secrecy_may_be_mark(k->look->secrecy, line);
}

static bool has_gap(const struct kh_search_report *r, enum kh_gap_kind kind)
{
	for (size_t i = 0; i < r->gap_count; i++)
		if (r->gaps[i].kind == kind)
			return true;
	return false;
}

static enum kh_search_state state_of(const struct looking *k)
{
	if (k->report->gap_count == 0)
		return KH_SEARCH_SCANNED;
	return !k->lines && has_gap(k->report, KH_GAP_ENCRYPTED) ? KH_SEARCH_ENCRYPTED : KH_SEARCH_PARTLY;
}

int kh_look_at(const struct kh_look *l, const void *bytes, size_t n, struct kh_search_report *ret)
{
	struct looking k = {.look = l, .report = ret};
	const struct kh_document_sink sink = {&k, on_begin, on_line, on_end, on_gap, enough, of_interest};
	*ret = (struct kh_search_report){.size = n};
	int r = kh_document_read(&l->options, bytes, n, &sink);
	if (r < 0) {
		kh_search_report_done(ret);
		return r;
	}
	ret->state = state_of(&k);
	if (ret->format != KH_DOCUMENT_NONE)
		kh_sha256_of(bytes, n, ret->sha256);
	return 0;
}
