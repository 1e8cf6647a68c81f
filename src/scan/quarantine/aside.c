#include "scan/quarantine/inside.h"

#include "base/error.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Not in linux/magic.h: NTFS by its drivers of the kernel. */
enum { NTFS3 = 0x7366746e, NTFS = 0x5346544e };

/* Owners and rights mean what they say there. */
static bool has_owners(int fd)
{
	static const uint32_t without[] = {MSDOS_SUPER_MAGIC, EXFAT_SUPER_MAGIC, NTFS, NTFS3,      FUSE_SUPER_MAGIC, NFS_SUPER_MAGIC,
					   CIFS_SUPER_MAGIC,  SMB2_SUPER_MAGIC,  SMB_SUPER_MAGIC, V9FS_MAGIC};
	struct statfs st;
	bool has = fstatfs(fd, &st) == 0;
	for (size_t i = 0; i < KH_COUNT(without); i++)
		has = has && (uint32_t)st.f_type != without[i];
	return has;
}

/* Between making and opening it, who may write to the folder can have put another one in its place. */
static int check_ours(int fd, const char *name)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return kh_fail_errno("%s", name);
	bool ours = st.st_uid == geteuid() && !(st.st_mode & 077);
	return ours || !has_owners(fd) ? 0 : kh_fail(KH_E_FILE_CHANGED, "%s is not the folder that was made", name);
}

int kh_aside_open(int dir_fd, const char *id, struct kh_aside *ret)
{
	snprintf(ret->name, sizeof ret->name, ".khien-%.36s", id);
	kh_auto_fd int fd = openat(dir_fd, ret->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return kh_fail_errno("%s", ret->name);
	int r = check_ours(fd, ret->name);
	if (r == 0) {
		ret->fd = fd;
		fd = -1;
	}
	return r;
}

int kh_aside_make(int dir_fd, const char *id, struct kh_aside *ret)
{
	snprintf(ret->name, sizeof ret->name, ".khien-%.36s", id);
	if (mkdirat(dir_fd, ret->name, 0700) < 0)
		return kh_fail_errno("%s", ret->name);
	int r = kh_aside_open(dir_fd, id, ret);
	if (r < 0)
		unlinkat(dir_fd, ret->name, AT_REMOVEDIR);
	else
		kh_ignore(fchmod(ret->fd, 0700)); /* a default access list may have taken rights from ourselves */
	return r;
}

int kh_aside_take(const struct kh_aside *a, int dir_fd, const char *name)
{
	return renameat(dir_fd, name, a->fd, KH_ASIDE_FILE) < 0 ? kh_fail_errno("%s", name) : 0;
}

/* Some file systems cannot be asked not to replace; a second name never replaces. */
static int move_without_replacing(int from_fd, const char *from, int to_fd, const char *to)
{
	if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return linkat(from_fd, from, to_fd, to, 0) < 0 ? -1 : unlinkat(from_fd, from, 0);
}

int kh_aside_put_back(const struct kh_aside *a, int dir_fd, const char *name, const char *id)
{
	char other[sizeof "khien-" + KH_UUID_SIZE];
	snprintf(other, sizeof other, "khien-%.36s", id);
	if (move_without_replacing(a->fd, KH_ASIDE_FILE, dir_fd, name) == 0)
		return 0;
	if (move_without_replacing(a->fd, KH_ASIDE_FILE, dir_fd, other) == 0)
		return kh_fail(KH_E_FILE_CHANGED, "%s was exchanged twice meanwhile; what stood there in between is now %s beside it", name, other);
	return kh_fail_errno("%s was exchanged meanwhile and is now %s/%s beside it", name, a->name, KH_ASIDE_FILE);
}

int kh_aside_remove_file(const struct kh_aside *a)
{
	return unlinkat(a->fd, KH_ASIDE_FILE, 0) < 0 ? kh_fail_errno("%s/%s", a->name, KH_ASIDE_FILE) : kh_quarantine_sync(a->fd);
}

void kh_aside_done(struct kh_aside *a, int dir_fd)
{
	kh_fd_close(&a->fd);
	unlinkat(dir_fd, a->name, AT_REMOVEDIR);
	kh_auto_fd int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		fsync(fd);
}
