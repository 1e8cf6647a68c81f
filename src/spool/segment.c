#define _GNU_SOURCE
#include "spool/segment.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"
#include "spool/crc32c.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WINDOW = 8 * 1024 };

static const char *const class_names[] = {[KH_SPOOL_DETECTION] = "detection", [KH_SPOOL_FACTS] = "facts", [KH_SPOOL_EVENT] = "event"};

/* ---- names ---- */

void kh_segment_set_name(struct kh_segment *s, uint64_t epoch, int64_t first)
{
	s->epoch = epoch;
	s->first = first;
	snprintf(s->name, sizeof s->name, "%08" PRIx32 "-%016" PRIx64 "-%016" PRIx64 ".%s", s->ordinal, epoch, (uint64_t)first, class_names[s->class_]);
}

static bool hex_field(const char *text, size_t digits, uint64_t *ret)
{
	char copy[17] = "";
	uint8_t bytes[8] = {0};
	memcpy(copy, text, digits);
	if (!kh_unhex(copy, bytes, digits / 2))
		return false;
	uint64_t v = 0;
	for (size_t i = 0; i < digits / 2; i++)
		v = v << 8 | bytes[i];
	*ret = v;
	return true;
}

bool kh_segment_parse_name(const char *name, struct kh_segment *ret)
{
	uint64_t ordinal = 0, epoch = 0, first = 0;
	if (strlen(name) < 43 || name[8] != '-' || name[25] != '-' || name[42] != '.')
		return false;
	if (!hex_field(name, 8, &ordinal) || !hex_field(name + 9, 16, &epoch) || !hex_field(name + 26, 16, &first))
		return false;
	for (size_t c = 0; c < KH_COUNT(class_names); c++) {
		if (!kh_streq(name + 43, class_names[c]))
			continue;
		ret->class_ = (enum kh_spool_class)c;
		ret->ordinal = (uint32_t)ordinal;
		kh_segment_set_name(ret, epoch, (int64_t)first);
		return kh_streq(ret->name, name);
	}
	return false;
}

/* ---- life ---- */

struct kh_segment *kh_segment_new(enum kh_spool_class class_, uint32_t ordinal, uint64_t epoch, int64_t first)
{
	struct kh_segment *s = kh_alloc(sizeof *s);
	*s = (struct kh_segment){.class_ = class_, .ordinal = ordinal, .fd = -1, .head = KH_SEGMENT_MAGIC_LEN};
	kh_segment_set_name(s, epoch, first);
	kh_buf_adds(&s->tail, KH_SEGMENT_MAGIC);
	return s;
}

void kh_segment_close(struct kh_segment *s)
{
	kh_fd_close(&s->fd);
	s->fd_writes = false;
}

void kh_segment_free(struct kh_segment *s)
{
	if (!s)
		return;
	kh_segment_close(s);
	kh_buf_done(&s->tail);
	free(s);
}

/* ---- writing ---- */

void kh_segment_add(struct kh_segment *s, const struct kh_spool_record *record, int64_t seq)
{
	struct kh_frame f = {
		.delta = (uint32_t)(seq - s->first),
		.place = s->written++,
		.time_ms = record->time_ms,
		.producer = record->producer,
		.n = record->n,
		.tag = record->tag,
	};
	kh_frame_add(&s->tail, &f, record->payload, record->len);
	s->tag = record->tag;
	s->tail_frames++;
	s->waiting++;
}

static int open_for_writing(int dir_fd, struct kh_segment *s, bool *made)
{
	if (s->fd >= 0 && s->fd_writes)
		return 0;
	kh_segment_close(s);
	s->fd = openat(dir_fd, s->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->fd < 0)
		return kh_fail_errno("spool: %s", s->name);
	*made = *made || !s->exists;
	s->exists = s->fd_writes = true;
	return 0;
}

