#include "facts/ctx.h"
#include "facts/os_support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/dates.h"
#include "facts/format/keyfile.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <stdio.h>
#include <sys/utsname.h>

#define END_OF_DAY (17 * 3600 - 1) /* of a day in UTC+7, seen from its midnight in UTC */

const struct kh_os_support *kh_os_support_find(const char *distro, const char *version)
{
	const struct kh_os_support *best = NULL;
	for (const struct kh_os_support *s = kh_os_support_table; distro && version && s->distro; s++) {
		size_t length = strlen(s->version);
		bool fits = kh_starts_with(version, s->version) && (version[length] == '\0' || version[length] == '.');
		if (kh_streq(s->distro, distro) && fits && (!best || length > strlen(best->version)))
			best = s;
	}
	return best;
}

/* By ID, else by the first known name in ID_LIKE. */
static const char *family_of(const char *id, const char *like)
{
	static const struct {
		const char *name, *family;
	} families[] = {
		{"debian", "debian"}, {"ubuntu", "debian"}, {"rhel", "rhel"},  {"fedora", "rhel"}, {"centos", "rhel"},   {"ol", "rhel"},
		{"amzn", "rhel"},     {"suse", "suse"},     {"sles", "suse"},  {"sled", "suse"},   {"opensuse", "suse"}, {"opensuse-leap", "suse"},
		{"opensuse-tumbleweed", "suse"},            {"arch", "arch"},  {"alpine", "alpine"},
	};
	kh_auto_free char *all = kh_format("%s %s", id ? id : "", like ? like : "");
	for (char *rest = all, *name = NULL; (name = kh_split(&rest, " ")) != NULL;)
		for (size_t i = 0; i < KH_COUNT(families); i++)
			if (kh_streq(name, families[i].name))
				return families[i].family;
	return "other";
}

static void fill_support(const struct kh_keyfile *release, const char *id, const char *version, struct kh_facts_rows *rows)
{
	const struct kh_os_support *known = kh_os_support_find(id, version);
	const char *said = kh_keyfile_get(release, "", "SUPPORT_END");
	int64_t day_s = 0;
	if (known) {
		kh_row_time(rows, KH_OS_SUPPORT_END_S, known->support_end_s);
		if (known->paid_end_s)
			kh_row_time(rows, KH_OS_PAID_SUPPORT_END_S, known->paid_end_s);
	} else if (said && kh_date_iso(said, &day_s)) {
		kh_row_time(rows, KH_OS_SUPPORT_END_S, day_s + END_OF_DAY);
	}
}

static int fill_release(int root, struct kh_facts_rows *rows)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_keyfile struct kh_keyfile release = {0};
	int r = kh_tree_read(root, "/etc/os-release", KH_FACTS_MAX_FILE, &text);
	if (r == KH_E_NOT_FOUND)
		r = kh_tree_read(root, "/usr/lib/os-release", KH_FACTS_MAX_FILE, &text);
	if (r == 0)
		r = kh_keyfile_parse(KH_KEYFILE_SHELL, text.data, text.len, &release);
	if (r < 0)
		return r;
	const char *id = kh_keyfile_get(&release, "", "ID"), *version = kh_keyfile_get(&release, "", "VERSION_ID");
	const char *pretty = kh_keyfile_get(&release, "", "PRETTY_NAME");
	if (!id && !pretty)
		return kh_fail(KH_E_SYNTAX, "os-release: neither ID nor PRETTY_NAME in it");
	kh_row_filled(rows, KH_OS_NAME, pretty ? pretty : kh_keyfile_get(&release, "", "NAME"));
	kh_row_filled(rows, KH_OS_DISTRO, id);
	kh_row_text(rows, KH_OS_FAMILY, family_of(id, kh_keyfile_get(&release, "", "ID_LIKE")));
	kh_row_filled(rows, KH_OS_VERSION, version);
	kh_row_filled(rows, KH_OS_CODENAME, kh_keyfile_get(&release, "", "VERSION_CODENAME"));
	fill_support(&release, id, version, rows);
	return 0;
}

