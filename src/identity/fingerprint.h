/* What tells this machine from a copy of its disk (docs/protocol.md): SHA-256 over a text of what belongs to the machine rather than to the disk, so
 * far as it exists, one line each, in this order:
 *
 *     machine=<machine-id>          goes along with a copied disk, but not with a machine set up anew
 *     product=<DMI product UUID>    only root may read it
 *     mac=<permanent address>       of every physical interface, sorted
 *
 * The text is kept beside the hash (in identity.json): a changed hash alone cannot tell a cloned disk from a machine that got a network card. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

#define KH_FINGERPRINT_SIZE 65     /* hex with the NUL */
#define KH_FINGERPRINT_MAX_MACS 64 /* more are left out: no machine of ours has so many cards */

struct kh_fingerprint {
	char hex[KH_FINGERPRINT_SIZE];
	char *parts; /* the text */
};
void kh_fingerprint_done(struct kh_fingerprint *f);
#define kh_auto_fingerprint KH_CLEANUP(kh_fingerprint_done)

/* Of a text that was kept. */
void kh_fingerprint_of(const char *parts, struct kh_fingerprint *ret);

/* Measures this machine. `root` is "" or, for tests, a directory with etc/ and sys/ like the system's. */
int kh_fingerprint_measure(const char *root, struct kh_fingerprint *ret) KH_MUST_USE;

/* Is the machine that was known the one that is here now? Yes when the hash is the same, and when the known parts (which must fit the known hash) show that only
 * something was added, taken out or unreadable: no product UUID that differs, and a network card or, where there is none to compare, a machine-id in
 * common. Equal product UUIDs alone are no proof: whole series of boards carry one. */
bool kh_fingerprint_same_machine(const struct kh_fingerprint *known, const struct kh_fingerprint *now) KH_MUST_USE;
