#include "document/read/word/rtf.h"

#include "document/read/word/rtf_state.h"

static bool is_plain(uint8_t c)
{
	return c != '\\' && c != '{' && c != '}' && c != '\r' && c != '\n' && c != '\0';
}

static void read_bytes(struct kh_rtf *x)
{
	while (x->c.at < x->c.end && x->groups.n > 0 && !x->stop) {
		const uint8_t *from = x->c.at;
		while (x->c.at < x->c.end && is_plain(*x->c.at))
			x->c.at++;
		if (x->c.at > from)
			kh_rtf_add_bytes(x, from, (size_t)(x->c.at - from));
		if (x->c.at == x->c.end)
			break;
		uint8_t c = *x->c.at++;
		if (c == '\\')
			kh_rtf_on_control(x);
		else if (c == '{')
			kh_rtf_push_group(x);
		else if (c == '}' && x->groups.n > 1)
			kh_rtf_pop_group(x);
		x->stop |= (c == '{' && kh_reading_over(x->r)) || (c == '}' && x->groups.n == 1);
		if (x->text.len > KH_WORD_MAX_PARAGRAPH)
			kh_rtf_flush(x);
	}
}

static void read_rtf(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	struct kh_rtf x = {.r = r, .c = kh_cursor_of(bytes, n), .font.charset = 1};
	kh_flow_init(&x.flow, r);
	kh_rtf_learn_words(&x.words);
	kh_array_push(&x.groups, ((struct kh_rtf_group){.story = true, .fallback = 1}));
	read_bytes(&x);
	while (x.groups.n > 0)
		kh_rtf_pop_group(&x);
	if (!x.stop)
		kh_reading_gap(r, KH_GAP_DAMAGED, NULL); /* not all groups end */
	kh_flow_done(&x.flow);
	kh_array_done(&x.groups);
	kh_array_done(&x.fonts);
	kh_array_done(&x.red);
	kh_buf_done(&x.text);
}

static bool looks_like_rtf(const uint8_t *bytes, size_t n)
{
	return n > 4 && memcmp(bytes, "{\\rt", 4) == 0;
}

const struct kh_reader kh_rtf_reader = {KH_DOCUMENT_RTF, looks_like_rtf, read_rtf, kh_rtf_give_members};
