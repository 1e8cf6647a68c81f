#include "server/portal/style.h"

#include "base/str.h"
#include "server/portal/limits.h"

#include <ctype.h>

enum { MAX_NAMES = 200, MAX_NAME = 80, MAX_DECLARATIONS = 2000, MAX_LEVELS = 64 /* that a selector looks upward */ };

const char *kh_element_attribute(const xmlNode *element, const char *name)
{
	for (const xmlAttr *a = element->properties; a; a = a->next)
		if (kh_streq_nocase((const char *)a->name, name))
			return a->children && a->children->content ? (const char *)a->children->content : "";
	return NULL;
}

bool kh_list_has_word(const char *list, const char *word, size_t n)
{
	for (const char *p = list; *p;) {
		size_t blanks = strspn(p, " \t\r\n\f"), m = strcspn(p + blanks, " \t\r\n\f");
		if (m == n && strncmp(p + blanks, word, n) == 0)
			return true;
		p += blanks + m;
	}
	return false;
}

/* ---- hidden ---- */

/* Lower case, without blanks, ";" in front and behind: so that a property is found as ";name:". */
static void compact(const char *css, size_t n, char out[MAX_DECLARATIONS + 3])
{
	size_t at = 0;
	out[at++] = ';';
	for (size_t i = 0; i < n && css[i] && at < MAX_DECLARATIONS; i++)
		if (!isspace((unsigned char)css[i]))
			out[at++] = (char)tolower((unsigned char)css[i]);
	out[at++] = ';';
	out[at] = '\0';
}

static bool has(const char *css, const char *declaration)
{
	size_t n = strlen(declaration);
	for (const char *at = strstr(css, declaration); at; at = strstr(at + 1, declaration))
		if (at[n] == ';' || at[n] == '!' || (at[n] == 'p' && at[n + 1] == 'x') || (at[n] == 'e' && at[n + 1] == 'm') || at[n] == '%')
			return true;
	return false;
}

/* ";left:-9999px": three digits or more. */
static bool is_far_off(const char *css, const char *property)
{
	const char *at = strstr(css, property);
	return at && at[strlen(property)] == '-' && strspn(at + strlen(property) + 1, "0123456789") >= 3;
}

static bool hides(const char *css)
{
	static const char *const all[] = {";display:none", ";visibility:hidden", ";font-size:0", ";font-size:1px;", ";opacity:0", ";opacity:0.0"};
	for (size_t i = 0; i < KH_COUNT(all); i++)
		if (has(css, all[i]))
			return true;
	if (has(css, ";overflow:hidden") && (has(css, ";height:0") || has(css, ";height:1") || has(css, ";width:0") || has(css, ";width:1") || has(css, ";max-height:0")))
		return true;
	return is_far_off(css, ";left:") || is_far_off(css, ";top:") || is_far_off(css, ";text-indent:") || is_far_off(css, ";margin-left:");
}

bool kh_style_hides(const char *declarations)
{
	char css[MAX_DECLARATIONS + 3];
	compact(declarations, MAX_DECLARATIONS, css);
	return hides(css);
}

void kh_hidden_names_done(struct kh_hidden_names *names)
{
	kh_array_each(&names->of, name) free(*name);
	kh_array_done(&names->of);
}

static void add_names(const char *selectors, size_t n, struct kh_hidden_names *names)
{
	kh_auto_free char *copy = kh_strndup(selectors, n);
	char *rest = copy;
	for (char *one = kh_split(&rest, ","); one && names->of.n < MAX_NAMES; one = kh_split(&rest, ",")) {
		one = kh_trim(one);
		size_t length = strlen(one);
		if ((*one == '.' || *one == '#') && length > 1 && length < MAX_NAME && !strpbrk(one + 1, ".# >:[+~*"))
			kh_array_push(&names->of, kh_strdup(one));
	}
}

void kh_hidden_names_read(const char *css, struct kh_hidden_names *names)
{
	char declarations[MAX_DECLARATIONS + 3];
	for (const char *rule = css; rule && *rule;) {
		const char *open = strchr(rule, '{'), *close = open ? strchr(open, '}') : NULL;
		if (!close)
			return;
		compact(open + 1, (size_t)(close - open - 1), declarations);
		if (hides(declarations))
			add_names(rule, (size_t)(open - rule), names);
		rule = close + 1;
	}
}

bool kh_element_is_hidden(const xmlNode *element, const struct kh_hidden_names *names)
{
	const char *style = kh_element_attribute(element, "style"), *class = kh_element_attribute(element, "class"), *id = kh_element_attribute(element, "id");
	if (kh_element_attribute(element, "hidden") || (style && kh_style_hides(style)))
		return true;
	if (class || id)
		kh_array_each(&names->of, name)
			if ((**name == '.' && class && kh_list_has_word(class, *name + 1, strlen(*name + 1))) || (**name == '#' && kh_streq(id, *name + 1)))
				return true;
	return false;
}

/* ---- selectors ---- */

void kh_selectors_done(struct kh_selectors *selectors)
{
	kh_array_each(&selectors->of, one) free(*one);
	kh_array_done(&selectors->of);
}

void kh_selectors_read(const char *lines, struct kh_selectors *ret)
{
	kh_auto_free char *copy = kh_strdup(lines ? lines : "");
	char *rest = copy;
	for (char *line = kh_split(&rest, "\n"); line && ret->of.n < KH_PAGE_MAX_SELECTORS; line = kh_split(&rest, "\n")) {
		line = kh_trim(line);
		if (*line && !strpbrk(line, ">+~*[]:(),\"'"))
			kh_array_push(&ret->of, kh_strdup(line));
	}
}

/* One compound ("div#main.news") of n bytes. */
static bool compound_matches(const char *s, size_t n, const xmlNode *e)
{
	const char *end = s + n, *class = kh_element_attribute(e, "class"), *id = kh_element_attribute(e, "id");
	while (s < end) {
		char sign = *s == '.' || *s == '#' ? *s++ : '\0';
		size_t m = KH_MIN(strcspn(s, ".# \t"), (size_t)(end - s));
		bool good = sign == '.'	  ? class && kh_list_has_word(class, s, m)
			    : sign == '#' ? id && strlen(id) == m && strncmp(id, s, m) == 0
					  : strlen((const char *)e->name) == m && strncasecmp((const char *)e->name, s, m) == 0;
		if (!good || !m)
			return false;
		s += m;
	}
	return true;
}

/* From the last compound backwards: it must be the element, those before it some element around it. */
static bool selector_matches(const char *selector, const xmlNode *e)
{
	const char *end = selector + strlen(selector);
	int levels = MAX_LEVELS;
	for (bool last = true; end > selector; last = false) {
		const char *start = end;
		while (start > selector && !isspace((unsigned char)start[-1]))
			start--;
		while (e && e->type == XML_ELEMENT_NODE && !compound_matches(start, (size_t)(end - start), e))
			e = last || !--levels ? NULL : e->parent;
		if (!e || e->type != XML_ELEMENT_NODE)
			return false;
		e = e->parent;
		for (end = start; end > selector && isspace((unsigned char)end[-1]);)
			end--;
	}
	return true;
}

bool kh_selectors_match(const struct kh_selectors *selectors, const xmlNode *element)
{
	kh_array_each(&selectors->of, one)
		if (selector_matches(*one, element))
			return true;
	return false;
}
