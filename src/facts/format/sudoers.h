/* Who may do everything by sudo: the user specifications of sudoers(5) whose command list holds ALL without a "!" before it. User aliases are followed; host
 * and run-as lists, tags and defaults are not looked at. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct kh_sudoers {
	char **v; /* "name", "%group", "#1000", "%#27", "ALL", or a user alias */
	size_t n, cap;
	struct kh_sudoers_alias {
		char *name, *members; /* members separated by commas */
	} *aliases;
	size_t aliases_n, aliases_cap;
};

/* Adds what n bytes of a file say. *include is called with the path of each @include, #include, @includedir (path with "/" at its end); NULL: they
 * are skipped. KH_E_TOO_LARGE past KH_FACTS_MAX_ENTRIES. */
int kh_sudoers_parse(const char *text, size_t n, struct kh_sudoers *s, int (*include)(void *arg, const char *path), void *arg) KH_MUST_USE;
void kh_sudoers_done(struct kh_sudoers *s);
#define kh_auto_sudoers KH_CLEANUP(kh_sudoers_done)

/* Calls `is` with each who is allowed everything, aliases resolved, until it says true. */
bool kh_sudoers_any(const struct kh_sudoers *s, bool (*is)(void *arg, const char *who), void *arg);
