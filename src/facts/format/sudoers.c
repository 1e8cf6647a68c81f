#include "facts/format/sudoers.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"

void kh_sudoers_done(struct kh_sudoers *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	for (size_t i = 0; i < s->aliases_n; i++) {
		free(s->aliases[i].name);
		free(s->aliases[i].members);
	}
	free(s->aliases);
	kh_array_done(s);
	*s = (struct kh_sudoers){0};
}

/* A line that ends with a backslash goes on. */
static void join_lines(char *text)
{
	for (char *p = text; (p = strstr(p, "\\\n")) != NULL;)
		p[0] = p[1] = ' ';
}

static int add_alias(struct kh_sudoers *s, char *definition)
{
	char *equals = strchr(definition, '=');
	if (!equals)
		return 0;
	if (s->aliases_n == KH_FACTS_MAX_ALIASES)
		return kh_fail(KH_E_TOO_LARGE, "sudoers: more than %d aliases", KH_FACTS_MAX_ALIASES);
	*equals = '\0';
	if (s->aliases_n == s->aliases_cap) {
		s->aliases_cap = s->aliases_cap ? s->aliases_cap * 2 : 8;
		s->aliases = kh_realloc_array(s->aliases, s->aliases_cap, sizeof *s->aliases);
	}
	s->aliases[s->aliases_n++] = (struct kh_sudoers_alias){kh_strdup(kh_trim(definition)), kh_strdup(kh_trim(equals + 1))};
	return 0;
}

/* Is ALL among the commands of a specification, outside of the run-as lists in parentheses, and not as "!ALL"? */
static bool grants_all(const char *commands)
{
	bool run_as = false;
	for (const char *p = commands; *p; p++) {
		bool begins = p == commands || strchr(" ,:)=\t", p[-1]);
		if (*p == '(' || *p == ')')
			run_as = *p == '(';
		else if (!run_as && begins && kh_starts_with(p, "ALL") && (p[3] == '\0' || strchr(" ,\t", p[3])))
			return true;
	}
	return false;
}

static int add_specification(struct kh_sudoers *s, char *line)
{
	char *equals = strchr(line, '=');
	size_t who_length = strcspn(line, " \t=");
	if (!equals || !line[who_length] || line[who_length] == '=')
		return 0;
	if (!grants_all(equals + 1))
		return 0;
	line[who_length] = '\0';
	for (char *rest = line, *who = NULL; (who = kh_split(&rest, ",")) != NULL;) {
		if (s->n == KH_FACTS_MAX_ENTRIES)
			return kh_fail(KH_E_TOO_LARGE, "sudoers: more than %d entries", KH_FACTS_MAX_ENTRIES);
		kh_array_push(s, kh_strdup(who));
	}
	return 0;
}

/* The path of an include line, "" for another line. */
static const char *included(char *line, bool *ret_folder)
{
	static const char *const files[] = {"@include", "#include"}, *const folders[] = {"@includedir", "#includedir"};
	char *path = line + strcspn(line, " \t");
	size_t length = (size_t)(path - line);
	for (size_t i = 0; i < KH_COUNT(files); i++) {
		bool file = strlen(files[i]) == length && kh_starts_with(line, files[i]);
		*ret_folder = strlen(folders[i]) == length && kh_starts_with(line, folders[i]);
		if (file || *ret_folder)
			return kh_trim(path);
	}
	return "";
}

static bool is_setting(const char *line)
{
	static const char *const words[] = {"Defaults", "Host_Alias", "Cmnd_Alias", "Cmd_Alias", "Runas_Alias"};
	for (size_t i = 0; i < KH_COUNT(words); i++)
		if (kh_starts_with(line, words[i]))
			return true;
	return *line == '\0';
}

static int take_line(struct kh_sudoers *s, char *line, int (*include)(void *, const char *), void *arg)
{
	bool folder = false;
	const char *path = included(line, &folder);
	if (*path) {
		kh_auto_free char *whole = kh_format("%s%s", path, folder ? "/" : "");
		return include ? include(arg, whole) : 0;
	}
	if (*line == '#' && !(line[1] >= '0' && line[1] <= '9')) /* "#1000" is a UID */
		return 0;
	if (is_setting(line))
		return 0;
	if (!kh_starts_with(line, "User_Alias"))
		return add_specification(s, line);
	int r = 0;
	for (char *rest = line + strlen("User_Alias"), *one = NULL; r == 0 && (one = kh_split(&rest, ":")) != NULL;)
		r = add_alias(s, one);
	return r;
}

int kh_sudoers_parse(const char *text, size_t n, struct kh_sudoers *s, int (*include)(void *, const char *), void *arg)
{
	kh_auto_free char *copy = kh_strndup(text ? text : "", text ? n : 0);
	join_lines(copy);
	for (char *rest = copy, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		int r = take_line(s, kh_trim(line), include, arg);
		if (r < 0)
			return r;
	}
	return 0;
}

struct search {
	const struct kh_sudoers *sudoers;
	bool (*is)(void *, const char *);
	void *arg;
	bool *seen; /* by alias: what it held has been asked already; so a ring, or a wide tree of aliases, costs each of them once */
};

static bool any_member(const struct search *search, const char *who)
{
	const struct kh_sudoers *s = search->sudoers;
	for (size_t i = 0; i < s->aliases_n; i++) {
		if (search->seen[i] || !kh_streq(s->aliases[i].name, who))
			continue;
		search->seen[i] = true;
		kh_auto_free char *members = kh_strdup(s->aliases[i].members);
		for (char *rest = members, *member = NULL; (member = kh_split(&rest, ",")) != NULL;)
			if (any_member(search, kh_trim(member)))
				return true;
	}
	return search->is(search->arg, who);
}

bool kh_sudoers_any(const struct kh_sudoers *s, bool (*is)(void *, const char *), void *arg)
{
	kh_auto_free bool *seen = kh_alloc_array(s->aliases_n + 1, sizeof *seen);
	const struct search search = {.sudoers = s, .is = is, .arg = arg, .seen = seen};
	for (size_t i = 0; i < s->n; i++)
		if (any_member(&search, s->v[i]))
			return true;
	return false;
}
