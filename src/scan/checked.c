#include "scan/checked.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/time.h"
#include "base/version.h"
#include "crypto/hash.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "scan/steady.h"
#include "scan/verdict_cache.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The file: a digest of all behind it, a digest of what it holds for, the message. Named by the content's inode, so that there is one for each. */

enum { DIGEST = 32 };

static void digest_number(struct kh_sha256 *h, int64_t n)
{
	kh_sha256_add(h, &n, sizeof n);
}

static char *path_of(const char *folder, const struct stat *st)
{
	uint8_t digest[DIGEST];
	char hex[KH_SHA256_HEX_SIZE];
	struct kh_sha256 h;
	kh_sha256_init(&h);
	digest_number(&h, (int64_t)st->st_dev);
	digest_number(&h, (int64_t)st->st_ino);
	kh_sha256_final(&h, digest);
	return kh_format("%s/%.32s" KH_CHECKED_EXTENSION, folder, kh_sha256_hex(digest, hex));
}

static void digest_state(const struct stat *st, uint8_t ret[DIGEST])
{
	const int64_t state[] = {(int64_t)st->st_dev, (int64_t)st->st_ino, st->st_size, st->st_mtim.tv_sec, st->st_mtim.tv_nsec, st->st_ctim.tv_sec, st->st_ctim.tv_nsec};
	struct utsname system = {0};
	struct kh_sha256 h;
	uname(&system);
	kh_sha256_init(&h);
	kh_sha256_add(&h, KH_VERSION, sizeof KH_VERSION);
	kh_sha256_add(&h, system.release, sizeof system.release);
	digest_number(&h, geteuid());
	kh_sha256_add(&h, state, sizeof state);
	kh_sha256_final(&h, ret);
}

static void seal(const struct kh_buf *b, uint8_t ret[DIGEST])
{
	struct kh_sha256 h;
	kh_sha256_init(&h);
	kh_sha256_add(&h, b->data + DIGEST, b->len - DIGEST);
	kh_sha256_final(&h, ret);
}

static bool state_of(int content, struct stat *ret)
{
	return fstat(content, ret) == 0 && S_ISREG(ret->st_mode) && ret->st_nlink > 0 && kh_is_steady(content, ret->st_dev);
}

/* It could change again within the same tick of the file system's clock, and look the same. */
static bool is_settled(const struct stat *st)
{
	return kh_now_ms() * 1000000 - ((int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec) >= KH_VERDICT_SETTLED_NS;
}

/* Only what this user wrote, less than a day ago. */
static bool read_kept(const char *path, struct kh_buf *b)
{
	struct stat st;
	const int64_t now_s = kh_now_s();
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022) || st.st_mtim.tv_sec > now_s || now_s - st.st_mtim.tv_sec >= KH_CHECKED_S)
		return false;
	return kh_file_read_fd(fd, path, 2 * DIGEST + KH_IPC_MAX_INLINE, b) == 0 && b->len > 2 * DIGEST;
}

bool kh_checked_find(const char *folder, int content, struct kh_scan_ready *ret)
{
	struct stat st;
	uint8_t state[DIGEST], sealed[DIGEST];
	if (!folder || !state_of(content, &st))
		return false;
	kh_auto_free char *path = path_of(folder, &st);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	if (!read_kept(path, &b))
		return false;
	digest_state(&st, state);
	seal(&b, sealed);
	if (memcmp(b.data, sealed, DIGEST) != 0 || memcmp(b.data + DIGEST, state, DIGEST) != 0)
		return false;
	return kh_scan_decode_ready(b.data + 2 * DIGEST, b.len - 2 * DIGEST, ret) == 0;
}

void kh_checked_keep(const char *folder, int content, const struct kh_scan_ready *said)
{
	struct stat st;
	uint8_t room[DIGEST] = {0}, state[DIGEST];
	if (!folder || !state_of(content, &st) || !is_settled(&st))
		return;
	kh_auto_free char *path = path_of(folder, &st);
	kh_auto_buf struct kh_buf b = KH_BUF_MAX(2 * DIGEST + KH_IPC_MAX_INLINE);
	digest_state(&st, state);
	kh_buf_add(&b, room, sizeof room);
	kh_buf_add(&b, state, sizeof state);
	kh_scan_encode_ready(said, &b);
	if (kh_buf_status(&b) < 0)
		return;
	seal(&b, (uint8_t *)b.data);
	kh_ignore(kh_file_replace(path, b.data, b.len, 0600));
}

void kh_checked_forget(const char *folder, int content)
{
	struct stat st;
	if (!folder || fstat(content, &st) < 0)
		return;
	kh_auto_free char *path = path_of(folder, &st);
	unlink(path);
}
