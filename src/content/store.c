#include "content/store.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/time.h"
#include "content/paths.h"
#include "crypto/hash.h"
#include "os/file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- state and sets ---- */

int kh_content_store_state(const char *dir, struct kh_content_state *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *path = kh_content_state_path(dir);
	int r = kh_file_read(path, KH_CONTENT_STATE_MAX, &text);
	r = r < 0 ? r : kh_content_state_parse(kh_buf_text(&text), text.len, ret);
	return r == KH_E_SYNTAX ? kh_fail_in(r, "%s", path) : r;
}

int kh_content_store_set(const char *dir, int64_t number, struct kh_content_set *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *path = kh_content_number_path(dir, number, "set.json");
	int r = kh_file_read(path, KH_MAX_JSON_BYTES, &text);
	r = r < 0 ? r : kh_content_set_parse(kh_buf_text(&text), text.len, ret);
	return r == KH_E_SYNTAX ? kh_fail_in(r, "%s", path) : r;
}

struct kh_content_health kh_content_health(const struct kh_content_state *state, int64_t max_age_s, int64_t now_s)
{
	int64_t age = KH_MAX(now_s - state->newest_s, INT64_C(0));
	bool empty = !state->current || !state->imported || state->yara_rules + state->clamav_signatures + state->hashes == 0;
	return (struct kh_content_health){.empty = empty, .stale = !empty && age > max_age_s, .age_s = age};
}

/* ---- use ---- */

void kh_content_mapped_done(struct kh_content_mapped *m)
{
	if (m->bytes)
		munmap((void *)(uintptr_t)m->bytes, m->n);
	*m = (struct kh_content_mapped){0};
}

static int map_file(const char *path, struct kh_content_mapped *ret)
{
	struct stat st = {0};
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return kh_fail_errno("%s", path);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return kh_fail(KH_E_SYNTAX, "%s: empty", path);
	void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return kh_fail_errno("%s", path);
	ret->bytes = bytes;
	ret->n = (size_t)st.st_size;
	return 0;
}

static int map_number(const char *dir, int64_t number, const struct kh_content_engine *engine, struct kh_content_mapped *ret)
{
	kh_auto_content_mapped struct kh_content_mapped m = {.number = number};
	kh_auto_free char *path = kh_content_number_path(dir, number, "content");
	if (!number)
		return kh_fail(KH_E_NOT_FOUND, "%s: no content", dir);
	int r = map_file(path, &m);
	r = r < 0 ? r : engine->usable(engine->context, m.bytes, m.n);
	if (r < 0)
		return r;
	*ret = m;
	m = (struct kh_content_mapped){0};
	return 0;
}

/* Who may not change the store, or comes while another does, uses the previous content without saying so to others. */
static void stay_back(const char *dir, const struct kh_content_state *state)
{
	struct kh_content_change *change = NULL;
	struct kh_content_state now = {0};
	kh_auto_content_set struct kh_content_set set = {0};
	if (kh_content_change_begin(dir, &change) < 0)
		return;
	if (kh_content_store_state(dir, &now) == 0 && now.current == state->current && kh_content_store_set(dir, state->previous, &set) == 0) {
		kh_auto_free char *path = kh_content_state_path(dir);
		struct kh_content_state back = kh_content_set_state(&set, KH_CONTENT_SHIPPED, state->previous);
		back.failed = state->current;
		kh_auto_free char *text = kh_content_state_text(&back);
		kh_ignore(kh_file_replace(path, text, strlen(text), 0644));
	}
	kh_content_change_free(change);
}

static int map_current(const char *dir, const struct kh_content_engine *engine, const struct kh_content_state *state, struct kh_content_mapped *ret)
{
	int r = map_number(dir, state->current, engine, ret);
	if (r == 0 || !state->previous)
		return r;
	if (map_number(dir, state->previous, engine, ret) < 0)
		return r;
	ret->went_back = true;
	stay_back(dir, state);
	return 0;
}

int kh_content_store_map(const char *dir, const struct kh_content_engine *engine, struct kh_content_mapped *ret)
{
	enum { TRIES = 10 };
	for (int i = 0;; i++) {
		struct kh_content_state state = {0}, after = {0};
		int r = kh_content_store_state(dir, &state);
		r = r < 0 ? r : map_number(dir, state.current, engine, ret);
		if (r == 0 || i == TRIES || kh_content_store_state(dir, &after) < 0)
			return r;
		if (after.current == state.current) /* it was not changed under us: it is bad */
			return map_current(dir, engine, &state, ret);
	}
}

/* ---- verifying ---- */

struct verifying {
	const char *dir;
	kh_content_on_damage on_damage;
	void *context;
	uint64_t checked;
};

static void damage(struct verifying *v, const char *what, const char *why)
{
	v->on_damage(v->context, what, why);
}

static void verify_file(struct verifying *v, const char *what, const char *path, uint64_t size, const uint8_t expected[32])
{
	uint8_t sha256[KH_SHA256_SIZE];
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st = {0};
	int r = fd < 0 || fstat(fd, &st) < 0 ? kh_fail_errno("%s", path) : 0;
	v->checked++;
	if (r == 0 && (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != size))
		r = kh_fail(KH_E_SYNTAX, "%s: %lld bytes, expected %llu", path, (long long)st.st_size, (unsigned long long)size);
	r = r < 0 ? r : kh_sha256_fd(fd, size, sha256);
	if (r == 0 && memcmp(sha256, expected, sizeof sha256) != 0)
		r = kh_fail(KH_E_SYNTAX, "%s: its bytes have changed", path);
	if (r < 0)
		damage(v, what, kh_fail_detail());
}

static void verify_number(struct verifying *v, int64_t number)
{
	kh_auto_content_set struct kh_content_set set = {0};
	kh_auto_free char *what = kh_content_number_path("content", number, ""), *path = kh_content_number_path(v->dir, number, "content");
	if (kh_content_store_set(v->dir, number, &set) < 0) {
		damage(v, what, kh_fail_detail());
		return;
	}
	verify_file(v, what, path, set.compiled_bytes, set.compiled_sha256);
	for (size_t i = 0; i < set.files.n; i++) {
		kh_auto_free char *source = kh_content_source_path(v->dir, set.files.v[i].sha256);
		verify_file(v, set.files.v[i].name, source, set.files.v[i].size, set.files.v[i].sha256);
	}
}

int kh_content_store_verify(const char *dir, kh_content_on_damage on_damage, void *context, uint64_t *ret_checked)
{
	struct verifying v = {.dir = dir, .on_damage = on_damage, .context = context};
	struct kh_content_state state = {0};
	int r = kh_content_store_state(dir, &state);
	if (r < 0)
		return r;
	if (state.current)
		verify_number(&v, state.current);
	if (state.previous)
		verify_number(&v, state.previous);
	*ret_checked = v.checked;
	return 0;
}
