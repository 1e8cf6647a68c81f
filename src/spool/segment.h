/* One segment of the spool: a row of frames of one class, mostly in a file, its newest part perhaps only in memory.
 *
 * Offsets count over both: [0, durable) is on disk, [durable, durable + tail.len) is not yet. A frame never lies across. Segments are written by the run
 * that made them and only read later. */
#pragma once

#include "base/buf.h"
#include "spool/frame.h"
#include "spool/spool.h"

#define KH_SEGMENT_NAME_SIZE 64
#define KH_SEGMENT_MAGIC "KHSPOOL1"
#define KH_SEGMENT_MAGIC_LEN 8

struct kh_segment {
	char name[KH_SEGMENT_NAME_SIZE]; /* of the file */
	enum kh_spool_class class_;
	uint32_t ordinal; /* which run made it: the order of epochs */
	uint64_t epoch;
	int64_t first;    /* seq of a frame is first + delta; below 1 in a renamed segment, for frames acknowledged before */
	uint64_t tag;     /* of its last record */

	int fd;           /* -1 while not needed */
	bool fd_writes;   /* it was opened for writing */
	bool exists;      /* there is a file */
	bool sealed;      /* takes no more frames */
	uint64_t durable; /* bytes on disk */
	struct kh_buf tail;
	uint32_t tail_frames;

	uint64_t head;       /* offset of the first frame that is not acknowledged */
	uint32_t head_place; /* its place: frames that were passed, or found missing, before it */
	uint32_t written;    /* frames ever put in */
	uint32_t waiting;    /* readable frames from head on */
};

struct kh_segment *kh_segment_new(enum kh_spool_class class_, uint32_t ordinal, uint64_t epoch, int64_t first) KH_MUST_USE;
void kh_segment_free(struct kh_segment *s); /* the file stays */
KH_DEFINE_CLEANUP(segment, struct kh_segment *, kh_segment_free);
#define kh_auto_segment KH_CLEANUP(kh_cleanup_segment)

/* Sets epoch, first and the file's name to match. The file itself is the caller's to rename. */
void kh_segment_set_name(struct kh_segment *s, uint64_t epoch, int64_t first);

/* Reads the parts of a name; false for a file that is no segment. */
bool kh_segment_parse_name(const char *name, struct kh_segment *ret) KH_MUST_USE;

static inline int64_t kh_segment_seq(const struct kh_segment *s, const struct kh_frame *f)
{
	return s->first + (int64_t)f->delta;
}

/* Frames from head on that were put in and cannot be read. */
static inline uint32_t kh_segment_damaged(const struct kh_segment *s)
{
	return s->written > s->head_place + s->waiting ? s->written - s->head_place - s->waiting : 0;
}

static inline uint64_t kh_segment_size(const struct kh_segment *s)
{
	return s->durable + s->tail.len;
}

/* Puts a frame into the memory part. */
void kh_segment_add(struct kh_segment *s, const struct kh_spool_record *record, int64_t seq);

/* Writes the memory part to disk. On failure it is still in memory and the file is as before. *made becomes true when the file is new: its directory must be
 * synced. */
int kh_segment_commit(int dir_fd, struct kh_segment *s, bool *made) KH_MUST_USE;

/* Forgets the memory part; gives how many waiting frames were in it. */
uint32_t kh_segment_drop_tail(struct kh_segment *s);

/* The first whole frame at or after `offset`, damaged bytes passed over. */
struct kh_segment_frame {
	struct kh_frame frame;
	uint64_t at, end; /* offsets of its header, and of what follows it */
};
int kh_segment_next(int dir_fd, struct kh_segment *s, uint64_t offset, struct kh_segment_frame *ret, bool *ret_found) KH_MUST_USE;

/* Appends the payload of a frame that kh_segment_next() has found. */
int kh_segment_payload(int dir_fd, struct kh_segment *s, const struct kh_segment_frame *f, struct kh_buf *b) KH_MUST_USE;

void kh_segment_close(struct kh_segment *s); /* the descriptor; it is opened again when needed */

/* What a walk over a whole file of an earlier run found. */
struct kh_segment_check {
	bool torn;    /* bytes after the last whole frame */
	uint64_t end; /* where that frame ends */
};

/* Walks the file, sets durable, written, waiting and tag. `each` is told of every whole frame. */
int kh_segment_check(int dir_fd, struct kh_segment *s, void (*each)(const struct kh_frame *frame, void *context), void *context,
		     struct kh_segment_check *ret) KH_MUST_USE;

/* Cuts a torn end off; best effort, for it costs only time when it stays. */
void kh_segment_truncate(int dir_fd, struct kh_segment *s, uint64_t end);
