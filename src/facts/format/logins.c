#include "facts/format/logins.h"

#include "base/cursor.h"

#include <string.h>

#define USER_PROCESS 7
#define USER_AT 44
#define USER_SIZE 32

static const struct layout {
	size_t size, time_at;
} compact = {384, 340}, wide = {400, 344};

static const struct layout *layout_of(size_t n)
{
	return n % compact.size != 0 && n % wide.size == 0 ? &wide : &compact;
}

/* One record: *ret_user and *ret_time of a login, false for another kind of record. */
static bool login_in(struct kh_cursor record, const struct layout *layout, char ret_user[USER_SIZE + 1], int64_t *ret_time)
{
	uint16_t type = 0;
	uint32_t seconds = 0;
	struct kh_cursor time = record;
	if (!kh_cursor_u16le(&record, &type) || type != USER_PROCESS)
		return false;
	if (!kh_cursor_skip(&record, USER_AT - 2) || !kh_cursor_copy(&record, ret_user, USER_SIZE))
		return false;
	ret_user[USER_SIZE] = '\0';
	if (!kh_cursor_skip(&time, layout->time_at) || !kh_cursor_u32le(&time, &seconds))
		return false;
	*ret_time = seconds;
	return true;
}

void kh_wtmp_each(const void *bytes, size_t n, int64_t now_s, void (*take)(void *, const char *, int64_t), void *arg)
{
	const struct layout *layout = layout_of(n);
	struct kh_cursor c = kh_cursor_of(bytes, n), record = {0};
	char user[USER_SIZE + 1];
	int64_t time = 0;
	while (kh_cursor_sub(&c, layout->size, &record))
		if (login_in(record, layout, user, &time) && *user && time > 0 && time <= now_s + 86400)
			take(arg, user, time);
}

int64_t kh_lastlog_time(const uint8_t record[KH_LASTLOG_RECORD])
{
	struct kh_cursor c = kh_cursor_of(record, KH_LASTLOG_RECORD);
	uint32_t seconds = 0;
	return kh_cursor_u32le(&c, &seconds) ? seconds : 0;
}
