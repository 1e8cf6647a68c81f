/* What earlier runs left: finding and checking it at opening, and giving an epoch another name. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/error.h"
#include "crypto/random.h"
#include "spool/queue.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* ---- renaming ---- */

/* In memory always; on disk if it can be: a name that stays is put right at the next start, for the ledger remembers. */
static void rename_segment(struct kh_spool *spool, struct kh_segment *s, uint64_t epoch, int64_t shift)
{
	char old[KH_SEGMENT_NAME_SIZE];
	memcpy(old, s->name, sizeof old);
	kh_segment_set_name(s, epoch, s->first - shift);
	if (!s->exists || spool->dir_fd < 0)
		return;
	if (renameat(spool->dir_fd, old, spool->dir_fd, s->name) < 0)
		memcpy(s->name, old, sizeof old);
}

static void rename_all(struct kh_spool *spool, uint64_t from, uint64_t to, int64_t shift)
{
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++)
		kh_array_each(&spool->queues[c].segments, s)
			if ((*s)->epoch == from)
				rename_segment(spool, *s, to, shift);
	if (spool->ledger.acked_epoch == from) {
		spool->ledger.acked_epoch = to;
		spool->ledger.acked_seq -= shift;
	}
}

/* seq of the first record of the epoch that waits; 0 when none does. */
static int first_waiting(struct kh_spool *spool, uint64_t epoch, int64_t *ret)
{
	int64_t first = 0;
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++) {
		kh_array_each(&spool->queues[c].segments, s) {
			struct kh_segment_frame f = {0};
			bool found = false;
			int r = (*s)->epoch == epoch ? kh_segment_next(spool->dir_fd, *s, (*s)->head, &f, &found) : 0;
			if (r < 0)
				return r;
			if (found && (first == 0 || kh_segment_seq(*s, &f.frame) < first))
				first = kh_segment_seq(*s, &f.frame);
		}
	}
	*ret = first;
	return 0;
}

int kh_spool_rename_epoch(struct kh_spool *spool, uint64_t epoch)
{
	struct kh_ledger *l = &spool->ledger;
	int64_t first = 0;
	int r = first_waiting(spool, epoch, &first);
	if (r < 0)
		return r;
	l->rename_from = epoch;
	l->rename_shift = first ? first - 1 : spool->last_seq;
	do
		kh_random_bytes(&l->rename_to, sizeof l->rename_to);
	while (l->rename_to == 0);
	if (spool->dir_fd >= 0)
		kh_ignore(kh_ledger_save(spool->dir_fd, l, true));
	rename_all(spool, epoch, l->rename_to, l->rename_shift);
	if (epoch == spool->epoch) {
		spool->epoch = l->rename_to;
		spool->last_seq -= l->rename_shift;
	}
	return spool->dir_fd >= 0 ? kh_ledger_save(spool->dir_fd, l, true) : 0;
}

/* ---- opening ---- */

static int in_order(const void *a, const void *b)
{
	const struct kh_segment *x = *(struct kh_segment *const *)a, *y = *(struct kh_segment *const *)b;
	if (x->ordinal != y->ordinal)
		return x->ordinal < y->ordinal ? -1 : 1;
	if (x->epoch != y->epoch)
		return x->epoch < y->epoch ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static int list_segments(struct kh_spool *spool)
{
	int fd = openat(spool->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return kh_fail_errno("spool: %s", spool->dir);
	struct kh_segment found = {.fd = -1};
	for (struct dirent *e = NULL; (e = readdir(d)) != NULL;) {
		if (!kh_segment_parse_name(e->d_name, &found))
			continue;
		struct kh_segment *s = kh_segment_new(found.class_, found.ordinal, found.epoch, found.first);
		kh_buf_done(&s->tail);
		kh_array_push(&spool->queues[s->class_].segments, s);
		spool->ordinal = KH_MAX(spool->ordinal, found.ordinal + 1);
	}
	closedir(d);
	return 0;
}

static void note_producer(const struct kh_frame *f, void *context)
{
	struct kh_spool *spool = context;
	if (f->producer == 0)
		return;
	struct kh_ledger_producer *p = kh_ledger_producer(&spool->ledger, f->producer);
	p->n = p->durable_n = KH_MAX(p->n, f->n);
	p->used = KH_MAX(p->used, ++spool->ledger.clock);
}

/* Damage before the last acknowledgement was counted when that came. */
static void skip_acknowledged(struct kh_spool *spool, struct kh_segment *s)
{
	while (s->epoch == spool->ledger.acked_epoch && s->waiting) {
		struct kh_segment_frame f = {0};
		bool found = false;
		if (kh_segment_next(spool->dir_fd, s, s->head, &f, &found) < 0 || !found || kh_segment_seq(s, &f.frame) > spool->ledger.acked_seq)
			break;
		s->head = f.end;
		s->head_place = f.frame.place + 1;
		s->waiting--;
	}
	kh_segment_close(s);
}

static int check_segment(struct kh_spool *spool, struct kh_segment *s, bool last_run)
{
	struct kh_segment_check check = {0};
	int r = kh_segment_check(spool->dir_fd, s, note_producer, spool, &check);
	if (r < 0)
		return r;
	/* A torn end of the last run was never said to be durable; later it can only be damage. */
	if (check.torn) {
		spool->ledger.damaged += last_run ? 0 : 1;
		spool->ledger.changed = true;
		kh_segment_truncate(spool->dir_fd, s, check.end);
	}
	skip_acknowledged(spool, s);
	return 0;
}

static void check_queue(struct kh_spool *spool, enum kh_spool_class class_, uint32_t last_ordinal)
{
	struct kh_spool_queue *q = &spool->queues[class_];
	for (size_t i = 0; i < q->segments.n;) {
		struct kh_segment *s = q->segments.v[i];
		if (check_segment(spool, s, s->ordinal == last_ordinal) < 0)
			kh_spool_abandon_segment(spool, class_, i);
		else if (s->waiting == 0)
			kh_spool_remove_segment(spool, class_, i);
		else
			i++;
	}
}

int kh_spool_recover(struct kh_spool *spool)
{
	kh_ledger_load(spool->dir_fd, &spool->ledger);
	int r = list_segments(spool);
	if (r < 0)
		return r;
	if (spool->ledger.rename_to)
		rename_all(spool, spool->ledger.rename_from, spool->ledger.rename_to, spool->ledger.rename_shift);
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++) {
		struct kh_spool_queue *q = &spool->queues[c];
		if (q->segments.n)
			qsort(q->segments.v, q->segments.n, sizeof *q->segments.v, in_order);
		check_queue(spool, (enum kh_spool_class)c, spool->ordinal - 1);
	}
	return 0;
}
