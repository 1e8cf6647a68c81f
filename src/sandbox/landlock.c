/* Landlock, by its three system calls. The constants are here because the headers of an older kernel lack the newer ones; source:
 * Documentation/userspace-api/landlock.rst of Linux 6.12. */
#include "sandbox/layers.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_SCRATCH = 1 << 1 | FS_READ_DIR | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8, /* write, read, remove and make: files and directories */
	/* Every right that an ABI knows, so that what is not granted is forbidden. */
	FS_ABI_1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,     /* ABI 2 */
	FS_TRUNCATE = 1 << 14,  /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */

	NET_BIND_TCP = 1 << 0, /* ABI 4 */
	NET_CONNECT_TCP = 1 << 1,

	SCOPE_ABSTRACT_UNIX = 1 << 0, /* ABI 6 */
	SCOPE_SIGNAL = 1 << 1,

	CREATE_RULESET_VERSION = 1,
	RULE_PATH_BENEATH = 1,
};

struct ruleset {
	uint64_t fs, net, scope;
};

struct path_beneath {
	uint64_t rights;
	int32_t fd;
} __attribute__((packed));

static struct ruleset handled(enum kh_sandbox_profile profile, int abi)
{
	struct ruleset r = {.fs = FS_ABI_1};
	if (abi >= 2)
		r.fs |= FS_REFER;
	if (abi >= 3)
		r.fs |= FS_TRUNCATE;
	if (abi >= 5)
		r.fs |= FS_IOCTL_DEV;
	if (abi >= KH_LANDLOCK_ABI_NETWORK)
		r.net = profile == KH_SANDBOX_NETWORK ? NET_BIND_TCP : NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= 6)
		r.scope = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
	if (profile == KH_SANDBOX_GUARD)
		r.fs &= ~(uint64_t)(FS_READ_FILE | FS_READ_DIR); /* content may be anywhere */
	return r;
}

static int allow(int ruleset, const struct ruleset *handled, const char *path, uint64_t file_rights, uint64_t directory_rights)
{
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : kh_fail_errno("%s", path);
	int r = fstat(fd, &st) < 0 ? kh_fail_errno("%s", path) : 0;
	struct path_beneath rule = {.rights = file_rights, .fd = fd};
	if (r == 0 && S_ISDIR(st.st_mode))
		rule.rights |= directory_rights;
	rule.rights &= handled->fs;
	if (r == 0 && syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0)
		r = kh_fail_errno("Landlock rule for %s", path);
	close(fd);
	return r;
}

int kh_sandbox_landlock(const struct kh_sandbox_policy *policy, int *ret_abi)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
	if (abi < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) {
		*ret_abi = 0;
		return 0;
	}
	struct ruleset attributes = handled(policy->profile, (int)abi);
	int ruleset = abi < 0 ? -1 : (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
	if (ruleset < 0)
		return kh_fail_errno("landlock_create_ruleset");
	int r = 0;
	for (const char *const *path = policy->read_paths; path && *path && r == 0; path++)
		r = allow(ruleset, &attributes, *path, FS_READ_FILE, FS_READ_DIR);
	if (r == 0 && policy->scratch)
		r = allow(ruleset, &attributes, policy->scratch, FS_READ_FILE, FS_SCRATCH | FS_TRUNCATE);
	for (const char *const *path = policy->scratch_paths; path && *path && r == 0; path++)
		r = allow(ruleset, &attributes, *path, FS_READ_FILE, FS_SCRATCH | FS_TRUNCATE);
	for (const char *const *path = policy->execute_paths; path && *path && r == 0; path++)
		r = allow(ruleset, &attributes, *path, FS_EXECUTE, 0);
	if (r == 0 && policy->profile == KH_SANDBOX_GUARD)
		r = allow(ruleset, &attributes, "/dev/null", FS_WRITE_FILE, 0); /* standard output of workers */
	if (r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		r = kh_fail_errno("landlock_restrict_self");
	close(ruleset);
	if (r == 0)
		*ret_abi = (int)abi;
	return r;
}
