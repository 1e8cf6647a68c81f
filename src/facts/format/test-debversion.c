#include "base/test.h"
#include "facts/format/debversion.h"

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void orders_versions(void **state)
{
	(void)state;
	static const struct {
		const char *a;
		int order;
		const char *b;
	} cases[] = {
		{"1.0", 0, "1.0-0"},        {"1.0", 0, "0:1.0"},         {"1:0.1", 1, "9.9"},             {"1.0~rc1", -1, "1.0"},     {"1.0~rc1", -1, "1.0~rc1+b1"},
		{"1.0", -1, "1.0+b1"},      {"1.0a", -1, "1.0+"},        {"1.0.10", 1, "1.0.9"},          {"1.01", 0, "1.1"},         {"1.0-1", -1, "1.0-1.1"},
		{"1-1-1", 1, "1-1"},        {"2.0-1~bpo12+1", -1, "2.0-1"}, {"", -1, "0.1"},              {"a", -1, "b"},             {"~", -1, ""},
		{"~~", -1, "~"},            {"1.2.3-1~deb7u1", -1, "1.2.3-1"}, {"3.0.15-1~deb12u1", -1, "3.0.15-1~deb12u3"},
		{"99999999999999999999999999999999", 1, "99999999999999999999999999999998"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		assert_int_equal(sign(kh_deb_version_compare(cases[i].a, cases[i].b)), cases[i].order);
		assert_int_equal(sign(kh_deb_version_compare(cases[i].b, cases[i].a)), -cases[i].order);
	}
}

KH_TESTS(orders_versions)
