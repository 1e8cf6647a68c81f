/* khien ransom: what the ransomware watch saw, and what becomes of those it stopped. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "gen/cli_khien.h"
#include "guard/ransom.h"
#include "guard/ransom_part.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "os/local.h"
#include "os/print.h"
#include "os/table.h"

#include <stdio.h>

#define ANSWER_TIMEOUT_MS 5000
#define MAX_ANSWER (8 * KH_MIB)
#define RUN_DIR "/run/khien"
#define STATE_DIR "/var/lib/khien/agent"

static int ask(const struct kh_cli_call *call, enum kh_ransom_message type, int64_t pid, json_t **ret)
{
	const struct kh_ipc_accept accept = {.timeout_ms = ANSWER_TIMEOUT_MS, .max_len = MAX_ANSWER};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	kh_auto_fd int fd = -1;
	const char *run_dir = kh_cli_text(call, "run");
	kh_buf_add_u32le(&payload, (uint32_t)pid);
	int r = kh_local_connect(run_dir ? run_dir : RUN_DIR, KH_RANSOM_SOCKET, &fd);
	r = r < 0 ? r : kh_ipc_send(fd, (uint16_t)type, payload.data, payload.len, -1);
	r = r < 0 ? r : kh_ipc_recv(fd, &accept, &m);
	return r < 0 ? r : kh_json_parse((const char *)m.payload, m.len, ret);
}

static int no_watch(const struct kh_cli_call *call)
{
	fprintf(stderr, "%s: %s\n", call->program->name, kh_text(call->language, KH_T_RANSOM_NO_WATCH));
	return kh_error_info(KH_E_UNREACHABLE)->exit_status;
}

/* ---- status ---- */

static const struct kh_print_word actions[] = {
	{"warned", KH_T_RANSOM_WARNED}, {"stopped", KH_T_RANSOM_STOPPED}, {"released", KH_T_RANSOM_RELEASED}, {"killed", KH_T_RANSOM_KILLED}, {"ended", KH_T_RANSOM_ENDED}};

static void add_row(enum kh_language l, const json_t *alarm, struct kh_table *t)
{
	char time[KH_ISO_SIZE], pid[24], user[24], files[24];
	const char *program = json_string_value(json_object_get(alarm, "program")), *rule = json_string_value(json_object_get(alarm, "rule"));
	snprintf(pid, sizeof pid, "%lld", (long long)json_integer_value(json_object_get(alarm, "pid")));
	snprintf(user, sizeof user, "%lld", (long long)json_integer_value(json_object_get(alarm, "user")));
	snprintf(files, sizeof files, "%lld", (long long)(json_integer_value(json_object_get(alarm, "harmed")) + json_integer_value(json_object_get(alarm, "late"))));
	kh_table_add(t, kh_time_local(json_integer_value(json_object_get(alarm, "time_ms")) / 1000, time), kh_print_word(l, actions, json_string_value(json_object_get(alarm, "action"))), pid, user,
		     program ? program : "-", files, rule ? rule : "-");
}

static void print_signs(enum kh_language l, const json_t *signs)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	const char *name = NULL;
	json_t *count = NULL;
	json_object_foreach((json_t *)(uintptr_t)signs, name, count)
		kh_buf_addf(&b, "%s%s %lld", b.len ? ", " : "", name, (long long)json_integer_value(count));
	if (b.len)
		kh_print_line(l, KH_T_RANSOM_SIGNS, kh_buf_text(&b));
}

/* Who stands still waits for somebody to decide. */
static void print_stopped(enum kh_language l, const json_t *alarms)
{
	size_t i = 0;
	json_t *alarm = NULL;
	json_array_foreach(alarms, i, alarm) {
		char pid[24];
		if (!kh_streq(json_string_value(json_object_get(alarm, "action")), "stopped"))
			continue;
		snprintf(pid, sizeof pid, "%lld", (long long)json_integer_value(json_object_get(alarm, "pid")));
		kh_auto_free char *text = kh_text_with(l, KH_T_RANSOM_DECIDE, {"pid", pid});
		puts(text);
		print_signs(l, json_object_get(alarm, "signs"));
		kh_print_list(l, KH_T_RANSOM_FOLDERS, json_object_get(alarm, "folders"));
		kh_print_list(l, KH_T_RANSOM_EXAMPLES, json_object_get(alarm, "examples"));
	}
}

static int print(enum kh_language l, const json_t *j)
{
	kh_auto_table struct kh_table t = {0};
	char canaries[24];
	const json_t *alarms = json_object_get(j, "alarms");
	const char *mode = json_string_value(json_object_get(j, "mode"));
	snprintf(canaries, sizeof canaries, "%lld", (long long)json_integer_value(json_object_get(j, "canaries")));
	kh_auto_free char *text = kh_text_with(l, KH_T_RANSOM_STATE, {"mode", mode ? mode : "-"}, {"canaries", canaries});
	puts(text);
	if (json_array_size(alarms) == 0) {
		puts(kh_text(l, KH_T_RANSOM_QUIET));
		return 0;
	}
	kh_table_add(&t, kh_text(l, KH_T_RANSOM_TIME), kh_text(l, KH_T_RANSOM_ACTION), kh_text(l, KH_T_RANSOM_PID), kh_text(l, KH_T_RANSOM_USER), kh_text(l, KH_T_RANSOM_PROGRAM),
		     kh_text(l, KH_T_RANSOM_FILES), kh_text(l, KH_T_RANSOM_RULE));
	size_t i = 0;
	json_t *alarm = NULL;
	json_array_foreach(alarms, i, alarm)
		add_row(l, alarm, &t);
	int r = kh_table_print(&t);
	print_stopped(l, alarms);
	return r;
}

int kh_verb_ransom_status(struct kh_cli_call *call)
{
	kh_auto_json json_t *j = NULL;
	int r = ask(call, KH_RANSOM_ASK, 0, &j);
	if (r == KH_E_NOT_FOUND || r == KH_E_UNREACHABLE)
		return no_watch(call);
	if (r < 0)
		return r;
	json_object_del(j, "done");
	if (!kh_cli_flag(call, "json"))
		return print(call->language, j);
	return kh_print_json(kh_take(j));
}

/* ---- what becomes of who was stopped ---- */

static int end(struct kh_cli_call *call, enum kh_ransom_message type, enum kh_message done)
{
	kh_auto_json json_t *j = NULL;
	int64_t pid = 0;
	bool was_stopped = false;
	if (!kh_parse_int(call->args[0], 2, INT32_MAX, &pid))
		return kh_fail(KH_E_USAGE, "%s is no process number", call->args[0]);
	int r = ask(call, type, pid, &j);
	if (r == KH_E_NOT_FOUND || r == KH_E_UNREACHABLE)
		return no_watch(call);
	r = r < 0 ? r : kh_json_bool(j, "done", &was_stopped);
	if (r == 0 && !was_stopped)
		r = kh_fail(KH_E_NOT_FOUND, "process %s was not stopped by the ransomware watch", call->args[0]);
	if (r == 0)
		puts(kh_text(call->language, done));
	return r;
}

int kh_verb_ransom_release(struct kh_cli_call *call)
{
	return end(call, KH_RANSOM_RELEASE, KH_T_RANSOM_RELEASE_DONE);
}

int kh_verb_ransom_kill(struct kh_cli_call *call)
{
	return end(call, KH_RANSOM_KILL, KH_T_RANSOM_KILL_DONE);
}

int kh_verb_ransom_clean(struct kh_cli_call *call)
{
	const char *state = kh_cli_text(call, "state");
	return kh_ransom_clean(state ? state : STATE_DIR);
}
