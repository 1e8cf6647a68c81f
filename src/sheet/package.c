#include "sheet/package.h"

#include "base/error.h"
#include "base/str.h"
#include "sheet/limits.h"

#include <archive.h>
#include <archive_entry.h>

#define PIECE (64 * 1024)

static void free_reader(struct archive **a)
{
	archive_read_free(*a);
}

static int damaged(struct archive *a)
{
	const char *why = archive_error_string(a);
	return kh_fail(KH_E_SYNTAX, "a damaged file: %s", why ? why : "?");
}

static int open_reader(const struct kh_package *p, struct archive *a)
{
	if (archive_read_support_format_zip_seekable(a) != ARCHIVE_OK || archive_read_open_memory(a, p->bytes, p->n) != ARCHIVE_OK)
		return damaged(a);
	return 0;
}

/* To the part of this name; *ret NULL when there is none. */
static int find(struct archive *a, const char *name, struct archive_entry **ret)
{
	for (int parts = 0;; parts++) {
		struct archive_entry *e = NULL;
		int rc = archive_read_next_header(a, &e);
		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			return damaged(a);
		if (parts == KH_SHEET_MAX_PARTS)
			return kh_fail(KH_E_TOO_LARGE, "more than %d parts in the file", KH_SHEET_MAX_PARTS);
		if (kh_streq_nocase(archive_entry_pathname(e) ? archive_entry_pathname(e) : "", name)) {
			*ret = e;
			return 0;
		}
	}
}

static int unpack(struct kh_package *p, struct archive *a, int (*take)(void *arg, const char *bytes, size_t n), void *arg)
{
	static char piece[PIECE];
	for (;;) {
		la_ssize_t n = archive_read_data(a, piece, sizeof piece);
		if (n < 0)
			return damaged(a);
		if (n == 0)
			return 0;
		p->unpacked += (size_t)n;
		if (p->unpacked > KH_SHEET_MAX_UNPACKED)
			return kh_fail(KH_E_TOO_LARGE, "the file unpacks to more than %lu bytes", KH_SHEET_MAX_UNPACKED);
		int r = take(arg, piece, (size_t)n);
		if (r < 0)
			return r;
	}
}

int kh_package_read(struct kh_package *p, const char *name, int (*take)(void *arg, const char *bytes, size_t n), void *arg, bool *ret_found)
{
	KH_CLEANUP(free_reader) struct archive *a = archive_read_new();
	struct archive_entry *e = NULL;
	int r = open_reader(p, a);
	if (r == 0)
		r = find(a, name, &e);
	*ret_found = e != NULL;
	if (r < 0 || !e)
		return r;
	if (archive_entry_is_encrypted(e))
		return kh_fail(KH_E_NOT_SUPPORTED, "the file is encrypted");
	return unpack(p, a, take, arg);
}
