/* `khien-sheet-worker`: the other side of sheet/read.c. Enters the sandbox, takes a file, parses it, writes the table into the descriptor it is given, and ends. */
#include "base/error.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "sandbox/sandbox.h"
#include "sandbox/worker.h"
#include "sheet/sheet.h"

#include <stdio.h>
#include <string.h>

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
		.limits = {.address_space = KH_SHEET_MEMORY, .cpu_s = KH_SHEET_CPU_S, .file_size = 2 * KH_SHEET_MAX_TEXT, .open_files = 16},
	};
	return kh_sandbox_enter(&policy);
}

static int write_table(const struct kh_sheet *sheet, int output)
{
	kh_auto_buf struct kh_buf out = KH_BUF_MAX(2 * KH_SHEET_MAX_TEXT);
	kh_sheet_encode(sheet, &out);
	int r = kh_buf_status(&out);
	return r < 0 ? r : kh_file_write_fd(output, "a table", out.data, out.len);
}

static int serve(void)
{
	const struct kh_ipc_accept accept = {.timeout_ms = KH_SHEET_TIMEOUT_MS, .max_len = KH_SHEET_MAX_FILE, .with_fd = true};
	kh_auto_ipc_message struct kh_ipc_message file = KH_IPC_MESSAGE_INIT, go = KH_IPC_MESSAGE_INIT;
	kh_auto_sheet struct kh_sheet sheet = {0};
	int r = kh_ipc_recv(KH_WORKER_SOCK, &accept, &file);
	if (r == 0)
		r = kh_ipc_recv(KH_WORKER_SOCK, &accept, &go);
	if (r == 0 && (file.type != KH_SHEET_FILE || go.type != KH_SHEET_GO || go.fd < 0 || go.len != 1 || go.payload[0] >= KH_SHEET_FORMS))
		r = kh_fail(KH_E_SYNTAX, "not a table");
	if (r == 0)
		r = kh_sheet_parse_form((enum kh_sheet_form)go.payload[0], file.payload, file.len, &sheet);
	return r < 0 ? r : write_table(&sheet, go.fd);
}

int main(void)
{
	int r = enter_sandbox();
	if (r == 0)
		r = serve();
	char words[KH_MAX_ERROR_DETAIL + 64] = "";
	if (r < 0)
		snprintf(words, sizeof words, "%s: %s", kh_error_info(r)->name, kh_fail_detail());
	return kh_ipc_send(KH_WORKER_SOCK, KH_SHEET_DONE, words, strlen(words), -1) < 0;
}
