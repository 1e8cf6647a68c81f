#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/keyfile.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <stdio.h>

#define SECTOR 512 /* the unit of /sys/block/X/size, whatever the disk's own sectors */

struct disk {
	int root;
	const char *name;
	struct kh_keyfile udev; /* E:KEY=value of udev's database */
};

static bool is_left_out(const char *name)
{
	static const char *const prefixes[] = {"loop", "ram", "zram", "dm-", "sr", "fd", "md", "nbd", "mtdblock", "drbd", "rbd", "zd"};
	for (size_t i = 0; i < KH_COUNT(prefixes); i++)
		if (kh_starts_with(name, prefixes[i]))
			return true;
	return kh_starts_with(name, "mmcblk") && strstr(name, "boot"); /* boot areas of a card */
}

static bool attribute(const struct disk *d, const char *name, char *out, size_t size)
{
	kh_auto_free char *path = kh_format("/sys/block/%s/%s", d->name, name);
	return kh_tree_line(d->root, path, out, size);
}

/* The first of several attributes that says something, else what udev noted. */
static void fill_text(const struct disk *d, const char *const *names, const char *udev_key, struct kh_facts_rows *rows, size_t column)
{
	char text[256];
	for (; *names; names++)
		if (attribute(d, *names, text, sizeof text) && !kh_starts_with(text, "0x")) { /* a number is no name */
			kh_row_text(rows, column, text);
			return;
		}
	const char *noted = kh_keyfile_get(&d->udev, "", udev_key);
	kh_row_filled(rows, column, noted);
}

/* Unit serial number page (SPC-5, 7.7): 4 bytes of header, then text. */
static void fill_scsi_serial(const struct disk *d, struct kh_facts_rows *rows)
{
	kh_auto_buf struct kh_buf page = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("/sys/block/%s/device/vpd_pg80", d->name);
	if (kh_row_get_text(rows, KH_DISKS_SERIAL) || kh_tree_read(d->root, path, KH_FACTS_MAX_SMALL, &page) < 0 || page.len <= 4)
		return;
	kh_auto_free char *serial = kh_strndup(page.data + 4, page.len - 4);
	kh_row_filled(rows, KH_DISKS_SERIAL, kh_trim(serial));
}

static void read_udev(struct disk *d)
{
	char number[32];
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	if (!attribute(d, "dev", number, sizeof number))
		return;
	kh_auto_free char *path = kh_format("/run/udev/data/b%s", number);
	if (kh_tree_read(d->root, path, KH_FACTS_MAX_SMALL, &text) < 0)
		return;
	for (size_t i = 0; i + 2 < text.len; i++) /* "E:KEY=value" → "KEY=value" */
		if ((i == 0 || text.data[i - 1] == '\n') && text.data[i] == 'E' && text.data[i + 1] == ':')
			text.data[i] = text.data[i + 1] = ' ';
	kh_ignore(kh_keyfile_parse(KH_KEYFILE_INI, text.data, text.len, &d->udev));
}

/* What the disk hangs on, by the path of its device in /sys. */
static const char *bus_of(const struct disk *d)
{
	static const struct {
		const char *part, *bus;
	} parts[] = {
		{"/usb", "usb"},  {"/nvme", "nvme"},    {"/mmc", "mmc"},          {"/virtio", "virtio"},
		{"/ata", "sata"}, {"/expander", "sas"}, {"/end_device", "sas"},
	};
	char target[KH_MAX_PATH];
	kh_auto_free char *path = kh_format("/sys/block/%s", d->name);
	const char *noted = kh_keyfile_get(&d->udev, "", "ID_BUS");
	bool linked = kh_tree_link(d->root, path, target, sizeof target);
	for (size_t i = 0; linked && i < KH_COUNT(parts); i++)
		if (strstr(target, parts[i].part))
			return parts[i].bus;
	if (kh_streq(noted, "ata"))
		return "sata";
	return kh_streq(noted, "usb") ? "usb" : "other";
}

static const char *kind_of(const struct disk *d, const char *bus, const char *vendor)
{
	char rotational[8] = "";
	static const char *const makers[] = {"VMware", "QEMU", "VBOX", "Msft", "Xen"};
	for (size_t i = 0; vendor && i < KH_COUNT(makers); i++)
		if (kh_starts_with(vendor, makers[i]))
			return "virtual";
	if (kh_streq(bus, "virtio") || kh_starts_with(d->name, "xvd") || kh_starts_with(d->name, "vd"))
		return "virtual";
	bool medium = attribute(d, "removable", rotational, sizeof rotational) && kh_streq(rotational, "1");
	if (kh_streq(bus, "mmc") || medium) /* sticks call themselves rotating */
		return "flash";
	attribute(d, "queue/rotational", rotational, sizeof rotational);
	return kh_streq(rotational, "1") ? "hdd" : "ssd";
}

/* ---- what lies on it: partitions, and volumes on top of them ---- */

