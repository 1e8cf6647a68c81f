/* khien-scan-worker: parses everything foreign. It gets compiled content and then one open file after the other from the process that started it (see
 * scan/protocol.h), and has no other rights: not to open, to write, to start or to reach anything. With the argument "compile" it makes that content from
 * rules and signatures. It is not for people to start. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "malware/malware.h"
#include "sandbox/given.h"
#include "sandbox/nursery.h"
#include "sandbox/sandbox.h"
#include "sandbox/serve.h"
#include "scan/compile_worker.h"
#include "scan/protocol.h"

#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct scanner {
	struct kh_scan_setup setup;
	struct kh_content *content;
	const char *path; /* of the file that is scanned; lent */
	struct kh_given given; /* the file's content */
};

/* ---- getting ready ---- */

static int enter_sandbox(const struct kh_scan_setup *setup, int content)
{
	const int keep[] = {KH_WORKER_SOCK, content};
	const struct kh_sandbox_policy policy = {
		.profile = KH_SANDBOX_NURSERY,
		.keep_fds = keep,
		.keep_fds_count = KH_COUNT(keep),
		.change_user = true,
		.uid = KH_SANDBOX_NOBODY,
		.gid = KH_SANDBOX_NOBODY,
		/* The content, the file, what is unpacked from it (buffers double as they grow), decoders' dictionaries. */
		.limits = {.address_space = KH_SCAN_MAX_COMPILED + 2048 * KH_MIB + 2 * setup->max_size + 2 * setup->limits.held_bytes, .open_files = 16},
	};
	return kh_sandbox_enter(&policy);
}

static int open_content(struct scanner *s, int fd)
{
	off_t end = lseek(fd, 0, SEEK_END); /* not fstat: it may be a call on a path, which this process may not make */
	size_t n = end > 0 ? (size_t)end : 0;
	void *bytes = n ? mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	if (bytes == MAP_FAILED)
		return kh_fail(KH_E_SYNTAX, "no compiled content");
	if (s->setup.checked)
		return kh_content_open_checked(bytes, n, &s->content); /* the map stays until the process ends */
	int r = kh_content_open(bytes, n, &s->content);
	madvise(bytes, n, MADV_DONTNEED); /* it was gone through once: what is needed comes back */
	return r;
}

static int send_ready(const struct scanner *s)
{
	const struct kh_sandbox_status sandbox = kh_sandbox_status();
	const struct kh_scan_ready ready = {
		sandbox.landlock_abi, sandbox.user_changed, *kh_content_info(s->content), *kh_content_clamav(s->content), *kh_content_problems(s->content)};
	kh_auto_buf struct kh_buf b = KH_BUF_MAX(KH_IPC_MAX_INLINE);
	kh_scan_encode_ready(&ready, &b);
	return kh_ipc_send(KH_WORKER_SOCK, KH_SCAN_READY, b.data, b.len, -1);
}

/* The content is looked at inside the sandbox already. */
static int get_ready(struct scanner *s)
{
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_worker_receive(&m);
	if (r == 0 && (m.type != KH_SCAN_SETUP || m.fd < 0))
		r = kh_fail(KH_E_SYNTAX, "message %d instead of the setup", m.type);
	r = r < 0 ? r : kh_scan_decode_setup(m.payload, m.len, &s->setup);
	kh_content_prepare();
	r = r < 0 ? r : enter_sandbox(&s->setup, m.fd);
	r = r < 0 ? r : open_content(s, m.fd);
	return r < 0 ? r : send_ready(s);
}

/* ---- one file ---- */

static enum kh_scan_outcome take(struct scanner *s, int fd, int *ret_error)
{
	static const enum kh_scan_outcome outcomes[] = {
		[KH_GIVEN_TAKEN] = KH_SCAN_SCANNED, [KH_GIVEN_TOO_LARGE] = KH_SCAN_TOO_LARGE, [KH_GIVEN_UNREADABLE] = KH_SCAN_UNREADABLE};
	return outcomes[kh_given_take(&s->given, fd, &(struct kh_given_limits){s->setup.max_size, KH_SCAN_COPIED}, ret_error)];
}

static void match_content(struct scanner *s, struct kh_scan_reply *reply)
{
	const struct kh_malware_file file = {s->given.bytes, s->given.n, s->path};
	if (kh_malware_scan(s->content, &s->setup.limits, &file, &reply->report) == 0)
		return;
	kh_malware_report_done(&reply->report);
	reply->outcome = KH_SCAN_ENGINE_FAILED;
}

