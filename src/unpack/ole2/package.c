#include "unpack/ole2/package.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/str.h"

#include <string.h>

/* A text up to its NUL; lent. */
static bool take_text(struct kh_cursor *c, const char **ret)
{
	const uint8_t *end = memchr(c->at, '\0', kh_cursor_left(c));
	if (!end)
		return false;
	*ret = (const char *)c->at;
	c->at = end + 1;
	return true;
}

static const char *last_part(const char *path)
{
	const char *name = path;
	for (const char *p = path; *p; p++)
		if (*p == '\\' || *p == '/')
			name = p + 1;
	return name;
}

/* Label, file name, two numbers, the path it had, content. */
static bool take_package(struct kh_cursor c, const char **ret_name, struct kh_cursor *ret_content)
{
	uint16_t kind = 0;
	uint32_t size = 0;
	const char *label = NULL, *name = NULL;
	if (!kh_cursor_u16le(&c, &kind) || kind != 2 || !take_text(&c, &label) || !take_text(&c, &name) || !kh_cursor_skip(&c, 4))
		return false;
	if (!kh_cursor_u32le(&c, &size) || !kh_cursor_skip(&c, size) || !kh_cursor_u32le(&c, &size))
		return false;
	*ret_name = last_part(*name ? name : label);
	return kh_cursor_sub(&c, KH_MIN((size_t)size, kh_cursor_left(&c)), ret_content);
}

static void give(struct kh_members *m, const char *path, const char *name, struct kh_cursor content)
{
	kh_auto_free char *inside = path && *name ? kh_format("%s/%s", path, name) : kh_strdup(path ? path : name);
	kh_members_lend(m, inside, content.at, kh_cursor_left(&content));
}

void kh_ole_native_give(struct kh_members *m, const char *path, const uint8_t *stream, size_t n)
{
	struct kh_cursor c = kh_cursor_of(stream, n), content;
	uint32_t size = 0;
	const char *name = "";
	if (!kh_cursor_u32le(&c, &size))
		return;
	if (take_package(c, &name, &content))
		give(m, path, *name ? name : "package", content);
	else if (kh_cursor_sub(&c, KH_MIN((size_t)size, kh_cursor_left(&c)), &content) && kh_cursor_left(&content) > 0)
		give(m, path, "data", content);
}

/* A text with its length in front, the NUL counted. */
static bool take_counted(struct kh_cursor *c, struct kh_cursor *ret)
{
	uint32_t size = 0;
	return kh_cursor_u32le(c, &size) && size <= 1024 && kh_cursor_sub(c, size, ret);
}

/* Version (any: Word does not look), kind 2 = embedded, class, topic, item, content. */
static bool take_object(struct kh_cursor c, struct kh_cursor *ret_class, struct kh_cursor *ret_content)
{
	struct kh_cursor skipped;
	uint32_t kind = 0, size = 0;
	if (!kh_cursor_skip(&c, 4) || !kh_cursor_u32le(&c, &kind) || kind != 2 || !take_counted(&c, ret_class))
		return false;
	size_t length = kh_cursor_left(ret_class);
	if (length < 2 || ret_class->at[length - 1] != '\0' || !take_counted(&c, &skipped) || !take_counted(&c, &skipped) || !kh_cursor_u32le(&c, &size))
		return false;
	return kh_cursor_sub(&c, KH_MIN((size_t)size, kh_cursor_left(&c)), ret_content);
}

bool kh_ole1_looks(const uint8_t *bytes, size_t n)
{
	static const uint8_t embedded[] = {2, 0, 0, 0};
	struct kh_cursor name, content;
	return n > 20 && memcmp(bytes + 4, embedded, sizeof embedded) == 0 && take_object(kh_cursor_of(bytes, n), &name, &content);
}

void kh_ole1_read(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	struct kh_cursor class_name, content, packed;
	const char *name = "";
	if (!take_object(kh_cursor_of(bytes, n), &class_name, &content) || kh_cursor_left(&content) == 0)
		return;
	if (kh_streq_nocase((const char *)class_name.at, "Package") && take_package(content, &name, &packed))
		give(m, NULL, *name ? name : "package", packed);
	else
		give(m, NULL, (const char *)class_name.at, content);
}
