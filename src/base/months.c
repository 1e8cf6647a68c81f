#include "base/months.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

static bool make(int64_t year, int64_t part, int count, struct kh_months *ret)
{
	if (year < 2020 || year > 9998 || part < 1 || part > 12 / count)
		return false;
	*ret = (struct kh_months){year, (int)(part - 1) * count + 1, count};
	return true;
}

bool kh_months_parse(const char *text, struct kh_months *ret)
{
	size_t n = strlen(text);
	int64_t year = 0, part = 1;
	kh_auto_free char *digits = kh_strndup(text, 4);
	if (n < 4 || !kh_parse_int(digits, 0, 9999, &year))
		return false;
	if (n == 4)
		return make(year, 1, 12, ret);
	if (n != 7 || text[4] != '-')
		return false;
	if (text[5] == 'Q')
		return kh_parse_int(text + 6, 1, 4, &part) && make(year, part, 3, ret);
	return (text[5] == '0' || text[5] == '1') && kh_parse_int(text + 5 + (text[5] == '0'), 1, 12, &part) && make(year, part, 1, ret);
}

/* "4/2026", "4 nam 2026", "4 of 2026" */
static bool read_part(const char *text, int count, struct kh_months *ret)
{
	int part = 0, year = 0, used = 0;
	if (sscanf(text, "%2d/%4d%n", &part, &year, &used) != 2 && sscanf(text, "%2d-%4d%n", &part, &year, &used) != 2 &&
	    sscanf(text, "%2d nam %4d%n", &part, &year, &used) != 2 && sscanf(text, "%2d of %4d%n", &part, &year, &used) != 2)
		return false;
	return used && !text[used] && make(year, part, count, ret);
}

bool kh_months_read(const char *text, struct kh_months *ret)
{
	static const struct {
		const char *word;
		int count;
	} words[] = {{"thang ", 1}, {"month ", 1}, {"quy ", 3}, {"quarter ", 3}, {"nam ", 12}, {"year ", 12}};
	kh_auto_free char *folded = NULL;
	if (kh_months_parse(text, ret))
		return true;
	if (kh_utf8_fold(text, &folded) < 0)
		return false;
	for (size_t i = 0; i < KH_COUNT(words); i++) {
		const char *rest = folded + strlen(words[i].word);
		if (kh_starts_with(folded, words[i].word))
			return words[i].count == 12 ? strlen(rest) == 4 && kh_months_parse(rest, ret) : read_part(rest, words[i].count, ret);
	}
	return read_part(folded, 1, ret);
}

const char *kh_months_text(const struct kh_months *m, char out[KH_MONTHS_SIZE])
{
	const int part = (m->first - 1) / m->count + 1;
	if (m->count == 12)
		snprintf(out, KH_MONTHS_SIZE, "%04lld", (long long)m->year);
	else if (m->count == 3)
		snprintf(out, KH_MONTHS_SIZE, "%04lld-Q%d", (long long)m->year, part);
	else
		snprintf(out, KH_MONTHS_SIZE, "%04lld-%02d", (long long)m->year, part);
	return out;
}

const char *kh_months_words(const struct kh_months *m, char out[KH_MONTHS_SIZE])
{
	const int part = (m->first - 1) / m->count + 1;
	if (m->count == 12)
		snprintf(out, KH_MONTHS_SIZE, kh_words("Year %lld"), (long long)m->year);
	else
		snprintf(out, KH_MONTHS_SIZE, m->count == 1 ? kh_words("Month %d/%lld") : kh_words("Quarter %d/%lld"), part, (long long)m->year);
	return out;
}