static bool is_encrypted_volume(int root, const char *device)
{
	char uuid[256];
	kh_auto_free char *path = kh_format("/sys/class/block/%s/dm/uuid", device);
	return kh_tree_line(root, path, uuid, sizeof uuid) && kh_starts_with(uuid, "CRYPT-");
}

static bool is_mounted(const char *mounts, int root, const char *device)
{
	char name[256];
	kh_auto_free char *dm_path = kh_format("/sys/class/block/%s/dm/name", device);
	kh_auto_free char *plain = kh_format("/dev/%s ", device);
	kh_auto_free char *mapped = kh_tree_line(root, dm_path, name, sizeof name) ? kh_format("/dev/mapper/%s ", name) : NULL;
	for (const char *p = mounts; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		if (kh_starts_with(p, plain) || (mapped && kh_starts_with(p, mapped)))
			return true;
	return false;
}

struct findings {
	const char *mounts;
	bool encrypted, mounted;
};

static void look_at(int root, const char *device, int depth, struct findings *found)
{
	kh_auto_names struct kh_names holders = {0};
	kh_auto_free char *path = kh_format("/sys/class/block/%s/holders", device);
	found->encrypted |= is_encrypted_volume(root, device);
	found->mounted |= is_mounted(found->mounts, root, device);
	if (depth == 8 || kh_tree_list(root, path, &holders) < 0)
		return;
	for (size_t i = 0; i < holders.n; i++)
		look_at(root, holders.v[i], depth + 1, found);
}

static void look_below(const struct disk *d, struct findings *found)
{
	kh_auto_names struct kh_names names = {0};
	kh_auto_free char *path = kh_format("/sys/block/%s", d->name);
	look_at(d->root, d->name, 0, found);
	if (kh_tree_list(d->root, path, &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++)
		if (kh_starts_with(names.v[i], d->name))
			look_at(d->root, names.v[i], 0, found);
}

static void fill_row(const struct disk *d, const char *mounts, struct kh_facts_rows *rows)
{
	static const char *const serial[] = {"device/serial", "serial", NULL};
	static const char *const wwn[] = {"device/wwid", "wwid", NULL};
	static const char *const vendor[] = {"device/vendor", NULL};
	static const char *const model[] = {"device/model", "device/name", NULL};
	static const char *const firmware[] = {"device/firmware_rev", "device/rev", "device/fwrev", NULL};
	char text[64];
	int64_t sectors = 0;
	struct findings found = {.mounts = mounts};
	kh_row_begin(rows);
	kh_row_text(rows, KH_DISKS_NAME, d->name);
	fill_text(d, serial, "ID_SERIAL_SHORT", rows, KH_DISKS_SERIAL);
	fill_scsi_serial(d, rows);
	fill_text(d, wwn, "ID_WWN", rows, KH_DISKS_WWN);
	fill_text(d, vendor, "ID_VENDOR", rows, KH_DISKS_VENDOR);
	fill_text(d, model, "ID_MODEL", rows, KH_DISKS_MODEL);
	fill_text(d, firmware, "ID_REVISION", rows, KH_DISKS_FIRMWARE);
	if (attribute(d, "size", text, sizeof text) && kh_parse_int(text, 0, INT64_MAX / SECTOR, &sectors))
		kh_row_int(rows, KH_DISKS_SIZE_BYTES, sectors * SECTOR);
	const char *bus = bus_of(d);
	kh_row_text(rows, KH_DISKS_KIND, kind_of(d, bus, kh_row_get_text(rows, KH_DISKS_VENDOR)));
	kh_row_text(rows, KH_DISKS_BUS, bus);
	bool medium = attribute(d, "removable", text, sizeof text) && kh_streq(text, "1");
	kh_row_bool(rows, KH_DISKS_REMOVABLE, medium || kh_streq(bus, "usb"));
	look_below(d, &found);
	kh_row_bool(rows, KH_DISKS_ENCRYPTED, found.encrypted);
	if (mounts)
		kh_row_bool(rows, KH_DISKS_IN_USE, found.mounted);
}

int kh_facts_disks(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_auto_names struct kh_names names = {0};
	kh_auto_buf struct kh_buf mounts = KH_BUF_INIT;
	int r = kh_tree_list(ctx->root, "/sys/block", &names);
	if (r < 0)
		return r;
	bool mounts_known = kh_tree_read(ctx->root, "/proc/self/mounts", KH_FACTS_MAX_FILE, &mounts) == 0 ||
			    kh_tree_read(ctx->root, "/proc/mounts", KH_FACTS_MAX_FILE, &mounts) == 0;
	for (size_t i = 0; i < names.n; i++) {
		struct disk d = {.root = ctx->root, .name = names.v[i]};
		if (is_left_out(names.v[i]))
			continue;
		read_udev(&d);
		fill_row(&d, mounts_known ? kh_buf_text(&mounts) : NULL, rows);
		kh_keyfile_done(&d.udev);
	}
	return 0;
}
