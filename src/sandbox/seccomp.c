/* The system calls of each profile, by libseccomp. One row per system call (or per permitted form of it); what has no row is forbidden.
 *
 * A row may look at one argument: (argument & mask) must equal value. Paths cannot be looked at, so calls that take one are given only to
 * profiles that may read files at all; which files is Landlock's and the user's matter. */
#include "sandbox/layers.h"

#include "base/error.h"
#include "sandbox/sanitizer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NURSERY = 1 << KH_SANDBOX_NURSERY, READER = 1 << KH_SANDBOX_READER, NETWORK = 1 << KH_SANDBOX_NETWORK, SCRATCH = 1 << KH_SANDBOX_SCRATCH, GUARD = 1 << KH_SANDBOX_GUARD };
enum { PURE = 1 << KH_SANDBOX_PURE | NURSERY | SCRATCH, FILES = READER | NETWORK, ALL = PURE | FILES | GUARD, SANITIZED = KH_SANITIZED ? ALL : 0 };

struct row {
	int call;
	unsigned profiles;
	bool checked;
	unsigned argument;
	uint64_t mask, value;
};

#define NOT_EXECUTABLE true, 2, PROT_EXEC, 0
#define FOR_READING(arg) true, (arg), O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), O_RDONLY
#define FIRST_IS(v) true, 0, UINT64_MAX, (v)
#define SECOND_IS(v) true, 1, UINT64_MAX, (v)

