/* QR codes (ISO/IEC 18004, by libqrencode, error correction M) of enrolment links. Texts are new memory; KH_E_TOO_LARGE for a text that fits no code. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

/* For a dark or light terminal: two rows of the code in each line of half blocks (▀ ▄ █), with the quiet zone, light on dark. `colours`: says the colours
 * by escape codes, so that a terminal of any colour shows dark on light. */
int kh_qr_terminal(const char *text, bool colours, char **ret) KH_MUST_USE;

/* An <svg> element of one path, black on white; it scales. */
int kh_qr_svg(const char *text, char **ret) KH_MUST_USE;
