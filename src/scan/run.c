#include "scan/scan.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/time.h"
#include "base/version.h"
#include "crypto/hash.h"
#include "os/file.h"
#include "sandbox/worker.h"
#include "scan/estimate.h"
#include "scan/pool.h"
#include "scan/share.h"
#include "scan/prepare.h"
#include "scan/protocol.h"
#include "scan/telling.h"
#include "scan/verdict_cache.h"
#include "scan/walk.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct run {
	const struct kh_scan_options *options;
	struct kh_scan_teller teller;
	int content; /* descriptor */
	struct kh_scan_pool *pool;
	struct kh_unpack_limits limits;
	uint64_t max_size;
	struct kh_verdict_version version;
	struct kh_verdict_cache *known; /* NULL: none */
	uint64_t given_bytes; /* handed to workers */
	struct kh_share share;
};

/* ---- what is known already ---- */

/* False: it must be looked at, if only by its size. */
static bool tell_known(struct run *run, struct kh_walk_item *item)
{
	uint8_t sha256[32];
	enum kh_known known = run->known && item->steady ? kh_verdict_cache_find(run->known, &item->state, sha256) : KH_KNOWN_NOT;
	item->clean_but_for_hashes = known == KH_KNOWN_CLEAN_BUT_FOR_HASHES;
	const bool is_told = known == KH_KNOWN_CLEAN || known == KH_KNOWN_CLEAN_TO_LIMIT;
	if (is_told)
		kh_tell_clean(&run->teller, item, sha256, known);
	return is_told;
}

/* The worker's word is taken only for a file that it was asked about so, in the state it was in. */
static void tell_still_clean(struct run *run, const struct kh_walk_item *item)
{
	uint8_t sha256[32];
	if (!item->clean_but_for_hashes || !run->known || kh_verdict_cache_find(run->known, &item->state, sha256) == KH_KNOWN_NOT) {
		kh_tell_unscanned(&run->teller, item, KH_VERDICT_ERROR, KH_SCAN_WHY_WORKER_FAILED, "it changed while it was looked at");
		return;
	}
	kh_verdict_cache_confirm(run->known, &item->state);
	kh_tell_clean(&run->teller, item, sha256, KH_KNOWN_CLEAN);
}

static void remember(struct run *run, const struct kh_walk_item *item, const struct kh_malware_report *report)
{
	const bool to_limit = report->gaps.n == 1 && report->gaps.v[0].kind == KH_GAP_CLAMAV_LIMIT, whole = report->gaps.n == 0;
	const struct kh_verdict_found found = {item->opened_ns, report->sha256, report->profiles, report->plain, to_limit};
	if (run->known && item->steady && report->verdict == KH_VERDICT_CLEAN && (whole || to_limit) && report->more_gaps == 0 &&
	    report->size == item->state.size)
		kh_verdict_cache_add(run->known, &item->state, &found);
}

static void remember_and_tell(struct run *run, const struct kh_walk_item *item, const struct kh_malware_report *report)
{
	remember(run, item, report);
	kh_tell_scanned(&run->teller, item, report);
}

static void on_done(void *context, const struct kh_walk_item *item, const struct kh_scan_reply *reply, const char *failure)
{
	struct run *run = context;
	if (!reply)
		kh_tell_unscanned(&run->teller, item, KH_VERDICT_ERROR, KH_SCAN_WHY_WORKER_FAILED, failure);
	else if (reply->outcome == KH_SCAN_SCANNED)
		remember_and_tell(run, item, &reply->report);
	else if (reply->outcome == KH_SCAN_STILL_CLEAN)
		tell_still_clean(run, item);
	else if (reply->outcome == KH_SCAN_TOO_LARGE)
		kh_tell_too_large(&run->teller, item);
	else if (reply->outcome == KH_SCAN_UNREADABLE)
		kh_tell_unreadable(&run->teller, item, reply->error);
	else
		kh_tell_unscanned(&run->teller, item, KH_VERDICT_ERROR, KH_SCAN_WHY_ENGINE_FAILED, NULL);
}

