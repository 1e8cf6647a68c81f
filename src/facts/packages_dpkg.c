/* dpkg: /var/lib/dpkg/status (deb822; dpkg-query(1) for the states), /var/lib/apt/extended_states for what came along automatically. The day of
 * installation is the modification of the package's list of files. */
#include "facts/installed.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "facts/format/deb822.h"
#include "facts/limits.h"
#include "facts/tree.h"
#include "os/file.h"

enum { PACKAGE, STATUS, VERSION, ARCHITECTURE, SOURCE, MAINTAINER, SECTION, INSTALLED_SIZE };
static const char *const status_fields[] = {"Package", "Status", "Version", "Architecture", "Source", "Maintainer", "Section", "Installed-Size", NULL};

/* "want flag state": its files are there, be it only half set up. */
static bool is_installed(const char *status, bool *ret_held)
{
	const char *state = strrchr(status, ' ');
	static const char *const present[] = {"installed", "triggers-pending", "triggers-awaited", "half-configured", "unpacked"};
	*ret_held = kh_starts_with(status, "hold ");
	for (size_t i = 0; state && i < KH_COUNT(present); i++)
		if (kh_streq(state + 1, present[i]))
			return true;
	return false;
}

/* "glibc (2.36-9)" → name and version; without parentheses the version is the package's own. */
static void split_source(const char *text, const char *name, const char *version, char **ret_source, char **ret_version)
{
	const char *open = text ? strchr(text, '(') : NULL;
	size_t length = text ? strcspn(text, " (") : 0;
	*ret_source = length ? kh_strndup(text, length) : kh_strdup(name);
	*ret_version = open ? kh_strndup(open + 1, strcspn(open + 1, ")")) : kh_strdup(version);
}

static int64_t installed_on(int root, const char *name, const char *arch)
{
	struct kh_tree_stat st = {0};
	kh_auto_free char *plain = kh_format("/var/lib/dpkg/info/%s.list", name);
	kh_auto_free char *with_arch = kh_format("/var/lib/dpkg/info/%s:%s.list", name, arch ? arch : "");
	if (strchr(name, '/'))
		return -1;
	return kh_tree_lstat(root, plain, &st) || kh_tree_lstat(root, with_arch, &st) ? st.modified_s : -1;
}

static void take_package(int root, const struct kh_deb822 *d, struct kh_installed *installed)
{
	const char *name = kh_deb822_get(d, PACKAGE), *status = kh_deb822_get(d, STATUS), *version = kh_deb822_get(d, VERSION);
	bool held = false;
	int64_t size_kib = -1;
	if (!name || !*name || !status || !version || !is_installed(status, &held))
		return;
	struct kh_package p = {
		.format = "dpkg",
		.name = kh_strdup(name),
		.version = kh_strdup(version),
		.arch = kh_strdup(kh_deb822_get(d, ARCHITECTURE)),
		.vendor = kh_strdup(kh_deb822_get(d, MAINTAINER)),
		.section = kh_strdup(kh_deb822_get(d, SECTION)),
		.size_bytes = -1,
		.automatic = KH_UNKNOWN,
		.held = held,
	};
	split_source(kh_deb822_get(d, SOURCE), name, version, &p.source, &p.source_version);
	p.installed_s = installed_on(root, name, p.arch);
	if (kh_parse_int(kh_deb822_get(d, INSTALLED_SIZE), 0, INT64_MAX / 1024, &size_kib))
		p.size_bytes = size_kib * 1024;
	kh_array_push(installed, p);
}

/* Calls `take` for each paragraph of a file. */
static int each_paragraph(int root, const char *path, const char *const *fields, struct kh_installed *installed,
			  void (*take)(int, const struct kh_deb822 *, struct kh_installed *))
{
	kh_auto_fd int fd = -1;
	int r = kh_tree_open(root, path, &fd);
	if (r < 0)
		return r;
	kh_auto_lines struct kh_lines lines = {.fill = kh_lines_fd, .source = &fd, .max_bytes = KH_FACTS_MAX_LIST_BYTES};
	kh_auto_deb822 struct kh_deb822 d = {0};
	kh_deb822_init(&d, &lines, fields);
	for (bool found = true; found;) {
		r = kh_deb822_next(&d, &found);
		if (r < 0)
			return kh_fail_in(r, "%s", path);
		if (found)
			take(root, &d, installed);
		if (installed->n > KH_MAX_FACT_ROWS)
			return kh_fail(KH_E_TOO_LARGE, "%s: more than %d packages", path, KH_MAX_FACT_ROWS);
	}
	return 0;
}

/* extended_states lists what apt installed by itself; what it does not name was asked for. */
static void take_automatic(int root, const struct kh_deb822 *d, struct kh_installed *installed)
{
	const char *name = kh_deb822_get(d, 0), *automatic = kh_deb822_get(d, 1), *arch = kh_deb822_get(d, 2);
	(void)root;
	if (!name || !automatic)
		return;
	const struct kh_package *first = kh_installed_find(installed, name), *end = installed->v + installed->n;
	for (struct kh_package *p = first ? installed->v + (first - installed->v) : NULL; p && p < end && kh_streq(p->name, name); p++)
		if (!arch || !p->arch || kh_streq(p->arch, arch) || kh_streq(p->arch, "all"))
			p->automatic = kh_streq(automatic, "1") ? KH_YES : KH_NO;
}

static void mark_automatic(int root, struct kh_installed *installed)
{
	static const char *const fields[] = {"Package", "Auto-Installed", "Architecture", NULL};
	if (!kh_tree_exists(root, "/var/lib/apt/extended_states"))
		return;
	for (size_t i = 0; i < installed->n; i++)
		installed->v[i].automatic = KH_NO;
	kh_ignore(each_paragraph(root, "/var/lib/apt/extended_states", fields, installed, take_automatic));
}

int kh_packages_dpkg(int root_fd, struct kh_installed *installed)
{
	int r = each_paragraph(root_fd, "/var/lib/dpkg/status", status_fields, installed, take_package);
	if (r == KH_E_NOT_FOUND)
		return 0;
	if (r == 0 && !installed->n)
		r = kh_fail(KH_E_SYNTAX, "/var/lib/dpkg/status: no installed package in it");
	if (r < 0)
		return r;
	installed->dpkg = true;
	kh_installed_sort(installed);
	mark_automatic(root_fd, installed);
	return 0;
}
