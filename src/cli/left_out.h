/* What of the rules, signatures and lists could not be used: a line each, in the user's language. */
#pragma once

#include "base/i18n.h"
#include "malware/problems.h"

#include <stdio.h>

/* The first `most` of them; the others are counted. */
void kh_say_left_out(FILE *to, enum kh_language l, const struct kh_rule_problems *problems, size_t most);
