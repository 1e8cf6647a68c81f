#include "scan/prepare.h"

#include "base/alloc.h"
#include "base/error.h"
#include "malware/source.h"
#include "scan/compile.h"
#include "scan/content_files.h"
#include "scan/includes.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

static int ask_worker(void *worker, const char *path, kh_on_include on_include, void *on_include_context)
{
	return kh_compile_includes(path, worker, on_include, on_include_context);
}

/* A folder holds what its files include; a file that is named may not stand for all of them. */
static int add_included(const struct kh_scan_options *o, const char *path, struct kh_content_files *files)
{
	kh_auto_includes struct kh_includes includes = KH_INCLUDES_NONE;
	const char *slash = strrchr(path, '/');
	struct stat st;
	if (kh_source_kind(path) != KH_SOURCE_YARA || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	int r = kh_includes_find(path, ask_worker, (void *)(uintptr_t)o->worker, &includes);
	for (size_t i = 1; r == 0 && i < includes.names.n; i++) {
		kh_auto_free char *included = kh_format("%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, includes.names.v[i]);
		kh_content_files_add(files, included);
	}
	return r;
}

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
	for (size_t i = 0; r == 0 && i < o->rule_count; i++)
		r = add_included(o, o->rules[i], files);
	for (size_t i = 0; r == 0 && i < o->signature_count; i++)
		r = add_included(o, o->signatures[i], files);
	return r;
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