static int write_at(int fd, const char *name, const char *bytes, size_t n, uint64_t offset)
{
	while (n) {
		ssize_t done = pwrite(fd, bytes, n, (off_t)offset);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return kh_fail_errno("spool: %s", name);
		bytes += done;
		offset += (uint64_t)done;
		n -= (size_t)done;
	}
	return fdatasync(fd) < 0 ? kh_fail_errno("spool: %s", name) : 0;
}

int kh_segment_commit(int dir_fd, struct kh_segment *s, bool *made)
{
	if (s->tail_frames == 0)
		return 0;
	int r = open_for_writing(dir_fd, s, made);
	if (r < 0)
		return r;
	r = write_at(s->fd, s->name, s->tail.data, s->tail.len, s->durable);
	if (r < 0) {
		kh_ignore(ftruncate(s->fd, (off_t)s->durable));
		return r;
	}
	s->durable += s->tail.len;
	s->tail_frames = 0;
	kh_buf_done(&s->tail);
	return 0;
}

uint32_t kh_segment_drop_tail(struct kh_segment *s)
{
	uint32_t dropped = KH_MIN(s->tail_frames, s->waiting);
	s->written -= s->tail_frames;
	s->head_place = KH_MIN(s->head_place, s->written);
	s->waiting -= dropped;
	s->tail_frames = 0;
	kh_buf_done(&s->tail);
	if (s->durable == 0)
		kh_buf_adds(&s->tail, KH_SEGMENT_MAGIC);
	s->head = KH_MIN(s->head, KH_MAX(s->durable, (uint64_t)KH_SEGMENT_MAGIC_LEN));
	return dropped;
}

/* ---- reading ---- */

