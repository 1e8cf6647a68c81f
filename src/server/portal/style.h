/* What a page hides, and which of its parts somebody named: the little of CSS that this needs. */
#pragma once

#include "base/array.h"
#include "base/attr.h"

#include <libxml/tree.h>
#include <stdbool.h>

/* ---- hidden ---- */

/* Classes and ids that the page's own <style> hides. */
struct kh_hidden_names {
	KH_ARRAY(char *) of; /* ".x", "#y" */
};
void kh_hidden_names_done(struct kh_hidden_names *names);
void kh_hidden_names_read(const char *css, struct kh_hidden_names *names);

/* Do these declarations hide: display, visibility, size, place? */
bool kh_style_hides(const char *declarations);
/* Does the element hide itself and all it holds? */
bool kh_element_is_hidden(const xmlNode *element, const struct kh_hidden_names *names);

/* ---- selectors ---- */

struct kh_selectors {
	KH_ARRAY(char *) of;
};
void kh_selectors_done(struct kh_selectors *selectors);
void kh_selectors_read(const char *lines, struct kh_selectors *ret);
bool kh_selectors_match(const struct kh_selectors *selectors, const xmlNode *element);

/* An attribute's text, lent; NULL when there is none. */
const char *kh_element_attribute(const xmlNode *element, const char *name);
/* Is the word among the blank-separated ones of the list? */
bool kh_list_has_word(const char *list, const char *word, size_t n);
