#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/keyfile.h"
#include "facts/format/wifiprofile.h"
#include "facts/limits.h"
#include "facts/tree.h"

/* WPA2 and better; what cannot be told stays open. */
static enum kh_maybe is_secure(const char *security)
{
	if (kh_streq(security, "unknown"))
		return KH_UNKNOWN;
	return kh_streq(security, "wpa2") || kh_streq(security, "wpa3") || kh_streq(security, "enterprise") ? KH_YES : KH_NO;
}

static void fill_row(const struct kh_wifi_profile *p, const char *source, const struct kh_keyfile *used, struct kh_facts_rows *rows)
{
	int64_t used_s = 0;
	kh_row_begin(rows);
	kh_row_text(rows, KH_WIFI_SSID, p->ssid);
	kh_row_text(rows, KH_WIFI_SECURITY, p->security);
	kh_row_maybe(rows, KH_WIFI_SECURE, is_secure(p->security));
	kh_row_text(rows, KH_WIFI_SOURCE, source);
	kh_row_text(rows, KH_WIFI_MODE, p->mode);
	kh_row_bool(rows, KH_WIFI_AUTO_CONNECT, !p->manual);
	kh_row_bool(rows, KH_WIFI_HIDDEN, p->hidden);
	if (*p->uuid && kh_keyfile_int(used, "timestamps", p->uuid, &used_s) && used_s > 0)
		kh_row_day(rows, KH_WIFI_LAST_USED_S, used_s);
}

typedef int (*file_parser)(const char *path, const char *text, size_t n, struct kh_wifi_profiles *ret);

static int parse_nm(const char *path, const char *text, size_t n, struct kh_wifi_profiles *ret)
{
	(void)path;
	return kh_wifi_nm_parse(text, n, ret);
}

static int parse_ifcfg(const char *path, const char *text, size_t n, struct kh_wifi_profiles *ret)
{
	(void)path;
	return kh_wifi_ifcfg_parse(text, n, ret);
}

static int parse_ifupdown(const char *path, const char *text, size_t n, struct kh_wifi_profiles *ret)
{
	(void)path;
	return kh_wifi_ifupdown_parse(text, n, ret);
}

static int parse_wpa(const char *path, const char *text, size_t n, struct kh_wifi_profiles *ret)
{
	(void)path;
	return kh_wifi_wpa_parse(text, n, ret);
}

/* A file that makes no sense is noted and left out; one that may not be read spoils the table. */
static int read_files(int root, const char *pattern, file_parser parse, struct kh_wifi_profiles *profiles, struct kh_facts_rows *rows)
{
	kh_auto_names struct kh_names paths = {0};
	int r = kh_tree_glob(root, pattern, &paths);
	for (size_t i = 0; r == 0 && i < paths.n; i++) {
		kh_auto_buf struct kh_buf text = KH_BUF_INIT;
		r = kh_tree_read(root, paths.v[i], KH_FACTS_MAX_FILE, &text);
		if (r == KH_E_PERMISSION)
			return r;
		int parsed = r == 0 ? parse(paths.v[i], text.data, text.len, profiles) : 0;
		if (parsed < 0)
			kh_rows_note(rows, "%s: %s", paths.v[i], kh_fail_detail());
		if (text.data)
			explicit_bzero(text.data, text.len); /* passwords */
		r = 0;
	}
	return r;
}

static int read_names(int root, const char *folder, bool (*take)(const char *, struct kh_wifi_profile *), struct kh_wifi_profiles *profiles)
{
	kh_auto_names struct kh_names names = {0};
	struct kh_wifi_profile profile = {0};
	int r = kh_tree_list(root, folder, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (take(names.v[i], &profile))
			kh_array_push(profiles, profile);
	return r == KH_E_NOT_FOUND ? 0 : r;
}

/* Some program that keeps Wi-Fi profiles has its folder here. */
static bool has_keeper(int root)
{
	static const char *const places[] = {"/etc/NetworkManager/system-connections", "/etc/sysconfig/network-scripts", "/etc/wpa_supplicant", "/etc/wpa_supplicant.conf",
					     "/etc/netplan", "/var/lib/iwd", "/var/lib/connman"};
	for (size_t i = 0; i < KH_COUNT(places); i++)
		if (kh_tree_exists(root, places[i]))
			return true;
	return false;
}

/* What cards there are can be said, and none is for Wi-Fi. */
static bool has_no_card(int root)
{
	kh_auto_names struct kh_names names = {0};
	if (kh_tree_list(root, "/sys/class/net", &names) < 0 || !names.n)
		return false;
	for (size_t i = 0; i < names.n; i++) {
		kh_auto_free char *wireless = kh_format("/sys/class/net/%s/wireless", names.v[i]), *phy = kh_format("/sys/class/net/%s/phy80211", names.v[i]);
		if (kh_tree_exists(root, wireless) || kh_tree_exists(root, phy))
			return false;
	}
	return true;
}

static int check_none(int root)
{
	if (has_keeper(root) || has_no_card(root))
		return 0;
	return kh_fail(KH_E_NOT_FOUND, "no folder of NetworkManager, wpa_supplicant, netplan, iwd or connman, and nothing says that there is no Wi-Fi card");
}

int kh_facts_wifi(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	static const struct {
		const char *pattern, *source;
		file_parser parse;
	} files[] = {
		{"/etc/NetworkManager/system-connections/*", "networkmanager", parse_nm},
		{"/run/NetworkManager/system-connections/*", "networkmanager", parse_nm},
		{"/usr/lib/NetworkManager/system-connections/*", "networkmanager", parse_nm},
		{"/etc/sysconfig/network-scripts/ifcfg-*", "networkmanager", parse_ifcfg},
		{"/etc/wpa_supplicant/*.conf", "wpa_supplicant", parse_wpa},
		{"/etc/wpa_supplicant.conf", "wpa_supplicant", parse_wpa},
		{"/etc/network/interfaces", "ifupdown", parse_ifupdown},
		{"/etc/network/interfaces.d/*", "ifupdown", parse_ifupdown},
		{"/etc/netplan/*.yaml", "netplan", kh_wifi_netplan_parse},
	};
	static const struct {
		const char *folder, *source;
		bool (*take)(const char *, struct kh_wifi_profile *);
	} folders[] = {{"/var/lib/iwd", "iwd", kh_wifi_iwd_name}, {"/var/lib/connman", "connman", kh_wifi_connman_name}};
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_keyfile struct kh_keyfile used = {0};
	int r = kh_tree_is_dir(ctx->root, "/etc") ? 0 : kh_fail(KH_E_NOT_FOUND, "/etc");
	if (kh_tree_read(ctx->root, "/var/lib/NetworkManager/timestamps", KH_FACTS_MAX_FILE, &text) == 0)
		kh_ignore(kh_keyfile_parse(KH_KEYFILE_INI, text.data, text.len, &used));
	for (size_t i = 0; r == 0 && i < KH_COUNT(files) + KH_COUNT(folders); i++) {
		struct kh_wifi_profiles profiles = {0};
		bool by_file = i < KH_COUNT(files);
		size_t j = by_file ? i : i - KH_COUNT(files);
		r = by_file ? read_files(ctx->root, files[j].pattern, files[j].parse, &profiles, rows)
			    : read_names(ctx->root, folders[j].folder, folders[j].take, &profiles);
		kh_array_each(&profiles, p)
			fill_row(p, by_file ? files[j].source : folders[j].source, &used, rows);
		kh_array_done(&profiles);
	}
	return r == 0 && !rows->n ? check_none(ctx->root) : r;
}