static int open_for_reading(int dir_fd, struct kh_segment *s)
{
	if (s->fd >= 0 || s->durable == 0)
		return 0;
	s->fd = openat(dir_fd, s->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return s->fd < 0 ? kh_fail_errno("spool: %s", s->name) : 0;
}

/* Up to n bytes from `offset`, on one side of the border between disk and memory; 0 at the end. */
static int read_some(struct kh_segment *s, uint64_t offset, void *to, size_t n, size_t *ret_n)
{
	if (offset >= s->durable) {
		uint64_t in_tail = offset - s->durable;
		size_t left = in_tail < s->tail.len ? s->tail.len - (size_t)in_tail : 0;
		*ret_n = KH_MIN(n, left);
		if (*ret_n)
			memcpy(to, s->tail.data + in_tail, *ret_n);
		return 0;
	}
	ssize_t done = 0;
	do
		done = pread(s->fd, to, (size_t)KH_MIN((uint64_t)n, s->durable - offset), (off_t)offset);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return kh_fail_errno("spool: %s", s->name);
	*ret_n = (size_t)done;
	return 0;
}

static int read_whole(struct kh_segment *s, uint64_t offset, void *to, size_t n, bool *ret_whole)
{
	size_t got = 0;
	for (size_t piece = 1; got < n && piece > 0; got += piece) {
		int r = read_some(s, offset + got, (char *)to + got, n - got, &piece);
		if (r < 0)
			return r;
	}
	*ret_whole = got == n;
	return 0;
}

static int payload_is_good(struct kh_segment *s, uint64_t offset, const struct kh_frame *f, bool *ret_good)
{
	uint8_t window[WINDOW];
	uint32_t crc = 0;
	for (size_t left = f->len, n = 0; left; left -= n, offset += n) {
		int r = read_some(s, offset, window, KH_MIN(left, sizeof window), &n);
		if (r < 0)
			return r;
		if (n == 0) {
			*ret_good = false;
			return 0;
		}
		crc = kh_crc32c(crc, window, n);
	}
	*ret_good = crc == f->payload_crc;
	return 0;
}

/* The next place at or after `offset` where the magic stands; the end of the segment when there is none. */
static int find_magic(struct kh_segment *s, uint64_t offset, uint64_t *ret)
{
	static const uint8_t magic[] = {KH_FRAME_MAGIC & 0xff, KH_FRAME_MAGIC >> 8 & 0xff, KH_FRAME_MAGIC >> 16 & 0xff, KH_FRAME_MAGIC >> 24};
	uint8_t window[WINDOW];
	for (;;) {
		size_t n = 0;
		int r = read_some(s, offset, window, WINDOW, &n);
		if (r < 0)
			return r;
		const uint8_t *hit = n < sizeof magic ? NULL : memmem(window, n, magic, sizeof magic);
		if (hit || n < sizeof magic) {
			*ret = offset + (hit ? (uint64_t)(hit - window) : n);
			return 0;
		}
		offset += n - (sizeof magic - 1);
	}
}

/* Is there a whole frame at this place? When only its payload is damaged, *ret_end still says where the next one begins. */
static int frame_at(struct kh_segment *s, uint64_t at, struct kh_segment_frame *ret, bool *ret_good)
{
	uint8_t header[KH_FRAME_HEADER];
	bool whole = false;
	*ret = (struct kh_segment_frame){.at = at, .end = at + 1};
	*ret_good = false;
	int r = read_whole(s, at, header, sizeof header, &whole);
	if (r < 0 || !whole || !kh_frame_read(header, &ret->frame))
		return r;
	uint64_t end = at + KH_FRAME_HEADER + ret->frame.len;
	if (end > kh_segment_size(s))
		return 0;
	ret->end = end;
	return payload_is_good(s, at + KH_FRAME_HEADER, &ret->frame, ret_good);
}

int kh_segment_next(int dir_fd, struct kh_segment *s, uint64_t offset, struct kh_segment_frame *ret, bool *ret_found)
{
	int r = open_for_reading(dir_fd, s);
	for (bool good = false; r == 0 && offset < kh_segment_size(s);) {
		struct kh_segment_frame f;
		r = frame_at(s, offset, &f, &good);
		if (r == 0 && good) {
			*ret = f;
			*ret_found = true;
			return 0;
		}
		if (r == 0)
			r = find_magic(s, f.end, &offset);
	}
	if (r == 0)
		*ret_found = false;
	return r;
}

int kh_segment_payload(int dir_fd, struct kh_segment *s, const struct kh_segment_frame *f, struct kh_buf *b)
{
	bool whole = false;
	int r = open_for_reading(dir_fd, s);
	char *to = r < 0 ? NULL : kh_buf_reserve(b, f->frame.len);
	if (!to)
		return r < 0 ? r : kh_buf_status(b);
	r = read_whole(s, f->at + KH_FRAME_HEADER, to, f->frame.len, &whole);
	if (r < 0)
		return r;
	if (!whole)
		return kh_fail(KH_E_IO, "spool: %s became shorter", s->name);
	b->len += f->frame.len;
	b->data[b->len] = '\0';
	return 0;
}

/* ---- what an earlier run left ---- */

int kh_segment_check(int dir_fd, struct kh_segment *s, void (*each)(const struct kh_frame *frame, void *context), void *context,
		     struct kh_segment_check *ret)
{
	struct stat st = {0};
	s->fd = openat(dir_fd, s->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return kh_fail_errno("spool: %s", s->name);
	s->exists = s->sealed = true;
	s->durable = (uint64_t)st.st_size;
	s->head = KH_MIN(s->durable, (uint64_t)KH_SEGMENT_MAGIC_LEN);
	struct kh_segment_check check = {.end = s->head};
	struct kh_segment_frame f = {0};
	for (bool found = true; found;) {
		int r = kh_segment_next(dir_fd, s, check.end, &f, &found);
		if (r < 0)
			return r;
		if (!found)
			break;
		check.end = f.end;
		s->written = KH_MAX(s->written, f.frame.place) + 1;
		s->waiting++;
		s->tag = f.frame.tag;
		each(&f.frame, context);
	}
	check.torn = check.end < s->durable;
	kh_segment_close(s);
	*ret = check;
	return 0;
}

void kh_segment_truncate(int dir_fd, struct kh_segment *s, uint64_t end)
{
	kh_auto_fd int fd = openat(dir_fd, s->name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && ftruncate(fd, (off_t)end) == 0)
		s->durable = end;
}
