/* The programs' log: one line per event on standard error, `level message key=value…`, values from outside escaped; systemd's priority prefix is added when
 * standard error is the journal. Libraries below agent, server and cli do not log: they return errors.
 *
 *     kh_log(KH_LOG_INFO, "endpoint enrolled", KH_S("endpoint", id), KH_I("uses_left", n));
 *     kh_log(KH_LOG_ERROR, "batch refused", KH_ERR(r));
 *
 * Never put into it: passwords, tokens, keys, contents of scanned files. */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

enum kh_log_level { KH_LOG_ERROR, KH_LOG_WARNING, KH_LOG_INFO, KH_LOG_DEBUG };

struct kh_log_field {
	const char *key, *text; /* text NULL: a number */
	int64_t number;
};

#define KH_S(k, v) ((struct kh_log_field){.key = (k), .text = (v) ? (v) : "-"})
#define KH_I(k, v) ((struct kh_log_field){.key = (k), .number = (int64_t)(v)})
#define KH_ERR(code) KH_S("error", kh_error_info(code)->name), KH_S("detail", kh_fail_detail())

void kh_log_set_level(enum kh_log_level most_talkative); /* default KH_LOG_INFO */
void kh_log_set_program(const char *name);               /* static string, shown first */

void kh_log_fields(enum kh_log_level level, const char *message, const struct kh_log_field *fields, size_t n);

#define kh_log(level, message, ...)                                              \
	kh_log_fields((level), (message),                                        \
		      (const struct kh_log_field[]){__VA_ARGS__ __VA_OPT__(, ){0}}, \
		      KH_COUNT(((const struct kh_log_field[]){__VA_ARGS__ __VA_OPT__(, ){0}})) - 1)
