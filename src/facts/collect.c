#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/content_state.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/tree.h"

#include <sys/timex.h>

static const kh_facts_collector collectors[KH_FACTS_COUNT] = {
	[KH_FACTS_ACCOUNTS] = kh_facts_accounts,
	[KH_FACTS_BACKUPS] = kh_facts_backups,
	[KH_FACTS_BLUETOOTH] = kh_facts_bluetooth,
	[KH_FACTS_DISKS] = kh_facts_disks,
	[KH_FACTS_FIREWALL] = kh_facts_firewall,
	[KH_FACTS_HARDWARE] = kh_facts_hardware,
	[KH_FACTS_HID] = kh_facts_hid,
	[KH_FACTS_INTERFACES] = kh_facts_interfaces,
	[KH_FACTS_LOGS] = kh_facts_logs,
	[KH_FACTS_OS] = kh_facts_os,
	[KH_FACTS_PACKAGES] = kh_facts_packages,
	[KH_FACTS_PASSWORD_POLICY] = kh_facts_password_policy,
	[KH_FACTS_PORTS] = kh_facts_ports,
	[KH_FACTS_PROTECTION] = kh_facts_protection,
	[KH_FACTS_REMOTE_TOOLS] = kh_facts_remote_tools,
	[KH_FACTS_ROUTES] = kh_facts_routes,
	[KH_FACTS_SECRET_DOCUMENTS] = kh_facts_secret_documents,
	[KH_FACTS_SECRET_SEARCH] = kh_facts_secret_search,
	[KH_FACTS_SERVICES] = kh_facts_services,
	[KH_FACTS_TIME_SYNC] = kh_facts_time_sync,
	[KH_FACTS_UPDATE_STATE] = kh_facts_update_state,
	[KH_FACTS_UPDATES] = kh_facts_updates,
	[KH_FACTS_USB] = kh_facts_usb,
	[KH_FACTS_WIFI] = kh_facts_wifi,
};

static const char *const reason_names[KH_FACTS_REASONS] = {
	[KH_FACTS_OK] = "",
	[KH_FACTS_NEEDS_ROOT] = "needs_root",
	[KH_FACTS_NOT_SUPPORTED] = "not_supported",
	[KH_FACTS_SOURCE_MISSING] = "source_missing",
	[KH_FACTS_TOO_LARGE] = "too_large",
	[KH_FACTS_FAILED] = "failed",
};

const char *kh_facts_state_name(enum kh_facts_state state)
{
	return state == KH_FACTS_MEASURED ? "measured" : "not_measured";
}

const char *kh_facts_reason_name(enum kh_facts_reason reason)
{
	return reason_names[reason];
}

bool kh_facts_table_named(const char *name, enum kh_fact_table *ret)
{
	for (int i = 0; i < KH_FACTS_COUNT; i++)
		if (kh_streq(kh_fact_tables[i].name, name)) {
			*ret = (enum kh_fact_table)i;
			return true;
		}
	return false;
}

/* The kernel knows whether its clock is being kept; asking changes nothing. */
static enum kh_maybe ask_clock(void)
{
	struct timex ask = {.modes = 0};
	int state = adjtimex(&ask);
	if (state < 0)
		return KH_UNKNOWN;
	return state == TIME_ERROR || (ask.status & STA_UNSYNC) ? KH_NO : KH_YES;
}

int kh_facts_ctx_new(const struct kh_facts_options *options, struct kh_facts_ctx **ret)
{
	struct kh_facts_ctx *ctx = kh_alloc(sizeof *ctx);
	ctx->root = options->root_fd;
	ctx->live = options->live;
	ctx->privileged = options->privileged;
	ctx->now_s = options->now_s;
	ctx->content = options->content ? options->content : KH_CONTENT_DIR;
	ctx->secret = options->secret ? options->secret : KH_FACTS_SECRET_DIR;
	ctx->clock_synchronized = options->live ? ask_clock() : KH_UNKNOWN;
	kh_ignore(kh_process_links_read(ctx->root, &ctx->links)); /* a tree without /proc has no processes */
	*ret = ctx;
	return 0;
}

void kh_facts_ctx_free(struct kh_facts_ctx *ctx)
{
	if (!ctx)
		return;
	kh_process_links_done(&ctx->links);
	kh_processes_done(&ctx->processes);
	kh_units_done(&ctx->units);
	kh_installed_done(&ctx->installed);
	kh_users_done(&ctx->users);
	free(ctx);
}

/* ---- what several tables need, read once ---- */

const struct kh_processes *kh_ctx_processes(struct kh_facts_ctx *ctx)
{
	if (!ctx->processes_loaded)
		kh_ignore(kh_processes_read(ctx->root, &ctx->links, &ctx->processes));
	ctx->processes_loaded = true;
	return &ctx->processes;
}

