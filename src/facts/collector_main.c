/* khien-collector: measures the tables it is asked for and sends them to the process that started it (facts/collector.h). It keeps the right to read
 * everything and loses all others before it looks at the first file: it cannot write, execute, or speak to any network. It is not for people to
 * start; `khien facts` is. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "facts/autostart.h"
#include "facts/collector.h"
#include "facts/facts.h"
#include "os/host.h"
#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <locale.h>

#define MEMORY_LIMIT (2048 * KH_MIB) /* a package database of a large server, and what is made of it */
#define CPU_LIMIT_S 300

struct request {
	const char *root;    /* NULL: this machine */
	const char *content; /* NULL: the usual one */
	const char *secret;  /* likewise */
	enum kh_fact_table tables[KH_FACTS_COUNT];
	size_t tables_count;
	bool autostart; /* what starts by itself, instead of tables */
};

static int add_tables(char *names, struct request *request)
{
	for (char *rest = names, *name = NULL; (name = kh_split(&rest, ",")) != NULL;) {
		if (request->tables_count == KH_FACTS_COUNT || !kh_facts_table_named(name, &request->tables[request->tables_count]))
			return kh_fail(KH_E_USAGE, "there is no fact table %s (or too many)", name);
		request->tables_count++;
	}
	return 0;
}

static int read_arguments(int argc, char **argv, struct request *request)
{
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			return kh_fail(KH_E_USAGE, "%s wants a value", argv[i]);
		int r = 0;
		if (kh_streq(argv[i], "--root"))
			request->root = argv[i + 1];
		else if (kh_streq(argv[i], "--content"))
			request->content = argv[i + 1];
		else if (kh_streq(argv[i], "--secret"))
			request->secret = argv[i + 1];
		else if (kh_streq(argv[i], "--autostart"))
			request->autostart = true;
		else if (kh_streq(argv[i], "--tables"))
			r = add_tables(argv[i + 1], request);
		else
			r = kh_fail(KH_E_USAGE, "unknown option %s", argv[i]);
		if (r < 0)
			return r;
	}
	for (int i = 0; request->tables_count == 0 && i < KH_FACTS_COUNT; i++)
		request->tables[i] = (enum kh_fact_table)i;
	if (request->tables_count == 0)
		request->tables_count = KH_FACTS_COUNT;
	return 0;
}

static int enter_sandbox(const char *root, int root_fd)
{
	const uint64_t to_read = UINT64_C(1) << CAP_DAC_READ_SEARCH | UINT64_C(1) << CAP_SYS_PTRACE;
	const int keep[] = {KH_WORKER_SOCK, root_fd};
	const char *const read_paths[] = {root, NULL};
	const struct kh_sandbox_policy policy = {
		.profile = KH_SANDBOX_READER,
		.read_paths = read_paths,
		.keep_fds = keep,
		.keep_fds_count = KH_COUNT(keep),
		.keep_capabilities = kh_host_is_privileged() ? to_read : 0,
		.limits = {.address_space = MEMORY_LIMIT, .cpu_s = CPU_LIMIT_S, .open_files = 64},
	};
	return kh_sandbox_enter(&policy);
}

static int send_table(struct kh_facts_ctx *ctx, enum kh_fact_table table, struct kh_buf *message)
{
	kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
	int64_t start_ms = kh_monotonic_ms();
	int r = kh_facts_collect(ctx, table, &rows);
	if (r < 0)
		return r;
	kh_collector_encode(&rows, kh_monotonic_ms() - start_ms, message);
	if (kh_buf_status(message) < 0 || message->len > KH_MAX_RECORD) { /* what the server takes as one record */
		kh_facts_rows_done(&rows);
		rows = (struct kh_facts_rows){.table = table, .state = KH_FACTS_NOT_MEASURED, .reason = KH_FACTS_TOO_LARGE};
		kh_buf_done(message);
		kh_collector_encode(&rows, kh_monotonic_ms() - start_ms, message);
	}
	return kh_ipc_send_large(KH_WORKER_SOCK, KH_COLLECTOR_TABLE, message->data, message->len);
}

static int send_autostart(int root_fd)
{
	kh_auto_names struct kh_names paths = {0};
	kh_auto_buf struct kh_buf message = KH_BUF_INIT;
	int r = kh_autostart_read(root_fd, &paths);
	for (size_t i = 0; r == 0 && i < paths.n; i++)
		kh_buf_add(&message, paths.v[i], strlen(paths.v[i]) + 1);
	r = r < 0 ? r : kh_buf_status(&message);
	return r < 0 ? r : kh_ipc_send_large(KH_WORKER_SOCK, KH_COLLECTOR_PATHS, kh_buf_text(&message), message.len);
}

static int send_tables(struct kh_facts_ctx *ctx, const struct request *request)
{
	kh_auto_buf struct kh_buf message = KH_BUF_INIT;
	int r = 0;
	for (size_t i = 0; r == 0 && i < request->tables_count; i++)
		r = send_table(ctx, request->tables[i], &message);
	return r;
}

static int collect(const struct request *request)
{
	kh_auto_facts_ctx struct kh_facts_ctx *ctx = NULL;
	const char *root = request->root ? request->root : "/";
	int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return kh_fail_errno("%s", root);
	const struct kh_facts_options options = {
		.root_fd = root_fd, .live = !request->root, .privileged = request->root || kh_host_is_privileged(), .now_s = kh_now_s(), .content = request->content, .secret = request->secret};
	int r = request->autostart ? 0 : kh_facts_ctx_new(&options, &ctx);
	if (r == 0)
		r = enter_sandbox(root, root_fd);
	if (r < 0)
		return r;
	return request->autostart ? send_autostart(root_fd) : send_tables(ctx, request);
}

int main(int argc, char **argv)
{
	struct request request = {0};
	setlocale(LC_CTYPE, "C.UTF-8");
	kh_log_set_program(KH_COLLECTOR_PROGRAM);
	int r = read_arguments(argc, argv, &request);
	if (r == 0)
		r = collect(&request);
	if (r == 0)
		return 0;
	kh_log(KH_LOG_ERROR, "collecting facts failed", KH_ERR(r));
	return kh_error_info(r)->exit_status;
}
