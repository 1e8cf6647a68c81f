#include "isolation/isolation.h"
#include "isolation/peers.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"

#include <errno.h>
#include <unistd.h>

#define MAX_FILE 16384

static char *isolation_path(const char *state_dir)
{
	return kh_format("%s/isolation.json", state_dir);
}

static char *release_path(const char *state_dir)
{
	return kh_format("%s/isolation-release.json", state_dir);
}

/* *ret stays NULL when there is no file. */
static int read_file(const char *path, json_t **ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = kh_file_read(path, MAX_FILE, &text);
	if (r == KH_E_NOT_FOUND)
		return 0;
	r = r < 0 ? r : kh_json_parse(kh_buf_text(&text), text.len, ret);
	return r < 0 ? kh_fail_in(r, "%s", path) : 0;
}

static int write_file(const char *path, const json_t *j)
{
	kh_auto_free char *text = kh_json_dump(j);
	return kh_file_replace(path, text, strlen(text), 0600);
}

static int copy_text(const json_t *j, const char *key, char *ret, size_t size)
{
	const char *text = NULL;
	int r = kh_json_text(j, key, &text);
	if (r == 0 && strlen(text) >= size)
		r = kh_fail(KH_E_INVALID_FIELD, "field \"%s\": too long", key);
	if (r == 0)
		memcpy(ret, text, strlen(text) + 1);
	return r;
}

/* ---- the isolation ---- */

int kh_isolation_load(const char *state_dir, struct kh_isolation *ret)
{
	kh_auto_free char *path = isolation_path(state_dir);
	kh_auto_json json_t *j = NULL;
	struct kh_isolation i = {0};
	int r = read_file(path, &j);
	if (j) {
		r = kh_json_int(j, "order", 1, INT64_MAX, &i.order);
		r = r < 0 ? r : kh_json_int(j, "since_s", 0, INT64_MAX, &i.since_s);
		r = r < 0 ? r : kh_isolation_peers_read(json_object_get(j, "peers"), &i.peers);
	}
	if (r == 0)
		*ret = i;
	return r;
}

int kh_isolation_save(const char *state_dir, const struct kh_isolation *i)
{
	kh_auto_free char *path = isolation_path(state_dir);
	kh_auto_json json_t *j = json_object();
	kh_json_set_int(j, "order", i->order);
	kh_json_set_int(j, "since_s", i->since_s);
	kh_assert(json_object_set_new(j, "peers", kh_isolation_peers_json(&i->peers)) == 0);
	return write_file(path, j);
}

/* ---- its end ---- */

int kh_isolation_release_load(const char *state_dir, struct kh_isolation_release *ret)
{
	kh_auto_free char *path = release_path(state_dir);
	kh_auto_json json_t *j = NULL;
	struct kh_isolation_release e = {.uid = -1, .login_uid = -1};
	int r = read_file(path, &j);
	if (j) {
		r = kh_json_int(j, "order", 1, INT64_MAX, &e.order);
		r = r < 0 ? r : kh_json_int(j, "by_order", 0, INT64_MAX, &e.by_order);
		r = r < 0 ? r : kh_json_int(j, "at_s", 0, INT64_MAX, &e.at_s);
		r = r < 0 ? r : kh_json_int(j, "uid", -1, UINT32_MAX, &e.uid);
		r = r < 0 ? r : kh_json_int(j, "login_uid", -1, UINT32_MAX, &e.login_uid);
		r = r < 0 ? r : copy_text(j, "user", e.user, sizeof e.user);
		r = r < 0 ? r : copy_text(j, "reason", e.reason, sizeof e.reason);
	}
	if (r == 0)
		*ret = e;
	return r;
}

int kh_isolation_release_save(const char *state_dir, const struct kh_isolation_release *e)
{
	kh_auto_free char *path = release_path(state_dir);
	kh_auto_json json_t *j = json_object();
	kh_json_set_int(j, "order", e->order);
	kh_json_set_int(j, "by_order", e->by_order);
	kh_json_set_int(j, "at_s", e->at_s);
	kh_json_set_int(j, "uid", e->uid);
	kh_json_set_int(j, "login_uid", e->login_uid);
	kh_json_set_text(j, "user", e->user);
	kh_json_set_text(j, "reason", e->reason);
	return write_file(path, j);
}

static int remove_file(const char *path)
{
	return unlink(path) < 0 && errno != ENOENT ? kh_fail_errno("%s", path) : 0;
}

/* Cut off between the two, what is left ends an isolation that is not there: it is reported a second time. */
int kh_isolation_forget(const char *state_dir)
{
	kh_auto_free char *isolation = isolation_path(state_dir), *release = release_path(state_dir);
	int r = remove_file(isolation);
	r = r < 0 ? r : kh_dir_sync(state_dir);
	return r < 0 ? r : remove_file(release);
}

/* ---- as an event ---- */

void kh_isolation_event(struct kh_buf *out, const char *action, const struct kh_isolation *i, const struct kh_isolation_release *e)
{
	kh_auto_json json_t *j = json_object();
	json_t *said = json_object();
	kh_json_set_int(said, "order", i->order);
	kh_json_set_int(said, "since_s", i->since_s);
	kh_assert(json_object_set_new(said, "peers", kh_isolation_peers_json(&i->peers)) == 0);
	if (e) {
		kh_json_set_text(said, "reason", e->reason);
		kh_json_set_int(said, "by_order", e->by_order);
		kh_json_set_int(said, "login_uid", e->login_uid);
		kh_json_set_int(said, "released_s", e->at_s);
		kh_json_set_text(said, "user", e->user);
	}
	kh_assert(json_object_set_new(j, "isolation", said) == 0);
	kh_auto_free char *text = kh_json_dump(j);
	kh_buf_addf(out, "\"kind\":\"event\",\"event\":{\"category\":\"isolation\",\"action\":\"%s\"},\"khien\":%s", action, text);
}
