#include "scan/telling.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/time.h"
#include "scan/quarantine.h"

#include <stdlib.h>
#include <string.h>

/* ---- counting and telling ---- */

void kh_tell_progress(struct kh_scan_teller *t, const char *path)
{
	int64_t now = kh_monotonic_ms();
	const struct kh_scan_summary *s = t->summary;
	if (!t->events->on_progress || now - t->told_ms < KH_SCAN_PROGRESS_MS)
		return;
	struct kh_scan_progress progress = {.files = s->files, .bytes = s->bytes, .infected = s->infected, .suspicious = s->suspicious, .errors = s->errors,
					    .elapsed_ms = now - t->started_ms, .path = path, .left_ms = -1, .waits = t->waits};
	if (kh_scan_estimate_ready(t->estimate, &progress.files_total, &progress.bytes_total))
		progress.left_ms = kh_scan_left_ms(s->files + s->errors, s->bytes, progress.files_total, progress.bytes_total, progress.elapsed_ms);
	t->told_ms = now;
	t->events->on_progress(t->events->context, &progress);
}

/* A reason counts once a file. */
static void count_gaps(struct kh_scan_summary *s, const struct kh_scan_result *r)
{
	bool counted[KH_GAP_COUNT] = {false};
	for (const struct kh_gap *g = r->gaps; g < r->gaps + r->gap_count; g++) {
		s->gaps[g->kind] += !counted[g->kind];
		counted[g->kind] = true;
	}
}

static void count(struct kh_scan_summary *s, const struct kh_scan_result *r)
{
	uint64_t *const of_verdict[KH_VERDICT_COUNT] = {
		[KH_VERDICT_INFECTED] = &s->infected,
		[KH_VERDICT_SUSPICIOUS] = &s->suspicious,
		[KH_VERDICT_SKIPPED] = &s->skipped,
		[KH_VERDICT_ERROR] = &s->errors,
	};
	if (of_verdict[r->verdict])
		++*of_verdict[r->verdict];
	if (r->verdict == KH_VERDICT_SKIPPED || r->verdict == KH_VERDICT_ERROR)
		return;
	s->files++;
	s->bytes += r->size;
	s->partly += r->gap_count > 0;
	count_gaps(s, r);
}

static void tell(struct kh_scan_teller *t, const struct kh_scan_result *r)
{
	count(t->summary, r);
	if (t->events->on_result)
		t->events->on_result(t->events->context, r);
	kh_tell_progress(t, r->path);
}

void kh_tell_unscanned(struct kh_scan_teller *t, const struct kh_walk_item *item, enum kh_verdict verdict, enum kh_scan_why why, const char *words)
{
	const struct kh_scan_result r = {
		.path = item->path,
		.verdict = verdict,
		.has_size = item->kind == KH_WALK_FILE,
		.size = item->state.size,
		.why = why,
		.reason = words ? words : kh_scan_why_text(why),
	};
	tell(t, &r);
}

void kh_tell_unreadable(struct kh_scan_teller *t, const struct kh_walk_item *item, int error)
{
	enum kh_scan_why why = kh_scan_why_of_errno(error);
	kh_tell_unscanned(t, item, KH_VERDICT_ERROR, why, why == KH_SCAN_WHY_UNREADABLE ? kh_errno_words(error) : NULL);
}

void kh_tell_too_large(struct kh_scan_teller *t, const struct kh_walk_item *item)
{
	t->summary->too_large++;
	kh_tell_unscanned(t, item, KH_VERDICT_SKIPPED, KH_SCAN_WHY_TOO_LARGE, NULL);
}

void kh_tell_not_opened(struct kh_scan_teller *t, const struct kh_walk_item *item)
{
	if (item->error)
		kh_tell_unreadable(t, item, item->error);
	else
		kh_tell_unscanned(t, item, item->kind == KH_WALK_SKIPPED ? KH_VERDICT_SKIPPED : KH_VERDICT_ERROR, item->why, NULL);
}

