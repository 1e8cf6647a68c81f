/* Text from outside on its way to paper: what machines and people typed must neither break the file nor the reader's eye. */
#pragma once

#include "base/attr.h"

#include <stddef.h>

/* Gives the text as NFC with
 *     bytes that are not UTF-8               → U+FFFD
 *     control characters, noncharacters      left away (a tab becomes a blank; a line end stays)
 *     marks that turn the direction of text  left away: "exe.cod" must not read "doc.exe"
 * and what is longer than KH_PAPER_TEXT bytes cut at a character, with "…". NULL gives "". New memory. */
char *kh_paper_clean(const char *text) KH_MUST_USE;

/* In capitals: "Ủy ban" → "ỦY BAN". For cleaned text; new memory. */
char *kh_paper_capitals(const char *text) KH_MUST_USE;
