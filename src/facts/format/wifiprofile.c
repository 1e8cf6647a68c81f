#include "facts/format/wifiprofile.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/yaml.h"
#include "facts/format/keyfile.h"
#include "facts/limits.h"

#include <stdio.h>

static int push(struct kh_wifi_profiles *profiles, const struct kh_wifi_profile *profile)
{
	if (profiles->n == KH_FACTS_MAX_ENTRIES)
		return kh_fail(KH_E_TOO_LARGE, "more than %d Wi-Fi profiles", KH_FACTS_MAX_ENTRIES);
	kh_array_push(profiles, *profile);
	return 0;
}

static void set_ssid(struct kh_wifi_profile *p, const char *text)
{
	kh_printable(p->ssid, sizeof p->ssid, text);
}

/* Hex digits of up to 32 bytes. */
static bool set_ssid_hex(struct kh_wifi_profile *p, const char *hex, size_t length)
{
	uint8_t bytes[33] = {0};
	kh_auto_free char *digits = kh_strndup(hex, length);
	if (length == 0 || length > 64 || length % 2 || !kh_unhex(digits, bytes, length / 2))
		return false;
	set_ssid(p, (const char *)bytes);
	return true;
}

/* Does a list ("WPA-PSK SAE", "tkip;ccmp;") hold the word? */
static bool lists(const char *list, const char *word)
{
	size_t length = strlen(word);
	for (const char *p = list; p && *p; p += strcspn(p, " \t;,"), p += strspn(p, " \t;,"))
		if (strcspn(p, " \t;,") == length && strncasecmp(p, word, length) == 0)
			return true;
	return false;
}

/* Security by the words all of them use: key management, protocol versions ("wpa", "rsn") and ciphers ("tkip", "ccmp"). NULL lists: not limited. */
static const char *security_of(const char *management, const char *protocols, const char *ciphers, bool wep_key)
{
	bool wpa1_only = protocols && *protocols && !lists(protocols, "rsn") && !lists(protocols, "wpa2");
	bool tkip_only = ciphers && *ciphers && !lists(ciphers, "ccmp") && !lists(ciphers, "gcmp") && !lists(ciphers, "ccmp-256") && !lists(ciphers, "gcmp-256");
	if (lists(management, "owe"))
		return "owe";
	if (lists(management, "wpa-eap") || lists(management, "wpa-eap-suite-b-192") || lists(management, "wpa-eap-sha256"))
		return wpa1_only || tkip_only ? "wpa" : "enterprise";
	if (lists(management, "ieee8021x"))
		return "wep"; /* dynamic WEP */
	if (lists(management, "wpa-psk") || lists(management, "wpa-psk-sha256") || lists(management, "ft-psk"))
		return wpa1_only || tkip_only ? "wpa" : "wpa2";
	if (lists(management, "sae"))
		return "wpa3";
	if (wep_key)
		return "wep";
	return lists(management, "none") || !management || !*management ? "open" : "unknown";
}

/* ---- NetworkManager ---- */

/* "Office", or bytes as "79;102;" (nm-settings-keyfile(5)). */
static void set_nm_ssid(struct kh_wifi_profile *p, const char *text)
{
	char bytes[33];
	size_t n = 0;
	kh_auto_free char *copy = kh_strdup(text);
	if (strspn(text, "0123456789;") != strlen(text) || !strchr(text, ';')) {
		set_ssid(p, text);
		return;
	}
	for (char *rest = copy, *number = NULL; (number = kh_split(&rest, ";")) != NULL && n < 32;) {
		int64_t byte = 0;
		if (kh_parse_int(number, 1, 255, &byte))
			bytes[n++] = (char)byte;
	}
	bytes[n] = '\0';
	set_ssid(p, bytes);
}

static const char *either(const struct kh_keyfile *k, const char *section, const char *other, const char *key)
{
	const char *value = kh_keyfile_get(k, section, key);
	return value ? value : kh_keyfile_get(k, other, key);
}

