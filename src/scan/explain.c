#include "scan/explain.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/file.h"
#include "sandbox/worker.h"
#include "scan/pool.h"
#include "scan/prepare.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void nothing_done(void *context, const struct kh_walk_item *item, const struct kh_scan_reply *reply, const char *failure)
{
	(void)context, (void)item, (void)reply, (void)failure;
}

static int ask(const struct kh_scan_options *o, const struct kh_scan_question *question)
{
	static const struct kh_malware_limits usual = KH_MALWARE_LIMITS;
	kh_auto_fd int content = -1;
	kh_auto_free char *beside = NULL;
	kh_auto_scan_pool struct kh_scan_pool *pool = NULL;
	struct kh_rule_problems problems = {0};
	int64_t newest_s;
	int r = kh_scan_content(o, false, &content, &newest_s, &problems);
	kh_rule_problems_done(&problems);
	r = r < 0 || o->worker ? r : kh_worker_path("khien-scan-worker", &beside);
	const struct kh_scan_pool_options options = {
		.program = o->worker ? o->worker : beside,
		.workers = 1,
		.content = content,
		.setup = {o->max_size ? o->max_size : KH_SCAN_MAX_SIZE, o->limits ? *o->limits : usual},
		.file_ms = 2 * usual.time_ms,
	};
	r = r < 0 ? r : kh_scan_pool_new(&options, nothing_done, NULL, &pool);
	return r < 0 ? r : kh_scan_pool_ask(pool, question);
}

int kh_scan_list_rules(const struct kh_scan_options *o, kh_scan_on_line on_line, void *context)
{
	return ask(o, &(struct kh_scan_question){KH_SCAN_LIST, "", -1, on_line, context});
}

int kh_scan_explain(const struct kh_scan_options *o, const char *path, kh_scan_on_line on_line, void *context)
{
	struct stat st;
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return kh_fail(KH_E_USAGE, "%s is no regular file", path);
	return ask(o, &(struct kh_scan_question){KH_SCAN_EXPLAIN, path, fd, on_line, context});
}
