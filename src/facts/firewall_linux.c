#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/filterrules.h"
#include "facts/format/keyfile.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <stdio.h>

static int read_keys(int root, const char *path, enum kh_keyfile_form form, struct kh_keyfile *k)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = kh_tree_read(root, path, KH_FACTS_MAX_FILE, &text);
	return r < 0 ? r : kh_keyfile_parse(form, text.data, text.len, k);
}

static enum kh_maybe enabled(struct kh_facts_ctx *ctx, const char *unit)
{
	return kh_unit_is_enabled(kh_ctx_units(ctx), unit) ? KH_YES : KH_NO;
}

static enum kh_maybe both(enum kh_maybe a, enum kh_maybe b)
{
	if (a == KH_NO || b == KH_NO)
		return KH_NO;
	return a == KH_YES && b == KH_YES ? KH_YES : KH_UNKNOWN;
}

/* Rules are loaded by units that do not stay as processes: without systemd's marks nothing tells. */
static enum kh_maybe in_force(struct kh_facts_ctx *ctx, const char *unit)
{
	enum kh_maybe running = kh_ctx_unit_running(ctx, unit);
	return running == KH_YES || kh_tree_is_dir(ctx->root, "/run/systemd/units") ? running : KH_UNKNOWN;
}

static void fill_policies(const struct kh_filter_rules *rules, struct kh_facts_rows *rows)
{
	kh_row_text(rows, KH_FIREWALL_DEFAULT_INPUT, rules->input);
	kh_row_text(rows, KH_FIREWALL_DEFAULT_OUTPUT, rules->output);
	kh_row_text(rows, KH_FIREWALL_DEFAULT_FORWARD, rules->forward);
	kh_row_int(rows, KH_FIREWALL_RULES, rules->rules);
	kh_row_bool(rows, KH_FIREWALL_LOGGING, rules->logs);
}

/* ---- ufw: its own switch, defaults and one remark "### tuple ###" per rule ---- */

static int64_t ufw_rules(int root)
{
	static const char *const files[] = {"/etc/ufw/user.rules", "/etc/ufw/user6.rules", "/lib/ufw/user.rules"};
	int64_t rules = 0;
	for (size_t i = 0; i < KH_COUNT(files); i++) {
		kh_auto_buf struct kh_buf text = KH_BUF_INIT;
		if (kh_tree_read(root, files[i], KH_FACTS_MAX_FILE, &text) < 0)
			continue;
		for (const char *p = kh_buf_text(&text); (p = strstr(p, "### tuple ###")) != NULL; p++)
			rules++;
	}
	return rules;
}

static void ufw_policy(const struct kh_keyfile *k, const char *key, struct kh_facts_rows *rows, size_t column)
{
	static const char *const names[] = {"accept", "drop", "reject"};
	const char *value = kh_keyfile_get(k, "", key);
	for (size_t i = 0; value && i < KH_COUNT(names); i++)
		if (kh_streq_nocase(value, names[i]))
			kh_row_text(rows, column, names[i]);
}

static int fill_ufw(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_auto_keyfile struct kh_keyfile conf = {0}, defaults = {0};
	int r = read_keys(ctx->root, "/etc/ufw/ufw.conf", KH_KEYFILE_SHELL, &conf);
	if (r < 0)
		return r == KH_E_NOT_FOUND ? 0 : r;
	kh_ignore(read_keys(ctx->root, "/etc/default/ufw", KH_KEYFILE_SHELL, &defaults));
	enum kh_maybe on = kh_keyfile_bool(&conf, "", "ENABLED", false) ? KH_YES : KH_NO;
	kh_row_begin(rows);
	kh_row_text(rows, KH_FIREWALL_ENGINE, "ufw");
	kh_row_maybe(rows, KH_FIREWALL_ACTIVE, both(on, in_force(ctx, "ufw.service")));
	kh_row_maybe(rows, KH_FIREWALL_ENABLED, both(on, enabled(ctx, "ufw.service")));
	ufw_policy(&defaults, "DEFAULT_INPUT_POLICY", rows, KH_FIREWALL_DEFAULT_INPUT);
	ufw_policy(&defaults, "DEFAULT_OUTPUT_POLICY", rows, KH_FIREWALL_DEFAULT_OUTPUT);
	ufw_policy(&defaults, "DEFAULT_FORWARD_POLICY", rows, KH_FIREWALL_DEFAULT_FORWARD);
	kh_row_int(rows, KH_FIREWALL_RULES, ufw_rules(ctx->root));
	const char *level = kh_keyfile_get(&conf, "", "LOGLEVEL");
	kh_row_bool(rows, KH_FIREWALL_LOGGING, level && !kh_streq_nocase(level, "off"));
	return 0;
}

