#include "scan/steady.h"

#include "base/attr.h"

#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

enum { ZFS = 0x2fc12fc1 }; /* not in linux/magic.h: OpenZFS */

/* A disk that can be taken elsewhere can be changed there, change times and all. */
static bool is_carried(uint64_t device)
{
	char path[64], real[PATH_MAX];
	snprintf(path, sizeof path, "/sys/dev/block/%u:%u", major(device), minor(device));
	return realpath(path, real) && (strstr(real, "/usb") || strstr(real, "/mmc_host/") || strstr(real, "/fw"));
}

static bool keeps_change_times(int fd)
{
	static const uint32_t kinds[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC, OVERLAYFS_SUPER_MAGIC, ZFS};
	struct statfs st;
	if (fstatfs(fd, &st) < 0)
		return false;
	for (size_t i = 0; i < KH_COUNT(kinds); i++)
		if ((uint32_t)st.f_type == kinds[i])
			return true;
	return false;
}

bool kh_is_steady(int fd, uint64_t device)
{
	return keeps_change_times(fd) && !is_carried(device);
}
