/* What a file is besides its content: owner, rights, times, extended attributes (ACLs and capabilities are such), the flags of chattr. */
#pragma once

#include "base/attr.h"
#include "scan/quarantine.h"

#include <stdbool.h>
#include <sys/stat.h>

/* Fills the fields of the entry that say so, from a descriptor. What this user may not see (`trusted.…` without root) is not there. */
void kh_attributes_read(int fd, const struct stat *st, struct kh_quarantine_entry *e);

/* Gives a file everything but its flags: with one of these it could get no name. Owner before the rest (a change of owner clears set-uid and capabilities), times last. */
int kh_attributes_set(int fd, const struct kh_quarantine_entry *e) KH_MUST_USE;
int kh_attributes_set_flags(int fd, const struct kh_quarantine_entry *e) KH_MUST_USE;

/* Takes the flags away that forbid removing (immutable, append-only); *ret says whether there were any. KH_E_PERMISSION: only root may. */
int kh_attributes_thaw(int fd, const struct kh_quarantine_entry *e, bool *ret) KH_MUST_USE;
