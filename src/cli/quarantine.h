/* Where the quarantine of who runs this is. */
#pragma once

#include "base/attr.h"

/* Of the system for root, else of the user; new memory. KH_E_USAGE: this user has no home. */
int kh_quarantine_usual_folder(char **ret) KH_MUST_USE;
