#include "facts/apt_lists.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/dates.h"
#include "facts/format/deb822.h"
#include "facts/format/debversion.h"
#include "facts/format/packed.h"
#include "facts/limits.h"
#include "facts/name_index.h"
#include "facts/tree.h"
#include "os/file.h"

#define LISTS "/var/lib/apt/lists"

enum { ORIGIN, LABEL, SUITE, CODENAME, DATE, NOT_AUTOMATIC, BUT_AUTOMATIC };
static const char *const release_fields[] = {"Origin", "Label", "Suite", "Codename", "Date", "NotAutomatic", "ButAutomaticUpgrades", NULL};

enum { PACKAGE, VERSION, ARCHITECTURE, SOURCE };
static const char *const list_fields[] = {"Package", "Version", "Architecture", "Source", NULL};

void kh_apt_releases_done(struct kh_apt_releases *releases)
{
	kh_array_each(releases, r) {
		free(r->prefix);
		free(r->origin);
	}
	kh_array_done(releases);
}

static bool security_suite(const char *suite)
{
	return suite && (kh_ends_with(suite, "-security") || kh_ends_with(suite, "/updates"));
}

static struct kh_apt_release release_of(const struct kh_deb822 *d, char *prefix)
{
	const char *origin = kh_deb822_get(d, ORIGIN), *label = kh_deb822_get(d, LABEL), *date = kh_deb822_get(d, DATE);
	struct kh_apt_release release = {
		.prefix = prefix,
		.date_s = -1,
		.security = kh_streq(label, "Debian-Security") || security_suite(kh_deb822_get(d, SUITE)) || security_suite(kh_deb822_get(d, CODENAME)),
		.not_automatic = kh_streq(kh_deb822_get(d, NOT_AUTOMATIC), "yes"),
		.but_automatic = kh_streq(kh_deb822_get(d, BUT_AUTOMATIC), "yes"),
	};
	if (origin && *origin)
		release.origin = kh_strdup(origin);
	else if (label && *label)
		release.origin = kh_strdup(label);
	else
		release.origin = kh_strndup(prefix, strcspn(prefix, "_"));
	if (date)
		kh_ignore(kh_date_mail(date, &release.date_s));
	return release;
}

/* The paragraph with a Date is the release; the armour around a signed one comes before it. */
static int read_release(int root, const char *name, size_t prefix_length, struct kh_apt_releases *releases)
{
	kh_auto_fd int fd = -1;
	kh_auto_free char *path = kh_format(LISTS "/%s", name);
	int r = kh_tree_open(root, path, &fd);
	if (r < 0)
		return r;
	kh_auto_lines struct kh_lines lines = {.fill = kh_lines_fd, .source = &fd, .max_bytes = KH_FACTS_MAX_FILE};
	kh_auto_deb822 struct kh_deb822 d = {0};
	kh_deb822_init(&d, &lines, release_fields);
	for (bool found = true; found;) {
		r = kh_deb822_next(&d, &found);
		if (r < 0)
			return kh_fail_in(r, "%s", path);
		if (found && (kh_deb822_get(&d, DATE) || kh_deb822_get(&d, SUITE) || kh_deb822_get(&d, ORIGIN))) {
			kh_array_push(releases, release_of(&d, kh_strndup(name, prefix_length)));
			return 0;
		}
	}
	return 0;
}

int kh_apt_releases_read(int root_fd, struct kh_apt_releases *ret)
{
	kh_auto_names struct kh_names names = {0};
	int r = kh_tree_list(root_fd, LISTS, &names);
	if (r < 0)
		return r;
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.v[i];
		size_t length = strlen(name);
		if (kh_ends_with(name, "_InRelease"))
			kh_ignore(read_release(root_fd, name, length - strlen("InRelease"), ret));
		else if (kh_ends_with(name, "_Release"))
			kh_ignore(read_release(root_fd, name, length - strlen("Release"), ret));
	}
	return 0;
}

/* ---- what a list says of one package ---- */

static void keep_higher(char **version, char **origin, const char *candidate, const char *from)
{
	if (*version && kh_deb_version_compare(candidate, *version) <= 0)
		return;
	free(*version);
	*version = kh_strdup(candidate);
	if (origin) {
		free(*origin);
		*origin = kh_strdup(from);
	}
}

/* Which of several repositories is named as the origin: one that offers this very version, then an ordinary one, then any that offers the package, then
 * one that offers another package of its source. The first of equals stays. */
static void note_origin(struct kh_offer *offer, const struct kh_apt_release *release, bool named, bool exact)
{
	int rank = 1 + 4 * exact + 2 * (named && !release->not_automatic) + named;
	offer->exact |= exact;
	if (rank <= offer->rank)
		return;
	free(offer->origin);
	offer->origin = kh_strdup(release->origin);
	offer->rank = rank;
}

static void take_offer(struct kh_package *p, const char *version, const struct kh_apt_release *release)
{
	struct kh_offer *offer = &p->offer;
	bool exact = kh_streq(version, p->version);
	note_origin(offer, release, true, exact);
	if (!release->not_automatic)
		keep_higher(&offer->best, &offer->best_origin, version, release->origin);
	else if (release->but_automatic)
		keep_higher(&offer->extra, &offer->extra_origin, version, release->origin);
	offer->extra_exact |= exact && release->not_automatic && release->but_automatic;
	if (release->security)
		keep_higher(&offer->security, NULL, version, NULL);
}

struct scan {
	struct kh_installed *installed;
	struct kh_name_index names, sources;
};

