#include "facts/format/keyfile.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"

void kh_keyfile_done(struct kh_keyfile *k)
{
	free(k->text);
	kh_array_done(k);
	if (k->earlier) {
		kh_keyfile_done(k->earlier);
		free(k->earlier);
	}
	*k = (struct kh_keyfile){0};
}

static int add(struct kh_keyfile *k, const char *section, const char *key, const char *value)
{
	if (k->n == KH_FACTS_MAX_ENTRIES)
		return kh_fail(KH_E_TOO_LARGE, "more than %d settings", KH_FACTS_MAX_ENTRIES);
	kh_array_push(k, ((struct kh_keyfile_entry){section, key, value}));
	return 0;
}

/* Takes a shell's quotes and escapes out, in place; a remark or a blank ends an unquoted value. */
static void unquote(char *value)
{
	char quote = 0, *to = value;
	for (char *p = value; *p; p++) {
		if (!quote && (*p == '"' || *p == '\''))
			quote = *p;
		else if (quote && *p == quote)
			quote = 0;
		else if (*p == '\\' && p[1] && quote != '\'')
			*to++ = *++p;
		else if (!quote && (*p == ' ' || *p == '\t' || *p == ';'))
			break;
		else
			*to++ = *p;
	}
	*to = '\0';
}

static int take_shell(struct kh_keyfile *k, char *line)
{
	if (kh_starts_with(line, "export "))
		line = kh_trim(line + 7);
	char *equals = strchr(line, '=');
	if (!equals || equals == line || *line == '#')
		return 0;
	*equals = '\0';
	unquote(equals + 1);
	return add(k, "", line, equals + 1);
}

static int take_words(struct kh_keyfile *k, char *line)
{
	line[strcspn(line, "#")] = '\0';
	size_t length = strcspn(line, " \t=");
	if (!length)
		return 0;
	char *value = line + length;
	value += strspn(value, " \t");
	if (*value == '=')
		value++;
	line[length] = '\0';
	return add(k, "", line, kh_trim(value));
}

static int take_ini(struct kh_keyfile *k, char *line, const char **section)
{
	if (*line == '#' || *line == ';')
		return 0;
	char *close = *line == '[' ? strrchr(line, ']') : NULL;
	if (close) {
		*close = '\0';
		*section = line + 1;
		return add(k, *section, "", ""); /* so that an empty section is known */
	}
	char *equals = strchr(line, '=');
	if (!equals)
		return 0;
	*equals = '\0';
	return add(k, *section, kh_trim(line), kh_trim(equals + 1));
}

/* Joins a line that ends with a backslash and the next, in place. */
static void join_continued(char *text)
{
	for (char *p = text; (p = strstr(p, "\\\n")) != NULL;)
		p[0] = p[1] = ' ';
}

/* An earlier text stays where its entries point to. */
static void keep_earlier(struct kh_keyfile *k)
{
	if (!k->text)
		return;
	struct kh_keyfile *old = kh_alloc(sizeof *old);
	*old = (struct kh_keyfile){.text = k->text, .earlier = k->earlier};
	k->earlier = old;
	k->text = NULL;
}

int kh_keyfile_parse(enum kh_keyfile_form form, const char *text, size_t n, struct kh_keyfile *k)
{
	keep_earlier(k);
	k->text = kh_strndup(text ? text : "", n);
	if (form == KH_KEYFILE_INI)
		join_continued(k->text);
	const char *section = "";
	for (char *rest = k->text, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		int r = 0;
		line = kh_trim(line);
		if (form == KH_KEYFILE_INI)
			r = take_ini(k, line, &section);
		else if (form == KH_KEYFILE_SHELL)
			r = take_shell(k, line);
		else
			r = take_words(k, line);
		if (r < 0)
			return r;
	}
	return 0;
}

const char *kh_keyfile_get(const struct kh_keyfile *k, const char *section, const char *key)
{
	for (size_t i = k->n; i-- > 0;)
		if (*k->v[i].key && kh_streq_nocase(k->v[i].key, key) && (!section || kh_streq_nocase(k->v[i].section, section)))
			return k->v[i].value;
	return NULL;
}

bool kh_keyfile_has_section(const struct kh_keyfile *k, const char *section)
{
	for (size_t i = 0; i < k->n; i++)
		if (kh_streq_nocase(k->v[i].section, section))
			return true;
	return false;
}

bool kh_keyfile_int(const struct kh_keyfile *k, const char *section, const char *key, int64_t *ret)
{
	const char *value = kh_keyfile_get(k, section, key);
	return value && kh_parse_int(value, INT64_MIN, INT64_MAX, ret);
}

bool kh_is_yes(const char *text, bool otherwise)
{
	static const char *const yes[] = {"yes", "true", "on", "1", "y", "t"}, *const no[] = {"no", "false", "off", "0", "n", "f"};
	for (size_t i = 0; text && i < KH_COUNT(yes); i++) {
		if (kh_streq_nocase(text, yes[i]))
			return true;
		if (kh_streq_nocase(text, no[i]))
			return false;
	}
	return otherwise;
}

bool kh_keyfile_bool(const struct kh_keyfile *k, const char *section, const char *key, bool otherwise)
{
	return kh_is_yes(kh_keyfile_get(k, section, key), otherwise);
}
