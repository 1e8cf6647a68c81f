/* The character sets in which Vietnamese was and is written. */
#pragma once

enum kh_charset {
	KH_CHARSET_UNICODE, /* UTF-8, UTF-16, and all formats that say Unicode, when the text is */
	KH_CHARSET_TCVN3,   /* TCVN 5712:1993 VN3, "ABC": fonts .VnTime …; .VnTimeH shows small letters as capitals */
	KH_CHARSET_VNI,     /* VNI Windows: two bytes for most letters; fonts VNI-Times … */
	KH_CHARSET_VPS,
	KH_CHARSET_VISCII,  /* RFC 1456 */
	KH_CHARSET_CP1258,  /* Windows: tones follow the vowel */
	KH_CHARSET_CP1252,  /* Western: no Vietnamese */
	KH_CHARSETS
};
const char *kh_charset_name(enum kh_charset c); /* "unicode", "tcvn3" … */
