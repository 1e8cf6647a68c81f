/* Each case runs in a child of its own, which enters a profile and tries one thing. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/test.h"
#include "ipc/ipc.h"
#include "sandbox/sandbox.h"
#include "sandbox/scratch.h"
#include "sandbox/sanitizer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/khien-test-XXXXXX"; /* the current directory of every case, with "file" in it */
static int kept = -1; /* a socket that the sandboxed child keeps */
static int port;      /* where somebody listens, on 127.0.0.1 */

/* ---- what is tried; 0 or -1 with errno ---- */

static int open_for_reading(void) { return open("/etc/passwd", O_RDONLY); }
static int open_elsewhere(void) { return open("/usr/bin/env", O_RDONLY); }
static int open_for_writing(void) { return open("file", O_WRONLY); }
static int create_file(void) { return open("new", O_RDWR | O_CREAT, 0600); }
static int unnamed_file(void) { return open(".", O_RDWR | O_TMPFILE, 0600); }
static int truncate_file(void) { return open("file", O_RDONLY | O_TRUNC); }
static int make_directory(void) { return mkdir("dir", 0700); }
static int remove_file(void) { return unlink("file"); }
static int change_mode(void) { return chmod("file", 0777); }
static int ask_about_file(void) { struct stat st; return stat("/etc/passwd", &st); }
static int list_directory(void) { char room[512]; int fd = open("/etc", O_RDONLY | O_DIRECTORY), e = errno; if (syscall(SYS_getdents64, fd, room, sizeof room) > 0) return 0; errno = fd < 0 ? e : errno; return -1; }
static int execute(void) { return execl("/bin/true", "true", (char *)NULL); }
static int make_process(void) { pid_t pid = fork(); if (pid == 0) _exit(0); return pid; }
static int inet_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static int unix_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static int netlink_socket(void) { return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); }
static int packet_socket(void) { return socket(AF_PACKET, SOCK_RAW, 0); }
static int attach_debugger(void) { return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL); }
static int kill_parent(void) { return kill(getppid(), 0); }
static int executable_memory(void) { return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0; }
static int become_root(void) { return setresuid(0, 0, 0); }
static int new_namespace(void) { return (int)syscall(SYS_unshare, 0x10000000); }
static int kernel_module(void) { return (int)syscall(SYS_init_module, NULL, 0, ""); }
static int io_uring(void) { return (int)syscall(SYS_io_uring_setup, 1, NULL); }
static int bpf_call(void) { return (int)syscall(SYS_bpf, 0, NULL, 0); }

static int open_for_writing_by_openat2(void)
{
	struct open_how how = {.flags = O_WRONLY};
	return (int)syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof how);
}

static int use_memory_and_time(void)
{
	void *p = malloc(8 << 20);
	if (!p)
		return -1;
	memset(p, 1, 8 << 20);
	free(p);
	struct timespec t;
	return clock_gettime(CLOCK_MONOTONIC, &t);
}

static int send_message(void) { return kh_ipc_send(kept, 1, "ok", 2, -1); }

static int send_large_message(void)
{
	static char big[200000];
	return kh_ipc_send_large(kept, 1, big, sizeof big);
}

static int connect_to_listener(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof to);
}

static int resolve_name(void)
{
	struct addrinfo *found = NULL;
	return getaddrinfo("localhost", "80", NULL, &found) == 0 ? 0 : -1;
}

static int listen_for_others(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	return fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any) < 0 || listen(fd, 1) < 0 ? -1 : 0;
}

static void *nothing(void *arg) { return arg; }

static int start_thread(void)
{
	pthread_t t;
	errno = pthread_create(&t, NULL, nothing, NULL);
	return errno ? -1 : pthread_join(t, NULL);
}

/* ---- the table ---- */

enum outcome { WORKS, FAILS, KILLED }; /* FAILS: with EPERM or EACCES */

