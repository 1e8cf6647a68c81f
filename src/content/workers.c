#include "content/workers.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "os/file.h"
#include "sandbox/worker.h"
#include "scan/compile.h"
#include "scan/pool.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Written in two, so that this program is not taken for the test file. */
#define EICAR "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-" "FILE!$H+H*"
enum { MAX_CLEAN_FILE = 8 * 1024 * 1024, WAIT_MS = 200 };

/* ---- compiling ---- */

static int compile(void *context, const struct kh_content_input *inputs, size_t count, int *ret_fd)
{
	const struct kh_content_workers *w = context;
	kh_auto_content_files struct kh_content_files files = {0};
	kh_auto_free const char **names = kh_alloc_array(count + 1, sizeof *names);
	for (size_t i = 0; i < count; i++) {
		names[i] = inputs[i].name;
		kh_array_push(&files.paths, kh_strdup(inputs[i].path));
	}
	const struct kh_compile c = {.files = &files, .names = names, .worker = w->worker};
	return kh_compile(&c, ret_fd);
}

/* ---- trying ---- */

struct trial {
	struct kh_scan_pool *pool;
	bool eicar_found;
	uint64_t clean_files, clean_bytes;
	char wrong[256]; /* the first thing that was; "": nothing */
};

static void tell_wrong(struct trial *t, const char *what, const char *path)
{
	if (!t->wrong[0])
		snprintf(t->wrong, sizeof t->wrong, "%s: %s", path, what);
}

static void on_clean_done(struct trial *t, const char *path, const struct kh_malware_report *report)
{
	for (size_t i = 0; i < report->detections.n; i++) {
		kh_auto_free char *what = kh_format(kh_words("the rule %s finds malware in this clean file"), report->detections.v[i].rule);
		if (!report->detections.v[i].suspicious)
			tell_wrong(t, what, path);
	}
}

static void on_done(void *context, const struct kh_walk_item *item, const struct kh_scan_reply *reply, const char *failure)
{
	struct trial *t = context;
	if (!reply)
		tell_wrong(t, failure, item->path);
	else if (reply->outcome == KH_SCAN_ENGINE_FAILED)
		tell_wrong(t, kh_words("the matcher gave up"), item->path);
	else if (!item->dir)
		t->eicar_found = reply->outcome == KH_SCAN_SCANNED && reply->report.verdict == KH_VERDICT_INFECTED;
	else
		on_clean_done(t, item->path, &reply->report);
}

static int hand_out(struct trial *t, struct kh_walk_item *item)
{
	int r = 0;
	while (r == 0 && !kh_scan_pool_offer(t->pool, item))
		r = kh_scan_pool_wait(t->pool, WAIT_MS);
	return r;
}

static int finish(struct trial *t)
{
	int r = 0;
	while (r == 0 && kh_scan_pool_busy(t->pool) > 0)
		r = kh_scan_pool_wait(t->pool, WAIT_MS);
	return r;
}

/* A file in memory: the item has no folder. */
static int scan_eicar(struct trial *t)
{
	kh_auto_walk_item struct kh_walk_item item = {.kind = KH_WALK_FILE, .path = kh_strdup("EICAR"), .fd = memfd_create("eicar", MFD_CLOEXEC)};
	item.state.size = strlen(EICAR);
	if (item.fd < 0 || write(item.fd, EICAR, strlen(EICAR)) != (ssize_t)strlen(EICAR))
		return kh_fail_errno("a file in memory");
	int r = hand_out(t, &item);
	return r < 0 ? r : finish(t);
}

static int scan_clean(struct trial *t, const char *const *paths)
{
	size_t count = 0;
	while (paths[count])
		count++;
	const struct kh_walk_options options = {.paths = paths, .path_count = count};
	struct kh_walk *walk = kh_walk_new(&options);
	int r = 0;
	while (r == 0 && !t->wrong[0] && t->clean_files < KH_CONTENT_CLEAN_FILES && t->clean_bytes < KH_CONTENT_CLEAN_BYTES) {
		kh_auto_walk_item struct kh_walk_item item = KH_WALK_ITEM_NONE;
		if (!kh_walk_next(walk, &item))
			break;
		if (item.kind != KH_WALK_FILE || item.state.size > MAX_CLEAN_FILE || !kh_walk_open(walk, &item) || item.kind != KH_WALK_FILE)
			continue;
		t->clean_files++;
		t->clean_bytes += item.state.size;
		r = hand_out(t, &item);
	}
	r = r < 0 ? r : finish(t);
	kh_walk_free(walk);
	return r;
}

static void tell_content(const struct trial *t, struct kh_content_info *ret_info, struct kh_rule_problems *problems)
{
	const struct kh_scan_ready *ready = kh_scan_pool_ready(t->pool);
	*ret_info = ready->content;
	for (size_t i = 0; i < ready->problems.n; i++) {
		const struct kh_rule_problem *p = &ready->problems.v[i];
		kh_rule_problems_add(problems, p->source, p->item, p->line, p->text);
	}
	problems->more += ready->problems.more;
}

static int start(const struct kh_content_workers *w, int fd, struct trial *t)
{
	const struct kh_malware_limits limits = KH_MALWARE_LIMITS;
	kh_auto_free char *beside = NULL;
	int r = w->worker ? 0 : kh_worker_path("khien-scan-worker", &beside);
	if (r < 0)
		return r;
	const struct kh_scan_pool_options options = {
		.program = beside ? beside : w->worker,
		.workers = 1,
		.content = fd,
		.setup = {.max_size = MAX_CLEAN_FILE, .limits = limits},
		.file_ms = 2 * limits.time_ms,
	};
	return kh_scan_pool_new(&options, on_done, t, &t->pool);
}

static int run_trial(struct trial *t, const char *const *clean_paths)
{
	int r = scan_eicar(t);
	if (r == 0 && !t->eicar_found)
		return kh_fail(KH_E_CONFLICT, "%s", t->wrong[0] ? t->wrong : kh_words("the new content does not find EICAR"));
	r = r < 0 ? r : scan_clean(t, clean_paths);
	return r == 0 && t->wrong[0] ? kh_fail(KH_E_CONFLICT, "%s", t->wrong) : r;
}

static int try(void *context, int fd, struct kh_content_info *ret_info, struct kh_rule_problems *problems)
{
	const struct kh_content_workers *w = context;
	kh_auto_free char *own = NULL;
	struct trial t = {0};
	int r = kh_program_dir(&own);
	const char *const usual[] = {own, "/usr/bin", "/usr/sbin", NULL};
	r = r < 0 ? r : start(w, fd, &t);
	if (r == 0)
		tell_content(&t, ret_info, problems);
	r = r < 0 ? r : run_trial(&t, w->clean_paths ? w->clean_paths : usual);
	kh_scan_pool_free(t.pool);
	return r;
}

struct kh_content_engine kh_content_engine(const struct kh_content_workers *workers)
{
	return (struct kh_content_engine){compile, try, (void *)(uintptr_t)workers};
}
