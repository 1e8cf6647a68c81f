#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/keyfile.h"
#include "facts/limits.h"
#include "facts/tree.h"

/* The services that keep the clock: their units on Debian and on others, and where their servers stand. */
static const struct time_service {
	const char *name, *units[3], *process;
	const char *files[5]; /* patterns */
} services[] = {
	{"chrony", {"chrony.service", "chronyd.service"}, "chronyd",
	 {"/etc/chrony/chrony.conf", "/etc/chrony.conf", "/etc/chrony/conf.d/*.conf", "/etc/chrony/sources.d/*.sources", "/etc/chrony.d/*.conf"}},
	{"ntpsec", {"ntpsec.service"}, NULL, {"/etc/ntpsec/ntp.conf"}},
	{"ntpd", {"ntp.service", "ntpd.service"}, "ntpd", {"/etc/ntp.conf"}},
	{"openntpd", {"openntpd.service"}, NULL, {"/etc/openntpd/ntpd.conf"}},
	{"timesyncd", {"systemd-timesyncd.service"}, "systemd-timesyn",
	 {"/etc/systemd/timesyncd.conf", "/etc/systemd/timesyncd.conf.d/*.conf", "/usr/lib/systemd/timesyncd.conf.d/*.conf"}},
};

static const struct kh_unit *unit_of(struct kh_facts_ctx *ctx, const struct time_service *s)
{
	const struct kh_unit *unit = NULL;
	for (size_t i = 0; i < KH_COUNT(s->units) && s->units[i] && !unit; i++)
		unit = kh_units_find(kh_ctx_units(ctx), s->units[i]);
	return unit;
}

static enum kh_maybe is_running(struct kh_facts_ctx *ctx, const struct time_service *s, const struct kh_unit *unit)
{
	enum kh_maybe running = unit ? kh_ctx_unit_running(ctx, unit->name) : KH_UNKNOWN;
	return running != KH_YES && s->process && kh_ctx_process_running(ctx, s->process) == KH_YES ? KH_YES : running;
}

/* What is running comes before what is enabled, that before what is merely installed. */
static const struct time_service *choose(struct kh_facts_ctx *ctx)
{
	const struct time_service *best = NULL;
	int best_weight = 0;
	for (size_t i = 0; i < KH_COUNT(services); i++) {
		const struct kh_unit *unit = unit_of(ctx, &services[i]);
		enum kh_maybe running = is_running(ctx, &services[i], unit);
		int weight = running == KH_YES ? 3 : !unit ? 0 : kh_unit_is_enabled(kh_ctx_units(ctx), unit->name) ? 2 : 1;
		if (weight > best_weight) {
			best = &services[i];
			best_weight = weight;
		}
	}
	return best;
}

static void add_name(struct kh_buf *servers, const char *name, size_t length)
{
	if (length)
		kh_buf_addf(servers, "%s%.*s", servers->len ? " " : "", (int)length, name);
}

/* "server NAME …", "pool NAME …", "peer NAME …", "servers NAME" */
static void add_directives(char *text, struct kh_buf *servers)
{
	static const char *const words[] = {"server ", "pool ", "peer ", "servers "};
	for (char *rest = text, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		line = kh_trim(line);
		for (char *p = line; *p; p++)
			*p = *p == '\t' ? ' ' : *p;
		for (size_t i = 0; i < KH_COUNT(words); i++)
			if (kh_starts_with(line, words[i])) {
				const char *name = line + strlen(words[i]);
				name += strspn(name, " ");
				add_name(servers, name, strcspn(name, " "));
			}
	}
}

static void add_timesyncd(const char *text, size_t n, struct kh_buf *servers)
{
	kh_auto_keyfile struct kh_keyfile k = {0};
	if (kh_keyfile_parse(KH_KEYFILE_INI, text, n, &k) < 0)
		return;
	const char *ntp = kh_keyfile_get(&k, "Time", "NTP"), *fallback = kh_keyfile_get(&k, "Time", "FallbackNTP");
	const char *names = ntp && *ntp ? ntp : fallback;
	if (names)
		add_name(servers, names, strlen(names));
}

static void read_servers(int root, const struct time_service *s, struct kh_buf *servers)
{
	for (size_t i = 0; i < KH_COUNT(s->files) && s->files[i]; i++) {
		kh_auto_names struct kh_names paths = {0};
		kh_ignore(kh_tree_glob(root, s->files[i], &paths));
		for (size_t j = 0; j < paths.n; j++) {
			kh_auto_buf struct kh_buf text = KH_BUF_INIT;
			if (kh_tree_read(root, paths.v[j], KH_FACTS_MAX_FILE, &text) < 0 || !text.data)
				continue;
			if (kh_streq(s->name, "timesyncd"))
				add_timesyncd(text.data, text.len, servers);
			else
				add_directives(text.data, servers);
		}
	}
}

static enum kh_maybe is_synchronized(const struct kh_facts_ctx *ctx)
{
	if (ctx->live)
		return ctx->clock_synchronized;
	return kh_tree_exists(ctx->root, "/run/systemd/timesync/synchronized") ? KH_YES : KH_UNKNOWN;
}

int kh_facts_time_sync(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	const struct time_service *s = choose(ctx);
	int r = s ? 0 : kh_ctx_check_services(ctx);
	if (r < 0)
		return r;
	kh_row_begin(rows);
	kh_row_maybe(rows, KH_TIME_SYNC_SYNCHRONIZED, is_synchronized(ctx));
	if (!s)
		return 0;
	kh_auto_buf struct kh_buf servers = KH_BUF_INIT;
	const struct kh_unit *unit = unit_of(ctx, s);
	kh_row_text(rows, KH_TIME_SYNC_SERVICE, s->name);
	kh_row_bool(rows, KH_TIME_SYNC_ENABLED, unit && kh_unit_is_enabled(kh_ctx_units(ctx), unit->name));
	kh_row_maybe(rows, KH_TIME_SYNC_RUNNING, is_running(ctx, s, unit));
	read_servers(ctx->root, s, &servers);
	kh_row_filled(rows, KH_TIME_SYNC_SERVERS, servers.data);
	return 0;
}
