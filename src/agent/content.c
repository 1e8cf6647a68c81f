/* Bundles of content: what the server offers is fetched by the uplink into a file of the state directory, at its time, and taken over by a child (agent/content_job.h). */
#include "agent/content_job.h"
#include "agent/inside.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "content/store.h"
#include "crypto/random.h"
#include "ipc/ipc.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define IMPORT_MS 7200000     /* then it is taken to hang: an old machine compiles for half an hour */
#define END_TIMEOUT_MS 2000
#define ROOM_TIMES 4          /* the bundle, its copy that is checked, what is unpacked from it, and what is compiled */

static const char part[] = ".part";

/* ---- the file ---- */

static char *part_path(const struct kh_broker *b, const char *sha256)
{
	return kh_format("%s/bundle-%s%s", b->settings->state, sha256, part);
}

static void close_folder(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* Of bundles that were given up for a newer one. */
static void remove_other_parts(const struct kh_broker *b, const char *sha256)
{
	KH_CLEANUP(close_folder) DIR *d = opendir(b->settings->state);
	for (struct dirent *e = NULL; d && (e = readdir(d)) != NULL;) {
		bool is_part = kh_starts_with(e->d_name, "bundle-") && kh_ends_with(e->d_name, part);
		if (is_part && strncmp(e->d_name + strlen("bundle-"), sha256, strlen(sha256)) != 0)
			unlinkat(dirfd(d), e->d_name, 0);
	}
}

static void remove_part(const struct kh_broker *b, const char *sha256)
{
	kh_auto_free char *path = part_path(b, sha256);
	unlink(path);
}

static bool has_room(struct kh_broker *b, int64_t bytes)
{
	struct statvfs st;
	if (statvfs(b->settings->state, &st) < 0 || (int64_t)(st.f_bavail * st.f_frsize) / ROOM_TIMES > bytes)
		return true;
	kh_broker_trouble(b, "content", kh_fail(KH_E_DISK_FULL, "no room for a bundle of %lld bytes", (long long)bytes));
	return false;
}

/* Of a bundle that was begun before, with what is there. */
static int open_part(const struct kh_broker *b, const struct kh_link_offer *offer, int *ret_fd, int64_t *ret_from)
{
	struct stat st = {0};
	kh_auto_free char *path = part_path(b, offer->sha256);
	kh_auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || fstat(fd, &st) < 0 || (st.st_size > offer->bytes && ftruncate(fd, 0) < 0))
		return kh_fail_errno("%s", path);
	*ret_from = st.st_size > offer->bytes ? 0 : st.st_size;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* ---- what is offered ---- */

static bool is_news(const struct kh_broker *b, const struct kh_link_offer *offer)
{
	const struct kh_agent_settings *s = b->settings;
	bool known = kh_streq(offer->sha256, b->memory.bundle) || kh_streq(offer->sha256, b->memory.refused_bundle);
	return s->content_fetch && !known && !b->importing && offer->bytes <= s->content_max_mib * (int64_t)KH_MIB;
}

/* Thousands of machines are told within minutes: each waits its part of the spread. */
static bool is_time(struct kh_broker *b, const struct kh_link_offer *offer)
{
	int64_t now = kh_monotonic_ms(), spread_s = b->settings->content_spread_s;
	if (!kh_streq(offer->sha256, b->offered)) {
		memcpy(b->offered, offer->sha256, sizeof b->offered);
		b->fetch_at_ms = now + (spread_s ? (int64_t)kh_random_below((uint32_t)spread_s) * 1000 : 0);
		b->mirror_failed = false;
		kh_backoff_reset(&b->content_backoff);
	}
	return now >= b->fetch_at_ms;
}

int kh_content_wanted(struct kh_broker *b, const struct kh_ipc_message *m)
{
	struct kh_link_offer offer = {0};
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	kh_auto_fd int fd = -1;
	struct kh_link_fetch fetch = {.rate_kib = (uint32_t)b->settings->content_rate_kib, .mirror = (char *)""};
	if (!kh_link_get_offer(m->payload, m->len, &offer))
		return kh_fail(KH_E_SYNTAX, "an offer of content");
	if (!is_news(b, &offer) || !is_time(b, &offer) || !has_room(b, offer.bytes))
		return kh_ipc_send(b->uplink.worker.sock, KH_LINK_NOTHING, "", 0, -1);
	remove_other_parts(b, offer.sha256);
	int r = open_part(b, &offer, &fd, &fetch.from);
	if (r < 0) {
		kh_broker_trouble(b, "content", r);
		return kh_ipc_send(b->uplink.worker.sock, KH_LINK_NOTHING, "", 0, -1);
	}
	if (b->settings->content_mirror && !b->mirror_failed)
		fetch.mirror = (char *)(uintptr_t)b->settings->content_mirror;
	kh_log(KH_LOG_INFO, "content is fetched", KH_S("sha256", offer.sha256), KH_I("bytes", offer.bytes), KH_I("from", fetch.from));
	memcpy(b->fetching, offer.sha256, sizeof b->fetching);
	b->fetching_made_s = offer.made_s;
	kh_link_put_fetch(&payload, &fetch);
	return kh_ipc_send(b->uplink.worker.sock, KH_LINK_CONTENT, payload.data, payload.len, fd);
}

/* ---- taking over ---- */

static int start_import(struct kh_broker *b, const char *sha256)
{
	static const char *const arguments[] = {"role", "content", NULL};
	kh_auto_free char *path = part_path(b, sha256);
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	const struct kh_content_job job = {
		.store = b->settings->content_store, .keys = b->settings->content_keys, .pinned = (const uint8_t (*)[KH_SIGN_PUBLIC_SIZE])b->identity.content_keys,
		.pinned_count = b->identity.content_key_count, .sha256 = sha256};
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	int r = kh_worker_spawn("/proc/self/exe", arguments, &b->import);
	if (r < 0)
		return r;
	kh_content_job_encode(&job, &payload);
	r = kh_ipc_send(b->import.sock, KH_CONTENT_JOB_START, payload.data, payload.len, fd);
	if (r < 0)
		kh_worker_done(&b->import);
	return r;
}

/* It is asked for again by the next offer, not before. */
static void try_later(struct kh_broker *b)
{
	b->fetch_at_ms = kh_monotonic_ms() + kh_backoff_fail(&b->content_backoff, 0);
}

int kh_content_done(struct kh_broker *b, const struct kh_ipc_message *m)
{
	struct kh_link_offer offer = {0};
	if (!kh_link_get_offer(m->payload, m->len, &offer) || !kh_streq(offer.sha256, b->fetching) || b->importing)
		return kh_fail(KH_E_SYNTAX, "content that was not to be fetched");
	b->importing = true;
	b->import_due_ms = kh_monotonic_ms() + IMPORT_MS;
	int r = start_import(b, offer.sha256);
	if (r == 0)
		return 0;
	b->importing = false;
	kh_broker_trouble(b, "content", r);
	try_later(b);
	return 0;
}

static void add_number(struct kh_buf *out, const char *key, int64_t value)
{
	kh_buf_addf(out, ",\"%s\":%lld", key, (long long)value);
}

static void tell_server(struct kh_broker *b, const struct kh_content_job_done *done)
{
	bool imported = done->fate == KH_CONTENT_IMPORTED;
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_buf_addf(&fields, "\"kind\":\"event\",\"event\":{\"category\":\"package\",\"action\":\"%s\",\"outcome\":\"%s\"},\"khien\":{\"content\":{\"sha256\":\"%s\"",
		    imported ? "content_imported" : "content_refused", imported ? "success" : "failure", b->fetching);
	add_number(&fields, "number", done->number);
	add_number(&fields, "rules", done->rules);
	add_number(&fields, "signatures", done->signatures);
	add_number(&fields, "hashes", done->hashes);
	kh_buf_adds(&fields, ",\"reason\":");
	if (done->reason[0])
		kh_buf_add_json_string(&fields, done->reason, strlen(done->reason));
	else
		kh_buf_adds(&fields, "null");
	kh_buf_adds(&fields, "}}");
	kh_broker_append(b, KH_SPOOL_EVENT, 0, &fields);
	kh_uplink_wake(b);
}

/* What cannot be taken at all is not fetched again; what was damaged on the way is, and not from the mirror. */
static void settle(struct kh_broker *b, const struct kh_content_job_done *done)
{
	if (done->fate == KH_CONTENT_IMPORTED) {
		memcpy(b->memory.bundle, b->fetching, sizeof b->memory.bundle);
		b->memory.bundle_made_s = b->fetching_made_s;
	}
	if (done->fate == KH_CONTENT_REFUSED)
		memcpy(b->memory.refused_bundle, b->fetching, sizeof b->memory.refused_bundle);
	if (done->fate != KH_CONTENT_LATER)
		remove_part(b, b->fetching);
	if (done->fate == KH_CONTENT_IMPORTED || done->fate == KH_CONTENT_REFUSED) {
		tell_server(b, done);
		kh_broker_remember(b);
	} else {
		b->mirror_failed = b->mirror_failed || done->fate == KH_CONTENT_DAMAGED;
		try_later(b);
	}
	b->health_at_ms = 0; /* the server sees at once what this machine looks for */
}

static void import_ended(struct kh_broker *b, const struct kh_content_job_done *done)
{
	struct kh_worker_end end = {0};
	if (!kh_worker_reap(&b->import, END_TIMEOUT_MS, &end))
		kh_worker_kill(&b->import);
	kh_worker_done(&b->import);
	b->importing = false;
	kh_log(KH_LOG_INFO, "content", KH_S("sha256", b->fetching), KH_I("imported", done->fate == KH_CONTENT_IMPORTED), KH_S("reason", done->reason));
	settle(b, done);
}

void kh_content_message(struct kh_broker *b)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = sizeof(struct kh_content_job_done)};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	struct kh_content_job_done done = {.fate = KH_CONTENT_LATER, .reason = "the child ended without an answer"};
	int r = kh_ipc_recv(b->import.sock, &accept, &m);
	if (r == 0 && m.type == KH_CONTENT_JOB_DONE && m.len == sizeof done)
		memcpy(&done, m.payload, sizeof done);
	done.reason[sizeof done.reason - 1] = '\0';
	import_ended(b, &done);
}

void kh_content_due(struct kh_broker *b)
{
	const struct kh_content_job_done late = {.fate = KH_CONTENT_LATER, .reason = "the child hangs"};
	if (!b->importing || kh_monotonic_ms() < b->import_due_ms)
		return;
	kh_worker_kill(&b->import);
	import_ended(b, &late);
}

json_t *kh_content_health_json(const struct kh_broker *b)
{
	struct kh_content_state state = {0};
	if (kh_content_store_state(b->settings->content_store, &state) < 0 || !state.current || !state.imported)
		return json_null();
	json_t *j = json_object();
	kh_json_set_int(j, "number", state.current);
	kh_json_set_int(j, "newest_s", state.newest_s);
	kh_json_set_text(j, "bundle", b->memory.bundle[0] ? b->memory.bundle : NULL);
	if (b->memory.bundle_made_s)
		kh_json_set_int(j, "bundle_made_s", b->memory.bundle_made_s);
	kh_json_set_int(j, "rules", state.yara_rules);
	kh_json_set_int(j, "signatures", state.clamav_signatures);
	kh_json_set_int(j, "hashes", state.hashes);
	return j;
}
