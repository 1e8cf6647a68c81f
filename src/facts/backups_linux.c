#include "facts/ctx.h"
#include "facts/schedule.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "facts/format/dates.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <stdio.h>

struct backup {
	bool configured, scheduled, snapshot_only;
	int64_t last_s; /* -1: not readable */
};

/* How a tool is recognised: package or program; configured when one of the patterns has a match ("~" is each home); scheduled by its timers or by its name in a
 * crontab. `look` knows more. `agent`: a process that waits for orders, and so needs no schedule here. */
struct backup_tool {
	const char *name, *word;
	const char *packages[4], *programs[3], *configs[4], *timers[3];
	const char *agent;
	void (*look)(struct kh_facts_ctx *ctx, struct backup *b);
};

/* ---- homes ---- */

/* Calls `take` for the home of root and of each person. */
static void each_home(struct kh_facts_ctx *ctx, void (*take)(struct kh_facts_ctx *, const char *home, void *arg), void *arg)
{
	const struct kh_users *users = kh_ctx_users(ctx);
	for (size_t i = 0; i < users->passwd.n; i++)
		if (kh_user_is_person(users, &users->passwd.v[i]) && users->passwd.v[i].home[0] == '/' && users->passwd.v[i].home[1])
			take(ctx, users->passwd.v[i].home, arg);
}

static bool pattern_exists(int root, const char *pattern)
{
	kh_auto_names struct kh_names paths = {0};
	return kh_tree_glob(root, pattern, &paths) == 0 && paths.n && kh_tree_exists(root, paths.v[0]);
}

struct search {
	const char *pattern;
	bool found;
};

static void search_home(struct kh_facts_ctx *ctx, const char *home, void *arg)
{
	struct search *search = arg;
	kh_auto_free char *pattern = kh_format("%s%s", home, search->pattern + 1);
	search->found |= pattern_exists(ctx->root, pattern);
}

static bool config_exists(struct kh_facts_ctx *ctx, const char *pattern)
{
	struct search search = {.pattern = pattern};
	if (*pattern != '~')
		return pattern_exists(ctx->root, pattern);
	each_home(ctx, search_home, &search);
	return search.found;
}

/* ---- when the last good one was made ---- */

static void later(struct backup *b, int64_t moment_s)
{
	b->last_s = KH_MAX(b->last_s, moment_s);
}

/* borg notes, per repository, the time of the last manifest it has written or seen. */
static void borg_home(struct kh_facts_ctx *ctx, const char *home, void *arg)
{
	kh_auto_names struct kh_names repositories = {0};
	kh_auto_free char *folder = kh_format("%s/.config/borg/security", home);
	if (kh_tree_list(ctx->root, folder, &repositories) < 0)
		return;
	for (size_t i = 0; i < repositories.n; i++) {
		char line[64];
		int64_t moment_s = 0;
		kh_auto_free char *path = kh_format("%s/%s/manifest-timestamp", folder, repositories.v[i]);
		if (kh_tree_line(ctx->root, path, line, sizeof line) && kh_date_iso(line, &moment_s))
			later(arg, moment_s);
	}
}

static void look_borg(struct kh_facts_ctx *ctx, struct backup *b)
{
	each_home(ctx, borg_home, b);
}

/* restic keeps each snapshot it made in its cache: REPOSITORY/snapshots/xx/ID. */
static void restic_home(struct kh_facts_ctx *ctx, const char *home, void *arg)
{
	kh_auto_names struct kh_names repositories = {0};
	kh_auto_free char *folder = kh_format("%s/.cache/restic", home);
	if (kh_tree_list(ctx->root, folder, &repositories) < 0)
		return;
	for (size_t i = 0; i < repositories.n; i++) {
		kh_auto_names struct kh_names groups = {0};
		kh_auto_free char *snapshots = kh_format("%s/%s/snapshots", folder, repositories.v[i]);
		if (kh_tree_list(ctx->root, snapshots, &groups) < 0)
			continue;
		for (size_t j = 0; j < groups.n; j++) {
			int64_t newest = -1;
			kh_auto_free char *group = kh_format("%s/%s", snapshots, groups.v[j]);
			if (kh_tree_newest(ctx->root, group, &newest))
				later(arg, newest);
		}
	}
}