static const struct {
	const char *name;
	int (*try)(void);
	enum outcome pure, reader, network, scratch, guard;
} cases[] = {
	{"memory and time", use_memory_and_time, WORKS, WORKS, WORKS, WORKS, WORKS},
	{"send a message", send_message, WORKS, WORKS, WORKS, WORKS, WORKS},
	{"send a large message", send_large_message, KILLED, WORKS, WORKS, KILLED, WORKS},
	{"open for reading", open_for_reading, FAILS, WORKS, WORKS, FAILS, WORKS},
	{"open elsewhere", open_elsewhere, FAILS, FAILS, FAILS, FAILS, WORKS},
	{"ask about a file", ask_about_file, FAILS, WORKS, WORKS, WORKS, WORKS},
	{"list a directory", list_directory, KILLED, WORKS, WORKS, FAILS, WORKS},
	{"open for writing", open_for_writing, FAILS, FAILS, FAILS, FAILS, FAILS},
	{"open for writing by openat2", open_for_writing_by_openat2, FAILS, FAILS, FAILS, FAILS, FAILS},
	{"create a file", create_file, FAILS, FAILS, FAILS, FAILS, FAILS},
	{"create an unnamed file", unnamed_file, FAILS, FAILS, FAILS, FAILS, FAILS},
	{"truncate a file", truncate_file, FAILS, FAILS, FAILS, FAILS, FAILS},
	{"make a directory", make_directory, KILLED, FAILS, FAILS, FAILS, FAILS},
	{"remove a file", remove_file, KILLED, FAILS, FAILS, FAILS, FAILS},
	{"change a mode", change_mode, KILLED, FAILS, FAILS, KILLED, FAILS},
	{"execute", execute, KILLED, FAILS, FAILS, KILLED, FAILS},
	{"make a process", make_process, KILLED, FAILS, FAILS, KILLED, WORKS},
	{"make a thread", start_thread, KILLED, FAILS, WORKS, KILLED, WORKS},
	{"inet socket", inet_socket, KILLED, FAILS, WORKS, KILLED, FAILS},
	{"unix socket", unix_socket, KILLED, FAILS, FAILS, KILLED, FAILS},
	{"netlink socket", netlink_socket, KILLED, WORKS, WORKS, KILLED, FAILS},
	{"packet socket", packet_socket, KILLED, FAILS, FAILS, KILLED, FAILS},
	{"connect", connect_to_listener, KILLED, FAILS, WORKS, KILLED, FAILS},
	{"resolve a name", resolve_name, KILLED, WORKS, WORKS, KILLED, WORKS}, /* the reader: from /etc/hosts */
	{"listen", listen_for_others, KILLED, FAILS, FAILS, KILLED, FAILS},
	{"debug its parent", attach_debugger, KILLED, FAILS, FAILS, KILLED, FAILS},
	{"signal its parent", kill_parent, KILLED, FAILS, FAILS, KILLED, FAILS},
	{"executable memory", executable_memory, KILLED, FAILS, FAILS, KILLED, WORKS},
	{"become root", become_root, KILLED, FAILS, FAILS, KILLED, FAILS},
	{"new namespace", new_namespace, KILLED, FAILS, FAILS, KILLED, FAILS},
	{"kernel module", kernel_module, KILLED, FAILS, FAILS, KILLED, FAILS},
	{"io_uring", io_uring, KILLED, FAILS, FAILS, KILLED, FAILS},
	{"bpf", bpf_call, KILLED, FAILS, FAILS, KILLED, FAILS},
};

static enum outcome expected(size_t i, enum kh_sandbox_profile profile)
{
	if (profile == KH_SANDBOX_SCRATCH || profile == KH_SANDBOX_GUARD)
		return profile == KH_SANDBOX_GUARD ? cases[i].guard : cases[i].scratch;
	return profile == KH_SANDBOX_PURE || profile == KH_SANDBOX_NURSERY ? cases[i].pure : profile == KH_SANDBOX_READER ? cases[i].reader : cases[i].network;
}

