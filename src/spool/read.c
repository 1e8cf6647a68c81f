/* Taking batches out, and what happens to records that cannot keep their name or cannot be delivered. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/error.h"
#include "crypto/random.h"
#include "os/file.h"
#include "spool/queue.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a walk through one class stands. */
struct place {
	size_t segment;
	uint64_t offset;
	struct kh_segment_frame next;
	bool some; /* `next` is one */
};

static struct kh_segment *segment_at(const struct kh_spool *spool, size_t class_, const struct place *p)
{
	return spool->queues[class_].segments.v[p->segment];
}

/* Finds the next record of the class from the place on. */
static void look(struct kh_spool *spool, size_t class_, struct place *p)
{
	p->some = false;
	while (p->segment < spool->queues[class_].segments.n) {
		struct kh_segment *s = segment_at(spool, class_, p);
		p->offset = KH_MAX(p->offset, s->head);
		if (kh_segment_next(spool->dir_fd, s, p->offset, &p->next, &p->some) < 0) {
			kh_spool_abandon_segment(spool, (enum kh_spool_class)class_, p->segment);
			p->offset = 0;
			continue;
		}
		if (p->some)
			return;
		if (s->sealed)
			kh_segment_close(s);
		p->segment++;
		p->offset = 0;
	}
}

static bool goes_before(const struct kh_spool *spool, size_t a_class, const struct place *a, size_t b_class, const struct place *b)
{
	const struct kh_segment *sa = segment_at(spool, a_class, a), *sb = segment_at(spool, b_class, b);
	if (sa->ordinal != sb->ordinal)
		return sa->ordinal < sb->ordinal;
	if (sa->epoch != sb->epoch)
		return sa->epoch < sb->epoch;
	return kh_segment_seq(sa, &a->next.frame) < kh_segment_seq(sb, &b->next.frame);
}

/* The class whose next record is the oldest; KH_SPOOL_CLASSES when nothing waits. */
static size_t oldest(const struct kh_spool *spool, const struct place *places)
{
	size_t best = KH_SPOOL_CLASSES;
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++)
		if (places[c].some && (best == KH_SPOOL_CLASSES || goes_before(spool, c, &places[c], best, &places[best])))
			best = c;
	return best;
}

static bool fits(const struct kh_spool_batch *batch, uint64_t epoch, uint64_t seq, size_t len, size_t max_records, size_t max_bytes)
{
	if (batch->items.n == 0)
		return true;
	if (epoch != batch->epoch || seq != batch->items.v[batch->items.n - 1].seq + 1)
		return false;
	return batch->items.n < max_records && batch->bytes.len + len <= max_bytes;
}

static int add_item(struct kh_spool *spool, struct kh_segment *s, const struct kh_segment_frame *f, struct kh_spool_batch *batch)
{
	struct kh_spool_item item = {
		.seq = (uint64_t)kh_segment_seq(s, &f->frame),
		.time_ms = f->frame.time_ms,
		.class_ = s->class_,
		.at = batch->bytes.len,
		.len = f->frame.len,
	};
	int r = kh_segment_payload(spool->dir_fd, s, f, &batch->bytes);
	if (r < 0)
		return r;
	batch->epoch = s->epoch;
	kh_array_push(&batch->items, item);
	return 0;
}

int kh_spool_read(struct kh_spool *spool, size_t max_records, size_t max_bytes, struct kh_spool_batch *batch)
{
	struct place places[KH_SPOOL_CLASSES] = {0};
	int r = 0;
	batch->items.n = 0;
	kh_buf_reset(&batch->bytes);
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++)
		look(spool, c, &places[c]);
	while (r == 0) {
		size_t c = oldest(spool, places);
		if (c == KH_SPOOL_CLASSES)
			break;
		struct kh_segment *s = segment_at(spool, c, &places[c]);
		uint64_t seq = (uint64_t)kh_segment_seq(s, &places[c].next.frame);
		if (!fits(batch, s->epoch, seq, places[c].next.frame.len, max_records, max_bytes))
			break;
		r = add_item(spool, s, &places[c].next, batch);
		places[c].offset = places[c].next.end;
		look(spool, c, &places[c]);
	}
	return r;
}

void kh_spool_batch_done(struct kh_spool_batch *batch)
{
	kh_array_done(&batch->items);
	kh_buf_done(&batch->bytes);
}

/* ---- what the server will not take ---- */

/* For a person to look at; losing it loses nothing that could still be delivered. */
static void keep_refused(struct kh_spool *spool, const char *payload, size_t len)
{
	struct stat st = {0};
	kh_auto_fd int fd = openat(spool->dir_fd, "refused.ndjson", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	if ((uint64_t)st.st_size + len > KH_SPOOL_MAX_REFUSED_FILE && ftruncate(fd, 0) < 0)
		return;
	kh_auto_buf struct kh_buf line = KH_BUF_INIT;
	kh_buf_add(&line, payload, KH_MIN(len, (size_t)KH_SPOOL_MAX_REFUSED_FILE));
	kh_buf_addc(&line, '\n');
	kh_ignore(write(fd, line.data, line.len));
}

void kh_spool_refuse(struct kh_spool *spool, const struct kh_spool_batch *batch)
{
	kh_assert(batch->items.n);
	const struct kh_spool_item *item = &batch->items.v[0];
	if (spool->dir_fd >= 0)
		keep_refused(spool, batch->bytes.data + item->at, item->len);
	spool->ledger.refused++;
	kh_spool_ack(spool, batch->epoch, item->seq);
}
