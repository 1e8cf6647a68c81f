#include "scan/entries.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

void kh_entries_begin(struct kh_entries *e, int fd)
{
	e->fd = fd;
	e->error = 0;
	e->at = e->n = 0;
}

static bool ask(struct kh_entries *e)
{
	ssize_t n = getdents64(e->fd, e->bytes, sizeof e->bytes);
	e->error = n < 0 && errno != ENOENT ? errno : 0; /* ENOENT: the folder has been removed */
	e->at = 0;
	e->n = n < 0 ? 0 : (size_t)n;
	return n > 0;
}

/* getdents64(2): what the kernel gives is whole. */
bool kh_entries_next(struct kh_entries *e, struct kh_entry *ret)
{
	for (;;) {
		if (e->at == e->n && !ask(e))
			return false;
		const struct dirent64 *d = (const void *)(e->bytes + e->at);
		e->at += d->d_reclen;
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		*ret = (struct kh_entry){d->d_name, d->d_type};
		return true;
	}
}
