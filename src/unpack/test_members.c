#include "unpack/test_members.h"

#include "base/alloc.h"
#include "base/time.h"

#include <string.h>

static void add_bytes(struct kh_buf *b, const uint8_t *bytes, size_t n)
{
	enum { SHOWN = 60 };
	kh_buf_addc(b, '"');
	for (size_t i = 0; i < KH_MIN(n, (size_t)SHOWN); i++) {
		if (bytes[i] >= ' ' && bytes[i] < 127)
			kh_buf_addc(b, (char)bytes[i]);
		else
			kh_buf_addf(b, "\\x%02x", bytes[i]);
	}
	kh_buf_addc(b, '"');
	if (n > SHOWN)
		kh_buf_addf(b, "… (%zu bytes)", n);
}

static void on_member(void *context, const char *name, const uint8_t *bytes, size_t n)
{
	kh_buf_addf(context, "%s: ", name);
	add_bytes(context, bytes, n);
	kh_buf_addc(context, '\n');
}

static void on_gap(void *context, enum kh_gap_kind kind, const char *name)
{
	kh_buf_addf(context, "! %s: %s\n", kh_gap_name(kind), name ? name : "");
}

char *test_members_of(test_reader reader, const void *bytes, size_t n, const struct kh_unpack_limits *limits)
{
	struct kh_buf text = KH_BUF_INIT;
	struct kh_members m;
	struct kh_unpack u = {.limits = limits, .deadline_ms = kh_monotonic_ms() + limits->time_ms, .on_member = on_member, .on_gap = on_gap};
	void *exact = kh_memdup(bytes, n);
	kh_members_init(&m, &u, &text, n, false);
	reader(&m, exact, n);
	kh_members_done(&m);
	free(exact);
	kh_buf_adds(&text, "");
	return kh_buf_take(&text);
}
