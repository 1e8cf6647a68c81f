#include "agent/finds.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/base64.h"
#include "os/file.h"

#include <string.h>

static const char *const state_names[KH_FIND_STATES] = {
	[KH_FIND_FOUND] = "found", [KH_FIND_QUARANTINED] = "quarantined", [KH_FIND_LEFT] = "left", [KH_FIND_RUNNING] = "running"};

static char *file_path(const char *state_dir)
{
	return kh_format("%s/finds.json", state_dir);
}

void kh_finds_done(struct kh_finds *f)
{
	kh_array_each(f, find)
		free(find->path);
	kh_array_done(f);
}

/* ---- the file; paths are bytes, so base64 ---- */

static bool read_state(const char *name, enum kh_find_state *ret)
{
	for (int i = 0; i < KH_FIND_STATES; i++)
		if (kh_streq(state_names[i], name)) {
			*ret = (enum kh_find_state)i;
			return true;
		}
	return false;
}

static int read_find(const json_t *j, struct kh_find *ret)
{
	const char *id = NULL, *path = NULL, *hash = NULL, *state = NULL;
	int r = kh_json_text(j, "id", &id);
	r = r < 0 ? r : kh_json_text(j, "path", &path);
	r = r < 0 ? r : kh_json_text(j, "sha256", &hash);
	r = r < 0 ? r : kh_json_text(j, "state", &state);
	r = r < 0 ? r : kh_json_int(j, "next_s", 0, INT64_MAX, &ret->next_s);
	r = r < 0 ? r : kh_json_int(j, "wait_s", 0, KH_FINDS_MAX_WAIT_S, &ret->wait_s);
	if (r < 0)
		return r;
	if (strlen(id) != sizeof ret->id - 1 || !kh_unhex(hash, ret->sha256, sizeof ret->sha256) || !read_state(state, &ret->state) || !kh_base64_path(path, &ret->path))
		return kh_fail(KH_E_INVALID_FIELD, "a find");
	memcpy(ret->id, id, sizeof ret->id);
	return 0;
}

static int read_finds(const char *state_dir, const char *endpoint, struct kh_finds *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *path = file_path(state_dir);
	kh_auto_json json_t *j = NULL;
	const char *of = NULL;
	size_t i = 0;
	json_t *item = NULL;
	int r = kh_file_read(path, KH_MAX_JSON_BYTES, &text);
	r = r < 0 ? r : kh_json_parse(kh_buf_text(&text), text.len, &j);
	r = r < 0 ? r : kh_json_text(j, "of", &of);
	if (r < 0 || !kh_streq(of, endpoint))
		return r;
	json_array_foreach(json_object_get(j, "finds"), i, item) {
		struct kh_find find = {0};
		if (r == 0 && i < KH_FINDS_MAX)
			r = read_find(item, &find);
		if (r == 0 && find.path)
			kh_array_push(ret, find);
	}
	return r;
}

void kh_finds_load(const char *state_dir, const char *endpoint, struct kh_finds *ret)
{
	struct kh_finds f = {0};
	if (read_finds(state_dir, endpoint, &f) < 0)
		kh_finds_done(&f);
	memcpy(f.of, endpoint, KH_MIN(strlen(endpoint) + 1, sizeof f.of - 1));
	*ret = f;
}

static json_t *find_json(const struct kh_find *find)
{
	json_t *j = json_object();
	char hash[KH_SHA256_HEX_SIZE];
	kh_auto_free char *path = kh_base64_text(find->path, strlen(find->path));
	kh_json_set_text(j, "id", find->id);
	kh_json_set_text(j, "path", path);
	kh_json_set_text(j, "sha256", kh_sha256_hex(find->sha256, hash));
	kh_json_set_text(j, "state", state_names[find->state]);
	kh_json_set_int(j, "next_s", find->next_s);
	kh_json_set_int(j, "wait_s", find->wait_s);
	return j;
}

int kh_finds_save(const char *state_dir, const struct kh_finds *f)
{
	kh_auto_free char *path = file_path(state_dir), *text = NULL;
	kh_auto_json json_t *j = json_object();
	json_t *list = json_array();
	kh_array_each(f, find)
		kh_assert(json_array_append_new(list, find_json(find)) == 0);
	kh_json_set_text(j, "of", f->of);
	kh_assert(json_object_set_new(j, "finds", list) == 0);
	text = kh_json_dump(j);
	return kh_file_replace(path, text, strlen(text), 0600);
}

/* ---- one find ---- */

struct kh_find *kh_finds_of(struct kh_finds *f, const char *path, const uint8_t sha256[KH_SHA256_SIZE])
{
	kh_array_each(f, find)
		if (memcmp(find->sha256, sha256, KH_SHA256_SIZE) == 0 && kh_streq(find->path, path))
			return find;
	return NULL;
}

struct kh_find *kh_finds_named(struct kh_finds *f, const char *id)
{
	kh_array_each(f, find)
		if (kh_streq(find->id, id))
			return find;
	return NULL;
}

struct kh_find *kh_finds_add(struct kh_finds *f, const char *path, const uint8_t sha256[KH_SHA256_SIZE])
{
	struct kh_find find = {.state = KH_FIND_FOUND};
	if (f->n >= KH_FINDS_MAX || strlen(path) >= KH_MAX_PATH || path[0] != '/')
		return NULL;
	kh_random_uuid(find.id);
	find.path = kh_strdup(path);
	memcpy(find.sha256, sha256, sizeof find.sha256);
	return kh_array_push(f, find);
}

void kh_finds_remove(struct kh_finds *f, struct kh_find *find)
{
	free(find->path);
	memmove(find, find + 1, (size_t)(f->v + f->n - find - 1) * sizeof *find);
	f->n--;
}

void kh_find_settle(struct kh_find *find, enum kh_find_state state, int64_t now_s, int64_t first_s)
{
	bool stays = find->state == state && find->wait_s > 0;
	find->wait_s = KH_MIN(stays ? 2 * find->wait_s : first_s, KH_FINDS_MAX_WAIT_S);
	find->state = state;
	find->next_s = now_s + find->wait_s;
}

int64_t kh_finds_next_s(const struct kh_finds *f)
{
	int64_t next = INT64_MAX;
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].state != KH_FIND_RUNNING)
			next = KH_MIN(next, f->v[i].next_s);
	return next;
}
