#include "agent/scan_job.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/content_state.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "content/scan.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "record/record.h"
#include "scan/quarantine.h"
#include "scan/scan.h"

#include <glob.h>
#include <linux/ioprio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_JOB (64 * KH_KIB)
#define START_TIMEOUT_MS 10000

/* ---- the job ---- */

static json_t *texts(const char *const *list)
{
	json_t *j = json_array();
	for (; *list; list++)
		kh_assert(json_array_append_new(j, kh_json_string(*list)) == 0);
	return j;
}

void kh_scan_job_encode(const struct kh_scan_job *job, struct kh_buf *out)
{
	kh_auto_json json_t *j = json_object();
	kh_json_set_text(j, "kind", job->kind);
	kh_assert(json_object_set_new(j, "patterns", texts(job->patterns)) == 0);
	kh_assert(json_object_set_new(j, "rules", texts(job->rules)) == 0);
	kh_json_set_text(j, "quarantine", job->quarantine);
	kh_json_set_text(j, "processes", job->processes);
	kh_json_set_text(j, "cache", job->cache);
	kh_json_set_int(j, "max_ms", job->max_ms);
	kh_json_set_int(j, "max_bytes", job->max_bytes);
	kh_json_set_int(j, "max_file_bytes", job->max_file_bytes);
	kh_json_set_int(j, "workers", job->workers);
	kh_json_set_int(j, "clock_offset_ms", job->clock_offset_ms);
	kh_auto_free char *text = kh_json_dump(j);
	kh_buf_adds(out, text);
}

struct run {
	int sock;
	json_t *job;
	const char *kind, *quarantine_dir, *cache;
	char *verdicts;
	int64_t clock_offset_ms;
	glob_t places;
	KH_ARRAY(const char *) rules;
	struct kh_quarantine *quarantine;
	struct kh_scan_options options;
};

static int read_job(struct run *run, const struct kh_ipc_message *m)
{
	int64_t max_bytes = 0, max_file = 0, workers = 0;
	const char *processes = NULL;
	int r = kh_json_parse((const char *)m->payload, m->len, &run->job);
	r = r < 0 ? r : kh_json_text(run->job, "kind", &run->kind);
	r = r < 0 ? r : kh_json_text_or(run->job, "quarantine", NULL, &run->quarantine_dir);
	r = r < 0 ? r : kh_json_text_or(run->job, "processes", "off", &processes);
	if (r == 0 && !kh_running_policy_parse(processes, &run->options.processes))
		r = kh_fail(KH_E_INVALID_FIELD, "field \"processes\": expected off, warn or stop");
	r = r < 0 ? r : kh_json_text(run->job, "cache", &run->cache);
	r = r < 0 ? r : kh_json_int(run->job, "max_ms", 0, INT64_MAX, &run->options.max_ms);
	r = r < 0 ? r : kh_json_int(run->job, "max_bytes", 0, INT64_MAX, &max_bytes);
	r = r < 0 ? r : kh_json_int(run->job, "max_file_bytes", 0, INT64_MAX, &max_file);
	r = r < 0 ? r : kh_json_int(run->job, "workers", 0, 64, &workers);
	r = r < 0 ? r : kh_json_int(run->job, "clock_offset_ms", INT64_MIN, INT64_MAX, &run->clock_offset_ms);
	run->options.max_bytes = (uint64_t)max_bytes;
	run->options.max_size = (uint64_t)max_file;
	run->options.workers = (size_t)workers;
	return r;
}

/* Places that do not exist on this machine are no lack of the scan. */
static void find_places(struct run *run)
{
	size_t i = 0;
	json_t *pattern = NULL;
	json_array_foreach(json_object_get(run->job, "patterns"), i, pattern)
		kh_ignore(glob(json_string_value(pattern), GLOB_NOSORT | (i ? GLOB_APPEND : 0), NULL, &run->places));
	run->options.paths = (const char *const *)run->places.gl_pathv;
	run->options.path_count = run->places.gl_pathc;
	json_t *rule = NULL;
	json_array_foreach(json_object_get(run->job, "rules"), i, rule)
		kh_array_push(&run->rules, json_string_value(rule));
	run->options.rules = run->rules.v;
	run->options.rule_count = run->rules.n;
}

/* ---- what is found ---- */

/* The broker gone, there is nobody to scan for. */
static void send_record(int sock, enum kh_scan_job_type type, const struct kh_buf *fields)
{
	if (kh_ipc_send_large(sock, (uint16_t)type, fields->data, fields->len) < 0)
		_exit(0);
}

static void on_result(void *context, const struct kh_scan_result *file)
{
	const struct run *run = context;
	for (size_t i = 0; i < file->detection_count; i++) {
		kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
		kh_record_detection(&fields, file, &file->detections[i]);
		send_record(run->sock, KH_SCAN_JOB_DETECTION, &fields);
	}
	kh_auto_buf struct kh_buf event = KH_BUF_INIT;
	if (file->running) {
		kh_record_processes(&event, file);
		send_record(run->sock, KH_SCAN_JOB_EVENT, &event);
	}
}

/* Without it everything is compiled and read again, which costs time only. */
static void use_cache(struct run *run)
{
	if (kh_dir_make(run->cache, 0700) < 0)
		return;
	run->verdicts = kh_format("%s/verdicts", run->cache);
	run->options.compiled = run->cache;
	run->options.verdicts = run->verdicts;
}

static int scan_places(struct run *run)
{
	const struct kh_scan_events events = {.context = run, .on_result = on_result};
	kh_auto_scan_summary struct kh_scan_summary summary = {0};
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	int r = run->quarantine_dir ? kh_quarantine_open(run->quarantine_dir, &run->quarantine) : 0;
	run->options.quarantine = run->quarantine;
	int64_t started_ms = kh_now_ms() + run->clock_offset_ms;
	if (r == 0 && run->options.path_count)
		r = kh_content_scan(KH_CONTENT_DIR, &run->options, &events, &summary);
	if (r < 0)
		return r;
	kh_record_scan(&fields, run->kind, started_ms, kh_now_ms() + run->clock_offset_ms, &summary);
	send_record(run->sock, KH_SCAN_JOB_DONE, &fields);
	return summary.rules || !run->options.path_count ? 0 : kh_fail(KH_E_NOT_FOUND, "no rules");
}

/* Whoever works at this machine goes first. */
static void lower_priority(void)
{
	kh_ignore(setpriority(PRIO_PROCESS, 0, 19));
	kh_ignore(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)));
}

static void run_done(struct run *run)
{
	kh_quarantine_close(run->quarantine);
	free(run->verdicts);
	globfree(&run->places);
	kh_array_done(&run->rules);
	json_decref(run->job);
}

int kh_scan_job_main(int sock)
{
	const struct kh_ipc_accept accept = {.timeout_ms = START_TIMEOUT_MS, .max_len = MAX_JOB};
	kh_auto_ipc_message struct kh_ipc_message message = KH_IPC_MESSAGE_INIT;
	struct run run = {.sock = sock};
	kh_log_set_program("khien-agent scan");
	lower_priority();
	int r = kh_ipc_recv(sock, &accept, &message);
	if (r == 0 && message.type != KH_SCAN_JOB_START)
		r = kh_fail(KH_E_SYNTAX, "the broker's first message");
	r = r < 0 ? r : read_job(&run, &message);
	if (r == 0) {
		find_places(&run);
		use_cache(&run);
		r = scan_places(&run);
	}
	if (r < 0)
		kh_log(KH_LOG_ERROR, "scan failed", KH_ERR(r));
	run_done(&run);
	return r < 0 ? kh_error_info(r)->exit_status : 0;
}
