#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "content/paths.h"
#include "content/store.h"
#include "crypto/hash.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct kh_content_change {
	char *dir;
	int lock;
	bool begun; /* it holds the lock and knows what is in use */
	struct kh_content_state state;          /* what is in use */
	struct kh_content_set before, after;    /* its set; what it is to become */
};

/* ---- leftovers ---- */

static bool in_set(const struct kh_content_set *set, const char *hex)
{
	uint8_t sha256[32];
	if (strlen(hex) != 64 || !kh_unhex(hex, sha256, sizeof sha256))
		return false;
	kh_array_each(&set->files, f)
		if (memcmp(f->sha256, sha256, sizeof sha256) == 0)
			return true;
	return false;
}

/* Sources that no kept content was made of. */
static void clean_sources(const struct kh_content_change *c, const struct kh_content_set *previous)
{
	kh_auto_free char *path = kh_format("%s/sources", c->dir);
	DIR *d = opendir(path);
	for (struct dirent *e = NULL; d && (e = readdir(d)) != NULL;)
		if (!kh_streq(e->d_name, ".") && !kh_streq(e->d_name, "..") && !in_set(&c->before, e->d_name) && !in_set(previous, e->d_name))
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

static void remove_number(const char *dir, int64_t number)
{
	static const char *const files[] = {"content", "set.json"};
	kh_auto_free char *folder = kh_content_number_path(dir, number, "");
	for (size_t i = 0; i < KH_COUNT(files); i++) {
		kh_auto_free char *path = kh_content_number_path(dir, number, files[i]);
		unlink(path);
	}
	DIR *d = opendir(folder); /* a set that was being written */
	for (struct dirent *e = NULL; d && (e = readdir(d)) != NULL;)
		if (kh_starts_with(e->d_name, "set.json."))
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(folder);
}

static void clean_numbers(const struct kh_content_change *c)
{
	DIR *d = opendir(c->dir);
	for (struct dirent *e = NULL; d && (e = readdir(d)) != NULL;) {
		int64_t number = 0;
		if (kh_parse_int(e->d_name, 1, INT64_MAX, &number) && number != c->state.current && number != c->state.previous)
			remove_number(c->dir, number);
		else if (kh_starts_with(e->d_name, KH_CONTENT_STATE "."))
			unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		closedir(d);
}

static void clean(const struct kh_content_change *c)
{
	kh_auto_content_set struct kh_content_set previous = {0};
	if (c->state.previous && kh_content_store_set(c->dir, c->state.previous, &previous) < 0)
		return;
	clean_sources(c, &previous);
	clean_numbers(c);
}

/* ---- beginning and ending ---- */

static int take_lock(struct kh_content_change *c)
{
	kh_auto_free char *path = kh_format("%s/lock", c->dir);
	c->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->lock < 0)
		return kh_fail_errno("%s", path);
	if (flock(c->lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? kh_fail(KH_E_BUSY, "%s: another process is changing it", c->dir) : kh_fail_errno("%s", path);
	return 0;
}

/* Of a set that is damaged, the previous one stands in: a change can mend the store. */
static int read_before(struct kh_content_change *c)
{
	int r = kh_content_store_state(c->dir, &c->state);
	if (r < 0 || !c->state.current)
		return r == KH_E_NOT_FOUND ? 0 : r;
	r = kh_content_store_set(c->dir, c->state.current, &c->before);
	if (r < 0 && c->state.previous && kh_content_store_set(c->dir, c->state.previous, &c->before) == 0)
		return 0;
	return r;
}

static void copy_set(const struct kh_content_set *from, struct kh_content_set *to)
{
	kh_array_each(&from->files, f)
		kh_content_set_add(to, f);
	kh_array_each(&from->externals, e)
		kh_assert(kh_content_set_define(to, e->origin, e->name, e->value) == 0);
	to->bundle_made_s = from->bundle_made_s;
}

int kh_content_change_begin(const char *dir, struct kh_content_change **ret)
{
	kh_auto_content_change struct kh_content_change *c = kh_alloc(sizeof *c);
	kh_auto_free char *sources = kh_format("%s/sources", dir);
	c->dir = kh_strdup(dir);
	c->lock = -1;
	int r = kh_dir_make(sources, 0755);
	r = r < 0 ? r : take_lock(c);
	r = r < 0 ? r : read_before(c);
	if (r < 0)
		return r;
	c->begun = true;
	clean(c);
	copy_set(&c->before, &c->after);
	*ret = kh_take(c);
	return 0;
}

void kh_content_change_free(struct kh_content_change *c)
{
	if (!c)
		return;
	if (c->begun)
		clean(c);
	kh_fd_close(&c->lock);
	kh_content_set_done(&c->before);
	kh_content_set_done(&c->after);
	free(c->dir);
	free(c);
}

const struct kh_content_set *kh_content_change_set(const struct kh_content_change *c)
{
	return &c->after;
}

/* ---- sources ---- */

static int keep_source(const struct kh_content_change *c, int from, struct kh_content_file *f)
{
	kh_auto_free char *temporary = kh_format("%s/sources/incoming.XXXXXX", c->dir);
	kh_auto_fd int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return kh_fail_errno("%s/sources", c->dir);
	int r = fchmod(fd, 0644) < 0 ? kh_fail_errno("%s", temporary) : kh_sha256_copy(from, fd, KH_CONTENT_MAX_FILE_BYTES, &f->size, f->sha256);
	kh_auto_free char *path = kh_content_source_path(c->dir, f->sha256);
	if (r == 0 && rename(temporary, path) < 0)
		r = kh_fail_errno("%s", path);
	if (r < 0)
		unlink(temporary);
	return r;
}

static uint64_t set_bytes(const struct kh_content_set *set)
{
	uint64_t n = 0;
	kh_array_each(&set->files, f)
		n += f->size;
	return n;
}

int kh_content_change_put(struct kh_content_change *c, const char *origin, const char *name, int fd, int64_t made_s, int64_t now_s)
{
	struct kh_content_file f = {.name = (char *)(uintptr_t)name, .origin = (char *)(uintptr_t)origin, .imported_s = now_s};
	if (!kh_content_name_good(name) || !kh_content_name_good(origin))
		return kh_fail(KH_E_INVALID_FIELD, "%s: not a name for content", name);
	if (c->after.files.n >= KH_CONTENT_MAX_FILES)
		return kh_fail(KH_E_TOO_LARGE, "more than %d sources", KH_CONTENT_MAX_FILES);
	int r = keep_source(c, fd, &f);
	if (r < 0)
		return kh_fail_in(r, "%s", name);
	const struct kh_content_file *old = kh_content_set_find(&c->before, name);
	bool same = old && memcmp(old->sha256, f.sha256, sizeof f.sha256) == 0;
	f.imported_s = same ? old->imported_s : now_s;
	f.made_s = made_s ? made_s : same ? old->made_s : now_s;
	kh_content_set_add(&c->after, &f);
	return set_bytes(&c->after) > KH_CONTENT_MAX_SET_BYTES ? kh_fail(KH_E_TOO_LARGE, "sources of more than %lu bytes", KH_CONTENT_MAX_SET_BYTES) : 0;
}

int kh_content_change_temporary(const struct kh_content_change *c, int *ret_fd)
{
	kh_auto_free char *path = kh_format("%s/sources", c->dir);
	int fd = open(path, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	*ret_fd = fd;
	return 0;
}

size_t kh_content_change_remove(struct kh_content_change *c, const char *origin)
{
	if (kh_streq(origin, KH_CONTENT_BUNDLE))
		c->after.bundle_made_s = 0;
	return kh_content_set_remove(&c->after, origin);
}

static bool is_of_bundle(const struct kh_content_external *e)
{
	return kh_streq(e->origin, KH_CONTENT_BUNDLE);
}

int kh_content_change_define(struct kh_content_change *c, const char *origin, const char *name, const char *value)
{
	kh_array_each(&c->after.externals, e)
		if (!kh_streq(origin, KH_CONTENT_BUNDLE) && !is_of_bundle(e) && !kh_streq(e->origin, origin) && kh_streq(e->name, name) && !kh_streq(e->value, value))
			return kh_fail(KH_E_CONFLICT, "-d %s: %s was imported with another value, %s", name, e->origin, e->value);
	return kh_content_set_define(&c->after, origin, name, value);
}

void kh_content_change_bundle_made(struct kh_content_change *c, int64_t made_s)
{
	c->after.bundle_made_s = made_s;
}

/* ---- committing ---- */

static int64_t next_number(const struct kh_content_change *c)
{
	return KH_MAX(KH_MAX(c->state.current, c->state.previous), c->state.failed) + 1;
}

/* What was damaged on the disk since it was imported must not become content: the sum of the content would then vouch for it. The rest need not wait for it. */
static bool is_sound(const struct kh_content_change *c, struct kh_content_set *set, const struct kh_content_file *f)
{
	if (kh_content_store_check(c->dir, f) == 0)
		return true;
	kh_rule_problems_add(&set->problems, f->name, NULL, 0, KH_CONTENT_SOURCE_DAMAGED);
	return false;
}

/* One of each name: what was defined on this machine before what a bundle brought. */
static size_t externals_of(const struct kh_content_set *set, struct kh_yara_external ret[KH_CONTENT_MAX_EXTERNALS])
{
	size_t n = 0;
	for (int of_bundle = 0; of_bundle < 2; of_bundle++)
		kh_array_each(&set->externals, e) {
			bool known = is_of_bundle(e) != of_bundle;
			for (size_t i = 0; i < n && !known; i++)
				known = kh_streq(ret[i].name, e->name);
			if (!known)
				ret[n++] = (struct kh_yara_external){e->name, e->value};
		}
	return n;
}

static int compile(const struct kh_content_change *c, const struct kh_content_engine *engine, struct kh_content_set *set, int *ret_fd)
{
	kh_auto_free struct kh_content_input *inputs = kh_alloc_array(KH_MAX(set->files.n, (size_t)1), sizeof *inputs);
	size_t n = 0;
	kh_array_each(&set->files, f)
		if (is_sound(c, set, f))
			inputs[n++] = (struct kh_content_input){f->name, kh_content_source_path(c->dir, f->sha256)};
	struct kh_yara_external externals[KH_CONTENT_MAX_EXTERNALS];
	int r = engine->compile(engine->context, inputs, n, externals, externals_of(set, externals), ret_fd);
	for (size_t i = 0; i < n; i++)
		free((char *)(uintptr_t)inputs[i].path);
	return r;
}

/* Writes content N and its set; nothing points to them yet. */
static int write_number(const struct kh_content_change *c, int64_t number, int compiled, struct kh_content_set *set)
{
	kh_auto_free char *folder = kh_content_number_path(c->dir, number, "");
	kh_auto_free char *path = kh_content_number_path(c->dir, number, "content"), *set_path = kh_content_number_path(c->dir, number, "set.json");
	int r = kh_dir_make(folder, 0755);
	if (r < 0)
		return r;
	kh_auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	r = kh_sha256_copy(compiled, fd, KH_CONTENT_MAX_COMPILED, &set->compiled_bytes, set->compiled_sha256);
	if (r < 0)
		return r;
	kh_auto_free char *text = kh_content_set_text(set);
	return kh_file_replace(set_path, text, strlen(text), 0644);
}

static int try_number(const struct kh_content_change *c, const struct kh_content_engine *engine, int64_t number)
{
	struct kh_content_info info = {0};
	struct kh_rule_problems problems = {0}; /* known since it was made */
	kh_auto_free char *path = kh_content_number_path(c->dir, number, "content");
	kh_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int r = fd < 0 ? kh_fail_errno("%s", path) : engine->try(engine->context, fd, &info, &problems);
	kh_rule_problems_done(&problems);
	return r;
}

/* All that the new state points to is on disk before it is. */
static int put_to_use(struct kh_content_change *c, const struct kh_content_state *state)
{
	kh_auto_free char *path = kh_content_state_path(c->dir), *text = kh_content_state_text(state);
	if (syncfs(c->lock) < 0)
		return kh_fail_errno("%s", c->dir);
	int r = kh_file_replace(path, text, strlen(text), 0644);
	if (r == 0)
		c->state = *state;
	return r;
}

/* The new state may be there in spite of an error: then what it points to stays. */
static void give_up_number(const struct kh_content_change *c, int64_t number)
{
	struct kh_content_state state = {0};
	int r = kh_content_store_state(c->dir, &state);
	if (r == KH_E_NOT_FOUND || (r == 0 && state.current != number))
		remove_number(c->dir, number);
}

static void become_before(struct kh_content_change *c, struct kh_content_set *set)
{
	kh_content_set_done(&c->before);
	c->before = *set;
	*set = (struct kh_content_set){0};
}

/* The same sources, said to be of another date: the compiled content stays. */
static int note_dates(struct kh_content_change *c)
{
	struct kh_content_state state = c->state;
	kh_auto_free char *path = kh_content_number_path(c->dir, c->state.current, "set.json");
	for (size_t i = 0; i < c->after.files.n; i++)
		c->before.files.v[i].made_s = c->after.files.v[i].made_s;
	c->before.bundle_made_s = c->after.bundle_made_s;
	state.newest_s = kh_content_set_newest_s(&c->before, KH_CONTENT_SHIPPED);
	kh_auto_free char *text = kh_content_set_text(&c->before);
	int r = kh_file_replace(path, text, strlen(text), 0644);
	return r < 0 ? r : put_to_use(c, &state);
}

/* What is in use was made without a source that was damaged then, and may be whole again now. */
static bool lacks_a_source(const struct kh_content_change *c)
{
	kh_array_each(&c->before.problems, p)
		if (kh_streq(p->text, KH_CONTENT_SOURCE_DAMAGED))
			return true;
	return false;
}

int kh_content_change_commit(struct kh_content_change *c, const struct kh_content_engine *engine, bool again, int64_t now_s, enum kh_content_outcome *ret)
{
	kh_auto_content_set struct kh_content_set set = {.made_s = now_s};
	kh_auto_fd int compiled = -1;
	int64_t number = next_number(c);
	*ret = KH_CONTENT_UNCHANGED;
	if (!again && c->state.current && kh_content_set_same(&c->before, &c->after) && !lacks_a_source(c))
		return note_dates(c);
	copy_set(&c->after, &set);
	int r = compile(c, engine, &set, &compiled);
	r = r < 0 ? r : engine->try(engine->context, compiled, &set.info, &set.problems);
	r = r < 0 ? r : write_number(c, number, compiled, &set);
	if (r == 0) {
		struct kh_content_state state = kh_content_set_state(&set, KH_CONTENT_SHIPPED, number);
		state.previous = c->state.current;
		r = put_to_use(c, &state);
	}
	if (r < 0) {
		kh_auto_free char *why = kh_strdup(kh_fail_detail());
		give_up_number(c, number);
		return kh_fail(r, "%s", why);
	}
	become_before(c, &set);
	*ret = KH_CONTENT_CHANGED;
	return 0;
}

int kh_content_change_back(struct kh_content_change *c, const struct kh_content_engine *engine)
{
	kh_auto_content_set struct kh_content_set set = {0};
	if (!c->state.previous)
		return kh_fail(KH_E_NOT_FOUND, "%s: there is no previous content", c->dir);
	int r = kh_content_store_set(c->dir, c->state.previous, &set);
	r = r < 0 ? r : try_number(c, engine, c->state.previous);
	if (r < 0)
		return r;
	struct kh_content_state state = kh_content_set_state(&set, KH_CONTENT_SHIPPED, c->state.previous);
	r = put_to_use(c, &state);
	if (r == 0)
		become_before(c, &set);
	return r;
}
