/* Inside of a collection: what the collectors of the tables share. Not for the programs. */
#pragma once

#include "facts/facts.h"
#include "facts/installed.h"
#include "facts/processes.h"
#include "facts/rows.h"
#include "facts/units.h"
#include "facts/users.h"

struct kh_facts_ctx {
	int root; /* for kh_tree_* */
	bool live, privileged;
	int64_t now_s;
	const char *content; /* the content store, below the root */
	const char *secret;  /* what the search for secret documents keeps, below the root */

	/* Read at once, because later a sandbox may stand in the way. */
	struct kh_process_links links;
	enum kh_maybe clock_synchronized;

	/* Loaded when first asked for, by the functions below. */
	struct kh_processes processes;
	struct kh_units units;
	struct kh_installed installed;
	struct kh_users users;
	bool processes_loaded, units_loaded, installed_loaded, users_loaded;
};

/* Lent until the context is freed; what cannot be read is empty (and .known false). */
const struct kh_processes *kh_ctx_processes(struct kh_facts_ctx *ctx);
const struct kh_units *kh_ctx_units(struct kh_facts_ctx *ctx);
const struct kh_installed *kh_ctx_installed(struct kh_facts_ctx *ctx);
const struct kh_users *kh_ctx_users(struct kh_facts_ctx *ctx);

/* Is the unit ("ssh.service") running: by systemd's own marks, else by a process of its program. Unknown on a tree without /run and /proc. */
enum kh_maybe kh_ctx_unit_running(struct kh_facts_ctx *ctx, const char *unit);
enum kh_maybe kh_ctx_process_running(struct kh_facts_ctx *ctx, const char *name);

/* "None" is an answer only where something would be seen if it were there. 0 when this tree can say what runs (units, start scripts or processes) / what is
 * installed (a package database, or what runs); KH_E_NOT_FOUND for a few files of a system. A table that found something need not ask. */
int kh_ctx_check_services(struct kh_facts_ctx *ctx) KH_MUST_USE;
int kh_ctx_check_software(struct kh_facts_ctx *ctx) KH_MUST_USE;

/* Measures a table: fills the rows and returns 0 (with the rows possibly marked not measured), or an error, which becomes the reason:
 * KH_E_NOT_FOUND source_missing, KH_E_PERMISSION needs_root, KH_E_TOO_LARGE too_large, KH_E_NOT_SUPPORTED not_supported, all else failed. */
typedef int (*kh_facts_collector)(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows);

/* One per table; the table of tables is in collect.c. */
int kh_facts_accounts(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_backups(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_bluetooth(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_disks(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_firewall(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_hardware(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_hid(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_interfaces(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_logs(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_os(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_packages(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_password_policy(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_ports(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_protection(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_remote_tools(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_routes(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_secret_documents(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_secret_search(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_services(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_time_sync(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_update_state(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_updates(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_usb(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
int kh_facts_wifi(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows) KH_MUST_USE;
