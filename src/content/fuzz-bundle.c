/* Any bytes as a bundle's head; and any bytes as what is packed in a bundle that is rightly signed, the set being as long as the first two bytes say. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "content/bundle.h"
#include "crypto/base64.h"
#include "crypto/hash.h"
#include "os/file.h"

#include <ftw.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/khien-fuzz-bundle-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static void remove_dir(void)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *store_dir(void)
{
	static bool made;
	if (!made)
		kh_assert(mkdtemp(dir) && atexit(remove_dir) == 0);
	made = true;
	return dir;
}

static void import(const void *bytes, size_t n, const struct kh_content_keys *keys)
{
	kh_auto_content_change struct kh_content_change *c = NULL;
	kh_auto_fd int fd = memfd_create("bundle", MFD_CLOEXEC);
	uint64_t files = 0;
	kh_assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	kh_assert(kh_content_change_begin(store_dir(), &c) == 0);
	if (kh_content_bundle_import(c, fd, keys, 1, &files) == 0)
		kh_assert(kh_content_change_set(c)->files.n == files);
}

static void import_signed(const uint8_t *data, size_t size, const struct kh_sign_key *key, const struct kh_content_keys *keys)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT, words = KH_BUF_INIT;
	uint8_t sha256[KH_SHA256_SIZE], signature[KH_SIGNATURE_SIZE];
	char hex[KH_SHA256_HEX_SIZE], text[KH_BASE64URL_LEN(KH_SIGNATURE_SIZE) + 1];
	kh_sha256_of(data + 2, size - 2, sha256);
	kh_buf_addf(&b, "KHIENCONTENT1 %zu %s %d\n", size - 2, kh_sha256_hex(sha256, hex), data[0] | data[1] << 8);
	kh_buf_addf(&words, "khien content bundle%s", b.data);
	kh_sign(key, words.data, words.len, signature);
	kh_buf_addf(&b, "%s\n", kh_base64url(signature, sizeof signature, text));
	kh_buf_add(&b, data + 2, size - 2);
	import(b.data, b.len, keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kh_sign_key key;
	static struct kh_content_keys keys;
	if (!keys.n) {
		kh_sign_key_create(&key);
		memcpy(keys.v[keys.n++], key.public, sizeof key.public);
	}
	import(data, size, &keys);
	if (size > 2)
		import_signed(data, size, &key, &keys);
	return 0;
}
