#include "facts/format/logrotate.h"

#include "base/alloc.h"
#include "base/str.h"

#include <fnmatch.h>

static void take_setting(char *line, struct kh_logrotate *l)
{
	static const struct {
		const char *word;
		int64_t days;
	} periods[] = {{"hourly", 1}, {"daily", 1}, {"weekly", 7}, {"monthly", 30}, {"yearly", 365}};
	char *rest = line;
	const char *word = kh_split(&rest, " \t=");
	const char *value = rest ? kh_trim(rest) : NULL;
	for (size_t i = 0; i < KH_COUNT(periods); i++)
		if (kh_streq(word, periods[i].word))
			l->period_days = periods[i].days;
	if (kh_streq(word, "rotate"))
		kh_ignore(kh_parse_int(value, 0, 100000, &l->rotate));
	if (kh_streq(word, "maxage"))
		kh_ignore(kh_parse_int(value, 0, 100000, &l->max_age_days));
}

/* Among the words in front of a block, those that are paths name logs, with shell patterns, perhaps in quotes. */
static bool names_log(const char *words, const char *path)
{
	bool found = false;
	kh_auto_free char *copy = kh_strdup(words);
	for (char *rest = copy, *word = NULL; (word = kh_split(&rest, " \t\n\"")) != NULL;)
		found |= *word == '/' && fnmatch(word, path, FNM_PATHNAME) == 0;
	return found;
}

/* A block goes on to a line with only a closing brace: scripts inside may hold others. */
static char *end_of_block(char *text)
{
	for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (line[strspn(line, " \t")] == '}')
			return line;
	return NULL;
}

static void each_setting(char *text, struct kh_logrotate *l)
{
	for (char *rest = text, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		line = kh_trim(line);
		if (*line && *line != '#')
			take_setting(line, l);
	}
}

static void drop_remarks(char *text)
{
	bool remark = false;
	for (char *p = text; *p; p++) {
		remark = *p == '\n' ? false : remark || *p == '#';
		if (remark)
			*p = ' ';
	}
}

void kh_logrotate_parse(const char *text, size_t n, const char *path, struct kh_logrotate *defaults, struct kh_logrotate *ret, bool *ret_found)
{
	kh_auto_free char *copy = kh_strndup(text ? text : "", text ? n : 0);
	drop_remarks(copy);
	for (char *p = copy; p;) {
		char *open = strchr(p, '{'), *end = open ? end_of_block(open + 1) : NULL;
		if (open)
			*open = '\0';
		if (end)
			*end = '\0';
		bool named = open && names_log(p, path);
		each_setting(p, defaults);
		if (named) {
			*ret = *defaults;
			each_setting(open + 1, ret);
			*ret_found = true;
		}
		p = end ? end + 1 : NULL;
	}
}

int64_t kh_logrotate_days(const struct kh_logrotate *l)
{
	int64_t by_count = l->rotate * (l->period_days ? l->period_days : 7);
	if (l->max_age_days && by_count)
		return KH_MIN(by_count, l->max_age_days);
	return l->max_age_days ? l->max_age_days : by_count;
}