static struct kh_sandbox_policy policy_of(enum kh_sandbox_profile profile)
{
	static const char *const readable[] = {"/etc", "/tmp", "/nonexistent", NULL};
	struct kh_sandbox_policy policy = {
		.profile = profile,
		.read_paths = profile == KH_SANDBOX_READER || profile == KH_SANDBOX_NETWORK ? readable : NULL,
		.scratch = profile == KH_SANDBOX_SCRATCH ? "/nonexistent" : NULL,
		.keep_fds = &kept,
		.keep_fds_count = 1,
		.change_user = true,
		.uid = KH_SANDBOX_NOBODY,
		.gid = KH_SANDBOX_NOBODY,
	};
	return policy;
}

/* 0: it worked · 1: forbidden, with EPERM or EACCES · 2: the sandbox could not be entered · 3: it failed otherwise */
static int in_child(const struct kh_sandbox_policy *policy, int (*try)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		if (kh_sandbox_enter(policy) < 0) {
			fprintf(stderr, "%s\n", kh_fail_detail());
			_exit(2);
		}
		if (policy->profile == KH_SANDBOX_GUARD && kh_sandbox_fence(policy) < 0)
			_exit(2);
		errno = 0;
		_exit(try() >= 0 ? 0 : errno == EPERM || errno == EACCES || errno == ENOSYS ? 1 : 3);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int setup(void **state)
{
	(void)state;
	int socks[2] = {-1, -1};
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof any;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!mkdtemp(folder) || chmod(folder, 0777) < 0 || chdir(folder) < 0)
		return -1;
	int file = open("file", O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (kh_ipc_pair(socks) < 0 || file < 0 || write(file, "text", 4) != 4 || fchmod(file, 0666) < 0 || listener < 0 ||
	    bind(listener, (struct sockaddr *)&any, len) < 0 || listen(listener, 64) < 0 || getsockname(listener, (struct sockaddr *)&any, &len) < 0)
		return -1;
	close(file);
	kept = socks[0];
	port = ntohs(any.sin_port);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink("file") == 0 ? rmdir(folder) : -1;
}

static void check_profile(enum kh_sandbox_profile profile)
{
	struct kh_sandbox_policy policy = policy_of(profile);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		if (KH_SANITIZED && cases[i].try == executable_memory)
			continue; /* its runtime looks at mmap before the kernel does */
		int status = in_child(&policy, cases[i].try);
		enum outcome got = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? KILLED : WEXITSTATUS(status) == 1 ? FAILS : WORKS;
		if (got != expected(i, profile) || (got == WORKS && status != 0))
			fail_msg("%s: outcome %d (status %#x), expected %d", cases[i].name, got, status, expected(i, profile));
	}
	struct stat st;
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(st.st_mode & 07777, 0666);
}

static void pure(void **state) { (void)state; check_profile(KH_SANDBOX_PURE); }
static void nursery(void **state) { (void)state; check_profile(KH_SANDBOX_NURSERY); } /* it splits by a call of its own: test-worker.c */
static void reader(void **state) { (void)state; check_profile(KH_SANDBOX_READER); }
static void scratch(void **state) { (void)state; check_profile(KH_SANDBOX_SCRATCH); } /* outside its directory */
static void guard(void **state) { (void)state; check_profile(KH_SANDBOX_GUARD); }
static void network(void **state) { (void)state; check_profile(KH_SANDBOX_NETWORK); }

/* ---- a directory of one's own ---- */

static bool makes_and_removes(const char *path)
{
	kh_auto_free char *dir = kh_format("%s/dir", path), *file = kh_format("%s/dir/file", path), *other = kh_format("%s/dir/other", path);
	int fd = mkdir(dir, 0700) == 0 && chmod(dir, 0700) == 0 ? open(file, O_RDWR | O_CREAT | O_TRUNC, 0600) : -1;
	bool good = fd >= 0 && write(fd, "text", 4) == 4 && rename(file, other) == 0 && close(fd) == 0;
	return good && unlink(other) == 0 && rmdir(dir) == 0;
}