static void look_restic(struct kh_facts_ctx *ctx, struct backup *b)
{
	each_home(ctx, restic_home, b);
}

/* duplicity's cache: duplicity-full.20241107T103201Z.manifest, duplicity-inc.START.to.END.manifest: the last time in the name. */
static void duplicity_home(struct kh_facts_ctx *ctx, const char *home, void *arg)
{
	kh_auto_names struct kh_names archives = {0};
	kh_auto_free char *folder = kh_format("%s/.cache/duplicity", home);
	if (kh_tree_list(ctx->root, folder, &archives) < 0)
		return;
	for (size_t i = 0; i < archives.n; i++) {
		kh_auto_names struct kh_names files = {0};
		kh_auto_free char *archive = kh_format("%s/%s", folder, archives.v[i]);
		if (kh_tree_list(ctx->root, archive, &files) < 0)
			continue;
		for (size_t j = 0; j < files.n; j++) {
			int64_t moment_s = 0;
			char *end = strstr(files.v[j], ".manifest");
			if (!end)
				continue;
			*end = '\0';
			const char *dot = strrchr(files.v[j], '.');
			if (dot && kh_date_compact(dot + 1, &moment_s))
				later(arg, moment_s);
		}
	}
}

static void look_duplicity(struct kh_facts_ctx *ctx, struct backup *b)
{
	each_home(ctx, duplicity_home, b);
}

/* Names of folders are dates: 2024-11-07_10-32-01. */
static void look_timeshift(struct kh_facts_ctx *ctx, struct backup *b)
{
	static const char *const keys[] = {"schedule_monthly", "schedule_weekly", "schedule_daily", "schedule_hourly", "schedule_boot"};
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_json json_t *settings = NULL;
	kh_auto_names struct kh_names snapshots = {0};
	if (kh_tree_read(ctx->root, "/etc/timeshift/timeshift.json", KH_FACTS_MAX_FILE, &text) == 0 &&
	    kh_json_parse(kh_buf_text(&text), text.len, &settings) == 0) {
		const char *device = json_string_value(json_object_get(settings, "backup_device_uuid"));
		b->configured = device && *device;
		b->snapshot_only = kh_streq(json_string_value(json_object_get(settings, "btrfs_mode")), "true");
		for (size_t i = 0; i < KH_COUNT(keys); i++)
			b->scheduled |= b->configured && kh_streq(json_string_value(json_object_get(settings, keys[i])), "true");
	}
	if (kh_tree_list(ctx->root, "/timeshift/snapshots", &snapshots) < 0)
		return;
	for (size_t i = 0; i < snapshots.n; i++) {
		int64_t moment_s = 0;
		if (kh_date_iso(snapshots.v[i], &moment_s))
			later(b, moment_s);
	}
}

/* "snapshot_root /path/": below it stand daily.0, hourly.0, … */
static void look_rsnapshot(struct kh_facts_ctx *ctx, struct backup *b)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	if (kh_tree_read(ctx->root, "/etc/rsnapshot.conf", KH_FACTS_MAX_FILE, &text) < 0)
		return;
	for (char *rest = text.data, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		kh_auto_names struct kh_names newest = {0};
		if (!kh_starts_with(line, "snapshot_root"))
			continue;
		char *folder = kh_trim(line + strlen("snapshot_root"));
		kh_auto_free char *pattern = kh_format("%s/*.0", folder);
		if (*folder != '/' || kh_tree_glob(ctx->root, pattern, &newest) < 0)
			continue;
		for (size_t i = 0; i < newest.n; i++) {
			struct kh_tree_stat st = {0};
			if (kh_tree_lstat(ctx->root, newest.v[i], &st))
				later(b, st.modified_s);
		}
	}
}