/* ---- the steps of a scan ---- */

enum { LISTENED_EACH = 32 }; /* files of the walk: many may be known, while workers wait for more of the others */

static int start_workers(struct run *run)
{
	kh_auto_free char *beside = NULL;
	int r = run->options->worker ? 0 : kh_worker_path("khien-scan-worker", &beside);
	if (r < 0)
		return r;
	size_t workers = run->options->workers ? run->options->workers : kh_share_processors();
	const struct kh_scan_pool_options options = {
		.program = beside ? beside : run->options->worker,
		.clamav = run->options->clamav,
		.workers = KH_MIN(workers, (size_t)KH_SCAN_MAX_WORKERS),
		.content = run->content,
		.kept = run->options->compiled,
		.setup = {.max_size = run->max_size, .limits = run->limits},
		/* Twice the time that the worker gives itself: it looks at its clock only now and then. */
		.file_ms = 2 * run->limits.time_ms + 1000,
	};
	return kh_scan_pool_new(&options, on_done, run, &run->pool);
}

static void note_rules(struct run *run)
{
	const struct kh_scan_ready *ready = kh_scan_pool_ready(run->pool);
	struct kh_scan_summary *s = run->teller.summary;
	for (size_t i = 0; i < ready->problems.n; i++) {
		const struct kh_rule_problem *p = &ready->problems.v[i];
		kh_rule_problems_add(&s->rule_problems, p->source, p->item, p->line, p->text);
	}
	s->rule_problems.more += ready->problems.more;
	s->rules = ready->content.yara_rules + ready->content.clamav_signatures + ready->content.hashes;
}

static void note_version(struct run *run)
{
	const struct kh_scan_setup setup = {.max_size = run->max_size, .limits = run->limits};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	uint8_t digest[32];
	struct kh_sha256 h;
	kh_sha256_init(&h);
	kh_sha256_add(&h, KH_VERSION, sizeof KH_VERSION);
	kh_scan_encode_setup(&setup, &b);
	kh_sha256_add(&h, b.data, b.len);
	kh_sha256_final(&h, digest);
	memcpy(run->version.program, digest, sizeof run->version.program);
	run->version.content = kh_scan_pool_ready(run->pool)->content.version;
}

/* Without it, every file is read: that costs time only. */
static void open_known(struct run *run)
{
	kh_verdict_cache_free(run->known);
	run->known = NULL;
	note_version(run);
	if (run->options->verdicts && kh_verdict_cache_open(run->options->verdicts, &run->version, &run->known) < 0)
		kh_log(KH_LOG_WARNING, "no verdict is known from before", KH_S("why", kh_fail_detail()));
}

/* That of this scan's workers, or where it needed none, of those that checked the content. */
static void note_sandbox(struct run *run)
{
	const struct kh_scan_ready *ready = kh_scan_pool_ready(run->pool);
	run->teller.summary->landlock_abi = ready->landlock_abi;
	run->teller.summary->user_changed = ready->user_changed;
}

/* Anew: what was said of other content is forgotten. */
static int find_content(struct run *run, bool anew)
{
	kh_fd_close(&run->content);
	run->content = -1;
	kh_rule_problems_done(&run->teller.summary->rule_problems);
	return kh_scan_content(run->options, anew, &run->content, &run->teller.summary->content_s, &run->teller.summary->rule_problems);
}

static bool can_be_made_anew(const struct run *run, int error)
{
	return error == KH_E_WORKER_FAILED && run->options->compiled && !run->options->content;
}

static int use_found_content(struct run *run)
{
	int r = kh_scan_pool_use(run->pool, run->content);
	if (r < 0)
		return r;
	note_rules(run);
	open_known(run);
	return run->teller.summary->rules > 0 ? 0 : kh_fail(KH_E_WORKER_FAILED, "the content made anew holds no rules");
}

