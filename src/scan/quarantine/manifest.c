#include "scan/quarantine/manifest.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/base64.h"

#include <stdio.h>
#include <string.h>

void kh_quarantine_entry_done(struct kh_quarantine_entry *e)
{
	kh_array_each(&e->detections, d) {
		free(d->engine);
		free(d->rule);
		free(d->member);
	}
	kh_array_each(&e->xattrs, x) {
		free(x->name);
		free(x->value);
	}
	kh_array_done(&e->detections);
	kh_array_done(&e->xattrs);
	free(e->path);
	*e = (struct kh_quarantine_entry){0};
}

/* ---- the whole numbers, read and written alike ---- */

struct number {
	const char *key;
	int64_t *value;
	int64_t min, max;
	bool since_2; /* not in version 1: then 0 */
};

enum { NUMBERS = 15 };

static void numbers_of(struct kh_quarantine_entry *e, int64_t wide[6], struct number ret[NUMBERS])
{
	const int64_t most_ns = 999999999;
	const struct number table[NUMBERS] = {
		{"size", &wide[0], 0, INT64_MAX, false},
		{"uid", &wide[1], 0, UINT32_MAX, false},
		{"gid", &wide[2], 0, UINT32_MAX, false},
		{"mode", &wide[3], 0, 07777, false},
		{"mtime_s", &e->mtime_s, INT64_MIN, INT64_MAX, false},
		{"mtime_ns", &e->mtime_ns, 0, most_ns, false},
		{"atime_s", &e->atime_s, INT64_MIN, INT64_MAX, false},
		{"atime_ns", &e->atime_ns, 0, most_ns, false},
		{"quarantined_ms", &e->quarantined_ms, INT64_MIN, INT64_MAX, false},
		{"ctime_s", &e->ctime_s, INT64_MIN, INT64_MAX, true},
		{"ctime_ns", &e->ctime_ns, 0, most_ns, true},
		{"inode", &wide[4], INT64_MIN, INT64_MAX, true}, /* all 64 bits of it */
		{"flags", &wide[5], 0, UINT32_MAX, true},
		{"by_uid", &e->by.uid, -1, UINT32_MAX, true},
		{"by_login_uid", &e->by.login_uid, -1, UINT32_MAX, true},
	};
	memcpy(ret, table, sizeof table);
}

static void add_numbers(json_t *m, const struct kh_quarantine_entry *given)
{
	struct kh_quarantine_entry e = *given;
	int64_t wide[6] = {(int64_t)e.size, e.uid, e.gid, e.mode, (int64_t)e.inode, e.flags};
	struct number numbers[NUMBERS];
	numbers_of(&e, wide, numbers);
	for (size_t i = 0; i < NUMBERS; i++)
		kh_json_set_int(m, numbers[i].key, *numbers[i].value);
}

static int get_numbers(const json_t *m, struct kh_quarantine_entry *e)
{
	int64_t wide[6] = {0};
	struct number numbers[NUMBERS];
	int r = 0;
	numbers_of(e, wide, numbers);
	for (size_t i = 0; i < NUMBERS && r == 0; i++) {
		const struct number *n = &numbers[i];
		int64_t absent = n->min == -1 ? -1 : 0;
		r = n->since_2 ? kh_json_int_or(m, n->key, n->min, n->max, absent, n->value) : kh_json_int(m, n->key, n->min, n->max, n->value);
	}
	e->size = (uint64_t)wide[0];
	e->uid = (unsigned)wide[1];
	e->gid = (unsigned)wide[2];
	e->mode = (unsigned)wide[3];
	e->inode = (uint64_t)wide[4];
	e->flags = (unsigned)wide[5];
	return r;
}

/* ---- bytes ---- */

static void set_bytes(json_t *object, const char *key, const void *bytes, size_t n)
{
	kh_auto_free char *encoded = kh_base64_text(bytes, n);
	kh_json_set_text(object, key, encoded);
}

/* New memory with a NUL behind the bytes. */
static int get_bytes(const json_t *object, const char *key, size_t max, char **ret, size_t *ret_n)
{
	const char *encoded = NULL;
	int r = kh_json_text(object, key, &encoded);
	if (r < 0)
		return r;
	size_t room = KH_MIN(strlen(encoded) / 4 * 3, max);
	kh_auto_free char *bytes = kh_alloc(room + 1);
	if (!kh_base64_read(encoded, bytes, room, ret_n))
		return kh_fail(KH_E_INVALID_FIELD, "field \"%s\": expected at most %zu bytes in base64", key, max);
	bytes[*ret_n] = '\0';
	*ret = kh_take(bytes);
	return 0;
}

static int get_path(const json_t *m, char **ret)
{
	size_t n = 0;
	kh_auto_free char *path = NULL;
	int r = get_bytes(m, "path_bytes", KH_MAX_PATH * 4, &path, &n);
	if (r < 0)
		return r;
	if (path[0] != '/' || memchr(path, 0, n) || path[n - 1] == '/')
		return kh_fail(KH_E_INVALID_FIELD, "field \"path_bytes\": expected an absolute path");
	*ret = kh_take(path);
	return 0;
}

/* ---- lists ---- */

static json_t *detections_json(const struct kh_quarantine_entry *e)
{
	json_t *list = json_array();
	kh_array_each(&e->detections, d) {
		json_t *one = json_object();
		kh_json_set_text(one, "engine", d->engine);
		kh_json_set_text(one, "rule", d->rule);
		kh_json_set_text(one, "member", d->member);
		kh_json_set_bool(one, "suspicious", d->suspicious);
		kh_assert(json_array_append_new(list, one) == 0);
	}
	return list;
}

