#include "scan/includes.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "malware/source.h"
#include "os/file.h"
#include "scan/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- names ---- */

/* The included file's path below the folder, without "." and ".."; NULL: it stands outside. */
static char *inside_folder(const char *by, const char *name)
{
	kh_auto_buf struct kh_buf out = KH_BUF_MAX(KH_MAX_PATH);
	const char *slash = strrchr(by, '/');
	kh_auto_free char *whole = kh_format("%.*s%s", slash ? (int)(slash + 1 - by) : 0, by, name);
	for (char *rest = NULL, *part = *name == '/' ? NULL : strtok_r(whole, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
		const char *last = out.len ? memrchr(out.data, '/', out.len) : NULL;
		if (kh_streq(part, "..") && out.len == 0)
			return NULL;
		if (kh_streq(part, "..")) {
			out.len = last ? (size_t)(last - out.data) : 0;
			out.data[out.len] = '\0';
		} else if (!kh_streq(part, ".")) {
			kh_buf_addf(&out, "%s%s", out.len ? "/" : "", part);
		}
	}
	return out.len && kh_buf_status(&out) == 0 ? kh_buf_take(&out) : NULL;
}

static bool is_known(const struct kh_includes *i, const char *path)
{
	kh_array_each(&i->names, known)
		if (kh_streq(*known, path))
			return true;
	return false;
}

/* Part by part, so that no link is followed. */
int kh_includes_open(const struct kh_includes *i, const char *name)
{
	kh_auto_free char *parts = kh_strdup(name);
	int at = fcntl(i->folder, F_DUPFD_CLOEXEC, 0);
	char *rest = NULL;
	struct stat st = {0};
	for (char *part = strtok_r(parts, "/", &rest); part && at >= 0; part = strtok_r(NULL, "/", &rest)) {
		kh_auto_fd int before = at;
		at = openat(before, part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	}
	if (at >= 0 && (fstat(at, &st) < 0 || !S_ISREG(st.st_mode)))
		kh_fd_close(&at);
	return at;
}

/* ---- finding ---- */

struct finding {
	struct kh_includes *of;
	const char *by; /* the one that is read */
};

static void note_include(void *context, const char *name)
{
	const struct finding *f = context;
	kh_auto_free char *path = inside_folder(f->by, name);
	if (!path || kh_source_kind(path) != KH_SOURCE_YARA || f->of->names.n >= KH_SCAN_MAX_CONTENT_FILES || is_known(f->of, path))
		return;
	kh_auto_fd int fd = kh_includes_open(f->of, path);
	if (fd >= 0)
		kh_array_push(&f->of->names, kh_take(path));
}

/* Whether the word stands in it anywhere. That it cannot be read is for the one who is asked to say. */
static bool holds_the_word(int fd)
{
	static const char word[] = "include";
	enum { BEFORE = sizeof word - 2, PIECE = 64 * 1024 };
	char bytes[BEFORE + PIECE];
	size_t n = 0; /* of them, what may be the beginning of one */
	for (off_t at = 0;;) {
		const ssize_t got = pread(fd, bytes + n, PIECE, at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0;
		n += (size_t)got;
		at += got;
		if (memmem(bytes, n, word, sizeof word - 1))
			return true;
		const size_t kept = KH_MIN(n, (size_t)BEFORE);
		memmove(bytes, bytes + n - kept, kept);
		n = kept;
	}
}

static int find_in(struct kh_includes *i, const char *name, int fd, kh_includes_ask ask, void *context)
{
	struct finding finding = {i, name};
	kh_auto_free char *path = kh_format("/proc/self/fd/%d", fd);
	return fd < 0 || !holds_the_word(fd) ? 0 : ask(context, path, note_include, &finding);
}

int kh_includes_find(const char *path, kh_includes_ask ask, void *context, struct kh_includes *ret)
{
	const char *slash = strrchr(path, '/');
	kh_auto_free char *folder = slash ? kh_strndup(path, (size_t)(slash + 1 - path)) : kh_strdup(".");
	kh_auto_includes struct kh_includes i = {.folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	kh_auto_fd int named = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (i.folder < 0 || named < 0)
		return kh_fail_errno("%s", i.folder < 0 ? folder : path);
	kh_array_push(&i.names, kh_strdup(slash ? slash + 1 : path));
	int r = find_in(&i, i.names.v[0], named, ask, context);
	for (size_t n = 1; r == 0 && n < i.names.n; n++) {
		kh_auto_fd int fd = kh_includes_open(&i, i.names.v[n]);
		r = find_in(&i, i.names.v[n], fd, ask, context);
	}
	if (r < 0)
		return r;
	*ret = i;
	i = (struct kh_includes)KH_INCLUDES_NONE;
	return 0;
}

void kh_includes_done(struct kh_includes *i)
{
	kh_fd_close(&i->folder);
	kh_array_each(&i->names, name)
		free(*name);
	kh_array_done(&i->names);
}
