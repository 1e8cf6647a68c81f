#include "cli/agent_status.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "guard/guard.h"
#include "identity/identity.h"
#include "os/file.h"
#include "os/print.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define EXIT_UNPROTECTED 3

/* ---- status ---- */

static const struct kh_print_word states[] = {
	{"off", KH_T_ONACCESS_STATE_OFF},           {"switched_off", KH_T_ONACCESS_STATE_SWITCHED_OFF}, {"needs_root", KH_T_ONACCESS_STATE_NEEDS_ROOT},
	{"starting", KH_T_ONACCESS_STATE_STARTING}, {"running", KH_T_ONACCESS_STATE_RUNNING},
};

static const struct kh_print_word modes[] = {{"deny", KH_T_ONACCESS_MODE_DENY}, {"watch", KH_T_ONACCESS_MODE_WATCH}};

static void print_numbers(enum kh_language language, const json_t *j)
{
	static const struct {
		const char *key;
		enum kh_message label;
	} table[] = {
		{"scanned", KH_T_ONACCESS_SCANNED}, {"infected", KH_T_ONACCESS_INFECTED},   {"refused", KH_T_ONACCESS_REFUSED},     {"late", KH_T_ONACCESS_LATE},
		{"overflows", KH_T_ONACCESS_OVERFLOWS}, {"unscanned", KH_T_ONACCESS_UNSCANNED}, {"spared", KH_T_ONACCESS_SPARED}, {"rules", KH_T_ONACCESS_RULES},
	};
	for (size_t i = 0; i < KH_COUNT(table); i++)
		kh_print_number(language, table[i].label, json_integer_value(json_object_get(j, table[i].key)));
}

static void print_delay(enum kh_language language, const json_t *j)
{
	static const char *const keys[] = {"median_us", "p95_us", "p99_us", "max_us"};
	char numbers[KH_COUNT(keys)][32];
	for (size_t i = 0; i < KH_COUNT(keys); i++)
		snprintf(numbers[i], sizeof numbers[i], "%.2f", json_number_value(json_object_get(j, keys[i])) / 1000);
	kh_auto_free char *text = kh_text_with(language, KH_T_ONACCESS_DELAY, {"median", numbers[0]}, {"p95", numbers[1]}, {"p99", numbers[2]}, {"max", numbers[3]});
	puts(text);
}

static void print(enum kh_language l, const json_t *guard)
{
	const json_t *j = json_object_get(guard, "onaccess");
	int64_t content_s = json_integer_value(json_object_get(j, "content_s"));
	char time[KH_ISO_SIZE];
	kh_print_line(l, KH_T_ONACCESS_STATE, kh_print_word(l, states, json_string_value(json_object_get(guard, "state"))));
	if (!json_object_size(j))
		return;
	kh_print_line(l, KH_T_ONACCESS_MODE, kh_print_word(l, modes, json_string_value(json_object_get(j, "mode"))));
	kh_print_list(l, KH_T_ONACCESS_PLACES, json_object_get(j, "places"));
	kh_print_list(l, KH_T_ONACCESS_FILE_SYSTEMS, json_object_get(j, "file_systems"));
	print_numbers(l, j);
	kh_print_line(l, KH_T_ONACCESS_CONTENT, content_s ? kh_time_local(content_s, time) : NULL);
	print_delay(l, json_object_get(j, "delay"));
}

int kh_verb_onaccess_status(struct kh_cli_call *call)
{
	kh_auto_json json_t *j = NULL;
	int r = kh_agent_status(call, &j);
	if (r)
		return r;
	const json_t *guard = json_object_get(j, "guard");
	if (kh_cli_flag(call, "json"))
		r = kh_print_json(json_incref((json_t *)(uintptr_t)guard));
	else
		print(call->language, guard);
	r = r < 0 ? r : kh_print_end();
	if (r < 0)
		return r;
	const char *scanner = json_string_value(json_object_get(json_object_get(guard, "onaccess"), "scanner"));
	return kh_streq(scanner, "ready") ? 0 : EXIT_UNPROTECTED;
}

/* ---- the switch ---- */

static char *switch_path(const struct kh_cli_call *call)
{
	const char *state = kh_cli_text(call, "state");
	return kh_format("%s/" KH_GUARD_OFF, state ? state : KH_STATE_DIR);
}

int kh_verb_onaccess_off(struct kh_cli_call *call)
{
	kh_auto_free char *path = switch_path(call);
	int r = kh_file_create(path, "", 0, 0600);
	if (r < 0 && r != KH_E_EXISTS)
		return r;
	puts(kh_text(call->language, KH_T_ONACCESS_NOW_OFF));
	return 0;
}

int kh_verb_onaccess_on(struct kh_cli_call *call)
{
	kh_auto_free char *path = switch_path(call);
	if (unlink(path) < 0 && errno != ENOENT)
		return kh_fail_errno("%s", path);
	puts(kh_text(call->language, KH_T_ONACCESS_NOW_ON));
	return 0;
}
