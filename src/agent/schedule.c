#include "agent/schedule.h"

#include "base/hours.h"
#include "crypto/hash.h"

#include <string.h>

/* A scan a little earlier than a week after the last: the hours of lunch begin half an hour before the last one was at its end. */
#define EARLIER(every_s) ((every_s) / 4)

int64_t kh_schedule_place_s(const char *endpoint, const char *what, int64_t spread_s)
{
	uint8_t hash[KH_SHA256_SIZE];
	uint64_t number = 0;
	struct kh_sha256 h;
	kh_sha256_init(&h);
	kh_sha256_add(&h, endpoint, strlen(endpoint) + 1);
	kh_sha256_add(&h, what, strlen(what));
	kh_sha256_final(&h, hash);
	for (size_t i = 0; i < sizeof number; i++)
		number = number << 8 | hash[i];
	return spread_s > 0 ? (int64_t)(number % (uint64_t)spread_s) : 0;
}

bool kh_schedule_due(int64_t every_s, int64_t last_s, int64_t now_s)
{
	return every_s > 0 && (now_s < last_s || now_s - last_s >= every_s);
}

/* In its hours, and `after_s` or half of them after their beginning; no hours at all are all hours. */
static bool in_hours(const char *const *list, int64_t after_s, int64_t now_s)
{
	if (!list || !list[0])
		return true;
	for (; *list; list++) {
		struct kh_hours h = {0};
		int since = kh_hours_parse(*list, &h) ? kh_hours_since(&h, kh_week_minute(now_s)) : -1;
		if (since >= 0 && since >= after_s / 60 % (kh_hours_length(&h) / 2 + 1))
			return true;
	}
	return false;
}

enum kh_schedule_when kh_schedule_full(const struct kh_schedule_full *s, int64_t now_s)
{
	if (kh_schedule_due(s->every_s - EARLIER(s->every_s), s->last_s, now_s) && in_hours(s->hours, s->place_s, now_s))
		return KH_SCHEDULE_IN_HOURS;
	if (s->every_s > 0 && s->late_s < INT64_MAX - s->every_s && kh_schedule_due(s->every_s + s->late_s, s->last_s, now_s))
		return KH_SCHEDULE_LATE;
	return KH_SCHEDULE_NOT;
}

bool kh_schedule_goes_on(const struct kh_schedule_full *s, int64_t now_s)
{
	return in_hours(s->hours, 0, now_s);
}