/* What is written stays where nobody else sees it, and there is nothing to be read. */
static int in_scratch(void)
{
	struct kh_scratch s = kh_scratch_enter("own", 1024 * 1024, KH_SANDBOX_NOBODY, KH_SANDBOX_NOBODY);
	struct kh_sandbox_policy policy = policy_of(KH_SANDBOX_SCRATCH);
	policy.scratch = s.path;
	if (!s.path || kh_sandbox_enter(&policy) < 0)
		return 10;
	kh_auto_free char *left = kh_format("%s/left", s.path);
	int fd = open(left, O_WRONLY | O_CREAT, 0600);
	if (!makes_and_removes(s.path) || fd < 0)
		return 11;
	if (open("/etc/passwd", O_RDONLY) >= 0)
		return 12;
	static char much[2 * 1024 * 1024];
	return s.private && write(fd, much, sizeof much) == sizeof much ? 13 : s.private ? 0 : 1;
}

static void own_directory(void **state)
{
	(void)state;
	assert_int_equal(mkdir("own", 0700), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(in_scratch());
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink("own/left");
	assert_int_equal(rmdir("own"), 0);
	if (status == 1 << 8)
		KH_SKIP("this system has no namespaces for us: the directory is used as it is");
	assert_int_equal(status, 0);
}

/* ---- the other layers ---- */

static int only_kept_descriptors(void)
{
	for (int fd = 3; fd < 1024; fd++)
		if (fd != kept && fcntl(fd, F_GETFD) >= 0)
			return -1;
	return fcntl(kept, F_GETFD);
}

static int nobody_without_rights(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2];
	gid_t groups[64];
	if (syscall(SYS_capget, &header, sets) < 0 || getgroups(64, groups) != 0)
		return -1;
	uint64_t held = sets[0].permitted | sets[0].effective | (uint64_t)sets[1].permitted << 32;
	return held == 0 && getuid() == KH_SANDBOX_NOBODY && geteuid() == KH_SANDBOX_NOBODY && getgid() == KH_SANDBOX_NOBODY ? 0 : -1;
}

static int may_read_everything(void)
{
	return open("/etc/shadow", O_RDONLY);
}

static int status_is_true(void)
{
	struct kh_sandbox_status s = kh_sandbox_status();
	return s.entered && s.seccomp && s.landlock_network == (s.landlock_abi >= 4) ? 0 : -1;
}

static void drops_descriptors_user_and_capabilities(void **state)
{
	(void)state;
	struct kh_sandbox_policy policy = policy_of(KH_SANDBOX_READER);
	assert_false(kh_sandbox_status().entered);
	assert_int_equal(in_child(&policy, only_kept_descriptors), 0);
	assert_int_equal(in_child(&policy, status_is_true), 0);
	if (geteuid() != 0)
		KH_SKIP("needs root");
	assert_int_equal(in_child(&policy, nobody_without_rights), 0);
	assert_int_not_equal(in_child(&policy, may_read_everything), 0);
	policy.keep_capabilities = UINT64_C(1) << CAP_DAC_READ_SEARCH;
	assert_int_equal(in_child(&policy, may_read_everything), 0);
}

/* In a sandbox that changes the user, and busy: it hears nothing of a closed connection. */
static void be_busy_in_a_sandbox(const int *told)
{
	struct kh_sandbox_policy policy = policy_of(KH_SANDBOX_PURE);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	policy.keep_fds = &told[1];
	policy.keep_fds_count = 1;
	if (kh_sandbox_enter(&policy) < 0 || write(told[1], "!", 1) != 1)
		_exit(1);
	for (volatile bool busy = true; busy;)
		;
}

