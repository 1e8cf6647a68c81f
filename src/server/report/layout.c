#include "server/report/layout.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/utf8.h"

static const char *const codes[KH_STYLES] = {
	[KH_BOLD] = "\033[1m", [KH_DIM] = "\033[2m", [KH_GOOD] = "\033[32m", [KH_MIDDLE] = "\033[33m", [KH_BAD] = "\033[31m",
};

/* Evidence holds what machines call their things: no escape code of theirs reaches the terminal. */
static void add_clean(struct kh_buf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool c1 = text[i] == '\xC2' && i + 1 < n && (unsigned char)text[i + 1] < 0xA0; /* U+0080…U+009F, two bytes */
		if (c1)
			i++;
		else if ((unsigned char)text[i] >= 0x20 && text[i] != 0x7f)
			kh_buf_addc(out, text[i]);
	}
}

static void styled(struct kh_layout *l, enum kh_style style, const char *text, size_t n)
{
	bool code = l->colours && codes[style];
	if (code)
		kh_buf_adds(l->out, codes[style]);
	add_clean(l->out, text, n);
	if (code)
		kh_buf_adds(l->out, "\033[0m");
}

void kh_layout_styled(struct kh_layout *l, enum kh_style style, const char *text)
{
	styled(l, style, text, strlen(text));
}

void kh_layout_pad(struct kh_layout *l, size_t from, size_t to)
{
	for (; from < to; from++)
		kh_buf_addc(l->out, ' ');
}

static size_t width_of(const char *text, size_t n)
{
	kh_auto_free char *copy = kh_strndup(text, n);
	return kh_utf8_width(copy);
}

/* Bytes of the next word, which ends at a blank or the end of the line. */
static size_t word_length(const char *text)
{
	return strcspn(text, " \n");
}

static size_t next_line(struct kh_layout *l, size_t indent)
{
	kh_buf_addc(l->out, '\n');
	kh_layout_pad(l, 0, indent);
	return indent;
}

size_t kh_layout_flow(struct kh_layout *l, size_t at, size_t indent, enum kh_style style, const char *text)
{
	size_t column = at, blank = 0; /* before the next word */
	while (*text) {
		size_t n = word_length(text), columns = width_of(text, n);
		if (column + blank + columns > l->width && column > indent) {
			column = next_line(l, indent);
			blank = 0;
		}
		kh_layout_pad(l, 0, blank);
		styled(l, style, text, n);
		column += blank + columns;
		blank = 1;
		text += n;
		if (*text == '\n' && text[1]) {
			column = next_line(l, indent);
			blank = 0;
		}
		text += *text != '\0';
	}
	return column;
}

void kh_layout_wrap(struct kh_layout *l, size_t at, size_t indent, enum kh_style style, const char *text)
{
	(void)kh_layout_flow(l, at, indent, style, text);
	kh_buf_addc(l->out, '\n');
}

char *kh_layout_shorten(const char *text, size_t columns)
{
	if (kh_utf8_width(text) <= columns)
		return kh_strdup(text);
	size_t chars = columns, n = 0;
	do
		n = kh_utf8_valid_prefix(text, strlen(text), chars);
	while (chars-- > 0 && width_of(text, n) + 1 > columns);
	while (n > 0 && strchr(" ,.;:", text[n - 1]))
		n--;
	return kh_format("%.*s…", (int)n, text);
}

void kh_layout_rule(struct kh_layout *l, const char *heading, const char *character)
{
	size_t column = 0;
	kh_auto_buf struct kh_buf line = KH_BUF_INIT;
	if (heading) {
		kh_buf_addf(&line, "%s%s %s ", character, character, heading);
		column = kh_utf8_width(kh_buf_text(&line));
	}
	for (; column < l->width; column++)
		kh_buf_adds(&line, character);
	kh_layout_styled(l, heading ? KH_BOLD : KH_DIM, kh_buf_text(&line));
	kh_buf_addc(l->out, '\n');
}
