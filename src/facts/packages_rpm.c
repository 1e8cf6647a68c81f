/* rpm: the headers in rpmdb.sqlite (rpm 4.16 and later; its bdb and ndb databases are not supported), and dnf's history for the repository each package
 * came from (libdnf, transaction database 1.2). */
#include "facts/installed.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "facts/format/rpmheader.h"
#include "facts/sqlite.h"
#include "facts/tree.h"

static const char *const folders[] = {"/usr/lib/sysimage/rpm", "/var/lib/rpm"};

/* "bash-5.1.8-6.el9.src.rpm" → "bash", "5.1.8-6.el9" */
static void split_source(const char *file, struct kh_package *p)
{
	kh_auto_free char *text = kh_strdup(file);
	char *end = text ? strstr(text, ".src.rpm") : NULL;
	char *release = NULL, *version = NULL;
	if (!end)
		return;
	*end = '\0';
	release = strrchr(text, '-');
	if (!release)
		return;
	*release = '\0';
	version = strrchr(text, '-');
	*release = '-';
	if (!version)
		return;
	*version = '\0';
	p->source = kh_strdup(text);
	p->source_version = kh_strdup(version + 1);
}

static void add_header(const struct kh_rpm_header *h, struct kh_installed *installed)
{
	struct kh_package p = {
		.format = "rpm",
		.name = kh_strdup(h->name),
		.version = h->epoch > 0 ? kh_format("%lld:%s-%s", (long long)h->epoch, h->version, h->release) : kh_format("%s-%s", h->version, h->release),
		.arch = kh_strdup(h->arch),
		.vendor = kh_strdup(h->vendor),
		.licence = kh_strdup(h->licence),
		.section = kh_strdup(h->group),
		.size_bytes = h->size_bytes,
		.installed_s = h->install_s,
		.automatic = KH_UNKNOWN,
	};
	split_source(h->source_rpm, &p);
	kh_array_push(installed, p);
}

/* A header that cannot be read is left out, and said. */
static int take_header(sqlite3_stmt *statement, void *arg)
{
	struct kh_installed *installed = arg;
	struct kh_rpm_header h = {0};
	const void *blob = sqlite3_column_blob(statement, 0);
	int r = kh_rpm_header_parse(blob ? blob : "", (size_t)sqlite3_column_bytes(statement, 0), &h);
	if (installed->n == KH_MAX_FACT_ROWS)
		return kh_fail(KH_E_TOO_LARGE, "more than %d packages", KH_MAX_FACT_ROWS);
	if (r < 0 && !installed->detail)
		installed->detail = kh_strdup(kh_fail_detail());
	if (r == 0 && !kh_streq(h.name, "gpg-pubkey")) /* keys are kept as packages */
		add_header(&h, installed);
	return 0;
}

static bool install_action(int64_t action)
{
	return action == 1 || action == 2 || action == 4 || action == 6 || action == 9; /* install, downgrade, obsolete, upgrade, reinstall */
}

/* Rows come oldest first, so that the last one counts. */
static int take_history(sqlite3_stmt *statement, void *arg)
{
	struct kh_installed *installed = arg;
	const char *name = (const char *)sqlite3_column_text(statement, 0), *version = (const char *)sqlite3_column_text(statement, 1);
	const char *arch = (const char *)sqlite3_column_text(statement, 2), *repository = (const char *)sqlite3_column_text(statement, 3);
	int64_t reason = sqlite3_column_int64(statement, 5);
	if (!name || !version || !arch || !repository || !install_action(sqlite3_column_int64(statement, 4)))
		return 0;
	const struct kh_package *first = kh_installed_find(installed, name), *end = installed->v + installed->n;
	for (struct kh_package *p = first ? installed->v + (first - installed->v) : NULL; p && p < end && kh_streq(p->name, name); p++) {
		if (!kh_streq(p->version, version) || !kh_streq(p->arch, arch))
			continue;
		free(p->origin);
		p->origin = kh_strdup(*repository == '@' ? "" : repository); /* @commandline, @System: from no repository */
		p->origin_known = true;
		p->automatic = reason == 1 || reason == 4 ? KH_YES : reason == 2 || reason == 5 ? KH_NO : KH_UNKNOWN;
	}
	return 0;
}

static void read_history(int root, struct kh_installed *installed)
{
	static const char query[] =
		"SELECT r.name, CASE WHEN r.epoch > 0 THEN r.epoch || ':' ELSE '' END || r.version || '-' || r.release, r.arch, o.repoid, t.action, t.reason"
		" FROM trans_item t JOIN rpm r ON r.item_id = t.item_id JOIN repo o ON o.id = t.repo_id ORDER BY t.id";
	kh_auto_sqlite sqlite3 *db = NULL;
	if (kh_tree_sqlite(root, "/var/lib/dnf/history.sqlite", &db) == 0)
		kh_ignore(kh_sqlite_each(db, query, take_history, installed));
}

static int read_database(int root, const char *path, struct kh_installed *installed)
{
	kh_auto_sqlite sqlite3 *db = NULL;
	int r = kh_tree_sqlite(root, path, &db);
	if (r == 0)
		r = kh_sqlite_each(db, "SELECT blob FROM Packages", take_header, installed);
	if (r < 0)
		return kh_fail_in(r, "%s", path);
	installed->rpm = true;
	kh_installed_sort(installed);
	read_history(root, installed);
	return 0;
}

int kh_packages_rpm(int root_fd, struct kh_installed *installed)
{
	for (size_t i = 0; i < KH_COUNT(folders); i++) {
		kh_auto_free char *sqlite = kh_format("%s/rpmdb.sqlite", folders[i]);
		kh_auto_free char *bdb = kh_format("%s/Packages", folders[i]), *ndb = kh_format("%s/Packages.db", folders[i]);
		if (kh_tree_exists(root_fd, sqlite))
			return read_database(root_fd, sqlite, installed);
		if (kh_tree_exists(root_fd, bdb) || kh_tree_exists(root_fd, ndb))
			return kh_fail(KH_E_NOT_SUPPORTED, "%s: rpm database in the old bdb or the ndb format", folders[i]);
	}
	return 0;
}