int kh_wifi_nm_parse(const char *text, size_t n, struct kh_wifi_profiles *ret)
{
	kh_auto_keyfile struct kh_keyfile k = {0};
	struct kh_wifi_profile p = {.mode = "client"};
	int r = kh_keyfile_parse(KH_KEYFILE_INI, text, n, &k);
	if (r < 0)
		return r;
	const char *type = kh_keyfile_get(&k, "connection", "type"), *ssid = either(&k, "wifi", "802-11-wireless", "ssid");
	const char *mode = either(&k, "wifi", "802-11-wireless", "mode"), *uuid = kh_keyfile_get(&k, "connection", "uuid");
	if (!(kh_streq(type, "wifi") || kh_streq(type, "802-11-wireless")) || !ssid)
		return 0;
	set_nm_ssid(&p, ssid);
	if (kh_streq(mode, "ap"))
		p.mode = "hotspot";
	else if (kh_streq(mode, "adhoc"))
		p.mode = "adhoc";
	p.hidden = kh_is_yes(either(&k, "wifi", "802-11-wireless", "hidden"), false);
	p.manual = !kh_keyfile_bool(&k, "connection", "autoconnect", true);
	snprintf(p.uuid, sizeof p.uuid, "%s", uuid ? uuid : "");
	const char *first = "wifi-security", *second = "802-11-wireless-security";
	const char *management = either(&k, first, second, "key-mgmt");
	bool wep = kh_streq(management, "none") || either(&k, first, second, "wep-key0");
	p.security = security_of(management, either(&k, first, second, "proto"), either(&k, first, second, "pairwise"), wep);
	return push(ret, &p);
}

int kh_wifi_ifcfg_parse(const char *text, size_t n, struct kh_wifi_profiles *ret)
{
	kh_auto_keyfile struct kh_keyfile k = {0};
	struct kh_wifi_profile p = {.mode = "client"};
	int r = kh_keyfile_parse(KH_KEYFILE_SHELL, text, n, &k);
	if (r < 0)
		return r;
	const char *ssid = kh_keyfile_get(&k, "", "ESSID"), *mode = kh_keyfile_get(&k, "", "MODE");
	if (!kh_streq(kh_keyfile_get(&k, "", "TYPE"), "Wireless") || !ssid)
		return 0;
	set_ssid(&p, ssid);
	if (kh_streq(mode, "Ap"))
		p.mode = "hotspot";
	else if (kh_streq(mode, "Ad-Hoc"))
		p.mode = "adhoc";
	p.hidden = kh_keyfile_bool(&k, "", "SSID_HIDDEN", false);
	p.manual = !kh_keyfile_bool(&k, "", "ONBOOT", true);
	bool wpa1 = kh_keyfile_bool(&k, "", "WPA_ALLOW_WPA", false) && !kh_keyfile_bool(&k, "", "WPA_ALLOW_WPA2", false);
	bool wep = kh_keyfile_get(&k, "", "DEFAULTKEY") || kh_keyfile_get(&k, "", "KEY1") || kh_keyfile_get(&k, "", "KEY_PASSPHRASE1");
	p.security = security_of(kh_keyfile_get(&k, "", "KEY_MGMT"), wpa1 ? "wpa" : NULL, kh_keyfile_get(&k, "", "CIPHER_PAIRWISE"), wep);
	return push(ret, &p);
}

/* ---- wpa_supplicant ---- */

struct wpa_block {
	struct kh_wifi_profile profile;
	char management[256], protocols[64], ciphers[128];
	bool wep_key, inside;
};

static void take_wpa_setting(struct wpa_block *b, const char *key, char *value)
{
	size_t length = strlen(value);
	if (kh_streq(key, "ssid") && length >= 2 && value[0] == '"' && value[length - 1] == '"') {
		value[length - 1] = '\0';
		set_ssid(&b->profile, value + 1);
	} else if (kh_streq(key, "ssid")) {
		kh_ignore(set_ssid_hex(&b->profile, value, length));
	} else if (kh_streq(key, "key_mgmt")) {
		snprintf(b->management, sizeof b->management, "%s", value);
	} else if (kh_streq(key, "proto")) {
		snprintf(b->protocols, sizeof b->protocols, "%s", value);
	} else if (kh_streq(key, "pairwise")) {
		snprintf(b->ciphers, sizeof b->ciphers, "%s", value);
	} else if (kh_streq(key, "mode")) {
		b->profile.mode = kh_streq(value, "2") ? "hotspot" : kh_streq(value, "1") ? "adhoc" : "client";
	} else {
		b->wep_key |= kh_starts_with(key, "wep_key");
		b->profile.hidden |= kh_streq(key, "scan_ssid") && kh_streq(value, "1");
		b->profile.manual |= kh_streq(key, "disabled") && !kh_streq(value, "0");
	}
}

static int end_wpa_block(struct wpa_block *b, struct kh_wifi_profiles *ret)
{
	struct wpa_block done = *b;
	*b = (struct wpa_block){.profile.mode = "client"};
	if (!done.inside || !*done.profile.ssid)
		return 0;
	const char *management = *done.management ? done.management : "WPA-PSK"; /* wpa_supplicant's default */
	done.profile.security = security_of(management, done.protocols, done.ciphers, done.wep_key);
	return push(ret, &done.profile);
}

