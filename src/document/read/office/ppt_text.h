/* The texts of PowerPoint's binary files: what is written, and how runs of it look; source: [MS-PPT] 2.9 (text). */
#pragma once

#include "base/cursor.h"
#include "document/read/reading.h"

struct kh_ppt_fonts {
	KH_ARRAY(char *) names;
};

/* A text being put together from records that follow each other. */
struct kh_ppt_text {
	struct kh_reading *r;
	const struct kh_ppt_fonts *fonts;
	struct kh_line_look look;
	const uint8_t *characters; /* NULL: none */
	size_t n;                  /* of them */
	bool wide;                 /* two bytes each; else the lower halves */
	const uint8_t *style;
	size_t style_size;
};

/* Gives out its lines, and forgets it. */
void kh_ppt_text_give(struct kh_ppt_text *t);