static int get_detections(const json_t *m, struct kh_quarantine_entry *e)
{
	const json_t *list = json_object_get(m, "detections"), *one = NULL;
	size_t i = 0;
	if (!json_is_array(list) || json_array_size(list) > KH_QUARANTINE_MAX_DETECTIONS)
		return kh_fail(KH_E_INVALID_FIELD, "field \"detections\": expected a list");
	json_array_foreach(list, i, one) {
		const char *engine = NULL, *rule = NULL, *member = NULL;
		int r = kh_json_text_or(one, "engine", NULL, &engine);
		r = r < 0 ? r : kh_json_text_or(one, "rule", NULL, &rule);
		r = r < 0 ? r : kh_json_text_or(one, "member", NULL, &member);
		if (r < 0)
			return r;
		const struct kh_detection d = {kh_strdup(engine), kh_strdup(rule), kh_strdup(member), json_is_true(json_object_get(one, "suspicious"))};
		kh_array_push(&e->detections, d);
	}
	return 0;
}

static json_t *xattrs_json(const struct kh_quarantine_entry *e)
{
	json_t *list = json_array();
	kh_array_each(&e->xattrs, x) {
		json_t *one = json_object();
		kh_json_set_text(one, "name", x->name);
		set_bytes(one, "name_bytes", x->name, strlen(x->name));
		set_bytes(one, "value", x->value, x->n);
		kh_assert(json_array_append_new(list, one) == 0);
	}
	return list;
}

static int get_xattr(const json_t *one, struct kh_quarantine_xattr *ret)
{
	kh_auto_free char *name = NULL, *value = NULL;
	size_t name_n = 0, n = 0;
	int r = get_bytes(one, "name_bytes", KH_QUARANTINE_MAX_XATTR_NAME, &name, &name_n);
	if (r == 0)
		r = get_bytes(one, "value", KH_QUARANTINE_MAX_XATTR_BYTES, &value, &n);
	if (r == 0 && (name_n == 0 || memchr(name, 0, name_n)))
		r = kh_fail(KH_E_INVALID_FIELD, "field \"name_bytes\": expected a name");
	if (r == 0)
		*ret = (struct kh_quarantine_xattr){kh_take(name), (uint8_t *)kh_take(value), n};
	return r;
}

static int get_xattrs(const json_t *m, struct kh_quarantine_entry *e)
{
	const json_t *list = json_object_get(m, "xattrs"), *one = NULL;
	size_t i = 0;
	int64_t left_out = 0;
	int r = kh_json_int_or(m, "xattrs_left_out", 0, INT64_MAX, 0, &left_out);
	if (r == 0 && list && (!json_is_array(list) || json_array_size(list) > KH_QUARANTINE_MAX_XATTRS))
		r = kh_fail(KH_E_INVALID_FIELD, "field \"xattrs\": expected a list");
	for (; r == 0 && i < json_array_size(list); i++) {
		struct kh_quarantine_xattr x = {0};
		one = json_array_get(list, i);
		r = get_xattr(one, &x);
		if (r == 0)
			kh_array_push(&e->xattrs, x);
	}
	e->xattrs_left_out = (uint64_t)left_out;
	return r;
}

/* ---- the whole ---- */

json_t *kh_manifest_json(const struct kh_quarantine_entry *e)
{
	json_t *m = json_object();
	char hex[KH_SHA256_HEX_SIZE];
	kh_json_set_int(m, "version", 2);
	kh_json_set_text(m, "id", e->id);
	kh_json_set_text(m, "path", e->path);
	set_bytes(m, "path_bytes", e->path, strlen(e->path));
	add_numbers(m, e);
	kh_json_set_text(m, "sha256", kh_sha256_hex(e->sha256, hex));
	kh_assert(json_object_set_new(m, "detections", detections_json(e)) == 0);
	kh_assert(json_object_set_new(m, "xattrs", xattrs_json(e)) == 0);
	kh_json_set_int(m, "xattrs_left_out", (int64_t)e->xattrs_left_out);
	return m;
}

char *kh_manifest_text(const struct kh_quarantine_entry *e)
{
	kh_auto_json json_t *m = kh_manifest_json(e);
	return kh_json_dump(m);
}

static int parse(const json_t *m, const char *id, struct kh_quarantine_entry *e)
{
	const char *said = NULL, *hex = NULL;
	snprintf(e->id, sizeof e->id, "%s", id);
	int r = kh_json_text(m, "id", &said);
	if (r == 0 && strcmp(said, id) != 0)
		r = kh_fail(KH_E_INVALID_FIELD, "field \"id\": expected %s", id);
	r = r < 0 ? r : get_path(m, &e->path);
	r = r < 0 ? r : get_numbers(m, e);
	r = r < 0 ? r : kh_json_text(m, "sha256", &hex);
	if (r == 0 && !kh_unhex(hex, e->sha256, sizeof e->sha256))
		r = kh_fail(KH_E_INVALID_FIELD, "field \"sha256\": expected 64 hex digits");
	r = r < 0 ? r : get_detections(m, e);
	return r < 0 ? r : get_xattrs(m, e);
}

int kh_manifest_parse(const char *text, size_t n, const char *id, struct kh_quarantine_entry *ret)
{
	kh_auto_json json_t *m = NULL;
	kh_auto_quarantine_entry struct kh_quarantine_entry e = {0};
	int r = kh_json_parse(text, n, &m);
	r = r < 0 ? r : parse(m, id, &e);
	if (r < 0)
		return r;
	*ret = e;
	e = (struct kh_quarantine_entry){0};
	return 0;
}