int kh_wifi_wpa_parse(const char *text, size_t n, struct kh_wifi_profiles *ret)
{
	kh_auto_free char *copy = kh_strndup(text ? text : "", text ? n : 0);
	struct wpa_block block = {.profile.mode = "client"};
	for (char *rest = copy, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		line = kh_trim(line);
		char *equals = strchr(line, '=');
		if (*line == '}') {
			int r = end_wpa_block(&block, ret);
			if (r < 0)
				return r;
		} else if (kh_starts_with(line, "network={")) {
			block.inside = true;
		} else if (block.inside && equals && *line != '#') {
			*equals = '\0';
			take_wpa_setting(&block, kh_trim(line), kh_trim(equals + 1));
		}
	}
	return 0;
}

/* ---- ifupdown ---- */

/* Cuts the first word off; what follows it is left in *rest. */
static char *first_word(char *line, char **rest)
{
	size_t length = strcspn(line, " \t");
	*rest = line[length] ? kh_trim(line + length + 1) : line + length;
	line[length] = '\0';
	return line;
}

/* "auto NAME…" or "allow-hotplug NAME…" somewhere in the file. */
static bool comes_up_by_itself(const char *text, const char *interface)
{
	kh_auto_free char *copy = kh_strdup(text);
	for (char *rest = copy, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		char *names = NULL, *word = first_word(kh_trim(line), &names);
		if (!kh_streq(word, "auto") && !kh_starts_with(word, "allow-"))
			continue;
		for (char *name = NULL; (name = kh_split(&names, " \t")) != NULL;)
			if (kh_streq(name, interface))
				return true;
	}
	return false;
}

static void take_ifupdown_setting(struct wpa_block *b, const char *key, char *value)
{
	size_t length = strlen(value);
	if (kh_streq(key, "wpa-ssid") || kh_streq(key, "wireless-essid")) {
		bool quoted = length >= 2 && value[0] == '"' && value[length - 1] == '"';
		value[length - quoted] = '\0';
		set_ssid(&b->profile, value + quoted);
		if (kh_streq(key, "wireless-essid"))
			snprintf(b->management, sizeof b->management, "none");
	} else if (kh_streq(key, "wireless-key") || kh_streq(key, "wireless-key1")) {
		b->wep_key = true;
	} else if (kh_streq(key, "wireless-mode")) {
		b->profile.mode = kh_streq_nocase(value, "ad-hoc") ? "adhoc" : kh_streq_nocase(value, "master") ? "hotspot" : "client";
	} else if (kh_streq(key, "wpa-key-mgmt")) {
		take_wpa_setting(b, "key_mgmt", value);
	} else if (kh_streq(key, "wpa-scan-ssid")) {
		take_wpa_setting(b, "scan_ssid", value);
	} else if (kh_starts_with(key, "wpa-wep-key")) {
		b->wep_key = true;
	} else if (kh_streq(key, "wpa-proto") || kh_streq(key, "wpa-pairwise")) {
		take_wpa_setting(b, key + strlen("wpa-"), value);
	}
}

int kh_wifi_ifupdown_parse(const char *text, size_t n, struct kh_wifi_profiles *ret)
{
	static const char *const others[] = {"auto", "mapping", "source", "source-directory", "no-auto-down", "no-scripts", "rename", "template"};
	kh_auto_free char *whole = kh_strndup(text ? text : "", text ? n : 0), *copy = kh_strdup(whole);
	struct wpa_block block = {.profile.mode = "client"};
	int r = 0;
	for (char *rest = copy, *line = NULL; r == 0 && (line = kh_split(&rest, "\n")) != NULL;) {
		char *value = NULL, *key = first_word(kh_trim(line), &value);
		bool iface = kh_streq(key, "iface"), ends = iface || kh_starts_with(key, "allow-");
		for (size_t i = 0; i < KH_COUNT(others); i++)
			ends |= kh_streq(key, others[i]);
		if (ends)
			r = end_wpa_block(&block, ret);
		if (iface) {
			char *family = NULL;
			block.inside = true;
			block.profile.manual = !comes_up_by_itself(whole, first_word(value, &family));
		} else if (block.inside && !ends) {
			take_ifupdown_setting(&block, key, value);
		}
	}
	return r < 0 ? r : end_wpa_block(&block, ret);
}

