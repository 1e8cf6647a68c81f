#include "sandbox/scratch.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { MAX_FILES = 200000 };

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return good;
}

/* Without root's rights a namespace of users gives them, inside it only. With new rights the kernel forgets that this process is to end with the one that started it. */
static bool enter_namespaces(void)
{
	int end_signal = 0;
	prctl(PR_GET_PDEATHSIG, &end_signal);
	char uids[64] = "", gids[64] = "";
	snprintf(uids, sizeof uids, "%u %u 1", geteuid(), geteuid());
	snprintf(gids, sizeof gids, "%u %u 1", getegid(), getegid());
	if (geteuid() == 0)
		return unshare(CLONE_NEWNS) == 0;
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && prctl(PR_SET_PDEATHSIG, end_signal) == 0 && write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/uid_map", uids) && write_text("/proc/self/gid_map", gids);
}

static bool mount_memory(const char *dir, uint64_t max_bytes, uid_t uid, gid_t gid)
{
	char options[128] = "";
	snprintf(options, sizeof options, "size=%llu,nr_inodes=%d,mode=0700,uid=%u,gid=%u", (unsigned long long)max_bytes, MAX_FILES, uid, gid);
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("khien", dir, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) == 0;
}

struct kh_scratch kh_scratch_enter(const char *dir, uint64_t max_bytes, uid_t uid, gid_t gid)
{
	const bool root = geteuid() == 0;
	if (enter_namespaces() && mount_memory(dir, max_bytes, root ? uid : geteuid(), root ? gid : getegid()) && chroot(dir) == 0 && chdir("/") == 0)
		return (struct kh_scratch){"/", true};
	if (root && chown(dir, uid, gid) < 0)
		return (struct kh_scratch){NULL, false};
	return (struct kh_scratch){dir, false};
}
