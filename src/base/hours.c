#include "base/hours.h"

#include "base/str.h"

#include <stdio.h>
#include <time.h>

enum { DAY_MINUTES = 24 * 60, EVERY_DAY = 0x7f };

static bool read_day(const char *text, int *ret)
{
	static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
	for (int i = 0; i < 7; i++)
		if (kh_streq_nocase(text, names[i])) {
			*ret = i;
			return true;
		}
	return false;
}

/* "sat", "fri-mon" */
static bool read_days(char *text, uint8_t *ret)
{
	int from = 0, till = 0;
	const char *first = kh_split(&text, "-");
	if (!read_day(first, &from) || (text && !read_day(text, &till)))
		return false;
	till = text ? till : from;
	*ret = (uint8_t)(1 << till);
	for (int day = from; day != till; day = (day + 1) % 7)
		*ret |= (uint8_t)(1 << day);
	return true;
}

static bool read_minute(char *text, int16_t *ret)
{
	int64_t hour = 0, minute = 0;
	const char *first = text ? kh_split(&text, ":") : NULL;
	if (!first || !text || strlen(text) != 2 || !kh_parse_int(first, 0, 24, &hour) || !kh_parse_int(text, 0, 59, &minute) || (hour == 24 && minute))
		return false;
	*ret = (int16_t)(hour * 60 + minute);
	return true;
}

bool kh_hours_parse(const char *text, struct kh_hours *ret)
{
	char copy[64];
	struct kh_hours h = {.days = EVERY_DAY};
	if (strlen(text) >= sizeof copy)
		return false;
	memcpy(copy, text, strlen(text) + 1);
	char *rest = kh_trim(copy), *days = strpbrk(rest, " \t") ? kh_split(&rest, " \t") : NULL;
	if (days && !read_days(days, &h.days))
		return false;
	rest = kh_trim(rest);
	char *from = kh_split(&rest, "-");
	if (!read_minute(from, &h.from) || !read_minute(rest, &h.till) || h.from == DAY_MINUTES || h.from == h.till)
		return false;
	*ret = h;
	return true;
}

int kh_hours_length(const struct kh_hours *h)
{
	return h->till - h->from + (h->till <= h->from ? DAY_MINUTES : 0);
}

int kh_hours_since(const struct kh_hours *h, int week_minute)
{
	int length = kh_hours_length(h);
	for (int day = 0; day < 7; day++) {
		int since = (week_minute - day * DAY_MINUTES - h->from + 2 * KH_WEEK_MINUTES) % KH_WEEK_MINUTES;
		if ((h->days >> day & 1) && since < length)
			return since;
	}
	return -1;
}

int kh_week_minute(int64_t s)
{
	time_t t = (time_t)s;
	struct tm tm = {0};
	localtime_r(&t, &tm);
	return (tm.tm_wday + 6) % 7 * DAY_MINUTES + tm.tm_hour * 60 + tm.tm_min;
}
