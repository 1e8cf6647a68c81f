#include "guard/ransom_look.h"

#include "base/attr.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define WINDOW 512          /* encryptors that are in a hurry do not change more than the start */
#define RANDOM_MOST 380     /* chi-squared: 255 + 5.5 standard deviations */
#define MAX_EXTENSIONS 8    /* of one name that are looked at, from its end */

/* ---- names ---- */

enum promise {
	NOTHING,
	MARKED,   /* begins with the mark of some format */
	TEXT,     /* never random anywhere */
	SEALED,   /* random by nature: encrypted, or compressed without a mark */
	PASSING,  /* says nothing of what is in it: a copy, a part, a number */
};

enum { DOCUMENT = 1, READABLE = 2 };

static const struct extension {
	const char *name;
	enum promise promise;
	unsigned use;
} extensions[] = {
	{"doc", MARKED, DOCUMENT}, {"docx", MARKED, DOCUMENT}, {"docm", MARKED, DOCUMENT}, {"dotx", MARKED, DOCUMENT}, {"xls", MARKED, DOCUMENT},
	{"xlsx", MARKED, DOCUMENT}, {"xlsm", MARKED, DOCUMENT}, {"ppt", MARKED, DOCUMENT}, {"pptx", MARKED, DOCUMENT}, {"pps", MARKED, DOCUMENT},
	{"odt", MARKED, DOCUMENT}, {"ods", MARKED, DOCUMENT}, {"odp", MARKED, DOCUMENT}, {"odg", MARKED, DOCUMENT}, {"pdf", MARKED, DOCUMENT},
	{"rtf", MARKED, DOCUMENT}, {"vsd", MARKED, DOCUMENT}, {"vsdx", MARKED, DOCUMENT}, {"dwg", MARKED, DOCUMENT}, {"dxf", TEXT, DOCUMENT},
	{"psd", MARKED, DOCUMENT}, {"jpg", MARKED, DOCUMENT}, {"jpeg", MARKED, DOCUMENT}, {"png", MARKED, DOCUMENT | READABLE}, {"gif", MARKED, DOCUMENT},
	{"bmp", MARKED, DOCUMENT | READABLE}, {"tif", MARKED, DOCUMENT}, {"tiff", MARKED, DOCUMENT}, {"heic", MARKED, DOCUMENT}, {"webp", MARKED, DOCUMENT},
	{"mp3", MARKED, DOCUMENT}, {"m4a", MARKED, DOCUMENT}, {"wav", MARKED, DOCUMENT}, {"flac", MARKED, DOCUMENT}, {"ogg", MARKED, DOCUMENT},
	{"mp4", MARKED, DOCUMENT}, {"mov", MARKED, DOCUMENT}, {"avi", MARKED, DOCUMENT}, {"mkv", MARKED, DOCUMENT}, {"webm", MARKED, DOCUMENT},
	{"zip", MARKED, DOCUMENT}, {"rar", MARKED, DOCUMENT}, {"7z", MARKED, DOCUMENT}, {"gz", MARKED, 0}, {"tgz", MARKED, 0}, {"bz2", MARKED, 0},
	{"xz", MARKED, 0}, {"zst", MARKED, 0}, {"epub", MARKED, DOCUMENT}, {"sqlite", MARKED, DOCUMENT}, {"mdb", TEXT, DOCUMENT}, {"accdb", TEXT, DOCUMENT},
	{"txt", TEXT, DOCUMENT | READABLE}, {"csv", TEXT, DOCUMENT}, {"md", TEXT, DOCUMENT}, {"eml", TEXT, DOCUMENT}, {"sql", TEXT, DOCUMENT},
	{"html", TEXT, READABLE}, {"htm", TEXT, READABLE}, {"hta", TEXT, READABLE}, {"xml", TEXT, DOCUMENT}, {"json", TEXT, 0}, {"yaml", TEXT, 0},
	{"yml", TEXT, 0}, {"log", TEXT, 0}, {"ini", TEXT, 0}, {"conf", TEXT, 0}, {"c", TEXT, 0}, {"h", TEXT, 0}, {"cpp", TEXT, 0}, {"py", TEXT, 0},
	{"js", TEXT, 0}, {"ts", TEXT, 0}, {"css", TEXT, 0}, {"php", TEXT, 0}, {"java", TEXT, 0}, {"sh", TEXT, 0}, {"tex", TEXT, DOCUMENT}, {"svg", TEXT, DOCUMENT},
	{"gpg", SEALED, 0}, {"pgp", SEALED, 0}, {"asc", SEALED, 0}, {"age", SEALED, 0}, {"p7m", SEALED, 0}, {"p7s", SEALED, 0}, {"enc", SEALED, 0},
	{"kdbx", MARKED, DOCUMENT}, {"br", SEALED, 0}, {"brotli", SEALED, 0}, {"lzma", SEALED, 0}, {"o", PASSING, 0}, {"so", PASSING, 0}, {"a", PASSING, 0},
	{"tar", PASSING, 0}, {"bak", PASSING, 0}, {"old", PASSING, 0}, {"orig", PASSING, 0}, {"tmp", PASSING, 0}, {"part", PASSING, 0}, {"swp", PASSING, 0},
	{"save", PASSING, 0}, {"new", PASSING, 0}, {"lock", PASSING, 0}, {"crdownload", PASSING, 0}, {"partial", PASSING, 0}, {"dpkg-new", PASSING, 0},
	{"dpkg-old", PASSING, 0}, {"dpkg-tmp", PASSING, 0}, {"rpmnew", PASSING, 0}, {"rpmsave", PASSING, 0},
};

