#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/dates.h"
#include "facts/format/keyfile.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <stdio.h>

#define DMI "/sys/class/dmi/id/"
#define MEMORY_STEP (64 * INT64_C(1048576)) /* what the kernel keeps for itself changes with each kernel */

/* What makers write when they write nothing. */
static bool is_placeholder(const char *text)
{
	static const char *const words[] = {"to be filled by o.e.m.", "default string", "system serial number", "system product name", "system manufacturer",
					    "not specified", "not applicable", "none", "unknown", "invalid", "n/a", "no asset tag", "no asset information",
					    "chassis serial number", "base board serial number", "0123456789", "123456789", "oem", "o.e.m.", "xxxxxxxx"};
	for (size_t i = 0; i < KH_COUNT(words); i++)
		if (kh_streq_nocase(text, words[i]))
			return true;
	return text[strspn(text, "0 .-")] == '\0';
}

static void fill_dmi(int root, struct kh_facts_rows *rows)
{
	static const struct {
		const char *path;
		size_t column;
	} items[] = {
		{DMI "sys_vendor", KH_HARDWARE_VENDOR},         {DMI "product_name", KH_HARDWARE_MODEL},       {DMI "product_serial", KH_HARDWARE_SERIAL},
		{DMI "chassis_asset_tag", KH_HARDWARE_ASSET_TAG}, {DMI "board_vendor", KH_HARDWARE_BOARD_VENDOR}, {DMI "board_name", KH_HARDWARE_BOARD_MODEL},
		{DMI "board_serial", KH_HARDWARE_BOARD_SERIAL}, {DMI "bios_vendor", KH_HARDWARE_BIOS_VENDOR},  {DMI "bios_version", KH_HARDWARE_BIOS_VERSION},
		{"/proc/device-tree/model", KH_HARDWARE_MODEL}, {"/proc/device-tree/serial-number", KH_HARDWARE_SERIAL}, /* boards without DMI */
	};
	char text[256];
	int64_t day_s = 0;
	for (size_t i = 0; i < KH_COUNT(items); i++)
		if (!kh_row_get_text(rows, items[i].column) && kh_tree_line(root, items[i].path, text, sizeof text) && !is_placeholder(text))
			kh_row_text(rows, items[i].column, text);
	if (kh_tree_line(root, DMI "bios_date", text, sizeof text) && kh_date_us(text, &day_s))
		kh_row_time(rows, KH_HARDWARE_BIOS_S, day_s);
}

/* SMBIOS 3.7, table 17 "System enclosure or chassis types". */
static const char *chassis_named(int64_t type)
{
	static const struct {
		int64_t type;
		const char *name;
	} types[] = {
		{1, "other"},    {3, "desktop"},  {4, "desktop"},  {5, "desktop"},  {6, "desktop"},    {7, "desktop"},  {8, "laptop"},    {9, "laptop"},
		{10, "laptop"},  {11, "tablet"},  {12, "other"},   {13, "all_in_one"}, {14, "laptop"}, {15, "desktop"}, {16, "desktop"},  {17, "server"},
		{23, "server"},  {24, "desktop"}, {25, "server"},  {28, "server"},  {29, "server"},    {30, "tablet"},  {31, "laptop"},   {32, "laptop"},
		{33, "embedded"}, {34, "embedded"}, {35, "desktop"}, {36, "desktop"},
	};
	for (size_t i = 0; i < KH_COUNT(types); i++)
		if (types[i].type == type)
			return types[i].name;
	return "other";
}

/* ---- virtual machines ---- */

static const char *hypervisor_by_dmi(const struct kh_facts_rows *rows)
{
	static const struct {
		const char *word, *name;
	} makers[] = {
		{"VMware", "vmware"},     {"VirtualBox", "virtualbox"}, {"innotek", "virtualbox"}, {"QEMU", "kvm"},       {"KVM", "kvm"},     {"Xen", "xen"},
		{"Parallels", "parallels"}, {"OpenStack", "kvm"},       {"Google Compute", "kvm"}, {"Amazon EC2", "kvm"}, {"Bochs", "bochs"}, {"bhyve", "bhyve"},
	};
	const char *vendor = kh_row_get_text(rows, KH_HARDWARE_VENDOR), *model = kh_row_get_text(rows, KH_HARDWARE_MODEL);
	for (size_t i = 0; i < KH_COUNT(makers); i++)
		if ((vendor && strstr(vendor, makers[i].word)) || (model && strstr(model, makers[i].word)))
			return makers[i].name;
	return kh_streq(vendor, "Microsoft Corporation") && kh_streq(model, "Virtual Machine") ? "hyperv" : NULL;
}

