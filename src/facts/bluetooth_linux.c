#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/keyfile.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <stdio.h>

#define STATE "/var/lib/bluetooth"

static void lower(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text |= 0x20;
}

/* The switch of an adapter: its rfkill entry stands below it in /sys. */
static enum kh_maybe is_blocked(int root, const char *adapter)
{
	kh_auto_names struct kh_names names = {0};
	kh_auto_free char *path = kh_format("/sys/class/bluetooth/%s", adapter);
	if (kh_tree_list(root, path, &names) < 0)
		return KH_UNKNOWN;
	for (size_t i = 0; i < names.n; i++) {
		int64_t soft = 0, hard = 0;
		kh_auto_free char *soft_path = kh_format("%s/%s/soft", path, names.v[i]), *hard_path = kh_format("%s/%s/hard", path, names.v[i]);
		if (kh_starts_with(names.v[i], "rfkill") && kh_tree_number(root, soft_path, &soft) && kh_tree_number(root, hard_path, &hard))
			return soft || hard ? KH_YES : KH_NO;
	}
	return KH_UNKNOWN;
}

static void fill_adapters(int root, struct kh_facts_rows *rows)
{
	kh_auto_names struct kh_names names = {0};
	if (kh_tree_list(root, "/sys/class/bluetooth", &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		char address[32];
		kh_auto_free char *path = kh_format("/sys/class/bluetooth/%s/address", names.v[i]);
		if (strchr(names.v[i], ':')) /* "hci0:256" is a connection */
			continue;
		kh_row_begin(rows);
		kh_row_text(rows, KH_BLUETOOTH_KIND, "adapter");
		kh_row_text(rows, KH_BLUETOOTH_NAME, names.v[i]);
		if (kh_tree_line(root, path, address, sizeof address)) {
			lower(address);
			kh_row_text(rows, KH_BLUETOOTH_ADDRESS, address);
		}
		kh_row_maybe(rows, KH_BLUETOOTH_BLOCKED, is_blocked(root, names.v[i]));
	}
}

/* Major device class, bits 8–12 of the class of device (Bluetooth Assigned Numbers). */
static const char *kind_of_class(const char *text)
{
	static const char *const kinds[] = {"other", "computer", "phone", "network", "audio", "input", "imaging"};
	unsigned long major = text ? strtoul(text, NULL, 16) >> 8 & 0x1f : 0;
	return major < KH_COUNT(kinds) ? kinds[major] : "other";
}

/* A folder of the adapter is named by the device's address; its info holds a key when the two are paired. */
static void fill_device(int root, const char *adapter, const char *address, struct kh_facts_rows *rows)
{
	char text[32];
	kh_auto_buf struct kh_buf info = KH_BUF_INIT;
	kh_auto_keyfile struct kh_keyfile k = {0};
	kh_auto_free char *path = kh_format(STATE "/%s/%s/info", adapter, address);
	if (kh_tree_read(root, path, KH_FACTS_MAX_SMALL, &info) < 0 || kh_keyfile_parse(KH_KEYFILE_INI, info.data, info.len, &k) < 0)
		return;
	if (!kh_keyfile_has_section(&k, "LinkKey") && !kh_keyfile_has_section(&k, "LongTermKey") && !kh_keyfile_has_section(&k, "PeripheralLongTermKey") &&
	    !kh_keyfile_has_section(&k, "SlaveLongTermKey"))
		return;
	kh_row_begin(rows);
	kh_row_text(rows, KH_BLUETOOTH_KIND, "device");
	kh_row_filled(rows, KH_BLUETOOTH_NAME, kh_keyfile_get(&k, "General", "Name"));
	snprintf(text, sizeof text, "%s", address);
	lower(text);
	kh_row_text(rows, KH_BLUETOOTH_ADDRESS, text);
	kh_row_text(rows, KH_BLUETOOTH_DEVICE_KIND, kind_of_class(kh_keyfile_get(&k, "General", "Class")));
	kh_row_bool(rows, KH_BLUETOOTH_TRUSTED, kh_keyfile_bool(&k, "General", "Trusted", false));
	snprintf(text, sizeof text, "%s", adapter);
	lower(text);
	kh_row_text(rows, KH_BLUETOOTH_ADAPTER, text);
}

int kh_facts_bluetooth(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_auto_names struct kh_names adapters = {0};
	if (!kh_tree_is_dir(ctx->root, "/sys/class") && !kh_tree_is_dir(ctx->root, STATE))
		return kh_fail(KH_E_NOT_FOUND, "neither /sys/class nor %s", STATE);
	fill_adapters(ctx->root, rows);
	int r = kh_tree_list(ctx->root, STATE, &adapters);
	if (r < 0)
		return r == KH_E_NOT_FOUND ? 0 : r;
	for (size_t i = 0; i < adapters.n; i++) {
		kh_auto_names struct kh_names devices = {0};
		kh_auto_free char *path = kh_format(STATE "/%s", adapters.v[i]);
		if (!strchr(adapters.v[i], ':') || kh_tree_list(ctx->root, path, &devices) < 0)
			continue;
		for (size_t j = 0; j < devices.n; j++)
			if (strchr(devices.v[j], ':'))
				fill_device(ctx->root, adapters.v[i], devices.v[j], rows);
	}
	return 0;
}
