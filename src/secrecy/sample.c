#include "secrecy/sample.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const parts[KH_PARTS] = {"body", "cell", "header", "footer", "box", "note", "comment", "properties", "picture"};

static void set(struct kh_document_line *line, const char *word)
{
	int64_t v = 0;
	for (unsigned part = 0; part < KH_PARTS; part++)
		if (kh_streq(parts[part], word))
			line->part = (enum kh_document_part)part;
	line->red = line->red || kh_streq(word, "red");
	line->bold = line->bold || kh_streq(word, "bold");
	line->framed = line->framed || kh_streq(word, "framed");
	line->centred = line->centred || kh_streq(word, "centred");
	if (kh_streq(word, "tcvn3")) {
		line->charset = KH_CHARSET_TCVN3;
		line->guessed = true;
	}
	if (kh_starts_with(word, "left=") && kh_parse_int(word + 5, 0, 100, &v)) {
		line->left = (float)v / 100;
		line->right = line->left + 0.1F;
	}
	if (kh_starts_with(word, "page=") && kh_parse_int(word + 5, 0, UINT32_MAX, &v))
		line->page = (uint32_t)v;
	if (kh_starts_with(word, "size=") && kh_parse_int(word + 5, 0, 1000, &v))
		line->size_pt = (float)v;
	if (kh_starts_with(word, "ocr=") && kh_parse_int(word + 4, 0, 100, &v))
		line->certainty = (uint8_t)v;
	if (kh_starts_with(word, "top=") && kh_parse_int(word + 4, 0, 100, &v)) {
		line->placed = true;
		line->top = (float)v / 100;
		line->bottom = line->top + 0.02F;
	}
}

/* What the words say; the text behind them. */
static char *describe(char *text, struct kh_document_line *line)
{
	char *colon = *text == '@' ? strstr(text, ": ") : NULL;
	if (!colon)
		return text;
	*colon = '\0';
	char *rest = text + 1;
	for (char *word = kh_split(&rest, " "); word; word = kh_split(&rest, " "))
		set(line, word);
	return colon + 2;
}

void kh_sample_judge(struct kh_secrecy *s, enum kh_document_format format, const char *text, size_t n, struct kh_secrecy_finding *ret)
{
	kh_auto_free char *copy = kh_strndup(text, n);
	char *rest = copy;
	uint32_t order[KH_PARTS] = {0};
	kh_secrecy_begin(s, format);
	for (char *at = kh_split(&rest, "\n"); at && !kh_secrecy_enough(s); at = kh_split(&rest, "\n")) {
		struct kh_document_line line = {.certainty = 100};
		line.text = describe(at, &line);
		line.n = strlen(line.text);
		line.order = order[line.part]++;
		if (line.n)
			kh_secrecy_line(s, &line);
	}
	kh_secrecy_end(s, ret);
}

static int add_file(struct kh_secrecy_rules *rules, const char *path)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	FILE *f = fopen(path, "rb");
	if (!f)
		return kh_fail_errno("%s", path);
	char *room = kh_buf_reserve(&text, KH_MAX_CONFIG_BYTES);
	text.len += fread(room, 1, KH_MAX_CONFIG_BYTES, f);
	fclose(f);
	return kh_secrecy_rules_add(rules, path, text.data, text.len);
}

struct kh_secrecy_rules *kh_sample_rules(void)
{
	static const char *const files[] = {"custom", "judgement", "letterhead", "luat-117-2025", "luat-29-2018"};
	kh_auto_secrecy_rules struct kh_secrecy_rules *rules = kh_secrecy_rules_new();
	const char *source = getenv("KHIEN_SOURCE");
	int r = 0;
	for (size_t i = 0; r == 0 && i < sizeof files / sizeof *files; i++) {
		kh_auto_free char *path = kh_format("%s/packs/secrecy/%s.yaml", source ? source : ".", files[i]);
		r = add_file(rules, path);
	}
	if (r == 0)
		r = kh_secrecy_rules_finish(rules);
	return r == 0 ? kh_take(rules) : NULL;
}
