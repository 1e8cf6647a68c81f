#include "document/read/word/rtf_state.h"

bool kh_rtf_is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A word, and its number: 1 where there is none, so that \b is on. A blank behind it belongs to it. */
void kh_rtf_take_word(struct kh_cursor *c, char name[KH_RTF_WORD_SIZE], int *ret_value)
{
	enum { LARGEST = 100000000 };
	size_t n = 0;
	for (; c->at < c->end && kh_rtf_is_letter(*c->at); c->at++)
		if (n + 1 < KH_RTF_WORD_SIZE)
			name[n++] = (char)*c->at;
	name[n] = '\0';
	bool minus = c->at < c->end && *c->at == '-', digits = false;
	c->at += minus;
	int value = 0;
	for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, digits = true)
		value = KH_MIN(value * 10 + (*c->at - '0'), LARGEST);
	*ret_value = !digits ? 1 : minus ? -value : value;
	c->at += c->at < c->end && *c->at == ' ';
}
