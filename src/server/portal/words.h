/* What is put into the pages of others: words of betting and their kin, words of those who boast of it, hosts of miners; and the hosts that portals of the State link to
 * by themselves. The list is data, packs/lists/web-injected.yaml, which says what each part of it means. */
#pragma once

#include "base/array.h"
#include "base/attr.h"
#include "base/json.h"

#include <stdbool.h>

enum kh_word_kind {
	KH_WORD_BETTING, /* in a link to another site, in hidden text, or many at once */
	KH_WORD_BOAST,   /* in a title, a heading or a short line */
	KH_WORD_MALWARE, /* in the address or the text of a script */
	KH_WORD_TRUSTED, /* end of a host name: its links, frames and scripts are nobody's attack */
	KH_WORD_HOST,    /* part of a host name that only such sites have */
	KH_WORD_KINDS
};

struct kh_word_list {
	/* Lower case, each with its marks and without. */
	KH_ARRAY(char *) of[KH_WORD_KINDS];
};
void kh_word_list_done(struct kh_word_list *words);
#define kh_auto_word_list KH_CLEANUP(kh_word_list_done)

/* From the YAML file; KH_E_INVALID_CONFIG names line and column. */
int kh_word_list_load(const char *path, struct kh_word_list *ret) KH_MUST_USE;

/* Lower case, composed; "" when it is not UTF-8. New memory. */
char *kh_word_list_lower(const char *text) KH_MUST_USE;

/* The list as JSON, on its way to the watcher. */
json_t *kh_word_list_json(const struct kh_word_list *words) KH_MUST_USE;
int kh_word_list_of_json(const json_t *json, struct kh_word_list *ret) KH_MUST_USE;

/* Each different word of the kind that stands in the text (of kh_word_list_lower()), as a whole (no letter or digit at either side): calls found() with it; gives how many. found may be NULL. */
size_t kh_word_list_in(const struct kh_word_list *words, enum kh_word_kind kind, const char *lower, void (*found)(const char *word, void *arg), void *arg);

/* Is the host one of KH_WORD_TRUSTED, or below one? */
bool kh_word_list_trust(const struct kh_word_list *words, const char *host);
/* Does the host name hold one of KH_WORD_HOST? NULL when not. */
const char *kh_word_list_bad_host(const struct kh_word_list *words, const char *host);
