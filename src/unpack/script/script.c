#include "unpack/script/script.h"

#include "base/alloc.h"
#include "unpack/mail/transfer.h"
#include "unpack/script/encoder.h"
#include "unpack/script/limits.h"

#include <string.h>

static const char encoded_mark[] = "#@~^";

/* ---- runs of base64 ---- */

static bool in_alphabet(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '+' || c == '/';
}

/* Whether there is everything in it that base64 has and other long words do not. */
static bool is_mixed(const uint8_t *p, size_t n)
{
	bool capital = false, small = false, digit = false, beyond_hex = false;
	for (size_t i = 0; i < KH_MIN(n, (size_t)KH_SCRIPT_MAX_LOOKED) && !(capital && small && digit && beyond_hex); i++) {
		capital |= p[i] >= 'A' && p[i] <= 'Z';
		small |= p[i] >= 'a' && p[i] <= 'z';
		digit |= p[i] <= '9';
		beyond_hex |= (p[i] | 0x20) > 'f';
	}
	return capital && small && digit && beyond_hex;
}

enum { STEP = KH_SCRIPT_LEAST_RUN / 2 };

/* Whether STEP + 1 bytes may all be base64: some of them are looked at, without a branch for each. */
static bool may_be_run(const uint8_t *p)
{
	unsigned worst = 0;
	for (size_t i = 0; i <= STEP; i += STEP / 5)
		worst |= kh_base64_values[p[i]];
	return worst < 64;
}

/* The next run from `at` on. Every run holds two neighbours of the places that are looked at. */
static bool next_run(const uint8_t *p, size_t n, size_t at, size_t *ret_start, size_t *ret_end)
{
	for (size_t i = at; i + STEP < n; i += STEP) {
		if (!may_be_run(p + i))
			continue;
		size_t start = i, end = i;
		while (start > at && in_alphabet(p[start - 1]))
			start--;
		while (end < n && in_alphabet(p[end]))
			end++;
		if (end - start >= KH_SCRIPT_LEAST_RUN && is_mixed(p + start, end - start)) {
			*ret_start = start;
			*ret_end = end;
			return true;
		}
		while (i + STEP < end)
			i += STEP;
	}
	return false;
}

static bool is_wide_ascii(const uint8_t *p, size_t n)
{
	enum { LOOKED = 64 };
	size_t looked = KH_MIN(n / 2, (size_t)LOOKED);
	for (size_t i = 0; i < looked; i++)
		if (p[2 * i] == '\0' || p[2 * i] >= 0x80 || p[2 * i + 1] != '\0')
			return false;
	return looked > 0;
}

static void give_narrow(struct kh_members *m, const char *name)
{
	struct kh_buf wide = KH_BUF_INIT;
	kh_members_take(m, &wide);
	kh_auto_free char *narrow_name = kh_format("%s as text", name);
	struct kh_pieces o;
	if (kh_members_begin(m)) {
		kh_pieces_init(&o, m);
		for (size_t i = 0; i + 1 < wide.len && !o.full; i += 2)
			kh_pieces_put(&o, wide.data[i + 1] == '\0' ? (uint8_t)wide.data[i] : '?');
		kh_members_give_decoded(m, narrow_name, kh_pieces_finish(&o, true));
	}
	kh_members_give_back(m, &wide);
}

static void give_run(struct kh_members *m, const uint8_t *bytes, size_t start, size_t end)
{
	kh_auto_free char *name = kh_format("base64 at %zu", start);
	if (!kh_members_begin(m))
		return;
	kh_members_give_decoded(m, name, kh_transfer_base64(m, bytes + start, end - start));
	if (is_wide_ascii((const uint8_t *)kh_buf_text(&m->member), m->member.len))
		give_narrow(m, name);
}

static void give_runs(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	size_t start = 0, end = 0;
	while (!kh_members_over(m) && next_run(bytes, n, end, &start, &end))
		give_run(m, bytes, start, end);
}

/* ---- encoded scripts ---- */

static void give_encoded(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	const uint8_t *end = bytes + n, *p = bytes;
	while ((p = memmem(p, (size_t)(end - p), encoded_mark, strlen(encoded_mark))) != NULL && kh_members_begin(m)) {
		kh_auto_free char *name = kh_format("script at %zu", (size_t)(p - bytes));
		size_t used = strlen(encoded_mark);
		kh_members_give_decoded(m, name, kh_script_decode(m, p, (size_t)(end - p), &used));
		p += used;
	}
}

/* ---- the whole ---- */

static bool is_text(const uint8_t *p, size_t n)
{
	enum { LOOKED = 512 };
	for (size_t i = 0; i < KH_MIN(n, (size_t)LOOKED); i++)
		if (p[i] < ' ' && !(p[i] >= '\t' && p[i] <= '\r') && p[i] != 0x1a && p[i] != 0x1b)
			return false;
	return n > 0;
}

/* Encoded scripts stand alone, or in HTML and ASP. */
static bool may_hold_encoded(const uint8_t *p, size_t n)
{
	size_t i = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	while (i < n && (p[i] == ' ' || (p[i] >= '\t' && p[i] <= '\r')))
		i++;
	return i < n && (p[i] == '<' || p[i] == '#');
}

bool kh_script_looks(const uint8_t *bytes, size_t n)
{
	size_t start = 0, end = 0;
	if (!is_text(bytes, n))
		return false;
	if (may_hold_encoded(bytes, n) && memmem(bytes, n, encoded_mark, strlen(encoded_mark)))
		return true;
	return next_run(bytes, n, 0, &start, &end);
}

void kh_script_read(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	if (may_hold_encoded(bytes, n))
		give_encoded(m, bytes, n);
	give_runs(m, bytes, n);
}
