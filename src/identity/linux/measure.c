#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "identity/fingerprint.h"
#include "os/file.h"

#include <ctype.h>
#include <dirent.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAC_TEXT = 18, MAC_BYTES = 6 };

struct mac {
	char text[MAC_TEXT];
};

struct macs {
	KH_ARRAY(struct mac) list;
};

/* A file of one short line, lower case, without blanks; NULL when it cannot be read or says nothing. */
static char *short_line(const char *root, const char *path)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *whole = kh_format("%s%s", root, path);
	if (kh_file_read(whole, 4096, &text) < 0)
		return NULL;
	char *line = kh_trim(text.data);
	for (char *p = line; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return *line && !strchr(line, '\n') ? kh_strdup(line) : NULL;
}

/* ---- product ---- */

/* What boards say whose maker did not care to give them one. */
static bool is_placeholder(const char *uuid)
{
	static const char *const known[] = {"03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009",
					    "12345678-1234-5678-90ab-cddeefaabbcc", "not settable", "not present"};
	for (size_t i = 0; i < KH_COUNT(known); i++)
		if (kh_streq(uuid, known[i]))
			return true;
	return uuid[strspn(uuid, "0-")] == '\0' || uuid[strspn(uuid, "f-")] == '\0';
}

static void add_product(const char *root, struct kh_buf *parts)
{
	kh_auto_free char *uuid = short_line(root, "/sys/class/dmi/id/product_uuid");
	if (uuid && !is_placeholder(uuid))
		kh_buf_addf(parts, "product=%s\n", uuid);
}

/* ---- network cards ---- */

#define PERMANENT_MAX 32 /* MAX_ADDR_LEN of the kernel */

/* What the card was made with: the address in use may be random (Wi-Fi) or borrowed (bonds). */
static bool permanent_address(const char *interface, char ret[MAC_TEXT])
{
	union {
		struct ethtool_perm_addr head;
		uint8_t bytes[sizeof(struct ethtool_perm_addr) + PERMANENT_MAX];
	} ask = {.head = {.cmd = ETHTOOL_GPERMADDR, .size = PERMANENT_MAX}};
	struct ifreq request = {.ifr_data = (void *)&ask};
	kh_auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || strlen(interface) >= sizeof request.ifr_name)
		return false;
	memcpy(request.ifr_name, interface, strlen(interface) + 1);
	if (ioctl(fd, SIOCETHTOOL, &request) < 0 || ask.head.size != MAC_BYTES)
		return false;
	const uint8_t *b = ask.bytes + sizeof ask.head;
	snprintf(ret, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
	return true;
}

/* A card's address: asked of the kernel, else the file when it says that it is the card's own (addr_assign_type 0). */
static bool card_address(const char *root, const char *interface, char ret[MAC_TEXT])
{
	kh_auto_free char *type_path = kh_format("/sys/class/net/%s/addr_assign_type", interface);
	kh_auto_free char *address_path = kh_format("/sys/class/net/%s/address", interface);
	if (!*root && permanent_address(interface, ret) && !kh_streq(ret, "00:00:00:00:00:00"))
		return true;
	kh_auto_free char *type = short_line(root, type_path), *address = short_line(root, address_path);
	if (!type || !kh_streq(type, "0") || !address || strlen(address) != MAC_TEXT - 1)
		return false;
	memcpy(ret, address, MAC_TEXT);
	return true;
}

/* Physical: there is a device behind it. */
static bool is_card(const char *root, const char *interface)
{
	kh_auto_free char *device = kh_format("%s/sys/class/net/%s/device", root, interface);
	return interface[0] != '.' && kh_file_exists(device);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct mac *)a)->text, ((const struct mac *)b)->text);
}

static void add_cards(const char *root, struct kh_buf *parts)
{
	struct macs macs = {0};
	struct mac mac = {""};
	kh_auto_free char *path = kh_format("%s/sys/class/net", root);
	DIR *d = opendir(path);
	for (struct dirent *e = NULL; d && macs.list.n < KH_FINGERPRINT_MAX_MACS && (e = readdir(d)) != NULL;)
		if (is_card(root, e->d_name) && card_address(root, e->d_name, mac.text))
			kh_array_push(&macs.list, mac);
	if (d)
		closedir(d);
	if (macs.list.n)
		qsort(macs.list.v, macs.list.n, sizeof mac, by_text);
	for (size_t i = 0; i < macs.list.n; i++)
		if (i == 0 || !kh_streq(macs.list.v[i].text, macs.list.v[i - 1].text))
			kh_buf_addf(parts, "mac=%s\n", macs.list.v[i].text);
	kh_array_done(&macs.list);
}

int kh_fingerprint_measure(const char *root, struct kh_fingerprint *ret)
{
	kh_auto_buf struct kh_buf parts = KH_BUF_INIT;
	kh_auto_free char *machine = short_line(root, "/etc/machine-id");
	if (machine)
		kh_buf_addf(&parts, "machine=%s\n", machine);
	add_product(root, &parts);
	add_cards(root, &parts);
	if (parts.len == 0)
		return kh_fail(KH_E_NOT_SUPPORTED, "this machine has neither a machine-id nor a product number nor a network card to be known by");
	kh_fingerprint_of(kh_buf_text(&parts), ret);
	return 0;
}