/* ---- firewalld: the default zone decides what comes in ---- */

static int64_t count_elements(const char *xml)
{
	static const char *const elements[] = {"<service ", "<port ", "<rule>", "<rule ", "<protocol ", "<source-port ", "<forward-port "};
	int64_t n = 0;
	for (size_t i = 0; i < KH_COUNT(elements); i++)
		for (const char *p = xml; (p = strstr(p, elements[i])) != NULL; p++)
			n++;
	return n;
}

/* <zone target="DROP">: default (reject), ACCEPT, DROP, %%REJECT%%. */
static const char *zone_target(const char *xml)
{
	char target[16];
	const char *zone = strstr(xml, "<zone"), *at = zone ? strstr(zone, "target=\"") : NULL;
	const char *end = zone ? strchr(zone, '>') : NULL;
	if (!at || !end || at > end)
		return "reject";
	at += strlen("target=\"");
	snprintf(target, sizeof target, "%.*s", (int)KH_MIN(strcspn(at, "\""), sizeof target - 1), at);
	return kh_streq(target, "ACCEPT") ? "accept" : kh_streq(target, "DROP") ? "drop" : "reject";
}

static void fill_zone(int root, const char *zone, struct kh_facts_rows *rows)
{
	static const char *const folders[] = {"/etc/firewalld/zones", "/usr/lib/firewalld/zones"};
	for (size_t i = 0; i < KH_COUNT(folders); i++) {
		kh_auto_buf struct kh_buf xml = KH_BUF_INIT;
		kh_auto_free char *path = kh_format("%s/%s.xml", folders[i], zone);
		if (strchr(zone, '/') || kh_tree_read(root, path, KH_FACTS_MAX_FILE, &xml) < 0)
			continue;
		kh_row_text(rows, KH_FIREWALL_DEFAULT_INPUT, zone_target(kh_buf_text(&xml)));
		kh_row_int(rows, KH_FIREWALL_RULES, count_elements(kh_buf_text(&xml)));
		return;
	}
}

static int fill_firewalld(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_auto_keyfile struct kh_keyfile conf = {0};
	if (!kh_units_find(kh_ctx_units(ctx), "firewalld.service"))
		return 0;
	int r = read_keys(ctx->root, "/etc/firewalld/firewalld.conf", KH_KEYFILE_WORDS, &conf);
	if (r < 0 && r != KH_E_NOT_FOUND)
		return r;
	const char *zone = kh_keyfile_get(&conf, "", "DefaultZone"), *log = kh_keyfile_get(&conf, "", "LogDenied");
	kh_row_begin(rows);
	kh_row_text(rows, KH_FIREWALL_ENGINE, "firewalld");
	kh_row_maybe(rows, KH_FIREWALL_ACTIVE, kh_ctx_unit_running(ctx, "firewalld.service"));
	kh_row_maybe(rows, KH_FIREWALL_ENABLED, enabled(ctx, "firewalld.service"));
	fill_zone(ctx->root, zone ? zone : "public", rows);
	kh_row_text(rows, KH_FIREWALL_DEFAULT_OUTPUT, "accept");
	kh_row_text(rows, KH_FIREWALL_DEFAULT_FORWARD, "reject");
	kh_row_bool(rows, KH_FIREWALL_LOGGING, log && !kh_streq_nocase(log, "off"));
	return 0;
}

/* ---- nftables ---- */

struct nft_reading {
	int root, files;
	struct kh_filter_rules *rules;
};

