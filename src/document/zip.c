#include "document/zip.h"

#include "base/error.h"

#include <archive.h>
#include <archive_entry.h>

static la_ssize_t take_bytes(struct archive *a, void *arg, const void *bytes, size_t n)
{
	(void)a;
	struct kh_buf *out = arg;
	kh_buf_add(out, bytes, n);
	return out->overflow ? -1 : (la_ssize_t)n;
}

static bool add(struct archive *a, const struct kh_zip_member *member, int64_t made_s)
{
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, member->name);
	archive_entry_set_size(entry, (la_int64_t)member->bytes->len);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, (time_t)made_s, 0);
	bool added = archive_write_header(a, entry) == ARCHIVE_OK &&
		     archive_write_data(a, kh_buf_text(member->bytes), member->bytes->len) == (la_ssize_t)member->bytes->len;
	archive_entry_free(entry);
	return added;
}

static bool write_all(struct archive *a, const struct kh_zip_member *members, size_t n, int64_t made_s, struct kh_buf *out)
{
	bool done = archive_write_set_format_zip(a) == ARCHIVE_OK && archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
		    archive_write_open(a, out, NULL, take_bytes, NULL) == ARCHIVE_OK;
	for (size_t i = 0; done && i < n; i++)
		done = add(a, &members[i], made_s);
	return done && archive_write_close(a) == ARCHIVE_OK;
}

int kh_zip_write(const struct kh_zip_member *members, size_t n, int64_t made_s, struct kh_buf *out)
{
	struct archive *a = archive_write_new();
	bool done = write_all(a, members, n, made_s, out);
	int r = kh_buf_status(out);
	if (r == 0 && !done)
		r = kh_fail(KH_E_INTERNAL, "zip: %s", archive_error_string(a));
	archive_write_free(a);
	return r;
}
