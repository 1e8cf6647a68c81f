/* procnet, filterrules, wifiprofile */
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "facts/format/filterrules.h"
#include "facts/format/procnet.h"
#include "facts/format/wifiprofile.h"

static void addresses_as_text(void **state)
{
	(void)state;
	static const struct {
		struct kh_ip ip;
		const char *text;
		bool loopback, any;
	} cases[] = {
		{{.bytes = {127, 0, 0, 1}}, "127.0.0.1", true, false},
		{{.bytes = {0}}, "0.0.0.0", false, true},
		{{.v6 = true}, "::", false, true},
		{{.v6 = true, .bytes = {[15] = 1}}, "::1", true, false},
		{{.v6 = true, .bytes = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}}, "::ffff:127.0.0.1", true, false},
		{{.v6 = true, .bytes = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}, "2001:db8::1", false, false},
	};
	char text[KH_IP_TEXT];
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		assert_string_equal(kh_ip_text(&cases[i].ip, text), cases[i].text);
		assert_int_equal(kh_ip_is_loopback(&cases[i].ip), cases[i].loopback);
		assert_int_equal(kh_ip_is_any(&cases[i].ip), cases[i].any);
	}
}

static void addresses_in_networks(void **state)
{
	(void)state;
	const struct kh_ip ip = {.bytes = {10, 1, 2, 3}}, net = {.bytes = {10, 1, 0, 0}}, v6 = {.v6 = true};
	static const struct {
		unsigned length;
		bool in;
	} cases[] = {{0, true}, {8, true}, {16, true}, {22, true}, {23, false}, {24, false}, {32, false}, {33, false}};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(kh_ip_in(&ip, &net, cases[i].length), cases[i].in);
	assert_false(kh_ip_in(&ip, &v6, 0));
}

static void broken_tables(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		"\n\n\n",
		"  0: 0100007F 00000000:0000 0A 0:0 0:0 0 0 0 1\n",                        /* no port */
		"  0: 0100007F:FFFFF 00000000:0000 0A 0:0 0:0 0 0 0 1\n",                  /* no such port */
		"  0: 0100007:0016 00000000:0000 0A 0:0 0:0 0 0 0 1\n",                    /* cut address */
		"  0: 0100007F:0016 00000000:0000 0A 0:0 0:0 0 root 0 1\n",                /* no number */
		"eth0 00000000 0102000A\n",
		"|-- 300.1.1.1\n/32 host LOCAL\n",
		"/32 host LOCAL\n",
		"zz 01 80 10 80 lo\n",
	};
	for (size_t i = 0; i < KH_COUNT(texts); i++) {
		struct kh_sockets sockets = {0};
		struct kh_routes routes = {0};
		struct kh_addresses addresses = {0};
		size_t n = strlen(texts[i]);
		assert_int_equal(kh_sockets_parse(texts[i], n, false, KH_SOCKET_LISTEN, &sockets), 0);
		assert_int_equal(kh_routes_parse_v4(texts[i], n, &routes), 0);
		assert_int_equal(kh_routes_parse_v6(texts[i], n, &routes), 0);
		assert_int_equal(kh_addresses_parse_v4(texts[i], n, &addresses), 0);
		assert_int_equal(kh_addresses_parse_v6(texts[i], n, &addresses), 0);
		assert_int_equal(sockets.n + routes.n + addresses.n, 0);
	}
}

static int count_include(void *arg, const char *pattern)
{
	*(int *)arg += kh_streq(pattern, "/etc/nftables.d/*.nft");
	return 0;
}

