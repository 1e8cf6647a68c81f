#include "agent/search_job.h"

#include "agent/long_job.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "os/mounted.h"
#include "scan/places.h"
#include "search/cases.h"
#include "search/search.h"
#include "search/unread.h"

#include <stdlib.h>
#include <string.h>

#define SAVED_EVERY_MS 5000 /* what was found meanwhile would be found again after a power cut */

/* ---- the job ---- */

void kh_search_job_encode(const struct kh_search_job *job, struct kh_buf *out)
{
	kh_auto_json json_t *j = json_object();
	json_t *patterns = json_array();
	for (const char *const *p = job->patterns; *p; p++)
		kh_assert(json_array_append_new(patterns, kh_json_string(*p)) == 0);
	kh_assert(json_object_set_new(j, "patterns", patterns) == 0);
	kh_json_set_text(j, "folder", job->folder);
	kh_json_set_text(j, "passed_over", job->passed_over);
	kh_json_set_text(j, "ocr", job->ocr);
	kh_json_set_text(j, "on_battery", job->on_battery);
	kh_json_set_bool(j, "independent_lan", job->independent_lan);
	kh_json_set_int(j, "cpu_percent", job->cpu_percent);
	kh_json_set_int(j, "max_ms", job->max_ms);
	kh_json_set_int(j, "max_file_bytes", job->max_file_bytes);
	kh_json_set_int(j, "workers", job->workers);
	kh_json_set_int(j, "clock_offset_ms", job->clock_offset_ms);
	kh_auto_free char *text = kh_json_dump(j);
	kh_buf_adds(out, text);
}

/* A document that bears a mark, until it is in the cases. */
struct find {
	char *path;
	uint8_t sha256[KH_SHA256_SIZE];
	enum kh_secrecy_level level;
};

struct run {
	struct kh_long_job job;
	const char *folder, *passed_over[2];
	int64_t saved_ms;
	bool independent_lan;
	char *known;
	struct kh_scan_places places;
	struct kh_scan_options place_list; /* as kh_scan_places_use() gives it */
	struct kh_search_options options;
	struct kh_mounted_list mounts;
	KH_ARRAY(struct find) finds; /* not in the cases yet */
	KH_ARRAY(char *) open;       /* paths of open cases at the start, sorted … */
	KH_ARRAY(char *) cleared;    /* … and of them, those that bear no mark any more */
	struct kh_unread_list unread;
	struct kh_names seen;        /* ids of the cases that this search found, sorted when it ends */
};

static int read_numbers(struct run *run)
{
	const json_t *job = run->job.job;
	int64_t max_file = 0, workers = 0;
	int r = kh_json_bool(job, "independent_lan", &run->independent_lan);
	r = r < 0 ? r : kh_json_int(job, "max_ms", 0, INT64_MAX, &run->options.max_ms);
	r = r < 0 ? r : kh_json_int(job, "max_file_bytes", 0, INT64_MAX, &max_file);
	r = r < 0 ? r : kh_json_int(job, "workers", 1, KH_SEARCH_MAX_WORKERS, &workers);
	run->options.max_size = (uint64_t)max_file;
	run->options.workers = (size_t)workers;
	return r;
}

static int read_job(struct run *run)
{
	const char *ocr = NULL;
	int r = kh_json_text(run->job.job, "folder", &run->folder);
	r = r < 0 ? r : kh_json_text(run->job.job, "passed_over", &run->passed_over[0]);
	r = r < 0 ? r : kh_json_text(run->job.job, "ocr", &ocr);
	r = r < 0 ? r : read_numbers(run);
	run->options.ocr = kh_streq(ocr, "never") ? KH_OCR_NEVER : kh_streq(ocr, "always") ? KH_OCR_ALWAYS : KH_OCR_AUTO;
	return r;
}

static int64_t now_s(const struct run *run)
{
	return kh_long_job_now_ms(&run->job) / 1000;
}

/* ---- into the cases ---- */

