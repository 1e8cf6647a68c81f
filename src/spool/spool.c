#define _GNU_SOURCE
#include "spool/spool.h"

#include "base/alloc.h"
#include "base/error.h"
#include "crypto/random.h"
#include "os/file.h"
#include "spool/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define MAX_SEGMENT_BYTES (4 * KH_MIB)
#define MIN_SEGMENT_BYTES (64 * KH_KIB)

/* A segment whose records are all acknowledged goes on being used until it is this large: making a file for every heartbeat would cost more. */
#define RECYCLED_BYTES (256 * KH_KIB)

/* ---- opening and closing ---- */

static uint64_t random_epoch(void)
{
	uint64_t epoch = 0;
	while (epoch == 0)
		kh_random_bytes(&epoch, sizeof epoch);
	return epoch;
}

int kh_spool_attach(struct kh_spool *spool)
{
	if (spool->dir_fd >= 0)
		return 0;
	int r = kh_file_exists(spool->dir) ? 0 : kh_dir_make(spool->dir, 0700);
	kh_auto_fd int fd = r < 0 ? -1 : open(spool->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && fd < 0)
		r = kh_fail_errno("spool: %s", spool->dir);
	if (r == 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		r = errno == EWOULDBLOCK ? kh_fail(KH_E_IN_USE, "spool: %s is in use by another process", spool->dir) : kh_fail_errno("spool: %s", spool->dir);
	if (r < 0)
		return r;
	spool->dir_fd = fd;
	fd = -1;
	return 0;
}

int kh_spool_open(const char *dir, uint64_t max_bytes, struct kh_spool **ret)
{
	kh_auto_spool struct kh_spool *spool = kh_alloc(sizeof *spool);
	*spool = (struct kh_spool){.dir = kh_strdup(dir), .dir_fd = -1, .max_bytes = KH_MAX(max_bytes, KH_SPOOL_MIN_BYTES), .ordinal = 1};
	spool->segment_bytes = KH_MAX(KH_MIN(spool->max_bytes / 64, MAX_SEGMENT_BYTES), MIN_SEGMENT_BYTES);
	spool->epoch = random_epoch();
	int r = kh_spool_attach(spool);
	if (r == KH_E_IN_USE)
		return r;
	spool->writable = r == 0;
	r = r < 0 ? 0 : kh_spool_recover(spool);
	if (r < 0)
		return r;
	while (kh_spool_bytes(spool) > spool->max_bytes)
		kh_assert(kh_spool_evict(spool, KH_SPOOL_DETECTION, false));
	*ret = kh_take(spool);
	return 0;
}

void kh_spool_free(struct kh_spool *spool)
{
	if (!spool)
		return;
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++) {
		kh_array_each(&spool->queues[c].segments, s)
			kh_segment_free(*s);
		kh_array_done(&spool->queues[c].segments);
	}
	kh_fd_close(&spool->dir_fd);
	free(spool->dir);
	free(spool);
}

/* ---- appending ---- */

/* Facts are one record to a segment, so that any one of them can be given up without writing. */
static bool takes_more(const struct kh_spool *spool, const struct kh_segment *s)
{
	bool own = s->epoch == spool->epoch && !s->sealed;
	return own && kh_segment_size(s) < spool->segment_bytes && !(s->class_ == KH_SPOOL_FACTS && s->written) &&
	       spool->last_seq - s->first < INT32_MAX;
}

static struct kh_segment *segment_for(struct kh_spool *spool, enum kh_spool_class class_)
{
	struct kh_spool_queue *q = &spool->queues[class_];
	struct kh_segment *last = q->segments.n ? q->segments.v[q->segments.n - 1] : NULL;
	if (last && takes_more(spool, last))
		return last;
	if (last) {
		last->sealed = true;
		if (last->tail_frames == 0)
			kh_segment_close(last);
	}
	return *kh_array_push(&q->segments, kh_segment_new(class_, spool->ordinal, spool->epoch, spool->last_seq + 1));
}

int kh_spool_append(struct kh_spool *spool, const struct kh_spool_record *record, uint64_t *ret_seq)
{
	kh_assert(record->class_ < KH_SPOOL_CLASSES);
	if (record->len > KH_MAX_RECORD)
		return kh_fail(KH_E_TOO_LARGE, "spool: a record of %zu bytes; at most %lu", record->len, KH_MAX_RECORD);
	struct kh_ledger_producer *p = record->producer ? kh_ledger_producer(&spool->ledger, record->producer) : NULL;
	*ret_seq = 0;
	if (p && record->n <= p->n)
		return 0;
	if (p) {
		p->n = record->n;
		p->used = ++spool->ledger.clock;
	}
	if (!kh_spool_make_room(spool, record->class_, KH_FRAME_HEADER + KH_SEGMENT_MAGIC_LEN + record->len)) {
		spool->ledger.dropped[record->class_]++;
		spool->ledger.changed = true;
		return 0;
	}
	kh_segment_add(segment_for(spool, record->class_), record, spool->last_seq + 1);
	*ret_seq = (uint64_t)++spool->last_seq;
	return 0;
}

/* ---- commit ---- */

/* On a full disk, what is worth less makes way for what is worth more. */
static int commit_segment(struct kh_spool *spool, struct kh_segment *s)
{
	int r = kh_segment_commit(spool->dir_fd, s, &spool->names_changed);
	while (r == KH_E_DISK_FULL && kh_spool_evict(spool, s->class_, true))
		r = kh_segment_commit(spool->dir_fd, s, &spool->names_changed);
	if (r == 0 && s->sealed)
		kh_segment_close(s);
	return r;
}