static void scan_file(struct scanner *s, int fd, bool clean_but_for_hashes, struct kh_scan_reply *reply)
{
	if (clean_but_for_hashes && !kh_malware_asks_size(s->content, kh_given_size(fd))) {
		reply->outcome = KH_SCAN_STILL_CLEAN;
		return;
	}
	reply->outcome = take(s, fd, &reply->error);
	if (reply->outcome == KH_SCAN_SCANNED)
		match_content(s, reply);
	kh_given_back(&s->given);
}

/* ---- questions ---- */

static void send_line(void *context, const char *line)
{
	(void)context;
	kh_ignore(kh_ipc_send(KH_WORKER_SOCK, KH_SCAN_LINE, line, KH_MIN(strlen(line), (size_t)KH_IPC_MAX_INLINE), -1));
}

static void explain(struct scanner *s, const struct kh_ipc_message *m, struct kh_scan_end *end)
{
	kh_auto_free char *path = kh_strndup((const char *)m->payload, m->len);
	end->outcome = take(s, m->fd, &end->error);
	const struct kh_malware_file file = {s->given.bytes, s->given.n, path};
	if (end->outcome == KH_SCAN_SCANNED && kh_malware_explain(s->content, &file, send_line, NULL) < 0)
		end->outcome = KH_SCAN_ENGINE_FAILED;
	kh_given_back(&s->given);
}

static int answer_question(struct scanner *s, const struct kh_ipc_message *m)
{
	struct kh_scan_end end = {.outcome = KH_SCAN_SCANNED};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	if (m->type == KH_SCAN_LIST)
		kh_malware_list(s->content, send_line, NULL);
	else if (m->fd < 0)
		return kh_fail(KH_E_SYNTAX, "message %d instead of a file", m->type);
	else
		explain(s, m, &end);
	kh_scan_encode_end(&end, &b);
	return kh_ipc_send(KH_WORKER_SOCK, KH_SCAN_END, b.data, b.len, -1);
}

static int answer(void *context, struct kh_ipc_message *m)
{
	struct scanner *s = context;
	if (m->type == KH_SCAN_LIST || m->type == KH_SCAN_EXPLAIN)
		return answer_question(s, m);
	kh_auto_scan_reply struct kh_scan_reply reply = {0};
	kh_auto_buf struct kh_buf b = KH_BUF_MAX(KH_IPC_MAX_INLINE);
	if (m->type != KH_SCAN_FILE || m->fd < 0)
		return kh_fail(KH_E_SYNTAX, "message %d instead of a file", m->type);
	struct kh_scan_file file = {0};
	int r = kh_scan_decode_file(m->payload, m->len, &file);
	if (r < 0)
		return r;
	kh_auto_free char *path = file.path;
	s->path = path;
	reply.id = file.id;
	scan_file(s, m->fd, file.clean_but_for_hashes, &reply);
	kh_scan_encode_reply(&reply, &b);
	return kh_ipc_send(KH_WORKER_SOCK, KH_SCAN_RESULT, b.data, b.len, -1);
}

/* What one large member took goes back to the system with it. The C library would raise these with each such piece of memory, and keep twice as much. */
static void keep_little(void)
{
	mallopt(M_MMAP_THRESHOLD, 512 * 1024);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

/* Loads the content, then makes the workers, which come out of kh_nursery_serve(). */
static int be_a_nursery(void)
{
	struct scanner s = {0};
	keep_little();
	int r = get_ready(&s);
	r = r < 0 ? r : kh_nursery_serve();
	return r < 0 ? r : kh_worker_serve(answer, &s);
}

int main(int argc, char **argv)
{
	kh_log_set_program("khien-scan-worker");
	setlocale(LC_CTYPE, "C.UTF-8"); /* names in archives */
	int r = argc > 1 && strcmp(argv[1], "compile") == 0 ? kh_compile_worker() : be_a_nursery();
	bool done = r == 0 || r == KH_E_WORKER_FAILED; /* compiled; or the host has closed the connection: nothing more to do */
	if (!done)
		kh_log(KH_LOG_ERROR, "giving up", KH_ERR(r));
	_exit(done ? 0 : 1);
}
