#include "scan/running.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "os/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { MAX_MAPS = 64 * 1024 * 1024, MAX_ROUNDS = 8, MAX_LISTED = 20 };

static const char *const policies[KH_RUNNING_POLICIES] = {"off", "warn", "stop"};

bool kh_running_policy_parse(const char *name, enum kh_running_policy *ret)
{
	for (size_t i = 0; i < KH_COUNT(policies); i++)
		if (kh_streq(name, policies[i])) {
			*ret = (enum kh_running_policy)i;
			return true;
		}
	return false;
}

const char *kh_running_policy_name(enum kh_running_policy policy)
{
	return policies[policy];
}

void kh_running_done(struct kh_running *r)
{
	kh_array_done(&r->pids);
}

/* ---- does it use the file? ---- */

static bool is_file(int proc_fd, const char *path, const struct stat *file)
{
	struct stat st;
	return fstatat(proc_fd, path, &st, 0) == 0 && st.st_dev == file->st_dev && st.st_ino == file->st_ino;
}

/* A line of /proc/PID/maps: "00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus-daemon". Some file systems show another device there than stat() does: then the
 * mapping itself is asked, which needs a right of root's. */
static bool is_line_of(char *line, int proc_fd, const struct stat *file)
{
	char range[64], rights[8], path[96];
	unsigned major_n = 0, minor_n = 0;
	unsigned long long inode = 0;
	if (sscanf(line, "%63s %7s %*s %x:%x %llu", range, rights, &major_n, &minor_n, &inode) != 5 || rights[2] != 'x' || inode != file->st_ino)
		return false;
	snprintf(path, sizeof path, "map_files/%s", range);
	return makedev(major_n, minor_n) == file->st_dev || is_file(proc_fd, path, file);
}

static bool maps(int proc_fd, const struct stat *file)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_auto_fd int fd = openat(proc_fd, "maps", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || kh_file_read_fd(fd, "maps", MAX_MAPS, &b) < 0)
		return false;
	bool found = false;
	char *rest = b.data;
	for (char *line = NULL; !found && rest && (line = kh_split(&rest, "\n")) != NULL;)
		found = is_line_of(line, proc_fd, file);
	return found;
}

/* One of the programs that stand beside this one. */
static bool is_ours(int proc_fd)
{
	char path[PATH_MAX];
	kh_auto_free char *dir = NULL;
	ssize_t n = readlinkat(proc_fd, "exe", path, sizeof path - 1);
	if (n < 0 || kh_program_dir(&dir) < 0)
		return false;
	path[n] = '\0';
	size_t dir_n = strlen(dir);
	return strncmp(path, dir, dir_n) == 0 && kh_starts_with(path + dir_n, "/khien") && !strchr(path + dir_n + 1, '/');
}

static int open_process(pid_t pid)
{
	char path[32];
	snprintf(path, sizeof path, "/proc/%d", (int)pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* ---- quickly: nobody at all ---- */

/* A write lease is given only to the one who alone has the file open, and who maps or runs a file has it open. Not asked where mappings are of another file beneath
 * (overlays) or on another machine. Who opens it in the moment of the question is told of by a signal that does nothing. */
static bool is_ours_alone(int fd)
{
	static const uint32_t kinds[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC};
	struct statfs fs;
	bool known = false;
	if (fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < KH_COUNT(kinds); i++)
		known = known || (uint32_t)fs.f_type == kinds[i];
	if (!known || fcntl(fd, F_SETSIG, SIGURG) < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
		return false;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return true;
}

/* ---- all of them ---- */

struct search {
	const struct stat *file;
	struct kh_running *found;
	KH_ARRAY(int) pidfds; /* of found->pids, in the same order */
};

static bool is_known(const struct search *s, pid_t pid)
{
	for (size_t i = 0; i < s->found->pids.n; i++)
		if (s->found->pids.v[i] == pid)
			return true;
	return false;
}

/* True: one more. The descriptor is taken first, the look through /proc comes after: what is seen is what the descriptor holds, or the process is gone. */
static bool look_at(struct search *s, pid_t pid)
{
	if (is_known(s, pid))
		return false;
	kh_auto_fd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), proc_fd = pidfd < 0 ? -1 : open_process(pid);
	if (proc_fd < 0 || !(is_file(proc_fd, "exe", s->file) || maps(proc_fd, s->file)))
		return false;
	if (pid == 1 || pid == getpid() || is_ours(proc_fd))
		s->found->of_the_system = true;
	kh_array_push(&s->found->pids, pid);
	kh_array_push(&s->pidfds, pidfd);
	pidfd = -1;
	return true;
}

static size_t look_at_all(struct search *s)
{
	size_t more = 0;
	DIR *d = opendir("/proc");
	for (const struct dirent *e = NULL; d && (e = readdir(d)) != NULL;) {
		int64_t pid = 0;
		if (kh_parse_int(e->d_name, 1, INT_MAX, &pid))
			more += look_at(s, (pid_t)pid);
	}
	if (d)
		closedir(d);
	return more;
}

static void signal_all(const struct search *s, size_t from, int signal_number)
{
	for (size_t i = from; i < s->pidfds.n; i++)
		syscall(SYS_pidfd_send_signal, s->pidfds.v[i], signal_number, NULL, 0);
}

/* A process that is stopped starts no other; who was started before that is found in the next round. */
static void stop_all(struct search *s)
{
	size_t before = 0;
	for (int round = 0; round < MAX_ROUNDS && before < s->pidfds.n && !s->found->of_the_system; round++) {
		size_t n = s->pidfds.n;
		signal_all(s, before, SIGSTOP);
		look_at_all(s);
		before = n;
	}
	if (s->found->of_the_system)
		signal_all(s, 0, SIGCONT);
	else
		signal_all(s, 0, SIGKILL);
}

static size_t count_ended(const struct search *s)
{
	size_t ended = 0;
	int64_t until = kh_monotonic_ms() + KH_RUNNING_END_MS;
	for (size_t i = 0; i < s->pidfds.n; i++) {
		struct pollfd p = {.fd = s->pidfds.v[i], .events = POLLIN};
		ended += poll(&p, 1, (int)KH_MAX(until - kh_monotonic_ms(), INT64_C(0))) == 1;
	}
	return ended;
}

void kh_running_of(int fd, enum kh_running_policy policy, struct kh_running *ret)
{
	struct stat file;
	*ret = (struct kh_running){0};
	if (policy == KH_RUNNING_OFF || fstat(fd, &file) < 0 || is_ours_alone(fd))
		return;
	struct search s = {.file = &file, .found = ret};
	if (look_at_all(&s) && policy == KH_RUNNING_STOP && !ret->of_the_system) {
		stop_all(&s);
		ret->ended = ret->of_the_system ? 0 : count_ended(&s);
	}
	kh_array_each(&s.pidfds, pidfd)
		close(*pidfd);
	kh_array_done(&s.pidfds);
}

/* ---- telling ---- */

char *kh_running_pids(const struct kh_running *r)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	for (size_t i = 0; i < r->pids.n && i < MAX_LISTED; i++)
		kh_buf_addf(&b, "%s%d", i ? ", " : "", (int)r->pids.v[i]);
	if (r->pids.n > MAX_LISTED)
		kh_buf_adds(&b, ", …");
	return kh_buf_take(&b);
}

char *kh_running_text(const struct kh_running *r)
{
	kh_auto_free char *pids = kh_running_pids(r);
	if (r->pids.n == 0)
		return NULL;
	return kh_format("%s %s", r->of_the_system ? "part of the running system, nothing stopped: process" : r->ended == r->pids.n ? "stopped process" : "still running as process", pids);
}