static int commit_queues(struct kh_spool *spool)
{
	int first_error = 0;
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++) {
		struct kh_spool_queue *q = &spool->queues[c];
		for (size_t i = 0; i < q->segments.n; i++) {
			int r = commit_segment(spool, q->segments.v[i]);
			first_error = first_error ? first_error : r;
		}
	}
	if (first_error == 0 && spool->names_changed) {
		if (fsync(spool->dir_fd) < 0)
			return kh_fail_errno("spool: %s", spool->dir);
		spool->names_changed = false;
	}
	return first_error;
}

int kh_spool_commit(struct kh_spool *spool)
{
	int r = kh_spool_attach(spool);
	if (r == 0)
		r = commit_queues(spool);
	spool->writable = r == 0;
	if (r < 0)
		return r;
	kh_ledger_producers_durable(&spool->ledger);
	return spool->ledger.changed ? kh_ledger_save(spool->dir_fd, &spool->ledger, false) : 0;
}

uint64_t kh_spool_producer_last(const struct kh_spool *spool, uint64_t producer)
{
	for (size_t i = 0; i < KH_SPOOL_MAX_PRODUCERS; i++)
		if (spool->ledger.producers[i].id == producer)
			return spool->ledger.producers[i].durable_n;
	return 0;
}

/* ---- acknowledgement ---- */

/* Moves the segment's head past every record up to seq. */
static int pass_over(struct kh_spool *spool, struct kh_segment *s, int64_t seq)
{
	struct kh_segment_frame f = {0};
	for (bool found = true; s->head < kh_segment_size(s);) {
		int r = kh_segment_next(spool->dir_fd, s, s->head, &f, &found);
		if (r < 0)
			return r;
		if (found && kh_segment_seq(s, &f.frame) > seq)
			return 0;
		uint32_t place = found ? f.frame.place : s->written;
		spool->ledger.damaged += place > s->head_place ? place - s->head_place : 0;
		s->head = found ? f.end : kh_segment_size(s);
		s->head_place = KH_MAX(s->head_place, found ? place + 1 : place);
		s->waiting -= found && s->waiting ? 1 : 0;
	}
	s->waiting = 0;
	return 0;
}

static bool is_used_up(const struct kh_spool *spool, const struct kh_segment *s)
{
	return s->head >= kh_segment_size(s) && (!takes_more(spool, s) || kh_segment_size(s) >= KH_MIN(spool->segment_bytes, RECYCLED_BYTES));
}

static void remove_used_up(struct kh_spool *spool)
{
	bool saved = false;
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++) {
		for (size_t i = 0; i < spool->queues[c].segments.n;) {
			struct kh_segment *s = spool->queues[c].segments.v[i];
			if (!is_used_up(spool, s)) {
				i++;
				continue;
			}
			/* With the file goes what it knew of its producers: the ledger must know it first. */
			if (!saved && s->exists && spool->dir_fd >= 0)
				kh_ignore(kh_ledger_save(spool->dir_fd, &spool->ledger, true));
			saved = true;
			kh_spool_remove_segment(spool, (enum kh_spool_class)c, i);
		}
	}
}

void kh_spool_ack(struct kh_spool *spool, uint64_t epoch, uint64_t seq)
{
	int64_t upto = (int64_t)KH_MIN(seq, (uint64_t)INT64_MAX);
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++) {
		struct kh_spool_queue *q = &spool->queues[c];
		for (size_t i = 0; i < q->segments.n;) {
			if (q->segments.v[i]->epoch == epoch && pass_over(spool, q->segments.v[i], upto) < 0)
				kh_spool_abandon_segment(spool, (enum kh_spool_class)c, i);
			else
				i++;
		}
	}
	spool->ledger.acked_epoch = epoch;
	spool->ledger.acked_seq = upto;
	spool->ledger.changed = true;
	remove_used_up(spool);
	/* Not yet on disk after a crash: the records go out once more, and the server knows them. */
	if (spool->ledger.changed && spool->dir_fd >= 0)
		kh_ignore(kh_ledger_save(spool->dir_fd, &spool->ledger, false));
}

/* ---- figures ---- */

uint64_t kh_spool_epoch(const struct kh_spool *spool)
{
	return spool->epoch;
}

uint64_t kh_spool_last_seq(const struct kh_spool *spool)
{
	return (uint64_t)spool->last_seq;
}

bool kh_spool_waits(const struct kh_spool *spool, enum kh_spool_class class_, uint64_t tag)
{
	for (size_t i = 0; i < spool->queues[class_].segments.n; i++) {
		const struct kh_segment *s = spool->queues[class_].segments.v[i];
		if (s->tag == tag && s->waiting)
			return true;
	}
	return false;
}

void kh_spool_stats(const struct kh_spool *spool, struct kh_spool_stats *ret)
{
	struct kh_spool_stats stats = {.damaged = spool->ledger.damaged, .refused = spool->ledger.refused, .writable = spool->writable};
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++) {
		stats.dropped[c] = spool->ledger.dropped[c];
		for (size_t i = 0; i < spool->queues[c].segments.n; i++) {
			const struct kh_segment *s = spool->queues[c].segments.v[i];
			stats.records += s->waiting;
			stats.damaged += kh_segment_damaged(s);
			stats.bytes += kh_segment_size(s) - KH_MIN(s->head, kh_segment_size(s));
		}
	}
	*ret = stats;
}
