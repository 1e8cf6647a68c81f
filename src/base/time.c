#include "base/time.h"

#include "base/str.h"

#include <stdio.h>
#include <time.h>


static int64_t clock_ms(clockid_t id)
{
	struct timespec ts = {0};
	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t kh_now_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t kh_now_s(void)
{
	return kh_now_ms() / 1000;
}

int64_t kh_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years past 9999 have no ISO form; nothing foreign may make strftime fail. */
static struct tm broken_down(int64_t s)
{
	const int64_t year_9999_end = INT64_C(253402300799);
	time_t t = (time_t)KH_MAX(KH_MIN(s, year_9999_end), -INT64_C(62135596800));
	struct tm tm = {0};
	gmtime_r(&t, &tm);
	return tm;
}

const char *kh_time_iso(int64_t ms, char out[KH_ISO_SIZE])
{
	int64_t s = floor_div(ms, 1000);
	struct tm tm = broken_down(s);
	size_t n = strftime(out, KH_ISO_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, KH_ISO_SIZE - n, ".%03dZ", (int)(ms - s * 1000));
	return out;
}

const char *kh_time_day(int64_t s, char out[KH_ISO_SIZE])
{
	struct tm tm = broken_down(s + KH_UTC7_S);
	strftime(out, KH_ISO_SIZE, "%Y-%m-%d", &tm);
	return out;
}

const char *kh_time_local(int64_t s, char out[KH_ISO_SIZE])
{
	struct tm tm = broken_down(s + KH_UTC7_S);
	strftime(out, KH_ISO_SIZE, "%d/%m/%Y %H:%M", &tm);
	return out;
}

int64_t kh_time_day_number(int64_t s)
{
	return floor_div(s + KH_UTC7_S, KH_DAY_S);
}

/* Day 0 was a Thursday. */
int64_t kh_time_week(int64_t s)
{
	const int64_t day = kh_time_day_number(s);
	return (day - (day + 3) % 7) * KH_DAY_S - KH_UTC7_S;
}

/* ".123" → milliseconds; *rest moves past the digits. */
static int64_t parse_fraction(const char **rest)
{
	int64_t ms = 0, unit = 100;
	if (**rest != '.')
		return 0;
	for ((*rest)++; **rest >= '0' && **rest <= '9'; (*rest)++, unit /= 10)
		ms += (**rest - '0') * unit;
	return ms;
}

static bool parse_zone(const char *z, int64_t *ret_s)
{
	*ret_s = 0;
	if (!*z || kh_streq(z, "Z"))
		return true;
	if ((*z != '+' && *z != '-') || strlen(z) != 6 || z[3] != ':')
		return false;
	char hours[3] = {z[1], z[2], 0};
	int64_t h = 0, m = 0;
	if (!kh_parse_int(hours, 0, 14, &h) || !kh_parse_int(z + 4, 0, 59, &m))
		return false;
	*ret_s = (*z == '-' ? -1 : 1) * (h * 3600 + m * 60);
	return true;
}

/* strptime takes 30 February for 2 March. */
static bool is_a_day(const struct tm *tm)
{
	struct tm again = {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday};
	timegm(&again);
	return again.tm_mday == tm->tm_mday;
}

bool kh_time_parse(const char *text, int64_t *ret_ms)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%d", &tm);
	if (!rest || rest - text != 10 || !is_a_day(&tm))
		return false;
	if (!*rest) {
		*ret_ms = ((int64_t)timegm(&tm) - KH_UTC7_S) * 1000;
		return true;
	}
	if (*rest != 'T' && *rest != ' ')
		return false;
	rest = strptime(rest + 1, "%H:%M:%S", &tm);
	int64_t zone_s = 0;
	if (!rest)
		return false;
	int64_t fraction = parse_fraction(&rest);
	if (!parse_zone(rest, &zone_s))
		return false;
	*ret_ms = ((int64_t)timegm(&tm) - zone_s) * 1000 + fraction;
	return true;
}
