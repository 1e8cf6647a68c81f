#include "guard/mounts.h"

#include "base/test.h"

#include <fcntl.h>
#include <unistd.h>

static void lines_of_the_kernel(void **state)
{
	static const char text[] = "21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
				   "22 21 0:20 / /proc rw,nosuid - proc proc rw\n"
				   "23 21 8:17 / /media/lan/\\304\\220\\303\\264\\040USB rw shared:5 master:2 - fuseblk /dev/sdb1 rw\n"
				   "24 21 0:50 / /mnt/chung rw - nfs4 may:/chung rw\n"
				   "25 21 0:51 / /home/lan/.gvfs rw - fuse.gvfsd-fuse gvfsd rw\n";
	static const struct {
		const char *point, *type;
		unsigned major, minor;
		enum kh_mount_kind kind;
	} expected[] = {
		{"/", "ext4", 254, 0, KH_MOUNT_LOCAL},
		{"/proc", "proc", 0, 20, KH_MOUNT_KERNEL},
		{"/media/lan/Đô USB", "fuseblk", 8, 17, KH_MOUNT_LOCAL},
		{"/mnt/chung", "nfs4", 0, 50, KH_MOUNT_NETWORK},
		{"/home/lan/.gvfs", "fuse.gvfsd-fuse", 0, 51, KH_MOUNT_NETWORK},
	};
	kh_auto_mounts struct kh_mounts m = {0};
	(void)state;
	kh_mounts_parse(text, sizeof text - 1, &m);
	assert_int_equal(m.n, KH_COUNT(expected));
	for (size_t i = 0; i < m.n; i++) {
		assert_string_equal(m.v[i].point, expected[i].point);
		assert_string_equal(m.v[i].type, expected[i].type);
		assert_int_equal(m.v[i].major, expected[i].major);
		assert_int_equal(m.v[i].minor, expected[i].minor);
		assert_int_equal(m.v[i].kind, expected[i].kind);
	}
}

static void lines_that_are_none_are_left_out(void **state)
{
	static const char text[] = "\n-\n21 1\n21 1 254:0 / / rw\n21 1 254:0 / / rw -\n21 1 x / / rw - ext4 a rw\n21 1 1:1 / relative rw - ext4 a rw\n2 1 1:1 / /good\\ rw - ext4 a rw";
	kh_auto_mounts struct kh_mounts m = {0};
	(void)state;
	kh_mounts_parse(text, sizeof text - 1, &m);
	assert_int_equal(m.n, 1);
	assert_string_equal(m.v[0].point, "/good\\");
}

static void those_of_this_process(void **state)
{
	kh_auto_mounts struct kh_mounts m = {0};
	(void)state;
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC), root = 0;
	assert_int_equal(kh_mounts_read(fd, &m), 0);
	for (size_t i = 0; i < m.n; i++)
		root += strcmp(m.v[i].point, "/") == 0;
	assert_true(root >= 1);
	size_t n = m.n;
	kh_mounts_done(&m);
	assert_int_equal(kh_mounts_read(fd, &m), 0); /* again, from the beginning */
	assert_int_equal(m.n, n);
	close(fd);
	assert_true(kh_mounts_read(-1, &m) < 0);
}

KH_TESTS(lines_of_the_kernel, lines_that_are_none_are_left_out, those_of_this_process)
