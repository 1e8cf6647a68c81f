#include "agent/content_job.h"

#include "agent/priority.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "content/import.h"
#include "content/workers.h"
#include "crypto/base64.h"
#include "crypto/hash.h"
#include "ipc/ipc.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_JOB (64 * KH_KIB)
#define START_TIMEOUT_MS 10000

/* ---- the job ---- */

void kh_content_job_encode(const struct kh_content_job *job, struct kh_buf *out)
{
	kh_auto_json json_t *j = json_object();
	json_t *pinned = json_array();
	for (size_t i = 0; i < job->pinned_count; i++) {
		char text[KH_BASE64_LEN(KH_SIGN_PUBLIC_SIZE) + 1];
		kh_assert(json_array_append_new(pinned, json_string(kh_base64(job->pinned[i], KH_SIGN_PUBLIC_SIZE, text))) == 0);
	}
	kh_json_set_text(j, "store", job->store);
	kh_json_set_text(j, "keys", job->keys);
	kh_json_set_text(j, "sha256", job->sha256);
	kh_assert(json_object_set_new(j, "pinned", pinned) == 0);
	kh_auto_free char *text = kh_json_dump(j);
	kh_buf_adds(out, text);
}

struct job {
	json_t *json;
	const char *store, *keys_file, *sha256;
	struct kh_content_keys keys;
	int fd;
};

static int add_pinned(const json_t *list, struct kh_content_keys *keys)
{
	size_t i = 0, n = 0;
	json_t *text = NULL;
	json_array_foreach(list, i, text) {
		bool good = keys->n < KH_CONTENT_MAX_KEYS && kh_base64_read(json_string_value(text), keys->v[keys->n], KH_SIGN_PUBLIC_SIZE, &n) && n == KH_SIGN_PUBLIC_SIZE;
		if (!good)
			return kh_fail(KH_E_SYNTAX, "the broker's keys");
		keys->n++;
	}
	return 0;
}

static int read_job(struct job *job, struct kh_ipc_message *m)
{
	job->fd = kh_ipc_take_fd(m);
	int r = kh_json_parse((const char *)m->payload, m->len, &job->json);
	r = r < 0 ? r : kh_json_text(job->json, "store", &job->store);
	r = r < 0 ? r : kh_json_text(job->json, "keys", &job->keys_file);
	r = r < 0 ? r : kh_json_text(job->json, "sha256", &job->sha256);
	r = r < 0 ? r : kh_sign_public_load(job->keys_file, job->keys.v, KH_CONTENT_MAX_KEYS, &job->keys.n);
	r = r == KH_E_NOT_FOUND ? 0 : r;
	return r < 0 ? r : add_pinned(json_object_get(job->json, "pinned"), &job->keys);
}

/* ---- the bundle ---- */

/* The uplink may still hold the file it wrote into: what is checked and unpacked is a copy that nobody else can change. */
static int take_copy(const struct job *job, const struct kh_content_change *c, int *ret_fd)
{
	uint8_t bytes[KH_SHA256_SIZE];
	char hex[KH_SHA256_HEX_SIZE];
	kh_auto_fd int fd = -1;
	uint64_t size = 0;
	int r = kh_content_change_temporary(c, &fd);
	r = r < 0 ? r : kh_sha256_copy(job->fd, fd, KH_CONTENT_MAX_FILE_BYTES, &size, bytes);
	if (r == 0 && !kh_streq(kh_sha256_hex(bytes, hex), job->sha256))
		r = kh_fail(KH_E_FILE_CHANGED, "the bundle that was fetched is not the one that was named");
	if (r == 0) {
		*ret_fd = fd;
		fd = -1;
	}
	return r;
}

static int import(const struct job *job)
{
	static const struct kh_content_workers workers;
	const struct kh_content_engine engine = kh_content_engine(&workers);
	kh_auto_content_change struct kh_content_change *c = NULL;
	enum kh_content_outcome outcome = KH_CONTENT_UNCHANGED;
	kh_auto_fd int bundle = -1;
	uint64_t files = 0;
	int r = kh_content_change_begin(job->store, &c);
	r = r < 0 ? r : take_copy(job, c, &bundle);
	if (r == 0 && !kh_content_bundle_is(bundle))
		r = kh_fail(KH_E_SYNTAX, "what was fetched is no bundle of content");
	r = r < 0 ? r : kh_content_import_shipped(c, kh_now_s());
	r = r < 0 ? r : kh_content_bundle_import(c, bundle, &job->keys, kh_now_s(), &files);
	return r < 0 ? r : kh_content_change_commit(c, &engine, false, kh_now_s(), &outcome);
}

static enum kh_content_fate fate_of(int error)
{
	static const int final[] = {KH_E_SIGNATURE_INVALID, KH_E_CONFLICT, KH_E_TRIAL_FAILED, KH_E_SYNTAX, KH_E_TOO_LARGE, KH_E_NOT_SUPPORTED, KH_E_INVALID_FIELD, KH_E_ENCODING};
	if (error == 0)
		return KH_CONTENT_IMPORTED;
	if (error == KH_E_FILE_CHANGED)
		return KH_CONTENT_DAMAGED;
	for (size_t i = 0; i < KH_COUNT(final); i++)
		if (final[i] == error)
			return KH_CONTENT_REFUSED;
	return KH_CONTENT_LATER;
}

static void tell(int sock, const struct job *job, int error)
{
	struct kh_content_job_done done = {.fate = fate_of(error)};
	struct kh_content_state state = {0};
	snprintf(done.reason, sizeof done.reason, "%s", error ? kh_fail_detail() : "");
	if (job->store && kh_content_store_state(job->store, &state) == 0) {
		done.number = state.current;
		done.rules = state.yara_rules;
		done.signatures = state.clamav_signatures;
		done.hashes = state.hashes;
	}
	kh_ignore(kh_ipc_send(sock, KH_CONTENT_JOB_DONE, &done, sizeof done, -1));
}

int kh_content_job_main(int sock)
{
	const struct kh_ipc_accept accept = {.timeout_ms = START_TIMEOUT_MS, .max_len = MAX_JOB, .with_fd = true};
	kh_auto_ipc_message struct kh_ipc_message message = KH_IPC_MESSAGE_INIT;
	struct job job = {.fd = -1};
	kh_log_set_program("khien-agent content");
	kh_priority_lowest();
	int r = kh_ipc_recv(sock, &accept, &message);
	if (r == 0 && message.type != KH_CONTENT_JOB_START)
		r = kh_fail(KH_E_SYNTAX, "the broker's first message");
	r = r < 0 ? r : read_job(&job, &message);
	r = r < 0 ? r : import(&job);
	if (r < 0)
		kh_log(KH_LOG_WARNING, "a bundle of content was not taken over", KH_ERR(r));
	tell(sock, &job, r);
	json_decref(job.json);
	if (job.fd >= 0)
		close(job.fd);
	return 0;
}
