#include "base/cvd.h"
#include "base/error.h"
#include "base/test.h"

#define GOOD "ClamAV-VDB:07 Nov 2024 10-32 +0100:27451:2067301:90:0123456789abcdef0123456789abcdef:sig:builder:1730971920"

static void reads_heads(void **state)
{
	(void)state;
	static const char *const good[] = {GOOD, GOOD "      ", GOOD "\n", GOOD "\r\nx.hdb:1:2\n", GOOD ":more"};
	for (size_t i = 0; i < KH_COUNT(good); i++) {
		struct kh_cvd cvd = {0};
		assert_int_equal(kh_cvd_parse(good[i], strlen(good[i]), &cvd), 0);
		assert_int_equal(cvd.built_s, 1730971920);
		assert_int_equal(cvd.version, 27451);
		assert_int_equal(cvd.signatures, 2067301);
		assert_int_equal(cvd.level, 90);
		assert_string_equal(cvd.md5, "0123456789abcdef0123456789abcdef");
		assert_string_equal(cvd.signature, "sig");
	}
}

static void refuses_what_is_none(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"ClamAV-VDB:",
		"Other:07 Nov 2024 10-32 +0100:1:1:90:x:x:b:1",
		"ClamAV-VDB:d:x:1:90:x:x:b:1",
		"ClamAV-VDB:d:1::90:x:x:b:1",
		"ClamAV-VDB:d:1:1:90:x:x:b",
		"ClamAV-VDB:d:1:1:90:x:x:b:99999999999",
		"ClamAV-VDB:d:1:1:90:0123456789abcdef0123456789abcdef0:x:b:1",
	};
	for (size_t i = 0; i < KH_COUNT(bad); i++) {
		struct kh_cvd cvd = {.version = 7};
		assert_int_equal(kh_cvd_parse(bad[i], strlen(bad[i]), &cvd), KH_E_SYNTAX);
		assert_int_equal(cvd.version, 7);
	}
	assert_int_equal(kh_cvd_parse(NULL, 0, &(struct kh_cvd){0}), KH_E_SYNTAX);
}

KH_TESTS(reads_heads, refuses_what_is_none)
