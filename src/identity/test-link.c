#include "base/test.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "identity/link.h"
#include "identity/proxy.h"

#define TOKEN "0123456789abcdefABCDEF-_01234567"
#define PIN "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"

static void reads_links(void **state)
{
	(void)state;
	static const struct {
		const char *text, *server;
	} cases[] = {
		{"https://may-chu.xa.vn:8443/e/" TOKEN "#" PIN, "https://may-chu.xa.vn:8443"},
		{"https://10.1.2.3/e/" TOKEN "#" PIN, "https://10.1.2.3"},
		{"https://[fd00::1]:8443/e/" TOKEN "#" PIN, "https://[fd00::1]:8443"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_enrolment_link struct kh_enrolment_link link = {0};
		assert_int_equal(kh_enrolment_link_parse(cases[i].text, &link), 0);
		assert_string_equal(link.server_url, cases[i].server);
		assert_string_equal(link.token, TOKEN);
		assert_string_equal(link.pin, PIN);
	}
}

static void refuses_what_is_none_and_tells_no_token(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"khien",
		"http://a/e/" TOKEN "#" PIN,
		"https://",
		"https:///e/" TOKEN "#" PIN,
		"https://a",
		"https://a/",
		"https://user@a/e/" TOKEN "#" PIN,
		"https://a b/e/" TOKEN "#" PIN,
		"https://a/x/" TOKEN "#" PIN,
		"https://a/e/" TOKEN,
		"https://a/e/" TOKEN "#",
		"https://a/e/" TOKEN "0#" PIN,
		"https://a/e/" TOKEN "#" PIN "0",
		"https://a/e/" TOKEN "#" PIN "\n",
		"https://a/e/0123456789abcdefABCDEF-_0123456+#" PIN,
	};
	for (size_t i = 0; i < KH_COUNT(bad); i++) {
		struct kh_enrolment_link link = {0};
		assert_int_equal(kh_enrolment_link_parse(bad[i], &link), KH_E_USAGE);
		assert_null(link.server_url);
		assert_null(strstr(kh_fail_detail(), "0123456789abcdef"));
	}
}

static void chooses_the_proxy(void **state)
{
	(void)state;
	static const struct {
		const char *url, *configured, *environment, *exempt, *expected;
	} cases[] = {
		{"https://s.vn:8443", NULL, NULL, NULL, ""},
		{"https://s.vn:8443", "http://p:3128", NULL, NULL, "http://p:3128"},
		{"https://s.vn:8443", "", "http://e:1", NULL, "http://e:1"},
		{"https://s.vn:8443", "none", "http://e:1", NULL, ""},
		{"https://s.vn:8443", NULL, "http://e:1", "a.vn, s.vn", ""},
		{"https://x.s.vn", NULL, "http://e:1", ".s.vn", ""},
		{"https://xs.vn", NULL, "http://e:1", "s.vn", "http://e:1"},
		{"https://s.vn", NULL, "http://e:1", "*", ""},
		{"https://127.0.0.1:8443", NULL, "http://e:1", NULL, ""},
		{"https://[::1]:8443", NULL, "http://e:1", NULL, ""},
		{"https://[::1]:8443", "http://p:1", "http://e:1", NULL, "http://p:1"},
	};
	unsetenv("HTTPS_PROXY");
	unsetenv("NO_PROXY");
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		unsetenv("https_proxy");
		unsetenv("no_proxy");
		if (cases[i].environment)
			setenv("https_proxy", cases[i].environment, 1);
		if (cases[i].exempt)
			setenv("no_proxy", cases[i].exempt, 1);
		kh_auto_free char *proxy = kh_proxy_for(cases[i].url, cases[i].configured);
		assert_string_equal(proxy, cases[i].expected);
	}
}

KH_TESTS(reads_links, refuses_what_is_none_and_tells_no_token, chooses_the_proxy)
