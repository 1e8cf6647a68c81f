#include "search/search.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "base/version.h"
#include "crypto/hash.h"
#include "os/file.h"
#include "os/shipped.h"
#include "sandbox/worker.h"
#include "scan/estimate.h"
#include "scan/share.h"
#include "scan/verdict_cache.h"
#include "scan/walk.h"
#include "search/workers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run {
	const struct kh_search_options *options;
	const struct kh_search_events *events;
	struct kh_search_summary *summary;
	struct kh_search_workers *workers;
	struct kh_search_setup setup;
	struct kh_verdict_version version;
	struct kh_verdict_cache *known; /* NULL: none */
	struct kh_scan_estimate *estimate;
	struct kh_share share;
	int64_t started_ms, told_ms;
};

/* ---- telling ---- */

static void tell_progress(struct run *run, const char *path)
{
	const struct kh_search_summary *s = run->summary;
	const int64_t now = kh_monotonic_ms();
	if (!run->events->on_progress || now - run->told_ms < KH_SEARCH_PROGRESS_MS)
		return;
	struct kh_search_progress p = {.files = s->files, .bytes = s->bytes, .found = kh_search_found(s), .errors = s->errors,
				       .elapsed_ms = now - run->started_ms, .path = path, .left_ms = -1};
	if (kh_scan_estimate_ready(run->estimate, &p.files_total, &p.bytes_total))
		p.left_ms = kh_scan_left_ms(s->files + s->errors, s->bytes, p.files_total, p.bytes_total, p.elapsed_ms);
	run->told_ms = now;
	run->events->on_progress(run->events->context, &p);
}

static void count(struct kh_search_summary *s, const struct kh_search_result *r)
{
	s->skipped += r->skipped;
	s->errors += !r->skipped && r->report->state == KH_SEARCH_ERROR;
	if (r->skipped || r->report->state == KH_SEARCH_ERROR)
		return;
	s->files++;
	s->bytes += r->report->size;
	s->known += r->known;
	s->documents += r->hashed && !r->known;
	s->partly += r->report->state == KH_SEARCH_PARTLY;
	s->encrypted += r->report->state == KH_SEARCH_ENCRYPTED;
	if (r->report->level != KH_SECRECY_NONE)
		s->found[r->report->level]++;
}

static void tell(struct run *run, const struct kh_search_result *r)
{
	count(run->summary, r);
	if (run->events->on_result)
		run->events->on_result(run->events->context, r);
	tell_progress(run, r->path);
}

/* `words` NULL: those of the code. */
static void tell_unread(struct run *run, const struct kh_walk_item *item, bool skipped, enum kh_scan_why why, const char *words)
{
	const struct kh_search_report report = {.size = item->state.size, .state = KH_SEARCH_ERROR};
	const struct kh_search_result r = {.path = item->path, .skipped = skipped, .report = &report, .why = why, .reason = words ? words : kh_scan_why_text(why), .fd = -1};
	run->summary->too_large += why == KH_SCAN_WHY_TOO_LARGE;
	tell(run, &r);
}

static void tell_unreadable(struct run *run, const struct kh_walk_item *item, int error)
{
	const enum kh_scan_why why = kh_scan_why_of_errno(error);
	tell_unread(run, item, false, why, why == KH_SCAN_WHY_UNREADABLE ? kh_errno_words(error) : NULL);
}

static void tell_not_opened(struct run *run, const struct kh_walk_item *item)
{
	if (item->error)
		tell_unreadable(run, item, item->error);
	else
		tell_unread(run, item, item->kind == KH_WALK_SKIPPED, item->why, NULL);
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i])
			return false;
	return true;
}

/* "partly read: depth limit inside; encrypted"; NULL when the whole file was read. */
static char *gaps_text(const struct kh_search_report *r)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	for (size_t i = 0; i < r->gap_count; i++)
		kh_buf_addf(&b, "%s%s%s", i ? "; " : r->state == KH_SEARCH_ENCRYPTED ? "" : "partly read: ", kh_gap_name(r->gaps[i].kind), r->gaps[i].inside ? " inside" : "");
	return r->gap_count ? kh_buf_take(&b) : NULL;
}

static void tell_read(struct run *run, const struct kh_walk_item *item, const struct kh_search_report *report)
{
	kh_auto_free char *reason = gaps_text(report), *real = kh_walk_item_real_path(item);
	const struct kh_search_result r = {.path = item->path, .hashed = report->format != KH_DOCUMENT_NONE, .report = report, .reason = reason, .fd = item->fd, .real_path = real};
	tell(run, &r);
}

/* ---- what is known already ---- */

