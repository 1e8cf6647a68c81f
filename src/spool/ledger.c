#define _GNU_SOURCE
#include "spool/ledger.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "os/file.h"
#include "spool/crc32c.h"

#include <fcntl.h>
#include <unistd.h>

#define MAGIC 0x3147444cU /* "LDG1" */

enum { SUMMED_FROM = 8 };

/* ---- as bytes ---- */

static void encode(const struct kh_ledger *l, struct kh_buf *b)
{
	kh_buf_add_u64le(b, l->generation);
	kh_buf_add_u64le(b, l->acked_epoch);
	kh_buf_add_u64le(b, (uint64_t)l->acked_seq);
	for (size_t c = 0; c < KH_SPOOL_CLASSES; c++)
		kh_buf_add_u64le(b, l->dropped[c]);
	kh_buf_add_u64le(b, l->damaged);
	kh_buf_add_u64le(b, l->refused);
	kh_buf_add_u64le(b, l->rename_from);
	kh_buf_add_u64le(b, l->rename_to);
	kh_buf_add_u64le(b, (uint64_t)l->rename_shift);
	kh_buf_add_u64le(b, l->clock);
	for (size_t i = 0; i < KH_SPOOL_MAX_PRODUCERS; i++) {
		const struct kh_ledger_producer *p = &l->producers[i];
		kh_buf_add_u64le(b, p->durable_n ? p->id : 0);
		kh_buf_add_u64le(b, p->durable_n);
		kh_buf_add_u64le(b, p->used);
	}
}

static void add_place(const struct kh_ledger *l, struct kh_buf *b)
{
	static const char zero[KH_LEDGER_PLACE];
	kh_auto_buf struct kh_buf body = KH_BUF_INIT;
	encode(l, &body);
	kh_assert(body.len <= KH_LEDGER_PLACE - SUMMED_FROM);
	kh_buf_add(&body, zero, KH_LEDGER_PLACE - SUMMED_FROM - body.len);
	kh_buf_add_u32le(b, MAGIC);
	kh_buf_add_u32le(b, kh_crc32c(0, body.data, body.len));
	kh_buf_add(b, body.data, body.len);
}

static bool decode_producers(struct kh_cursor *c, struct kh_ledger *l)
{
	for (size_t i = 0; i < KH_SPOOL_MAX_PRODUCERS; i++) {
		struct kh_ledger_producer *p = &l->producers[i];
		if (!kh_cursor_u64le(c, &p->id) || !kh_cursor_u64le(c, &p->durable_n) || !kh_cursor_u64le(c, &p->used))
			return false;
		p->n = p->durable_n;
	}
	return true;
}

static bool decode(const uint8_t *place, struct kh_ledger *l)
{
	struct kh_cursor c = kh_cursor_of(place, KH_LEDGER_PLACE);
	uint32_t magic = 0, sum = 0;
	uint64_t acked_seq = 0, shift = 0;
	if (!kh_cursor_u32le(&c, &magic) || !kh_cursor_u32le(&c, &sum) || magic != MAGIC || sum != kh_crc32c(0, c.at, kh_cursor_left(&c)))
		return false;
	bool good = kh_cursor_u64le(&c, &l->generation) && kh_cursor_u64le(&c, &l->acked_epoch) && kh_cursor_u64le(&c, &acked_seq);
	for (size_t i = 0; good && i < KH_SPOOL_CLASSES; i++)
		good = kh_cursor_u64le(&c, &l->dropped[i]);
	good = good && kh_cursor_u64le(&c, &l->damaged) && kh_cursor_u64le(&c, &l->refused) && kh_cursor_u64le(&c, &l->rename_from) &&
	       kh_cursor_u64le(&c, &l->rename_to) && kh_cursor_u64le(&c, &shift) && kh_cursor_u64le(&c, &l->clock);
	l->acked_seq = (int64_t)acked_seq;
	l->rename_shift = (int64_t)shift;
	return good && decode_producers(&c, l);
}

/* ---- the file ---- */

void kh_ledger_load(int dir_fd, struct kh_ledger *ret)
{
	*ret = (struct kh_ledger){0};
	kh_auto_fd int fd = openat(dir_fd, KH_LEDGER_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	kh_auto_free uint8_t *place = kh_alloc(KH_LEDGER_PLACE);
	kh_auto_free struct kh_ledger *read = kh_alloc(sizeof *read);
	for (off_t i = 0; fd >= 0 && i < 2; i++) {
		if (pread(fd, place, KH_LEDGER_PLACE, i * KH_LEDGER_PLACE) != KH_LEDGER_PLACE)
			continue;
		*read = (struct kh_ledger){0};
		if (decode(place, read) && read->generation > ret->generation)
			*ret = *read;
	}
}

int kh_ledger_save(int dir_fd, struct kh_ledger *l, bool sync)
{
	kh_auto_fd int fd = openat(dir_fd, KH_LEDGER_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return kh_fail_errno("spool: %s", KH_LEDGER_NAME);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	/* The number moves on only with success: a second try must not overwrite the good place. */
	uint64_t good = l->generation++;
	add_place(l, &b);
	off_t at = (off_t)(l->generation % 2) * KH_LEDGER_PLACE;
	if (pwrite(fd, b.data, b.len, at) != (ssize_t)b.len || (sync && fdatasync(fd) < 0)) {
		l->generation = good;
		return kh_fail_errno("spool: %s", KH_LEDGER_NAME);
	}
	l->changed = false;
	return 0;
}

/* ---- producers ---- */

struct kh_ledger_producer *kh_ledger_producer(struct kh_ledger *l, uint64_t id)
{
	struct kh_ledger_producer *oldest = &l->producers[0];
	for (size_t i = 0; i < KH_SPOOL_MAX_PRODUCERS; i++) {
		struct kh_ledger_producer *p = &l->producers[i];
		if (p->id == id)
			return p;
		if (p->id == 0 || (oldest->id && p->used < oldest->used))
			oldest = p->id == 0 && oldest->id == 0 ? oldest : p;
	}
	*oldest = (struct kh_ledger_producer){.id = id};
	return oldest;
}

void kh_ledger_producers_durable(struct kh_ledger *l)
{
	for (size_t i = 0; i < KH_SPOOL_MAX_PRODUCERS; i++)
		l->producers[i].durable_n = l->producers[i].n;
}
