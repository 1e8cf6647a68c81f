/* A ZIP for analysts: of AES-256, with the password that the whole field uses, so that it can be mailed and stored and is taken by their tools. */
#include "scan/quarantine/inside.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/time.h"
#include "os/file.h"
#include "scan/quarantine/manifest.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(struct archive *a, const char *to)
{
	return kh_fail(KH_E_IO, "%s: %s", to, archive_error_string(a) ? archive_error_string(a) : "?");
}

struct sink {
	struct archive *archive;
	const char *to;
};

static int add_bytes(void *context, const void *bytes, size_t n)
{
	const struct sink *s = context;
	for (const char *p = bytes; n > 0;) {
		la_ssize_t done = archive_write_data(s->archive, p, n);
		if (done <= 0)
			return failed(s->archive, s->to);
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int begin_member(const struct sink *s, const char *name, uint64_t size)
{
	struct archive_entry *e = archive_entry_new();
	kh_assert(e);
	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0600);
	archive_entry_set_size(e, (la_int64_t)size);
	archive_entry_set_mtime(e, kh_now_s(), 0);
	int r = archive_write_header(s->archive, e) == ARCHIVE_OK ? 0 : failed(s->archive, s->to);
	archive_entry_free(e);
	return r;
}

/* Nothing in there can be started by a double click, and no name of it leads anywhere. */
static int add_content(const struct sink *s, const struct kh_quarantine *q, const struct kh_quarantine_entry *e, int content)
{
	const struct kh_seal seal = {q->key, e->id, e->path};
	char hex[KH_SHA256_HEX_SIZE];
	kh_auto_free char *name = kh_format("%s.bin", kh_sha256_hex(e->sha256, hex));
	int r = begin_member(s, name, e->size);
	return r < 0 ? r : kh_seal_read(&seal, content, e->sha256, add_bytes, (void *)s);
}

static int add_manifest(const struct sink *s, const struct kh_quarantine_entry *e)
{
	kh_auto_free char *text = kh_manifest_text(e);
	int r = begin_member(s, "manifest.json", strlen(text));
	return r < 0 ? r : add_bytes((void *)s, text, strlen(text));
}

static int open_zip(const struct sink *s, int fd)
{
	struct archive *a = s->archive;
	bool good = archive_write_set_format_zip(a) == ARCHIVE_OK && archive_write_set_options(a, "zip:encryption=aes256") == ARCHIVE_OK &&
		    archive_write_set_passphrase(a, KH_QUARANTINE_EXPORT_PASSWORD) == ARCHIVE_OK && archive_write_open_fd(a, fd) == ARCHIVE_OK;
	return good ? 0 : failed(a, s->to);
}

static int write_zip(const struct kh_quarantine *q, const struct kh_quarantine_entry *e, int content, const char *to, int fd)
{
	const struct sink s = {archive_write_new(), to};
	kh_assert(s.archive);
	int r = open_zip(&s, fd);
	r = r < 0 ? r : add_content(&s, q, e, content);
	r = r < 0 ? r : add_manifest(&s, e);
	if (r == 0 && archive_write_close(s.archive) != ARCHIVE_OK)
		r = failed(s.archive, to);
	archive_write_free(s.archive);
	return r;
}

int kh_quarantine_export(struct kh_quarantine *q, const char *id, const char *to)
{
	kh_auto_quarantine_entry struct kh_quarantine_entry e = {0};
	kh_auto_fd int content = -1, fd = -1;
	int r = kh_quarantine_read(q, id, &e);
	r = r < 0 ? r : kh_quarantine_lock(q, id, &content);
	if (r < 0)
		return r;
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return kh_fail_errno("%s", to);
	r = write_zip(q, &e, content, to, fd);
	if (r == 0 && fsync(fd) < 0)
		r = kh_fail_errno("%s", to);
	if (r < 0)
		unlink(to);
	return r;
}
