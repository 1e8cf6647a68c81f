#include "agent/scan_job.h"

#include "agent/long_job.h"
#include "agent/second_look.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "content/scan.h"
#include "os/file.h"
#include "record/record.h"
#include "scan/places.h"
#include "scan/quarantine.h"
#include "scan/scan.h"

#include <stdlib.h>

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
	kh_json_set_bool(j, "literal", job->literal);
	kh_assert(json_object_set_new(j, "rules", texts(job->rules)) == 0);
	kh_json_set_text(j, "store", job->store);
	kh_json_set_text(j, "quarantine", job->quarantine);
	kh_json_set_text(j, "processes", job->processes);
	kh_json_set_text(j, "cache", job->cache);
	kh_json_set_text(j, "state", job->state);
	kh_json_set_text(j, "endpoint", job->endpoint);
	kh_json_set_text(j, "on_battery", job->on_battery);
	kh_json_set_text(j, "campaign", job->campaign);
	kh_json_set_int(j, "order", job->order);
	kh_json_set_int(j, "max_ms", job->max_ms);
	kh_json_set_int(j, "max_bytes", job->max_bytes);
	kh_json_set_int(j, "max_file_bytes", job->max_file_bytes);
	kh_json_set_int(j, "workers", job->workers);
	kh_json_set_int(j, "cpu_percent", job->cpu_percent);
	kh_json_set_int(j, "recheck_s", job->recheck_s);
	kh_json_set_int(j, "clock_offset_ms", job->clock_offset_ms);
	kh_auto_free char *text = kh_json_dump(j);
	kh_buf_adds(out, text);
}

struct run {
	struct kh_long_job job;
	const char *kind, *quarantine_dir, *cache, *endpoint, *campaign;
	char *verdicts;
	int64_t order;
	bool literal;
	KH_ARRAY(const char *) rules;
	struct kh_scan_places places;
	struct kh_quarantine *quarantine;
	struct kh_scan_options options;
	struct kh_second_look look;
};

static int read_texts(struct run *run)
{
	int r = kh_json_text(run->job.job, "kind", &run->kind);
	r = r < 0 ? r : kh_json_bool(run->job.job, "literal", &run->literal);
	r = r < 0 ? r : kh_json_text(run->job.job, "store", &run->look.store);
	r = r < 0 ? r : kh_json_text_or(run->job.job, "quarantine", NULL, &run->quarantine_dir);
	r = r < 0 ? r : kh_json_text(run->job.job, "cache", &run->cache);
	r = r < 0 ? r : kh_json_text(run->job.job, "state", &run->look.state_dir);
	r = r < 0 ? r : kh_json_text(run->job.job, "endpoint", &run->endpoint);
	return r < 0 ? r : kh_json_text_or(run->job.job, "campaign", NULL, &run->campaign);
}

static int read_job(struct run *run)
{
	int64_t max_bytes = 0, max_file = 0, workers = 0;
	const char *processes = NULL;
	int r = read_texts(run);
	r = r < 0 ? r : kh_json_text_or(run->job.job, "processes", "off", &processes);
	if (r == 0 && !kh_running_policy_parse(processes, &run->options.processes))
		r = kh_fail(KH_E_INVALID_FIELD, "field \"processes\": expected off, warn or stop");
	r = r < 0 ? r : kh_json_int(run->job.job, "order", 0, INT64_MAX, &run->order);
	r = r < 0 ? r : kh_json_int(run->job.job, "max_ms", 0, INT64_MAX, &run->options.max_ms);
	r = r < 0 ? r : kh_json_int(run->job.job, "max_bytes", 0, INT64_MAX, &max_bytes);
	r = r < 0 ? r : kh_json_int(run->job.job, "max_file_bytes", 0, INT64_MAX, &max_file);
	r = r < 0 ? r : kh_json_int(run->job.job, "workers", 0, 64, &workers);
	r = r < 0 ? r : kh_json_int(run->job.job, "recheck_s", 1, KH_FINDS_MAX_WAIT_S, &run->look.recheck_s);
	run->options.max_bytes = (uint64_t)max_bytes;
	run->options.max_size = (uint64_t)max_file;
	run->options.workers = (size_t)workers;
	return r;
}

/* ---- where ---- */

static void add_named(struct run *run)
{
	size_t i = 0;
	json_t *pattern = NULL;
	json_array_foreach(json_object_get(run->job.job, "patterns"), i, pattern) {
		const char *text = json_string_value(pattern);
		if (run->literal)
			kh_array_push(&run->places.paths, kh_strdup(text));
		else
			kh_scan_places_named(&run->places, &text, 1);
	}
}

/* The places of finds that are due; of those that no second look came to, all. */
static void add_finds(struct run *run)
{
	int64_t now_s = kh_long_job_now_ms(&run->job) / 1000;
	kh_array_each(&run->look.finds, find)
		if (find->state != KH_FIND_RUNNING && find->next_s <= now_s)
			kh_array_push(&run->places.paths, kh_strdup(find->path));
}

