/* What the running server cannot do by itself at present: jobs that failed the last time they ran, mail that has no server. In memory: it begins empty, and what is not mended is
 * there again soon. Shown by GET /api/v1/status and /metrics. Any thread. */
#pragma once

#include "base/array.h"
#include "base/attr.h"
#include "gen/codes.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_trouble {
	enum kh_server_trouble what;
	int error;
	char *detail; /* for the log: it may name what not every user may see */
	int64_t since_s, last_s, times;
};

struct kh_trouble_list {
	KH_ARRAY(struct kh_trouble) of;
};
void kh_trouble_list_done(struct kh_trouble_list *list);
#define kh_auto_trouble_list KH_CLEANUP(kh_trouble_list_done)

struct kh_troubles;
struct kh_troubles *kh_troubles_new(void) KH_MUST_USE;
void kh_troubles_free(struct kh_troubles *troubles); /* accepts NULL */

/* How it went just now: 0 ends the trouble, an error (with kh_fail_detail()) begins or renews it. True: it is new, or another one than before, or it has ended. */
bool kh_trouble_note(struct kh_troubles *troubles, enum kh_server_trouble what, int error, int64_t now_s);

/* What there is, the oldest first. */
void kh_troubles_list(struct kh_troubles *troubles, struct kh_trouble_list *ret);
