#include "server/roster/lunar.h"

#include <math.h>

#define JULIAN_DAY_OF_1970 2440588 /* noon of 1970-01-01 */
#define MONTH 29.530588861
#define ZONE (7.0 / 24)
#define DEGREE (M_PI / 180)

/* ---- the sky ---- */

/* Dynamical time minus universal time, in days (the polynomials of Espenak and Meeus for 1986 to 2050; what lies outside is off by seconds). */
static double delta_t(double jd)
{
	double t = (jd - 2451545.0) / 365.25; /* years since 2000 */
	double seconds = t < 5 ? 63.86 + 0.3345 * t - 0.060374 * t * t + 0.0017275 * t * t * t : 62.92 + 0.32217 * t + 0.005589 * t * t;
	return seconds / 86400;
}

/* The k-th new moon since January 2000, in universal time. */
static double new_moon(double k)
{
	double t = k / 1236.85, t2 = t * t, t3 = t2 * t, t4 = t3 * t;
	double jde = 2451550.09766 + MONTH * k + 0.00015437 * t2 - 0.000000150 * t3 + 0.00000000073 * t4;
	double e = 1 - 0.002516 * t - 0.0000074 * t2;
	double sun = (2.5534 + 29.10535670 * k - 0.0000014 * t2 - 0.00000011 * t3) * DEGREE;
	double moon = (201.5643 + 385.81693528 * k + 0.0107582 * t2 + 0.00001238 * t3 - 0.000000058 * t4) * DEGREE;
	double f = (160.7108 + 390.67050284 * k - 0.0016118 * t2 - 0.00000227 * t3 + 0.000000011 * t4) * DEGREE;
	double node = (124.7746 - 1.56375588 * k + 0.0020672 * t2 + 0.00000215 * t3) * DEGREE;
	jde += -0.40720 * sin(moon) + 0.17241 * e * sin(sun) + 0.01608 * sin(2 * moon) + 0.01039 * sin(2 * f) + 0.00739 * e * sin(moon - sun) - 0.00514 * e * sin(moon + sun) +
	       0.00208 * e * e * sin(2 * sun) - 0.00111 * sin(moon - 2 * f) - 0.00057 * sin(moon + 2 * f) + 0.00056 * e * sin(2 * moon + sun) - 0.00042 * sin(3 * moon) +
	       0.00042 * e * sin(sun + 2 * f) + 0.00038 * e * sin(sun - 2 * f) - 0.00024 * e * sin(2 * moon - sun) - 0.00017 * sin(node) - 0.00007 * sin(moon + 2 * sun) +
	       0.00004 * sin(2 * moon - 2 * f) + 0.00004 * sin(3 * sun) + 0.00003 * sin(moon + sun - 2 * f) + 0.00003 * sin(2 * moon + 2 * f) - 0.00003 * sin(moon + sun + 2 * f) +
	       0.00003 * sin(moon - sun + 2 * f) - 0.00002 * sin(moon - sun - 2 * f) - 0.00002 * sin(3 * moon + sun) + 0.00002 * sin(4 * moon);
	jde += 0.000325 * sin((299.77 + 0.107408 * k - 0.009173 * t2) * DEGREE) + 0.000165 * sin((251.88 + 0.016321 * k) * DEGREE) + 0.000164 * sin((251.83 + 26.651886 * k) * DEGREE) +
	       0.000126 * sin((349.42 + 36.412478 * k) * DEGREE) + 0.000110 * sin((84.66 + 18.206239 * k) * DEGREE);
	return jde - delta_t(jde);
}