static const struct row allowed[] = {
	/* what it was given */
	{SCMP_SYS(read), ALL}, {SCMP_SYS(readv), ALL}, {SCMP_SYS(pread64), ALL}, {SCMP_SYS(preadv), FILES}, {SCMP_SYS(lseek), ALL},
	{SCMP_SYS(write), ALL}, {SCMP_SYS(writev), ALL}, {SCMP_SYS(close), ALL}, {SCMP_SYS(fstat), ALL}, {SCMP_SYS(fcntl), FILES},
	{SCMP_SYS(fcntl), PURE, SECOND_IS(F_GETFD)}, {SCMP_SYS(fcntl), PURE, SECOND_IS(F_GETFL)}, {SCMP_SYS(fcntl), PURE, SECOND_IS(F_GET_SEALS)},
	{SCMP_SYS(sendmsg), ALL}, {SCMP_SYS(recvmsg), ALL}, {SCMP_SYS(poll), ALL}, {SCMP_SYS(ppoll), ALL}, {SCMP_SYS(shutdown), ALL},
	{SCMP_SYS(dup), FILES}, {SCMP_SYS(dup2), FILES}, {SCMP_SYS(dup3), FILES}, {SCMP_SYS(fadvise64), FILES}, {SCMP_SYS(flock), FILES},
	{SCMP_SYS(select), FILES}, {SCMP_SYS(pselect6), FILES}, {SCMP_SYS(pipe2), NETWORK}, {SCMP_SYS(eventfd2), NETWORK},
	{SCMP_SYS(epoll_create1), NETWORK}, {SCMP_SYS(epoll_ctl), NETWORK}, {SCMP_SYS(epoll_wait), NETWORK}, {SCMP_SYS(epoll_pwait), NETWORK},
	{SCMP_SYS(ioctl), NETWORK, SECOND_IS(FIONREAD)}, {SCMP_SYS(ioctl), NETWORK, SECOND_IS(FIONBIO)},

	/* memory */
	{SCMP_SYS(mmap), ALL & ~GUARD, NOT_EXECUTABLE}, {SCMP_SYS(mprotect), ALL & ~GUARD, NOT_EXECUTABLE}, {SCMP_SYS(munmap), ALL}, {SCMP_SYS(mremap), ALL},
	{SCMP_SYS(madvise), ALL}, {SCMP_SYS(brk), ALL}, {SCMP_SYS(memfd_create), FILES}, {SCMP_SYS(ftruncate), FILES},

	/* time, signals to itself, its own end, and questions about itself */
	{SCMP_SYS(clock_gettime), ALL}, {SCMP_SYS(clock_getres), ALL}, {SCMP_SYS(gettimeofday), ALL}, {SCMP_SYS(time), ALL},
	{SCMP_SYS(clock_nanosleep), ALL}, {SCMP_SYS(nanosleep), ALL}, {SCMP_SYS(getrandom), ALL}, {SCMP_SYS(futex), ALL},
	{SCMP_SYS(sched_yield), ALL}, {SCMP_SYS(rt_sigaction), ALL}, {SCMP_SYS(rt_sigprocmask), ALL}, {SCMP_SYS(rt_sigreturn), ALL},
	{SCMP_SYS(sigaltstack), ALL}, {SCMP_SYS(restart_syscall), ALL}, {SCMP_SYS(exit), ALL},
	{SCMP_SYS(exit_group), ALL}, {SCMP_SYS(getpid), ALL}, {SCMP_SYS(gettid), ALL}, {SCMP_SYS(getppid), FILES}, {SCMP_SYS(getuid), ALL},
	{SCMP_SYS(geteuid), ALL}, {SCMP_SYS(getgid), ALL}, {SCMP_SYS(getegid), ALL}, {SCMP_SYS(getgroups), FILES}, {SCMP_SYS(uname), FILES},
	{SCMP_SYS(sysinfo), ALL}, {SCMP_SYS(getrusage), ALL}, {SCMP_SYS(getrlimit), FILES}, {SCMP_SYS(times), FILES}, {SCMP_SYS(capget), FILES},
	{SCMP_SYS(sched_getaffinity), FILES}, {SCMP_SYS(getcwd), FILES}, {SCMP_SYS(umask), FILES},
	{SCMP_SYS(prlimit64), FILES, true, 2, UINT64_MAX, 0},

	/* files, for reading; openat2 hides its flags from us, so for it Landlock alone forbids writing */
	{SCMP_SYS(open), FILES, FOR_READING(1)}, {SCMP_SYS(openat), FILES, FOR_READING(2)}, {SCMP_SYS(stat), FILES}, {SCMP_SYS(lstat), FILES},
	{SCMP_SYS(newfstatat), FILES}, {SCMP_SYS(statx), FILES}, {SCMP_SYS(statfs), FILES}, {SCMP_SYS(fstatfs), FILES},
	{SCMP_SYS(access), FILES}, {SCMP_SYS(faccessat), FILES}, {SCMP_SYS(faccessat2), FILES}, {SCMP_SYS(readlink), FILES},
	{SCMP_SYS(readlinkat), FILES}, {SCMP_SYS(openat2), READER}, {SCMP_SYS(getdents64), FILES}, {SCMP_SYS(getxattr), READER}, {SCMP_SYS(lgetxattr), READER},
	{SCMP_SYS(fgetxattr), READER},

	/* files of its own: where is Landlock's matter, and that of what can be seen at all */
	{SCMP_SYS(open), SCRATCH}, {SCMP_SYS(openat), SCRATCH}, {SCMP_SYS(creat), SCRATCH}, {SCMP_SYS(stat), SCRATCH}, {SCMP_SYS(lstat), SCRATCH},
	{SCMP_SYS(newfstatat), SCRATCH}, {SCMP_SYS(statx), SCRATCH}, {SCMP_SYS(access), SCRATCH}, {SCMP_SYS(faccessat), SCRATCH}, {SCMP_SYS(faccessat2), SCRATCH},
	{SCMP_SYS(mkdir), SCRATCH}, {SCMP_SYS(mkdirat), SCRATCH}, {SCMP_SYS(unlink), SCRATCH}, {SCMP_SYS(unlinkat), SCRATCH}, {SCMP_SYS(rmdir), SCRATCH},
	{SCMP_SYS(rename), SCRATCH}, {SCMP_SYS(renameat), SCRATCH}, {SCMP_SYS(renameat2), SCRATCH}, {SCMP_SYS(getdents64), SCRATCH}, {SCMP_SYS(ftruncate), SCRATCH},
	{SCMP_SYS(chmod), SCRATCH, SECOND_IS(0700)}, {SCMP_SYS(pwrite64), SCRATCH}, {SCMP_SYS(dup), SCRATCH}, {SCMP_SYS(fcntl), SCRATCH, SECOND_IS(F_SETFD)}, {SCMP_SYS(fcntl), SCRATCH, SECOND_IS(F_DUPFD_CLOEXEC)},
	{SCMP_SYS(fadvise64), SCRATCH}, {SCMP_SYS(umask), SCRATCH}, {SCMP_SYS(getcwd), SCRATCH}, {SCMP_SYS(fstatfs), SCRATCH}, {SCMP_SYS(statfs), SCRATCH},
	{SCMP_SYS(times), SCRATCH}, {SCMP_SYS(uname), SCRATCH}, {SCMP_SYS(getrlimit), SCRATCH}, {SCMP_SYS(prlimit64), SCRATCH, true, 2, UINT64_MAX, 0},

	/* sockets */
	{SCMP_SYS(socket), FILES, FIRST_IS(AF_NETLINK)}, {SCMP_SYS(socket), NETWORK, FIRST_IS(AF_INET)},
	{SCMP_SYS(socket), NETWORK, FIRST_IS(AF_INET6)}, {SCMP_SYS(socketpair), NETWORK, FIRST_IS(AF_UNIX)}, {SCMP_SYS(bind), FILES},
	{SCMP_SYS(connect), NETWORK}, {SCMP_SYS(getsockname), FILES}, {SCMP_SYS(getpeername), NETWORK}, {SCMP_SYS(getsockopt), FILES},
	{SCMP_SYS(setsockopt), FILES}, {SCMP_SYS(sendto), FILES}, {SCMP_SYS(recvfrom), FILES}, {SCMP_SYS(sendmmsg), NETWORK},
	{SCMP_SYS(recvmmsg), NETWORK},

	/* threads (the resolver of libcurl), never processes: clone3 cannot be looked into, and the C library goes on without it */
	{SCMP_SYS(clone), NETWORK, true, 0, CLONE_THREAD, CLONE_THREAD}, {SCMP_SYS(set_robust_list), NETWORK}, {SCMP_SYS(rseq), NETWORK},
	{SCMP_SYS(set_tid_address), NETWORK},

	/* a worker made of the process, which gives up what stands in this paragraph */
	{SCMP_SYS(clone), NURSERY, FIRST_IS(CLONE_PARENT | SIGCHLD)}, {SCMP_SYS(seccomp), NURSERY}, {SCMP_SYS(tgkill), NURSERY},
	{SCMP_SYS(prctl), NURSERY, FIRST_IS(PR_SET_PDEATHSIG)}, {SCMP_SYS(prctl), NURSERY, FIRST_IS(PR_GET_SECCOMP)},
	{SCMP_SYS(prctl), NURSERY, FIRST_IS(PR_SET_NO_NEW_PRIVS)}, {SCMP_SYS(dup2), NURSERY}, {SCMP_SYS(getppid), NURSERY},

	/* the guard: answers the kernel, keeps content, makes workers, who give up the rest themselves */
	{SCMP_SYS(fanotify_init), GUARD}, {SCMP_SYS(fanotify_mark), GUARD},
	{SCMP_SYS(open), GUARD}, {SCMP_SYS(openat), GUARD}, {SCMP_SYS(openat2), GUARD}, {SCMP_SYS(stat), GUARD}, {SCMP_SYS(lstat), GUARD},
	{SCMP_SYS(newfstatat), GUARD}, {SCMP_SYS(statx), GUARD}, {SCMP_SYS(statfs), GUARD}, {SCMP_SYS(fstatfs), GUARD}, {SCMP_SYS(access), GUARD},
	{SCMP_SYS(faccessat), GUARD}, {SCMP_SYS(faccessat2), GUARD}, {SCMP_SYS(readlink), GUARD}, {SCMP_SYS(readlinkat), GUARD},
	{SCMP_SYS(getdents64), GUARD}, {SCMP_SYS(getcwd), GUARD},
	{SCMP_SYS(rename), GUARD}, {SCMP_SYS(renameat), GUARD}, {SCMP_SYS(renameat2), GUARD}, {SCMP_SYS(link), GUARD}, {SCMP_SYS(linkat), GUARD},
	{SCMP_SYS(unlink), GUARD}, {SCMP_SYS(unlinkat), GUARD}, {SCMP_SYS(mkdir), GUARD}, {SCMP_SYS(mkdirat), GUARD}, {SCMP_SYS(rmdir), GUARD}, {SCMP_SYS(creat), GUARD}, {SCMP_SYS(chown), GUARD}, {SCMP_SYS(ftruncate), GUARD},
	{SCMP_SYS(fallocate), GUARD}, {SCMP_SYS(fsync), GUARD}, {SCMP_SYS(fdatasync), GUARD}, {SCMP_SYS(chmod), GUARD}, {SCMP_SYS(fchmod), GUARD},
	{SCMP_SYS(utimensat), GUARD}, {SCMP_SYS(flock), GUARD}, {SCMP_SYS(fadvise64), GUARD}, {SCMP_SYS(umask), GUARD},
	{SCMP_SYS(mmap), GUARD}, {SCMP_SYS(mprotect), GUARD}, {SCMP_SYS(memfd_create), GUARD}, {SCMP_SYS(fcntl), GUARD}, {SCMP_SYS(dup), GUARD},
	{SCMP_SYS(dup2), GUARD}, {SCMP_SYS(dup3), GUARD}, {SCMP_SYS(pipe2), GUARD}, {SCMP_SYS(eventfd2), GUARD}, {SCMP_SYS(preadv), GUARD},
	{SCMP_SYS(pwrite64), GUARD}, {SCMP_SYS(select), GUARD}, {SCMP_SYS(pselect6), GUARD}, {SCMP_SYS(ioctl), GUARD},
	{SCMP_SYS(clone), GUARD}, {SCMP_SYS(execve), GUARD}, {SCMP_SYS(wait4), GUARD}, {SCMP_SYS(waitid), GUARD}, {SCMP_SYS(setsid), GUARD},
	{SCMP_SYS(set_robust_list), GUARD}, {SCMP_SYS(rseq), GUARD}, {SCMP_SYS(set_tid_address), GUARD}, {SCMP_SYS(arch_prctl), GUARD},
	{SCMP_SYS(close_range), GUARD}, {SCMP_SYS(pidfd_open), GUARD}, {SCMP_SYS(pidfd_send_signal), GUARD}, {SCMP_SYS(kill), GUARD},
	{SCMP_SYS(tgkill), GUARD},
	{SCMP_SYS(prctl), GUARD}, {SCMP_SYS(seccomp), GUARD}, {SCMP_SYS(landlock_create_ruleset), GUARD}, {SCMP_SYS(landlock_add_rule), GUARD},
	{SCMP_SYS(landlock_restrict_self), GUARD}, {SCMP_SYS(capget), GUARD}, {SCMP_SYS(capset), GUARD}, {SCMP_SYS(setresuid), GUARD},
	{SCMP_SYS(setresgid), GUARD}, {SCMP_SYS(setgroups), GUARD}, {SCMP_SYS(setuid), GUARD}, {SCMP_SYS(setgid), GUARD},
	{SCMP_SYS(getppid), GUARD}, {SCMP_SYS(getgroups), GUARD}, {SCMP_SYS(uname), GUARD}, {SCMP_SYS(getrlimit), GUARD}, {SCMP_SYS(setrlimit), GUARD},
	{SCMP_SYS(prlimit64), GUARD}, {SCMP_SYS(times), GUARD}, {SCMP_SYS(sched_getaffinity), GUARD}, {SCMP_SYS(getpriority), GUARD},
	{SCMP_SYS(setpriority), GUARD}, {SCMP_SYS(ioprio_set), GUARD}, {SCMP_SYS(sendto), GUARD}, {SCMP_SYS(recvfrom), GUARD},
	{SCMP_SYS(getsockopt), GUARD}, {SCMP_SYS(accept4), GUARD}, {SCMP_SYS(fchown), GUARD}, {SCMP_SYS(open_by_handle_at), GUARD},
	{SCMP_SYS(socketpair), GUARD, FIRST_IS(AF_UNIX)},

	/* AddressSanitizer's runtime */
	{SCMP_SYS(prlimit64), SANITIZED, true, 2, UINT64_MAX, 0}, {SCMP_SYS(getrlimit), SANITIZED}, {SCMP_SYS(sched_getaffinity), SANITIZED},
	{SCMP_SYS(prctl), SANITIZED},
};

