#include "content/workers.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "os/file.h"
#include "sandbox/worker.h"
#include "scan/clamav_workers.h"
#include "scan/compile.h"
#include "scan/explain.h"
#include "scan/pool.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Written in two, so that this program is not taken for the test file. */
#define EICAR "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-" "FILE!$H+H*"
enum { MAX_CLEAN_FILE = 8 * 1024 * 1024, WAIT_MS = 200 };

/* ---- compiling ---- */

static void tell_progress(const struct kh_content_workers *w, enum kh_content_step step, uint64_t done, uint64_t of, uint64_t bytes)
{
	if (w->on_progress)
		w->on_progress(w->context, &(struct kh_content_progress){step, done, of, bytes});
}

/* It is all or nothing: how far it is, the worker does not say. */
struct compiling {
	const struct kh_content_workers *workers;
	uint64_t files, bytes;
};

static void while_compiling(void *context)
{
	const struct compiling *c = context;
	tell_progress(c->workers, KH_CONTENT_COMPILES, 0, c->files, c->bytes);
}

static uint64_t size_of(const char *path)
{
	struct stat st = {0};
	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static int compile(void *context, const struct kh_content_input *inputs, size_t count, const struct kh_yara_external *externals, size_t external_count, int *ret_fd)
{
	const struct kh_content_workers *w = context;
	struct compiling compiling = {w, count, 0};
	kh_auto_content_files struct kh_content_files files = {0};
	kh_auto_free const char **names = kh_alloc_array(count + 1, sizeof *names);
	for (size_t i = 0; i < count; i++) {
		names[i] = inputs[i].name;
		kh_array_push(&files.paths, kh_strdup(inputs[i].path));
		compiling.bytes += size_of(inputs[i].path);
	}
	while_compiling(&compiling);
	const struct kh_compile c = {.files = &files, .names = names, .externals = externals, .external_count = external_count, .worker = w->worker,
				     .on_wait = while_compiling, .context = &compiling};
	return kh_compile(&c, ret_fd);
}

static int includes(void *context, const char *path, kh_on_include on_include, void *on_include_context)
{
	const struct kh_content_workers *w = context;
	return kh_compile_includes(path, w->worker, on_include, on_include_context);
}

/* ---- trying ---- */

struct trial {
	struct kh_scan_pool *pool;
	int content; /* descriptor, lent */
	const struct kh_content_workers *workers;
	const char *own; /* folder of Khiên's programs */
	bool eicar_found;
	uint64_t clean_files, clean_bytes;
	struct {
		char *rule, *source, *path; /* the first rule that finds malware in the clean set; NULL: none */
		bool in_source;
	} wrong;
	char *failed; /* what kept the trial from its end, which is not the content's doing; NULL: nothing */
};

static void trial_done(struct trial *t)
{
	kh_scan_pool_free(t->pool);
	free(t->wrong.rule);
	free(t->wrong.source);
	free(t->wrong.path);
	free(t->failed);
}

static bool is_over(const struct trial *t)
{
	return t->wrong.rule || t->failed;
}

static void on_clean_done(struct trial *t, const char *path, const struct kh_malware_report *report)
{
	for (size_t i = 0; i < report->detections.n && !t->wrong.rule; i++) {
		const struct kh_detection *d = &report->detections.v[i];
		if (d->suspicious)
			continue;
		t->wrong.rule = kh_strdup(d->rule);
		t->wrong.path = kh_strdup(path);
		t->wrong.in_source = kh_streq(d->engine, "yara");
	}
}

static void on_done(void *context, const struct kh_walk_item *item, const struct kh_scan_reply *reply, const char *failure)
{
	struct trial *t = context;
	const bool gave_up = reply && reply->outcome == KH_SCAN_ENGINE_FAILED;
	if ((!reply || gave_up) && !t->failed)
		t->failed = kh_format("%s: %s", item->path, gave_up ? kh_words("the matcher gave up") : failure);
	else if (reply && !gave_up && !item->dir)
		t->eicar_found = reply->outcome == KH_SCAN_SCANNED && reply->report.verdict == KH_VERDICT_INFECTED;
	else if (reply && !gave_up)
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
	while (r == 0 && !is_over(t) && t->clean_files < KH_CONTENT_CLEAN_FILES && t->clean_bytes < KH_CONTENT_CLEAN_BYTES) {
		kh_auto_walk_item struct kh_walk_item item = KH_WALK_ITEM_NONE;
		if (!kh_walk_next(walk, &item))
			break;
		if (item.kind != KH_WALK_FILE || item.state.size > MAX_CLEAN_FILE || !kh_walk_open(walk, &item) || item.kind != KH_WALK_FILE)
			continue;
		t->clean_files++;
		t->clean_bytes += item.state.size;
		tell_progress(t->workers, KH_CONTENT_TRIES, t->clean_files, KH_CONTENT_CLEAN_FILES, t->clean_bytes);
		r = hand_out(t, &item);
	}
	r = r < 0 ? r : finish(t);
	kh_walk_free(walk);
	return r;
}

static void add_problems(const struct kh_rule_problems *from, struct kh_rule_problems *to)
{
	for (size_t i = 0; i < from->n; i++)
		kh_rule_problems_add(to, from->v[i].source, from->v[i].item, from->v[i].line, from->v[i].text);
	to->more += from->more;
}

static void tell_content(const struct trial *t, struct kh_content_info *ret_info, struct kh_rule_problems *problems)
{
	const struct kh_scan_ready *ready = kh_scan_pool_ready(t->pool);
	*ret_info = ready->content;
	add_problems(&ready->problems, problems);
}

static int start(const struct kh_content_workers *w, int fd, struct trial *t)
{
	const struct kh_unpack_limits limits = KH_UNPACK_LIMITS;
	kh_auto_free char *beside = NULL;
	int r = w->worker ? 0 : kh_worker_path("khien-scan-worker", &beside);
	if (r < 0)
		return r;
	const struct kh_scan_pool_options options = {
		.program = beside ? beside : w->worker,
		.clamav = w->clamav,
		.workers = 1,
		.content = fd,
		.setup = {.max_size = MAX_CLEAN_FILE, .limits = limits},
		.file_ms = 2 * limits.time_ms,
	};
	return kh_scan_pool_new(&options, on_done, t, &t->pool);
}

/* ---- what came of it ---- */

/* "yara  NAME  SOURCE" */
static void find_source(void *context, const char *line)
{
	struct trial *t = context;
	kh_auto_free char *head = kh_format("yara  %s  ", t->wrong.rule);
	if (!t->wrong.source && kh_starts_with(line, head))
		t->wrong.source = kh_strdup(line + strlen(head));
}

static int tell_wrong(struct trial *t)
{
	const struct kh_scan_options same = {.worker = t->workers->worker, .content = t->content};
	if (t->wrong.in_source)
		kh_ignore(kh_scan_list_rules(&same, find_source, t));
	const char *source = t->wrong.source ? t->wrong.source : kh_words("the ClamAV signatures and hash lists");
	if (kh_starts_with(t->wrong.path, t->own))
		return kh_fail(KH_E_TRIAL_FAILED, "the rule %s of %s reports %s, a program of Khiên itself: the rule is too broad", t->wrong.rule, source, t->wrong.path);
	return kh_fail(KH_E_TRIAL_FAILED, "the rule %s of %s reports %s, a file that the trial takes for clean: the rule is too broad, or the file is not the one that its package brought",
		       t->wrong.rule, source, t->wrong.path);
}

static int judge(struct trial *t)
{
	if (t->failed)
		return kh_fail(KH_E_WORKER_FAILED, "the new content could not be tried: %s", t->failed);
	if (!t->eicar_found)
		return kh_fail(KH_E_TRIAL_FAILED, "the new content does not find EICAR");
	return t->wrong.rule ? tell_wrong(t) : 0;
}

static int run_trial(struct trial *t, const char *const *clean_paths)
{
	int r = scan_eicar(t);
	if (r == 0 && t->eicar_found)
		r = scan_clean(t, clean_paths);
	return r < 0 ? r : judge(t);
}

/* ---- what libclamav refuses ---- */

struct refusing {
	const struct kh_content_workers *workers;
	struct kh_rule_problems *problems;
};

static void on_refused(void *context, const char *name, uint64_t more)
{
	struct refusing *r = context;
	if (name)
		kh_rule_problems_add(r->problems, "ClamAV", *name ? name : "-", 0, "libclamav calls it malformed");
	r->problems->more += more;
}

static void on_checked(void *context, uint64_t done, uint64_t of)
{
	const struct refusing *r = context;
	tell_progress(r->workers, KH_CONTENT_CHECKS, done, of, 0);
}

/* A scan would find it out only when a file makes it ask. */
static void check_signatures(struct trial *t, struct kh_rule_problems *problems)
{
	struct refusing r = {t->workers, problems};
	const struct kh_clamav_question q = {on_refused, on_checked, &r};
	if (kh_scan_pool_check_signatures(t->pool, &q) < 0)
		kh_rule_problems_add(problems, "ClamAV", "-", 0, "libclamav could not be asked whether it takes the signatures");
}

static int try_once(const struct kh_content_workers *w, const char *own, int fd, struct kh_content_info *ret_info, struct kh_rule_problems *problems)
{
	const char *const usual[] = {own, "/usr/bin", "/usr/sbin", NULL};
	struct kh_rule_problems refused = {0};
	KH_CLEANUP(trial_done) struct trial t = {.workers = w, .own = own, .content = fd};
	int r = start(w, fd, &t);
	r = r < 0 ? r : run_trial(&t, w->clean_paths ? w->clean_paths : usual);
	if (r == 0) {
		check_signatures(&t, &refused);
		tell_content(&t, ret_info, problems);
		add_problems(&refused, problems);
	}
	kh_rule_problems_done(&refused);
	return r;
}

/* A worker that could not start, or ended, may have been short of memory: it is tried once more. */
static int try(void *context, int fd, struct kh_content_info *ret_info, struct kh_rule_problems *problems)
{
	const struct kh_content_workers *w = context;
	kh_auto_free char *own = NULL;
	int r = kh_program_dir(&own);
	r = r < 0 ? r : try_once(w, own, fd, ret_info, problems);
	return r == KH_E_WORKER_FAILED ? try_once(w, own, fd, ret_info, problems) : r;
}

struct kh_content_engine kh_content_engine(const struct kh_content_workers *workers)
{
	return (struct kh_content_engine){compile, includes, try, (void *)(uintptr_t)workers};
}
