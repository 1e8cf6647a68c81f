#include "facts/apt_lists.h"
#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/aptconf.h"
#include "facts/format/keyfile.h"
#include "facts/limits.h"
#include "facts/rpm_lists.h"
#include "facts/tree.h"

static void newest_of(int root, const char *const *paths, size_t n, struct kh_facts_rows *rows, size_t column)
{
	int64_t newest = -1;
	for (size_t i = 0; i < n; i++) {
		struct kh_tree_stat st = {0};
		if (kh_tree_stat(root, paths[i], &st))
			newest = KH_MAX(newest, st.modified_s);
	}
	if (newest >= 0)
		kh_row_time(rows, column, newest);
}

/* The last word of apt's configuration on a name. */
static char *apt_setting(int root, const char *name)
{
	kh_auto_names struct kh_names files = {0};
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	char *value = NULL;
	kh_ignore(kh_tree_glob(root, "/etc/apt/apt.conf.d/*", &files));
	for (size_t i = 0; i <= files.n; i++) {
		const char *path = i < files.n ? files.v[i] : "/etc/apt/apt.conf";
		char *here = kh_tree_read(root, path, KH_FACTS_MAX_FILE, &text) == 0 ? kh_apt_conf_get(text.data, text.len, name) : NULL;
		if (here) {
			free(value);
			value = here;
		}
	}
	return value;
}

/* The number of days between two runs; "always" and "1h" also mean that it runs. */
static bool apt_is_automatic(struct kh_facts_ctx *ctx)
{
	kh_auto_free char *days = apt_setting(ctx->root, "APT::Periodic::Unattended-Upgrade"), *enable = apt_setting(ctx->root, "APT::Periodic::Enable");
	return days && !kh_streq(days, "0") && *days && !kh_streq(enable, "0") && kh_installed_find(kh_ctx_installed(ctx), "unattended-upgrades");
}

static void fill_releases(int root, struct kh_facts_rows *rows)
{
	kh_auto_apt_releases struct kh_apt_releases releases = {0};
	int64_t newest = -1;
	bool security = false;
	if (kh_apt_releases_read(root, &releases) < 0)
		return;
	for (size_t i = 0; i < releases.n; i++) {
		newest = KH_MAX(newest, releases.v[i].date_s);
		security |= releases.v[i].security;
	}
	if (newest >= 0)
		kh_row_time(rows, KH_UPDATE_STATE_LISTS_S, newest);
	kh_row_bool(rows, KH_UPDATE_STATE_SECURITY_SOURCE, security);
}

static void fill_pending(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	int64_t pending = 0, security = 0;
	const struct kh_installed *installed = kh_ctx_installed(ctx);
	kh_apt_offers_read(ctx->root, &ctx->installed);
	if (!installed->offers_known)
		return;
	for (size_t i = 0; i < installed->n; i++) {
		const char *origin = NULL;
		bool counts = !installed->v[i].held && kh_apt_candidate(&installed->v[i], &origin);
		pending += counts;
		security += counts && kh_apt_security_fix(&installed->v[i]);
	}
	kh_row_int(rows, KH_UPDATE_STATE_PENDING, pending);
	kh_row_int(rows, KH_UPDATE_STATE_PENDING_SECURITY, security);
}

static void fill_apt(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	static const char *const fetched[] = {"/var/lib/apt/lists", "/var/lib/apt/lists/partial", "/var/lib/apt/periodic/update-success-stamp"};
	static const char *const changed[] = {"/var/lib/dpkg/status"};
	kh_row_text(rows, KH_UPDATE_STATE_MANAGER, "apt");
	newest_of(ctx->root, fetched, KH_COUNT(fetched), rows, KH_UPDATE_STATE_CHECKED_S);
	newest_of(ctx->root, changed, KH_COUNT(changed), rows, KH_UPDATE_STATE_CHANGED_S);
	fill_releases(ctx->root, rows);
	kh_row_bool(rows, KH_UPDATE_STATE_AUTOMATIC, apt_is_automatic(ctx));
	fill_pending(ctx, rows);
}

static bool dnf_is_automatic(struct kh_facts_ctx *ctx)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_keyfile struct kh_keyfile k = {0};
	const struct kh_units *units = kh_ctx_units(ctx);
	if (kh_unit_is_enabled(units, "dnf-automatic-install.timer"))
		return true;
	if (!kh_unit_is_enabled(units, "dnf-automatic.timer") && !kh_unit_is_enabled(units, "dnf5-automatic.timer"))
		return false;
	if (kh_tree_read(ctx->root, "/etc/dnf/automatic.conf", KH_FACTS_MAX_FILE, &text) < 0 || kh_keyfile_parse(KH_KEYFILE_INI, text.data, text.len, &k) < 0)
		return false;
	return kh_keyfile_bool(&k, "commands", "apply_updates", false);
}

static void fill_rpm(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	static const char *const fetched[] = {"/var/cache/dnf/last_makecache", "/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/zypp/solv", "/var/cache/yum"};
	static const char *const changed[] = {"/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite"};
	bool zypper = kh_tree_exists(ctx->root, "/etc/zypp");
	kh_auto_names struct kh_names lists = {0};
	int64_t made_s = 0;
	kh_row_text(rows, KH_UPDATE_STATE_MANAGER, zypper ? "zypper" : "dnf");
	newest_of(ctx->root, fetched, KH_COUNT(fetched), rows, KH_UPDATE_STATE_CHECKED_S);
	newest_of(ctx->root, changed, KH_COUNT(changed), rows, KH_UPDATE_STATE_CHANGED_S);
	kh_rpm_lists(ctx->root, &lists);
	if (kh_rpm_lists_made(ctx->root, &lists, &made_s))
		kh_row_time(rows, KH_UPDATE_STATE_LISTS_S, made_s);
	if (!zypper)
		kh_row_bool(rows, KH_UPDATE_STATE_AUTOMATIC, dnf_is_automatic(ctx));
}

/* A kernel put on the disk after the machine was started is not the one that runs. */
static bool kernel_is_newer_than_start(struct kh_facts_ctx *ctx)
{
	char text[64];
	int64_t up_s = 0;
	kh_auto_names struct kh_names kernels = {0};
	if (!ctx->live || !kh_tree_line(ctx->root, "/proc/uptime", text, sizeof text))
		return false;
	text[strcspn(text, ".")] = '\0';
	if (!kh_parse_int(text, 0, INT64_MAX, &up_s) || kh_tree_glob(ctx->root, "/boot/vmlinuz-*", &kernels) < 0)
		return false;
	for (size_t i = 0; i < kernels.n; i++) {
		struct kh_tree_stat st = {0};
		if (kh_tree_lstat(ctx->root, kernels.v[i], &st) && st.changed_s > ctx->now_s - up_s)
			return true;
	}
	return false;
}

static void fill_reboot(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	bool marked = kh_tree_exists(ctx->root, "/run/reboot-required") || kh_tree_exists(ctx->root, "/var/run/reboot-required");
	if (marked || kernel_is_newer_than_start(ctx))
		kh_row_bool(rows, KH_UPDATE_STATE_REBOOT_REQUIRED, true);
	else if (ctx->live)
		kh_row_bool(rows, KH_UPDATE_STATE_REBOOT_REQUIRED, false);
}

int kh_facts_update_state(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	const struct kh_installed *installed = kh_ctx_installed(ctx);
	int r = kh_installed_check(installed);
	if (r < 0)
		return r;
	kh_row_begin(rows);
	if (installed->dpkg)
		fill_apt(ctx, rows);
	else
		fill_rpm(ctx, rows);
	fill_reboot(ctx, rows);
	return 0;
}
