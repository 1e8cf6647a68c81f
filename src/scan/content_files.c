#include "scan/content_files.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "malware/source.h"
#include "os/file.h"
#include "os/shipped.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FOLDERS = 16 }; /* inside each other */

static void problem(struct kh_content_files *files, const char *path, const char *text)
{
	kh_rule_problems_add(&files->problems, path, NULL, 0, text);
}

/* Chained, so that the order counts too. */
static void note_state(struct kh_content_files *files, const char *path, const struct stat *st)
{
	const int64_t numbers[] = {(int64_t)st->st_dev,	    (int64_t)st->st_ino,      st->st_size,
				   st->st_mtim.tv_sec, st->st_mtim.tv_nsec, st->st_ctim.tv_sec, st->st_ctim.tv_nsec};
	struct kh_sha256 h;
	kh_sha256_init(&h);
	kh_sha256_add(&h, files->state, sizeof files->state);
	kh_sha256_add(&h, path, strlen(path) + 1);
	kh_sha256_add(&h, numbers, sizeof numbers);
	kh_sha256_final(&h, files->state);
}

static void take_file(struct kh_content_files *files, const char *path, const struct stat *st)
{
	if (files->paths.n == KH_SCAN_MAX_CONTENT_FILES || files->bytes + (uint64_t)st->st_size > KH_SCAN_MAX_CONTENT_BYTES) {
		problem(files, path, "more rules than can be used");
		return;
	}
	kh_array_push(&files->paths, kh_strdup(path));
	files->bytes += (uint64_t)st->st_size;
	files->newest_s = KH_MAX(files->newest_s, (int64_t)st->st_mtim.tv_sec);
	note_state(files, path, st);
}

static bool is_wanted(const char *path, unsigned kinds)
{
	return kh_source_in_folders(path) && (kinds & KH_SOURCE_BIT(kh_source_kind(path)));
}

static int is_listed(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void take_path(struct kh_content_files *files, const char *path, unsigned kinds, int depth);

static void take_folder(struct kh_content_files *files, const char *path, unsigned kinds, int depth)
{
	struct dirent **entries = NULL;
	int count = depth < MAX_FOLDERS ? scandir(path, &entries, is_listed, by_bytes) : 0;
	if (count < 0)
		problem(files, path, kh_errno_words(errno));
	for (int i = 0; i < count; i++) {
		kh_auto_free char *inside = kh_format("%s/%s", path, entries[i]->d_name);
		struct stat st;
		bool folder = stat(inside, &st) == 0 && S_ISDIR(st.st_mode);
		if (folder || is_wanted(inside, kinds))
			take_path(files, inside, kinds, depth + 1);
		free(entries[i]);
	}
	free(entries);
}

static void take_path(struct kh_content_files *files, const char *path, unsigned kinds, int depth)
{
	struct stat st;
	if (stat(path, &st) < 0)
		problem(files, path, kh_errno_words(errno));
	else if (S_ISDIR(st.st_mode))
		take_folder(files, path, kinds, depth);
	else if (S_ISREG(st.st_mode))
		take_file(files, path, &st);
	else
		problem(files, path, "neither a file nor a folder");
}

void kh_content_files_find(const char *const *paths, size_t count, unsigned kinds, struct kh_content_files *files)
{
	for (size_t i = 0; i < count; i++) {
		size_t before = files->paths.n, problems = files->problems.n;
		take_path(files, paths[i], kinds, 0);
		if (files->paths.n == before && files->problems.n == problems)
			problem(files, paths[i], "no such files in it");
	}
}

void kh_content_files_done(struct kh_content_files *files)
{
	kh_array_each(&files->paths, path)
		free(*path);
	kh_array_done(&files->paths);
	kh_rule_problems_done(&files->problems);
}

int kh_content_shipped(char **ret_path)
{
	return kh_shipped("rules", "packs/rules", ret_path);
}
