/* Hashes, base64, random values, passwords, signatures. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/test.h"
#include "crypto/base64.h"
#include "crypto/hash.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "crypto/sign.h"
#include "os/file.h"

#include <sys/stat.h>
#include <unistd.h>

static const char of_abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; /* FIPS 180-4, appendix B.1 */

static void hashes_in_one_go_and_in_pieces(void **state)
{
	(void)state;
	uint8_t hash[KH_SHA256_SIZE];
	char hex[KH_SHA256_HEX_SIZE];
	kh_sha256_of("abc", 3, hash);
	assert_string_equal(kh_sha256_hex(hash, hex), of_abc);

	struct kh_sha256 h;
	kh_sha256_init(&h);
	for (int again = 0; again < 2; again++) { /* _final leaves it as new */
		kh_sha256_add(&h, "a", 1);
		kh_sha256_add(&h, "bc", 2);
		kh_sha256_final(&h, hash);
		assert_string_equal(kh_sha256_hex(hash, hex), of_abc);
	}
}

static void hashes_by_several_algorithms(void **state)
{
	(void)state;
	static char long_text[100001]; /* more than is read at a time */
	memset(long_text, 'a', sizeof long_text - 1);
	static const struct {
		const char *text, *hex[KH_HASH_ALGORITHMS];
	} cases[] = {
		{"", {"d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
		{"abc", {"900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d", of_abc}},
		{long_text, {"1af6d6f2f682f76f80e606aeaaee1680", "c4d4b30851182fc4eb8675494d42fd7f17e29c93",
			     "6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee"}},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_hashes all = {0}, one = {0};
		kh_hashes_of(7, cases[i].text, strlen(cases[i].text), &all);
		for (enum kh_hash_algorithm a = 0; a < KH_HASH_ALGORITHMS; a++) {
			uint8_t right[KH_HASH_MAX_SIZE] = {0};
			memset(&one, 0, sizeof one);
			kh_hashes_of(1u << a, cases[i].text, strlen(cases[i].text), &one);
			assert_memory_equal(one.of[a], all.of[a], sizeof all.of[a]);
			if (cases[i].hex[a] && (!kh_unhex(cases[i].hex[a], right, kh_hash_size(a)) || memcmp(right, all.of[a], sizeof right) != 0))
				fail_msg("%s of case %zu", kh_hash_name(a), i);
		}
	}
}

static int temporary_file(const char *text)
{
	char path[] = "/tmp/khien-test-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void hashes_a_descriptor(void **state)
{
	(void)state;
	uint8_t hash[KH_SHA256_SIZE];
	char hex[KH_SHA256_HEX_SIZE];
	int fd = temporary_file("abc"); /* its position stands at the end: that must not matter */
	assert_int_equal(kh_sha256_fd(fd, 3, hash), 0);
	assert_string_equal(kh_sha256_hex(hash, hex), of_abc);
	assert_int_equal(kh_sha256_fd(fd, 2, hash), KH_E_TOO_LARGE);
	close(fd);
	assert_int_equal(kh_sha256_fd(fd, 3, hash), KH_E_IO);
}

static void copies_and_hashes(void **state)
{
	(void)state;
	uint8_t hash[KH_SHA256_SIZE];
	char hex[KH_SHA256_HEX_SIZE], copy[8] = "";
	uint64_t size = 0;
	int from = temporary_file("abc"), to = temporary_file("");
	assert_int_equal(kh_sha256_copy(from, to, 3, &size, hash), 0);
	assert_string_equal(kh_sha256_hex(hash, hex), of_abc);
	assert_int_equal(size, 3);
	assert_int_equal(pread(to, copy, sizeof copy, 0), 3);
	assert_string_equal(copy, "abc");
	assert_int_equal(kh_sha256_copy(from, to, 2, &size, hash), KH_E_TOO_LARGE);
	close(to);
	assert_int_equal(kh_sha256_copy(from, to, 3, &size, hash), KH_E_IO);
	close(from);
}

static void compares_secrets(void **state)
{
	(void)state;
	assert_true(kh_equal_secret("abc", "abc", 3));
	assert_false(kh_equal_secret("abc", "abd", 3));
	assert_true(kh_equal_secret_text("abc", "abc"));
	assert_false(kh_equal_secret_text("abc", "abcd"));
	assert_false(kh_equal_secret_text("abc", NULL));
	assert_false(kh_equal_secret_text(NULL, NULL));
}

static void writes_and_reads_base64(void **state)
{
	(void)state;
	static const struct {
		const char *bytes, *url, *standard;
	} cases[] = {/* RFC 4648 §10, and the two characters that differ */
		     {"", "", ""},           {"f", "Zg", "Zg=="},           {"fo", "Zm8", "Zm8="},           {"foo", "Zm9v", "Zm9v"},
		     {"foob", "Zm9vYg", "Zm9vYg=="}, {"fooba", "Zm9vYmE", "Zm9vYmE="}, {"foobar", "Zm9vYmFy", "Zm9vYmFy"}, {"\xfb\xff", "-_8", "+/8="}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		char text[32];
		uint8_t back[32];
		size_t n = strlen(cases[i].bytes), back_n = 99;
		assert_string_equal(kh_base64url(cases[i].bytes, n, text), cases[i].url);
		assert_int_equal(strlen(text), KH_BASE64URL_LEN(n));
		assert_true(kh_base64url_read(text, back, n, &back_n));
		assert_int_equal(back_n, n);
		assert_memory_equal(back, cases[i].bytes, n);
		assert_string_equal(kh_base64(cases[i].bytes, n, text), cases[i].standard);
		assert_int_equal(strlen(text), KH_BASE64_LEN(n));
		assert_true(kh_base64_read(text, back, n, &back_n));
		assert_int_equal(back_n, n);
		if (n)
			assert_false(kh_base64_read(text, back, n - 1, &back_n));
	}
}

static void refuses_other_spellings_of_base64(void **state)
{
	(void)state;
	uint8_t to[32];
	size_t n = 7;
	static const char *const bad_url[] = {"A", "Zg==", "Zh", "Zm9", "Zm9vA", "Z g", "Zm+v", "Zm/v", "ắ"};
	for (size_t i = 0; i < KH_COUNT(bad_url); i++)
		assert_false(kh_base64url_read(bad_url[i], to, sizeof to, &n));
	static const char *const bad_standard[] = {"Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm-v", "Zg==Zg=="};
	for (size_t i = 0; i < KH_COUNT(bad_standard); i++)
		assert_false(kh_base64_read(bad_standard[i], to, sizeof to, &n));
	assert_int_equal(n, 7);
}

static void reads_paths_in_base64(void **state)
{
	(void)state;
	static const char *const wrong[] = {"", "YS9i", "L2EAYg==", "%%%"};
	char long_path[KH_MAX_PATH + 1] = "/";
	kh_auto_free char *path = NULL;
	assert_true(kh_base64_path("L2EvYg==", &path));
	assert_string_equal(path, "/a/b");
	for (size_t i = 0; i < KH_COUNT(wrong); i++)
		assert_false(kh_base64_path(wrong[i], &path));
	memset(long_path + 1, 'a', KH_MAX_PATH - 1);
	for (size_t n = KH_MAX_PATH - 1; n <= KH_MAX_PATH; n++) {
		kh_auto_free char *text = kh_base64_text(long_path, n), *back = NULL;
		assert_int_equal(kh_base64_path(text, &back), n < KH_MAX_PATH);
		assert_true(!back || strlen(back) == n);
	}
}

static void makes_random_values(void **state)
{
	(void)state;
	char a[KH_UUID_SIZE], b[KH_UUID_SIZE], secret[KH_SECRET_SIZE];
	assert_string_not_equal(kh_random_uuid(a), kh_random_uuid(b));
	assert_int_equal(strlen(a), 36);
	assert_int_equal(a[14], '4');
	assert_non_null(strchr("89ab", a[19]));
	assert_int_equal(strlen(kh_random_secret(secret)), KH_SECRET_SIZE - 1);
	for (int i = 0; i < 100; i++)
		assert_true(kh_random_below(3) < 3);
}

static bool verifies(const char *hash, const char *password)
{
	bool match = false;
	assert_int_equal(kh_password_verify(hash, password, &match), 0);
	return match;
}

static void hashes_and_verifies_passwords(void **state)
{
	(void)state;
	kh_auto_free char *hash = NULL;
	assert_int_equal(kh_password_hash("M\xe1\xba\xadt kh\xe1\xba\xa9u d\xc3\xa0i", &hash), 0); /* composed */
	assert_true(kh_starts_with(hash, "$argon2id$v=19$m=65536,t=2,p=1$"));
	assert_true(verifies(hash, "M\xe1\xba\xadt kh\xe1\xba\xa9u d\xc3\xa0i"));
	assert_true(verifies(hash, "Ma\xcc\xa3\xcc\x82t kha\xcc\x82\xcc\x89u da\xcc\x80i")); /* the same, decomposed */
	assert_false(verifies(hash, "Mat khau dai"));
	assert_false(verifies(hash, "\xff"));
	assert_false(verifies(NULL, "Mat khau dai"));
	assert_false(kh_password_needs_rehash(hash));
	assert_true(kh_password_needs_rehash("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$4RZnTPYeXjbnAdxjqKNYJqvH5sDUBv6RSVVcBHXyTvs"));
}

static void refuses_impossible_passwords(void **state)
{
	(void)state;
	kh_auto_free char *hash = NULL, *huge = kh_alloc(KH_PASSWORD_MAX_BYTES + 2);
	memset(huge, 'a', KH_PASSWORD_MAX_BYTES + 1);
	bool match = true;
	assert_int_equal(kh_password_hash(huge, &hash), KH_E_TOO_LARGE);
	assert_int_equal(kh_password_hash("\xc0\x80", &hash), KH_E_ENCODING);
	assert_int_equal(kh_password_verify("plain", "plain", &match), KH_E_CRYPTO);
}

static void checks_the_password_policy(void **state)
{
	(void)state;
	static const struct {
		const char *user, *password;
		struct kh_password_policy policy;
		int expected;
	} cases[] = {
		{NULL, "Tr\xc3\xa0 \xc4\x91\xc3\xa1 v\xe1\xbb\x89 h\xc3\xa8 9", KH_PASSWORD_POLICY_DEFAULT, 0},
		{NULL, "short1A", KH_PASSWORD_POLICY_DEFAULT, KH_E_WEAK_PASSWORD},
		{NULL, "\xe1\xba\xad\xe1\xba\xad\xe1\xba\xad\xe1\xba\xad" "A1", KH_PASSWORD_POLICY_DEFAULT, KH_E_WEAK_PASSWORD}, /* 14 bytes, 6 characters */
		{NULL, "all lower case words", KH_PASSWORD_POLICY_DEFAULT, KH_E_WEAK_PASSWORD},
		{NULL, "M\xe1\xba\xadtKh\xe1\xba\xa9u@2024", KH_PASSWORD_POLICY_DEFAULT, KH_E_WEAK_PASSWORD},
		{"nguyenvana", "NguyenVanA@123", KH_PASSWORD_POLICY_DEFAULT, KH_E_WEAK_PASSWORD},
		{"nguyenvana", "NguyenVanA@x7k2m9qw", KH_PASSWORD_POLICY_DEFAULT, 0},
		{NULL, "Kq7#mzXw", {8, 4}, 0},
		{NULL, "Kq7qmzXw", {8, 4}, KH_E_WEAK_PASSWORD},
		{NULL, "\xff", {0, 0}, KH_E_WEAK_PASSWORD},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(kh_password_check(&cases[i].policy, cases[i].user, cases[i].password), cases[i].expected);
}

static void generates_passwords_that_meet_it(void **state)
{
	(void)state;
	const struct kh_password_policy strictest = {24, 4};
	for (int i = 0; i < 50; i++) {
		kh_auto_free char *password = kh_password_generate();
		assert_int_equal(kh_password_check(&strictest, "admin", password), 0);
		assert_int_equal(strlen(password), 24);
		assert_null(strpbrk(password, "0Oo1lI"));
	}
}

static void signs_and_verifies(void **state)
{
	(void)state;
	struct kh_sign_key key, other;
	uint8_t signature[KH_SIGNATURE_SIZE];
	kh_sign_key_create(&key);
	kh_sign_key_create(&other);
	kh_sign(&key, "order", 5, signature);
	assert_true(kh_sign_verify(key.public, "order", 5, signature));
	assert_false(kh_sign_verify(key.public, "ordex", 5, signature));
	assert_false(kh_sign_verify(other.public, "order", 5, signature));
	signature[0] ^= 1;
	assert_false(kh_sign_verify(key.public, "order", 5, signature));
}

static void keeps_keys_in_files(void **state)
{
	(void)state;
	char dir[] = "/tmp/khien-test-XXXXXX";
	assert_non_null(mkdtemp(dir));
	kh_auto_free char *path = kh_format("%s/key", dir);
	struct kh_sign_key key, back;
	kh_sign_key_create(&key);
	assert_int_equal(kh_sign_key_load(path, &back), KH_E_NOT_FOUND);
	assert_int_equal(kh_sign_key_save(&key, path), 0);
	assert_int_equal(kh_sign_key_save(&key, path), KH_E_EXISTS);
	assert_int_equal(kh_sign_key_load(path, &back), 0);
	assert_memory_equal(&key, &back, sizeof key);
	chmod(path, 0644);
	assert_int_equal(kh_sign_key_load(path, &back), KH_E_PERMISSION);
	chmod(path, 0600);
	assert_int_equal(truncate(path, 20), 0);
	assert_int_equal(kh_sign_key_load(path, &back), KH_E_SYNTAX);
	unlink(path);
	rmdir(dir);
}

static void keeps_public_keys_in_files(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int error;
		size_t count;
	} cases[] = {
		{"", 0, 0},
		{"# ours\n\nkhien-ed25519-public AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n  khien-ed25519-public AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n", 0, 2},
		{"khien-ed25519-public AAAA\n", KH_E_SYNTAX, 0},
		{"khien-ed25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", KH_E_SYNTAX, 0}, /* a secret key has no place there */
	};
	char dir[] = "/tmp/khien-test-XXXXXX";
	assert_non_null(mkdtemp(dir));
	kh_auto_free char *path = kh_format("%s/keys", dir);
	uint8_t keys[2][KH_SIGN_PUBLIC_SIZE] = {{0}};
	size_t count = 9;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		assert_int_equal(kh_file_replace(path, cases[i].text, strlen(cases[i].text), 0644), 0);
		assert_int_equal(kh_sign_public_load(path, keys, 2, &count), cases[i].error);
		assert_int_equal(count, cases[i].error ? 0 : cases[i].count);
		count = 0;
	}
	assert_int_equal(kh_file_replace(path, cases[1].text, strlen(cases[1].text), 0644), 0);
	assert_int_equal(kh_sign_public_load(path, keys, 1, &count), KH_E_TOO_LARGE);
	struct kh_sign_key key;
	kh_sign_key_create(&key);
	assert_int_equal(kh_sign_public_save(key.public, path), KH_E_EXISTS);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(kh_sign_public_save(key.public, path), 0);
	assert_int_equal(kh_sign_public_load(path, keys, 2, &count), 0);
	assert_int_equal(count, 1);
	assert_memory_equal(keys[0], key.public, sizeof key.public);
	kh_sign_key_done(&key);
	unlink(path);
	rmdir(dir);
	assert_int_equal(kh_sign_public_load(path, keys, 2, &count), KH_E_NOT_FOUND);
}

KH_TESTS(hashes_in_one_go_and_in_pieces, hashes_by_several_algorithms, hashes_a_descriptor, copies_and_hashes, compares_secrets, writes_and_reads_base64, refuses_other_spellings_of_base64, reads_paths_in_base64, makes_random_values, hashes_and_verifies_passwords, refuses_impossible_passwords, checks_the_password_policy, generates_passwords_that_meet_it, signs_and_verifies, keeps_keys_in_files,
	 keeps_public_keys_in_files)
