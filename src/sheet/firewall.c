/* Rules of iptables-save, nft list ruleset and tables: forms.h. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "sheet/forms.h"
#include "sheet/lines.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MOST_CHAINS 512

/* How many rules each chain had: a rule's place is its chain and number. */
struct chain {
	char name[160];
	unsigned rules;
};

struct reading {
	struct kh_sheet *sheet;
	struct chain chains[MOST_CHAINS];
	size_t n;
	char table[64], chain[96]; /* where the text is in */
};

struct rule {
	struct kh_buf source, target, service;
	const char *action;
	char jump[64], hits[24], expires[16];
	const char *purpose;
};

static void rule_done(struct rule *rule)
{
	kh_buf_done(&rule->source);
	kh_buf_done(&rule->target);
	kh_buf_done(&rule->service);
}

static int place_of(struct reading *in, const char *table, const char *chain, char *out, size_t size)
{
	char name[160];
	snprintf(name, sizeof name, "%s/%s", table, chain);
	size_t i = 0;
	while (i < in->n && !kh_streq(in->chains[i].name, name))
		i++;
	if (i == MOST_CHAINS)
		return kh_fail(KH_E_TOO_LARGE, "more than %d chains", MOST_CHAINS);
	if (i == in->n)
		snprintf(in->chains[in->n++].name, sizeof name, "%s", name);
	snprintf(out, size, "%s %u", name, ++in->chains[i].rules);
	return 0;
}

static void add(struct kh_buf *list, const char *before, const char *text)
{
	kh_buf_addf(list, "%s%s%s", list->len ? " " : "", before, text);
}

/* "hết hạn 2026-12-31", "expires: 31/12/2026", "until 2026-12-31", "đến 31/12/2026": the first date of a comment that speaks of an end. */
static void find_end(const char *comment, char out[16])
{
	static const char *const words[] = {"het han", "expire", "until", "den ngay", "den "};
	kh_auto_free char *fold = NULL;
	int y = 0, m = 0, d = 0;
	bool ends = false;
	if (!comment || kh_utf8_fold(comment, &fold) < 0)
		return;
	for (size_t i = 0; i < KH_COUNT(words); i++)
		ends |= strstr(fold, words[i]) != NULL;
	for (const char *p = fold; ends && *p && !*out; p++)
		if (isdigit((unsigned char)*p) && (p == fold || !isdigit((unsigned char)p[-1])) &&
		    (sscanf(p, "%4d-%2d-%2d", &y, &m, &d) == 3 || sscanf(p, "%2d/%2d/%4d", &d, &m, &y) == 3) && y >= 2000 && y < 2200 && m >= 1 && m <= 12 && d >= 1 && d <= 31)
			snprintf(out, 16, "%04d-%02d-%02d", y, m, d);
}

/* The line without what counts: by it a rule is known again when it has moved to another place. */
static char *text_of(const struct kh_line *line)
{
	static const char *const counts[] = {"packets ", "bytes "};
	const char *p = line->text + strspn(line->text, " \t");
	if (*p == '[' && strchr(p, ']'))
		p = strchr(p, ']') + 1;
	char *text = kh_strdup(p + strspn(p, " "));
	for (size_t i = 0; i < KH_COUNT(counts); i++) {
		char *at = strstr(text, counts[i]), *end = at ? at + strlen(counts[i]) : NULL;
		if (!at || !isdigit((unsigned char)*end))
			continue;
		end += strspn(end, "0123456789 ");
		memmove(at, end, strlen(end) + 1);
	}
	return text;
}

static int put_rule(struct reading *in, const struct kh_line *line, const char *table, const char *chain, struct rule *rule)
{
	char place[192];
	int r = place_of(in, table, chain, place, sizeof place);
	kh_auto_free char *text = text_of(line);
	find_end(rule->purpose, rule->expires);
	const char *cells[KH_FIREWALL_COLUMNS] = {
		[KH_FIREWALL_PLACE] = place, [KH_FIREWALL_ACTION] = rule->action, [KH_FIREWALL_SOURCE] = kh_buf_text(&rule->source),
		[KH_FIREWALL_TARGET] = kh_buf_text(&rule->target), [KH_FIREWALL_SERVICE] = kh_buf_text(&rule->service), [KH_FIREWALL_HITS] = rule->hits,
		[KH_FIREWALL_EXPIRES] = rule->expires, [KH_FIREWALL_PURPOSE] = rule->purpose, [KH_FIREWALL_TEXT] = text,
	};
	return r < 0 ? r : kh_line_put(in->sheet, line->number, cells, KH_FIREWALL_COLUMNS);
}

