#include "search/unread.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/base64.h"
#include "os/file.h"
#include "search/place.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void kh_unread_done(struct kh_unread_list *l)
{
	kh_array_each(l, u) {
		free(u->path);
		free(u->why);
	}
	kh_array_done(l);
	l->left_out = 0;
}

void kh_unread_add(struct kh_unread_list *l, const char *path, const char *why, bool encrypted, int64_t now_s)
{
	struct stat st = {0};
	if (l->n >= KH_UNREAD_MAX || path[0] != '/' || strlen(path) >= KH_MAX_PATH) {
		l->left_out++;
		return;
	}
	const bool there = stat(path, &st) == 0;
	struct kh_unread u = {.path = kh_strdup(path), .why = kh_strdup(why ? why : ""), .encrypted = encrypted, .since_s = now_s, .size = there ? st.st_size : 0,
			      .changed_ns = there ? st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec : 0};
	kh_array_push(l, u);
}

/* ---- unread.json ---- */

static char *file_of(const char *folder)
{
	return kh_format("%s/unread.json", folder);
}

static int read_one(const json_t *j, struct kh_unread *u)
{
	const char *path = NULL, *why = NULL;
	int r = kh_json_text(j, "path", &path);
	r = r < 0 ? r : kh_json_text(j, "why", &why);
	r = r < 0 ? r : kh_json_bool(j, "encrypted", &u->encrypted);
	r = r < 0 ? r : kh_json_int(j, "size", 0, INT64_MAX, &u->size);
	r = r < 0 ? r : kh_json_int(j, "changed_ns", INT64_MIN, INT64_MAX, &u->changed_ns);
	r = r < 0 ? r : kh_json_int(j, "since_s", 0, INT64_MAX, &u->since_s);
	if (r < 0)
		return r;
	if (!kh_base64_path(path, &u->path))
		return kh_fail(KH_E_INVALID_FIELD, "a file that could not be read");
	u->why = kh_strdup(why);
	return 0;
}

int kh_unread_read(const char *folder, struct kh_unread_list *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *path = file_of(folder);
	kh_auto_json json_t *j = NULL;
	kh_auto_unread struct kh_unread_list list = {0};
	size_t i = 0;
	int64_t left_out = 0;
	json_t *item = NULL;
	int r = kh_file_read(path, KH_MAX_JSON_BYTES, &text);
	if (r == KH_E_NOT_FOUND)
		return 0;
	r = r < 0 ? r : kh_json_parse(kh_buf_text(&text), text.len, &j);
	r = r < 0 ? r : kh_json_int_or(j, "left_out", 0, INT64_MAX, 0, &left_out);
	list.left_out = (uint64_t)left_out;
	json_array_foreach(json_object_get(j, "files"), i, item) {
		struct kh_unread u = {0};
		if (r == 0 && list.n < KH_UNREAD_MAX && read_one(item, &u) == 0)
			kh_array_push(&list, u);
		else
			list.left_out++;
	}
	if (r == 0) {
		*ret = list;
		list = (struct kh_unread_list){0};
	}
	return r;
}

static json_t *json_of(const struct kh_unread *u)
{
	json_t *j = json_object();
	kh_auto_free char *path = kh_base64_text(u->path, strlen(u->path));
	kh_json_set_text(j, "path", path);
	kh_json_set_text(j, "why", u->why);
	kh_json_set_bool(j, "encrypted", u->encrypted);
	kh_json_set_int(j, "size", u->size);
	kh_json_set_int(j, "changed_ns", u->changed_ns);
	kh_json_set_int(j, "since_s", u->since_s);
	return j;
}

static int write_list(const char *folder, const struct kh_unread_list *l)
{
	kh_auto_free char *path = file_of(folder), *text = NULL;
	kh_auto_json json_t *j = json_object();
	json_t *files = json_array();
	kh_array_each(l, u)
		kh_assert(json_array_append_new(files, json_of(u)) == 0);
	kh_assert(json_object_set_new(j, "files", files) == 0);
	kh_json_set_int(j, "left_out", (int64_t)l->left_out);
	text = kh_json_dump(j);
	return kh_file_replace(path, text, strlen(text), 0600);
}

/* ---- from search to search ---- */

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct kh_unread *)a)->path, ((const struct kh_unread *)b)->path);
}

static bool is_there(const struct kh_unread *u)
{
	struct stat st = {0};
	return stat(u->path, &st) == 0;
}

/* `l` sorted; what is taken over from `before` is put behind. */
static void keep_times(struct kh_unread_list *l, struct kh_unread_list *before, bool to_the_end)
{
	const size_t n = l->n;
	if (!to_the_end)
		l->left_out = KH_MAX(l->left_out, before->left_out);
	kh_array_each(before, old) {
		struct kh_unread *same = n ? bsearch(old, l->v, n, sizeof *l->v, by_path) : NULL;
		if (same && same->size == old->size && same->changed_ns == old->changed_ns)
			same->since_s = old->since_s;
		if (same || to_the_end || !is_there(old))
			continue;
		if (l->n >= KH_UNREAD_MAX) {
			l->left_out++;
			continue;
		}
		kh_array_push(l, *old);
		*old = (struct kh_unread){0};
	}
}

int kh_unread_replace(const char *folder, struct kh_unread_list *l, bool to_the_end, int64_t now_s, int64_t *ret_since_s)
{
	kh_auto_unread struct kh_unread_list before = {0};
	int64_t since_s = 0;
	if (l->n > 0)
		qsort(l->v, l->n, sizeof *l->v, by_path);
	kh_ignore(kh_unread_read(folder, &before)); /* a damaged list: all count as new */
	keep_times(l, &before, to_the_end);
	kh_array_each(l, u)
		since_s = KH_MAX(since_s, u->since_s);
	if (l->left_out)
		since_s = now_s;
	int r = write_list(folder, l);
	if (r == 0)
		*ret_since_s = since_s;
	return r;
}
