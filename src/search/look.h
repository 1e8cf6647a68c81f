/* One file's bytes → what is known of it: read as documents (document/read/), their lines looked at for marks (secrecy/). The whole of what a worker does; no I/O. */
#pragma once

#include "document/read/read.h"
#include "search/report.h"
#include "secrecy/secrecy.h"

struct kh_look {
	struct kh_document_options options;
	struct kh_secrecy *secrecy;
};

/* KH_E_… when a reader failed: then the report holds nothing. To be released in both cases. */
int kh_look_at(const struct kh_look *l, const void *bytes, size_t n, struct kh_search_report *ret) KH_MUST_USE;
