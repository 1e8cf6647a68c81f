/* What starts by itself on a system, as paths to be looked at: the folders and files that say what starts, the programs and scripts that they name, and the kernel's
 * loaded modules. Read as facts are: below a root, in the collector. Too much rather than too little: every path of a regular file that stands in such
 * a file counts, whatever the line does with it. */
#pragma once

#include "base/attr.h"
#include "facts/tree.h"

#define KH_AUTOSTART_MAX 50000 /* paths; a desktop has some thousand */

/* Sorted, each once; all are absolute and were there. KH_E_TOO_LARGE past KH_AUTOSTART_MAX. */
int kh_autostart_read(int root_fd, struct kh_names *ret) KH_MUST_USE;