static bool tell_known(struct run *run, const struct kh_walk_item *item)
{
	struct kh_search_report report = {.size = item->state.size};
	if (!run->known || !item->steady || kh_verdict_cache_find(run->known, &item->state, report.sha256) != KH_KNOWN_CLEAN)
		return false;
	const struct kh_search_result r = {.path = item->path, .known = true, .hashed = !is_zero(report.sha256, sizeof report.sha256), .report = &report, .fd = -1};
	tell(run, &r);
	return true;
}

static void remember(struct run *run, const struct kh_walk_item *item, const struct kh_search_report *report)
{
	const struct kh_verdict_found found = {.seen_ns = item->opened_ns, .sha256 = report->sha256};
	if (run->known && item->steady && report->level == KH_SECRECY_NONE && report->state == KH_SEARCH_SCANNED && report->size == item->state.size)
		kh_verdict_cache_add(run->known, &item->state, &found);
}

static void on_done(void *context, const struct kh_walk_item *item, const struct kh_search_reply *reply, const char *failure)
{
	struct run *run = context;
	if (!reply) {
		tell_unread(run, item, false, KH_SCAN_WHY_WORKER_FAILED, failure);
	} else if (reply->outcome == KH_SEARCH_READ) {
		remember(run, item, &reply->report);
		tell_read(run, item, &reply->report);
	} else if (reply->outcome == KH_SEARCH_TOO_LARGE) {
		tell_unread(run, item, true, KH_SCAN_WHY_TOO_LARGE, NULL);
	} else if (reply->outcome == KH_SEARCH_UNREADABLE) {
		tell_unreadable(run, item, reply->error);
	} else {
		tell_unread(run, item, false, KH_SCAN_WHY_ENGINE_FAILED, NULL);
	}
}

/* ---- the steps of a search ---- */

enum { LISTENED_EACH = 32 }; /* files of the walk: many may be known, while workers wait for more of the others */

/* Where Debian has it: tesseract-ocr-vie of version 5. */
static const char *letters_installed(void)
{
	static const char path[] = "/usr/share/tesseract-ocr/5/tessdata/vie.traineddata";
	return access(path, R_OK) == 0 ? path : NULL;
}

static int start_workers(struct run *run)
{
	const struct kh_search_options *o = run->options;
	const char *letters = o->letters ? o->letters : letters_installed();
	kh_auto_free char *program = NULL, *rules = NULL;
	int r = o->worker ? 0 : kh_worker_path("khien-document-worker", &program);
	r = r < 0 || o->rules ? r : kh_shipped("secrecy", "packs/secrecy", &rules);
	if (r < 0)
		return r;
	const struct kh_search_workers_options options = {
		.program = o->worker ? o->worker : program,
		.workers = KH_MIN(o->workers ? o->workers : kh_share_processors(), (size_t)KH_SEARCH_MAX_WORKERS),
		.rules = o->rules ? o->rules : rules,
		.letters = o->ocr == KH_OCR_NEVER ? NULL : letters,
		.setup = run->setup,
		/* More than the worker gives itself, twice the limit when pages are pictures: it looks at its clock only now and then. */
		.file_ms = 3 * run->setup.limits.time_ms + 1000,
	};
	run->summary->pictures = o->ocr == KH_OCR_NEVER || letters;
	return kh_search_workers_new(&options, on_done, run, &run->workers);
}

/* What was searched before holds as long as this program, its limits, the rules and what is done with pictures stay the same. Without it, every file is read: that costs time only. */
static void open_known(struct run *run)
{
	const struct kh_search_ready *ready = kh_search_workers_ready(run->workers);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	uint8_t digest[32];
	kh_buf_adds(&b, "search " KH_VERSION);
	kh_search_encode_setup(&run->setup, &b);
	kh_buf_add(&b, ready->rules, sizeof ready->rules);
	kh_buf_addc(&b, run->summary->pictures);
	kh_sha256_of(b.data, b.len, digest);
	memcpy(run->version.program, digest, sizeof run->version.program);
	if (run->options->known && kh_verdict_cache_open(run->options->known, &run->version, &run->known) < 0)
		kh_log(KH_LOG_WARNING, "nothing is known from before", KH_S("why", kh_fail_detail()));
}

static bool must_stop(struct run *run)
{
	const struct kh_search_options *o = run->options;
	if (o->stop && *o->stop)
		run->summary->stop = KH_SEARCH_STOPPED;
	else if (o->max_ms && kh_monotonic_ms() - run->started_ms >= o->max_ms)
		run->summary->stop = KH_SEARCH_OUT_OF_TIME;
	return run->summary->stop != KH_SEARCH_TO_THE_END;
}

