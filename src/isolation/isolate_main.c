/* khien-isolate: puts, looks at or removes the one table of isolation.h, answers and ends. The only program that links libnftables (GPL-2.0-only). It keeps CAP_NET_ADMIN and the
 * socket it was started with; it opens no file and knows no network. */
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "ipc/ipc.h"
#include "isolation/isolation.h"
#include "sandbox/sandbox.h"

#include <linux/capability.h>
#include <locale.h>
#include <nftables/libnftables.h>

#define START_TIMEOUT_MS 10000
#define CPU_LIMIT_S 10
#define LIST "list table inet " KH_ISOLATION_TABLE
#define REMOVE "add table inet " KH_ISOLATION_TABLE "\ndelete table inet " KH_ISOLATION_TABLE

static void free_context(struct nft_ctx **nft)
{
	if (*nft)
		nft_ctx_free(*nft);
}

/* The first line of what nftables says is the reason; those below show the command. */
static int unavailable(struct nft_ctx *nft)
{
	const char *said = nft_ctx_get_error_buffer(nft);
	return kh_fail(KH_E_ISOLATION_UNAVAILABLE, "nftables: %.*s", (int)strcspn(said, "\n"), said);
}

static int run(struct nft_ctx *nft, const char *command)
{
	return nft_run_cmd_from_buffer(nft, command) == 0 ? 0 : unavailable(nft);
}

/* That there is no such table is an answer. Any other failure shows itself at the next change. */
static void look(struct nft_ctx *nft, struct kh_isolate_answer *ret)
{
	uint8_t hash[KH_SHA256_SIZE];
	ret->present = nft_run_cmd_from_buffer(nft, LIST) == 0;
	ret->sha256[0] = '\0';
	if (!ret->present)
		return;
	const char *text = nft_ctx_get_output_buffer(nft);
	kh_sha256_of(text, strlen(text), hash);
	kh_sha256_hex(hash, ret->sha256);
}

static int put(struct nft_ctx *nft, const struct kh_isolate_request *request, struct kh_isolate_answer *ret)
{
	kh_auto_buf struct kh_buf rules = KH_BUF_INIT;
	look(nft, ret);
	if (ret->present && kh_streq(ret->sha256, request->sha256))
		return 0;
	kh_isolation_rules(&request->peers, &rules);
	int r = run(nft, kh_buf_text(&rules));
	if (r < 0)
		return r;
	look(nft, ret);
	ret->changed = true;
	return ret->present ? 0 : kh_fail(KH_E_ISOLATION_UNAVAILABLE, "nftables took the rules and does not show them");
}

static int remove_table(struct nft_ctx *nft, struct kh_isolate_answer *ret)
{
	int r = run(nft, REMOVE);
	look(nft, ret);
	ret->changed = r == 0;
	return r;
}

static int act(const struct kh_ipc_message *m, const struct kh_isolate_request *request, struct kh_isolate_answer *ret)
{
	KH_CLEANUP(free_context) struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!nft || nft_ctx_buffer_output(nft) != 0 || nft_ctx_buffer_error(nft) != 0)
		return kh_fail(KH_E_ISOLATION_UNAVAILABLE, "nftables does not start");
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_STATELESS | NFT_CTX_OUTPUT_NUMERIC_ALL);
	if (m->type == KH_ISOLATE_PUT)
		return put(nft, request, ret);
	if (m->type == KH_ISOLATE_REMOVE)
		return remove_table(nft, ret);
	look(nft, ret);
	return 0;
}

static int give_up_rights(void)
{
	const int keep[] = {KH_WORKER_SOCK};
	const struct kh_sandbox_policy policy = {
		.profile = KH_SANDBOX_READER, .keep_fds = keep, .keep_fds_count = KH_COUNT(keep), .change_user = true, .uid = KH_SANDBOX_NOBODY, .gid = KH_SANDBOX_NOBODY,
		.keep_capabilities = UINT64_C(1) << CAP_NET_ADMIN, .limits = {.cpu_s = CPU_LIMIT_S},
	};
	int r = kh_sandbox_enter(&policy);
	return r < 0 ? kh_fail(KH_E_ISOLATION_UNAVAILABLE, "the right to change the rules of the network is missing (%s)", kh_fail_detail()) : 0;
}

/* Without its sandbox it only says so. */
static int serve(int r)
{
	const struct kh_ipc_accept accept = {.timeout_ms = START_TIMEOUT_MS, .max_len = KH_IPC_MAX_INLINE};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	struct kh_isolate_request request = {0};
	struct kh_isolate_answer answer = {0};
	r = r < 0 ? r : kh_ipc_recv(KH_WORKER_SOCK, &accept, &m);
	if (r == 0 && (m.type < KH_ISOLATE_PUT || m.type > KH_ISOLATE_REMOVE))
		r = kh_fail(KH_E_SYNTAX, "message %u", m.type);
	if (r == 0 && m.type == KH_ISOLATE_PUT)
		r = kh_isolate_read_request(m.payload, m.len, &request);
	r = r < 0 ? r : act(&m, &request, &answer);
	kh_isolate_write_answer(r, &answer, &payload);
	return kh_ipc_send(KH_WORKER_SOCK, KH_ISOLATE_ANSWER, kh_buf_text(&payload), payload.len, -1);
}

int main(void)
{
	kh_log_set_program(KH_ISOLATE_PROGRAM);
	setlocale(LC_CTYPE, "C.UTF-8");
	int r = serve(give_up_rights());
	return r < 0 ? kh_error_info(r)->exit_status : 0;
}