static void nft_scripts(void **state)
{
	(void)state;
	static const char filter[] = "#!/usr/sbin/nft -f\nflush ruleset\ninclude \"/etc/nftables.d/*.nft\"\n"
				     "table inet filter { # { a remark\n"
				     "  set allowed { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 } }\n"
				     "  chain input {\n"
				     "    type filter hook input priority 0; policy drop;\n"
				     "    ct state { established, related } accept\n"
				     "    tcp dport { 22, 80 } accept comment \"web; and { ssh }\"\n"
				     "    log prefix \"drop \" drop\n"
				     "  }\n"
				     "  chain output { type filter hook output priority filter; }\n"
				     "  chain helper { ip saddr @allowed accept; counter drop }\n"
				     "}\n";
	int included = 0;
	struct kh_filter_rules rules = {0};
	assert_int_equal(kh_nft_parse(filter, strlen(filter), &rules, count_include, &included), 0);
	assert_int_equal(included, 1);
	assert_string_equal(rules.input, "drop");
	assert_string_equal(rules.output, "accept");
	assert_null(rules.forward);
	assert_int_equal(rules.rules, 5);
	assert_true(rules.logs);
	static const char *const odd[] = {"}}}}", "{{{{{{{{{{{{{{{{{{{{{{{{", "table x {", "chain", "policy drop;", "table a { chain b { chain c { chain d {"};
	for (size_t i = 0; i < KH_COUNT(odd); i++) {
		struct kh_filter_rules none = {0};
		assert_int_equal(kh_nft_parse(odd[i], strlen(odd[i]), &none, NULL, NULL), 0);
		assert_null(none.input);
	}
}

static void iptables_rules(void **state)
{
	(void)state;
	static const char text[] = "*nat\n:INPUT ACCEPT [0:0]\n-A X\nCOMMIT\n*filter\n:INPUT DROP [1:2]\n:OTHER - [0:0]\n-A INPUT -j ACCEPT\n-A INPUT -j NFLOG\nCOMMIT\n";
	struct kh_filter_rules rules = {0};
	kh_iptables_parse(text, strlen(text), &rules);
	assert_string_equal(rules.input, "drop");
	assert_null(rules.output);
	assert_int_equal(rules.rules, 2);
	assert_true(rules.logs);
}

