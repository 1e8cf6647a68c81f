#include "facts/format/pam.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"

static const char *const type_names[] = {
	[KH_PAM_AUTH] = "auth", [KH_PAM_ACCOUNT] = "account", [KH_PAM_PASSWORD] = "password", [KH_PAM_SESSION] = "session"};

void kh_pam_done(struct kh_pam_stack *stack)
{
	kh_array_each(stack, line) {
		free(line->module);
		free(line->arguments);
	}
	kh_array_done(stack);
}

/* Next word, a [bracketed one] whole; NULL at the end. */
static char *word(char **rest)
{
	if (!*rest)
		return NULL;
	*rest += strspn(*rest, " \t");
	if (!**rest)
		return NULL;
	char *start = *rest;
	char *end = *start == '[' && strchr(start, ']') ? strchr(start, ']') + 1 : start + strcspn(start, " \t");
	*rest = *end ? end + 1 : NULL;
	*end = '\0';
	return start;
}

static bool type_of(const char *text, enum kh_pam_type *ret)
{
	text += *text == '-'; /* "-session": not an error when the module is missing */
	for (size_t i = 0; i < KH_COUNT(type_names); i++)
		if (kh_streq_nocase(text, type_names[i])) {
			*ret = (enum kh_pam_type)i;
			return true;
		}
	return false;
}

static char *module_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	return kh_strndup(name, kh_ends_with(name, ".so") ? strlen(name) - 3 : strlen(name));
}

static int take_line(char *line, enum kh_pam_type wanted, struct kh_pam_stack *stack, int (*include)(void *, const char *, enum kh_pam_type), void *arg)
{
	enum kh_pam_type type = KH_PAM_EVERY;
	char *first = word(&line), *control = word(&line), *module = NULL;
	if (first && control && kh_streq(first, "@include"))
		return include(arg, control, wanted);
	module = word(&line);
	if (!module || !type_of(first, &type) || (wanted != KH_PAM_EVERY && type != wanted))
		return 0;
	if (kh_streq(control, "include") || kh_streq(control, "substack"))
		return include(arg, module, type);
	if (stack->n == KH_FACTS_MAX_ENTRIES)
		return kh_fail(KH_E_TOO_LARGE, "pam: more than %d lines", KH_FACTS_MAX_ENTRIES);
	struct kh_pam_line entry = {.type = type, .module = module_name(module), .arguments = kh_strdup(line ? kh_trim(line) : "")};
	kh_array_push(stack, entry);
	return 0;
}

int kh_pam_parse(const char *text, size_t n, enum kh_pam_type type, struct kh_pam_stack *stack,
		 int (*include)(void *, const char *, enum kh_pam_type), void *arg)
{
	kh_auto_free char *copy = kh_strndup(text ? text : "", text ? n : 0);
	for (char *p = copy; (p = strstr(p, "\\\n")) != NULL;)
		p[0] = p[1] = ' ';
	for (char *rest = copy, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		line[strcspn(line, "#\r")] = '\0';
		int r = take_line(line, type, stack, include, arg);
		if (r < 0)
			return r;
	}
	return 0;
}

const struct kh_pam_line *kh_pam_find(const struct kh_pam_stack *stack, enum kh_pam_type type, const char *module)
{
	kh_array_each(stack, line)
		if (line->type == type && kh_streq(line->module, module))
			return line;
	return NULL;
}

/* The value behind "name=", or the end of "name" itself; NULL when absent. */
static const char *argument(const struct kh_pam_line *line, const char *name)
{
	size_t length = strlen(name);
	for (const char *p = line ? line->arguments : ""; *p; p += strcspn(p, " \t"), p += strspn(p, " \t"))
		if (strncmp(p, name, length) == 0 && (p[length] == '\0' || strchr(" \t=", p[length])))
			return p + length;
	return NULL;
}

bool kh_pam_has(const struct kh_pam_line *line, const char *name)
{
	return argument(line, name) != NULL;
}

bool kh_pam_text(const struct kh_pam_line *line, const char *name, char *ret, size_t size)
{
	const char *value = argument(line, name);
	if (!value || *value != '=')
		return false;
	size_t length = KH_MIN(strcspn(value + 1, " \t"), size - 1);
	memcpy(ret, value + 1, length);
	ret[length] = '\0';
	return true;
}

bool kh_pam_int(const struct kh_pam_line *line, const char *name, int64_t *ret)
{
	char text[32];
	return kh_pam_text(line, name, text, sizeof text) && kh_parse_int(text, INT32_MIN, INT32_MAX, ret);
}