/* What is answered with an error of its own in every profile that does not allow it, because libraries ask and go on without. */
static const struct {
	int call, error;
} refused[] = {
	{SCMP_SYS(open), EACCES},      {SCMP_SYS(openat), EACCES},     {SCMP_SYS(openat2), ENOSYS},    {SCMP_SYS(stat), EACCES},
	{SCMP_SYS(lstat), EACCES},     {SCMP_SYS(newfstatat), EACCES}, {SCMP_SYS(statx), ENOSYS},      {SCMP_SYS(access), EACCES},
	{SCMP_SYS(faccessat), EACCES}, {SCMP_SYS(faccessat2), ENOSYS}, {SCMP_SYS(readlink), EACCES},   {SCMP_SYS(readlinkat), EACCES},
	{SCMP_SYS(ioctl), ENOTTY},     {SCMP_SYS(clone3), ENOSYS},     {SCMP_SYS(prctl), EPERM},
};

static int add_allowed(scmp_filter_ctx filter, unsigned profile)
{
	for (size_t i = 0; i < KH_COUNT(allowed); i++) {
		const struct row *row = &allowed[i];
		struct scmp_arg_cmp check = {row->argument, SCMP_CMP_MASKED_EQ, row->mask, row->value};
		if (!(row->profiles & profile))
			continue;
		int e = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, row->call, row->checked ? 1 : 0, &check);
		if (e < 0)
			return kh_fail(KH_E_SANDBOX, "seccomp rule %zu: %s", i, kh_errno_words(-e));
	}
	return 0;
}