static int use_given_content(void *context, int fd)
{
	struct run *run = context;
	int content = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (content < 0)
		return kh_fail_errno("the compiled content");
	kh_fd_close(&run->content);
	run->content = content;
	kh_rule_problems_done(&run->teller.summary->rule_problems);
	return use_found_content(run);
}

/* The content that was whole at an earlier scan cannot be loaded now: by engines that were updated since, say. Verdicts that rest on it hold still, and what was told is not told again. */
static int use_other_content(struct run *run, int error)
{
	const struct kh_scan_options *o = run->options;
	if (o->content && o->content_again)
		return o->content_again(o->content_context, use_given_content, run);
	if (!can_be_made_anew(run, error))
		return error;
	int r = find_content(run, true);
	return r < 0 ? r : use_found_content(run);
}

/* Content of which no worker could be made has been of no use: it counts as none. */
static int wait_for_workers(struct run *run, int timeout_ms)
{
	int r = kh_scan_pool_wait(run->pool, timeout_ms);
	if (r == 0 || kh_scan_pool_is_at_work(run->pool))
		return r;
	r = use_other_content(run, r);
	if (r < 0)
		run->teller.summary->rules = 0;
	return r;
}

static bool must_stop(struct run *run)
{
	const struct kh_scan_options *o = run->options;
	if (o->stop && *o->stop)
		run->teller.summary->stop = KH_SCAN_STOPPED;
	else if (o->max_ms && kh_monotonic_ms() - run->teller.started_ms >= o->max_ms)
		run->teller.summary->stop = KH_SCAN_OUT_OF_TIME;
	else if (o->max_bytes && run->given_bytes >= o->max_bytes)
		run->teller.summary->stop = KH_SCAN_ENOUGH_BYTES;
	return run->teller.summary->stop != KH_SCAN_TO_THE_END;
}

/* Waits until the file is taken, or the scan must stop. */
static int hand_out(struct run *run, struct kh_walk_item *item)
{
	int r = 0;
	uint64_t size = item->state.size;
	while (r == 0 && !kh_scan_pool_offer(run->pool, item) && !must_stop(run))
		r = wait_for_workers(run, KH_SCAN_PROGRESS_MS);
	run->given_bytes += size;
	return r;
}

static int open_and_scan(struct run *run, struct kh_walk *walk, struct kh_walk_item *item)
{
	if (!kh_walk_open(walk, item))
		return 0; /* gone */
	if (item->kind != KH_WALK_FILE)
		kh_tell_not_opened(&run->teller, item);
	else if (item->clean_but_for_hashes && tell_known(run, item)) /* its state may have changed before it was opened */
		return 0;
	else
		return hand_out(run, item);
	return 0;
}

/* It has no name, so it cannot be put into quarantine. */
static int scan_input(struct run *run, const struct kh_scan_input *input)
{
	struct stat st;
	kh_auto_walk_item struct kh_walk_item item = {.kind = KH_WALK_FILE, .path = kh_strdup(input->path), .fd = fcntl(input->fd, F_DUPFD_CLOEXEC, 3)};
	if (item.fd < 0 || fstat(item.fd, &st) < 0)
		return kh_fail_errno("%s", input->path);
	item.state.size = (uint64_t)st.st_size;
	return hand_out(run, &item);
}

/* Waits until the share of a core allows more. */
static int keep_pace(struct run *run)
{
	int r = 0;
	while (r == 0 && run->share.percent_of && !must_stop(run)) {
		const int wait_ms = kh_share_wait_ms(&run->share, kh_scan_pool_cpu_ns(run->pool));
		run->teller.waits = wait_ms > 0;
		if (!run->teller.waits)
			break;
		r = wait_for_workers(run, KH_MIN(wait_ms, KH_SCAN_PROGRESS_MS));
		kh_tell_progress(&run->teller, "");
	}
	return r;
}

