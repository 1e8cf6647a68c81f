/* Wi-Fi networks as the programs that connect to them keep them. Passwords are passed over. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_SSID_TEXT 160 /* 32 bytes, each up to four characters when escaped, and a NUL */

struct kh_wifi_profile {
	char ssid[KH_SSID_TEXT];
	const char *security; /* as in spec/facts/wifi.yaml; static */
	const char *mode;     /* "client", "hotspot", "adhoc" */
	char uuid[40];        /* of NetworkManager; "" */
	bool hidden, manual;  /* manual: does not connect by itself */
};

struct kh_wifi_profiles {
	struct kh_wifi_profile *v;
	size_t n, cap;
};

/* A NetworkManager key file; adds nothing for a connection of another type. */
int kh_wifi_nm_parse(const char *text, size_t n, struct kh_wifi_profiles *ret) KH_MUST_USE;

/* An ifcfg file of older RHEL systems. */
int kh_wifi_ifcfg_parse(const char *text, size_t n, struct kh_wifi_profiles *ret) KH_MUST_USE;

/* wpa_supplicant.conf: its network={…} blocks. */
int kh_wifi_wpa_parse(const char *text, size_t n, struct kh_wifi_profiles *ret) KH_MUST_USE;

/* ifupdown's interfaces: wpa-* (README.Debian of wpasupplicant) and wireless-* (wireless(7)) below an iface line. */
int kh_wifi_ifupdown_parse(const char *text, size_t n, struct kh_wifi_profiles *ret) KH_MUST_USE;

/* netplan's YAML: wifis: → access-points:. */
int kh_wifi_netplan_parse(const char *path, const char *text, size_t n, struct kh_wifi_profiles *ret) KH_MUST_USE;

/* iwd: the name of the file, "Office.psk", "=4f6666.8021x"; false for another file. */
bool kh_wifi_iwd_name(const char *file, struct kh_wifi_profile *ret);

/* connman: the name of the folder, "wifi_MAC_HEXSSID_managed_psk"; false for another folder. */
bool kh_wifi_connman_name(const char *folder, struct kh_wifi_profile *ret);
