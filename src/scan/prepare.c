#include "scan/prepare.h"

#include "base/alloc.h"
#include "base/error.h"
#include "malware/source.h"
#include "scan/compile.h"
#include "scan/content_files.h"

#include <fcntl.h>

static int find_files(const struct kh_scan_options *o, struct kh_content_files *files)
{
	enum { RULES = KH_SOURCE_BIT(KH_SOURCE_YARA), SIGNATURES = RULES | KH_SOURCE_BIT(KH_SOURCE_CLAMAV) | KH_SOURCE_BIT(KH_SOURCE_DATABASE) };
	kh_auto_free char *shipped = NULL;
	int r = o->rule_count || o->signature_count ? 0 : kh_content_shipped(&shipped);
	if (r < 0)
		return r;
	const char *const only_shipped[] = {shipped};
	if (shipped)
		kh_content_files_find(only_shipped, 1, RULES, files);
	kh_content_files_find(o->rules, o->rule_count, RULES, files);
	kh_content_files_find(o->signatures, o->signature_count, SIGNATURES, files);
	return 0;
}

int kh_scan_content(const struct kh_scan_options *o, bool anew, int *ret_fd, int64_t *ret_newest_s, struct kh_rule_problems *problems)
{
	*ret_newest_s = 0;
	if (o->content) {
		*ret_fd = fcntl(o->content, F_DUPFD_CLOEXEC, 3);
		return *ret_fd < 0 ? kh_fail_errno("the compiled content") : 0;
	}
	kh_auto_content_files struct kh_content_files files = {.problems = *problems};
	int r = find_files(o, &files);
	const struct kh_compile compile = {
		.files = &files,
		.externals = o->externals,
		.external_count = o->external_count,
		.keep = o->compiled,
		.anew = anew,
		.worker = o->worker,
	};
	if (r == 0)
		r = kh_compile(&compile, ret_fd);
	*ret_newest_s = files.newest_s;
	*problems = files.problems;
	files.problems = (struct kh_rule_problems){0};
	return r;
}