static int walk_and_scan(struct run *run, struct kh_walk *walk)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < run->options->input_count; i++) {
		r = keep_pace(run);
		r = r < 0 ? r : scan_input(run, &run->options->inputs[i]);
	}
	for (unsigned n = 0; r == 0 && !must_stop(run); n++) {
		r = keep_pace(run);
		if (r == 0 && n % LISTENED_EACH == 0 && kh_scan_pool_busy(run->pool) > 0)
			r = wait_for_workers(run, 0);
		if (r < 0)
			break;
		kh_auto_walk_item struct kh_walk_item item = KH_WALK_ITEM_NONE;
		if (!kh_walk_next(walk, &item))
			break;
		if (item.kind != KH_WALK_FILE)
			kh_tell_not_opened(&run->teller, &item);
		else if (item.state.size > run->max_size)
			kh_tell_too_large(&run->teller, &item);
		else if (!tell_known(run, &item))
			r = open_and_scan(run, walk, &item);
	}
	return r;
}

/* What the workers have is finished, unless somebody waits at the terminal for the end. */
static int finish(struct run *run)
{
	int r = 0;
	while (r == 0 && kh_scan_pool_busy(run->pool) > 0 && !(run->options->stop && *run->options->stop)) {
		r = wait_for_workers(run, KH_SCAN_PROGRESS_MS);
		kh_tell_progress(&run->teller, "");
	}
	if (run->options->stop && *run->options->stop)
		run->teller.summary->stop = KH_SCAN_STOPPED;
	return r;
}

static int start_with_content(struct run *run, bool anew)
{
	int r = find_content(run, anew);
	return r < 0 ? r : start_workers(run);
}

/* Content that was kept may be damaged, or made by engines that were updated since: then it is made anew. */
static int start(struct run *run)
{
	int r = start_with_content(run, false);
	return can_be_made_anew(run, r) ? start_with_content(run, true) : r;
}

static int scan_with_workers(struct run *run)
{
	int r = 0;
	note_rules(run);
	if (run->teller.summary->rules == 0)
		return 0; /* without rules everything would look clean */
	open_known(run);
	const struct kh_walk_options walk_options = {
		.paths = run->options->paths,
		.path_count = run->options->path_count,
		.excludes = run->options->excludes,
		.passed_over = run->options->passed_over,
		.cross_file_systems = run->options->cross_file_systems,
	};
	struct kh_walk *walk = kh_walk_new(&walk_options);
	run->teller.estimate = run->options->estimate ? kh_scan_estimate_start(&walk_options, run->max_size) : NULL;
	kh_share_start(&run->share, run->options->cpu_percent, run->options->cpu_context, kh_scan_pool_cpu_ns(run->pool));
	r = walk_and_scan(run, walk);
	if (r == 0)
		r = finish(run);
	kh_scan_estimate_free(run->teller.estimate);
	run->teller.estimate = NULL;
	kh_walk_free(walk);
	note_sandbox(run);
	run->teller.summary->replaced_workers = kh_scan_pool_replaced(run->pool);
	if (kh_scan_pool_signatures_refused(run->pool))
		kh_rule_problems_add(&run->teller.summary->rule_problems, "libclamav", NULL, 0, KH_WORDS("some signatures are malformed for it and were left out (clamscan -d FILE names them)"));
	return r;
}

int kh_scan_run(const struct kh_scan_options *options, const struct kh_scan_events *events, struct kh_scan_summary *ret)
{
	static const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	struct run run = {
		.options = options,
		.teller = {.options = options, .events = events, .summary = ret, .started_ms = kh_monotonic_ms()},
		.content = -1,
		.limits = options->limits ? *options->limits : usual,
		.max_size = options->max_size ? options->max_size : KH_SCAN_MAX_SIZE,
	};
	*ret = (struct kh_scan_summary){.size_was_chosen = options->max_size != 0};
	int r = start(&run);
	if (r == 0)
		r = scan_with_workers(&run);
	kh_scan_pool_free(run.pool);
	kh_fd_close(&run.content);
	kh_verdict_cache_free(run.known);
	ret->elapsed_ms = kh_monotonic_ms() - run.teller.started_ms;
	return r;
}
