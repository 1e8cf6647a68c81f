/* How this machine introduces itself to the server. */
#pragma once

#include "base/attr.h"

/* "Debian GNU/Linux 12 (bookworm)": PRETTY_NAME of os-release(5), else the kernel's name and release. At most 200 bytes, new memory. `root` as in
 * kh_fingerprint_measure(). */
char *kh_machine_os_name(const char *root) KH_MUST_USE;
