#include "facts/format/journal.h"

#include "base/cursor.h"

#include <string.h>

#define FIRST_ENTRY_AT 184

bool kh_journal_first(const void *head, size_t n, int64_t *ret_s)
{
	struct kh_cursor c = kh_cursor_of(head, n);
	uint64_t microseconds = 0;
	if (n < 8 || memcmp(head, "LPKSHHRH", 8) != 0 || !kh_cursor_skip(&c, FIRST_ENTRY_AT) || !kh_cursor_u64le(&c, &microseconds))
		return false;
	if (microseconds == 0 || microseconds / 1000000 > UINT32_MAX)
		return false;
	*ret_s = (int64_t)(microseconds / 1000000);
	return true;
}
