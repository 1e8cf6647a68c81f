#include "content/store.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/time.h"
#include "content/paths.h"
#include "crypto/hash.h"
#include "os/file.h"

#include <fcntl.h>
#include <string.h>
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

/* ---- checking ---- */

static int check_file(const char *path, uint64_t size, const uint8_t expected[32])
{
	uint8_t sha256[KH_SHA256_SIZE];
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st = {0};
	int r = fd < 0 || fstat(fd, &st) < 0 ? kh_fail_errno("%s", path) : 0;
	if (r == 0 && (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != size))
		r = kh_fail(KH_E_SYNTAX, "%s: %lld bytes, expected %llu", path, (long long)st.st_size, (unsigned long long)size);
	r = r < 0 ? r : kh_sha256_fd(fd, size, sha256);
	if (r == 0 && memcmp(sha256, expected, sizeof sha256) != 0)
		r = kh_fail(KH_E_SYNTAX, "%s: its bytes have changed", path);
	return r;
}

int kh_content_store_check(const char *dir, const struct kh_content_file *f)
{
	kh_auto_free char *path = kh_content_source_path(dir, f->sha256);
	return check_file(path, f->size, f->sha256);
}

/* ---- use ---- */

/* What a reader wants of the store. */
struct use {
	const char *dir;
	kh_content_on_use on_use;
	void *context;
};

static int use_number(const struct use *u, int64_t number, struct kh_content_used *ret)
{
	kh_auto_free char *path = kh_content_number_path(u->dir, number, "content");
	struct stat st = {0};
	if (!number)
		return kh_fail(KH_E_NOT_FOUND, "%s: no content", u->dir);
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return kh_fail_errno("%s", path);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return kh_fail(KH_E_SYNTAX, "%s: empty", path);
	int r = u->on_use(u->context, fd);
	if (r == 0)
		ret->number = number;
	return r;
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

/* Its bytes are not those that were tried. Only then it is to blame: whole, it was loaded once before it was put to use, and what stands in its way now (little memory, a worker that
 * was killed, another processor) says nothing of it. */
static bool is_damaged(const char *dir, int64_t number)
{
	kh_auto_content_set struct kh_content_set set = {0};
	kh_auto_free char *path = kh_content_number_path(dir, number, "content");
	int r = kh_content_store_set(dir, number, &set);
	r = r < 0 ? r : check_file(path, set.compiled_bytes, set.compiled_sha256);
	return r == KH_E_SYNTAX || r == KH_E_NOT_FOUND;
}

static int use_previous(const struct use *u, const struct kh_content_state *state, int error, struct kh_content_used *ret)
{
	kh_auto_free char *why = kh_strdup(kh_fail_detail());
	if (!state->previous || use_number(u, state->previous, ret) < 0)
		return kh_fail(error, "%s", why);
	ret->went_back = true;
	if (is_damaged(u->dir, state->current))
		stay_back(u->dir, state);
	return 0;
}

int kh_content_store_use(const char *dir, kh_content_on_use on_use, void *context, struct kh_content_used *ret)
{
	enum { TRIES = 10 };
	const struct use u = {dir, on_use, context};
	struct kh_content_used used = {0};
	for (int i = 0;; i++) {
		struct kh_content_state state = {0}, after = {0};
		int r = kh_content_store_state(dir, &state);
		r = r < 0 ? r : use_number(&u, state.current, &used);
		if (r < 0 && kh_content_store_state(dir, &after) == 0 && after.current != state.current && i < TRIES)
			continue; /* it was changed under us */
		if (r < 0 && state.current)
			r = use_number(&u, state.current, &used); /* what failed may have passed */
		if (r < 0 && state.current)
			r = use_previous(&u, &state, r, &used);
		if (r == 0)
			*ret = used;
		return r;
	}
}

/* ---- verifying ---- */

struct verifying {
	const char *dir;
	kh_content_on_damage on_damage;
	void *context;
	uint64_t checked;
	struct kh_content_set current; /* whose sources were checked: most are the previous one's too */
};

static void damage(struct verifying *v, const char *what, const char *why)
{
	v->on_damage(v->context, what, why);
}

static bool has_source(const struct kh_content_set *set, const struct kh_content_file *f)
{
	kh_array_each(&set->files, known)
		if (memcmp(known->sha256, f->sha256, sizeof f->sha256) == 0)
			return true;
	return false;
}

static void verify_sources(struct verifying *v, const struct kh_content_set *set)
{
	kh_array_each(&set->files, f) {
		if (set != &v->current && has_source(&v->current, f))
			continue;
		v->checked++;
		if (kh_content_store_check(v->dir, f) < 0)
			damage(v, f->name, kh_fail_detail());
	}
}

static void verify_number(struct verifying *v, int64_t number, struct kh_content_set *set)
{
	kh_auto_free char *what = kh_content_number_path("content", number, ""), *path = kh_content_number_path(v->dir, number, "content");
	if (kh_content_store_set(v->dir, number, set) < 0) {
		damage(v, what, kh_fail_detail());
		return;
	}
	v->checked++;
	if (check_file(path, set->compiled_bytes, set->compiled_sha256) < 0)
		damage(v, what, kh_fail_detail());
	verify_sources(v, set);
}

int kh_content_store_verify(const char *dir, kh_content_on_damage on_damage, void *context, uint64_t *ret_checked)
{
	struct verifying v = {.dir = dir, .on_damage = on_damage, .context = context};
	kh_auto_content_set struct kh_content_set previous = {0};
	struct kh_content_state state = {0};
	int r = kh_content_store_state(dir, &state);
	if (r < 0)
		return r;
	if (state.current)
		verify_number(&v, state.current, &v.current);
	if (state.previous)
		verify_number(&v, state.previous, &previous);
	kh_content_set_done(&v.current);
	*ret_checked = v.checked;
	return 0;
}
