/* Forms that a text may be asked to have: an address, a number, a name on the network. */
#pragma once

#include "gen/registers.h"

#include <stdbool.h>

bool kh_form_fits(enum kh_text_form form, const char *text);

/* What is expected, for kh_words(): "an e-mail address". */
const char *kh_form_expected(enum kh_text_form form);
