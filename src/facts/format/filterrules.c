#include "facts/format/filterrules.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/str.h"

#include <stdio.h>

static const char *policy_named(const char *text)
{
	static const char *const names[] = {"accept", "drop", "reject"};
	for (size_t i = 0; i < KH_COUNT(names); i++)
		if (kh_streq_nocase(text, names[i]))
			return names[i];
	return NULL;
}

/* Anything but accept is stricter than accept. */
static void set_policy(const char **to, const char *policy)
{
	if (policy && (!*to || kh_streq(*to, "accept")))
		*to = policy;
}

static const char **chain_of(struct kh_filter_rules *rules, const char *hook)
{
	if (kh_streq_nocase(hook, "input"))
		return &rules->input;
	if (kh_streq_nocase(hook, "output"))
		return &rules->output;
	return kh_streq_nocase(hook, "forward") ? &rules->forward : NULL;
}

/* ---- nftables ---- */

#define MAX_DEPTH 16

struct script {
	struct kh_filter_rules *rules;
	int (*include)(void *, const char *);
	void *include_arg;
	struct kh_buf statement; /* words so far, parted by one blank */
	bool chain_at[MAX_DEPTH]; /* the block of this depth is a chain */
	size_t depth, braces;     /* braces: open inside of a statement (sets) */
	const char **hook;        /* of the base chain we are in */
	int error;
};

static const char *word_behind(const char *statement, const char *word, char *out, size_t size)
{
	kh_auto_free char *needle = kh_format(" %s ", word);
	const char *at = strstr(statement, needle);
	*out = '\0';
	if (at) {
		at += strlen(needle);
		snprintf(out, size, "%.*s", (int)KH_MIN(strcspn(at, " "), size - 1), at);
	}
	return out;
}

/* "type filter hook input priority 0": a base chain, whose policy is accept until it says otherwise. */
static void begin_base_chain(struct script *s, const char *statement)
{
	char hook[16];
	s->hook = chain_of(s->rules, word_behind(statement, "hook", hook, sizeof hook));
	if (s->hook)
		set_policy(s->hook, "accept");
}

static void end_statement(struct script *s)
{
	static const char *const settings[] = {"comment ", "elements ", "flags ", "devices ", "device "};
	const char *statement = kh_buf_text(&s->statement);
	bool in_chain = s->depth && s->chain_at[s->depth - 1];
	bool rule = in_chain && *statement;
	for (size_t i = 0; i < KH_COUNT(settings); i++)
		rule &= !kh_starts_with(statement, settings[i]);
	if (in_chain && kh_starts_with(statement, "type ")) {
		begin_base_chain(s, statement);
	} else if (in_chain && kh_starts_with(statement, "policy ")) {
		if (s->hook)
			set_policy(s->hook, policy_named(statement + strlen("policy ")));
	} else if (kh_starts_with(statement, "include ") && s->include) {
		kh_auto_free char *pattern = kh_strdup(statement + strlen("include "));
		pattern[strcspn(pattern, "\"")] = '\0';
		s->error = s->include(s->include_arg, pattern);
	} else if (rule || kh_starts_with(statement, "add rule ") || kh_starts_with(statement, "insert rule ")) {
		s->rules->rules++;
		s->rules->logs |= strstr(statement, " log") != NULL || kh_starts_with(statement, "log");
	}
	kh_buf_reset(&s->statement);
}

/* A brace opens a block behind "table …" and "chain …" (and set, map, …), else a set inside of a rule. */
static void open_brace(struct script *s)
{
	static const char *const blocks[] = {"table ", "chain ", "set ",   "map ",     "flowtable ", "counter ",   "quota ",
					     "ct ",    "limit ", "secmark ", "synproxy ", "add table ", "add chain "};
	const char *statement = kh_buf_text(&s->statement);
	bool block = false;
	for (size_t i = 0; i < KH_COUNT(blocks); i++)
		block |= kh_starts_with(statement, blocks[i]);
	bool in_chain = s->depth && s->chain_at[s->depth - 1];
	if (!block || in_chain || s->depth == MAX_DEPTH) {
		s->braces++;
		return;
	}
	s->chain_at[s->depth++] = strstr(statement, "chain ") != NULL;
	s->hook = NULL;
	kh_buf_reset(&s->statement);
}

static void close_brace(struct script *s)
{
	if (s->braces) {
		s->braces--;
		return;
	}
	end_statement(s);
	if (s->depth)
		s->depth--;
}

/* Takes the character; words inside of quotes stay whole. */
static void take_character(struct script *s, char c)
{
	if (c == '{')
		open_brace(s);
	else if (c == '}')
		close_brace(s);
	else if ((c == ';' || c == '\n') && !s->braces)
		end_statement(s);
	else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
		if (s->statement.len && s->statement.data[s->statement.len - 1] != ' ')
			kh_buf_addc(&s->statement, ' ');
	} else if (c != '"') {
		kh_buf_addc(&s->statement, c);
	}
}

int kh_nft_parse(const char *text, size_t n, struct kh_filter_rules *rules, int (*include)(void *, const char *), void *arg)
{
	struct script s = {.rules = rules, .include = include, .include_arg = arg};
	struct kh_cursor c = kh_cursor_of(text ? text : "", text ? n : 0);
	bool quoted = false, remark = false;
	uint8_t byte = 0;
	while (!s.error && kh_cursor_u8(&c, &byte)) {
		if (byte == '"' && !remark)
			quoted = !quoted;
		if (byte == '#' && !quoted)
			remark = true;
		if (byte == '\n')
			remark = quoted = false;
		bool sign = byte == '{' || byte == '}' || byte == ';';
		if (byte && !remark && !(quoted && sign))
			take_character(&s, (char)byte);
	}
	if (!s.error)
		end_statement(&s);
	kh_buf_done(&s.statement);
	return s.error;
}

/* ---- iptables-save ---- */

void kh_iptables_parse(const char *text, size_t n, struct kh_filter_rules *rules)
{
	kh_auto_free char *copy = kh_strndup(text ? text : "", text ? n : 0);
	bool filter = false;
	for (char *rest = copy, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		if (*line == '*') {
			filter = kh_starts_with(line, "*filter");
		} else if (filter && *line == ':') {
			char *fields = line + 1, *chain = kh_split(&fields, " "), *policy = kh_split(&fields, " ");
			const char **to = chain_of(rules, chain);
			if (to && policy)
				set_policy(to, policy_named(policy));
		} else if (filter && (kh_starts_with(line, "-A ") || kh_starts_with(line, "-I "))) {
			rules->rules++;
			rules->logs |= strstr(line, "-j LOG") || strstr(line, "-j NFLOG");
		}
	}
}
