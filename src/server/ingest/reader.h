/* Reading JSON (RFC 8259) from bytes without building a tree: the path of events, where a tree would cost more than the database.
 *
 *     struct kh_reader r = kh_reader_of(text, n);
 *     struct kh_slice key, name = {0};
 *     int64_t count = 0;
 *     kh_read_object(&r);
 *     while (kh_read_key(&r, &key))
 *             if (kh_slice_is(key, "name"))
 *                     kh_read_text(&r, &name);
 *             else if (kh_slice_is(key, "count"))
 *                     kh_read_int(&r, &count);
 *             else
 *                     kh_read_skip(&r, NULL);
 *     kh_read_end(&r);
 *     if (r.wrong)
 *             …
 *
 * Errors stick: the first one sets `wrong` (a static English phrase: "expected a text"), and from then on every call gives false and moves nothing. All that is
 * passed over is checked in full: grammar, UTF-8, escapes (surrogates must be pairs), depth. Numbers are not limited in size unless they are read as one.
 * Nothing is copied; slices point into the bytes, which belong to the caller. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KH_READER_DEPTH 32 /* ECS nests some 6 deep */

/* Part of the text. Of a JSON string: what stands between the quotes, `escaped` when it holds a backslash. */
struct kh_slice {
	const char *at;
	size_t n;
	bool escaped;
};

static inline bool kh_slice_is(struct kh_slice s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.at, text, s.n) == 0;
}

struct kh_reader {
	const char *at, *end;
	const char *wrong; /* NULL: all is well */
	int depth;
	bool first; /* in the object or array just entered, nothing was read yet */
};

static inline struct kh_reader kh_reader_of(const char *text, size_t n)
{
	return (struct kh_reader){.at = text, .end = text + n};
}

enum kh_reader_kind { KH_READER_NOTHING, KH_READER_OBJECT, KH_READER_ARRAY, KH_READER_TEXT, KH_READER_NUMBER, KH_READER_BOOL, KH_READER_NULL };

/* What the next value is, by its first character. */
enum kh_reader_kind kh_reader_peek(struct kh_reader *r);

/* Enter; then ask for keys or items until false, which leaves it. After a key or an item its value must be read or skipped. */
bool kh_read_object(struct kh_reader *r);
bool kh_read_key(struct kh_reader *r, struct kh_slice *ret);
bool kh_read_array(struct kh_reader *r);
bool kh_read_item(struct kh_reader *r);

bool kh_read_text(struct kh_reader *r, struct kh_slice *ret);
bool kh_read_int(struct kh_reader *r, int64_t *ret); /* a whole number without fraction or exponent, that fits */
bool kh_read_bool(struct kh_reader *r, bool *ret);
bool kh_read_null(struct kh_reader *r);

/* Any value; its text goes to *ret unless ret is NULL. */
bool kh_read_skip(struct kh_reader *r, struct kh_slice *ret);

/* Only blanks are left. */
bool kh_read_end(struct kh_reader *r);

/* Sets `wrong` if it is not set yet; gives false. */
bool kh_reader_fail(struct kh_reader *r, const char *wrong);

/* The characters of a string that was read, written to `to`, which has room for s.n bytes; gives how many there are. */
size_t kh_slice_decode(struct kh_slice s, char *to);
