#include "base/error.h"
#include "base/version.h"
#include "gen/cli_khien.h"

#include <stdio.h>

int kh_verb_version(struct kh_cli_call *call)
{
	return printf("%s %s\n", call->program->name, KH_VERSION) < 0 ? kh_fail_errno("standard output") : 0;
}

int main(int argc, char **argv)
{
	return kh_cli_main(&kh_cli_khien, argc, argv);
}
