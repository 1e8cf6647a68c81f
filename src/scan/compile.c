#include "scan/compile.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "base/version.h"
#include "crypto/hash.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "sandbox/worker.h"
#include "scan/checked.h"
#include "scan/protocol.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXTENSION ".compiled"

/* ---- where it is kept ---- */

static void add_text(struct kh_sha256 *h, const char *text)
{
	kh_sha256_add(h, text, strlen(text) + 1);
}

/* Names everything that the compiled content depends on. */
static char *kept_path(const struct kh_compile *c)
{
	uint8_t digest[32];
	char hex[KH_SHA256_HEX_SIZE];
	struct kh_sha256 h;
	kh_sha256_init(&h);
	add_text(&h, KH_VERSION);
	kh_sha256_add(&h, c->files->state, sizeof c->files->state);
	for (size_t i = 0; i < c->external_count; i++) {
		add_text(&h, c->externals[i].name);
		add_text(&h, c->externals[i].value);
	}
	kh_sha256_final(&h, digest);
	return kh_format("%s/%.32s" EXTENSION, c->keep, kh_sha256_hex(digest, hex));
}

/* An unnamed file that will be linked to its name when it is complete; where nothing is kept, or nothing can be, a file in memory. */
static int open_output(const struct kh_compile *c)
{
	int fd = c->keep ? open(c->keep, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600) : -1;
	return fd >= 0 ? fd : memfd_create("khien-content", MFD_CLOEXEC);
}

static void remove_old(const char *folder)
{
	DIR *d = opendir(folder);
	const int64_t oldest_s = kh_now_s() - KH_COMPILED_KEPT_DAYS * KH_DAY_S;
	struct stat st;
	for (struct dirent *e; d && (e = readdir(d)) != NULL;)
		if ((kh_ends_with(e->d_name, EXTENSION) || kh_ends_with(e->d_name, KH_CHECKED_EXTENSION)) && fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtim.tv_sec < oldest_s)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

/* That it could not be kept costs the next scan some time. */
static void keep(const struct kh_compile *c, const char *path, int fd)
{
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	remove_old(c->keep);
	if (c->anew)
		unlink(path);
	if (fsync(fd) < 0 || (linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0 && errno != EEXIST && errno != EXDEV))
		kh_log(KH_LOG_WARNING, "the compiled rules were not kept", KH_S("path", path), KH_S("why", strerrordesc_np(errno)));
}

/* ---- the worker ---- */

static int send_source(int sock, const char *path, const char *name)
{
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	return kh_ipc_send(sock, KH_COMPILE_SOURCE, name, strlen(name), fd);
}

static int send_all(const struct kh_compile *c, int sock, int output)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	int r = 0;
	for (size_t i = 0; i < c->files->paths.n && r == 0; i++)
		r = send_source(sock, c->files->paths.v[i], c->names ? c->names[i] : c->files->paths.v[i]);
	kh_scan_encode_externals(c->externals, c->external_count, &b);
	return r < 0 ? r : kh_ipc_send(sock, KH_COMPILE_GO, b.data, b.len, output);
}

/* Until there is something to receive. */
static void wait_for_answer(const struct kh_compile *c, int sock)
{
	struct pollfd fd = {.fd = sock, .events = POLLIN};
	const int64_t end = kh_monotonic_ms() + KH_SCAN_COMPILE_MS;
	while (c->on_wait && kh_monotonic_ms() < end && poll(&fd, 1, KH_SCAN_PROGRESS_MS) == 0)
		c->on_wait(c->context);
}

/* The worker says its error by name and detail, or nothing: then it did what it was told. */
static int done(const struct kh_ipc_message *m)
{
	if (m->type != KH_COMPILE_DONE)
		return kh_fail(KH_E_SYNTAX, "a malformed answer");
	return m->len > 0 ? kh_fail(KH_E_WORKER_FAILED, "%.*s", (int)m->len, (const char *)m->payload) : 0;
}

static int receive_end(const struct kh_compile *c, int sock)
{
	const struct kh_ipc_accept accept = {.timeout_ms = KH_SCAN_COMPILE_MS, .max_len = KH_IPC_MAX_INLINE};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	wait_for_answer(c, sock);
	int r = kh_ipc_recv(sock, &accept, &m);
	r = r < 0 ? r : done(&m);
	return r < 0 ? kh_fail_in(KH_E_WORKER_FAILED, "compiling the rules") : 0;
}

static int start_worker(const char *program, struct kh_worker *ret)
{
	static const char *const args[] = {"compile", NULL};
	kh_auto_free char *beside = NULL;
	int r = program ? 0 : kh_worker_path("khien-scan-worker", &beside);
	return r < 0 ? r : kh_worker_spawn(program ? program : beside, args, ret);
}

static int run_worker(const struct kh_compile *c, int output)
{
	kh_auto_worker struct kh_worker w = KH_WORKER_NONE;
	int r = start_worker(c->worker, &w);
	r = r < 0 ? r : send_all(c, w.sock, output);
	return r < 0 ? r : receive_end(c, w.sock);
}

/* ---- includes ---- */

static int receive_includes(int sock, void (*on_include)(void *context, const char *name), void *context)
{
	const struct kh_ipc_accept accept = {.timeout_ms = KH_SCAN_START_MS, .max_len = KH_IPC_MAX_INLINE};
	for (int i = 0; i < KH_SCAN_MAX_CONTENT_FILES; i++) {
		kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
		int r = kh_ipc_recv(sock, &accept, &m);
		if (r < 0 || m.type != KH_COMPILE_INCLUDE)
			return r < 0 ? r : done(&m);
		kh_auto_free char *name = kh_strndup((const char *)m.payload, m.len);
		on_include(context, name);
	}
	return kh_fail(KH_E_TOO_LARGE, "more rules than can be used");
}

int kh_compile_includes(const char *path, const char *worker, void (*on_include)(void *context, const char *name), void *context)
{
	kh_auto_worker struct kh_worker w = KH_WORKER_NONE;
	int r = start_worker(worker, &w);
	r = r < 0 ? r : send_source(w.sock, path, path);
	r = r < 0 ? r : kh_ipc_send(w.sock, KH_COMPILE_LIST, NULL, 0, -1);
	return r < 0 ? r : receive_includes(w.sock, on_include, context);
}

/* ---- all of it ---- */

/* Made before from the same files. That it is whole is checked where it is opened. Its mtime is the day of its last use. */
static bool open_kept(const char *path, int *ret_fd)
{
	struct stat st;
	*ret_fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (*ret_fd >= 0 && (fstat(*ret_fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022)))
		kh_fd_close(ret_fd);
	if (*ret_fd >= 0 && kh_now_s() - st.st_mtim.tv_sec >= KH_DAY_S)
		futimens(*ret_fd, NULL);
	return *ret_fd >= 0;
}

int kh_compile(const struct kh_compile *c, int *ret_fd)
{
	kh_auto_free char *path = c->keep ? kept_path(c) : NULL;
	if (!c->anew && open_kept(path, ret_fd))
		return 0;
	kh_auto_fd int output = open_output(c);
	if (output < 0)
		return kh_fail_errno("memory for compiled rules");
	int r = run_worker(c, output);
	if (r < 0)
		return r;
	if (path)
		keep(c, path, output);
	*ret_fd = output;
	output = -1;
	return 0;
}