static const char *hypervisor_of(int root, const struct kh_facts_rows *rows, const char *cpu_flags)
{
	char type[64];
	const char *by_dmi = hypervisor_by_dmi(rows);
	if (kh_tree_exists(root, "/.dockerenv") || kh_tree_exists(root, "/run/.containerenv"))
		return "container";
	if (by_dmi)
		return by_dmi;
	if (kh_tree_line(root, "/sys/hypervisor/type", type, sizeof type))
		return kh_streq(type, "xen") ? "xen" : "other";
	return cpu_flags && strstr(cpu_flags, " hypervisor") ? "other" : NULL;
}

/* ---- processor and memory ---- */

/* "key\t: value" lines; the first of each name, and how many processors there are. */
static void read_cpuinfo(int root, struct kh_buf *text, const char **ret_model, const char **ret_flags, int64_t *ret_count)
{
	*ret_model = *ret_flags = NULL;
	*ret_count = 0;
	if (kh_tree_read(root, "/proc/cpuinfo", KH_FACTS_MAX_FILE, text) < 0)
		return;
	for (char *rest = text->data, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		char *colon = strchr(line, ':');
		if (!colon)
			continue;
		*colon = '\0';
		const char *key = kh_trim(line), *value = colon[1] ? colon + 2 : "";
		*ret_count += kh_streq(key, "processor");
		if (!*ret_model && (kh_streq(key, "model name") || kh_streq(key, "Model") || kh_streq(key, "cpu")))
			*ret_model = value;
		if (!*ret_flags && kh_streq(key, "flags"))
			*ret_flags = colon + 1;
	}
}

static void fill_memory(int root, struct kh_facts_rows *rows)
{
	char line[128];
	int64_t kib = 0;
	if (!kh_tree_line(root, "/proc/meminfo", line, sizeof line) || !kh_starts_with(line, "MemTotal:"))
		return;
	char *number = kh_trim(line + strlen("MemTotal:"));
	number[strcspn(number, " ")] = '\0';
	if (kh_parse_int(number, 1, INT64_MAX / 1024, &kib))
		kh_row_int(rows, KH_HARDWARE_MEMORY_BYTES, kib * 1024 / MEMORY_STEP * MEMORY_STEP);
}

/* The variable holds four bytes of attributes and one byte: 1 is on. */
static void fill_secure_boot(int root, struct kh_facts_rows *rows)
{
	static const char path[] = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	kh_auto_buf struct kh_buf value = KH_BUF_INIT;
	if (kh_tree_is_dir(root, "/sys/firmware/efi") && kh_tree_read(root, path, KH_FACTS_MAX_SMALL, &value) == 0 && value.len == 5)
		kh_row_bool(rows, KH_HARDWARE_SECURE_BOOT, value.data[4] == 1);
}

static void fill_tpm(int root, struct kh_facts_rows *rows)
{
	int64_t major = 0;
	if (kh_tree_number(root, "/sys/class/tpm/tpm0/tpm_version_major", &major))
		kh_row_text(rows, KH_HARDWARE_TPM, major == 2 ? "2.0" : "1.2");
	else if (kh_tree_exists(root, "/sys/class/tpm/tpm0"))
		kh_row_text(rows, KH_HARDWARE_TPM, kh_tree_exists(root, "/sys/class/tpmrm/tpmrm0") ? "2.0" : "1.2");
}

int kh_facts_hardware(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_auto_buf struct kh_buf cpuinfo = KH_BUF_INIT;
	const char *model = NULL, *flags = NULL;
	int64_t count = 0, chassis = 0;
	bool dmi = kh_tree_is_dir(ctx->root, "/sys/class/dmi/id");
	if (!dmi && !kh_tree_exists(ctx->root, "/proc/cpuinfo"))
		return kh_fail(KH_E_NOT_FOUND, "neither /sys/class/dmi/id nor /proc/cpuinfo");
	kh_row_begin(rows);
	fill_dmi(ctx->root, rows);
	read_cpuinfo(ctx->root, &cpuinfo, &model, &flags, &count);
	kh_row_filled(rows, KH_HARDWARE_CPU, model);
	if (count)
		kh_row_int(rows, KH_HARDWARE_CPU_COUNT, count);
	fill_memory(ctx->root, rows);
	const char *hypervisor = hypervisor_of(ctx->root, rows, flags);
	kh_row_bool(rows, KH_HARDWARE_VIRTUAL, hypervisor != NULL);
	kh_row_text(rows, KH_HARDWARE_HYPERVISOR, hypervisor);
	if (hypervisor)
		kh_row_text(rows, KH_HARDWARE_CHASSIS, "virtual");
	else if (kh_tree_number(ctx->root, DMI "chassis_type", &chassis))
		kh_row_text(rows, KH_HARDWARE_CHASSIS, chassis_named(chassis));
	fill_secure_boot(ctx->root, rows);
	fill_tpm(ctx->root, rows);
	return 0;
}
