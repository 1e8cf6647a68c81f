/* For tests of whole scans only: a folder of files, a scan of it by the real workers, and what came out as text. */
#pragma once

#include "scan/scan.h"

#include <stddef.h>

#define EICAR "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-" "FILE!$H+H*"
#define PATTERN(tail) "KHIEN-HARMLESS-TEST-" tail

extern char test_top[];    /* the folder */
extern char *test_shipped; /* the rules that are shipped */
int test_setup(void **state);
int test_teardown(void **state);

void test_fresh(void); /* empties the folder */
void test_put(const char *name, const char *text);
void test_put_bytes(const char *name, const void *bytes, size_t n);

struct test_lines {
	char **v;
	size_t n, cap;
};
int test_by_text(const void *a, const void *b); /* for qsort */

struct test_outcome {
	struct kh_scan_summary summary;
	char *text; /* sorted lines: "infected /name rule@member,… (reason)" */
	int error;
};
/* What the options leave open: the folder, the shipped rules, the real workers, two of them. */
struct test_outcome test_scan(struct kh_scan_options options);
void test_outcome_done(struct test_outcome *o);
#define auto_outcome KH_CLEANUP(test_outcome_done)

/* By these signatures, which stand beside the folder; lent until the next call. */
struct kh_scan_options test_with_signatures(const char *text);
#define HEX_OF_FIND_ME "66696e642d6d652d68657265" /* "find-me-here" */
