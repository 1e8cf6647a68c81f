#include "facts/ctx.h"
#include "facts/receivers.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/inputdevices.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <stdio.h>

/* linux/input.h */
enum { BUS_USB_ID = 0x03, BUS_BLUETOOTH_ID = 0x05, BUS_VIRTUAL_ID = 0x06, BUS_I8042_ID = 0x11, BUS_I2C_ID = 0x18, BUS_HOST_ID = 0x19, BUS_RMI_ID = 0x1d };
#define EV_LED_BIT (1u << 0x11)
#define EV_REP_BIT (1u << 0x14)

static const char *bus_name(uint16_t bus)
{
	static const struct {
		uint16_t bus;
		const char *name;
	} names[] = {{BUS_USB_ID, "usb"},   {BUS_BLUETOOTH_ID, "bluetooth"}, {BUS_VIRTUAL_ID, "virtual"},
		     {BUS_I8042_ID, "ps2"}, {BUS_I2C_ID, "i2c"},             {BUS_RMI_ID, "i2c"}};
	for (size_t i = 0; i < KH_COUNT(names); i++)
		if (names[i].bus == bus)
			return names[i].name;
	return "other";
}

static bool handled_by(const struct kh_input_device *d, const char *handler)
{
	return strstr(d->handlers, handler) != NULL;
}

/* NULL: no keyboard or pointer (power buttons, lids, speakers, remote controls). */
static const char *kind_of(const struct kh_input_device *d)
{
	if (d->bus == BUS_HOST_ID)
		return NULL;
	if (kh_find_nocase(d->name, "touchpad") || kh_find_nocase(d->name, "trackpad"))
		return "touchpad";
	if (kh_find_nocase(d->name, "touchscreen") || kh_find_nocase(d->name, "touch screen"))
		return "touchscreen";
	if (kh_find_nocase(d->name, "tablet") || kh_find_nocase(d->name, " pen"))
		return "tablet";
	if (handled_by(d, "mouse"))
		return "mouse";
	bool repeats = (d->events & EV_REP_BIT) && (d->events & EV_LED_BIT); /* what a button box with the "kbd" handler does not */
	return handled_by(d, "kbd") && repeats ? "keyboard" : NULL;
}

static bool is_repeated(const struct kh_input_devices *devices, const struct kh_input_device *d)
{
	for (const struct kh_input_device *other = devices->v; other < d; other++)
		if (kh_streq(other->name, d->name) && other->vendor == d->vendor && other->product == d->product && kh_streq(kind_of(other), kind_of(d)))
			return true;
	return false;
}

static void fill_ids(struct kh_facts_rows *rows, uint16_t vendor, uint16_t product)
{
	char id[8];
	snprintf(id, sizeof id, "%04x", vendor);
	kh_row_text(rows, KH_HID_VENDOR_ID, id);
	snprintf(id, sizeof id, "%04x", product);
	kh_row_text(rows, KH_HID_PRODUCT_ID, id);
}

static void fill_row(const struct kh_input_device *d, const char *kind, struct kh_facts_rows *rows)
{
	const char *receiver = d->bus == BUS_USB_ID ? kh_receiver_name(d->vendor, d->product) : NULL;
	bool says = d->bus == BUS_USB_ID && kh_says_wireless(d->name);
	kh_row_begin(rows);
	kh_row_filled(rows, KH_HID_NAME, d->name);
	kh_row_text(rows, KH_HID_KIND, kind);
	kh_row_text(rows, KH_HID_BUS, bus_name(d->bus));
	if (d->vendor || d->product)
		fill_ids(rows, d->vendor, d->product);
	kh_row_bool(rows, KH_HID_WIRELESS, d->bus == BUS_BLUETOOTH_ID || receiver || says);
	kh_row_text(rows, KH_HID_RECEIVER, receiver);
}

/* A receiver whose devices are asleep shows on the bus only. */
static void add_silent_receivers(int root, const struct kh_input_devices *devices, struct kh_facts_rows *rows)
{
	kh_auto_names struct kh_names names = {0};
	if (kh_tree_list(root, "/sys/bus/usb/devices", &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		char vendor[16], product[16];
		kh_auto_free char *vendor_path = kh_format("/sys/bus/usb/devices/%s/idVendor", names.v[i]);
		kh_auto_free char *product_path = kh_format("/sys/bus/usb/devices/%s/idProduct", names.v[i]);
		if (!kh_tree_line(root, vendor_path, vendor, sizeof vendor) || !kh_tree_line(root, product_path, product, sizeof product))
			continue;
		uint16_t v = (uint16_t)strtoul(vendor, NULL, 16), p = (uint16_t)strtoul(product, NULL, 16);
		const char *name = kh_receiver_name(v, p);
		bool shown = false;
		for (size_t j = 0; name && j < devices->n; j++)
			shown |= devices->v[j].vendor == v && devices->v[j].product == p && kind_of(&devices->v[j]);
		if (!name || shown)
			continue;
		kh_row_begin(rows);
		kh_row_text(rows, KH_HID_NAME, name);
		kh_row_text(rows, KH_HID_KIND, "receiver");
		kh_row_text(rows, KH_HID_BUS, "usb");
		fill_ids(rows, v, p);
		kh_row_bool(rows, KH_HID_WIRELESS, true);
		kh_row_text(rows, KH_HID_RECEIVER, name);
	}
}

int kh_facts_hid(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	struct kh_input_devices devices = {0};
	int r = kh_tree_read(ctx->root, "/proc/bus/input/devices", KH_FACTS_MAX_FILE, &text);
	if (r == KH_E_NOT_FOUND && ctx->live && kh_tree_is_dir(ctx->root, "/proc/bus"))
		return 0; /* a kernel without input devices has none */
	if (r == 0)
		r = kh_input_devices_parse(text.data, text.len, &devices);
	if (r == 0 && text.len && !devices.n)
		r = kh_fail(KH_E_SYNTAX, "/proc/bus/input/devices: no device in it");
	for (size_t i = 0; r == 0 && i < devices.n; i++) {
		const char *kind = kind_of(&devices.v[i]);
		if (kind && !is_repeated(&devices, &devices.v[i]))
			fill_row(&devices.v[i], kind, rows);
	}
	if (r == 0)
		add_silent_receivers(ctx->root, &devices, rows);
	kh_array_done(&devices);
	return r;
}
