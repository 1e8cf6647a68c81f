/* The layers of a sandbox, each raised by one function; for kh_sandbox_enter() and its tests only. */
#pragma once

#include "sandbox/sandbox.h"

int kh_sandbox_close_descriptors(const int *keep, size_t count) KH_MUST_USE;
int kh_sandbox_drop_rights(const struct kh_sandbox_policy *policy, bool *ret_user_changed) KH_MUST_USE;
int kh_sandbox_set_limits(const struct kh_sandbox_policy *policy) KH_MUST_USE;
int kh_sandbox_landlock(const struct kh_sandbox_policy *policy, int *ret_abi) KH_MUST_USE; /* abi 0: the kernel has none */
int kh_sandbox_seccomp(enum kh_sandbox_profile profile) KH_MUST_USE;

#define KH_LANDLOCK_ABI_NETWORK 4
