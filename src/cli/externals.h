/* -d NAME=VALUE: external variables of YARA rules. */
#pragma once

#include "base/attr.h"
#include "base/options.h"
#include "malware/yara/units.h"

#include <stddef.h>

struct kh_cli_externals {
	struct kh_yara_external *v; /* names owned, values lent by the call */
	size_t n, cap;
};
void kh_cli_externals_done(struct kh_cli_externals *e);
#define kh_auto_cli_externals KH_CLEANUP(kh_cli_externals_done)

/* KH_E_USAGE: one is not NAME=VALUE. What was read is to be released in any case. */
int kh_cli_externals_read(const struct kh_cli_call *call, struct kh_cli_externals *ret) KH_MUST_USE;
