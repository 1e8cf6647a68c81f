#include "scan/explain.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "sandbox/worker.h"
#include "scan/loader.h"
#include "scan/prepare.h"
#include "scan/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A question about the content; its answer is lines. */
struct question {
	uint16_t type; /* KH_SCAN_LIST, KH_SCAN_EXPLAIN */
	const char *path;
	int fd; /* lent; -1: none */
	kh_scan_on_line on_line;
	void *context;
};

/* Lines reach a terminal: they are made printable. */
static void pass_on(const struct question *q, const struct kh_ipc_message *m)
{
	kh_auto_free char *text = kh_strndup((const char *)m->payload, m->len), *line = kh_alloc(4 * m->len + 1);
	kh_printable(line, 4 * m->len + 1, text);
	q->on_line(q->context, line);
}

static int take_end(const struct question *q, const struct kh_ipc_message *m)
{
	struct kh_scan_end end = {0};
	int r = kh_scan_decode_end(m->payload, m->len, &end);
	if (r < 0 || end.outcome == KH_SCAN_SCANNED)
		return r;
	if (end.outcome == KH_SCAN_TOO_LARGE)
		return kh_fail(KH_E_TOO_LARGE, "%s: larger than files that are scanned", q->path);
	if (end.outcome == KH_SCAN_ENGINE_FAILED)
		return kh_fail(KH_E_INTERNAL, "%s: the rules could not be matched", q->path);
	errno = end.error;
	return kh_fail_errno("%s", q->path);
}

static int ask_worker(int sock, int64_t time_ms, const struct question *q)
{
	const struct kh_ipc_accept accept = {.timeout_ms = (int)time_ms, .max_len = KH_IPC_MAX_INLINE};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_send(sock, q->type, q->path, strlen(q->path), q->fd);
	while (r == 0) {
		r = kh_ipc_recv(sock, &accept, &m);
		if (r == 0 && m.type == KH_SCAN_END)
			return take_end(q, &m);
		if (r == 0 && m.type != KH_SCAN_LINE)
			return kh_fail(KH_E_WORKER_FAILED, "a malformed answer");
		if (r == 0)
			pass_on(q, &m);
	}
	return r;
}

/* KH_E_TOO_LARGE, KH_E_IO …: the file could not be looked at; KH_E_INTERNAL: the matcher gave up; KH_E_WORKER_FAILED: the worker. */
static int ask(const struct kh_scan_options *o, const struct question *question)
{
	static const struct kh_unpack_limits usual = KH_UNPACK_LIMITS;
	kh_auto_fd int content = -1;
	kh_auto_free char *beside = NULL;
	kh_auto_scan_loader struct kh_scan_loader loader;
	kh_auto_worker struct kh_worker worker = KH_WORKER_NONE;
	struct kh_rule_problems problems = {0};
	int64_t newest_s;
	int r = kh_scan_content(o, false, &content, &newest_s, &problems);
	kh_rule_problems_done(&problems);
	r = r < 0 || o->worker ? r : kh_worker_path("khien-scan-worker", &beside);
	const struct kh_scan_loader_options options = {
		.program = o->worker ? o->worker : beside,
		.content = content,
		.setup = {.max_size = o->max_size ? o->max_size : KH_SCAN_MAX_SIZE, .limits = o->limits ? *o->limits : usual},
	};
	kh_scan_loader_init(&loader, &options);
	r = r < 0 ? r : kh_scan_loader_begin(&loader);
	r = r < 0 ? r : kh_scan_loader_finish(&loader);
	r = r < 0 ? r : kh_scan_loader_split(&loader, &worker);
	return r < 0 ? r : ask_worker(worker.sock, 2 * usual.time_ms, question);
}

int kh_scan_list_rules(const struct kh_scan_options *o, kh_scan_on_line on_line, void *context)
{
	return ask(o, &(struct question){KH_SCAN_LIST, "", -1, on_line, context});
}

int kh_scan_explain(const struct kh_scan_options *o, const char *path, kh_scan_on_line on_line, void *context)
{
	struct stat st;
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return kh_fail(KH_E_USAGE, "%s is no regular file", path);
	return ask(o, &(struct question){KH_SCAN_EXPLAIN, path, fd, on_line, context});
}
