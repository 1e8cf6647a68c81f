#include "facts/format/packed.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"

#include <archive.h>

struct kh_packed {
	struct archive *archive;
	bool empty;
};

void kh_packed_free(struct kh_packed *packed)
{
	if (packed)
		archive_read_free(packed->archive);
	free(packed);
}

/* Only filters that libarchive runs itself: it would start a program for others. */
static void allow_filters(struct archive *archive)
{
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_lz4(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive);
}

int kh_packed_open(int fd, struct kh_packed **ret)
{
	kh_auto_packed struct kh_packed *packed = kh_alloc(sizeof *packed);
	struct archive_entry *entry = NULL;
	packed->archive = archive_read_new();
	kh_assert(packed->archive != NULL);
	allow_filters(packed->archive);
	int r = archive_read_open_fd(packed->archive, fd, 64 * KH_KIB);
	if (r == ARCHIVE_OK)
		r = archive_read_next_header(packed->archive, &entry);
	packed->empty = r == ARCHIVE_EOF;
	if (r != ARCHIVE_OK && r != ARCHIVE_EOF)
		return kh_fail(KH_E_SYNTAX, "%s", archive_error_string(packed->archive));
	*ret = kh_take(packed);
	return 0;
}

int kh_packed_fill(void *source, char *to, size_t size, size_t *ret_n)
{
	struct kh_packed *packed = source;
	la_ssize_t n = packed->empty ? 0 : archive_read_data(packed->archive, to, size);
	if (n < 0)
		return kh_fail(KH_E_SYNTAX, "%s", archive_error_string(packed->archive));
	*ret_n = (size_t)n;
	return 0;
}
