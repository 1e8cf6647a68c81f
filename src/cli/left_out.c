#include "cli/left_out.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>

static void say_one(enum kh_language l, const struct kh_rule_problem *p)
{
	char line[32], source[KH_MAX_PATH], item[256], text[512];
	snprintf(line, sizeof line, "%d", p->line);
	kh_printable(source, sizeof source, p->source);
	kh_printable(item, sizeof item, p->item ? p->item : "-");
	kh_printable(text, sizeof text, kh_words(p->text));
	const enum kh_message message = p->line ? KH_T_LEFT_OUT : p->item ? KH_T_LEFT_OUT_ITEM : KH_T_LEFT_OUT_FILE;
	kh_auto_free char *words = kh_text_with(l, message, {"source", source}, {"line", line}, {"item", item}, {"text", text});
	fprintf(stderr, "%s\n", words);
}

void kh_say_left_out(enum kh_language l, const struct kh_rule_problems *problems, size_t most)
{
	char count[32];
	size_t shown = KH_MIN(problems->n, most);
	for (size_t i = 0; i < shown; i++)
		say_one(l, &problems->v[i]);
	uint64_t more = problems->more + problems->n - shown;
	snprintf(count, sizeof count, "%" PRIu64, more);
	kh_auto_free char *words = kh_text_with(l, KH_T_LEFT_OUT_MORE, {"count", count});
	if (more)
		fprintf(stderr, "%s\n", words);
}
