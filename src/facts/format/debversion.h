/* Order of Debian versions, [epoch:]upstream[-revision]: deb-version(7), Debian Policy 5.6.12. */
#pragma once

#include "base/attr.h"

/* <0, 0, >0 as a is older than, equal to, newer than b. Any text has a place in the order; a version without epoch has epoch 0, one without
 * revision is equal to the same with revision "0". */
int kh_deb_version_compare(const char *a, const char *b) KH_PURE;
