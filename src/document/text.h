/* A document as plain text (UTF-8), for a terminal and for search: what it says in the order it says it, tables as "column: value" lines. */
#pragma once

#include "base/buf.h"
#include "document/paper.h"

int kh_plain_write(const struct kh_paper *paper, struct kh_buf *out) KH_MUST_USE;
