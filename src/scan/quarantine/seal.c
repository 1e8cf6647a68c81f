#include "scan/quarantine/seal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/file.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, SEALED_PIECE = PIECE + crypto_secretstream_xchacha20poly1305_ABYTES };
static const char magic[4] = "KHQ1";
enum { START = sizeof magic + crypto_secretstream_xchacha20poly1305_HEADERBYTES }; /* before the first piece */
_Static_assert(KH_SEAL_KEY_SIZE == crypto_secretstream_xchacha20poly1305_KEYBYTES, "");

/* Reads until n bytes or the end. */
static int read_at(const struct kh_seal *seal, int fd, void *bytes, size_t n, uint64_t at, size_t *ret_n)
{
	size_t got = 0;
	while (got < n) {
		ssize_t done = pread(fd, (uint8_t *)bytes + got, n - got, (off_t)(at + got));
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return kh_fail_errno("%s", seal->name);
		if (done == 0)
			break;
		got += (size_t)done;
	}
	*ret_n = got;
	return 0;
}

/* ---- closing ---- */

struct closing {
	crypto_secretstream_xchacha20poly1305_state stream;
	uint8_t plain[PIECE], sealed[SEALED_PIECE];
};

static int seal_piece(const struct kh_seal *seal, struct closing *c, size_t n, bool first, bool last, int to)
{
	crypto_secretstream_xchacha20poly1305_push(&c->stream, c->sealed, NULL, c->plain, n, (const uint8_t *)seal->id, first ? strlen(seal->id) : 0,
						   last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
	return kh_file_write_fd(to, seal->name, c->sealed, n + crypto_secretstream_xchacha20poly1305_ABYTES);
}

int kh_seal_write(const struct kh_seal *seal, int from, uint64_t max_bytes, const uint8_t sha256[KH_SHA256_SIZE], int to)
{
	kh_auto_free struct closing *c = kh_alloc(sizeof *c);
	uint8_t start[START], hash[KH_SHA256_SIZE];
	struct kh_sha256 sum;
	memcpy(start, magic, sizeof magic);
	kh_sha256_init(&sum);
	crypto_secretstream_xchacha20poly1305_init_push(&c->stream, start + sizeof magic, seal->key);
	int r = kh_file_write_fd(to, seal->name, start, sizeof start);
	bool last = false;
	for (uint64_t at = 0; r == 0 && !last;) {
		size_t n = 0;
		r = read_at(seal, from, c->plain, PIECE, at, &n);
		if (r < 0)
			return r;
		kh_sha256_add(&sum, c->plain, n);
		last = n < PIECE || at > max_bytes;
		r = seal_piece(seal, c, n, at == 0, last, to);
		at += n;
	}
	kh_sha256_final(&sum, hash);
	if (r == 0 && memcmp(hash, sha256, sizeof hash) != 0)
		return kh_fail(KH_E_FILE_CHANGED, "%s has changed since it was scanned", seal->name);
	return r;
}

/* ---- opening ---- */

static int tampered(const struct kh_seal *seal)
{
	return kh_fail(KH_E_SIGNATURE_INVALID, "the kept content of %s is damaged or was tampered with", seal->id);
}

struct opening {
	crypto_secretstream_xchacha20poly1305_state stream;
	uint8_t plain[PIECE], sealed[SEALED_PIECE];
	struct kh_sha256 sum;
};

static int open_pieces(const struct kh_seal *seal, struct opening *o, int from, kh_seal_take *take, void *context)
{
	uint8_t tag = 0;
	for (uint64_t at = START; tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL;) {
		size_t n = 0, id_n = at == START ? strlen(seal->id) : 0;
		unsigned long long plain_n = 0;
		int r = read_at(seal, from, o->sealed, SEALED_PIECE, at, &n);
		if (r < 0)
			return r;
		if (crypto_secretstream_xchacha20poly1305_pull(&o->stream, o->plain, &plain_n, &tag, o->sealed, n, (const uint8_t *)seal->id, id_n) != 0)
			return tampered(seal);
		at += n;
		kh_sha256_add(&o->sum, o->plain, plain_n);
		r = take(context, o->plain, plain_n);
		if (r < 0)
			return r;
	}
	return 0;
}

int kh_seal_read(const struct kh_seal *seal, int from, const uint8_t sha256[KH_SHA256_SIZE], kh_seal_take *take, void *context)
{
	kh_auto_free struct opening *o = kh_alloc(sizeof *o);
	uint8_t start[START], hash[KH_SHA256_SIZE];
	size_t n = 0;
	int r = read_at(seal, from, start, sizeof start, 0, &n);
	if (r < 0)
		return r;
	if (n != sizeof start || memcmp(start, magic, sizeof magic) != 0 || crypto_secretstream_xchacha20poly1305_init_pull(&o->stream, start + sizeof magic, seal->key) != 0)
		return tampered(seal);
	kh_sha256_init(&o->sum);
	r = open_pieces(seal, o, from, take, context);
	kh_sha256_final(&o->sum, hash);
	return r == 0 && memcmp(hash, sha256, sizeof hash) != 0 ? tampered(seal) : r;
}

int kh_seal_destroy(int fd)
{
	static const uint8_t nothing[START];
	if (pwrite(fd, nothing, sizeof nothing, 0) == (ssize_t)sizeof nothing && fdatasync(fd) == 0)
		return 0;
	return errno == ENOSPC || errno == EDQUOT ? 0 : kh_fail_errno("overwriting the kept content");
}
