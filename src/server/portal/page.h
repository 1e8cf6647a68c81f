/* What one page of a portal says to its readers and how it is built, out of hostile HTML. Runs in the watcher (watcher.h): the server has only what stands in struct
 * kh_page, and checks it as network input.
 *
 *     lines     the text that a reader sees, block by block, each with the region it stands in: the innermost container that the page's author named
 *               (id, class, section…). Items of a list share their region: its path has no numbers. Runs of digits are one '#': dates and counters
 *               change by themselves
 *     shapes    the different paths of elements, as hashes: how the page is built, whatever it says
 *     sites     hosts of other sites that it links to; frames, scripts: from where it takes them
 *     finds     what no portal of the State has of its own (words.h)
 *
 * Parsed by libxml2 as browsers do, mistakes and all; nothing is fetched. Limits: limits.h; what is past one is left out and `partly` says so. */
#pragma once

#include "base/array.h"
#include "base/attr.h"
#include "base/json.h"
#include "server/portal/words.h"

#include <stdbool.h>
#include <stdint.h>

enum kh_find_kind {
	KH_FIND_BETTING_LINK,   /* a link to another site, with a betting word or such a host */
	KH_FIND_BETTING_HIDDEN, /* betting words that readers do not see */
	KH_FIND_BETTING_TEXT,   /* one betting word in what they see */
	KH_FIND_BOAST,          /* "hacked by" and kin */
	KH_FIND_FRAME,          /* a frame of another site that is not seen */
	KH_FIND_MALWARE,        /* a script of the list */
	KH_FIND_REDIRECT,       /* the page sends its readers to another site by itself */
	KH_FIND_KINDS
};

struct kh_page_find {
	enum kh_find_kind kind;
	char *word;  /* of the list, or a host: what makes two finds the same */
	char *where; /* the text or address it stands in */
};

struct kh_page_line {
	uint64_t region;
	char *text;
};

struct kh_page_site {
	char *host;
	int64_t links, hidden; /* hidden: of these, not seen by readers */
};

struct kh_page {
	char *title; /* never NULL */
	bool partly;
	KH_ARRAY(struct kh_page_line) lines;
	KH_ARRAY(uint64_t) shapes; /* in order, each once */
	KH_ARRAY(struct kh_page_site) sites;
	KH_ARRAY(char *) inner; /* addresses of the same site it links to, in the order of the page, each once */
	KH_ARRAY(char *) frames, scripts; /* hosts, each once */
	KH_ARRAY(struct kh_page_find) finds;
};
void kh_page_done(struct kh_page *page);
#define kh_auto_page KH_CLEANUP(kh_page_done)

struct kh_page_options {
	const char *url;       /* of the page as it came: links are relative to it */
	const char *charset;   /* of its Content-Type; NULL: not said */
	const struct kh_word_list *words;
	const char *changing;  /* CSS selectors, one a line: their text and build do not count. NULL: none. Understood are tag, #id, .class, several of them together, and
				* blanks between (descendants); a line that is anything else chooses nothing */
};

/* There is no page that cannot be parsed. */
void kh_page_parse(const void *html, size_t n, const struct kh_page_options *options, struct kh_page *ret);

json_t *kh_page_json(const struct kh_page *page) KH_MUST_USE;
/* Foreign: types, numbers and lengths are checked. KH_E_SYNTAX, KH_E_TOO_LARGE. */
int kh_page_of_json(const json_t *json, struct kh_page *ret) KH_MUST_USE;

/* "https://www.example.vn:8443/a" → "www.example.vn", lower case; false when it is no http(s) address with a host. */
#define KH_HOST_SIZE 256
bool kh_url_host(const char *url, char ret[KH_HOST_SIZE]) KH_MUST_USE;

/* Is it the same site: the same name but for "www.", or one below the other? */
bool kh_host_same_site(const char *a, const char *b);