/* The sun's apparent longitude at a moment of universal time, in degrees from 0 to 360. */
static double sun_longitude(double jd)
{
	double t = (jd + delta_t(jd) - 2451545.0) / 36525, t2 = t * t;
	double mean = 280.46646 + 36000.76983 * t + 0.0003032 * t2;
	double m = (357.52911 + 35999.05029 * t - 0.0001537 * t2) * DEGREE;
	double centre = (1.914602 - 0.004817 * t - 0.000014 * t2) * sin(m) + (0.019993 - 0.000101 * t) * sin(2 * m) + 0.000289 * sin(3 * m);
	double longitude = fmod(mean + centre - 0.00569 - 0.00478 * sin((125.04 - 1934.136 * t) * DEGREE), 360);
	return longitude < 0 ? longitude + 360 : longitude;
}

/* ---- days of UTC+7 ---- */

static int64_t day_of_moon(int64_t k)
{
	return (int64_t)floor(new_moon((double)k) + 0.5 + ZONE) - JULIAN_DAY_OF_1970;
}

/* Which sign the sun is in when the day begins: 9 from the winter solstice on. */
static int sign_at(int64_t day)
{
	return (int)(sun_longitude((double)(day + JULIAN_DAY_OF_1970) - 0.5 - ZONE) / 30);
}

/* The last new moon whose day is not after this one. */
static int64_t moon_before(int64_t day)
{
	int64_t k = (int64_t)floor(((double)(day + JULIAN_DAY_OF_1970) - 2451550.1) / MONTH) + 1;
	while (day_of_moon(k) > day)
		k--;
	return k;
}

/* Day number of 31 December. */
static int64_t last_day_of(int year)
{
	int64_t y = year; /* days of the years since 1970, leap years counted */
	return (y - 1969) * 365 + (y / 4 - 492) - (y / 100 - 19) + (y / 400 - 4) - 1;
}

/* ---- months ---- */

/* The new moon with which the eleventh month begins that has the winter solstice of this year: the solstice is not before its first midnight. */
static int64_t eleventh(int year)
{
	int64_t k = moon_before(last_day_of(year));
	return sign_at(day_of_moon(k)) >= 9 ? k - 1 : k;
}

/* Of the months between the eleventh ones of year - 1 and year: how many, and which one (1…) is the leap month; 0: none. */
static int leap_of(int64_t first, int64_t next)
{
	if (next - first < 13)
		return 0;
	for (int i = 1; i < 13; i++)
		if (sign_at(day_of_moon(first + i)) == sign_at(day_of_moon(first + i + 1)))
			return i;
	return 0;
}

/* The new moon of a month of the year, which is no leap month. Months 11 and 12 lie behind the solstice of the year. */
static int64_t moon_of(int year, int month)
{
	int solstice = month >= 11 ? year : year - 1;
	int64_t first = eleventh(solstice);
	int place = month >= 11 ? month - 11 : month + 1, leap = leap_of(first, eleventh(solstice + 1));
	return first + place + (leap && place >= leap ? 1 : 0);
}

int64_t kh_lunar_day(int year, int month, int day)
{
	return day_of_moon(moon_of(year, month)) + day - 1;
}

int kh_lunar_leap_month(int year)
{
	for (int month = 1; month <= 12; month++) {
		int64_t next = month == 12 ? moon_of(year + 1, 1) : moon_of(year, month + 1);
		if (next - moon_of(year, month) == 2)
			return month;
	}
	return 0;
}

static int civil_year(int64_t day)
{
	int year = 1970 + (int)(day / 366);
	while (last_day_of(year) < day)
		year++;
	while (last_day_of(year - 1) >= day)
		year--;
	return year;
}

struct kh_lunar kh_lunar_of_day(int64_t day)
{
	int64_t k = moon_before(day);
	int year = civil_year(day);
	struct kh_lunar lunar = {.day = (int)(day - day_of_moon(k)) + 1};
	lunar.year = kh_tet(year) <= day ? year : year - 1;
	for (int month = 1; month <= 12; month++) {
		int64_t moon = moon_of(lunar.year, month);
		if (moon == k || moon + 1 == k) {
			lunar.month = month;
			lunar.leap = moon != k;
		}
		if (moon == k)
			break;
	}
	return lunar;
}
