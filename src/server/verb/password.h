/* A password typed by a person (not shown, asked for twice) or given on standard input (its first line). Never from arguments: those can be seen
 * by every user of the machine. */
#pragma once

#include "base/attr.h"
#include "base/i18n.h"

/* New memory; "" when the line is empty. KH_E_USAGE: the two are not the same, or it was broken off. KH_E_TOO_LARGE. */
int kh_password_ask(enum kh_language language, const char *user_name, char **ret) KH_MUST_USE;
