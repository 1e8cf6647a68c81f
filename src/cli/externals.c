#include "cli/externals.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"

#include <string.h>

void kh_cli_externals_done(struct kh_cli_externals *e)
{
	kh_array_each(e, one)
		free((char *)(uintptr_t)one->name);
	kh_array_done(e);
}

int kh_cli_externals_read(const struct kh_cli_call *call, struct kh_cli_externals *ret)
{
	const char *const *given = NULL;
	size_t n = kh_cli_list(call, "define", &given);
	for (size_t i = 0; i < n; i++) {
		const char *equals = strchr(given[i], '=');
		if (!equals || equals == given[i])
			return kh_fail(KH_E_USAGE, "-d %s: expected NAME=VALUE, such as -d filename=thu.exe", given[i]);
		const struct kh_yara_external e = {kh_strndup(given[i], (size_t)(equals - given[i])), equals + 1};
		kh_array_push(ret, e);
	}
	return 0;
}