static char *lower(char *text)
{
	for (char *p = text; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return text;
}

/* ---- iptables-save ---- */

/* Options with one argument and where it belongs: 's' source, 't' target, 'p' protocol, 'd' ports of the target, 'x' any other condition. */
static const struct {
	const char *option, *before;
	char part;
} options[] = {
	{"-s", "", 's'},	  {"--source", "", 's'},	{"-i", "iif ", 's'},	  {"--in-interface", "iif ", 's'}, {"--src-range", "", 's'}, {"-d", "", 't'},
	{"--destination", "", 't'}, {"-o", "oif ", 't'},	{"--out-interface", "oif ", 't'}, {"--dst-range", "", 't'},	{"-p", "", 'p'},     {"--protocol", "", 'p'},
	{"--dport", "", 'd'},	  {"--dports", "", 'd'},	{"--sport", "sport ", 'x'}, {"--sports", "sport ", 'x'}, {"--ctstate", "state ", 'x'}, {"--state", "state ", 'x'},
	{"--icmp-type", "type ", 'x'}, {"--mac-source", "mac ", 's'}, {"--match-set", "set ", 'x'}, {"--limit", "limit ", 'x'}, {"--uid-owner", "uid ", 'x'},
	{"-m", NULL, 0},	  {"--match", NULL, 0},		{"--comment", NULL, 'c'}, {"-j", NULL, 'j'},		 {"-g", NULL, 'j'},	   {"--jump", NULL, 'j'},
};

static void take_option(struct rule *rule, char part, const char *before, const char *not, char *value, const char **protocol)
{
	kh_auto_free char *text = kh_format("%s%s%s", not, before ? before : "", value);
	bool everywhere = !*not && (kh_streq(value, "0.0.0.0/0") || kh_streq(value, "::/0"));
	if (part == 's' && !everywhere)
		add(&rule->source, "", text);
	else if (part == 't' && !everywhere)
		add(&rule->target, "", text);
	else if (part == 'p' && !kh_streq(value, "all"))
		*protocol = value;
	else if (part == 'd')
		kh_buf_addf(&rule->service, "%s%s%s/%s", rule->service.len ? " " : "", not, *protocol ? *protocol : "", value);
	else if (part == 'x')
		add(&rule->service, "", text);
	else if (part == 'c')
		rule->purpose = value;
	else if (part == 'j')
		snprintf(rule->jump, sizeof rule->jump, "%s", value);
}

static void read_options(struct kh_line *line, size_t at, struct rule *rule)
{
	const char *protocol = NULL, *not = "";
	for (size_t i = at; i < line->n; i++) {
		if (kh_streq(line->words[i], "!")) {
			not = "!";
			continue;
		}
		for (size_t o = 0; o < KH_COUNT(options); o++)
			if (kh_streq(options[o].option, line->words[i]) && i + 1 < line->n) {
				take_option(rule, options[o].part, options[o].before, not, line->words[++i], &protocol);
				break;
			}
		not = "";
	}
	if (protocol && !strchr(kh_buf_text(&rule->service), '/'))
		add(&rule->service, "", protocol);
}

/* ACCEPT, DROP, LOG… are lower case with us; a chain of the user's is "jump NAME". */
static const char *action_of(struct rule *rule)
{
	static const char *const known[] = {"ACCEPT", "DROP", "REJECT", "RETURN", "LOG", "NFLOG", "MASQUERADE", "SNAT", "DNAT", "REDIRECT", "MARK", "CT", "NOTRACK", "TCPMSS"};
	char name[64];
	for (size_t i = 0; i < KH_COUNT(known); i++)
		if (kh_streq(known[i], rule->jump))
			return lower(rule->jump);
	if (!*rule->jump)
		return "none";
	snprintf(name, sizeof name, "%s", rule->jump);
	snprintf(rule->jump, sizeof rule->jump, "jump %.58s", name);
	return rule->jump;
}

static int read_iptables(struct reading *in, struct kh_line *line)
{
	size_t at = 0;
	struct rule KH_CLEANUP(rule_done) rule = {0};
	if (line->n && *line->words[0] == '*') {
		snprintf(in->table, sizeof in->table, "%s", line->words[0] + 1);
		return 0;
	}
	if (line->n && sscanf(line->words[0], "[%20[0-9]:", rule.hits) == 1)
		at = 1;
	if (at + 1 >= line->n || !kh_streq(line->words[at], "-A"))
		return 0;
	read_options(line, at + 2, &rule);
	rule.action = action_of(&rule);
	return put_rule(in, line, in->table, line->words[at + 1], &rule);
}

/* ---- nft list ruleset ---- */

static bool is_verdict(const char *word)
{
	static const char *const all[] = {"accept", "drop", "reject", "return", "continue", "queue", "masquerade", "jump", "goto", "snat", "dnat", "redirect"};
	for (size_t i = 0; i < KH_COUNT(all); i++)
		if (kh_streq(all[i], word))
			return true;
	return false;
}

/* The value behind a keyword: one word, or a set "{ 80, 443 }" put together; *i stands on its last word. */
static void value_at(const struct kh_line *line, size_t *i, struct kh_buf *out)
{
	bool not = *i < line->n && kh_streq(line->words[*i], "!=");
	if (not && ++*i < line->n)
		kh_buf_adds(out, "!");
	if (*i >= line->n)
		return;
	bool set = kh_streq(line->words[*i], "{");
	if (!set) {
		kh_buf_adds(out, line->words[*i]);
		return;
	}
	size_t first = ++*i;
	for (; *i < line->n && !kh_streq(line->words[*i], "}"); ++*i)
		kh_buf_addf(out, "%s%s", *i > first ? "," : "", line->words[*i]);
}

static bool take_match(const struct kh_line *line, size_t *i, struct rule *rule)
{
	const char *word = line->words[*i], *next = *i + 1 < line->n ? line->words[*i + 1] : "";
	kh_auto_buf struct kh_buf value = KH_BUF_INIT;
	bool address = kh_streq(word, "ip") || kh_streq(word, "ip6") || kh_streq(word, "ether"), from = kh_streq(next, "saddr"), to = kh_streq(next, "daddr");
	bool ports = (kh_streq(word, "tcp") || kh_streq(word, "udp") || kh_streq(word, "th")) && (kh_streq(next, "dport") || kh_streq(next, "sport"));
	bool in = kh_streq(word, "iif") || kh_streq(word, "iifname"), out = kh_streq(word, "oif") || kh_streq(word, "oifname");
	bool state = kh_streq(word, "ct") && kh_streq(next, "state"), protocol = (kh_streq(word, "meta") && kh_streq(next, "l4proto")) || (address && kh_streq(next, "protocol"));
	if (!(address && (from || to)) && !ports && !in && !out && !state && !protocol)
		return false;
	*i += in || out ? 1 : 2;
	value_at(line, i, &value);
	const char *text = kh_buf_text(&value);
	if (ports)
		kh_buf_addf(&rule->service, "%s%s/%s", rule->service.len ? " " : kh_streq(next, "sport") ? "sport " : "", word, text);
	else if (state || protocol)
		add(&rule->service, state ? "state " : "", text);
	else
		add(from || in ? &rule->source : &rule->target, in ? "iif " : out ? "oif " : "", text);
	return true;
}

static void read_nft_words(struct kh_line *line, struct rule *rule)
{
	for (size_t i = 0; i < line->n; i++) {
		char *word = line->words[i];
		if (take_match(line, &i, rule))
			continue;
		if (kh_streq(word, "packets") && i + 1 < line->n)
			snprintf(rule->hits, sizeof rule->hits, "%.20s", line->words[++i]);
		else if (kh_streq(word, "comment") && i + 1 < line->n)
			rule->purpose = line->words[++i];
		else if (kh_streq(word, "log") && !rule->action)
			rule->action = "log";
		else if ((kh_streq(word, "jump") || kh_streq(word, "goto")) && i + 1 < line->n) {
			snprintf(rule->jump, sizeof rule->jump, "jump %.58s", line->words[++i]);
			rule->action = rule->jump;
		} else if (is_verdict(word)) {
			rule->action = word;
		}
	}
}

static int read_nft(struct reading *in, struct kh_line *line)
{
	struct rule KH_CLEANUP(rule_done) rule = {0};
	if (line->n >= 3 && kh_streq(line->words[0], "table")) {
		snprintf(in->table, sizeof in->table, "%.30s %.30s", line->words[1], line->n > 3 ? line->words[2] : "");
		in->table[strcspn(in->table, "{")] = '\0';
	} else if (line->n >= 2 && kh_streq(line->words[0], "chain")) {
		snprintf(in->chain, sizeof in->chain, "%.90s", line->words[1]);
	} else if (line->n && *line->words[0] == '}') {
		in->chain[0] = '\0';
	} else if (*in->chain && line->n && !kh_streq(line->words[0], "type") && !kh_streq(line->words[0], "policy")) {
		read_nft_words(line, &rule);
		if (rule.action)
			return put_rule(in, line, in->table, in->chain, &rule);
	}
	return 0;
}

/* ---- tables ---- */

/* Which of our columns a title names; KH_FIREWALL_COLUMNS: none. */
static size_t column_named(const char *title)
{
	static const char *const names[KH_FIREWALL_COLUMNS][6] = {
		{"place", "thu tu", "stt", "no", "rule", "#"}, {"action", "hanh dong"}, {"source", "nguon", "src"},
		{"target", "dich", "destination", "dst"},       {"service", "dich vu", "port", "cong"}, {"hits", "so lan khop", "hit count", "packets"},
		{"expires", "het han", "expires on"},           {"purpose", "muc dich", "comment", "muc dich, nguoi xin mo", "ghi chu"}, {"text", "nguyen van"},
	};
	kh_auto_free char *fold = NULL;
	if (kh_utf8_fold(title, &fold) < 0)
		return KH_FIREWALL_COLUMNS;
	for (size_t i = 0; i < KH_FIREWALL_COLUMNS; i++)
		for (size_t k = 0; k < 6 && names[i][k]; k++)
			if (kh_streq(names[i][k], kh_trim(fold)))
				return i;
	return KH_FIREWALL_COLUMNS;
}

static int put_table_row(struct kh_sheet *sheet, const struct kh_sheet_row *row, const size_t *at)
{
	char place[16];
	const char *cells[KH_FIREWALL_COLUMNS] = {0};
	for (size_t i = 0; i < KH_FIREWALL_COLUMNS; i++) {
		const char *cell = at[i] ? kh_sheet_cell(row, at[i] - 1) : "";
		kh_auto_free char *fold = NULL;
		int r = kh_utf8_fold(cell, &fold);
		if (r < 0)
			return r;
		bool any = kh_streq(fold, "any") || kh_streq(fold, "all") || kh_streq(fold, "*") || kh_streq(fold, "tat ca") || kh_streq(fold, "0.0.0.0/0");
		cells[i] = any && i >= KH_FIREWALL_SOURCE && i <= KH_FIREWALL_SERVICE ? "" : cell;
	}
	snprintf(place, sizeof place, "%u", row->number);
	if (!*cells[KH_FIREWALL_PLACE])
		cells[KH_FIREWALL_PLACE] = place;
	kh_auto_free char *action = lower(kh_strdup(cells[KH_FIREWALL_ACTION]));
	cells[KH_FIREWALL_ACTION] = kh_streq(action, "allow") || kh_streq(action, "permit") ? "accept" : kh_streq(action, "deny") || kh_streq(action, "block") ? "drop" : action;
	kh_auto_free char *text = kh_format("%s %s %s %s", cells[KH_FIREWALL_ACTION], cells[KH_FIREWALL_SOURCE], cells[KH_FIREWALL_TARGET], cells[KH_FIREWALL_SERVICE]);
	if (!*cells[KH_FIREWALL_TEXT])
		cells[KH_FIREWALL_TEXT] = text;
	return *action ? kh_line_put(sheet, row->number, cells, KH_FIREWALL_COLUMNS) : 0;
}

static int parse_table(const void *bytes, size_t n, struct kh_sheet *sheet)
{
	kh_auto_sheet struct kh_sheet table = {0};
	size_t at[KH_FIREWALL_COLUMNS] = {0}; /* from 1 */
	int r = kh_sheet_parse(bytes, n, &table);
	for (size_t c = 0; r == 0 && table.rows.n && c < table.rows.v[0].n; c++) {
		size_t column = column_named(table.rows.v[0].cells[c]);
		if (column < KH_FIREWALL_COLUMNS)
			at[column] = c + 1;
	}
	if (r == 0 && !at[KH_FIREWALL_ACTION])
		return kh_fail(KH_E_SYNTAX, "neither iptables-save nor nft list ruleset nor a table with a column \"action\"");
	for (size_t i = 1; r == 0 && i < table.rows.n; i++)
		r = put_table_row(sheet, &table.rows.v[i], at);
	return r;
}

/* ---- which of them it is ---- */

static bool holds(const void *bytes, size_t n, const char *text)
{
	return memmem(bytes, n, text, strlen(text)) != NULL;
}

int kh_firewall_parse(const void *bytes, size_t n, struct kh_sheet *ret)
{
	kh_auto_sheet struct kh_sheet sheet = {0};
	kh_auto_free struct kh_line *line = kh_alloc(sizeof *line);
	kh_auto_free struct reading *in = kh_alloc(sizeof *in);
	size_t at = 0;
	bool nft = holds(bytes, n, "chain ") && holds(bytes, n, "table ") && holds(bytes, n, "{"), iptables = !nft && holds(bytes, n, "COMMIT");
	int r = nft || iptables ? 0 : parse_table(bytes, n, &sheet);
	in->sheet = &sheet;
	while (r == 0 && (nft || iptables) && kh_line_next(bytes, n, &at, nft ? " \t,;" : KH_LINE_BLANKS, line))
		r = nft ? read_nft(in, line) : read_iptables(in, line);
	if (r < 0)
		return r;
	*ret = sheet;
	sheet = (struct kh_sheet){0};
	return 0;
}
