#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/test.h"

#include <errno.h>
#include <pthread.h>

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

/* The first and the last of the table too: it is searched by halves. */
static void words_follow_the_thread(void **state)
{
	(void)state;
	kh_language_use(KH_VI);
	for (size_t i = 0; i < kh_details_count; i++)
		assert_ptr_equal(kh_words(kh_details[i].english), kh_details[i].vietnamese);
	assert_string_equal(kh_words("true or false"), "true hoặc false");
	assert_string_equal(kh_words("/etc/hosts"), "/etc/hosts");
	kh_language_use(KH_EN);
	assert_string_equal(kh_words("true or false"), "true or false");
}

static void *speak_without_being_told(void *arg)
{
	*(enum kh_language *)arg = kh_language();
	return NULL;
}

static void a_new_thread_speaks_as_the_environment_says(void **state)
{
	(void)state;
	enum kh_language spoken = KH_EN;
	pthread_t thread;
	setenv("KHIEN_LANG", "vi", 1);
	kh_language_use(KH_EN);
	assert_int_equal(pthread_create(&thread, NULL, speak_without_being_told, &spoken), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(spoken, KH_VI);
	assert_int_equal(kh_language(), KH_EN);
}

static void errors_speak(void **state)
{
	(void)state;
	static const struct {
		enum kh_language language;
		const char *field, *places, *call, *rare, *in;
	} cases[] = {
		{KH_EN, "field \"a\": 7 is outside 1 … 5", "listening on x port 1: Permission denied", "/a: Is a directory", "/a: Level 2 halted", "migration 3: text is not UTF-8"},
		{KH_VI, "trường \"a\": giá trị 7 nằm ngoài khoảng từ 1 đến 5", "lắng nghe ở x cổng 1: không có quyền truy cập", "/a: đây là thư mục, không phải tệp",
		 "/a: Level 2 halted", "bước nâng cấp 3: văn bản không đúng bảng mã UTF-8"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_language_use(cases[i].language);
		assert_int_equal(kh_fail(KH_E_INVALID_FIELD, "field \"%s\": %lld is outside %lld … %lld", "a", 7LL, 1LL, 5LL), KH_E_INVALID_FIELD);
		assert_string_equal(kh_fail_detail(), cases[i].field);
		errno = EACCES;
		assert_int_equal(kh_fail_errno("listening on %s port %u", "x", 1U), KH_E_PERMISSION);
		assert_string_equal(kh_fail_detail(), cases[i].places);
		errno = EISDIR;
		assert_int_equal(kh_fail_errno("%s", "/a"), KH_E_IO);
		assert_string_equal(kh_fail_detail(), cases[i].call);
		errno = EL2HLT; /* not in our table: the C library's words */
		assert_int_equal(kh_fail_errno("%s", "/a"), KH_E_IO);
		assert_string_equal(kh_fail_detail(), cases[i].rare);
		kh_ignore(kh_fail(KH_E_ENCODING, "text is not UTF-8"));
		assert_int_equal(kh_fail_in(KH_E_ENCODING, "migration %s", "3"), KH_E_ENCODING);
		assert_string_equal(kh_fail_detail(), cases[i].in);
	}
}

KH_TESTS(fills_parts, picks_a_language, words_follow_the_thread, a_new_thread_speaks_as_the_environment_says, errors_speak)