static int include_nft(void *arg, const char *pattern)
{
	struct nft_reading *reading = arg;
	kh_auto_names struct kh_names paths = {0};
	kh_auto_free char *absolute = *pattern == '/' ? kh_strdup(pattern) : kh_format("/etc/%s", pattern);
	int r = kh_tree_glob(reading->root, absolute, &paths);
	for (size_t i = 0; r == 0 && i < paths.n; i++) {
		kh_auto_buf struct kh_buf text = KH_BUF_INIT;
		if (++reading->files > KH_FACTS_MAX_INCLUDES)
			return kh_fail(KH_E_TOO_LARGE, "nftables: more than %d files", KH_FACTS_MAX_INCLUDES);
		r = kh_tree_read(reading->root, paths.v[i], KH_FACTS_MAX_FILE, &text);
		if (r == 0)
			r = kh_nft_parse(text.data, text.len, reading->rules, include_nft, reading);
		else if (r == KH_E_NOT_FOUND)
			r = 0;
	}
	return r;
}

static int fill_nftables(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	struct kh_filter_rules rules = {0};
	struct nft_reading reading = {.root = ctx->root, .rules = &rules};
	const struct kh_unit *unit = kh_units_find(kh_ctx_units(ctx), "nftables.service");
	bool debian = kh_tree_exists(ctx->root, "/etc/nftables.conf"), rhel = kh_tree_exists(ctx->root, "/etc/sysconfig/nftables.conf");
	if (!unit || (!debian && !rhel))
		return 0;
	int r = include_nft(&reading, debian ? "/etc/nftables.conf" : "/etc/sysconfig/nftables.conf");
	if (r < 0)
		return r;
	kh_row_begin(rows);
	kh_row_text(rows, KH_FIREWALL_ENGINE, "nftables");
	kh_row_maybe(rows, KH_FIREWALL_ACTIVE, in_force(ctx, "nftables.service"));
	kh_row_maybe(rows, KH_FIREWALL_ENABLED, enabled(ctx, "nftables.service"));
	fill_policies(&rules, rows);
	return 0;
}

/* ---- iptables: saved rules, loaded by a unit ---- */

/* The kernel lists the old tables in use; nf_tables' way of the same command does not show there. */
static enum kh_maybe iptables_active(struct kh_facts_ctx *ctx, const char *unit)
{
	kh_auto_buf struct kh_buf tables = KH_BUF_INIT;
	enum kh_maybe loaded = in_force(ctx, unit);
	if (loaded != KH_YES && kh_tree_read(ctx->root, "/proc/net/ip_tables_names", KH_FACTS_MAX_SMALL, &tables) == 0 && strstr(kh_buf_text(&tables), "filter"))
		return KH_YES;
	return loaded;
}

static int fill_iptables(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	static const struct {
		const char *path, *unit;
	} kinds[] = {{"/etc/iptables/rules.v4", "netfilter-persistent.service"}, {"/etc/sysconfig/iptables", "iptables.service"}};
	for (size_t i = 0; i < KH_COUNT(kinds); i++) {
		kh_auto_buf struct kh_buf text = KH_BUF_INIT;
		struct kh_filter_rules rules = {0};
		int r = kh_tree_read(ctx->root, kinds[i].path, KH_FACTS_MAX_FILE, &text);
		if (r < 0 && r != KH_E_NOT_FOUND)
			return r;
		if (r < 0)
			continue;
		kh_iptables_parse(text.data, text.len, &rules);
		kh_row_begin(rows);
		kh_row_text(rows, KH_FIREWALL_ENGINE, "iptables");
		kh_row_maybe(rows, KH_FIREWALL_ACTIVE, iptables_active(ctx, kinds[i].unit));
		kh_row_maybe(rows, KH_FIREWALL_ENABLED, enabled(ctx, kinds[i].unit));
		fill_policies(&rules, rows);
	}
	return 0;
}

int kh_facts_firewall(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	static int (*const engines[])(struct kh_facts_ctx *, struct kh_facts_rows *) = {fill_ufw, fill_firewalld, fill_nftables, fill_iptables};
	if (!kh_tree_is_dir(ctx->root, "/etc"))
		return kh_fail(KH_E_NOT_FOUND, "/etc");
	for (size_t i = 0; i < KH_COUNT(engines); i++) {
		int r = engines[i](ctx, rows);
		if (r < 0)
			return r;
	}
	return rows->n ? 0 : kh_ctx_check_services(ctx);
}
