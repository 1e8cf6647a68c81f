#include "facts/format/repomd.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/str.h"
#include "facts/format/dates.h"

bool kh_repomd_made(const char *text, size_t n, int64_t *ret_s)
{
	static const char open[] = "<timestamp>";
	kh_auto_free char *copy = kh_strndup(text ? text : "", n);
	int64_t newest = -1, latest = 0;
	if (!kh_date_of(9999, 12, 31, &latest))
		return false;
	for (char *p = copy; (p = strstr(p, open)) != NULL;) {
		int64_t made = 0;
		p += strlen(open);
		size_t digits = strspn(p, "0123456789");
		kh_auto_free char *number = kh_strndup(p, digits);
		if ((p[digits] == '<' || p[digits] == '.') && kh_parse_int(number, 0, latest, &made))
			newest = KH_MAX(newest, made);
	}
	if (newest < 0)
		return false;
	*ret_s = newest;
	return true;
}
