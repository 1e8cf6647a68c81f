/* Lists of rpm repositories that dnf and zypper keep on disk. */
#pragma once

#include "facts/tree.h"

/* Paths of the repomd.xml of each repository; none when nothing was fetched yet. */
void kh_rpm_lists(int root_fd, struct kh_names *ret);

/* When the newest of them was made; false when none says. */
bool kh_rpm_lists_made(int root_fd, const struct kh_names *lists, int64_t *ret_s);
