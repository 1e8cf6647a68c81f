#include "cli/agent_status.h"

#include "base/error.h"
#include "base/json.h"
#include "ipc/ipc.h"
#include "ipc/local.h"
#include "os/file.h"
#include "os/local.h"

#include <stdio.h>

#define ANSWER_TIMEOUT_MS 5000
#define MAX_ANSWER (64 * KH_KIB)
#define RUN_DIR "/run/khien"

static int ask(const char *run_dir, json_t **ret)
{
	const struct kh_ipc_accept accept = {.timeout_ms = ANSWER_TIMEOUT_MS, .max_len = MAX_ANSWER};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	kh_auto_fd int fd = -1;
	int r = kh_local_connect(run_dir, KH_STATUS_SOCKET, &fd);
	r = r < 0 ? r : kh_ipc_send(fd, KH_STATUS_ASK, "", 0, -1);
	r = r < 0 ? r : kh_ipc_recv(fd, &accept, &m);
	return r < 0 ? r : kh_json_parse((const char *)m.payload, m.len, ret);
}

int kh_agent_status(const struct kh_cli_call *call, json_t **ret)
{
	const char *run_dir = kh_cli_text(call, "run");
	int r = ask(run_dir ? run_dir : RUN_DIR, ret);
	if (r != KH_E_NOT_FOUND && r != KH_E_UNREACHABLE)
		return r;
	fprintf(stderr, "%s: %s\n", call->program->name, kh_text(call->language, KH_T_STATUS_NO_AGENT));
	return kh_error_info(KH_E_UNREACHABLE)->exit_status;
}