static bool is_number(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return n > 0;
}

static const struct extension *known(const char *s, size_t n)
{
	static const struct extension passing = {"", PASSING, 0};
	while (n && s[n - 1] == '~') /* an editor's copy */
		n--;
	if (is_number(s, n))
		return &passing;
	for (size_t i = 0; i < KH_COUNT(extensions); i++)
		if (strlen(extensions[i].name) == n && strncasecmp(extensions[i].name, s, n) == 0)
			return &extensions[i];
	return NULL;
}

/* The last extension; NULL when there is none, or nobody knows it. *ret_any: there is one. */
static const struct extension *last_extension(const char *name, bool *ret_any)
{
	const char *dot = strrchr(name, '.');
	*ret_any = dot && dot != name && dot[1];
	return *ret_any ? known(dot + 1, strlen(dot + 1)) : NULL;
}

static const struct extension *promising(const char *name)
{
	const char *end = name + strlen(name), *first = name + (*name == '.');
	for (int i = 0; i < MAX_EXTENSIONS; i++) {
		const char *dot = memrchr(first, '.', (size_t)(end - first));
		if (!dot || dot == first)
			return NULL;
		const struct extension *e = known(dot + 1, (size_t)(end - dot - 1));
		if (e && e->promise != PASSING)
			return e;
		end = dot;
	}
	return NULL;
}

bool kh_ransom_is_document(const char *name)
{
	bool any = false;
	const struct extension *e = last_extension(name, &any);
	return e && (e->use & DOCUMENT);
}

bool kh_ransom_is_readable(const char *name)
{
	bool any = false;
	const struct extension *e = last_extension(name, &any);
	return e && (e->use & READABLE);
}

bool kh_ransom_is_renamed_away(const char *old_name, const char *new_name)
{
	bool any = false;
	bool known_to_us = last_extension(new_name, &any);
	return kh_ransom_is_document(old_name) && any && !known_to_us;
}

/* ---- bytes ---- */

