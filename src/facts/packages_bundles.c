/* Software that brings its own runtime: snaps (/var/lib/snapd/snaps/NAME_REVISION.snap) and flatpaks (/var/lib/flatpak/app/ID/current → ARCH/BRANCH). */
#include "facts/installed.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"
#include "facts/tree.h"

/* "version: 1.2" of the snap's own description, which can be read while the snap is mounted. */
static char *snap_version(int root, const char *name)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("/snap/%s/current/meta/snap.yaml", name);
	if (kh_tree_read(root, path, KH_FACTS_MAX_SMALL, &text) < 0)
		return NULL;
	for (char *rest = text.data, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;)
		if (kh_starts_with(line, "version:")) {
			line = kh_trim(line + strlen("version:"));
			line += strspn(line, "'\"");
			return kh_strndup(line, strcspn(line, "'\""));
		}
	return NULL;
}

/* Older revisions stay on the disk beside the one in use. */
static bool in_use(int root, const char *name, const char *revision)
{
	char current[64];
	kh_auto_free char *path = kh_format("/snap/%s/current", name);
	return !kh_tree_link(root, path, current, sizeof current) || kh_streq(current, revision);
}

static void add_snap(int root, const char *file, struct kh_installed *installed)
{
	const char *underscore = strrchr(file, '_');
	struct kh_tree_stat st = {0};
	kh_auto_free char *path = kh_format("/var/lib/snapd/snaps/%s", file);
	if (!underscore || underscore == file || !kh_ends_with(file, ".snap") || !kh_tree_stat(root, path, &st))
		return;
	kh_auto_free char *name = kh_strndup(file, (size_t)(underscore - file));
	kh_auto_free char *revision = kh_strndup(underscore + 1, strcspn(underscore + 1, "."));
	if (!in_use(root, name, revision))
		return;
	bool local = *revision == 'x'; /* revisions x1, x2… were given by hand, the store's are numbers */
	struct kh_package p = {
		.format = "snap",
		.name = kh_take(name),
		.origin = kh_strdup(local ? "" : "snapcraft.io"),
		.origin_known = true,
		.size_bytes = st.size,
		.installed_s = st.modified_s,
		.automatic = KH_UNKNOWN,
	};
	p.version = snap_version(root, p.name);
	kh_array_push(installed, p);
}

static void add_flatpak(int root, const char *id, struct kh_installed *installed)
{
	char current[256];
	kh_auto_free char *path = kh_format("/var/lib/flatpak/app/%s/current", id);
	struct kh_tree_stat st = {0};
	if (!kh_tree_link(root, path, current, sizeof current) || !kh_tree_lstat(root, path, &st))
		return;
	char *slash = strchr(current, '/');
	struct kh_package p = {
		.format = "flatpak",
		.name = kh_strdup(id),
		.arch = kh_strndup(current, slash ? (size_t)(slash - current) : 0),
		.version = kh_strdup(slash ? slash + 1 : NULL),
		.size_bytes = -1,
		.installed_s = st.modified_s,
		.automatic = KH_UNKNOWN,
	};
	kh_array_push(installed, p);
}

static int each_name(int root, const char *folder, struct kh_installed *installed, void (*add)(int, const char *, struct kh_installed *))
{
	kh_auto_names struct kh_names names = {0};
	int r = kh_tree_list(root, folder, &names);
	if (r < 0)
		return r == KH_E_TOO_LARGE ? r : 0;
	for (size_t i = 0; i < names.n; i++)
		add(root, names.v[i], installed);
	return 0;
}

int kh_packages_bundles(int root_fd, struct kh_installed *installed)
{
	int r = each_name(root_fd, "/var/lib/snapd/snaps", installed, add_snap);
	return r < 0 ? r : each_name(root_fd, "/var/lib/flatpak/app", installed, add_flatpak);
}
