#include "os/mounted.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "os/file.h"

#include <unistd.h>

static char root[] = "/tmp/khien-mounts-XXXXXX";

static int make_root(void **state KH_UNUSED)
{
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state KH_UNUSED)
{
	return kh_test_remove(root);
}

static void reads_what_the_kernel_writes(void **state KH_UNUSED)
{
	static const char text[] = "25 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
				   "40 25 8:17 / /media/b\\303\\255ch/USB\\040C\\134\\012x rw - vfat /dev/sdb1 rw\n"
				   "41 25 0:44 / /mnt/nas rw shared:2 master:1 - nfs4 nas:/a rw\n"
				   "42 25 8:1 /srv/a /srv/b rw - ext4 /dev/sda1 rw\n"
				   "43 25 0:45 / /run/user/1/gvfs rw - fuse.gvfsd-fuse gvfs rw\n"
				   "44 25 8:33 / /media/ntfs rw - fuseblk /dev/sdc1 rw\n"
				   "45 25 0:20 / /proc rw,nosuid - proc proc rw\n";
	static const struct {
		const char *path, *type;
		unsigned major, minor;
		bool whole, remote, kernels;
	} expected[] = {{"/", "ext4", 8, 1, true, false}, {"/media/b\303\255ch/USB C\\\nx", "vfat", 8, 17, true, false}, {"/mnt/nas", "nfs4", 0, 44, true, true},
			{"/srv/b", "ext4", 8, 1, false, false}, {"/run/user/1/gvfs", "fuse.gvfsd-fuse", 0, 45, true, true}, {"/media/ntfs", "fuseblk", 8, 33, true, false}, {"/proc", "proc", 0, 20, true, false, true}};
	kh_auto_mounted struct kh_mounted_list m = {0};
	assert_int_equal(kh_mounted_parse(text, strlen(text), &m), 0);
	assert_int_equal(m.n, KH_COUNT(expected));
	for (size_t i = 0; i < m.n; i++) {
		assert_string_equal(m.v[i].path, expected[i].path);
		assert_string_equal(m.v[i].type, expected[i].type);
		assert_int_equal(m.v[i].major, expected[i].major);
		assert_int_equal(m.v[i].minor, expected[i].minor);
		assert_int_equal(m.v[i].whole, expected[i].whole);
		assert_int_equal(kh_mounted_is_remote(&m.v[i]), expected[i].remote);
		assert_int_equal(kh_mounted_is_kernels(&m.v[i]), expected[i].kernels);
	}
	assert_int_equal(m.v[1].id, 40);
}

static void passes_over_what_is_malformed(void **state KH_UNUSED)
{
	static const char *const lines[] = {"", "\n", "1 2 3", "1 2 8:1 / /x rw ext4 /dev/sda rw\n", "1 2 8 / /x rw - ext4\n", "x 2 8:1 / /x rw - ext4 a b\n",
					    "1 2 8:1 / x rw - ext4 a b\n", "1 2 8:1 / /x rw -\n", "1 2 -8:1 / /x rw - ext4 a b\n"};
	kh_auto_mounted struct kh_mounted_list m = {0};
	for (size_t i = 0; i < KH_COUNT(lines); i++)
		assert_int_equal(kh_mounted_parse(lines[i], strlen(lines[i]), &m), 0);
	assert_int_equal(m.n, 0);
}

static void this_machine_has_some(void **state KH_UNUSED)
{
	kh_auto_mounted struct kh_mounted_list m = {0};
	assert_int_equal(kh_mounted_read("", &m), 0);
	assert_true(m.n > 0);
	assert_true(kh_mounted_read(root, &m) < 0);
}

static void device(const char *number, const char *folder, const char *attribute, const char *value)
{
	kh_auto_free char *real = kh_format("%s/sys/devices/%s", root, folder), *links = kh_format("%s/sys/dev/block", root);
	kh_auto_free char *link = kh_format("%s/%s", links, number), *file = kh_format("%s/%s", real, attribute);
	assert_int_equal(kh_dir_make(real, 0755), 0);
	assert_int_equal(kh_dir_make(links, 0755), 0);
	if (number[0])
		assert_int_equal(symlink(real, link), 0);
	assert_int_equal(kh_file_replace(file, value, strlen(value), 0644), 0);
}

static void knows_what_can_be_taken_out(void **state KH_UNUSED)
{
	static const struct {
		unsigned major, minor;
		bool removable;
	} cases[] = {{8, 0, false}, {8, 1, false}, {8, 16, true}, {8, 17, true}, {11, 0, true}, {179, 1, true}, {9, 9, false}};
	device("8:0", "pci/ata1/block/sda", "removable", "0\n");
	device("8:1", "pci/ata1/block/sda/sda1", "partition", "1\n");
	device("8:16", "pci/usb1/1-2/block/sdb", "removable", "0\n"); /* a USB disk calls itself fixed */
	device("8:17", "pci/usb1/1-2/block/sdb/sdb1", "partition", "1\n");
	device("", "pci/ata3/block/sr0", "removable", "1\n");
	device("11:0", "pci/ata3/block/sr0/sr0p1", "partition", "1\n");
	device("179:1", "pci/mmc_host/mmc0/block/mmcblk0", "removable", "0\n");
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		const struct kh_mounted m = {.major = cases[i].major, .minor = cases[i].minor};
		assert_int_equal(kh_mounted_is_removable(root, &m), cases[i].removable);
	}
}

KH_TESTS_WITH(make_root, remove_root, reads_what_the_kernel_writes, passes_over_what_is_malformed, this_machine_has_some, knows_what_can_be_taken_out)
