#include "base/cvd.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

#include <stdio.h>

enum { MAGIC, DATE, VERSION, SIGNATURES, LEVEL, MD5, SIGNATURE, BUILDER, BUILT, FIELDS };

static bool read_number(const char *text, int64_t max, int64_t *ret)
{
	return kh_parse_int(text, 0, max, ret);
}

static bool copy(char *to, size_t size, const char *text)
{
	return (size_t)snprintf(to, size, "%s", text) < size;
}

int kh_cvd_parse(const char *bytes, size_t n, struct kh_cvd *ret)
{
	kh_auto_free char *head = kh_strndup(bytes ? bytes : "", KH_MIN(n, (size_t)KH_CVD_HEAD));
	char *rest = kh_trim(head), *fields[FIELDS] = {NULL};
	struct kh_cvd cvd = {0};
	for (int i = 0; i < FIELDS; i++)
		fields[i] = kh_split(&rest, ":\r\n");
	if (!fields[BUILT] || !kh_streq(fields[MAGIC], "ClamAV-VDB") || !read_number(fields[VERSION], INT32_MAX, &cvd.version) ||
	    !read_number(fields[SIGNATURES], INT32_MAX, &cvd.signatures) || !read_number(fields[LEVEL], INT32_MAX, &cvd.level) ||
	    !read_number(fields[BUILT], UINT32_MAX, &cvd.built_s) || !copy(cvd.md5, sizeof cvd.md5, fields[MD5]) ||
	    !copy(cvd.signature, sizeof cvd.signature, fields[SIGNATURE]))
		return kh_fail(KH_E_SYNTAX, "no head of a ClamAV database");
	*ret = cvd;
	return 0;
}
