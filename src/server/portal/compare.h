/* Two times the same page: how much of it is another? Pure: no I/O, no clock.
 *
 * What is known of a page (struct kh_known) is learned from its ordinary fetches. A region whose text changed in several of them (a list of news, a counter in
 * words, an advertisement) is a changing one: its text does not count any more. Its build does: the news of tomorrow stand in the same elements as those
 * of today, what a defacer puts there does not. */
#pragma once

#include "base/array.h"
#include "base/attr.h"
#include "server/portal/page.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_REGION_CHANGES 2     /* a region that changed in so many fetches is a changing one */
#define KH_CHANGE_TEXT 50       /* percent of the text: more is another page */
#define KH_CHANGE_SHAPE 50      /* percent of the build */
#define KH_CHANGE_BOTH 30       /* of text and build at once */
#define KH_CHANGE_TITLE 50      /* percent of the title's words that are others: a title is changed */
#define KH_LINKS_MANY 8         /* hosts linked to that are new, at once */
#define KH_LINKS_HIDDEN 3       /* the same, of hidden links */
#define KH_BETTING_MANY 3       /* different betting words that are new in the text that readers see */
#define KH_STABLE_LEAST 200     /* bytes of text in regions that do not change: with less, only the build tells */

struct kh_known_region {
	uint64_t region;
	int64_t changes;
};

struct kh_known {
	struct kh_page page; /* as last learned; title NULL: nothing was learned */
	int64_t fetches;     /* ordinary ones */
	int64_t title_changes;
	KH_ARRAY(struct kh_known_region) regions; /* that changed at least once */
	KH_ARRAY(char *) hosts;    /* linked to by any ordinary fetch */
	KH_ARRAY(char *) accepted; /* finds that a person said are nothing: "KIND word" */
};
void kh_known_done(struct kh_known *known);
#define kh_auto_known KH_CLEANUP(kh_known_done)

bool kh_known_changes(const struct kh_known *known, uint64_t region);

struct kh_change {
	int text, shape;    /* percent that is another, of all text in regions that do not change, and of the build */
	bool title;
	bool another;       /* text, build or title say: this is not the page that it was */
	size_t new_hosts, new_hidden_hosts;
	size_t new_betting;
	/* Finds that nobody has accepted and that say an attack by themselves; index into now->finds, -1: none. */
	int boast, betting, frame, malware, redirect;
	bool injected;      /* betting, or links in number */
};

/* known may be one of which nothing was learned: then only the finds can tell. */
struct kh_change kh_page_compare(const struct kh_known *known, const struct kh_page *now);

/* An ordinary fetch: what it shows is how the page is. The page is taken over (the struct is empty after). */
void kh_known_learn(struct kh_known *known, struct kh_page *page);

/* A person said that what the page has now is in order: its finds are no more told. */
void kh_known_accept(struct kh_known *known, const struct kh_page *page);

/* For the store. */
json_t *kh_known_json(const struct kh_known *known) KH_MUST_USE;
int kh_known_of_json(const json_t *json, struct kh_known *ret) KH_MUST_USE;

/* Which lines stand in one page alone, for people: an array as long as the page's lines; new memory. */
void kh_lines_alone(const struct kh_page *a, const struct kh_page *b, bool **ret_in_a, bool **ret_in_b);
