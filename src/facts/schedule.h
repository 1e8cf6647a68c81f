/* What runs by the clock on a system: systemd timers, cron, anacron. */
#pragma once

#include "facts/ctx.h"

/* One of the timers ("borgmatic.timer", names may end with '*') is enabled, or a command in a crontab or a cron folder names the word. */
bool kh_is_scheduled(struct kh_facts_ctx *ctx, const char *const *timers, const char *word);
