#include "os/yaml_files.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "os/file.h"

#include <dirent.h>

int kh_yaml_file_read(const char *path, int (*take)(void *arg, const char *path, const char *text, size_t n), void *arg)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = kh_file_read(path, KH_MAX_CONFIG_BYTES, &text);
	return r < 0 ? r : take(arg, path, kh_buf_text(&text), text.len);
}

static int is_yaml(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && kh_ends_with(entry->d_name, ".yaml");
}

/* Bytes, not the locale's order. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int kh_yaml_files_read(const char *directory, int (*take)(void *arg, const char *path, const char *text, size_t n), void *arg)
{
	struct dirent **entries = NULL;
	int n = scandir(directory, &entries, is_yaml, by_name), r = 0;
	if (n < 0)
		return kh_fail_errno("%s", directory);
	for (int i = 0; i < n; i++) {
		kh_auto_free char *path = kh_format("%s/%s", directory, entries[i]->d_name);
		if (r == 0)
			r = kh_yaml_file_read(path, take, arg);
		free(entries[i]);
	}
	free(entries);
	return r;
}
