/* Descriptors, user, capabilities and rlimits. */
#include "sandbox/layers.h"

#include "base/error.h"
#include "sandbox/sanitizer.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- descriptors ---- */

/* The smallest kept descriptor that is at least `from`; -1 when there is none. */
static int next_kept(const int *keep, size_t count, unsigned from)
{
	int best = -1;
	for (size_t i = 0; i < count; i++)
		if (keep[i] >= 0 && (unsigned)keep[i] >= from && (best < 0 || keep[i] < best))
			best = keep[i];
	return best;
}

static int close_span(unsigned first, unsigned last)
{
	return first <= last && syscall(SYS_close_range, first, last, 0) < 0 ? kh_fail_errno("close_range") : 0;
}

int kh_sandbox_close_descriptors(const int *keep, size_t count)
{
	unsigned first = STDERR_FILENO + 1;
	int r = 0;
	for (int kept = next_kept(keep, count, first); kept >= 0 && r == 0; kept = next_kept(keep, count, first)) {
		r = close_span(first, (unsigned)kept - 1);
		first = (unsigned)kept + 1;
	}
	return r < 0 ? r : close_span(first, ~0U);
}

/* ---- user and capabilities ---- */

static int set_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2] = {0};
	for (int i = 0; i < 2; i++)
		sets[i].permitted = sets[i].effective = (uint32_t)(keep >> (32 * i));
	return syscall(SYS_capset, &header, sets) < 0 ? kh_fail_errno("capset") : 0;
}

/* Also what a later exec could give back; needs CAP_SETPCAP, and without that there is nothing to give. */
static int shrink_bounding_set(uint64_t keep)
{
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int cap = 0; cap < 64; cap++) {
		if (keep & (UINT64_C(1) << cap))
			continue;
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EPERM)
			return kh_fail_errno("PR_CAPBSET_DROP");
	}
	return 0;
}

/* The kernel forgets, with the user, that this process is to end with the one that started it. */
static int become(const struct kh_sandbox_policy *policy)
{
	int end_signal = 0;
	if (prctl(PR_GET_PDEATHSIG, &end_signal) < 0)
		return kh_fail_errno("PR_GET_PDEATHSIG");
	if (policy->keep_capabilities && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return kh_fail_errno("PR_SET_KEEPCAPS");
	if (setgroups(0, NULL) < 0)
		return kh_fail_errno("setgroups");
	if (setresgid(policy->gid, policy->gid, policy->gid) < 0)
		return kh_fail_errno("setresgid");
	if (setresuid(policy->uid, policy->uid, policy->uid) < 0)
		return kh_fail_errno("setresuid");
	if (prctl(PR_SET_PDEATHSIG, end_signal) < 0)
		return kh_fail_errno("PR_SET_PDEATHSIG");
	return 0;
}

int kh_sandbox_drop_rights(const struct kh_sandbox_policy *policy, bool *ret_user_changed)
{
	bool change = policy->change_user && geteuid() == 0;
	int r = shrink_bounding_set(policy->keep_capabilities);
	if (r == 0 && change)
		r = become(policy);
	if (r == 0)
		r = set_capabilities(policy->keep_capabilities);
	if (r == 0)
		*ret_user_changed = change;
	return r;
}

/* ---- rlimits ---- */

static int set_limit(int resource, uint64_t value)
{
	struct rlimit now = {0};
	if (getrlimit((__rlimit_resource_t)resource, &now) < 0)
		return kh_fail_errno("getrlimit");
	rlim_t wanted = now.rlim_max != RLIM_INFINITY && value > now.rlim_max ? now.rlim_max : value;
	struct rlimit limit = {wanted, wanted};
	return setrlimit((__rlimit_resource_t)resource, &limit) < 0 ? kh_fail_errno("setrlimit %d to %llu", resource, (unsigned long long)value) : 0;
}

int kh_sandbox_set_limits(const struct kh_sandbox_policy *policy)
{
	const struct kh_sandbox_limits *l = &policy->limits;
	const bool nursery = policy->profile == KH_SANDBOX_NURSERY, pure = policy->profile == KH_SANDBOX_PURE || nursery;
	const bool network = policy->profile == KH_SANDBOX_NETWORK, makes = nursery || policy->profile == KH_SANDBOX_GUARD;
	const struct {
		int resource;
		uint64_t value;
		bool set;
	} table[] = {
		{RLIMIT_CORE, 0, true},
		{RLIMIT_AS, l->address_space, l->address_space && !KH_SANITIZED},
		{RLIMIT_CPU, l->cpu_s, l->cpu_s},
		{RLIMIT_FSIZE, l->file_size, pure || l->file_size},
		{RLIMIT_NOFILE, l->open_files, l->open_files},
		{RLIMIT_NPROC, network ? l->processes : 0, network ? l->processes > 0 : !makes},
	};
	int r = 0;
	for (size_t i = 0; i < KH_COUNT(table) && r == 0; i++)
		if (table[i].set)
			r = set_limit(table[i].resource, table[i].value);
	return r;
}
