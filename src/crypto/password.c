#include "crypto/password.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "crypto/random.h"

#include <sodium.h>
#include <string.h>
#include <utf8proc.h>

#define OPSLIMIT crypto_pwhash_OPSLIMIT_INTERACTIVE
#define MEMLIMIT crypto_pwhash_MEMLIMIT_INTERACTIVE

static int canonical(const char *password, char **ret)
{
	if (strlen(password) > KH_PASSWORD_MAX_BYTES)
		return kh_fail(KH_E_TOO_LARGE, "a password has at most %d bytes", KH_PASSWORD_MAX_BYTES);
	return kh_utf8_nfc(password, ret);
}

static void forget(char **secret)
{
	if (*secret)
		sodium_memzero(*secret, strlen(*secret));
	free(*secret);
}
#define auto_secret KH_CLEANUP(forget)

int kh_password_hash(const char *password, char **ret_hash)
{
	auto_secret char *nfc = NULL;
	int r = canonical(password, &nfc);
	if (r < 0)
		return r;
	kh_assert(sodium_init() >= 0);
	char text[crypto_pwhash_STRBYTES];
	if (crypto_pwhash_str_alg(text, nfc, strlen(nfc), OPSLIMIT, MEMLIMIT, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return kh_fail(KH_E_CRYPTO, "argon2id found no %zu MiB of memory", (size_t)MEMLIMIT >> 20);
	*ret_hash = kh_strdup(text);
	return 0;
}

/* Spends the time of a verification on nobody's password. */
static int verify_nobody(const char *password)
{
	auto_secret char *unused = NULL;
	return kh_password_hash(password, &unused);
}

int kh_password_verify(const char *hash, const char *password, bool *ret_match)
{
	auto_secret char *nfc = NULL;
	if (canonical(password, &nfc) < 0) {
		*ret_match = false;
		return 0;
	}
	if (!hash) {
		*ret_match = false;
		return verify_nobody(nfc);
	}
	kh_assert(sodium_init() >= 0);
	if (!kh_starts_with(hash, "$argon2id$") || strlen(hash) >= crypto_pwhash_STRBYTES)
		return kh_fail(KH_E_CRYPTO, "the stored password hash is not argon2id");
	*ret_match = crypto_pwhash_str_verify(hash, nfc, strlen(nfc)) == 0;
	return 0;
}

bool kh_password_needs_rehash(const char *hash)
{
	kh_assert(sodium_init() >= 0);
	return strlen(hash) >= crypto_pwhash_STRBYTES || crypto_pwhash_str_needs_rehash(hash, OPSLIMIT, MEMLIMIT) != 0;
}

enum { LOWER = 1, UPPER = 2, DIGIT = 4, OTHER = 8 };

static int class_of(utf8proc_int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LL:
		return LOWER;
	case UTF8PROC_CATEGORY_LU:
		return UPPER;
	case UTF8PROC_CATEGORY_ND:
		return DIGIT;
	default:
		return OTHER;
	}
}

static void measure(const char *nfc, size_t *ret_length, int *ret_classes)
{
	int seen = 0;
	size_t length = 0;
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)nfc;
	for (utf8proc_int32_t c = 0; *at; length++) {
		at += utf8proc_iterate(at, -1, &c);
		seen |= class_of(c);
	}
	*ret_length = length;
	*ret_classes = __builtin_popcount((unsigned)seen);
}

/* Folded (lower case, no marks). A password built on one of these is the first thing an attacker tries. */
static const char *const tried_first[] = {
	"password", "passw0rd", "p@ssword", "p@ssw0rd", "matkhau", "m@tkhau", "qwerty",   "asdfgh",   "abc123",    "abcd1234", "123456",   "654321",
	"111111",   "000000",   "admin",    "@dmin",    "root",    "letmein", "welcome",  "iloveyou", "anhyeuem",  "emyeuanh", "vietnam",  "hanoi",
	"saigon",   "ubnd",     "default",  "changeme", "guest",   "user",    "khien",    "quantri",  "quanly",    "hethong",  "phuong",   "tinh",
};

/* What a base word may be dressed with before it no longer carries the password. */
enum { MIN_OWN_CHARACTERS = 8 };

static bool built_on(const char *folded, const char *word)
{
	size_t n = strlen(word);
	return n >= 3 && strstr(folded, word) && strlen(folded) < n + MIN_OWN_CHARACTERS;
}

static int check_words(const char *nfc, const char *user_name)
{
	auto_secret char *folded = NULL;
	kh_auto_free char *name = NULL;
	int r = kh_utf8_fold(nfc, &folded);
	if (r == 0 && user_name)
		r = kh_utf8_fold(user_name, &name);
	if (r < 0)
		return r;
	if (name && built_on(folded, name))
		return kh_fail(KH_E_WEAK_PASSWORD, "it is the user name with little added");
	for (size_t i = 0; i < KH_COUNT(tried_first); i++)
		if (built_on(folded, tried_first[i]))
			return kh_fail(KH_E_WEAK_PASSWORD, "it is a common password with little added");
	return 0;
}

int kh_password_check(const struct kh_password_policy *policy, const char *user_name, const char *password)
{
	auto_secret char *nfc = NULL;
	if (canonical(password, &nfc) < 0)
		return kh_fail(KH_E_WEAK_PASSWORD, "it must be UTF-8 text of at most %d bytes", KH_PASSWORD_MAX_BYTES);
	size_t length = 0;
	int classes = 0;
	measure(nfc, &length, &classes);
	if (length < policy->min_length)
		return kh_fail(KH_E_WEAK_PASSWORD, "it must have at least %zu characters", policy->min_length);
	if (classes < policy->min_classes)
		return kh_fail(KH_E_WEAK_PASSWORD, "it must have at least %d of: lower case, upper case, digits, other characters", policy->min_classes);
	return check_words(nfc, user_name);
}

static void pick(char *to, const char *from)
{
	*to = from[kh_random_below((uint32_t)strlen(from))];
}

char *kh_password_generate(void)
{
	static const char lower[] = "abcdefghijkmnpqrstuvwxyz", upper[] = "ABCDEFGHJKLMNPQRSTUVWXYZ", digit[] = "23456789";
	static const char any[] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	enum { GROUPS = 5, GROUP = 4, SIZE = GROUPS * (GROUP + 1) };
	char *text = kh_alloc(SIZE);
	for (size_t i = 0; i < SIZE - 1; i++)
		pick(text + i, any);
	for (size_t i = GROUP; i < SIZE - 1; i += GROUP + 1)
		text[i] = '-';
	/* One of each class in the first group, so that every policy is met. */
	pick(text, lower);
	pick(text + 1, upper);
	pick(text + 2, digit);
	return text;
}
