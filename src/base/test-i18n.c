#include "base/alloc.h"
#include "base/i18n.h"
#include "base/test.h"

static void fills_parts(void **state)
{
	(void)state;
	kh_auto_free char *vi = kh_text_with(KH_VI, KH_T_TEST_GREETING, {"name", "chị {count}"}, {"count", "3"});
	assert_string_equal(vi, "Chào chị {count}, có 3 máy");
	kh_auto_free char *missing = kh_text_with(KH_EN, KH_T_TEST_GREETING, {"count", "3"});
	assert_string_equal(missing, "Hello {name}, 3 machines");
}

static void picks_a_language(void **state)
{
	(void)state;
	assert_int_equal(kh_language_accepted("en-GB,en;q=0.9", KH_VI), KH_EN);
	assert_int_equal(kh_language_accepted("fr, vi;q=0.8", KH_EN), KH_VI);
	assert_int_equal(kh_language_accepted("fr", KH_VI), KH_VI);
	assert_int_equal(kh_language_accepted(NULL, KH_EN), KH_EN);
	setenv("KHIEN_LANG", "en", 1);
	assert_int_equal(kh_language_of_environment(), KH_EN);
	setenv("KHIEN_LANG", "vi", 1);
	setenv("LANG", "en_US.UTF-8", 1);
	assert_int_equal(kh_language_of_environment(), KH_VI);
}

KH_TESTS(fills_parts, picks_a_language)
