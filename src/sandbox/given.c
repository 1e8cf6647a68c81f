#include "sandbox/given.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static bool make_room(struct kh_given *g, size_t size)
{
	if (size <= g->copy_size)
		return true;
	void *p = g->copy ? mremap(g->copy, g->copy_size, size, MREMAP_MAYMOVE) : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return false;
	madvise(p, size, MADV_HUGEPAGE); /* a large file is 4,096 faults otherwise */
	g->copy = p;
	g->copy_size = size;
	return true;
}

/* One that grows while it is read does not grow past what is copied. */
static enum kh_given_outcome copy_content(struct kh_given *g, int fd, size_t hint, uint64_t max, int *ret_error)
{
	enum { PIECE = 1024 * 1024 };
	*ret_error = ENOMEM;
	for (size_t n = 0;;) {
		size_t room = KH_MAX(hint, n) + PIECE;
		if (!make_room(g, room))
			return KH_GIVEN_UNREADABLE;
		ssize_t got = pread(fd, g->copy + n, room - n, (off_t)n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			*ret_error = errno;
			return KH_GIVEN_UNREADABLE;
		}
		n += (size_t)got;
		if (n > max)
			return KH_GIVEN_TOO_LARGE;
		if (got == 0) {
			g->bytes = g->copy;
			g->n = n;
			*ret_error = 0;
			return KH_GIVEN_TAKEN;
		}
	}
}

static enum kh_given_outcome map_content(struct kh_given *g, int fd, size_t n, int *ret_error)
{
	void *map = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED) {
		*ret_error = errno;
		return KH_GIVEN_UNREADABLE;
	}
	madvise(map, n, MADV_SEQUENTIAL);
	g->map = map;
	g->bytes = map;
	g->n = n;
	return KH_GIVEN_TAKEN;
}

uint64_t kh_given_size(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END); /* not fstat: it may be a call on a path, which a worker may not make */
	return end > 0 ? (uint64_t)end : 0;
}

enum kh_given_outcome kh_given_take(struct kh_given *g, int fd, const struct kh_given_limits *limits, int *ret_error)
{
	const uint64_t size = kh_given_size(fd);
	g->map = NULL;
	g->bytes = NULL;
	g->n = 0;
	if (size > limits->max)
		return KH_GIVEN_TOO_LARGE;
	if (size > limits->copied)
		return map_content(g, fd, (size_t)size, ret_error);
	return copy_content(g, fd, (size_t)size, KH_MIN(limits->max, limits->copied), ret_error);
}

void kh_given_back(struct kh_given *g)
{
	enum { KEPT = 2 * 1024 * 1024 };
	if (g->map)
		munmap(g->map, g->n);
	g->map = NULL;
	if (g->copy_size > KEPT) {
		munmap(g->copy, g->copy_size);
		g->copy = NULL;
		g->copy_size = 0;
	}
}
