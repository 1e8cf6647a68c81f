#include "content/bundle.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "content/paths.h"
#include "crypto/base64.h"
#include "crypto/hash.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define MAGIC "KHIENCONTENT1 "
#define SIGNED_WORDS "khien content bundle"
enum { MAX_HEAD = 512, LEVEL = 9, BLOCK = 128 * 1024 };

struct head {
	uint64_t packed_bytes, set_bytes;
	uint8_t packed_sha256[KH_SHA256_SIZE];
	size_t size; /* of both lines: what is packed begins there */
};

static int no_bundle(const char *why)
{
	return kh_fail(KH_E_SYNTAX, "content bundle: %s", kh_words(why));
}

static int read_some(int fd, void *to, size_t max, uint64_t at, size_t *ret_n)
{
	for (;;) {
		ssize_t n = pread(fd, to, max, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return kh_fail_errno("reading a content bundle");
		*ret_n = (size_t)n;
		return 0;
	}
}

static int write_some(int fd, const void *bytes, size_t n)
{
	return kh_file_write_fd(fd, kh_words("writing a content bundle"), bytes, n);
}

/* ---- head ---- */

bool kh_content_bundle_is(int fd)
{
	char magic[sizeof MAGIC - 1];
	size_t n = 0;
	return read_some(fd, magic, sizeof magic, 0, &n) == 0 && n == sizeof magic && memcmp(magic, MAGIC, n) == 0;
}

static char *signed_words(const char *line)
{
	return kh_format(SIGNED_WORDS "%s\n", line);
}

static bool signed_by_one(const char *line, const char *signature, const struct kh_content_keys *keys)
{
	uint8_t bytes[KH_SIGNATURE_SIZE];
	size_t n = 0;
	kh_auto_free char *words = signed_words(line);
	if (!kh_base64url_read(signature, bytes, sizeof bytes, &n) || n != sizeof bytes)
		return false;
	for (size_t i = 0; i < keys->n; i++)
		if (kh_sign_verify(keys->v[i], words, strlen(words), bytes))
			return true;
	return false;
}

static int read_numbers(char *line, struct head *h)
{
	char *rest = line + sizeof MAGIC - 1;
	const char *packed = kh_split(&rest, " "), *hash = kh_split(&rest, " "), *set = kh_split(&rest, " ");
	int64_t packed_bytes = 0, set_bytes = 0;
	if (!packed || !hash || !set || rest || !kh_parse_int(packed, 1, KH_CONTENT_MAX_SET_BYTES, &packed_bytes) ||
	    !kh_unhex(hash, h->packed_sha256, sizeof h->packed_sha256) || !kh_parse_int(set, 1, KH_MAX_JSON_BYTES, &set_bytes))
		return no_bundle("its first line cannot be read");
	h->packed_bytes = (uint64_t)packed_bytes;
	h->set_bytes = (uint64_t)set_bytes;
	return 0;
}

static int read_head(int fd, const struct kh_content_keys *keys, struct head *ret)
{
	char text[MAX_HEAD + 1] = "";
	size_t n = 0;
	int r = read_some(fd, text, MAX_HEAD, 0, &n);
	if (r < 0)
		return r;
	char *first = strchr(text, '\n'), *second = first ? strchr(first + 1, '\n') : NULL;
	if (!second || !kh_starts_with(text, MAGIC))
		return no_bundle("its first lines are missing");
	*first = *second = '\0';
	if (!signed_by_one(text, first + 1, keys))
		return kh_fail(KH_E_SIGNATURE_INVALID, "content bundle: no trusted key has signed it");
	ret->size = (size_t)(second + 1 - text);
	return read_numbers(text, ret);
}

static int hash_range(int fd, uint64_t from, uint64_t bytes, uint8_t ret[KH_SHA256_SIZE])
{
	static _Thread_local uint8_t block[BLOCK];
	struct kh_sha256 h;
	kh_sha256_init(&h);
	for (uint64_t at = 0; at < bytes;) {
		size_t n = 0;
		int r = read_some(fd, block, KH_MIN(sizeof block, bytes - at), from + at, &n);
		if (r < 0 || n == 0)
			return r < 0 ? r : no_bundle("cut short");
		kh_sha256_add(&h, block, n);
		at += n;
	}
	kh_sha256_final(&h, ret);
	return 0;
}

/* ---- unpacking ---- */

struct unpacking {
	int fd;
	uint64_t at, end;
	ZSTD_DCtx *zstd;
	ZSTD_inBuffer in;
	uint8_t block[BLOCK];
};

static void unpacking_free(struct unpacking **u)
{
	if (*u)
		ZSTD_freeDCtx((*u)->zstd);
	free(*u);
}

static int refill(struct unpacking *u)
{
	size_t n = 0;
	int r = read_some(u->fd, u->block, KH_MIN(sizeof u->block, u->end - u->at), u->at, &n);
	if (r < 0 || n == 0)
		return r < 0 ? r : no_bundle("less is packed than it says");
	u->at += n;
	u->in = (ZSTD_inBuffer){u->block, n, 0};
	return 0;
}

/* Exactly n bytes. */
static int unpack(struct unpacking *u, void *to, size_t n)
{
	ZSTD_outBuffer out = {to, n, 0};
	while (out.pos < n) {
		size_t before = out.pos, used = u->in.pos;
		size_t z = ZSTD_decompressStream(u->zstd, &out, &u->in);
		if (ZSTD_isError(z))
			return no_bundle(ZSTD_getErrorName(z));
		if (out.pos == before && u->in.pos == used) { /* it wants more */
			int r = refill(u);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int unpack_set(struct unpacking *u, const struct head *h, struct kh_content_set *ret)
{
	kh_auto_free char *text = kh_alloc(h->set_bytes + 1);
	int r = unpack(u, text, h->set_bytes);
	return r < 0 ? r : kh_content_set_parse(text, h->set_bytes, ret);
}

static int unpack_file(struct unpacking *u, const struct kh_content_file *f, int to)
{
	static _Thread_local uint8_t block[BLOCK];
	uint8_t sha256[KH_SHA256_SIZE];
	struct kh_sha256 h;
	kh_sha256_init(&h);
	for (uint64_t left = f->size; left;) {
		size_t n = KH_MIN(sizeof block, left);
		int r = unpack(u, block, n);
		r = r < 0 ? r : write_some(to, block, n);
		if (r < 0)
			return r;
		kh_sha256_add(&h, block, n);
		left -= n;
	}
	kh_sha256_final(&h, sha256);
	return memcmp(sha256, f->sha256, sizeof sha256) == 0 ? 0 : no_bundle("a file in it is not what its set says");
}

static int import_files(struct kh_content_change *c, struct unpacking *u, const struct kh_content_set *set, int64_t now_s)
{
	for (size_t i = 0; i < set->files.n; i++) {
		const struct kh_content_file *f = &set->files.v[i];
		kh_auto_free char *name = kh_format(KH_CONTENT_BUNDLE "/%s", f->name);
		kh_auto_fd int fd = -1;
		int r = kh_content_change_temporary(c, &fd);
		r = r < 0 ? r : unpack_file(u, f, fd);
		r = r < 0 ? r : kh_content_change_put(c, KH_CONTENT_BUNDLE, name, fd, f->made_s, now_s);
		if (r < 0)
			return r;
	}
	return 0;
}

static struct unpacking *unpacking_new(int fd)
{
	struct unpacking *u = kh_alloc(sizeof *u);
	u->fd = fd;
	u->zstd = ZSTD_createDCtx();
	kh_assert(u->zstd);
	return u;
}

/* Up to the set, which is believed: it was signed, and not a byte was changed. */
static int open_bundle(struct unpacking *u, const struct kh_content_keys *keys, struct kh_content_set *ret)
{
	struct head h = {0};
	uint8_t sha256[KH_SHA256_SIZE];
	int r = read_head(u->fd, keys, &h);
	r = r < 0 ? r : hash_range(u->fd, h.size, h.packed_bytes, sha256);
	if (r < 0)
		return r;
	if (memcmp(sha256, h.packed_sha256, sizeof sha256) != 0)
		return kh_fail(KH_E_SIGNATURE_INVALID, "content bundle: its bytes have changed since it was signed");
	u->at = h.size;
	u->end = h.size + h.packed_bytes;
	return unpack_set(u, &h, ret);
}

int kh_content_bundle_check(int fd, const struct kh_content_keys *keys, struct kh_content_bundle_info *ret)
{
	kh_auto_content_set struct kh_content_set set = {0};
	KH_CLEANUP(unpacking_free) struct unpacking *u = unpacking_new(fd);
	int r = open_bundle(u, keys, &set);
	if (r == 0)
		*ret = (struct kh_content_bundle_info){.made_s = set.made_s, .files = set.files.n, .bytes = u->end};
	return r;
}

int kh_content_bundle_import(struct kh_content_change *c, int fd, const struct kh_content_keys *keys, int64_t now_s, uint64_t *ret_files)
{
	kh_auto_content_set struct kh_content_set set = {0};
	KH_CLEANUP(unpacking_free) struct unpacking *u = unpacking_new(fd);
	int r = open_bundle(u, keys, &set);
	if (r < 0)
		return r;
	if (set.made_s < kh_content_change_set(c)->bundle_made_s)
		return kh_fail(KH_E_CONFLICT, "content bundle: it is older than the one in use");
	kh_content_change_remove(c, KH_CONTENT_BUNDLE);
	kh_content_change_bundle_made(c, set.made_s);
	r = import_files(c, u, &set, now_s);
	for (size_t i = 0; r == 0 && i < set.externals.n; i++)
		r = kh_content_change_define(c, KH_CONTENT_BUNDLE, set.externals.v[i].name, set.externals.v[i].value);
	*ret_files = r < 0 ? 0 : set.files.n;
	return r;
}

/* ---- packing ---- */

struct packing {
	int fd;
	ZSTD_CCtx *zstd;
	struct kh_sha256 hash;
	uint64_t bytes;
	uint8_t block[BLOCK];
};

static void packing_free(struct packing **p)
{
	if (*p)
		ZSTD_freeCCtx((*p)->zstd);
	free(*p);
}

static int pack(struct packing *p, const void *bytes, size_t n, ZSTD_EndDirective directive)
{
	ZSTD_inBuffer in = {bytes, n, 0};
	for (size_t left = 1; in.pos < in.size || (directive == ZSTD_e_end && left);) {
		ZSTD_outBuffer out = {p->block, sizeof p->block, 0};
		left = ZSTD_compressStream2(p->zstd, &out, &in, directive);
		if (ZSTD_isError(left))
			return kh_fail(KH_E_INTERNAL, "zstd: %s", ZSTD_getErrorName(left));
		int r = write_some(p->fd, p->block, out.pos);
		if (r < 0)
			return r;
		kh_sha256_add(&p->hash, p->block, out.pos);
		p->bytes += out.pos;
	}
	return 0;
}

static int pack_file(struct packing *p, const char *dir, const struct kh_content_file *f)
{
	static _Thread_local uint8_t block[BLOCK];
	kh_auto_free char *path = kh_content_source_path(dir, f->sha256);
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint64_t at = 0;
	if (fd < 0)
		return kh_fail_errno("%s", path);
	for (size_t n = 1; n && at <= f->size; at += n) {
		int r = read_some(fd, block, sizeof block, at, &n);
		r = r < 0 ? r : pack(p, block, n, ZSTD_e_continue);
		if (r < 0)
			return r;
	}
	return at == f->size ? 0 : kh_fail(KH_E_SYNTAX, "%s: its size has changed", path);
}

/* Without what every program has; what a bundle brought goes on under its own names. */
static int set_to_send(const struct kh_content_set *in_use, int64_t now_s, struct kh_content_set *ret)
{
	enum { PREFIX = sizeof KH_CONTENT_BUNDLE };
	ret->made_s = now_s;
	for (size_t i = 0; i < in_use->files.n; i++) {
		struct kh_content_file f = in_use->files.v[i];
		kh_auto_free char *origin = NULL;
		if (kh_streq(f.origin, KH_CONTENT_SHIPPED))
			continue;
		if (kh_streq(f.origin, KH_CONTENT_BUNDLE)) {
			f.name += PREFIX;
			f.origin = origin = kh_strndup(f.name, strcspn(f.name, "/"));
		}
		if (kh_content_set_find(ret, f.name))
			return kh_fail(KH_E_CONFLICT, "%s was imported by itself and in a bundle: remove one", f.name);
		kh_content_set_add(ret, &f);
	}
	for (size_t i = 0; i < in_use->externals.n; i++) {
		const struct kh_content_external *e = &in_use->externals.v[i];
		int r = kh_content_set_define(ret, e->origin, e->name, e->value);
		if (r < 0)
			return r;
	}
	return ret->files.n ? 0 : kh_fail(KH_E_NOT_FOUND, "nothing was imported");
}

static int write_head(int fd, const struct kh_sign_key *key, const struct packing *packed, size_t set_bytes)
{
	uint8_t sha256[KH_SHA256_SIZE], signature[KH_SIGNATURE_SIZE];
	char hex[KH_SHA256_HEX_SIZE], text[KH_BASE64URL_LEN(KH_SIGNATURE_SIZE) + 1];
	struct kh_sha256 hash = packed->hash;
	kh_sha256_final(&hash, sha256);
	kh_auto_free char *line = kh_format(MAGIC "%llu %s %zu", (unsigned long long)packed->bytes, kh_sha256_hex(sha256, hex), set_bytes);
	kh_auto_free char *words = signed_words(line);
	kh_sign(key, words, strlen(words), signature);
	kh_auto_free char *head = kh_format("%s\n%s\n", line, kh_base64url(signature, sizeof signature, text));
	return write_some(fd, head, strlen(head));
}

static int copy_all(int from, int to)
{
	static _Thread_local uint8_t block[BLOCK];
	uint64_t at = 0;
	for (size_t n = 1; n; at += n) {
		int r = read_some(from, block, sizeof block, at, &n);
		r = r < 0 ? r : write_some(to, block, n);
		if (r < 0)
			return r;
	}
	return 0;
}

static int pack_all(struct packing *p, const char *dir, const struct kh_content_set *set, const char *text)
{
	int r = pack(p, text, strlen(text), ZSTD_e_continue);
	for (size_t i = 0; r == 0 && i < set->files.n; i++)
		r = pack_file(p, dir, &set->files.v[i]);
	return r < 0 ? r : pack(p, "", 0, ZSTD_e_end);
}

/* What is packed is written aside first: its size and hash stand before it. */
int kh_content_bundle_export(const char *dir, const struct kh_sign_key *key, int64_t now_s, int fd, uint64_t *ret_files)
{
	struct kh_content_state state = {0};
	kh_auto_content_set struct kh_content_set in_use = {0}, set = {0};
	KH_CLEANUP(packing_free) struct packing *p = kh_alloc(sizeof *p);
	int r = kh_content_store_state(dir, &state);
	r = r < 0 ? r : kh_content_store_set(dir, state.current, &in_use);
	r = r < 0 ? r : set_to_send(&in_use, now_s, &set);
	if (r < 0)
		return r;
	kh_auto_free char *text = kh_content_set_text(&set);
	kh_auto_fd int aside = open("/var/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (aside < 0)
		return kh_fail_errno("/var/tmp");
	p->fd = aside;
	p->zstd = ZSTD_createCCtx();
	kh_assert(p->zstd && !ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, LEVEL)));
	kh_sha256_init(&p->hash);
	r = pack_all(p, dir, &set, text);
	r = r < 0 ? r : write_head(fd, key, p, strlen(text));
	r = r < 0 ? r : copy_all(aside, fd);
	if (r == 0)
		*ret_files = set.files.n;
	return r;
}