static void tell_case(const struct run *run, const struct kh_case *k)
{
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_case_event(&fields, k);
	kh_long_job_send(&run->job, KH_SEARCH_JOB_EVENT, fields.data, fields.len);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void mark_seen(struct run *run, struct kh_cases *c)
{
	if (run->seen.n > 0)
		qsort(run->seen.v, run->seen.n, sizeof *run->seen.v, by_text);
	kh_array_each(c, k) {
		const char *id = k->id;
		k->seen = run->seen.n > 0 && bsearch(&id, run->seen.v, run->seen.n, sizeof *run->seen.v, by_text);
	}
}

static void take_finds(struct run *run, struct kh_cases *c)
{
	kh_array_each(&run->finds, f) {
		bool is_new = false;
		const struct kh_case_find find = {f->path, f->sha256, f->level, kh_search_place_of(f->path, &run->mounts)};
		struct kh_case *k = kh_cases_found(c, &find, now_s(run), &is_new);
		if (k)
			kh_array_push(&run->seen, kh_strdup(k->id));
		if (k && is_new)
			tell_case(run, k);
		free(f->path);
	}
	run->finds.n = 0;
	kh_array_each(&run->cleared, path) {
		struct kh_case *k = kh_cases_cleared(c, *path, now_s(run));
		if (k)
			tell_case(run, k);
	}
	run->cleared.n = 0; /* lent by `open` */
}

static int take_end(struct run *run, struct kh_cases *c, const struct kh_case_search *last)
{
	mark_seen(run, c);
	for (struct kh_case *k = kh_cases_next_gone(c, now_s(run)); k; k = kh_cases_next_gone(c, now_s(run)))
		tell_case(run, k);
	c->last = *last;
	return kh_unread_replace(run->folder, &run->unread, !last->lack || kh_streq(last->lack, "pictures"), now_s(run), &c->last.unread_since_s);
}

/* `last`: of the whole search; NULL: it goes on. */
static int save(struct run *run, const struct kh_case_search *last)
{
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	int r = kh_cases_open(run->folder, &c);
	if (r < 0)
		return r;
	take_finds(run, &c);
	run->saved_ms = kh_monotonic_ms();
	r = last ? take_end(run, &c, last) : 0;
	if (c.left_out)
		kh_log(KH_LOG_WARNING, "too many documents marked secret: the rest is not followed", KH_I("left_out", (int64_t)c.left_out));
	return r < 0 ? r : kh_cases_save(&c, now_s(run));
}

static int note_open(struct run *run)
{
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	int r = kh_cases_open(run->folder, &c);
	kh_array_each(&c, k)
		if (k->state == KH_CASE_FOUND)
			kh_array_push(&run->open, kh_strdup(k->path));
	if (run->open.n > 0)
		qsort(run->open.v, run->open.n, sizeof *run->open.v, by_text);
	return r;
}

/* ---- while it runs ---- */

static void on_result(void *context, const struct kh_search_result *file)
{
	struct run *run = context;
	const struct kh_search_report *report = file->report;
	if (file->skipped ? file->why == KH_SCAN_WHY_TOO_LARGE : report->state != KH_SEARCH_SCANNED)
		kh_unread_add(&run->unread, file->real_path ? file->real_path : file->path, file->reason, report->state == KH_SEARCH_ENCRYPTED, now_s(run));
	if (report->level != KH_SECRECY_NONE) {
		struct find find = {.path = kh_strdup(file->real_path ? file->real_path : file->path), .level = report->level};
		memcpy(find.sha256, report->sha256, sizeof find.sha256);
		kh_array_push(&run->finds, find);
	} else if (!file->skipped && report->state == KH_SEARCH_SCANNED && run->open.n > 0) {
		char **open = bsearch(&file->path, run->open.v, run->open.n, sizeof *run->open.v, by_text);
		if (open)
			kh_array_push(&run->cleared, *open);
	}
}

static void on_progress(void *context, const struct kh_search_progress *p)
{
	struct run *run = context;
	const int64_t now_ms = kh_monotonic_ms();
	if ((run->finds.n > 0 || run->cleared.n > 0) && now_ms - run->saved_ms >= SAVED_EVERY_MS) {
		int r = save(run, NULL);
		if (r < 0)
			kh_log(KH_LOG_WARNING, "the cases could not be saved", KH_ERR(r));
		run->saved_ms = now_ms;
	}
	if (!kh_long_job_tells_now(&run->job))
		return;
	const struct kh_search_job_progress progress = {p->files, p->bytes, p->found, run->job.battery};
	kh_long_job_send(&run->job, KH_SEARCH_JOB_PROGRESS, &progress, sizeof progress);
}

/* ---- the search ---- */

static void find_places(struct run *run)
{
	size_t i = 0;
	json_t *pattern = NULL;
	json_array_foreach(json_object_get(run->job.job, "patterns"), i, pattern) {
		const char *text = json_string_value(pattern);
		kh_scan_places_named(&run->places, &text, 1);
	}
	kh_scan_places_use(&run->places, &run->place_list);
}

static void begin(struct run *run)
{
	find_places(run);
	kh_ignore(kh_mounted_read("", &run->mounts)); /* without it, the path alone says what a place is */
	run->known = kh_format("%s/searched", run->folder);
	run->options.paths = run->place_list.paths;
	run->options.path_count = run->place_list.path_count;
	run->options.passed_over = run->passed_over;
	run->options.known = run->known;
	run->options.cpu_percent = kh_long_job_cpu_percent;
	run->options.cpu_context = &run->job;
	run->options.stop = &kh_long_job_stop;
	run->saved_ms = kh_monotonic_ms();
}

static int search(struct run *run)
{
	const struct kh_search_events events = {.context = run, .on_result = on_result, .on_progress = on_progress};
	struct kh_search_summary s = {.pictures = true};
	int r = run->options.path_count ? kh_search_run(&run->options, &events, &s) : 0;
	if (r < 0)
		return r;
	const char *stopped = kh_search_stop_name(s.stop);
	const struct kh_case_search last = {
		.ended_s = now_s(run), .lack = stopped ? stopped : s.pictures ? NULL : "pictures", .independent_lan = run->independent_lan, .files = s.files, .documents = s.documents,
		.encrypted = s.encrypted, .partly = s.partly, .unread = s.errors + s.too_large};
	r = save(run, &last);
	if (r < 0)
		return r;
	const struct kh_search_job_end end = {s.files, s.bytes, kh_search_found(&s), s.errors + s.too_large + s.partly + s.encrypted, !last.lack, s.stop};
	kh_long_job_send(&run->job, KH_SEARCH_JOB_END, &end, sizeof end);
	return 0;
}

static void run_done(struct run *run)
{
	kh_array_each(&run->finds, f)
		free(f->path);
	kh_array_done(&run->finds);
	kh_array_each(&run->open, path)
		free(*path);
	kh_array_done(&run->open);
	kh_array_done(&run->cleared);
	kh_names_done(&run->seen);
	kh_unread_done(&run->unread);
	kh_mounted_done(&run->mounts);
	kh_scan_places_done(&run->places);
	free(run->known);
}

int kh_search_job_main(int sock)
{
	struct run run = {0};
	int r = kh_long_job_begin(&run.job, "khien-agent search", sock, KH_SEARCH_JOB_START);
	r = r < 0 ? r : read_job(&run);
	r = r < 0 ? r : note_open(&run);
	if (r == 0)
		begin(&run);
	r = r < 0 ? r : search(&run);
	run_done(&run);
	return kh_long_job_end(&run.job, r, "search failed");
}
