#include "document/read/reading.h"

#include "base/alloc.h"
#include "base/time.h"

/* ---- one document after the other ---- */

static void read_document(struct kh_reading_file *file, const char *path, size_t depth, const uint8_t *bytes, size_t n)
{
	const struct kh_document_sink *sink = file->sink;
	const struct kh_reader *reader = file->reader_of(bytes, n);
	struct kh_reading r = {.file = file, .path = path, .depth = depth};
	sink->on_begin(sink->context, reader->format, path);
	kh_line_builder_init(&r.lines, sink);
	if (reader->read)
		reader->read(&r, bytes, n);
	kh_line_builder_done(&r.lines);
	sink->on_end(sink->context);
	if (reader->members && depth < file->options->limits->depth)
		reader->members(&r, bytes, n);
	else if (reader->members)
		kh_reading_gap(&r, KH_GAP_DEPTH, NULL);
}

void kh_reading_run(struct kh_reading_file *file, const uint8_t *bytes, size_t n)
{
	file->unpack = (struct kh_unpack){.limits = file->options->limits, .deadline_ms = kh_monotonic_ms() + file->options->limits->time_ms};
	read_document(file, NULL, 0, bytes, n);
}

/* ---- for readers ---- */

static char *path_inside(const struct kh_reading *r, const char *name)
{
	return !name ? kh_strdup(r->path) : r->path ? kh_format("%s/%s", r->path, name) : kh_strdup(name);
}

void kh_reading_gap(struct kh_reading *r, enum kh_gap_kind kind, const char *name)
{
	const struct kh_document_sink *sink = r->file->sink;
	kh_auto_free char *path = path_inside(r, name);
	sink->on_gap(sink->context, kind, path);
}

void kh_reading_more_time(struct kh_reading *r, int64_t ms)
{
	struct kh_reading_file *f = r->file;
	ms = KH_MIN(ms, f->options->limits->time_ms - f->more_ms);
	f->more_ms += ms;
	f->unpack.deadline_ms += ms;
}

void kh_reading_pictures_unread(struct kh_reading *r)
{
	if (!r->pictures_told)
		kh_reading_gap(r, KH_GAP_PICTURES, NULL);
	r->pictures_told = true;
}

bool kh_reading_over(struct kh_reading *r)
{
	const struct kh_document_sink *sink = r->file->sink;
	if (!r->over && kh_monotonic_ms() >= r->file->unpack.deadline_ms) {
		kh_reading_gap(r, KH_GAP_TIME, NULL);
		r->over = true;
	}
	return r->over || sink->enough(sink->context);
}

struct kh_unpack kh_reading_enter(struct kh_reading *r, const struct kh_reading_unpack *how)
{
	struct kh_unpack *u = &r->file->unpack;
	const struct kh_unpack outer = *u; /* being taken apart, around this */
	u->wants = how->wants;
	u->on_member = how->on_member;
	u->on_gap = how->on_gap;
	return outer;
}

void kh_reading_leave(struct kh_reading *r, const struct kh_unpack *outer)
{
	struct kh_unpack *u = &r->file->unpack;
	u->wants = outer->wants;
	u->on_member = outer->on_member;
	u->on_gap = outer->on_gap;
}

void kh_reading_unpack(struct kh_reading *r, const uint8_t *bytes, size_t n, const struct kh_reading_unpack *how)
{
	const struct kh_unpack outer = kh_reading_enter(r, how);
	kh_unpack_run(&r->file->unpack, bytes, n, how->context);
	kh_reading_leave(r, &outer);
}

/* ---- documents inside ---- */

void kh_reading_member(struct kh_reading *r, const char *name, const uint8_t *bytes, size_t n)
{
	kh_auto_free char *path = path_inside(r, name);
	if (!kh_reading_over(r))
		read_document(r->file, path, r->depth + 1, bytes, n);
}

struct inside {
	struct kh_reading *r;
	bool (*wants)(const char *name);
};

static bool wants(void *context, const char *name)
{
	const struct inside *in = context;
	return !in->wants || in->wants(name);
}

/* Asked again: some containers have members that they cannot leave alone. */
static void on_member(void *context, const char *name, const uint8_t *bytes, size_t n)
{
	const struct inside *in = context;
	if (wants(context, name))
		kh_reading_member(in->r, name, bytes, n);
}

static void on_gap(void *context, enum kh_gap_kind kind, const char *name)
{
	const struct inside *in = context;
	kh_reading_gap(in->r, kind, name);
}

void kh_reading_decoded(struct kh_reading *r, const char *name, const uint8_t *bytes, size_t n,
			enum kh_decoded (*decode)(struct kh_members *m, const uint8_t *bytes, size_t n))
{
	struct inside in = {.r = r};
	struct kh_members m;
	const struct kh_unpack outer = kh_reading_enter(r, &(struct kh_reading_unpack){.context = &in, .on_member = on_member, .on_gap = on_gap});
	kh_members_init(&m, &r->file->unpack, &in, n, false);
	if (kh_members_begin(&m))
		kh_members_give_decoded(&m, name, decode(&m, bytes, n));
	kh_members_done(&m);
	kh_reading_leave(r, &outer);
}

void kh_reading_members(struct kh_reading *r, const uint8_t *bytes, size_t n, bool (*are_wanted)(const char *name))
{
	struct inside in = {r, are_wanted};
	kh_reading_unpack(r, bytes, n, &(struct kh_reading_unpack){.context = &in, .wants = wants, .on_member = on_member, .on_gap = on_gap});
}