/* /.snapshots/N/info.xml holds <date>2024-11-07 10:32:01</date>. */
static void look_snapper(struct kh_facts_ctx *ctx, struct backup *b)
{
	kh_auto_names struct kh_names numbers = {0};
	b->snapshot_only = true;
	if (kh_tree_list(ctx->root, "/.snapshots", &numbers) < 0)
		return;
	for (size_t i = 0; i < numbers.n; i++) {
		int64_t moment_s = 0;
		kh_auto_buf struct kh_buf xml = KH_BUF_INIT;
		kh_auto_free char *path = kh_format("/.snapshots/%s/info.xml", numbers.v[i]);
		const char *date = kh_tree_read(ctx->root, path, KH_FACTS_MAX_SMALL, &xml) == 0 ? strstr(kh_buf_text(&xml), "<date>") : NULL;
		if (date && kh_date_iso(date, &moment_s))
			later(b, moment_s);
	}
}

/* ---- the tools ---- */

static const struct backup_tool tools[] = {
	{.name = "BorgBackup", .word = "borg",
	 .packages = {"borgbackup", "borgbackup2"}, .programs = {"/usr/bin/borg", "/usr/local/bin/borg"},
	 .configs = {"~/.config/borg/security/*", "/etc/borgmatic/config.yaml", "/etc/borgmatic.d/*.yaml"},
	 .timers = {"borgmatic.timer", "borg*"}, .look = look_borg},
	{.name = "restic", .word = "restic",
	 .packages = {"restic"}, .programs = {"/usr/bin/restic", "/usr/local/bin/restic"},
	 .configs = {"~/.cache/restic/*", "/etc/restic/*", "/etc/resticprofile/*"}, .timers = {"restic*"}, .look = look_restic},
	{.name = "Kopia", .word = "kopia",
	 .packages = {"kopia"}, .programs = {"/usr/bin/kopia"}, .configs = {"~/.config/kopia/repository.config"}, .timers = {"kopia*"}},
	{.name = "Timeshift", .word = "timeshift",
	 .packages = {"timeshift"}, .programs = {"/usr/bin/timeshift"}, .look = look_timeshift},
	{.name = "rsnapshot", .word = "rsnapshot",
	 .packages = {"rsnapshot"}, .programs = {"/usr/bin/rsnapshot"}, .configs = {"/etc/rsnapshot.conf"}, .timers = {"rsnapshot*"}, .look = look_rsnapshot},
	{.name = "duplicity", .word = "duplicity",
	 .packages = {"duplicity"}, .programs = {"/usr/bin/duplicity"}, .configs = {"~/.cache/duplicity/*", "/etc/duply/*"},
	 .timers = {"duplicity*", "duply*"}, .look = look_duplicity},
	{.name = "Déjà Dup", .word = "deja-dup",
	 .packages = {"deja-dup", "org.gnome.DejaDup"}, .programs = {"/usr/bin/deja-dup"}, .configs = {"~/.cache/deja-dup/*"}},
	{.name = "snapper", .word = "snapper",
	 .packages = {"snapper"}, .programs = {"/usr/bin/snapper"}, .configs = {"/etc/snapper/configs/*"},
	 .timers = {"snapper-timeline.timer"}, .look = look_snapper},
	{.name = "btrbk", .word = "btrbk",
	 .packages = {"btrbk"}, .programs = {"/usr/bin/btrbk"}, .configs = {"/etc/btrbk/btrbk.conf", "/etc/btrbk.conf"}, .timers = {"btrbk.timer"}},
	{.name = "Bacula", .word = "bacula-fd",
	 .packages = {"bacula-fd", "bacula-client"}, .programs = {"/usr/sbin/bacula-fd"},
	 .configs = {"/etc/bacula/bacula-fd.conf", "/opt/bacula/etc/bacula-fd.conf"}, .agent = "bacula-fd"},
	{.name = "Bareos", .word = "bareos-fd",
	 .packages = {"bareos-filedaemon"}, .programs = {"/usr/sbin/bareos-fd"}, .configs = {"/etc/bareos/bareos-fd.d/*"}, .agent = "bareos-fd"},
	{.name = "Veeam Agent", .word = "veeamconfig",
	 .packages = {"veeam"}, .programs = {"/usr/bin/veeamconfig"}, .configs = {"/var/lib/veeam/veeam_db.sqlite"}, .agent = "veeamservice"},
	{.name = "UrBackup", .word = "urbackupclientctl",
	 .packages = {"urbackup-client"}, .programs = {"/usr/local/sbin/urbackupclientbackend"},
	 .configs = {"/usr/local/var/urbackup/data/settings.cfg", "/etc/default/urbackupclient"}, .agent = "urbackupclientbackend"},
	{.name = "Acronis Cyber Protect", .word = "acrocmd",
	 .packages = {"BackupClient", "AcronisCyberProtect*"}, .programs = {"/usr/lib/Acronis/system_libs/acronis_mms"},
	 .configs = {"/var/lib/Acronis/BackupAndRecovery/MMSData/DML/*"}, .agent = "acronis_mms"},
	{.name = "Synology Active Backup", .word = "abb-cli",
	 .packages = {"synology-backupd", "synology-active-backup*"}, .programs = {"/usr/bin/abb-cli"}, .agent = "synology-backupd"},
	{.name = "rsync", .word = "rsync", .timers = {"rsync*"}}, /* these two only count where something runs them by the clock */
	{.name = "rclone", .word = "rclone", .timers = {"rclone*"}},
};

