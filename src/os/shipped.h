/* Where the files are that come with the programs: rules, packs, the console. */
#pragma once

#include "base/attr.h"

/* For the running program DIR/khien…: "DIR/../share/khien/SHARE" as the packages have it, in /usr, in /usr/local or in an unpacked archive; where that is not, "TREE/CHECKOUT" of the
 * tree above that the program was built in. When there is neither: where a package would have put it, so that a message names the usual place. New memory. */
int kh_shipped(const char *share, const char *checkout, char **ret) KH_MUST_USE;
