#include "cli/size.h"

#include "base/array.h"

#include <inttypes.h>
#include <stdio.h>

const char *kh_decimal_point(enum kh_language language)
{
	return language == KH_VI ? "," : ".";
}

const char *kh_size_text(enum kh_language language, uint64_t bytes, char out[KH_SIZE_TEXT])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	size_t unit = 0;
	uint64_t whole = bytes, tenths = 0;
	for (; whole >= 1024 && unit + 1 < KH_COUNT(units); unit++) {
		tenths = whole % 1024 * 10 / 1024;
		whole /= 1024;
	}
	if (unit == 0)
		snprintf(out, KH_SIZE_TEXT, "%" PRIu64 " B", bytes);
	else
		snprintf(out, KH_SIZE_TEXT, "%" PRIu64 "%s%" PRIu64 " %s", whole, kh_decimal_point(language), tenths, units[unit]);
	return out;
}
