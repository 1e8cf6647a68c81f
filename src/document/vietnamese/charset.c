#include "document/vietnamese/charset.h"

const char *kh_charset_name(enum kh_charset c)
{
	static const char *const names[KH_CHARSETS] = {
		[KH_CHARSET_UNICODE] = "unicode", [KH_CHARSET_TCVN3] = "tcvn3",   [KH_CHARSET_VNI] = "vni",       [KH_CHARSET_VPS] = "vps",
		[KH_CHARSET_VISCII] = "viscii",   [KH_CHARSET_CP1258] = "cp1258", [KH_CHARSET_CP1252] = "cp1252",
	};
	return names[c];
}