/* ---- netplan ---- */

static const char *text_of(const struct kh_yaml_node *map, const char *key)
{
	const char *text = NULL;
	return kh_yaml_get_text_or(map, key, NULL, &text) < 0 ? NULL : text;
}

static const char *netplan_security(const struct kh_yaml_node *point)
{
	const struct kh_yaml_node *auth = kh_yaml_get(point, "auth");
	const char *management = auth ? text_of(auth, "key-management") : NULL;
	if (kh_streq(management, "eap") || kh_streq(management, "eap-sha256") || kh_streq(management, "eap-suite-b-192"))
		return "enterprise";
	if (kh_streq(management, "sae"))
		return "wpa3";
	if (kh_streq(management, "802.1x"))
		return "wep";
	return kh_streq(management, "psk") || kh_yaml_get(point, "password") ? "wpa2" : "open";
}

static int take_access_points(const struct kh_yaml_node *points, struct kh_wifi_profiles *ret)
{
	for (size_t i = 0; points && kh_yaml_kind(points) == KH_YAML_MAP && i < kh_yaml_count(points); i++) {
		const struct kh_yaml_node *point = NULL;
		struct kh_wifi_profile p = {.mode = "client"};
		set_ssid(&p, kh_yaml_key(points, i, &point));
		if (kh_streq(text_of(point, "mode"), "ap"))
			p.mode = "hotspot";
		p.hidden = kh_is_yes(text_of(point, "hidden"), false);
		p.security = netplan_security(point);
		int r = push(ret, &p);
		if (r < 0)
			return r;
	}
	return 0;
}

int kh_wifi_netplan_parse(const char *path, const char *text, size_t n, struct kh_wifi_profiles *ret)
{
	kh_auto_yaml struct kh_yaml *document = NULL;
	int r = kh_yaml_parse(path, text ? text : "", text ? n : 0, &document);
	if (r < 0)
		return r;
	const struct kh_yaml_node *root = kh_yaml_root(document);
	const struct kh_yaml_node *network = root ? kh_yaml_get(root, "network") : NULL, *wifis = network ? kh_yaml_get(network, "wifis") : NULL;
	for (size_t i = 0; wifis && kh_yaml_kind(wifis) == KH_YAML_MAP && i < kh_yaml_count(wifis); i++) {
		const struct kh_yaml_node *interface = NULL;
		kh_yaml_key(wifis, i, &interface);
		r = take_access_points(kh_yaml_get(interface, "access-points"), ret);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- names of files and folders ---- */

bool kh_wifi_iwd_name(const char *file, struct kh_wifi_profile *ret)
{
	static const struct {
		const char *end, *security;
	} kinds[] = {{".open", "open"}, {".psk", "wpa2"}, {".8021x", "enterprise"}};
	struct kh_wifi_profile p = {.mode = "client"};
	for (size_t i = 0; i < KH_COUNT(kinds); i++) {
		if (!kh_ends_with(file, kinds[i].end) || *file == '.')
			continue;
		size_t length = strlen(file) - strlen(kinds[i].end);
		kh_auto_free char *name = kh_strndup(file, length);
		if (*file != '=')
			set_ssid(&p, name);
		else if (!set_ssid_hex(&p, file + 1, length - 1))
			return false;
		p.security = kinds[i].security;
		*ret = p;
		return true;
	}
	return false;
}

bool kh_wifi_connman_name(const char *folder, struct kh_wifi_profile *ret)
{
	static const struct {
		const char *end, *security;
	} kinds[] = {{"none", "open"}, {"wep", "wep"}, {"psk", "wpa2"}, {"ieee8021x", "enterprise"}};
	kh_auto_free char *copy = kh_strdup(folder);
	char *rest = copy;
	struct kh_wifi_profile p = {.mode = "client"};
	const char *type = kh_split(&rest, "_"), *mac = kh_split(&rest, "_"), *ssid = kh_split(&rest, "_");
	const char *mode = kh_split(&rest, "_"), *security = kh_split(&rest, "_");
	if (!kh_streq(type, "wifi") || !mac || !ssid || !mode || !security)
		return false;
	if (!set_ssid_hex(&p, ssid, strlen(ssid)))
		return false;
	p.security = "unknown";
	for (size_t i = 0; i < KH_COUNT(kinds); i++)
		if (kh_streq(security, kinds[i].end))
			p.security = kinds[i].security;
	if (kh_streq(mode, "adhoc"))
		p.mode = "adhoc";
	*ret = p;
	return true;
}
