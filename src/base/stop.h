/* Breaking long work off. Who starts it says by which flag it is to end; every long loop and every long statement of the store (db/db.h) on that thread looks at it:
 *
 *     kh_stop_by(&jobs->stopping);            the thread's own flag, from now on
 *     …
 *     for (…) {
 *             int r = kh_stop_check();        KH_E_STOPPED as soon as the flag is set
 *             …
 *
 * A flag belongs to a thread, so nothing is handed down through the calls; a thread without one is never stopped. What runs for another thread (the store's group
 * commit) runs by that thread's flag. */
#pragma once

#include "base/attr.h"

#include <stdatomic.h>
#include <stdbool.h>

typedef atomic_bool kh_stop_flag;

/* NULL: not to be stopped. The flag is lent until another takes its place; a signal handler may set it. */
void kh_stop_by(const kh_stop_flag *flag);
const kh_stop_flag *kh_stop_flag_of_thread(void);

bool kh_stopping(void);

/* KH_E_STOPPED or 0. */
int kh_stop_check(void) KH_MUST_USE;
