#include "facts/interfaces.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/ctx.h"
#include "facts/format/keyfile.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <stdio.h>

#define NET "/sys/class/net"
#define IFF_UP 0x1

/* Last part of where a link below the interface points: its driver, its bus. */
static bool link_name(int root, const char *interface, const char *link, char *out, size_t size)
{
	char target[KH_MAX_PATH];
	kh_auto_free char *path = kh_format(NET "/%s/%s", interface, link);
	if (!kh_tree_link(root, path, target, sizeof target))
		return false;
	const char *slash = strrchr(target, '/');
	snprintf(out, size, "%.*s", (int)size - 1, slash ? slash + 1 : target);
	return true;
}

static bool attribute(int root, const char *interface, const char *name, char *out, size_t size)
{
	kh_auto_free char *path = kh_format(NET "/%s/%s", interface, name);
	return kh_tree_line(root, path, out, size);
}

static bool has(int root, const char *interface, const char *name)
{
	kh_auto_free char *path = kh_format(NET "/%s/%s", interface, name);
	return kh_tree_exists(root, path);
}

static void device_type(int root, const char *interface, char *out, size_t size)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_keyfile struct kh_keyfile k = {0};
	kh_auto_free char *path = kh_format(NET "/%s/uevent", interface);
	const char *type = NULL;
	if (kh_tree_read(root, path, KH_FACTS_MAX_SMALL, &text) == 0 && kh_keyfile_parse(KH_KEYFILE_SHELL, text.data, text.len, &k) == 0)
		type = kh_keyfile_get(&k, "", "DEVTYPE");
	snprintf(out, size, "%s", type ? type : "");
}

const char *kh_interface_kind(int root_fd, const char *name)
{
	static const struct {
		const char *type, *kind;
	} by_type[] = {
		{"wlan", "wifi"},    {"wwan", "mobile"}, {"bluetooth", "bluetooth"}, {"bridge", "bridge"}, {"bond", "bond"},
		{"vlan", "vlan"},    {"macvlan", "virtual"}, {"vxlan", "virtual"},   {"wireguard", "vpn"}, {"dsa", "ethernet"},
	}, by_driver[] = { /* modems, and phones that share their connection by cable */
		{"qmi_wwan", "mobile"}, {"cdc_mbim", "mobile"}, {"huawei_cdc_ncm", "mobile"}, {"sierra_net", "mobile"}, {"hso", "mobile"},
		{"rndis_host", "mobile"}, {"ipheth", "mobile"},
	};
	char type[64], driver[64] = "", number[32] = "";
	device_type(root_fd, name, type, sizeof type);
	for (size_t i = 0; i < KH_COUNT(by_type); i++)
		if (kh_streq(type, by_type[i].type))
			return by_type[i].kind;
	if (has(root_fd, name, "wireless") || has(root_fd, name, "phy80211"))
		return "wifi";
	link_name(root_fd, name, "device/driver", driver, sizeof driver);
	for (size_t i = 0; i < KH_COUNT(by_driver); i++)
		if (kh_streq(driver, by_driver[i].type))
			return by_driver[i].kind;
	if (has(root_fd, name, "tun_flags"))
		return "vpn";
	attribute(root_fd, name, "type", number, sizeof number);
	if (kh_streq(number, "1"))
		return has(root_fd, name, "device") ? "ethernet" : "virtual";
	return kh_starts_with(name, "ppp") ? "mobile" : "other";
}

int kh_routes_read(int root_fd, struct kh_routes *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int v4 = kh_tree_read(root_fd, "/proc/net/route", KH_FACTS_MAX_FILE, &text);
	if (v4 == 0 && !kh_starts_with(kh_buf_text(&text), "Iface"))
		v4 = kh_fail(KH_E_SYNTAX, "/proc/net/route has no heading");
	if (v4 == 0)
		v4 = kh_routes_parse_v4(text.data, text.len, ret);
	int v6 = kh_tree_read(root_fd, "/proc/net/ipv6_route", KH_FACTS_MAX_FILE, &text);
	if (v6 == 0)
		v6 = kh_routes_parse_v6(text.data, text.len, ret);
	return v4 < 0 && v6 < 0 ? kh_fail(v4, "/proc/net/route cannot be read or makes no sense") : 0;
}

/* fib_trie does not say where an address sits: on the interface with the narrowest directly connected network around it. */
static void place_addresses(const struct kh_routes *routes, struct kh_addresses *addresses)
{
	kh_array_each(addresses, a) {
		const struct kh_route *best = NULL;
		kh_array_each(routes, r)
			if (kh_ip_is_any(&r->gateway) && r->length && kh_ip_in(&a->ip, &r->destination, r->length) && (!best || r->length > best->length))
				best = r;
		if (!best || a->interface[0])
			continue;
		memcpy(a->interface, best->interface, sizeof a->interface);
		a->length = best->length;
	}
}

