#include "scan/compile_worker.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/i18n.h"
#include "ipc/ipc.h"
#include "malware/content.h"
#include "malware/yara/limits.h"
#include "malware/yara/rules.h"
#include "os/file.h"
#include "sandbox/sandbox.h"
#include "sandbox/serve.h"
#include "scan/protocol.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct sources {
	struct kh_content_source *v;
	size_t n, cap;
};

static int enter_sandbox(void)
{
	static const int keep[] = {KH_WORKER_SOCK};
	const struct kh_sandbox_policy policy = {
		.profile = KH_SANDBOX_PURE,
		.keep_fds = keep,
		.keep_fds_count = KH_COUNT(keep),
		.change_user = true,
		.uid = KH_SANDBOX_NOBODY,
		.gid = KH_SANDBOX_NOBODY,
		.limits = {.address_space = KH_SCAN_COMPILE_MEMORY, .file_size = KH_SCAN_MAX_COMPILED, .open_files = 16},
	};
	return kh_sandbox_enter(&policy);
}

/* Lives until the process ends. */
static int take_source(struct sources *all, struct kh_ipc_message *m)
{
	off_t end = m->fd < 0 ? -1 : lseek(m->fd, 0, SEEK_END); /* not fstat: it may be a call on a path, which this process may not make */
	if (end < 0 || all->n == KH_SCAN_MAX_CONTENT_FILES)
		return kh_fail(KH_E_SYNTAX, "not a source");
	size_t n = (size_t)end;
	const void *bytes = n ? mmap(NULL, n, PROT_READ, MAP_PRIVATE, m->fd, 0) : "";
	if (bytes == MAP_FAILED)
		return kh_fail_errno("mapping a source");
	const struct kh_content_source source = {kh_strndup((const char *)m->payload, m->len), bytes, n};
	kh_array_push(all, source);
	return 0;
}

static int compile(const struct sources *all, struct kh_ipc_message *m)
{
	struct kh_scan_externals externals = {0};
	int r = m->fd < 0 ? kh_fail(KH_E_SYNTAX, "no file to write to") : kh_scan_decode_externals(m->payload, m->len, &externals);
	if (r < 0)
		return r;
	const struct kh_content_plan plan = {all->v, all->n, externals.v, externals.n};
	kh_auto_buf struct kh_buf out = KH_BUF_MAX(KH_SCAN_MAX_COMPILED);
	struct kh_content_info info;
	struct kh_rule_problems problems = {0}; /* they stand in the content */
	r = kh_content_compile(&plan, &out, &info, &problems);
	if (r == 0)
		r = kh_buf_status(&out);
	return r < 0 ? r : kh_file_write_fd(m->fd, kh_words("writing the compiled rules"), out.data, out.len);
}

static void send_include(void *context, const char *name, size_t n)
{
	(void)context;
	if (n > 0 && n <= KH_MAX_PATH)
		kh_ignore(kh_ipc_send(KH_WORKER_SOCK, KH_COMPILE_INCLUDE, name, n, -1));
}

static int list_includes(const struct sources *all)
{
	kh_array_each(all, source)
		if (source->n <= KH_YARA_MAX_TEXT)
			kh_yara_rules_includes(source->bytes, source->n, send_include, NULL);
	return 0;
}

static int answer(void *context, struct kh_ipc_message *m)
{
	struct sources *all = context;
	if (m->type != KH_COMPILE_GO && m->type != KH_COMPILE_LIST)
		return take_source(all, m);
	int r = m->type == KH_COMPILE_GO ? compile(all, m) : list_includes(all);
	return r < 0 ? r : 1;
}

/* libyara takes eleven times a megabyte for each rule that it compiles and gives it back: given back to the system each time, that is most of the work. */
static void keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
	mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024);
}

int kh_compile_worker(void)
{
	struct sources all = {0};
	keep_memory();
	int r = enter_sandbox();
	if (r == 0)
		r = kh_worker_serve(answer, &all);
	char words[512] = "";
	if (r < 0)
		snprintf(words, sizeof words, "%s: %s", kh_error_info(r)->name, kh_fail_detail());
	return kh_ipc_send(KH_WORKER_SOCK, KH_COMPILE_DONE, words, strlen(words), -1);
}
