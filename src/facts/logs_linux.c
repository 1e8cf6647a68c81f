#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/journal.h"
#include "facts/format/keyfile.h"
#include "facts/format/logrotate.h"
#include "facts/limits.h"
#include "facts/tree.h"
#include "os/file.h"

#include <ctype.h>
#include <stdio.h>
#include <unistd.h>

static void begin_row(struct kh_facts_ctx *ctx, const char *system, const char *unit, struct kh_facts_rows *rows)
{
	const struct kh_unit *known = kh_units_find(kh_ctx_units(ctx), unit);
	kh_row_begin(rows);
	kh_row_text(rows, KH_LOGS_SYSTEM, system);
	kh_row_maybe(rows, KH_LOGS_RUNNING, kh_ctx_unit_running(ctx, unit));
	kh_row_bool(rows, KH_LOGS_ENABLED, known && (known->enabled == KH_UNIT_STATIC || kh_unit_is_enabled(kh_ctx_units(ctx), unit)));
}

/* ---- journald ---- */

static void read_journald_conf(int root, struct kh_keyfile *k)
{
	static const char *const patterns[] = {"/usr/lib/systemd/journald.conf", "/usr/lib/systemd/journald.conf.d/*.conf", "/etc/systemd/journald.conf",
					       "/run/systemd/journald.conf.d/*.conf", "/etc/systemd/journald.conf.d/*.conf"};
	for (size_t i = 0; i < KH_COUNT(patterns); i++) {
		kh_auto_names struct kh_names paths = {0};
		kh_ignore(kh_tree_glob(root, patterns[i], &paths));
		for (size_t j = 0; j < paths.n; j++) {
			kh_auto_buf struct kh_buf text = KH_BUF_INIT;
			if (kh_tree_read(root, paths.v[j], KH_FACTS_MAX_FILE, &text) == 0)
				kh_ignore(kh_keyfile_parse(KH_KEYFILE_INI, text.data, text.len, k));
		}
	}
}

/* "500M" → bytes: K, M, G, T, P by 1024. */
static bool parse_size(const char *text, int64_t *ret)
{
	static const char units[] = "KMGTP";
	char number[32];
	size_t digits = text ? strspn(text, "0123456789") : 0;
	const char *unit = text && text[digits] ? strchr(units, toupper((unsigned char)text[digits])) : NULL;
	if (digits == 0 || digits > 15)
		return false;
	snprintf(number, sizeof number, "%.*s", (int)digits, text);
	int shift = unit ? 10 * (int)(unit - units + 1) : 0;
	if (!kh_parse_int(number, 0, INT64_MAX >> shift, ret))
		return false;
	*ret <<= shift;
	return true;
}

/* systemd.time(7), one number and unit: "1month", "90d", "7776000"; 0 is no limit. */
static int64_t parse_days(const char *text)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = {{"month", 2629800}, {"year", 31557600}, {"week", 604800}, {"day", 86400}, {"hour", 3600}, {"min", 60}, {"w", 604800}, {"d", 86400},
		     {"h", 3600},        {"y", 31557600},    {"M", 2629800},   {"m", 60}};
	char number[32];
	int64_t value = 0, seconds = 1;
	size_t digits = text ? strspn(text, "0123456789") : 0;
	if (digits == 0 || digits > 9)
		return 0;
	snprintf(number, sizeof number, "%.*s", (int)digits, text);
	const char *unit = text + digits + strspn(text + digits, " ");
	for (size_t i = 0; *unit && i < KH_COUNT(units); i++)
		if (kh_starts_with(unit, units[i].unit)) {
			seconds = units[i].seconds;
			break;
		}
	return kh_parse_int(number, 0, INT32_MAX, &value) ? value * seconds / 86400 : 0;
}

/* First entry of all journal files of all machine ids in a folder. */
static int64_t oldest_journal(int root, const char *folder)
{
	int64_t oldest = INT64_MAX;
	kh_auto_names struct kh_names machines = {0};
	if (kh_tree_list(root, folder, &machines) < 0)
		return oldest;
	for (size_t i = 0; i < machines.n; i++) {
		kh_auto_names struct kh_names files = {0};
		kh_auto_free char *machine = kh_format("%s/%s", folder, machines.v[i]);
		if (kh_tree_list(root, machine, &files) < 0)
			continue;
		for (size_t j = 0; j < files.n; j++) {
			uint8_t head[KH_JOURNAL_HEAD];
			int64_t first = 0;
			kh_auto_fd int fd = -1;
			kh_auto_free char *path = kh_format("%s/%s", machine, files.v[j]);
			if (!strstr(files.v[j], ".journal") || kh_tree_open(root, path, &fd) < 0)
				continue;
			ssize_t n = read(fd, head, sizeof head);
			if (n > 0 && kh_journal_first(head, (size_t)n, &first))
				oldest = KH_MIN(oldest, first);
		}
	}
	return oldest;
}

