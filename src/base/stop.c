#include "base/stop.h"

#include "base/error.h"

#include <stddef.h>

static _Thread_local const kh_stop_flag *own;

void kh_stop_by(const kh_stop_flag *flag)
{
	own = flag;
}

const kh_stop_flag *kh_stop_flag_of_thread(void)
{
	return own;
}

bool kh_stopping(void)
{
	return own && atomic_load_explicit(own, memory_order_relaxed);
}

int kh_stop_check(void)
{
	return kh_stopping() ? kh_fail(KH_E_STOPPED, "%s", "") : 0;
}