static const struct kh_package *package_of(struct kh_facts_ctx *ctx, const struct backup_tool *tool)
{
	const struct kh_package *package = NULL;
	for (size_t i = 0; i < KH_COUNT(tool->packages) && tool->packages[i] && !package; i++)
		package = kh_installed_find(kh_ctx_installed(ctx), tool->packages[i]);
	return package;
}

static bool has_program(int root, const struct backup_tool *tool)
{
	for (size_t i = 0; i < KH_COUNT(tool->programs) && tool->programs[i]; i++)
		if (kh_tree_exists(root, tool->programs[i]))
			return true;
	return false;
}

static void fill_row(struct kh_facts_ctx *ctx, const struct backup_tool *tool, const struct kh_package *package, struct kh_facts_rows *rows)
{
	struct backup b = {.last_s = -1, .scheduled = kh_is_scheduled(ctx, tool->timers, tool->word)};
	for (size_t i = 0; i < KH_COUNT(tool->configs) && tool->configs[i]; i++)
		b.configured |= config_exists(ctx, tool->configs[i]);
	if (tool->look)
		tool->look(ctx, &b);
	b.configured |= b.scheduled || b.last_s >= 0;
	kh_row_begin(rows);
	kh_row_text(rows, KH_BACKUPS_PRODUCT, tool->name);
	kh_row_filled(rows, KH_BACKUPS_VERSION, package ? package->version : NULL);
	kh_row_bool(rows, KH_BACKUPS_CONFIGURED, b.configured);
	kh_row_bool(rows, KH_BACKUPS_SCHEDULED, b.scheduled || (tool->agent && b.configured));
	if (tool->agent)
		kh_row_maybe(rows, KH_BACKUPS_RUNNING, kh_ctx_process_running(ctx, tool->agent));
	if (b.last_s >= 0)
		kh_row_time(rows, KH_BACKUPS_LAST_GOOD_S, b.last_s);
	kh_row_bool(rows, KH_BACKUPS_SNAPSHOT_ONLY, b.snapshot_only);
}

int kh_facts_backups(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	if (!kh_tree_is_dir(ctx->root, "/etc"))
		return kh_fail(KH_E_NOT_FOUND, "/etc");
	for (size_t i = 0; i < KH_COUNT(tools); i++) {
		const struct kh_package *package = package_of(ctx, &tools[i]);
		bool only_by_clock = !tools[i].programs[0];
		if (package || has_program(ctx->root, &tools[i]) || (only_by_clock && kh_is_scheduled(ctx, tools[i].timers, tools[i].word)))
			fill_row(ctx, &tools[i], package, rows);
	}
	return rows->n ? 0 : kh_ctx_check_software(ctx);
}
