#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "server/gateway/inside.h"

static bool near(int64_t time_ms, int64_t now_ms)
{
	int64_t apart = 0;
	return !__builtin_sub_overflow(time_ms, now_ms, &apart) && apart <= KH_CLOCK_TOLERANCE_MS && apart >= -KH_CLOCK_TOLERANCE_MS;
}

int kh_clock_check(struct kh_request *r, int64_t time_ms, int64_t clock_offset_ms)
{
	int64_t now_ms = kh_now_ms(), corrected = 0;
	if (near(time_ms, now_ms) || (!__builtin_add_overflow(time_ms, clock_offset_ms, &corrected) && near(corrected, now_ms)))
		return 0;
	kh_auto_json json_t *extra = json_object();
	kh_json_set_int(extra, "server_time_ms", now_ms);
	int e = kh_fail(KH_E_WRONG_CLOCK, "the agent's time is %lld, the server's %lld", (long long)time_ms, (long long)now_ms);
	kh_respond_error(r, e, extra);
	return e;
}
