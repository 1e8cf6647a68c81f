#include "http/files.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 8, ETAG_HEX = 32 };

struct file {
	char *name;
	struct kh_buf bytes;
	char etag[ETAG_HEX + 3]; /* with its quotes */
	const struct file *gzip; /* the same, packed; NULL: none */
};

struct kh_http_files {
	KH_ARRAY(struct file) all; /* by name */
	size_t bytes;
};

static const char *type_of(const char *name)
{
	static const char *const types[][2] = {
		{".html", "text/html; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"}, {".mjs", "text/javascript; charset=utf-8"},
		{".css", "text/css; charset=utf-8"},   {".json", "application/json"},             {".svg", "image/svg+xml"},
		{".png", "image/png"},                 {".ico", "image/x-icon"},                  {".woff2", "font/woff2"},
		{".txt", "text/plain; charset=utf-8"}, {".map", "application/json"},              {".webmanifest", "application/manifest+json"},
	};
	for (size_t i = 0; i < KH_COUNT(types); i++)
		if (kh_ends_with(name, types[i][0]))
			return types[i][1];
	return "application/octet-stream";
}

/* ---- loading ---- */

static void set_etag(struct file *f)
{
	uint8_t hash[KH_SHA256_SIZE];
	char hex[KH_SHA256_HEX_SIZE];
	kh_sha256_of(kh_buf_text(&f->bytes), f->bytes.len, hash);
	snprintf(f->etag, sizeof f->etag, "\"%.*s\"", ETAG_HEX, kh_sha256_hex(hash, hex));
}

static int load_file(struct kh_http_files *files, int fd, const char *name)
{
	if (files->all.n == KH_HTTP_MAX_FILES)
		return kh_fail(KH_E_TOO_LARGE, "more than %d files to serve", KH_HTTP_MAX_FILES);
	struct file *f = kh_array_push(&files->all, (struct file){.name = kh_strdup(name)});
	int r = kh_file_read_fd(fd, name, KH_HTTP_MAX_FILES_BYTES - files->bytes, &f->bytes);
	if (r < 0)
		return r;
	files->bytes += f->bytes.len;
	set_etag(f);
	return 0;
}

static int load_dir(struct kh_http_files *files, int fd, const char *prefix, int depth);

static int load_entry(struct kh_http_files *files, int dir, const char *prefix, const char *entry, int depth)
{
	kh_auto_fd int fd = openat(dir, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	if (fd < 0 && errno == ELOOP)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return kh_fail_errno("%s%s", prefix, entry);
	kh_auto_free char *name = kh_format("%s%s%s", prefix, entry, S_ISDIR(st.st_mode) ? "/" : "");
	if (S_ISDIR(st.st_mode))
		return load_dir(files, fd, name, depth + 1);
	return S_ISREG(st.st_mode) ? load_file(files, fd, name) : 0;
}

static int load_dir(struct kh_http_files *files, int fd, const char *prefix, int depth)
{
	if (depth > MAX_DEPTH)
		return kh_fail(KH_E_TOO_LARGE, "%s: more than %d directories deep", prefix, MAX_DEPTH);
	int own = dup(fd);
	DIR *d = own < 0 ? NULL : fdopendir(own);
	if (!d)
		return kh_fail_errno("%s", prefix);
	int r = 0;
	for (struct dirent *e = NULL; r == 0 && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			r = load_entry(files, fd, prefix, e->d_name, depth);
	closedir(d);
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static const struct file *find(const struct kh_http_files *files, const char *name)
{
	const struct file wanted = {.name = (char *)(uintptr_t)name};
	return files->all.n ? bsearch(&wanted, files->all.v, files->all.n, sizeof wanted, by_name) : NULL;
}

static void pair_with_packed(struct kh_http_files *files)
{
	kh_array_each(&files->all, f) {
		kh_auto_free char *packed = kh_format("%s.gz", f->name);
		f->gzip = find(files, packed);
	}
}

int kh_http_files_load(const char *dir, struct kh_http_files **ret)
{
	kh_auto_http_files struct kh_http_files *files = kh_alloc(sizeof *files);
	kh_auto_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return kh_fail_errno("%s", dir);
	int r = load_dir(files, fd, "", 0);
	if (r < 0)
		return kh_fail_in(r, "%s", dir);
	if (files->all.n)
		qsort(files->all.v, files->all.n, sizeof *files->all.v, by_name);
	pair_with_packed(files);
	*ret = kh_take(files);
	return 0;
}

void kh_http_files_free(struct kh_http_files *files)
{
	if (!files)
		return;
	kh_array_each(&files->all, f) {
		free(f->name);
		kh_buf_done(&f->bytes);
	}
	kh_array_done(&files->all);
	free(files);
}

size_t kh_http_files_count(const struct kh_http_files *files)
{
	return files->all.n;
}

/* ---- serving ---- */

static void set_caching(struct kh_request *r, const char *name)
{
	bool hashed = kh_starts_with(name, "assets/");
	kh_respond_header(r, "Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
}

bool kh_http_files_answer(const struct kh_http_files *files, struct kh_request *r, const char *name)
{
	const struct file *f = find(files, name);
	if (!f)
		return false;
	const char *accepted = kh_request_header(r, "Accept-Encoding"), *known = kh_request_header(r, "If-None-Match");
	const struct file *sent = f->gzip && accepted && strstr(accepted, "gzip") ? f->gzip : f;
	if (known && strstr(known, sent->etag))
		kh_respond_empty(r, 304);
	else
		kh_respond_lent(r, 200, type_of(name), kh_buf_text(&sent->bytes), sent->bytes.len);
	set_caching(r, name);
	kh_respond_header(r, "ETag", sent->etag);
	if (f->gzip)
		kh_respond_header(r, "Vary", "Accept-Encoding");
	if (sent != f && !(known && strstr(known, sent->etag)))
		kh_respond_header(r, "Content-Encoding", "gzip");
	if (kh_ends_with(name, ".html"))
		kh_respond_page_headers(r);
	return true;
}
