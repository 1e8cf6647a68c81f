/* PAM service files (pam.d(5)): "type control module arguments…", "@include file", and include/substack lines. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_pam_type { KH_PAM_AUTH, KH_PAM_ACCOUNT, KH_PAM_PASSWORD, KH_PAM_SESSION, KH_PAM_EVERY };

struct kh_pam_line {
	enum kh_pam_type type;
	char *module;    /* without folder and ".so": "pam_unix" */
	char *arguments; /* separated by a blank */
};

struct kh_pam_stack {
	struct kh_pam_line *v;
	size_t n, cap;
};

/* Adds the lines of one file that are of `type` (or KH_PAM_EVERY: all). `include` is called for a file drawn in, with the type it is drawn in for. */
int kh_pam_parse(const char *text, size_t n, enum kh_pam_type type, struct kh_pam_stack *stack,
		 int (*include)(void *arg, const char *file, enum kh_pam_type type), void *arg) KH_MUST_USE;
void kh_pam_done(struct kh_pam_stack *stack);
#define kh_auto_pam KH_CLEANUP(kh_pam_done)

/* First line with this module in a stack of one type; NULL when there is none. */
const struct kh_pam_line *kh_pam_find(const struct kh_pam_stack *stack, enum kh_pam_type type, const char *module);

/* "nullok" is there; "minlen=12" gives 12, or its text. `line` may be NULL: nothing is there. */
bool kh_pam_has(const struct kh_pam_line *line, const char *argument);
bool kh_pam_int(const struct kh_pam_line *line, const char *name, int64_t *ret);
bool kh_pam_text(const struct kh_pam_line *line, const char *name, char *ret, size_t size);
