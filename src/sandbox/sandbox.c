#include "sandbox/sandbox.h"

#include "base/error.h"
#include "sandbox/layers.h"
#include "sandbox/sanitizer.h"

#include <errno.h>
#include <sys/prctl.h>

static struct kh_sandbox_status status;

struct kh_sandbox_status kh_sandbox_status(void)
{
	return status;
}

/* Nobody may look into the memory of a process that holds foreign bytes or keys. The reader must keep its own /proc entries. */
static int forbid_inspection(enum kh_sandbox_profile profile)
{
	if (profile != KH_SANDBOX_READER && !KH_SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return kh_fail_errno("PR_SET_DUMPABLE");
	return 0;
}

static int forbid_new_rights(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? kh_fail_errno("PR_SET_NO_NEW_PRIVS") : 0;
}

static int raise_layers(const struct kh_sandbox_policy *policy, struct kh_sandbox_status *s)
{
	int r = policy->keep_all_fds ? 0 : kh_sandbox_close_descriptors(policy->keep_fds, policy->keep_fds_count);
	if (r == 0)
		r = kh_sandbox_drop_rights(policy, &s->user_changed);
	if (r == 0)
		r = forbid_new_rights();
	if (r == 0)
		r = forbid_inspection(policy->profile);
	if (r == 0)
		r = kh_sandbox_set_limits(policy);
	if (r == 0 && policy->profile != KH_SANDBOX_GUARD)
		r = kh_sandbox_landlock(policy, &s->landlock_abi);
	if (r == 0)
		r = kh_sandbox_seccomp(policy->profile); /* last: it forbids what the others need */
	return r;
}

int kh_sandbox_enter(const struct kh_sandbox_policy *policy)
{
	struct kh_sandbox_status s = {.capabilities = policy->keep_capabilities};
	if (raise_layers(policy, &s) < 0)
		return kh_fail_in(KH_E_SANDBOX, "entering the sandbox");
	s.entered = s.seccomp = true;
	s.landlock_network = s.landlock_abi >= KH_LANDLOCK_ABI_NETWORK;
	status = s;
	return 0;
}

int kh_sandbox_fence(const struct kh_sandbox_policy *policy)
{
	int abi = 0;
	return kh_sandbox_landlock(policy, &abi) < 0 ? kh_fail_in(KH_E_SANDBOX, "entering the sandbox") : 0;
}