void kh_tell_clean(struct kh_scan_teller *t, const struct kh_walk_item *item, const uint8_t sha256[32], enum kh_known known)
{
	kh_auto_malware_report struct kh_malware_report report = {0};
	if (known == KH_KNOWN_CLEAN_TO_LIMIT)
		kh_malware_report_gap(&report, KH_GAP_CLAMAV_LIMIT, NULL);
	kh_auto_free char *partly = kh_malware_report_partly(&report);
	struct kh_scan_result r = {
		.path = item->path,
		.verdict = KH_VERDICT_CLEAN,
		.has_size = true,
		.has_hash = true,
		.size = item->state.size,
		.gaps = report.gaps.v,
		.gap_count = report.gaps.n,
		.reason = partly,
	};
	memcpy(r.sha256, sha256, sizeof r.sha256);
	t->summary->known++;
	tell(t, &r);
}

/* ---- a file is done ---- */

static bool put_into_quarantine(struct kh_scan_teller *t, const struct kh_walk_item *item, const struct kh_malware_report *report, char id[KH_UUID_SIZE])
{
	kh_auto_free char *path = kh_walk_item_real_path(item);
	struct kh_quarantine_file file = {
		.fd = item->fd,
		.dir_fd = kh_walk_item_dir_fd(item),
		.name = item->name,
		.path = path,
		.detections = report->detections.v,
		.detection_count = report->detections.n,
	};
	memcpy(file.sha256, report->sha256, sizeof file.sha256);
	return kh_quarantine_add(t->options->quarantine, &file, id) == 0;
}

/* What became of an infected file. */
struct fate {
	bool tried, moved;
	char id[KH_UUID_SIZE], *why_not;
	struct kh_running running;
};

static void fate_done(struct fate *f)
{
	free(f->why_not);
	kh_running_done(&f->running);
}

/* Who runs it is stopped before it goes: it could put the file back. What the system itself runs is left: without it the machine may end. */
static void take_away(struct kh_scan_teller *t, const struct kh_walk_item *item, const struct kh_malware_report *report, struct fate *ret)
{
	ret->tried = true;
	kh_running_of(item->fd, t->options->processes, &ret->running);
	if (ret->running.of_the_system)
		kh_ignore(kh_fail(KH_E_NOT_QUARANTINABLE, "%s is a part of the running system: process 1 or Khiên itself uses it", item->path));
	else
		ret->moved = put_into_quarantine(t, item, report, ret->id);
	ret->why_not = ret->moved ? NULL : kh_strdup(kh_fail_detail());
	++*(ret->moved ? &t->summary->quarantined : &t->summary->not_quarantined);
}

static void add_part(struct kh_buf *b, const char *part)
{
	if (part)
		kh_buf_addf(b, "%s%s", b->len ? "; " : "", part);
}

/* In English words. */
static void reason_of(const struct fate *f, const struct kh_malware_report *report, struct kh_buf *b)
{
	kh_auto_free char *partly = kh_malware_report_partly(report), *running = kh_running_text(&f->running);
	if (f->tried)
		kh_buf_addf(b, "%s%s", f->moved ? "quarantined as " : "not quarantined: ", f->moved ? f->id : f->why_not);
	add_part(b, running);
	add_part(b, partly);
}

void kh_tell_scanned(struct kh_scan_teller *t, const struct kh_walk_item *item, const struct kh_malware_report *report)
{
	KH_CLEANUP(fate_done) struct fate fate = {0};
	kh_auto_buf struct kh_buf reason = KH_BUF_INIT;
	struct kh_scan_result r = {
		.path = item->path,
		.verdict = report->verdict,
		.has_size = true,
		.has_hash = true,
		.size = report->size,
		.detections = report->detections.v,
		.detection_count = report->detections.n,
		.gaps = report->gaps.v,
		.gap_count = report->gaps.n,
	};
	memcpy(r.sha256, report->sha256, sizeof r.sha256);
	if (report->verdict == KH_VERDICT_INFECTED && t->options->quarantine && item->dir)
		take_away(t, item, report, &fate);
	reason_of(&fate, report, &reason);
	r.quarantine_id = fate.moved ? fate.id : NULL;
	r.not_quarantined = fate.why_not;
	r.running = fate.running.pids.n ? &fate.running : NULL;
	r.reason = reason.data;
	tell(t, &r);
}
