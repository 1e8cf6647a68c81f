#include "document/read/parts.h"

#include "base/cursor.h"
#include "base/str.h"
#include "base/time.h"

/* ---- held parts ---- */

static bool wants(void *context, const char *name)
{
	const struct kh_parts *p = context;
	return p->wants(name);
}

static void on_part(void *context, const char *name, const uint8_t *bytes, size_t n)
{
	struct kh_parts *p = context;
	struct kh_unpack *u = &p->r->file->unpack;
	if (!p->wants(name))
		return;
	if (n > u->limits->held_bytes - KH_MIN(u->held_bytes, u->limits->held_bytes)) { /* stored ones are lent, and not counted before */
		kh_reading_gap(p->r, KH_GAP_MEMBER_BYTES, name);
		return;
	}
	kh_array_push(&p->list, ((struct kh_part){kh_strdup(name), kh_memdup(bytes, n), n}));
	u->held_bytes += n;
}

static void on_gap(void *context, enum kh_gap_kind kind, const char *name)
{
	const struct kh_parts *p = context;
	kh_reading_gap(p->r, kind, name);
}

void kh_parts_init(struct kh_parts *p, struct kh_reading *r, const uint8_t *bytes, size_t n, bool (*are_wanted)(const char *name))
{
	*p = (struct kh_parts){.r = r, .wants = are_wanted};
	kh_reading_unpack(r, bytes, n, &(struct kh_reading_unpack){.context = p, .wants = wants, .on_member = on_part, .on_gap = on_gap});
}

void kh_parts_done(struct kh_parts *p)
{
	kh_array_each(&p->list, part) {
		p->r->file->unpack.held_bytes -= part->n;
		free(part->name);
		free(part->bytes);
	}
	kh_array_done(&p->list);
}

const struct kh_part *kh_parts_find(const struct kh_parts *p, const char *name)
{
	kh_array_each(&p->list, part)
		if (kh_streq_nocase(part->name, name))
			return part;
	return NULL;
}

/* ---- what a package has ---- */

struct question {
	bool (*is_it)(void *context, const char *name);
	void *context;
	bool found;
};

static bool ask(void *context, const char *name)
{
	struct question *q = context;
	q->found = q->found || q->is_it(q->context, name);
	return false;
}

static void leave_member(void *context, const char *name, const uint8_t *bytes, size_t n)
{
	(void)context;
	(void)name;
	(void)bytes;
	(void)n;
}

static void leave_gap(void *context, enum kh_gap_kind kind, const char *name)
{
	(void)context;
	(void)kind;
	(void)name;
}

bool kh_package_has(const uint8_t *bytes, size_t n, bool (*is_it)(void *context, const char *name), void *context)
{
	enum { AT_MOST_MS = 2000 };
	static const struct kh_unpack_limits limits = KH_UNPACK_LIMITS;
	struct question q = {is_it, context, false};
	struct kh_unpack u = {
		.limits = &limits, .deadline_ms = kh_monotonic_ms() + AT_MOST_MS, .wants = ask, .on_member = leave_member, .on_gap = leave_gap,
	};
	kh_unpack_run(&u, bytes, n, &q);
	return q.found;
}

static bool take(struct kh_cursor *c, const char *what)
{
	return kh_cursor_left(c) >= strlen(what) && memcmp(c->at, what, strlen(what)) == 0 && kh_cursor_skip(c, strlen(what));
}

/* OpenDocument's first member is its type, stored (ODF 1.2 part 3, 3.3). */
bool kh_package_is_opendocument(const uint8_t *p, size_t n, const char *kind)
{
	enum { EXTRA_SIZE_AT = 28 };
	static const char name[] = "mimetype", type[] = "application/vnd.oasis.opendocument.";
	uint16_t extra = 0;
	struct kh_cursor c = kh_cursor_of(p, n);
	return take(&c, "PK\3\4") && kh_cursor_skip(&c, EXTRA_SIZE_AT - 4) && kh_cursor_u16le(&c, &extra) && take(&c, name) && kh_cursor_skip(&c, extra) && take(&c, type) && take(&c, kind);
}
