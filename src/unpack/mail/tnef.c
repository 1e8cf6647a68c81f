#include "unpack/mail/tnef.h"

#include "base/alloc.h"
#include "base/cursor.h"

#include <string.h>

enum attribute { NEW_ATTACHMENT = 0x00069002, TITLE = 0x00018010, DATA = 0x0006800f };

/* The attachment that the attributes speak of. */
struct attachment {
	struct kh_cursor title, data;
};

static void give(struct kh_members *m, struct attachment *a)
{
	kh_auto_free char *name = a->title.at ? kh_strndup((const char *)a->title.at, kh_cursor_left(&a->title)) : NULL;
	if (a->data.at && kh_cursor_left(&a->data) > 0)
		kh_members_lend(m, name, a->data.at, kh_cursor_left(&a->data));
	*a = (struct attachment){0};
}

void kh_tnef_read(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	enum { SIGNATURE_AND_KEY = 6, ATTRIBUTE = 9, CHECKSUM = 2 };
	struct kh_cursor c = kh_cursor_of(bytes, n), body;
	struct attachment a = {0};
	uint8_t level = 0;
	uint32_t id = 0, size = 0;
	bool whole = kh_cursor_skip(&c, SIGNATURE_AND_KEY);
	while (whole && kh_cursor_left(&c) >= ATTRIBUTE && !kh_members_over(m)) {
		whole = kh_cursor_u8(&c, &level) && kh_cursor_u32le(&c, &id) && kh_cursor_u32le(&c, &size);
		if (!whole)
			break;
		whole = size <= kh_cursor_left(&c) && kh_cursor_sub(&c, size, &body);
		if (!whole)
			body = c;
		if (id == NEW_ATTACHMENT)
			give(m, &a);
		else if (id == TITLE)
			a.title = body;
		else if (id == DATA)
			a.data = body;
		whole = whole && kh_cursor_skip(&c, CHECKSUM);
	}
	give(m, &a);
	if (!whole)
		kh_members_damaged(m, NULL);
}
