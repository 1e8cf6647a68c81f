#include "facts/ctx.h"
#include "facts/receivers.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/tree.h"

#include <stdio.h>

#define DEVICES "/sys/bus/usb/devices"

/* USB class codes (usb.org, "Defined Class Codes"). */
enum {
	CLASS_AUDIO = 0x01, CLASS_COMM = 0x02, CLASS_HID = 0x03, CLASS_IMAGE = 0x06, CLASS_PRINTER = 0x07, CLASS_STORAGE = 0x08,
	CLASS_HUB = 0x09, CLASS_SMARTCARD = 0x0b, CLASS_VIDEO = 0x0e, CLASS_WIRELESS = 0xe0,
};

struct interface_class {
	unsigned class, subclass, protocol;
};

static bool attribute(int root, const char *device, const char *name, char *out, size_t size)
{
	kh_auto_free char *path = kh_format(DEVICES "/%s/%s", device, name);
	return kh_tree_line(root, path, out, size);
}

static unsigned hex_attribute(int root, const char *device, const char *name)
{
	char text[16];
	return attribute(root, device, name, text, sizeof text) ? (unsigned)strtoul(text, NULL, 16) : 0;
}

static bool has_below(int root, const char *interface, const char *name)
{
	kh_auto_free char *path = kh_format(DEVICES "/%s/%s", interface, name);
	return kh_tree_exists(root, path);
}

/* What one interface makes of its device; the first row that fits. */
static const char *kind_of_interface(int root, const char *name, const struct interface_class *c)
{
	static const struct {
		unsigned class;
		const char *kind;
	} by_class[] = {
		{CLASS_STORAGE, "storage"}, {CLASS_PRINTER, "printer"}, {CLASS_VIDEO, "camera"}, {CLASS_SMARTCARD, "smartcard"}, {CLASS_HID, "hid"},
		{CLASS_AUDIO, "audio"},     {CLASS_HUB, "hub"},
	};
	if (c->class == CLASS_WIRELESS && c->subclass == 1)
		return c->protocol == 1 ? "bluetooth" : "network"; /* RNDIS: a phone that shares its connection */
	if (c->class == CLASS_IMAGE)
		return "phone"; /* PTP: phones and still cameras */
	if (has_below(root, name, "net"))
		return "network";
	for (size_t i = 0; i < KH_COUNT(by_class); i++)
		if (by_class[i].class == c->class)
			return by_class[i].kind;
	if (c->class == CLASS_COMM)
		return c->subclass == 2 ? "serial" : "network"; /* abstract control model: a modem or serial line */
	return NULL;
}

/* How much a kind says about a device that shows several. */
static int weight_of(const char *kind)
{
	static const char *const order[] = {"audio", "serial", "hid", "hub", "camera", "smartcard", "phone", "printer", "bluetooth", "network", "storage"};
	for (size_t i = 0; kind && i < KH_COUNT(order); i++)
		if (kh_streq(kind, order[i]))
			return (int)i + 1;
	return 0;
}

struct device {
	int root;
	const char *name;
	const char *kind;
	bool storage, radio;
};

static bool is_radio(int root, const char *interface, const char *kind)
{
	kh_auto_names struct kh_names nets = {0};
	kh_auto_free char *path = kh_format(DEVICES "/%s/net", interface);
	if (kh_streq(kind, "bluetooth"))
		return true;
	if (kh_tree_list(root, path, &nets) < 0)
		return false;
	for (size_t i = 0; i < nets.n; i++) {
		kh_auto_free char *wireless = kh_format("%s/%s/phy80211", path, nets.v[i]);
		if (kh_tree_exists(root, wireless) || kh_starts_with(nets.v[i], "wwan"))
			return true;
	}
	return false;
}

static void look_at_interface(struct device *d, const char *interface)
{
	struct interface_class c = {hex_attribute(d->root, interface, "bInterfaceClass"), hex_attribute(d->root, interface, "bInterfaceSubClass"),
				    hex_attribute(d->root, interface, "bInterfaceProtocol")};
	const char *kind = kind_of_interface(d->root, interface, &c);
	d->storage |= c.class == CLASS_STORAGE;
	d->radio |= is_radio(d->root, interface, kind);
	if (weight_of(kind) > weight_of(d->kind))
		d->kind = kind;
}

/* Interfaces ("1-1.4:1.0") stand below their device and, the same again, beside it; a copied tree may have kept one of the two. */
static void look_at_interfaces(struct device *d)
{
	kh_auto_free char *prefix = kh_format("%s:", d->name), *below = kh_format("%s/", d->name);
	const char *const folders[] = {below, ""};
	for (size_t f = 0; f < KH_COUNT(folders); f++) {
		kh_auto_names struct kh_names names = {0};
		kh_auto_free char *path = kh_format(DEVICES "/%s", folders[f]);
		if (kh_tree_list(d->root, path, &names) < 0)
			continue;
		for (size_t i = 0; i < names.n; i++) {
			kh_auto_free char *interface = kh_format("%s%s", folders[f], names.v[i]);
			if (kh_starts_with(names.v[i], prefix))
				look_at_interface(d, interface);
		}
	}
}

static void fill_row(struct device *d, struct kh_facts_rows *rows)
{
	static const struct {
		const char *name;
		size_t column;
	} texts[] = {{"product", KH_USB_PRODUCT},        {"manufacturer", KH_USB_VENDOR}, {"idVendor", KH_USB_VENDOR_ID},
		     {"idProduct", KH_USB_PRODUCT_ID}, {"serial", KH_USB_SERIAL}};
	char text[256];
	look_at_interfaces(d);
	kh_row_begin(rows);
	for (size_t i = 0; i < KH_COUNT(texts); i++)
		if (attribute(d->root, d->name, texts[i].name, text, sizeof text))
			kh_row_text(rows, texts[i].column, text);
	kh_row_text(rows, KH_USB_KIND, d->kind ? d->kind : "other");
	kh_row_bool(rows, KH_USB_STORAGE, d->storage);
	unsigned vendor = hex_attribute(d->root, d->name, "idVendor"), product = hex_attribute(d->root, d->name, "idProduct");
	bool says = kh_streq(d->kind, "hid") && kh_says_wireless(kh_row_get_text(rows, KH_USB_PRODUCT));
	bool receiver = says || kh_receiver_name((uint16_t)vendor, (uint16_t)product);
	kh_row_bool(rows, KH_USB_WIRELESS, d->radio || receiver);
	if (attribute(d->root, d->name, "authorized", text, sizeof text))
		kh_row_bool(rows, KH_USB_AUTHORIZED, kh_streq(text, "1"));
	kh_row_text(rows, KH_USB_PORT, d->name);
}

int kh_facts_usb(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_auto_names struct kh_names names = {0};
	int r = kh_tree_list(ctx->root, DEVICES, &names);
	if (r == KH_E_NOT_FOUND && kh_tree_is_dir(ctx->root, "/sys/bus"))
		return 0; /* a kernel without USB has none */
	if (r < 0)
		return r;
	for (size_t i = 0; i < names.n; i++) { /* "usb1" is a root hub, "1-1:1.0" an interface */
		struct device d = {.root = ctx->root, .name = names.v[i]};
		if (!strchr(names.v[i], ':') && !kh_starts_with(names.v[i], "usb"))
			fill_row(&d, rows);
	}
	return 0;
}