const struct kh_units *kh_ctx_units(struct kh_facts_ctx *ctx)
{
	if (!ctx->units_loaded)
		kh_ignore(kh_units_read(ctx->root, &ctx->units));
	ctx->units_loaded = true;
	return &ctx->units;
}

const struct kh_installed *kh_ctx_installed(struct kh_facts_ctx *ctx)
{
	if (!ctx->installed_loaded)
		kh_installed_read(ctx->root, &ctx->installed);
	ctx->installed_loaded = true;
	return &ctx->installed;
}

const struct kh_users *kh_ctx_users(struct kh_facts_ctx *ctx)
{
	if (!ctx->users_loaded)
		kh_users_read(ctx->root, &ctx->users);
	ctx->users_loaded = true;
	return &ctx->users;
}

/* systemd keeps a link per unit that runs; without systemd, a process of the unit's program tells. */
enum kh_maybe kh_ctx_unit_running(struct kh_facts_ctx *ctx, const char *unit)
{
	char target[128];
	const struct kh_unit *known = kh_units_find(kh_ctx_units(ctx), unit);
	const char *name = known ? known->name : unit;
	if (kh_tree_is_dir(ctx->root, "/run/systemd/units")) {
		kh_auto_free char *mark = kh_format("/run/systemd/units/invocation:%s", name);
		return kh_tree_link(ctx->root, mark, target, sizeof target) ? KH_YES : KH_NO;
	}
	const struct kh_processes *processes = kh_ctx_processes(ctx);
	if (!processes->known)
		return KH_UNKNOWN;
	bool runs = kh_process_of_unit(processes, name) || (known && known->program && kh_process_of_program(processes, known->program));
	return runs ? KH_YES : KH_NO;
}

enum kh_maybe kh_ctx_process_running(struct kh_facts_ctx *ctx, const char *name)
{
	const struct kh_processes *processes = kh_ctx_processes(ctx);
	if (!processes->known)
		return KH_UNKNOWN;
	return kh_process_named(processes, name) ? KH_YES : KH_NO;
}

int kh_ctx_check_services(struct kh_facts_ctx *ctx)
{
	if (kh_ctx_units(ctx)->n || kh_ctx_processes(ctx)->known)
		return 0;
	return kh_fail(KH_E_NOT_FOUND, "neither units, nor start scripts, nor processes");
}

int kh_ctx_check_software(struct kh_facts_ctx *ctx)
{
	const struct kh_installed *installed = kh_ctx_installed(ctx);
	if (installed->dpkg || installed->rpm || kh_ctx_check_services(ctx) == 0)
		return 0;
	return kh_fail(KH_E_NOT_FOUND, "neither a package database, nor units, nor processes");
}

/* ---- one table ---- */

static enum kh_facts_reason reason_of(int error)
{
	switch (error) {
	case KH_E_NOT_FOUND:
		return KH_FACTS_SOURCE_MISSING;
	case KH_E_PERMISSION:
		return KH_FACTS_NEEDS_ROOT;
	case KH_E_TOO_LARGE:
		return KH_FACTS_TOO_LARGE;
	case KH_E_NOT_SUPPORTED:
		return KH_FACTS_NOT_SUPPORTED;
	default:
		return KH_FACTS_FAILED;
	}
}

static void measure(struct kh_facts_ctx *ctx, kh_facts_collector collector, struct kh_facts_rows *rows)
{
	int r = collector ? collector(ctx, rows) : kh_fail(KH_E_NOT_SUPPORTED, "no collector on this system");
	if (r == 0 && rows->overflow)
		r = kh_fail(KH_E_TOO_LARGE, "more than %d rows", KH_MAX_FACT_ROWS);
	if (r == 0)
		return;
	free(rows->detail);
	rows->detail = kh_strdup(kh_fail_detail());
	kh_ignore(kh_rows_not_measured(rows, reason_of(r)));
}

int kh_facts_collect(struct kh_facts_ctx *ctx, enum kh_fact_table table, struct kh_facts_rows *ret)
{
	if ((int)table < 0 || table >= KH_FACTS_COUNT)
		return kh_fail(KH_E_INVALID_FIELD, "there is no fact table %d", (int)table);
	kh_facts_rows_done(ret);
	ret->table = table;
	if (kh_fact_tables[table].privileged && !ctx->privileged)
		return kh_rows_not_measured(ret, KH_FACTS_NEEDS_ROOT);
	measure(ctx, collectors[table], ret);
	kh_rows_sort(ret);
	return 0;
}
