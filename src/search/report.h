/* What is known of one file after it was searched for marks of state secrets. Holds no text of it, but for the matched lines when they were asked for (khien secret --show), which never
 * leave the terminal. */
#pragma once

#include "base/attr.h"
#include "document/read/lines.h"
#include "search/limits.h"
#include "secrecy/secrecy.h"
#include "unpack/gap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_search_state {
	KH_SEARCH_SCANNED,
	KH_SEARCH_PARTLY,    /* its gaps say why */
	KH_SEARCH_ENCRYPTED, /* and nothing of it could be read */
	KH_SEARCH_ERROR,     /* it could not be read at all */
	KH_SEARCH_STATES
};
const char *kh_search_state_name(enum kh_search_state s); /* "scanned" … */

struct kh_search_mark {
	char kind[KH_SEARCH_MAX_KIND]; /* struct kh_secrecy_mark */
	uint32_t page;
	enum kh_document_part where;
	char *line; /* NULL unless lines are shown */
};

struct kh_search_gap {
	enum kh_gap_kind kind;
	bool inside; /* in a document or an archive that the file holds */
};

/* Zeroed it is: nothing found, nothing known. */
struct kh_search_report {
	uint64_t size;
	uint8_t sha256[32];
	enum kh_document_format format; /* of the file */
	enum kh_charset charset;        /* in which most of its Vietnamese letters are written; of the document with the level, where there is one */
	bool charset_known, mixed;      /* there are such letters; more than a tenth of them are in others */
	enum kh_search_state state;
	enum kh_secrecy_level level; /* the highest of all documents in the file */
	uint8_t confidence;
	bool inside; /* that document is one inside the file */
	struct kh_search_mark marks[KH_SEARCH_MAX_MARKS];
	size_t mark_count;
	struct kh_search_gap gaps[KH_SEARCH_MAX_GAPS]; /* each kind once */
	size_t gap_count;
};
void kh_search_report_done(struct kh_search_report *r);
#define kh_auto_search_report KH_CLEANUP(kh_search_report_done)

void kh_search_report_gap(struct kh_search_report *r, enum kh_gap_kind kind, bool inside);

/* "unicode", "tcvn3" … "mixed"; NULL: there are no letters but those of ASCII. */
const char *kh_search_encoding(const struct kh_search_report *r);
