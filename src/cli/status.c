#include "cli/agent_status.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/size.h"
#include "base/str.h"
#include "base/time.h"
#include "gen/cli_khien.h"
#include "gen/codes.h"
#include "os/print.h"

#include <stdio.h>

#define CLOCK_WORTH_SAYING_MS (10 * 60 * 1000) /* what the server calls wrong (docs/protocol.md) */

static const struct kh_print_word links[] = {
	{"online", KH_T_STATUS_ONLINE}, {"connecting", KH_T_STATUS_CONNECTING}, {"stopped", KH_T_STATUS_STOPPED}, {"not_enrolled", KH_T_STATUS_NOT_ENROLLED},
};

static const char *moment(const json_t *j, const char *key, char out[KH_ISO_SIZE])
{
	int64_t s = json_integer_value(json_object_get(j, key));
	return s ? kh_time_local(s, out) : "-";
}

/* What a person can do about it, beside the sentence that says what is wrong. */
static void print_advice(enum kh_language language, const char *error)
{
	static const struct {
		int error;
		enum kh_message advice;
	} table[] = {
		{KH_E_CERTIFICATE_EXPIRED, KH_T_STATUS_ENROL_AGAIN}, {KH_E_CERTIFICATE_REVOKED, KH_T_STATUS_ENROL_AGAIN},
		{KH_E_CERTIFICATE_UNKNOWN, KH_T_STATUS_ENROL_AGAIN}, {KH_E_CERTIFICATE_MISSING, KH_T_STATUS_ENROL_AGAIN},
		{KH_E_UNREACHABLE, KH_T_STATUS_CHECK_NETWORK},       {KH_E_TIMEOUT, KH_T_STATUS_CHECK_NETWORK},
		{KH_E_DISK_FULL, KH_T_STATUS_SERVER_DISK},
	};
	for (size_t i = 0; i < KH_COUNT(table); i++)
		if (kh_streq(kh_error_info(table[i].error)->name, error))
			puts(kh_text(language, table[i].advice));
}

/* The server takes what a machine with a wrong clock sends, in its own time: only the machine's user does not know yet. */
static void print_clock(enum kh_language language, int64_t offset_ms, bool refused)
{
	char shown[KH_ISO_SIZE], right[KH_ISO_SIZE];
	bool off = offset_ms <= -CLOCK_WORTH_SAYING_MS || offset_ms >= CLOCK_WORTH_SAYING_MS;
	kh_auto_free char *text = kh_text_with(language, KH_T_STATUS_CLOCK, {"shown", kh_time_local(kh_now_s(), shown)}, {"right", kh_time_local(kh_now_s() + offset_ms / 1000, right)});
	if (off)
		puts(text);
	if (off || refused)
		puts(kh_text(language, KH_T_STATUS_SET_CLOCK));
}

/* "Full scan since 21/11/2026 12:00: 4213 of 90112 files, 1,2 GiB, 34 MiB/s, about 12 min left" */
static void print_running(enum kh_language l, const json_t *scan)
{
	char since[KH_ISO_SIZE], files[32], total[32], size[KH_SIZE_TEXT], rate[KH_SIZE_TEXT], minutes[32];
	if (!json_is_object(scan))
		return;
	int64_t since_ms = json_integer_value(json_object_get(scan, "since_ms")), bytes = json_integer_value(json_object_get(scan, "bytes"));
	int64_t all = json_integer_value(json_object_get(scan, "files_total")), s = KH_MAX(kh_now_s() - since_ms / 1000, INT64_C(1));
	const json_t *left = json_object_get(scan, "left_s");
	snprintf(files, sizeof files, "%lld", (long long)json_integer_value(json_object_get(scan, "files")));
	snprintf(total, sizeof total, "%lld", (long long)all);
	snprintf(minutes, sizeof minutes, "%lld", (long long)(json_integer_value(left) + 59) / 60);
	kh_auto_free char *done = all ? kh_text_with(l, KH_T_STATUS_SCAN_OF, {"files", files}, {"total", total}) : kh_text_with(l, KH_T_STATUS_SCAN_FILES, {"files", files});
	kh_auto_free char *rest = !kh_streq(json_string_value(json_object_get(scan, "paused")), "battery")
					  ? json_is_integer(left) ? kh_text_with(l, KH_T_STATUS_SCAN_LEFT, {"minutes", minutes}) : kh_strdup("")
					  : kh_strdup(kh_text(l, KH_T_STATUS_SCAN_BATTERY));
	kh_auto_free char *text = kh_text_with(l, KH_T_STATUS_SCAN_PROGRESS, {"kind", kh_code_text(kh_codes_scan_kind, json_string_value(json_object_get(scan, "kind")), l)},
					       {"since", kh_time_local(since_ms / 1000, since)}, {"done", done}, {"size", kh_size_text(l, (uint64_t)bytes, size)},
					       {"rate", kh_size_text(l, (uint64_t)(bytes / s), rate)}, {"rest", rest});
	kh_print_line(l, KH_T_STATUS_SCANNING, text);
}

static void print_isolation(enum kh_language l, const json_t *isolation)
{
	char time[KH_ISO_SIZE];
	if (!json_is_object(isolation))
		return;
	kh_auto_free char *text = kh_text_with(l, KH_T_ISOLATION_STATUS_SINCE, {"time", kh_time_local(json_integer_value(json_object_get(isolation, "since_s")), time)});
	kh_print_line(l, KH_T_ISOLATION_STATUS, text);
}

static void print(enum kh_language l, const json_t *j)
{
	const json_t *health = json_object_get(j, "health");
	const char *error = json_string_value(json_object_get(j, "error"));
	char time[KH_ISO_SIZE];
	kh_print_line(l, KH_T_STATUS_LINK, kh_print_word(l, links, json_string_value(json_object_get(j, "link"))));
	if (error)
		kh_print_line(l, KH_T_STATUS_ERROR, kh_error_named(error) ? kh_error_named(error)->text[l] : error);
	kh_print_line(l, KH_T_STATUS_SERVER, json_string_value(json_object_get(j, "server")));
	kh_print_line(l, KH_T_STATUS_UNIT, json_string_value(json_object_get(j, "unit")));
	kh_print_line(l, KH_T_STATUS_CONTACT, moment(j, "contact_s", time));
	kh_print_line(l, KH_T_STATUS_FACTS, moment(j, "facts_s", time));
	kh_print_line(l, KH_T_STATUS_SCAN, moment(j, "scan_s", time));
	print_isolation(l, json_object_get(health, "isolation"));
	print_running(l, json_object_get(health, "scan"));
	kh_print_number(l, KH_T_STATUS_SPOOL, json_integer_value(json_object_get(health, "spool_records")));
	print_advice(l, error);
	print_clock(l, json_integer_value(json_object_get(health, "clock_offset_ms")), kh_streq(error, kh_error_info(KH_E_WRONG_CLOCK)->name));
}

int kh_verb_status(struct kh_cli_call *call)
{
	kh_auto_json json_t *j = NULL;
	int r = kh_agent_status(call, &j);
	if (r)
		return r;
	if (kh_cli_flag(call, "json")) {
		kh_auto_free char *text = kh_json_dump(j);
		puts(text);
	} else {
		print(call->language, j);
	}
	return 0;
}
