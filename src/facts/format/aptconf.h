/* apt's configuration (apt.conf(5)): `A::B "value";` and `A { B "value"; };`, remarks with //, # and C's. Only single values are kept. */
#pragma once

#include "base/attr.h"

#include <stddef.h>

/* The last value set for a name ("APT::Periodic::Unattended-Upgrade"), in new memory, or NULL. Names are compared without case. Text that is
 * not well formed is read as far as it makes sense. */
char *kh_apt_conf_get(const char *text, size_t n, const char *name) KH_MUST_USE;
