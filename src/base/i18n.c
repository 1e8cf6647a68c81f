#include "base/i18n.h"

#include "base/buf.h"
#include "base/str.h"

#include <stdlib.h>
#include <strings.h>

bool kh_language_parse(const char *name, enum kh_language *ret)
{
	bool vi = kh_streq(name, "vi"), en = kh_streq(name, "en");
	if (vi || en)
		*ret = vi ? KH_VI : KH_EN;
	return vi || en;
}

enum kh_language kh_language_of_environment(void)
{
	static const char *const variables[] = {"KHIEN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"};
	for (size_t i = 0; i < KH_COUNT(variables); i++) {
		const char *value = getenv(variables[i]);
		if (value && kh_starts_with(value, "vi"))
			return KH_VI;
		if (value && (kh_streq(value, "en") || kh_starts_with(value, "en_")))
			return KH_EN;
	}
	return KH_VI;
}

enum kh_language kh_language_accepted(const char *header, enum kh_language otherwise)
{
	for (const char *p = header; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
		p += strspn(p, " ,");
		if (strncasecmp(p, "vi", 2) == 0)
			return KH_VI;
		if (strncasecmp(p, "en", 2) == 0)
			return KH_EN;
	}
	return otherwise;
}

enum { NOT_SAID = -1 };
static _Thread_local int spoken = NOT_SAID;

enum kh_language kh_language(void)
{
	return spoken == NOT_SAID ? kh_language_of_environment() : (enum kh_language)spoken;
}

void kh_language_use(enum kh_language language)
{
	spoken = (int)language;
}

static int by_english(const void *key, const void *entry)
{
	return strcmp(key, ((const struct kh_detail_words *)entry)->english);
}

const char *kh_words(const char *english)
{
	const struct kh_detail_words *found =
		kh_language() == KH_EN ? NULL : bsearch(english, kh_details, kh_details_count, sizeof *kh_details, by_english);
	return found ? found->vietnamese : english;
}

const char *kh_text(enum kh_language language, enum kh_message message)
{
	return kh_messages[message][language];
}

static const char *part_named(const struct kh_text_part *parts, const char *name, size_t len)
{
	for (; parts->name; parts++)
		if (strlen(parts->name) == len && memcmp(parts->name, name, len) == 0)
			return parts->text ? parts->text : "";
	return NULL;
}

char *kh_text_parts(enum kh_language language, enum kh_message message, const struct kh_text_part *parts)
{
	struct kh_buf out = KH_BUF_INIT;
	const char *p = kh_text(language, message);
	while (*p) {
		size_t plain = strcspn(p, "{");
		kh_buf_add(&out, p, plain);
		p += plain;
		const char *close = *p ? strchr(p, '}') : NULL;
		const char *text = close ? part_named(parts, p + 1, (size_t)(close - p - 1)) : NULL;
		if (text)
			kh_buf_adds(&out, text);
		else if (*p)
			kh_buf_addc(&out, *p);
		p += text ? (size_t)(close - p) + 1 : *p != '\0';
	}
	return kh_buf_take(&out);
}
