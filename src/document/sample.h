/* Made-up documents for tests: each shows what a writer must get right. */
#pragma once

#include "document/paper.h"

/* "report": every part of form 1.4 with two annexes, one across the page · "letter": form 1.5, two receivers · "blank": nothing is known of the office ·
 * "hostile": texts that would break a file or a page · "long": an annex of 10,000 rows. NULL for another name. */
struct kh_paper *kh_sample_paper(const char *name) KH_MUST_USE;
