#include "base/array.h"
#include "base/test.h"
#include "cli/size.h"

static void sizes(void **state)
{
	(void)state;
	static const struct {
		uint64_t bytes;
		const char *vi, *en;
	} cases[] = {
		{0, "0 B", "0 B"},
		{1023, "1023 B", "1023 B"},
		{1024, "1,0 KiB", "1.0 KiB"},
		{1048575, "1023,9 KiB", "1023.9 KiB"},
		{8120172544, "7,5 GiB", "7.5 GiB"},
		{256060514304, "238,4 GiB", "238.4 GiB"},
		{UINT64_MAX, "16383,9 PiB", "16383.9 PiB"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		char text[KH_SIZE_TEXT];
		assert_string_equal(kh_size_text(KH_VI, cases[i].bytes, text), cases[i].vi);
		assert_string_equal(kh_size_text(KH_EN, cases[i].bytes, text), cases[i].en);
	}
}

KH_TESTS(sizes)