/* Waits until the file is taken, or the search must stop. */
static int hand_out(struct run *run, struct kh_walk_item *item)
{
	int r = 0;
	while (r == 0 && !kh_search_workers_offer(run->workers, item) && !must_stop(run))
		r = kh_search_workers_wait(run->workers, KH_SEARCH_PROGRESS_MS);
	return r;
}

/* Waits until the share of a core allows more. */
static int keep_pace(struct run *run)
{
	int r = 0;
	while (r == 0 && run->share.percent_of && !must_stop(run)) {
		const int wait_ms = kh_share_wait_ms(&run->share, kh_search_workers_cpu_ns(run->workers));
		if (wait_ms == 0)
			break;
		r = kh_search_workers_wait(run->workers, KH_MIN(wait_ms, KH_SEARCH_PROGRESS_MS));
		tell_progress(run, "");
	}
	return r;
}

static int look_at(struct run *run, struct kh_walk *walk, struct kh_walk_item *item)
{
	if (item->kind != KH_WALK_FILE)
		tell_not_opened(run, item);
	else if (item->state.size > run->setup.max_size)
		tell_unread(run, item, true, KH_SCAN_WHY_TOO_LARGE, NULL);
	else if (tell_known(run, item) || !kh_walk_open(walk, item))
		return 0; /* or it is gone */
	else if (item->kind != KH_WALK_FILE)
		tell_not_opened(run, item);
	else
		return hand_out(run, item);
	return 0;
}

static int walk_and_search(struct run *run, struct kh_walk *walk)
{
	int r = 0;
	for (unsigned n = 0; r == 0 && !must_stop(run); n++) {
		r = keep_pace(run);
		if (r == 0 && n % LISTENED_EACH == 0 && kh_search_workers_busy(run->workers) > 0)
			r = kh_search_workers_wait(run->workers, 0);
		kh_auto_walk_item struct kh_walk_item item = KH_WALK_ITEM_NONE;
		if (r < 0 || !kh_walk_next(walk, &item))
			break;
		r = look_at(run, walk, &item);
	}
	return r;
}

/* What the workers have is finished, unless somebody waits at the terminal for the end. */
static int finish(struct run *run)
{
	int r = 0;
	while (r == 0 && kh_search_workers_busy(run->workers) > 0 && !(run->options->stop && *run->options->stop)) {
		r = kh_search_workers_wait(run->workers, KH_SEARCH_PROGRESS_MS);
		tell_progress(run, "");
	}
	if (run->options->stop && *run->options->stop)
		run->summary->stop = KH_SEARCH_STOPPED;
	return r;
}

static int search_with_workers(struct run *run)
{
	const struct kh_search_options *o = run->options;
	const struct kh_walk_options walk_options = {
		.paths = o->paths, .path_count = o->path_count, .excludes = o->excludes, .passed_over = o->passed_over, .cross_file_systems = o->cross_file_systems};
	open_known(run);
	struct kh_walk *walk = kh_walk_new(&walk_options);
	run->estimate = o->estimate ? kh_scan_estimate_start(&walk_options, run->setup.max_size) : NULL;
	kh_share_start(&run->share, o->cpu_percent, o->cpu_context, kh_search_workers_cpu_ns(run->workers));
	int r = walk_and_search(run, walk);
	r = r < 0 ? r : finish(run);
	kh_scan_estimate_free(run->estimate);
	kh_walk_free(walk);
	run->summary->landlock_abi = kh_search_workers_ready(run->workers)->landlock_abi;
	run->summary->user_changed = kh_search_workers_ready(run->workers)->user_changed;
	run->summary->replaced_workers = kh_search_workers_replaced(run->workers);
	return r;
}

int kh_search_run(const struct kh_search_options *options, const struct kh_search_events *events, struct kh_search_summary *ret)
{
	static const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	struct run run = {
		.options = options,
		.events = events,
		.summary = ret,
		.setup = {.max_size = options->max_size ? options->max_size : KH_SEARCH_MAX_SIZE, .limits = options->limits ? *options->limits : usual, .ocr = options->ocr, .show = options->show},
		.started_ms = kh_monotonic_ms(),
	};
	*ret = (struct kh_search_summary){.size_was_chosen = options->max_size != 0};
	int r = start_workers(&run);
	r = r < 0 ? r : search_with_workers(&run);
	kh_search_workers_free(run.workers);
	kh_verdict_cache_free(run.known);
	ret->elapsed_ms = kh_monotonic_ms() - run.started_ms;
	return r;
}
