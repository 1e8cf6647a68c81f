#include "document/vietnamese/fonts.h"

#include "base/attr.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *beginning;
	enum kh_charset charset;
	const char *capitals[2]; /* how the names of its fonts of capitals end */
} makers[] = {
	{".vn", KH_CHARSET_TCVN3, {"h"}},
	{".tmc", KH_CHARSET_TCVN3, {"h"}},
	{"vni-", KH_CHARSET_VNI, {NULL}},
	{"vni ", KH_CHARSET_VNI, {NULL}},
	{"vps", KH_CHARSET_VPS, {" h", "hoa"}},
	{"vi ", KH_CHARSET_VISCII, {" h", "hoa"}},
	{"viscii", KH_CHARSET_VISCII, {" h", "hoa"}},
};

/* Behind the six capitals that mark a part of a font in a PDF. */
static const char *skip_subset_tag(const char *name)
{
	enum { TAG = 6 };
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return n == TAG && name[TAG] == '+' ? name + TAG + 1 : name;
}

/* Bytes of the name without its style: ".VnTimeH,BoldItalic", ".VnTimeH-Bold", ".VnTimeH Bold". */
static size_t family_size(const char *name)
{
	static const char *const styles[] = {" bold", " italic", " regular", "-bold", "-italic", "-regular"};
	size_t n = strcspn(name, ",");
	for (size_t i = 0; i < KH_COUNT(styles); i++) {
		const char *style = strcasestr(name, styles[i]);
		if (style && (size_t)(style - name) < n)
			n = (size_t)(style - name);
	}
	return n;
}

static bool ends(const char *name, size_t n, const char *ending)
{
	return ending && n > strlen(ending) && strncasecmp(name + n - strlen(ending), ending, strlen(ending)) == 0;
}

enum kh_charset kh_font_charset(const char *name, bool *ret_capitals)
{
	*ret_capitals = false;
	if (!name)
		return KH_CHARSET_UNICODE;
	name = skip_subset_tag(name);
	for (size_t i = 0; i < KH_COUNT(makers); i++) {
		if ((*name | 0x20) != (*makers[i].beginning | 0x20) || strncasecmp(name, makers[i].beginning, strlen(makers[i].beginning)) != 0)
			continue;
		size_t n = family_size(name);
		*ret_capitals = ends(name, n, makers[i].capitals[0]) || ends(name, n, makers[i].capitals[1]);
		return makers[i].charset;
	}
	return KH_CHARSET_UNICODE;
}
