#include "scan/rule_files.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FOLDERS = 16 }; /* inside each other */

static void problem(struct kh_rule_files *files, const char *path, const char *text)
{
	kh_rule_problems_add(&files->problems, path, NULL, 0, kh_words(text));
}

static void read_file(struct kh_rule_files *files, const char *path, const struct stat *st)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	if (files->sources.n == KH_SCAN_MAX_RULE_FILES || files->bytes >= KH_SCAN_MAX_RULES_BYTES) {
		problem(files, path, "more rule files than can be used");
		return;
	}
	if (kh_file_read(path, KH_MIN(KH_RULES_MAX_TEXT, KH_SCAN_MAX_RULES_BYTES - files->bytes), &b) < 0) {
		problem(files, path, kh_fail_detail());
		return;
	}
	size_t n = b.len;
	struct kh_rule_source source = {kh_strdup(path), kh_buf_take(&b), n};
	kh_array_push(&files->sources, source);
	files->bytes += n;
	files->newest_s = KH_MAX(files->newest_s, (int64_t)st->st_mtim.tv_sec);
}

static int is_listed(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_path(struct kh_rule_files *files, const char *path, int depth);

static void read_folder(struct kh_rule_files *files, const char *path, int depth)
{
	struct dirent **entries = NULL;
	int count = depth < MAX_FOLDERS ? scandir(path, &entries, is_listed, by_bytes) : 0;
	if (count < 0)
		problem(files, path, kh_errno_words(errno));
	for (int i = 0; i < count; i++) {
		kh_auto_free char *inside = kh_format("%s/%s", path, entries[i]->d_name);
		struct stat st;
		bool folder = stat(inside, &st) == 0 && S_ISDIR(st.st_mode);
		if (folder || kh_ends_with(inside, ".yar") || kh_ends_with(inside, ".yara"))
			read_path(files, inside, depth + 1);
		free(entries[i]);
	}
	free(entries);
}

static void read_path(struct kh_rule_files *files, const char *path, int depth)
{
	struct stat st;
	if (stat(path, &st) < 0)
		problem(files, path, kh_errno_words(errno));
	else if (S_ISDIR(st.st_mode))
		read_folder(files, path, depth);
	else if (S_ISREG(st.st_mode))
		read_file(files, path, &st);
	else
		problem(files, path, "neither a file nor a folder");
}

void kh_rule_files_read(const char *const *paths, size_t count, struct kh_rule_files *ret)
{
	*ret = (struct kh_rule_files){0};
	for (size_t i = 0; i < count; i++) {
		size_t before = ret->sources.n, problems = ret->problems.n;
		read_path(ret, paths[i], 0);
		if (ret->sources.n == before && ret->problems.n == problems)
			problem(ret, paths[i], "no rule files (*.yar, *.yara) in it");
	}
}

void kh_rule_files_done(struct kh_rule_files *files)
{
	kh_array_each(&files->sources, s) {
		free((char *)s->name);
		free((char *)s->text);
	}
	kh_array_done(&files->sources);
	kh_rule_problems_done(&files->problems);
}

int kh_rule_files_shipped(char **ret_path)
{
	kh_auto_free char *dir = NULL;
	int r = kh_program_dir(&dir);
	if (r < 0)
		return r;
	*ret_path = kh_starts_with(dir, "/usr/") ? kh_strdup("/usr/share/khien/rules") : kh_format("%s/../../packs/rules", dir);
	return 0;
}