static void still_ends_with_who_started_it(void **state)
{
	(void)state;
	int told[2];
	char byte = 0;
	assert_int_equal(pipe(told), 0);
	pid_t starter = fork();
	if (starter == 0) {
		if (fork() == 0)
			be_busy_in_a_sandbox(told);
		pause();
	}
	close(told[1]);
	assert_int_equal(read(told[0], &byte, 1), 1);
	kill(starter, SIGKILL);
	waitpid(starter, NULL, 0);
	struct pollfd closed = {.fd = told[0], .events = POLLIN};
	assert_int_equal(poll(&closed, 1, 10000), 1); /* the busy one had the other end */
	assert_int_equal(read(told[0], &byte, 1), 0);
	close(told[0]);
}

static int eat_memory(void)
{
	for (size_t total = 0; total < (size_t)512 << 20; total += 1 << 20) {
		char *p = malloc(1 << 20);
		if (!p)
			return 0;
		p[0] = 1;
	}
	return -1;
}

static int limits_hold(void)
{
	struct rlimit core = {1, 1}, files = {0};
	getrlimit(RLIMIT_CORE, &core);
	getrlimit(RLIMIT_NOFILE, &files);
	return core.rlim_max == 0 && files.rlim_max == 32 && (KH_SANITIZED || eat_memory() == 0) ? 0 : -1;
}

static int burn_cpu(void)
{
	for (volatile unsigned long i = 0;; i++)
		if (i == ~0UL)
			return 0;
}

static void sets_limits(void **state)
{
	(void)state;
	struct kh_sandbox_policy policy = policy_of(KH_SANDBOX_READER);
	policy.limits = (struct kh_sandbox_limits){.address_space = 256 << 20, .open_files = 32};
	assert_int_equal(in_child(&policy, limits_hold), 0);
	policy.limits = (struct kh_sandbox_limits){.cpu_s = 1};
	int status = in_child(&policy, burn_cpu);
	assert_true(WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU));
}

static int write_beyond_limit(void)
{
	static char big[200000];
	signal(SIGXFSZ, SIG_IGN);
	return kh_ipc_send_large(kept, 1, big, sizeof big) < 0 ? 0 : -1;
}

static void limits_what_is_written(void **state)
{
	(void)state;
	struct kh_sandbox_policy policy = policy_of(KH_SANDBOX_READER);
	policy.limits.file_size = 100000;
	assert_int_equal(in_child(&policy, write_beyond_limit), 0);
}

/* As on a kernel that was built without Landlock. */
static void hide_landlock(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	seccomp_load(filter);
	seccomp_release(filter);
}

static int still_holds_without_landlock(void)
{
	struct kh_sandbox_status s = kh_sandbox_status();
	return s.entered && s.seccomp && s.landlock_abi == 0 && !s.landlock_network && open_for_writing() < 0 && open_for_reading() >= 0 ? 0 : -1;
}

static void works_without_landlock(void **state)
{
	(void)state;
	struct kh_sandbox_policy policy = policy_of(KH_SANDBOX_READER);
	pid_t pid = fork();
	if (pid == 0) {
		hide_landlock();
		_exit(kh_sandbox_enter(&policy) == 0 && still_holds_without_landlock() == 0 ? 0 : 1);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* A layer that cannot be raised is an error, not a weaker sandbox. */
static void fails_without_seccomp(void **state)
{
	(void)state;
	struct kh_sandbox_policy policy = policy_of(KH_SANDBOX_PURE);
	pid_t pid = fork();
	if (pid == 0) {
		scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
		seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(seccomp), 0);
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		seccomp_load(filter);
		_exit(kh_sandbox_enter(&policy) == KH_E_SANDBOX && !kh_sandbox_status().entered ? 0 : 1);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

KH_TESTS_WITH(setup, teardown, pure, nursery, reader, network, scratch, guard, own_directory, drops_descriptors_user_and_capabilities, still_ends_with_who_started_it, sets_limits, limits_what_is_written, works_without_landlock,
	      fails_without_seccomp)