/* Storage=auto keeps on disk when the folder is there. */
static bool is_persistent(int root, const struct kh_keyfile *k)
{
	const char *storage = kh_keyfile_get(k, "Journal", "Storage");
	if (!storage || kh_streq_nocase(storage, "auto"))
		return kh_tree_is_dir(root, "/var/log/journal");
	return kh_streq_nocase(storage, "persistent");
}

static void fill_journald(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_auto_keyfile struct kh_keyfile k = {0};
	int64_t max = 0;
	if (!kh_units_find(kh_ctx_units(ctx), "systemd-journald.service"))
		return;
	read_journald_conf(ctx->root, &k);
	bool persistent = is_persistent(ctx->root, &k);
	begin_row(ctx, "journald", "systemd-journald.service", rows);
	kh_row_bool(rows, KH_LOGS_PERSISTENT, persistent);
	int64_t days = parse_days(kh_keyfile_get(&k, "Journal", "MaxRetentionSec"));
	if (days)
		kh_row_int(rows, KH_LOGS_RETENTION_DAYS, days);
	if (parse_size(kh_keyfile_get(&k, "Journal", persistent ? "SystemMaxUse" : "RuntimeMaxUse"), &max))
		kh_row_int(rows, KH_LOGS_MAX_BYTES, max);
	int64_t oldest = oldest_journal(ctx->root, persistent ? "/var/log/journal" : "/run/log/journal");
	if (oldest != INT64_MAX)
		kh_row_day(rows, KH_LOGS_OLDEST_S, oldest);
	enum kh_maybe upload = kh_unit_is_enabled(kh_ctx_units(ctx), "systemd-journal-upload.service") ? KH_YES : KH_NO;
	kh_row_maybe(rows, KH_LOGS_REMOTE, upload);
}

/* ---- the classic log files ---- */

/* How long logrotate keeps a log: the main file first, then the drop-ins with its defaults. */
static int64_t rotated_days(int root, const char *log)
{
	struct kh_logrotate defaults = {0}, found = {0};
	bool is_found = false;
	kh_auto_names struct kh_names files = {0};
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	if (kh_tree_read(root, "/etc/logrotate.conf", KH_FACTS_MAX_FILE, &text) == 0)
		kh_logrotate_parse(text.data, text.len, log, &defaults, &found, &is_found);
	kh_ignore(kh_tree_glob(root, "/etc/logrotate.d/*", &files));
	for (size_t i = 0; i < files.n; i++) {
		struct kh_logrotate here = defaults;
		if (kh_tree_read(root, files.v[i], KH_FACTS_MAX_FILE, &text) == 0)
			kh_logrotate_parse(text.data, text.len, log, &here, &found, &is_found);
	}
	return is_found ? kh_logrotate_days(&found) : 0;
}

/* The oldest rotated file: what is in it is at least as old as its last change. */
static void fill_oldest_file(int root, const char *pattern, struct kh_facts_rows *rows)
{
	int64_t oldest = INT64_MAX;
	kh_auto_names struct kh_names files = {0};
	if (kh_tree_glob(root, pattern, &files) < 0)
		return;
	for (size_t i = 0; i < files.n; i++) {
		struct kh_tree_stat st = {0};
		if (kh_tree_lstat(root, files.v[i], &st) && st.kind == KH_TREE_FILE)
			oldest = KH_MIN(oldest, st.modified_s);
	}
	if (oldest != INT64_MAX)
		kh_row_day(rows, KH_LOGS_OLDEST_S, oldest);
}

/* "*.* @@host", or an action of type omfwd. */
static bool rsyslog_sends(const char *line)
{
	const char *at = strchr(line, '@');
	bool forwards = at && at > line && (at[-1] == ' ' || at[-1] == '\t') && at[strspn(at, "@")] && !strchr(" \t", at[strspn(at, "@")]);
	return *line != '#' && *line != '$' && (forwards || strstr(line, "\"omfwd\"") || strstr(line, "\"omrelp\""));
}