/* abort() and raise() signal the process itself; no other may be. */
static int add_own_signals(scmp_filter_ctx filter, unsigned profile)
{
	if (profile & GUARD)
		return 0; /* its workers signal themselves */
	int e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	return e < 0 ? kh_fail(KH_E_SANDBOX, "seccomp rule for tgkill: %s", kh_errno_words(-e)) : 0;
}

/* Whether the profile allows a call in every form, or in some: then the default action is the answer to the other forms. */
static bool is_allowed(int call, unsigned profile)
{
	for (size_t i = 0; i < KH_COUNT(allowed); i++)
		if (allowed[i].call == call && (allowed[i].profiles & profile))
			return true;
	return false;
}

static int add_refused(scmp_filter_ctx filter, unsigned profile, uint32_t otherwise)
{
	for (size_t i = 0; i < KH_COUNT(refused); i++) {
		uint32_t answer = SCMP_ACT_ERRNO((uint32_t)refused[i].error);
		if (is_allowed(refused[i].call, profile) || answer == otherwise)
			continue;
		int e = seccomp_rule_add_array(filter, answer, refused[i].call, 0, NULL);
		if (e < 0)
			return kh_fail(KH_E_SANDBOX, "seccomp refusal %zu: %s", i, kh_errno_words(-e));
	}
	return 0;
}

static int load(scmp_filter_ctx filter)
{
	int e = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1); /* every thread there is */
	if (e == 0)
		e = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree, not a list: this runs on every call */
	if (e == 0)
		e = seccomp_load(filter);
	return e < 0 ? kh_fail(KH_E_SANDBOX, "loading the seccomp filter: %s", kh_errno_words(-e)) : 0;
}

int kh_sandbox_seccomp(enum kh_sandbox_profile profile)
{
	unsigned bit = 1U << profile;
	uint32_t otherwise = bit & PURE ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM);
	scmp_filter_ctx filter = seccomp_init(otherwise);
	if (!filter)
		return kh_fail(KH_E_SANDBOX, "seccomp_init");
	int r = add_allowed(filter, bit);
	if (r == 0)
		r = add_own_signals(filter, bit);
	if (r == 0)
		r = add_refused(filter, bit, otherwise);
	if (r == 0)
		r = load(filter);
	seccomp_release(filter);
	return r;
}