static bool arch_fits(const struct kh_package *p, const char *arch)
{
	return !arch || !p->arch || kh_streq(arch, "all") || kh_streq(p->arch, "all") || kh_streq(arch, p->arch);
}

static void take_paragraph(const struct kh_deb822 *d, const struct scan *scan, const struct kh_apt_release *release)
{
	const char *name = kh_deb822_get(d, PACKAGE), *version = kh_deb822_get(d, VERSION), *source = kh_deb822_get(d, SOURCE);
	if (!name || !version)
		return;
	size_t length = strlen(name), source_length = source ? strcspn(source, " (") : length;
	const char *arch = kh_deb822_get(d, ARCHITECTURE);
	for (size_t i = kh_name_index_first(&scan->names, name, length); i != KH_NO_NAME; i = kh_name_index_next(&scan->names, i, name, length))
		if (arch_fits(&scan->installed->v[i], arch))
			take_offer(&scan->installed->v[i], version, release);
	for (size_t i = kh_name_index_first(&scan->sources, source ? source : name, source_length); i != KH_NO_NAME;
	     i = kh_name_index_next(&scan->sources, i, source ? source : name, source_length))
		if (!scan->installed->v[i].offer.origin)
			note_origin(&scan->installed->v[i].offer, release, false, false);
}

static int read_list(int root, const char *name, const struct scan *scan, const struct kh_apt_release *release)
{
	kh_auto_fd int fd = -1;
	kh_auto_packed struct kh_packed *packed = NULL;
	kh_auto_free char *path = kh_format(LISTS "/%s", name);
	int r = kh_tree_open(root, path, &fd);
	if (r == 0)
		r = kh_packed_open(fd, &packed);
	if (r < 0)
		return kh_fail_in(r, "%s", path);
	kh_auto_lines struct kh_lines lines = {.fill = kh_packed_fill, .source = packed, .max_bytes = KH_FACTS_MAX_LIST_BYTES};
	kh_auto_deb822 struct kh_deb822 d = {0};
	kh_deb822_init(&d, &lines, list_fields);
	size_t packages = 0;
	for (bool found = true; found;) {
		r = kh_deb822_next(&d, &found);
		if (r < 0)
			return kh_fail_in(r, "%s", path);
		if (found) {
			packages += kh_deb822_get(&d, PACKAGE) != NULL;
			take_paragraph(&d, scan, release);
		}
	}
	return lines.bytes && !packages ? kh_fail(KH_E_SYNTAX, "%s: no package in it", path) : 0;
}

/* "…_binary-amd64_Packages.lz4", and "…_Packages" of a flat repository. */
static bool is_list(const char *name)
{
	const char *packages = strstr(name, "_Packages");
	return packages && (packages[strlen("_Packages")] == '\0' || packages[strlen("_Packages")] == '.');
}

/* The release whose prefix is the longest that fits; for a list without one, what its name tells. */
static const struct kh_apt_release *release_for(const struct kh_apt_releases *releases, const char *name)
{
	const struct kh_apt_release *best = NULL;
	for (size_t i = 0; i < releases->n; i++)
		if (kh_starts_with(name, releases->v[i].prefix) && (!best || strlen(releases->v[i].prefix) > strlen(best->prefix)))
			best = &releases->v[i];
	return best;
}

static void read_lists(int root, const struct kh_apt_releases *releases, const struct scan *scan)
{
	kh_auto_names struct kh_names names = {0};
	if (kh_tree_list(root, LISTS, &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		if (!is_list(names.v[i]))
			continue;
		kh_auto_free char *host = kh_strndup(names.v[i], strcspn(names.v[i], "_"));
		struct kh_apt_release unsaid = {.prefix = host, .origin = host, .date_s = -1};
		const struct kh_apt_release *release = release_for(releases, names.v[i]);
		int r = read_list(root, names.v[i], scan, release ? release : &unsaid);
		if (r == 0)
			scan->installed->offers_known = true;
		else if (!scan->installed->detail)
			scan->installed->detail = kh_strdup(kh_fail_detail());
	}
}

void kh_apt_offers_read(int root_fd, struct kh_installed *installed)
{
	kh_auto_apt_releases struct kh_apt_releases releases = {0};
	struct scan scan = {.installed = installed};
	if (installed->offers_loaded || !installed->dpkg)
		return;
	installed->offers_loaded = true;
	if (kh_apt_releases_read(root_fd, &releases) < 0)
		return;
	for (size_t i = 0; i < installed->n; i++) {
		if (!kh_streq(installed->v[i].format, "dpkg"))
			continue;
		kh_name_index_add(&scan.names, installed->v[i].name, i);
		kh_name_index_add(&scan.sources, installed->v[i].source, i);
	}
	read_lists(root_fd, &releases, &scan);
	kh_name_index_done(&scan.names);
	kh_name_index_done(&scan.sources);
}

static bool newer(const char *version, const char *than)
{
	return version && kh_deb_version_compare(version, than) > 0;
}

const char *kh_apt_candidate(const struct kh_package *p, const char **ret_origin)
{
	const struct kh_offer *offer = &p->offer;
	bool served = offer->best && kh_deb_version_compare(offer->best, p->version) >= 0;
	if (newer(offer->best, p->version)) {
		*ret_origin = offer->best_origin;
		return offer->best;
	}
	if (!served && newer(offer->extra, p->version)) {
		*ret_origin = offer->extra_origin;
		return offer->extra;
	}
	return NULL;
}

const char *kh_apt_security_fix(const struct kh_package *p)
{
	return newer(p->offer.security, p->version) ? p->offer.security : NULL;
}
