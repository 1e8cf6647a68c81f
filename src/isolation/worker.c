/* The starter's end of khien-isolate, and what is said between the two. */
#include "isolation/isolation.h"
#include "isolation/peers.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "ipc/ipc.h"

#define REAP_TIMEOUT_MS 1000

/* ---- messages ---- */

static int read_hash(const json_t *j, char ret[KH_SHA256_HEX_SIZE])
{
	const char *text = NULL;
	uint8_t hash[KH_SHA256_SIZE];
	int r = kh_json_text(j, "sha256", &text);
	if (r == 0 && *text && !kh_unhex(text, hash, sizeof hash))
		r = kh_fail(KH_E_INVALID_FIELD, "field \"sha256\": no SHA-256");
	if (r == 0)
		memcpy(ret, text, strlen(text) + 1);
	return r;
}

static void add_json(const json_t *j, struct kh_buf *out)
{
	kh_auto_free char *text = kh_json_dump(j);
	kh_buf_adds(out, text);
}

void kh_isolate_write_request(const struct kh_isolate_request *request, struct kh_buf *out)
{
	kh_auto_json json_t *j = json_object();
	kh_assert(json_object_set_new(j, "peers", kh_isolation_peers_json(&request->peers)) == 0);
	kh_json_set_text(j, "sha256", request->sha256);
	add_json(j, out);
}

int kh_isolate_read_request(const void *bytes, size_t n, struct kh_isolate_request *ret)
{
	kh_auto_json json_t *j = NULL;
	struct kh_isolate_request request = {0};
	int r = kh_json_parse(bytes, n, &j);
	r = r < 0 ? r : kh_isolation_peers_read(json_object_get(j, "peers"), &request.peers);
	r = r < 0 ? r : read_hash(j, request.sha256);
	if (r == 0)
		*ret = request;
	return r;
}

void kh_isolate_write_answer(int error, const struct kh_isolate_answer *answer, struct kh_buf *out)
{
	kh_auto_json json_t *j = json_object();
	kh_json_set_text(j, "error", error ? kh_error_info(error)->name : "");
	kh_json_set_text(j, "detail", error ? kh_fail_detail_english() : "");
	kh_json_set_bool(j, "present", answer->present);
	kh_json_set_bool(j, "changed", answer->changed);
	kh_json_set_text(j, "sha256", answer->sha256);
	add_json(j, out);
}

/* The worker's own error, in its words. */
static int worker_error(const json_t *j)
{
	const char *name = NULL, *detail = NULL;
	int r = kh_json_text(j, "error", &name);
	r = r < 0 ? r : kh_json_text(j, "detail", &detail);
	if (r < 0 || !*name)
		return r;
	const struct kh_error_info *info = kh_error_named(name);
	return kh_fail(info ? info->code : KH_E_WORKER_FAILED, "%s", detail);
}

int kh_isolate_read_answer(const void *bytes, size_t n, struct kh_isolate_answer *ret)
{
	kh_auto_json json_t *j = NULL;
	struct kh_isolate_answer answer = {0};
	int r = kh_json_parse(bytes, n, &j);
	r = r < 0 ? r : worker_error(j);
	r = r < 0 ? r : kh_json_bool(j, "present", &answer.present);
	r = r < 0 ? r : kh_json_bool(j, "changed", &answer.changed);
	r = r < 0 ? r : read_hash(j, answer.sha256);
	if (r == 0)
		*ret = answer;
	return r;
}

/* ---- the worker ---- */

int kh_isolate_start(enum kh_isolate_message what, const struct kh_isolate_request *request, struct kh_worker *ret)
{
	kh_auto_free char *path = NULL;
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	struct kh_worker worker = KH_WORKER_NONE;
	int r = kh_worker_path(KH_ISOLATE_PROGRAM, &path);
	r = r < 0 ? r : kh_worker_spawn(path, NULL, &worker);
	if (r < 0)
		return kh_fail(KH_E_ISOLATION_UNAVAILABLE, "%s does not start (%s)", KH_ISOLATE_PROGRAM, kh_fail_detail());
	if (request)
		kh_isolate_write_request(request, &payload);
	r = kh_ipc_send(worker.sock, (uint16_t)what, kh_buf_text(&payload), payload.len, -1);
	if (r < 0) {
		kh_worker_done(&worker);
		return r;
	}
	*ret = worker;
	return 0;
}

/* A library that is missing shows itself as an end without an answer: 127, as the loader has it. */
static int ended_unheard(struct kh_worker *worker)
{
	struct kh_worker_end end = {0};
	char how[KH_WORKER_END_SIZE] = "";
	if (!kh_worker_reap(worker, REAP_TIMEOUT_MS, &end))
		return kh_fail(KH_E_WORKER_FAILED, "%s gave no answer", KH_ISOLATE_PROGRAM);
	if (end.status == 127)
		return kh_fail(KH_E_ISOLATION_UNAVAILABLE, "%s does not start: is libnftables installed?", KH_ISOLATE_PROGRAM);
	return kh_fail(KH_E_WORKER_FAILED, "%s gave no answer (%s)", KH_ISOLATE_PROGRAM, kh_worker_end_text(&end, how));
}

int kh_isolate_finish(struct kh_worker *worker, int timeout_ms, struct kh_isolate_answer *ret)
{
	const struct kh_ipc_accept accept = {.timeout_ms = timeout_ms, .max_len = KH_IPC_MAX_INLINE};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_recv(worker->sock, &accept, &m);
	if (r == KH_E_WORKER_FAILED)
		r = ended_unheard(worker);
	else if (r == 0 && m.type != KH_ISOLATE_ANSWER)
		r = kh_fail(KH_E_SYNTAX, "%s answered with message %u", KH_ISOLATE_PROGRAM, m.type);
	r = r < 0 ? r : kh_isolate_read_answer(m.payload, m.len, ret);
	kh_auto_free char *detail = r < 0 ? kh_strdup(kh_fail_detail()) : NULL;
	kh_worker_done(worker);
	return r < 0 ? kh_fail(r, "%s", detail) : 0;
}
