/* What a font's name says of the characters of a text in it. The fonts that made Windows' Western text Vietnamese are known by how their makers began the names:
 *
 *     .VnTime, .VnArial, …       TCVN3;  .VnTimeH, .VnArialH, …: the same, every letter drawn as a capital
 *     VNI-Times, VNI-Helve, …    VNI
 *     VPS Times, VPS Helv, …     VPS;    VPS Times Hoa: capitals
 *     VI Times, VI Arial, …      VISCII; VI Times H, VI Times Hoa: capitals
 *
 * In whatever case, with a PDF's "ABCDEF+" before it and a style behind it (".VnTimeH,Bold"). */
#pragma once

#include "document/vietnamese/charset.h"

#include <stdbool.h>

/* KH_CHARSET_UNICODE: the name says nothing. *ret_capitals: the font shows small letters as capitals. */
enum kh_charset kh_font_charset(const char *name, bool *ret_capitals);
