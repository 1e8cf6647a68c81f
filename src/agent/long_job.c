#include "agent/long_job.h"

#include "agent/priority.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "os/power.h"

#include <unistd.h>

#define MAX_JOB (256 * KH_KIB)
#define START_TIMEOUT_MS 10000
#define TOLD_EVERY_MS 1000
#define SLOW_SHARE 4 /* on battery: a quarter */

volatile sig_atomic_t kh_long_job_stop;

static void ask_to_stop(int number KH_UNUSED)
{
	kh_long_job_stop = 1;
}

static void catch_signal(void)
{
	struct sigaction action = {.sa_handler = ask_to_stop};
	sigset_t set;
	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int read_common(struct kh_long_job *j, const struct kh_ipc_message *m)
{
	int r = kh_json_parse((const char *)m->payload, m->len, &j->job);
	r = r < 0 ? r : kh_json_text(j->job, "on_battery", &j->on_battery);
	r = r < 0 ? r : kh_json_int(j->job, "cpu_percent", 1, 6400, &j->cpu_percent);
	return r < 0 ? r : kh_json_int(j->job, "clock_offset_ms", INT64_MIN, INT64_MAX, &j->clock_offset_ms);
}

int kh_long_job_begin(struct kh_long_job *j, const char *program, int sock, uint16_t type)
{
	const struct kh_ipc_accept accept = {.timeout_ms = START_TIMEOUT_MS, .max_len = MAX_JOB};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	*j = (struct kh_long_job){.sock = sock};
	kh_log_set_program(program);
	kh_priority_lowest();
	catch_signal();
	int r = kh_ipc_recv(sock, &accept, &m);
	if (r == 0 && m.type != type)
		r = kh_fail(KH_E_SYNTAX, "the broker's first message");
	return r < 0 ? r : read_common(j, &m);
}

int kh_long_job_cpu_percent(void *job)
{
	struct kh_long_job *j = job;
	const bool battery = !kh_streq(j->on_battery, "run") && kh_power_on_battery("");
	j->battery = battery && kh_streq(j->on_battery, "pause");
	if (!battery)
		return (int)j->cpu_percent;
	return j->battery ? 0 : (int)KH_MAX(j->cpu_percent / SLOW_SHARE, INT64_C(1));
}

int64_t kh_long_job_now_ms(const struct kh_long_job *j)
{
	return kh_now_ms() + j->clock_offset_ms;
}

void kh_long_job_send(const struct kh_long_job *j, uint16_t type, const void *bytes, size_t n)
{
	if (kh_ipc_send_large(j->sock, type, bytes, n) < 0)
		_exit(0);
}

bool kh_long_job_tells_now(struct kh_long_job *j)
{
	const int64_t now_ms = kh_monotonic_ms();
	if (now_ms - j->told_ms < TOLD_EVERY_MS)
		return false;
	j->told_ms = now_ms;
	return true;
}

int kh_long_job_end(struct kh_long_job *j, int error, const char *failed)
{
	if (error < 0)
		kh_log(KH_LOG_ERROR, failed, KH_ERR(error));
	json_decref(j->job);
	return error < 0 ? kh_error_info(error)->exit_status : 0;
}
