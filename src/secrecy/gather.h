/* The lines of a document → what is seen in them (evidence.h): each line is read piece by piece (match.h), and what stands near what is noted as the lines come, in the order of reading and, on a page with a layout, by their places. */
#pragma once

#include "secrecy/evidence.h"

void kh_gather_line(struct kh_evidence *s, const struct kh_document_line *line);

/* Frees the texts that were kept. */
void kh_gather_done(struct kh_evidence *s);
