#include "server/register/form.h"

#include "base/test.h"

static void forms_fit(void **state)
{
	(void)state;
	static const struct {
		enum kh_text_form form;
		const char *good[6], *bad[8];
	} cases[] = {
		{KH_TEXT_FORM_NONE, {"", "gì cũng được"}, {NULL}},
		{KH_TEXT_FORM_EMAIL, {"a@b.vn", "truc.ban+1@xa-a.example.vn"}, {"", "a", "@b.vn", "a@b", "a@b@c.vn", "a b@c.vn", "a@1.2.3.4"}},
		{KH_TEXT_FORM_PHONE, {"113", "+84 28 3822.0000", "(028) 3822-0000", "0283822/0000"}, {"", "11", "abc", "1+13", "113x", "123456789012345678901"}},
		{KH_TEXT_FORM_IP, {"192.0.2.1", "2001:db8::1"}, {"", "192.0.2", "192.0.2.256", "a.example", "192.0.2.1/24"}},
		{KH_TEXT_FORM_NETWORK, {"192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "0.0.0.0/0"}, {"", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "x/24", "2001:db8::/129"}},
		{KH_TEXT_FORM_DOMAIN, {"xa-a.example.vn", "example.vn"}, {"", "vn", "*.example.vn", "192.0.2.1", "a b.vn", "https://example.vn"}},
		{KH_TEXT_FORM_URL,
		 {"https://example.vn", "http://192.0.2.1:8080/a?b#c", "https://example.vn/%C4%91"},
		 {"", "example.vn", "javascript:alert(1)", "https://", "https:///x", "ftp://example.vn", "https://exa mple.vn", "https://a\"b.vn"}},
		{KH_TEXT_FORM_SHA256,
		 {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"},
		 {"", "e3b0", "g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555"}},
		{KH_TEXT_FORM_HOST, {"may-01", "may-01.example.vn", "192.0.2.1"}, {"", "*.example.vn", "a b", "a/b"}},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		for (const char *const *text = cases[i].good; text < cases[i].good + KH_COUNT(cases[i].good) && *text; text++)
			if (!kh_form_fits(cases[i].form, *text))
				fail_msg("form %d does not take \"%s\"", cases[i].form, *text);
		for (const char *const *text = cases[i].bad; text < cases[i].bad + KH_COUNT(cases[i].bad) && *text; text++)
			if (kh_form_fits(cases[i].form, *text))
				fail_msg("form %d takes \"%s\"", cases[i].form, *text);
		if (cases[i].form != KH_TEXT_FORM_NONE)
			assert_non_null(kh_form_expected(cases[i].form));
	}
}

KH_TESTS(forms_fit)