static void network_manager_profiles(void **state)
{
	(void)state;
	static const struct {
		const char *settings, *security, *mode;
	} cases[] = {
		{"", "open", "client"},
		{"mode=ap\n[wifi-security]\nkey-mgmt=wpa-psk\n", "wpa2", "hotspot"},
		{"[wifi-security]\nkey-mgmt=sae\n", "wpa3", "client"},
		{"[wifi-security]\nkey-mgmt=owe\n", "owe", "client"},
		{"[wifi-security]\nkey-mgmt=wpa-eap\n", "enterprise", "client"},
		{"[wifi-security]\nkey-mgmt=none\nwep-key0=x\n", "wep", "client"},
		{"[wifi-security]\nkey-mgmt=ieee8021x\n", "wep", "client"},
		{"[wifi-security]\nkey-mgmt=wpa-psk\nproto=wpa;\n", "wpa", "client"},
		{"[wifi-security]\nkey-mgmt=wpa-psk\nproto=wpa;rsn;\npairwise=tkip;\n", "wpa", "client"},
		{"[wifi-security]\nkey-mgmt=wpa-psk\npairwise=tkip;ccmp;\n", "wpa2", "client"},
		{"[wifi-security]\nkey-mgmt=something-new\n", "unknown", "client"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_wifi_profiles profiles = {0};
		kh_auto_free char *text = kh_format("[connection]\ntype=802-11-wireless\n[802-11-wireless]\nssid=A\n[wifi]\n%s", cases[i].settings);
		assert_int_equal(kh_wifi_nm_parse(text, strlen(text), &profiles), 0);
		assert_int_equal(profiles.n, 1);
		assert_string_equal(profiles.v[0].ssid, "A");
		if (!kh_streq(profiles.v[0].security, cases[i].security) || !kh_streq(profiles.v[0].mode, cases[i].mode))
			fail_msg("case %zu: %s, %s", i, profiles.v[0].security, profiles.v[0].mode);
		kh_array_done(&profiles);
	}
}

static void names_of_networks(void **state)
{
	(void)state;
	static const struct {
		bool (*parse)(const char *, struct kh_wifi_profile *);
		const char *name, *ssid, *security; /* NULL: no profile */
	} cases[] = {
		{kh_wifi_iwd_name, "Nh\xc3\xa0.psk", "Nhà", "wpa2"},
		{kh_wifi_iwd_name, "=ff00.open", "\\xff", "open"},
		{kh_wifi_iwd_name, "=zz.psk", NULL, NULL},
		{kh_wifi_iwd_name, ".known_network.freq", NULL, NULL},
		{kh_wifi_iwd_name, ".psk", NULL, NULL},
		{kh_wifi_connman_name, "wifi_001122334455_6d6f_managed_none", "mo", "open"},
		{kh_wifi_connman_name, "wifi_001122334455_6d6f_managed_ieee8021x", "mo", "enterprise"},
		{kh_wifi_connman_name, "wifi_001122334455_6d6_managed_psk", NULL, NULL},
		{kh_wifi_connman_name, "ethernet_001122334455_cable", NULL, NULL},
		{kh_wifi_connman_name, "wifi", NULL, NULL},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_wifi_profile profile = {0};
		bool good = cases[i].parse(cases[i].name, &profile);
		assert_int_equal(good, cases[i].ssid != NULL);
		if (good) {
			assert_string_equal(profile.ssid, cases[i].ssid);
			assert_string_equal(profile.security, cases[i].security);
		}
	}
}

static void netplan_mistakes(void **state)
{
	(void)state;
	static const char *const texts[] = {"network: [1, 2]", "network:\n  wifis: x", "network:\n  wifis:\n    w: {access-points: [a]}", "a: b", ""};
	for (size_t i = 0; i < KH_COUNT(texts); i++) {
		struct kh_wifi_profiles profiles = {0};
		assert_int_equal(kh_wifi_netplan_parse("x.yaml", texts[i], strlen(texts[i]), &profiles), 0);
		assert_int_equal(profiles.n, 0);
	}
	struct kh_wifi_profiles none = {0};
	assert_true(kh_wifi_netplan_parse("x.yaml", "{", 1, &none) < 0);
}

static void wifi_of_ifupdown(void **state)
{
	(void)state;
	static const char text[] = "# x\nauto lo\niface lo inet loopback\n\nallow-hotplug wlan0\niface wlan0 inet dhcp\n\twpa-ssid Phòng họp\n    wpa-psk abc\n\n"
				   "iface wlan1 inet dhcp\n  wpa-ssid \"cũ\"\n  wpa-key-mgmt NONE\n  wpa-wep-key0 x\n  wpa-scan-ssid 1\nauto wlan2\n"
				   "iface wlan2 inet static\n  address 10.0.0.2\n  wireless-essid khach\n  wireless-mode Ad-Hoc\niface eth0 inet dhcp\n  wpa-driver wired\n"
				   "iface wlan3 inet dhcp\n  wpa-ssid cq\n  wpa-key-mgmt WPA-EAP";
	static const struct {
		const char *ssid, *security, *mode;
		bool manual, hidden;
	} expected[] = {
		{"Phòng họp", "wpa2", "client", false, false},
		{"cũ", "wep", "client", true, true},
		{"khach", "open", "adhoc", false, false},
		{"cq", "enterprise", "client", true, false},
	};
	struct kh_wifi_profiles profiles = {0};
	assert_int_equal(kh_wifi_ifupdown_parse(text, strlen(text), &profiles), 0);
	assert_int_equal(profiles.n, KH_COUNT(expected));
	for (size_t i = 0; i < profiles.n; i++) {
		assert_string_equal(profiles.v[i].ssid, expected[i].ssid);
		assert_string_equal(profiles.v[i].security, expected[i].security);
		assert_string_equal(profiles.v[i].mode, expected[i].mode);
		assert_int_equal(profiles.v[i].manual, expected[i].manual);
		assert_int_equal(profiles.v[i].hidden, expected[i].hidden);
	}
	kh_array_done(&profiles);
}

KH_TESTS(wifi_of_ifupdown, addresses_as_text, addresses_in_networks, broken_tables, nft_scripts, iptables_rules, network_manager_profiles, names_of_networks, netplan_mistakes)
