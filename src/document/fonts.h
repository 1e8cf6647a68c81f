/* The letters of a document: a font as wide as Times New Roman that has all Vietnamese letters, and the size and weight of every face of form.h. One is made for each document:
 * Pango's objects belong to one thread. */
#pragma once

#include "document/form.h"
#include "document/paper.h"

#include "base/attr.h"

#include <pango/pangocairo.h>

#define KH_PT_PER_MM (72.0 / 25.4)

struct kh_fonts {
	PangoFontMap *map;
	PangoContext *context;
	PangoFontDescription *faces[KH_FACES];
};

/* KH_E_NOT_FOUND when the system has no such font (Debian: fonts-liberation2; Liberation 1 has no Vietnamese). */
int kh_fonts_new(struct kh_fonts *ret) KH_MUST_USE;
void kh_fonts_done(struct kh_fonts *fonts);
#define kh_auto_fonts KH_CLEANUP(kh_fonts_done)

/* A paragraph within a width in points (0: one line as wide as it will be); the lead is bold. Freed by g_object_unref(). */
PangoLayout *kh_fonts_layout(const struct kh_fonts *fonts, enum kh_face face, const char *lead, const char *text, double width_pt);

/* Width of one line, in millimetres. */
double kh_fonts_width_mm(const struct kh_fonts *fonts, enum kh_face face, const char *text);

/* Widths of a table's columns, in millimetres: by their shares, but no column so narrow that a word of its head, or a short text of a centred column, has to be broken. `ret`: one for each
 * column. */
void kh_fonts_columns(const struct kh_fonts *fonts, const struct kh_paper_table *table, double width_mm, double side_mm, double *ret);