/* Places that do not exist on this machine are no lack of the scan. */
static void find_places(struct run *run)
{
	json_t *rule = NULL;
	size_t i = 0;
	if (kh_streq(run->kind, "recheck"))
		add_finds(run);
	else if (kh_streq(run->kind, "quick"))
		kh_scan_places_quick(&run->places, NULL);
	else if (kh_streq(run->kind, "full") && json_array_size(json_object_get(run->job.job, "patterns")) == 0)
		kh_scan_places_full(&run->places, "");
	add_named(run);
	if (run->places.lack)
		kh_log(KH_LOG_WARNING, "not all places of the scan are known", KH_S("why", run->places.lack));
	run->options.cross_file_systems = kh_streq(run->kind, "full");
	kh_scan_places_use(&run->places, &run->options);
	json_array_foreach(json_object_get(run->job.job, "rules"), i, rule)
		kh_array_push(&run->rules, json_string_value(rule));
	run->options.rules = run->rules.v;
	run->options.rule_count = run->rules.n;
}

/* ---- what is found ---- */

static void send_find(void *context, const struct kh_buf *fields)
{
	const struct run *run = context;
	kh_long_job_send(&run->job, KH_SCAN_JOB_FIND, fields->data, fields->len);
}

static void send_event(void *context, const struct kh_buf *fields)
{
	const struct run *run = context;
	kh_long_job_send(&run->job, KH_SCAN_JOB_EVENT, fields->data, fields->len);
}

static bool is_nameless(const struct run *run, const char *path)
{
	for (size_t i = 0; i < run->options.input_count; i++)
		if (path == run->options.inputs[i].path || kh_streq(path, run->options.inputs[i].path))
			return true;
	return false;
}

static void on_result(void *context, const struct kh_scan_result *file)
{
	struct run *run = context;
	if (kh_streq(run->kind, "recheck"))
		kh_second_look_place(&run->look, file);
	if (file->detection_count)
		kh_second_look_found(&run->look, file, is_nameless(run, file->path));
}

static void on_progress(void *context, const struct kh_scan_progress *p)
{
	struct run *run = context;
	kh_second_look_when_due(&run->look);
	if (!kh_long_job_tells_now(&run->job))
		return;
	const struct kh_scan_job_progress progress = {p->files, p->bytes, p->infected + p->suspicious, p->files_total, p->bytes_total, p->left_ms, run->job.battery};
	kh_long_job_send(&run->job, KH_SCAN_JOB_PROGRESS, &progress, sizeof progress);
}

/* ---- the scan ---- */

/* Without it everything is compiled and read again, which costs time only. */
static void use_cache(struct run *run)
{
	if (kh_dir_make(run->cache, 0700) < 0)
		return;
	run->verdicts = kh_format("%s/verdicts", run->cache);
	run->options.compiled = run->cache;
	run->options.verdicts = run->verdicts;
}

static int begin(struct run *run)
{
	struct kh_second_look *l = &run->look;
	int r = run->quarantine_dir ? kh_quarantine_open(run->quarantine_dir, &run->quarantine) : 0;
	run->options.estimate = true;
	run->options.stop = &kh_long_job_stop;
	run->options.cpu_percent = kh_long_job_cpu_percent;
	run->options.cpu_context = &run->job;
	l->quarantine = run->quarantine;
	l->options = &run->options;
	l->clock_offset_ms = run->job.clock_offset_ms;
	l->looked_ms = kh_monotonic_ms();
	l->send = send_find;
	l->send_event = send_event;
	l->context = run;
	kh_finds_load(l->state_dir, run->endpoint, &l->finds);
	find_places(run);
	use_cache(run);
	return r;
}

static void tell_end(struct run *run, int64_t started_ms, const struct kh_scan_summary *s)
{
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	struct kh_scan_job_end end = {s->files, s->bytes, s->infected, s->suspicious, s->stop, {0}};
	memcpy(end.gaps, s->gaps, sizeof end.gaps);
	const struct kh_scan_record record = {
		.kind = run->kind, .campaign = run->campaign, .order = run->order, .started_ms = started_ms, .ended_ms = kh_long_job_now_ms(&run->job)};
	kh_record_scan(&fields, &record, s);
	kh_long_job_send(&run->job, KH_SCAN_JOB_END, &end, sizeof end);
	kh_long_job_send(&run->job, KH_SCAN_JOB_DONE, fields.data, fields.len);
}

static int scan_places(struct run *run)
{
	const struct kh_scan_events events = {.context = run, .on_result = on_result, .on_progress = on_progress};
	kh_auto_scan_summary struct kh_scan_summary summary = {0};
	int64_t started_ms = kh_long_job_now_ms(&run->job);
	bool somewhere = run->options.path_count || run->options.input_count;
	int r = somewhere ? kh_content_scan(run->look.store, &run->options, &events, &summary) : 0;
	if (r < 0)
		return r;
	kh_second_look_now(&run->look);
	if (kh_streq(run->kind, "quick") && summary.stop == KH_SCAN_TO_THE_END && summary.rules)
		kh_second_look_ended(&run->look);
	kh_ignore(kh_finds_save(run->look.state_dir, &run->look.finds));
	tell_end(run, started_ms, &summary);
	return summary.rules || !somewhere ? 0 : kh_fail(KH_E_NOT_FOUND, "no rules");
}

static void run_done(struct run *run)
{
	kh_second_look_done(&run->look);
	kh_scan_places_done(&run->places);
	kh_quarantine_close(run->quarantine);
	free(run->verdicts);
	kh_array_done(&run->rules);
}

int kh_scan_job_main(int sock)
{
	struct run run = {0};
	int r = kh_long_job_begin(&run.job, "khien-agent scan", sock, KH_SCAN_JOB_START);
	r = r < 0 ? r : read_job(&run);
	r = r < 0 ? r : begin(&run);
	r = r < 0 ? r : scan_places(&run);
	run_done(&run);
	return kh_long_job_end(&run.job, r, "scan failed");
}