static bool syslog_ng_sends(const char *line)
{
	static const char *const drivers[] = {"network(", "syslog(", "tcp(", "udp(", "tcp6(", "udp6("};
	for (size_t i = 0; *line != '#' && strstr(line, "destination") && i < KH_COUNT(drivers); i++)
		if (strstr(line, drivers[i]))
			return true;
	return false;
}

static bool any_line(int root, const char *const *patterns, bool (*is)(const char *))
{
	for (; *patterns; patterns++) {
		kh_auto_names struct kh_names files = {0};
		kh_ignore(kh_tree_glob(root, *patterns, &files));
		for (size_t i = 0; i < files.n; i++) {
			kh_auto_buf struct kh_buf text = KH_BUF_INIT;
			if (kh_tree_read(root, files.v[i], KH_FACTS_MAX_FILE, &text) < 0)
				continue;
			for (char *rest = text.data, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;)
				if (is(kh_trim(line)))
					return true;
		}
	}
	return false;
}

static void fill_syslog(struct kh_facts_ctx *ctx, const char *system, const char *unit, const char *const *files, bool (*sends)(const char *),
			struct kh_facts_rows *rows)
{
	bool as_syslog = kh_tree_exists(ctx->root, "/var/log/syslog") || !kh_tree_exists(ctx->root, "/var/log/messages");
	if (!kh_units_find(kh_ctx_units(ctx), unit))
		return;
	const char *log = as_syslog ? "/var/log/syslog" : "/var/log/messages";
	kh_auto_free char *pattern = kh_format("%s*", log);
	begin_row(ctx, system, unit, rows);
	kh_row_bool(rows, KH_LOGS_PERSISTENT, true);
	int64_t days = rotated_days(ctx->root, log);
	if (days)
		kh_row_int(rows, KH_LOGS_RETENTION_DAYS, days);
	fill_oldest_file(ctx->root, pattern, rows);
	kh_row_bool(rows, KH_LOGS_REMOTE, any_line(ctx->root, files, sends));
}

/* ---- auditd ---- */

static bool audit_sends(const char *line)
{
	return kh_starts_with(line, "active") && kh_ends_with(line, "yes");
}

/* max_log_file (MiB) times num_logs, when the files are rotated. */
static void fill_auditd(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	static const char *const plugins[] = {"/etc/audit/plugins.d/au-remote.conf", "/etc/audisp/plugins.d/au-remote.conf", NULL};
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_keyfile struct kh_keyfile k = {0};
	int64_t megabytes = 8, files = 5;
	if (!kh_units_find(kh_ctx_units(ctx), "auditd.service"))
		return;
	if (kh_tree_read(ctx->root, "/etc/audit/auditd.conf", KH_FACTS_MAX_FILE, &text) == 0)
		kh_ignore(kh_keyfile_parse(KH_KEYFILE_WORDS, text.data, text.len, &k));
	begin_row(ctx, "auditd", "auditd.service", rows);
	kh_row_bool(rows, KH_LOGS_PERSISTENT, kh_keyfile_bool(&k, "", "write_logs", true));
	kh_ignore(kh_keyfile_int(&k, "", "max_log_file", &megabytes));
	kh_ignore(kh_keyfile_int(&k, "", "num_logs", &files));
	const char *action = kh_keyfile_get(&k, "", "max_log_file_action");
	if ((!action || kh_streq_nocase(action, "rotate")) && megabytes > 0 && files > 0 && megabytes < 1000000 && files < 1000)
		kh_row_int(rows, KH_LOGS_MAX_BYTES, megabytes * files * INT64_C(1048576));
	fill_oldest_file(ctx->root, "/var/log/audit/audit.log*", rows);
	kh_row_bool(rows, KH_LOGS_REMOTE, any_line(ctx->root, plugins, audit_sends));
}

int kh_facts_logs(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	static const char *const rsyslog[] = {"/etc/rsyslog.conf", "/etc/rsyslog.d/*.conf", NULL};
	static const char *const syslog_ng[] = {"/etc/syslog-ng/syslog-ng.conf", "/etc/syslog-ng/conf.d/*.conf", NULL};
	if (!kh_tree_is_dir(ctx->root, "/etc"))
		return kh_fail(KH_E_NOT_FOUND, "/etc");
	fill_journald(ctx, rows);
	fill_syslog(ctx, "rsyslog", "rsyslog.service", rsyslog, rsyslog_sends, rows);
	fill_syslog(ctx, "syslog-ng", "syslog-ng.service", syslog_ng, syslog_ng_sends, rows);
	fill_auditd(ctx, rows);
	return 0;
}
