/* Where demonstration data is made: beside the data directory, as DATA.demo-unfinished, and renamed when it is whole. So a data directory has all of it or none, whatever happens
 * meanwhile; what a run left that could not tidy up (kill -9, power) is found by its name at the next start. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

struct kh_demo_place {
	char *data;        /* without a slash at its end */
	char *dir;         /* to make it in; NULL: none */
	int lock;          /* of the directory */
	bool left;         /* an earlier run had left one: it was removed */
};
#define KH_DEMO_PLACE_NONE ((struct kh_demo_place){.lock = -1})

/* Makes the directory, with the owner of the data directory when that is there. KH_E_EXISTS: the data directory holds something. KH_E_IN_USE: another run is at work. */
int kh_demo_place_begin(const char *data, struct kh_demo_place *ret) KH_MUST_USE;

/* It is whole: it becomes the data directory. Nothing may be open in it. */
int kh_demo_place_end(struct kh_demo_place *place) KH_MUST_USE;

/* Removes what is not whole. */
void kh_demo_place_done(struct kh_demo_place *place);
#define kh_auto_demo_place KH_CLEANUP(kh_demo_place_done)

/* Is there one that a run left for this data directory? */
bool kh_demo_place_is_left(const char *data);
