#include "cli/left_out.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/str.h"

#include <inttypes.h>

static void say(FILE *to, char *words)
{
	fprintf(to, "%s\n", words);
	free(words);
}

/* "line 7, rule: what is wrong" */
static char *why_text(enum kh_language l, const struct kh_rule_problem *p)
{
	char line[32], item[256], text[512];
	snprintf(line, sizeof line, "%d", p->line);
	kh_printable(item, sizeof item, p->item ? p->item : "");
	kh_printable(text, sizeof text, kh_words(p->text));
	if (!p->line)
		return p->item ? kh_format("%s: %s", item, text) : kh_strdup(text);
	return kh_text_with(l, p->item ? KH_T_LEFT_OUT_AT : KH_T_LEFT_OUT_LINE, {"line", line}, {"item", item}, {"text", text});
}

static void say_one(FILE *to, enum kh_language l, enum kh_message message, const struct kh_rule_problem *p)
{
	char source[KH_MAX_PATH];
	kh_printable(source, sizeof source, p->source);
	kh_auto_free char *why = why_text(l, p);
	say(to, kh_text_with(l, message, {"source", source}, {"why", why}));
}

/* Of a source of which nothing is used, what is wrong with it first; NULL: that is all there is to say. */
static const struct kh_rule_problem *reason_of(const struct kh_rule_problems *problems, const struct kh_rule_problem *whole)
{
	for (size_t i = 0; i < problems->n && kh_streq(whole->text, KH_RULE_NOTHING_USED); i++)
		if (!kh_rule_problem_is_whole(&problems->v[i]) && kh_streq(problems->v[i].source, whole->source))
			return &problems->v[i];
	return NULL;
}

void kh_say_left_out(FILE *to, enum kh_language l, const struct kh_rule_problems *problems, size_t most)
{
	char count[32];
	size_t shown = 0, said = 0;
	kh_auto_free bool *known = kh_alloc_array(problems->n + 1, sizeof *known);
	for (size_t i = 0; i < problems->n && said < most; i++) {
		const struct kh_rule_problem *p = &problems->v[i], *reason = kh_rule_problem_is_whole(p) ? reason_of(problems, p) : NULL;
		if (known[i])
			continue;
		say_one(to, l, reason ? KH_T_LEFT_OUT_NOTHING : KH_T_LEFT_OUT, reason ? reason : p);
		if (reason)
			known[reason - problems->v] = true;
		said++;
		shown += reason ? 2 : 1;
	}
	snprintf(count, sizeof count, "%" PRIu64, problems->more + problems->n - shown);
	if (problems->more + problems->n > shown)
		say(to, kh_text_with(l, KH_T_LEFT_OUT_MORE, {"count", count}));
}