static void read_addresses(int root, const struct kh_routes *routes, struct kh_addresses *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	if (kh_tree_read(root, "/proc/net/fib_trie", KH_FACTS_MAX_FILE, &text) == 0)
		kh_ignore(kh_addresses_parse_v4(text.data, text.len, ret));
	place_addresses(routes, ret);
	if (kh_tree_read(root, "/proc/net/if_inet6", KH_FACTS_MAX_FILE, &text) == 0)
		kh_ignore(kh_addresses_parse_v6(text.data, text.len, ret));
}

static void fill_addresses(const struct kh_addresses *addresses, const char *name, bool v6, struct kh_facts_rows *rows, size_t column)
{
	char text[KH_IP_TEXT];
	kh_auto_buf struct kh_buf all = KH_BUF_INIT;
	kh_array_each(addresses, a)
		if (a->ip.v6 == v6 && kh_streq(a->interface, name) && !a->temporary && !a->link_local)
			kh_buf_addf(&all, "%s%s/%u", all.len ? " " : "", kh_ip_text(&a->ip, text), a->length);
	kh_row_filled(rows, column, all.data);
}

static const char *state_of(int root, const char *name)
{
	char flags[32] = "", state[32] = "", carrier[8] = "";
	attribute(root, name, "operstate", state, sizeof state);
	attribute(root, name, "carrier", carrier, sizeof carrier);
	attribute(root, name, "flags", flags, sizeof flags);
	if (*flags && !(strtoul(flags, NULL, 0) & IFF_UP))
		return "down";
	if (kh_streq(state, "up") || (kh_streq(state, "unknown") && kh_streq(carrier, "1")))
		return "up";
	if (kh_streq(state, "dormant"))
		return "dormant";
	return kh_streq(state, "down") || kh_streq(state, "lowerlayerdown") ? "no_link" : "unknown";
}

static bool has_default(const struct kh_routes *routes, const char *name)
{
	kh_array_each(routes, r)
		if (r->length == 0 && kh_streq(r->interface, name))
			return true;
	return false;
}

static void fill_row(int root, const char *name, const struct kh_routes *routes, const struct kh_addresses *addresses, struct kh_facts_rows *rows)
{
	char text[64];
	int64_t speed = 0;
	const char *kind = kh_interface_kind(root, name), *state = state_of(root, name);
	kh_row_begin(rows);
	kh_row_text(rows, KH_INTERFACES_NAME, name);
	kh_row_text(rows, KH_INTERFACES_KIND, kind);
	kh_row_bool(rows, KH_INTERFACES_PHYSICAL, has(root, name, "device"));
	kh_row_bool(rows, KH_INTERFACES_WIRELESS, kh_streq(kind, "wifi") || kh_streq(kind, "mobile") || kh_streq(kind, "bluetooth"));
	if (link_name(root, name, "device/subsystem", text, sizeof text))
		kh_row_text(rows, KH_INTERFACES_BUS, text);
	if (attribute(root, name, "address", text, sizeof text) && !kh_streq(text, "00:00:00:00:00:00"))
		kh_row_text(rows, KH_INTERFACES_MAC, text);
	kh_row_text(rows, KH_INTERFACES_STATE, state);
	fill_addresses(addresses, name, false, rows, KH_INTERFACES_IPV4);
	fill_addresses(addresses, name, true, rows, KH_INTERFACES_IPV6);
	if (link_name(root, name, "device/driver", text, sizeof text))
		kh_row_text(rows, KH_INTERFACES_DRIVER, text);
	if (kh_streq(state, "up") && attribute(root, name, "speed", text, sizeof text) && kh_parse_int(text, 1, 10000000, &speed))
		kh_row_int(rows, KH_INTERFACES_SPEED_MBPS, speed);
	kh_row_bool(rows, KH_INTERFACES_HAS_DEFAULT_ROUTE, has_default(routes, name));
}

static bool is_left_out(int root, const char *name)
{
	char type[32] = "";
	attribute(root, name, "type", type, sizeof type);
	return kh_streq(type, "772") || kh_starts_with(name, "veth") || !*type; /* 772: ARPHRD_LOOPBACK; no type: bonding_masters is a file */
}

int kh_facts_interfaces(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_auto_names struct kh_names names = {0};
	struct kh_routes routes = {0};
	struct kh_addresses addresses = {0};
	int r = kh_tree_list(ctx->root, NET, &names);
	if (r < 0)
		return r;
	kh_ignore(kh_routes_read(ctx->root, &routes));
	read_addresses(ctx->root, &routes, &addresses);
	for (size_t i = 0; i < names.n; i++)
		if (!is_left_out(ctx->root, names.v[i]))
			fill_row(ctx->root, names.v[i], &routes, &addresses, rows);
	kh_array_done(&routes);
	kh_array_done(&addresses);
	return 0;
}
