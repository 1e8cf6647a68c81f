#include "facts/format/aptconf.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/str.h"
#include "facts/limits.h"

enum token { END, WORD, STRING, OPEN, CLOSE, SEMICOLON };

struct scanner {
	struct kh_cursor at;
	struct kh_buf text; /* of the token */
};

static bool at_blank(const struct kh_cursor *c)
{
	return c->at < c->end && strchr(" \t\r\n", *c->at) && *c->at;
}

static bool looking_at(const struct kh_cursor *c, const char *s)
{
	return kh_cursor_left(c) >= strlen(s) && memcmp(c->at, s, strlen(s)) == 0;
}

static void skip_past(struct kh_cursor *c, const char *s)
{
	while (c->at < c->end && !looking_at(c, s))
		c->at++;
	if (!kh_cursor_skip(c, strlen(s)))
		c->at = c->end;
}

static void skip_remarks(struct kh_cursor *c)
{
	for (;;) {
		if (at_blank(c))
			c->at++;
		else if (looking_at(c, "//") || looking_at(c, "#"))
			skip_past(c, "\n");
		else if (looking_at(c, "/*"))
			skip_past(c, "*/");
		else
			return;
	}
}

static enum token string_token(struct scanner *s)
{
	for (s->at.at++; s->at.at < s->at.end && *s->at.at != '"'; s->at.at++)
		kh_buf_addc(&s->text, (char)*s->at.at);
	kh_ignore(kh_cursor_skip(&s->at, 1));
	return STRING;
}

static enum token next_token(struct scanner *s)
{
	struct kh_cursor *c = &s->at;
	kh_buf_reset(&s->text);
	skip_remarks(c);
	if (c->at == c->end)
		return END;
	if (*c->at == '"')
		return string_token(s);
	if (strchr("{};", *c->at) && *c->at) {
		char sign = (char)*c->at++;
		return sign == '{' ? OPEN : sign == '}' ? CLOSE : SEMICOLON;
	}
	while (c->at < c->end && !at_blank(c) && !(strchr("{};\"", *c->at) && *c->at))
		kh_buf_addc(&s->text, (char)*c->at++);
	return WORD;
}

/* The full name of `word` inside of the open braces. */
static bool is_name(const struct kh_buf *scope, const char *word, const char *name)
{
	const char *prefix = kh_buf_text(scope);
	size_t length = strlen(prefix);
	return strncasecmp(name, prefix, length) == 0 && kh_streq_nocase(name + length, word);
}

char *kh_apt_conf_get(const char *text, size_t n, const char *name)
{
	struct scanner s = {.at = kh_cursor_of(text ? text : "", text ? n : 0)};
	kh_auto_buf struct kh_buf scope = KH_BUF_INIT, word = KH_BUF_INIT;
	size_t lengths[KH_FACTS_MAX_DEPTH], depth = 0;
	char *found = NULL;
	for (enum token token = next_token(&s); token != END; token = next_token(&s)) {
		if (token == WORD) {
			kh_buf_reset(&word);
			kh_buf_adds(&word, kh_buf_text(&s.text));
		} else if (token == OPEN && depth < KH_COUNT(lengths)) {
			lengths[depth++] = scope.len;
			kh_buf_addf(&scope, "%s::", kh_buf_text(&word));
		} else if (token == CLOSE && depth) {
			scope.len = lengths[--depth];
			if (scope.data)
				scope.data[scope.len] = '\0';
		} else if (token == STRING && is_name(&scope, kh_buf_text(&word), name)) {
			free(found);
			found = kh_strdup(kh_buf_text(&s.text));
		}
	}
	kh_buf_done(&s.text);
	return found;
}
