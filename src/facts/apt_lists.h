/* apt's package lists on disk (/var/lib/apt/lists): which repository offers what. Plain or compressed (lz4, gzip, xz, bzip2, zstd).
 *
 * How a version is chosen: the highest of all ordinary repositories; one marked NotAutomatic (experimental) does not count, and one that is also
 * ButAutomaticUpgrades (backports) only for packages that no ordinary repository serves as new as they are. The user's pins
 * (/etc/apt/preferences) and Ubuntu's phasing are ignored. A repository is a security repository when its Label is Debian-Security, or its suite or
 * code name ends with "-security" or "/updates". */
#pragma once

#include "base/attr.h"
#include "facts/installed.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_apt_release {
	char *prefix; /* of its files in the folder of lists */
	char *origin; /* Origin, else Label, else the host in the prefix */
	int64_t date_s; /* -1: not said */
	bool security, not_automatic, but_automatic;
};

struct kh_apt_releases {
	struct kh_apt_release *v;
	size_t n, cap;
};

/* The Release and InRelease files; KH_E_NOT_FOUND when there is no folder of lists. */
int kh_apt_releases_read(int root_fd, struct kh_apt_releases *ret) KH_MUST_USE;
void kh_apt_releases_done(struct kh_apt_releases *releases);
#define kh_auto_apt_releases KH_CLEANUP(kh_apt_releases_done)

/* Fills the `offer` of every dpkg package once, and installed->offers_known. A broken list is left out and named in installed->detail. */
void kh_apt_offers_read(int root_fd, struct kh_installed *installed);

/* The version apt would upgrade to, with its repository; NULL when the installed one stands. */
const char *kh_apt_candidate(const struct kh_package *p, const char **ret_origin);

/* The highest security version newer than the installed one; NULL when there is none. */
const char *kh_apt_security_fix(const struct kh_package *p);
