/* Software known to the package systems of a tree: dpkg, rpm, snap and flatpak, in one list. The tables packages, updates, protection, remote_tools and
 * backups read it. */
#pragma once

#include "base/attr.h"
#include "facts/rows.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the repositories on disk offer for an installed package (apt only). Owned by the package. */
struct kh_offer {
	char *origin;           /* of a repository that offers it, or another package of the same source; NULL when none does */
	bool exact;             /* some repository offers the installed version */
	int rank;               /* how well that repository answers for it; 0: not at all */
	char *best, *best_origin;       /* highest version of the ordinary repositories */
	char *extra, *extra_origin;     /* highest of those used only when nothing else serves (backports) */
	bool extra_exact;               /* the installed version is offered there */
	char *security;                 /* highest version of security repositories */
};

struct kh_package {
	const char *format; /* "dpkg", "rpm", "snap", "flatpak" */
	char *name, *version, *arch, *source, *source_version, *vendor, *licence, *section;
	char *origin; /* when the package system knows it by itself; else NULL, and `offer` counts */
	bool origin_known;
	int64_t size_bytes, installed_s; /* -1: not known */
	enum kh_maybe automatic;
	bool held;
	struct kh_offer offer;
};

struct kh_installed {
	struct kh_package *v; /* sorted by name */
	size_t n, cap;
	bool dpkg, rpm;       /* that package system is there and was read */
	int error;            /* of a package system that is there and could not be read (KH_E_*), its detail in `detail` */
	char *detail;
	bool offers_known;    /* kh_apt_lists_read() found lists */
	bool offers_loaded;
};

/* Reads all of them; what is not there adds nothing. */
void kh_installed_read(int root_fd, struct kh_installed *ret);
void kh_installed_done(struct kh_installed *installed);

/* 0 when a package system could be read; else why not (KH_E_NOT_FOUND: there is none). */
int kh_installed_check(const struct kh_installed *installed) KH_MUST_USE;

/* By name, which may end with '*'; NULL when none is installed. */
const struct kh_package *kh_installed_find(const struct kh_installed *installed, const char *name);

/* By name, then architecture: what kh_installed_find() needs. kh_installed_read() does it at the end. */
void kh_installed_sort(struct kh_installed *installed);

/* One package system each: 0 when it is not there. */
int kh_packages_dpkg(int root_fd, struct kh_installed *installed) KH_MUST_USE;
int kh_packages_rpm(int root_fd, struct kh_installed *installed) KH_MUST_USE;
int kh_packages_bundles(int root_fd, struct kh_installed *installed) KH_MUST_USE; /* snap, flatpak */
