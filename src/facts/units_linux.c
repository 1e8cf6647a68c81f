#include "facts/units.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/keyfile.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <stdio.h>

/* Where units stand; of several with one name the first counts (systemd.unit(5)). */
static const struct place {
	const char *folder;
	bool generated;
} places[] = {
	{"/etc/systemd/system", false},           {"/run/systemd/system", false},     {"/run/systemd/generator", true},
	{"/usr/local/lib/systemd/system", false}, {"/usr/lib/systemd/system", false}, {"/lib/systemd/system", false},
};

static const char *const enabled_names[] = {
	[KH_UNIT_DISABLED] = "disabled", [KH_UNIT_ENABLED] = "enabled", [KH_UNIT_STATIC] = "static",
	[KH_UNIT_MASKED] = "masked",     [KH_UNIT_ALIAS] = "alias",     [KH_UNIT_GENERATED] = "generated",
};

const char *kh_unit_enabled_name(enum kh_unit_enabled enabled)
{
	return enabled_names[enabled];
}

static void unit_done(struct kh_unit *unit)
{
	free(unit->name);
	free(unit->description);
	free(unit->program);
	free(unit->account);
	free(unit->target);
}

void kh_units_done(struct kh_units *units)
{
	kh_array_each(units, u)
		unit_done(u);
	kh_array_done(units);
}

static bool is_unit_name(const char *name)
{
	return kh_ends_with(name, ".service") || kh_ends_with(name, ".timer");
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static struct kh_unit *find_exact(const struct kh_units *units, const char *name)
{
	for (size_t i = 0; i < units->n; i++)
		if (kh_streq(units->v[i].name, name))
			return &units->v[i];
	return NULL;
}

/* Path of the program in ExecStart=, without the prefixes systemd takes ("-", "@", "+", "!", ":"). */
static char *program_in(const struct kh_keyfile *k)
{
	for (size_t i = 0; i < k->n; i++) {
		const char *value = k->v[i].value;
		if (!kh_streq_nocase(k->v[i].key, "ExecStart") || !*value)
			continue;
		value += strspn(value, "-@+!:");
		return kh_strndup(value, strcspn(value, " \t"));
	}
	return NULL;
}

static void describe(int root, const char *path, struct kh_unit *unit)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_keyfile struct kh_keyfile k = {0};
	if (kh_tree_read(root, path, KH_FACTS_MAX_FILE, &text) < 0 || kh_keyfile_parse(KH_KEYFILE_INI, text.data, text.len, &k) < 0)
		return;
	unit->description = kh_strdup(kh_keyfile_get(&k, "Unit", "Description"));
	unit->account = kh_strdup(kh_keyfile_get(&k, "Service", "User"));
	unit->program = program_in(&k);
	if (unit->enabled == KH_UNIT_GENERATED)
		return;
	if (text.len == 0)
		unit->enabled = KH_UNIT_MASKED;
	else
		unit->enabled = kh_keyfile_has_section(&k, "Install") ? KH_UNIT_DISABLED : KH_UNIT_STATIC;
}

static void add_file(int root, const struct place *place, const char *name, struct kh_units *units)
{
	char link[KH_MAX_PATH];
	kh_auto_free char *path = kh_format("%s/%s", place->folder, name);
	if (find_exact(units, name))
		return;
	struct kh_unit unit = {.name = kh_strdup(name), .enabled = place->generated ? KH_UNIT_GENERATED : KH_UNIT_DISABLED};
	if (!kh_tree_link(root, path, link, sizeof link)) {
		describe(root, path, &unit);
	} else if (kh_streq(link, "/dev/null")) {
		unit.enabled = KH_UNIT_MASKED;
	} else if (!kh_streq(last_part(link), name)) {
		unit.enabled = KH_UNIT_ALIAS;
		unit.target = kh_strdup(last_part(link));
	} else {
		describe(root, path, &unit);
	}
	kh_array_push(units, unit);
}

/* "getty@tty1.service" → "getty@.service"; NULL for what is no instance. */
static char *template_of(const char *name)
{
	const char *at = strchr(name, '@'), *dot = strrchr(name, '.');
	return at && dot && dot > at + 1 ? kh_format("%.*s%s", (int)(at + 1 - name), name, dot) : NULL;
}

/* Something wants this unit: then it is enabled, if it is one that can be; an instance comes to be. What the administrator's own folder wants is enabled
 * even without an [Install] section, as systemctl is-enabled says. */