static const struct mark {
	size_t at, n;
	const char *bytes;
} marks[] = {
	{0, 2, "PK"}, {0, 4, "\xd0\xcf\x11\xe0"}, {0, 4, "%PDF"}, {0, 2, "%!"}, {0, 3, "\xff\xd8\xff"}, {0, 4, "\x89PNG"}, {0, 4, "GIF8"}, {0, 2, "BM"},
	{0, 4, "II*\0"}, {0, 4, "MM\0*"}, {0, 4, "RIFF"}, {0, 3, "ID3"}, {0, 2, "\xff\xfb"}, {0, 2, "\xff\xfa"}, {0, 2, "\xff\xf3"}, {0, 2, "\xff\xf1"},
	{0, 4, "OggS"}, {0, 4, "fLaC"}, {4, 4, "ftyp"}, {4, 4, "moov"}, {4, 4, "mdat"}, {4, 4, "wide"}, {0, 4, "\x1a\x45\xdf\xa3"}, {0, 6, "7z\xbc\xaf\x27\x1c"},
	{0, 4, "Rar!"}, {0, 2, "\x1f\x8b"}, {0, 2, "\x1f\x9d"}, {0, 3, "BZh"}, {0, 5, "\xfd" "7zXZ"}, {0, 4, "\x28\xb5\x2f\xfd"}, {0, 4, "\x04\x22\x4d\x18"},
	{0, 6, "SQLite"}, {0, 5, "{\\rtf"}, {0, 2, "MZ"}, {0, 4, "\x7f" "ELF"}, {0, 4, "PACK"}, {0, 4, "JM\1\0"}, {0, 7, "!<arch>"}, {0, 4, "xar!"}, {0, 4, "8BPS"}, {0, 4, "AC10"},
	{0, 4, "wOFF"}, {0, 4, "wOF2"}, {0, 4, "\0\1\0\0"}, {0, 4, "OTTO"}, {0, 8, "gimp xcf"}, {0, 4, "LUKS"}, {0, 4, "\x03\xd9\xa2\x9a"}, {0, 4, "AT&T"},
	{0, 4, "MSCF"}, {0, 5, "<?xml"}, {0, 4, "\xed\xab\xee\xdb"}, {0, 2, "\x78\x01"}, {0, 2, "\x78\x5e"}, {0, 2, "\x78\x9c"}, {0, 2, "\x78\xda"},
	{0, 4, "\0\0\1\0"}, {0, 4, "\0\0\1\xba"}, {0, 4, "\x30\x26\xb2\x75"}, {257, 5, "ustar"},
};

static bool has_mark(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < KH_COUNT(marks); i++)
		if (n >= marks[i].at + marks[i].n && memcmp(p + marks[i].at, marks[i].bytes, marks[i].n) == 0)
			return true;
	return false;
}

static bool is_random(const uint8_t *p, size_t n)
{
	uint32_t count[256] = {0};
	uint64_t squares = 0;
	if (n < KH_RANSOM_LEAST)
		return false;
	for (size_t i = 0; i < n; i++)
		count[p[i]]++;
	for (size_t i = 0; i < KH_COUNT(count); i++)
		squares += (uint64_t)count[i] * count[i];
	return squares * 256 / n - n <= RANDOM_MOST;
}

static bool any_random(const uint8_t *p, size_t n)
{
	for (size_t at = 0; at + KH_RANSOM_LEAST <= n; at += WINDOW)
		if (is_random(p + at, KH_MIN(n - at, (size_t)WINDOW)))
			return true;
	return false;
}

/* What is compressed is no encryption, whatever its name. */
static bool is_scrambled_text(const uint8_t *head, size_t head_n, const uint8_t *middle, size_t middle_n)
{
	return !has_mark(head, head_n) && (any_random(head, head_n) || any_random(middle, middle_n));
}

enum kh_ransom_look kh_ransom_look(const char *name, const uint8_t *head, size_t head_n, const uint8_t *middle, size_t middle_n)
{
	const struct extension *e = promising(name);
	bool random_start = is_random(head, KH_MIN(head_n, (size_t)WINDOW));
	switch (e ? e->promise : NOTHING) {
	case TEXT:
		return is_scrambled_text(head, head_n, middle, middle_n) ? KH_RANSOM_SCRAMBLED : KH_RANSOM_PLAIN;
	case MARKED:
		return random_start && !has_mark(head, head_n) ? KH_RANSOM_SCRAMBLED : KH_RANSOM_PLAIN;
	case SEALED:
	case NOTHING:
	case PASSING:
		break;
	}
	return random_start && is_random(head, head_n) && !has_mark(head, head_n) ? KH_RANSOM_SEALED : KH_RANSOM_PLAIN;
}
