/* Drawings in the binary files of Office: records, and what the options of a shape say of it. Source: [MS-ODRAW]. */
#pragma once

#include "base/cursor.h"

/* The header of a record: true for a whole header; the size may pass the end. */
struct kh_art_record {
	unsigned version, instance, type;
	uint32_t size;
};
bool kh_art_take(struct kh_cursor *c, struct kh_art_record *ret) KH_MUST_USE;

enum {
	KH_ART_CONTAINER = 0xf, /* version of records that hold records */
	KH_ART_DRAWING = 0xf002,
	KH_ART_SHAPE = 0xf004,
	KH_ART_SHAPE_ID = 0xf00a,
	KH_ART_OPTIONS = 0xf00b,
};

struct kh_art_options {
	bool line_said, line; /* around it */
	bool red;             /* filled with it */
	struct kh_cursor words, font; /* of WordArt, UTF-16; empty: none */
};

/* What a record of options (KH_ART_OPTIONS, with so many of them) says; the rest of *ret stays. */
void kh_art_read_options(struct kh_cursor body, unsigned count, struct kh_art_options *ret);