/* The architecture programs are built for, by the ELF header of the shell: a tree does not say it otherwise. */
static const char *arch_of_tree(int root)
{
	static const struct {
		unsigned machine;
		const char *name;
	} machines[] = {{62, "x86_64"}, {3, "i686"}, {183, "aarch64"}, {40, "armv7l"}, {243, "riscv64"}, {21, "ppc64le"}, {22, "s390x"}};
	kh_auto_buf struct kh_buf head = KH_BUF_INIT;
	if (kh_tree_read(root, "/bin/sh", KH_FACTS_MAX_FILE, &head) < 0 || head.len < 20 || memcmp(head.data, "\177ELF", 4) != 0)
		return NULL;
	unsigned machine = (unsigned char)head.data[18] | (unsigned)(unsigned char)head.data[19] << 8;
	for (size_t i = 0; i < KH_COUNT(machines); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return NULL;
}

static void fill_kernel(const struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	char text[256];
	struct utsname live = {0};
	bool known = ctx->live && uname(&live) == 0;
	if (kh_tree_line(ctx->root, "/proc/sys/kernel/osrelease", text, sizeof text))
		kh_row_text(rows, KH_OS_KERNEL, text);
	kh_row_text(rows, KH_OS_ARCH, known ? live.machine : arch_of_tree(ctx->root));
	if (kh_tree_line(ctx->root, "/proc/sys/kernel/hostname", text, sizeof text) || kh_tree_line(ctx->root, "/etc/hostname", text, sizeof text))
		kh_row_text(rows, KH_OS_HOSTNAME, text);
}

/* A graphical login: a display manager that comes up by itself. */
static bool is_workstation(struct kh_facts_ctx *ctx)
{
	static const char *const managers[] = {"gdm.service", "gdm3.service", "sddm.service", "lightdm.service", "lxdm.service", "xdm.service", "nodm.service"};
	char target[256];
	if (kh_tree_link(ctx->root, "/etc/systemd/system/display-manager.service", target, sizeof target) && !kh_streq(target, "/dev/null"))
		return true;
	for (size_t i = 0; i < KH_COUNT(managers); i++)
		if (kh_unit_is_enabled(kh_ctx_units(ctx), managers[i]))
			return true;
	return false;
}

static void fill_timezone(int root, struct kh_facts_rows *rows)
{
	char target[256], line[256];
	const char *zone = kh_tree_link(root, "/etc/localtime", target, sizeof target) ? strstr(target, "zoneinfo/") : NULL;
	if (zone)
		kh_row_text(rows, KH_OS_TIMEZONE, zone + strlen("zoneinfo/"));
	else if (kh_tree_line(root, "/etc/timezone", line, sizeof line))
		kh_row_text(rows, KH_OS_TIMEZONE, line);
}

/* Realm of sssd (the first [domain/NAME]) or of samba. */
static void fill_domain(int root, struct kh_facts_rows *rows)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_keyfile struct kh_keyfile sssd = {0}, samba = {0};
	if (kh_tree_read(root, "/etc/sssd/sssd.conf", KH_FACTS_MAX_FILE, &text) == 0 && kh_keyfile_parse(KH_KEYFILE_INI, text.data, text.len, &sssd) == 0)
		for (size_t i = 0; i < sssd.n; i++)
			if (kh_starts_with(sssd.v[i].section, "domain/")) {
				kh_row_text(rows, KH_OS_DOMAIN, sssd.v[i].section + strlen("domain/"));
				return;
			}
	if (kh_tree_read(root, "/etc/samba/smb.conf", KH_FACTS_MAX_FILE, &text) == 0 && kh_keyfile_parse(KH_KEYFILE_INI, text.data, text.len, &samba) == 0 &&
	    kh_streq(kh_keyfile_get(&samba, "global", "security"), "ads"))
		kh_row_filled(rows, KH_OS_DOMAIN, kh_keyfile_get(&samba, "global", "realm"));
}

int kh_facts_os(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_row_begin(rows);
	int r = fill_release(ctx->root, rows);
	if (r < 0)
		return r;
	fill_kernel(ctx, rows);
	fill_domain(ctx->root, rows);
	fill_timezone(ctx->root, rows);
	kh_row_text(rows, KH_OS_MACHINE_CLASS, is_workstation(ctx) ? "workstation" : "server");
	return 0;
}
