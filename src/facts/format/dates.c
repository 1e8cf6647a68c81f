#include "facts/format/dates.h"

#include "base/str.h"

#include <ctype.h>

/* Up to `most` digits; false when there is none. */
static bool number(const char **p, int most, int64_t *ret)
{
	int64_t v = 0;
	int n = 0;
	for (; n < most && **p >= '0' && **p <= '9'; n++)
		v = v * 10 + *(*p)++ - '0';
	*ret = v;
	return n > 0;
}

static bool character(const char **p, char c)
{
	if (**p != c)
		return false;
	++*p;
	return true;
}

static void blanks(const char **p)
{
	while (**p == ' ' || **p == '\t')
		++*p;
}

static bool leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool kh_date_of(int64_t year, int64_t month, int64_t day, int64_t *ret_s)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	if (day > lengths[month - 1] + (month == 2 && leap(year)))
		return false;
	int64_t days = day - 1;
	for (int64_t m = 1; m < month; m++)
		days += lengths[m - 1] + (m == 2 && leap(year));
	int64_t y = year - 1;
	days += 365 * (year - 1970) + (y / 4 - y / 100 + y / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
	*ret_s = days * 86400;
	return true;
}

static bool month_name(const char **p, int64_t *ret)
{
	static const char names[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	for (size_t i = 0; i < KH_COUNT(names); i++)
		if (strncmp(*p, names[i], 3) == 0) {
			*p += 3;
			*ret = (int64_t)i + 1;
			return true;
		}
	return false;
}

/* "+0700" → seconds east; words (UTC, GMT) and nothing count as 0. */
static int64_t zone(const char **p)
{
	int64_t hhmm = 0;
	int sign = **p == '-' ? -1 : 1;
	if (!character(p, '+') && !character(p, '-'))
		return 0;
	if (!number(p, 4, &hhmm) || hhmm > 1400)
		return 0;
	return sign * (hhmm / 100 * 3600 + hhmm % 100 * 60);
}

/* "09:42:05", "09-42-05", seconds or not; nothing is midnight. */
static bool clock_time(const char **p, int64_t *ret_s)
{
	int64_t hour = 0, minute = 0, second = 0;
	*ret_s = 0;
	if (!number(p, 2, &hour))
		return true;
	char separator = **p;
	if ((separator != ':' && separator != '-') || !character(p, separator) || !number(p, 2, &minute))
		return false;
	if (character(p, separator) && !number(p, 2, &second))
		return false;
	*ret_s = hour * 3600 + minute * 60 + second;
	return hour < 24 && minute < 60 && second < 61;
}

bool kh_date_mail(const char *text, int64_t *ret_s)
{
	int64_t day = 0, month = 0, year = 0, midnight = 0, clock = 0;
	const char *p = text;
	blanks(&p);
	while (isalpha((unsigned char)*p) || *p == ',' || *p == ' ')
		p++;
	if (!number(&p, 2, &day))
		return false;
	blanks(&p);
	if (!month_name(&p, &month))
		return false;
	blanks(&p);
	if (!number(&p, 4, &year) || !kh_date_of(year, month, day, &midnight))
		return false;
	blanks(&p);
	if (!clock_time(&p, &clock))
		return false;
	blanks(&p);
	int64_t moment = midnight + clock - zone(&p);
	if (moment < 0)
		return false;
	*ret_s = moment;
	return true;
}

/* The time behind a date that ended at p, when a separator and a time stand there; else nothing. */
static int64_t time_behind(const char *p)
{
	int64_t clock = 0;
	if (*p != 'T' && *p != ' ' && *p != '_')
		return 0;
	p++;
	if (!clock_time(&p, &clock))
		return 0;
	while (*p == '.' || (*p >= '0' && *p <= '9')) /* fractions */
		p++;
	return clock - zone(&p);
}

bool kh_date_iso(const char *text, int64_t *ret_s)
{
	for (const char *p = text; *p; p++) {
		const char *q = p;
		int64_t year = 0, month = 0, day = 0, midnight = 0;
		if (!number(&q, 4, &year) || q != p + 4 || !character(&q, '-') || !number(&q, 2, &month) || !character(&q, '-') || !number(&q, 2, &day))
			continue;
		if (!kh_date_of(year, month, day, &midnight))
			return false;
		*ret_s = midnight + time_behind(q);
		return true;
	}
	return false;
}

bool kh_date_us(const char *text, int64_t *ret_s)
{
	int64_t year = 0, month = 0, day = 0;
	const char *p = text;
	return number(&p, 2, &month) && character(&p, '/') && number(&p, 2, &day) && character(&p, '/') && number(&p, 4, &year) &&
	       kh_date_of(year, month, day, ret_s);
}

bool kh_date_compact(const char *text, int64_t *ret_s)
{
	int64_t digits = 0, clock = 0, midnight = 0;
	const char *p = text;
	if (!number(&p, 8, &digits) || p != text + 8 || !kh_date_of(digits / 10000, digits / 100 % 100, digits % 100, &midnight))
		return false;
	if (*p == 'T' && p++ && number(&p, 6, &clock) && clock / 10000 < 24 && clock / 100 % 100 < 60)
		midnight += clock / 10000 * 3600 + clock / 100 % 100 * 60 + clock % 100;
	*ret_s = midnight;
	return true;
}
