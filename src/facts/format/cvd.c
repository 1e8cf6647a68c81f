#include "facts/format/cvd.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/dates.h"

#define HEAD 512

int kh_cvd_parse(const char *bytes, size_t n, struct kh_cvd *ret)
{
	kh_auto_free char *head = kh_strndup(bytes ? bytes : "", KH_MIN(n, HEAD));
	char *rest = head;
	struct kh_cvd cvd = {0};
	const char *magic = kh_split(&rest, ":"), *built = kh_split(&rest, ":"), *version = kh_split(&rest, ":"), *signatures = kh_split(&rest, ":");
	if (!kh_streq(magic, "ClamAV-VDB") || !built || !kh_date_mail(built, &cvd.built_s) || !kh_parse_int(version, 0, INT32_MAX, &cvd.version) ||
	    !kh_parse_int(signatures, 0, INT32_MAX, &cvd.signatures))
		return kh_fail(KH_E_SYNTAX, "no head of a ClamAV database");
	*ret = cvd;
	return 0;
}