static void mark_wanted(struct kh_units *units, const char *name, bool by_administrator)
{
	struct kh_unit *unit = find_exact(units, name);
	kh_auto_free char *template = unit ? NULL : template_of(name);
	const struct kh_unit *from = template ? find_exact(units, template) : NULL;
	if (unit && (unit->enabled == KH_UNIT_DISABLED || (by_administrator && unit->enabled == KH_UNIT_STATIC)))
		unit->enabled = KH_UNIT_ENABLED;
	if (!from)
		return;
	struct kh_unit instance = {
		.name = kh_strdup(name), .description = kh_strdup(from->description), .program = kh_strdup(from->program),
		.account = kh_strdup(from->account), .enabled = from->enabled == KH_UNIT_DISABLED ? KH_UNIT_ENABLED : from->enabled,
	};
	kh_array_push(units, instance);
}

static void read_wants(int root, const char *folder, struct kh_units *units)
{
	kh_auto_names struct kh_names folders = {0};
	if (kh_tree_list(root, folder, &folders) < 0)
		return;
	for (size_t i = 0; i < folders.n; i++) {
		kh_auto_names struct kh_names names = {0};
		kh_auto_free char *path = kh_format("%s/%s", folder, folders.v[i]);
		if (!kh_ends_with(path, ".wants") && !kh_ends_with(path, ".requires"))
			continue;
		if (kh_tree_list(root, path, &names) < 0)
			continue;
		for (size_t j = 0; j < names.n; j++)
			if (is_unit_name(names.v[j]))
				mark_wanted(units, names.v[j], kh_streq(folder, places[0].folder));
	}
}

/* S20name in a runlevel people work in. */
static bool started_by_runlevel(int root, const char *name)
{
	for (int level = 2; level <= 5; level++) {
		char folder[16];
		kh_auto_names struct kh_names names = {0};
		snprintf(folder, sizeof folder, "/etc/rc%d.d", level);
		if (kh_tree_list(root, folder, &names) < 0)
			continue;
		for (size_t i = 0; i < names.n; i++)
			if (names.v[i][0] == 'S' && strlen(names.v[i]) > 3 && kh_streq(names.v[i] + 3, name))
				return true;
	}
	return false;
}

static void read_scripts(int root, struct kh_units *units)
{
	kh_auto_names struct kh_names names = {0};
	if (kh_tree_list(root, "/etc/init.d", &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		kh_auto_free char *name = kh_format("%s.service", names.v[i]), *path = kh_format("/etc/init.d/%s", names.v[i]);
		struct kh_tree_stat st = {0};
		if (find_exact(units, name) || !kh_tree_stat(root, path, &st) || st.kind != KH_TREE_FILE || strpbrk(names.v[i], ".") ||
		    kh_streq(names.v[i], "README"))
			continue;
		struct kh_unit unit = {
			.name = kh_take(name), .sysv = true,
			.enabled = started_by_runlevel(root, names.v[i]) ? KH_UNIT_ENABLED : KH_UNIT_DISABLED,
		};
		kh_array_push(units, unit);
	}
}

static int compare_units(const void *a, const void *b)
{
	return strcmp(((const struct kh_unit *)a)->name, ((const struct kh_unit *)b)->name);
}

int kh_units_read(int root_fd, struct kh_units *ret)
{
	for (size_t i = 0; i < KH_COUNT(places); i++) {
		kh_auto_names struct kh_names names = {0};
		int r = kh_tree_list(root_fd, places[i].folder, &names);
		if (r == KH_E_TOO_LARGE)
			return r;
		for (size_t j = 0; r == 0 && j < names.n; j++)
			if (is_unit_name(names.v[j]))
				add_file(root_fd, &places[i], names.v[j], ret);
	}
	for (size_t i = 0; i < KH_COUNT(places); i++)
		read_wants(root_fd, places[i].folder, ret);
	read_scripts(root_fd, ret);
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof *ret->v, compare_units);
	return 0;
}

static const struct kh_unit *find_prefix(const struct kh_units *units, const char *name)
{
	for (size_t i = 0; i < units->n; i++)
		if (strncmp(units->v[i].name, name, strlen(name) - 1) == 0)
			return &units->v[i];
	return NULL;
}

const struct kh_unit *kh_units_find(const struct kh_units *units, const char *name)
{
	const struct kh_unit *unit = kh_ends_with(name, "*") ? find_prefix(units, name) : find_exact(units, name);
	for (int steps = 0; unit && unit->enabled == KH_UNIT_ALIAS && steps < 4; steps++)
		unit = find_exact(units, unit->target);
	return unit;
}

bool kh_unit_is_enabled(const struct kh_units *units, const char *name)
{
	const struct kh_unit *unit = kh_units_find(units, name);
	return unit && (unit->enabled == KH_UNIT_ENABLED || unit->enabled == KH_UNIT_GENERATED);
}
