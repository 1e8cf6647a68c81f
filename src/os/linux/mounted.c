#include "os/mounted.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "base/str.h"
#include "os/file.h"

#include <limits.h>
#include <stdlib.h>

enum { MAX_TEXT = 16 * 1024 * 1024, FIELDS = 5 };

/* ---- the list ---- */

/* \040 and the like, in place. */
static void unescape(char *s)
{
	char *to = s;
	while (*s) {
		bool octal = s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' && s[3] <= '7';
		*to++ = octal ? (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0')) : *s;
		s += octal ? 4 : 1;
	}
	*to = '\0';
}

static bool read_device(char *text, struct kh_mounted *m)
{
	int64_t major = 0, minor = 0;
	char *first = kh_split(&text, ":");
	bool good = first && text && kh_parse_int(first, 0, UINT32_MAX, &major) && kh_parse_int(text, 0, UINT32_MAX, &minor);
	m->major = (unsigned)major;
	m->minor = (unsigned)minor;
	return good;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw" */
static bool read_line(char *line, struct kh_mounted *m)
{
	char *field[FIELDS] = {0}, *more = NULL;
	for (int i = 0; i < FIELDS; i++)
		field[i] = kh_split(&line, " ");
	while ((more = kh_split(&line, " ")) != NULL && !kh_streq(more, "-"))
		;
	char *type = more ? kh_split(&line, " ") : NULL;
	if (!type || !field[4] || field[4][0] != '/' || !kh_parse_int(field[0], 0, INT64_MAX, &m->id) || !read_device(field[2], m))
		return false;
	unescape(field[4]);
	m->whole = kh_streq(field[3], "/");
	m->path = kh_strdup(field[4]);
	m->type = kh_strdup(type);
	return true;
}

int kh_mounted_parse(const char *text, size_t n, struct kh_mounted_list *ret)
{
	struct kh_cursor c = kh_cursor_of(text, n);
	const char *at = NULL;
	for (size_t len = 0; ret->n < KH_MAX_MOUNTS && kh_cursor_line(&c, &at, &len);) {
		kh_auto_free char *line = kh_strndup(at, len);
		struct kh_mounted m = {0};
		if (read_line(line, &m))
			kh_array_push(ret, m);
	}
	return 0;
}

int kh_mounted_read(const char *root, struct kh_mounted_list *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("%s/proc/self/mountinfo", root);
	int r = kh_file_read(path, MAX_TEXT, &text);
	return r < 0 ? r : kh_mounted_parse(kh_buf_text(&text), text.len, ret);
}

void kh_mounted_done(struct kh_mounted_list *mounts)
{
	kh_array_each(mounts, m) {
		free(m->path);
		free(m->type);
	}
	kh_array_done(mounts);
}

/* ---- questions about one ---- */

static bool is_one_of(const char *type, const char *const *types)
{
	for (; *types; types++)
		if (kh_streq(type, *types))
			return true;
	return false;
}

bool kh_mounted_is_remote(const struct kh_mounted *m)
{
	static const char *const types[] = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "coda", "gfs2", "glusterfs", "lustre", "ncpfs", "ocfs2", "fuse", NULL};
	return is_one_of(m->type, types) || kh_starts_with(m->type, "fuse.");
}

bool kh_mounted_is_kernels(const struct kh_mounted *m)
{
	static const char *const types[] = {"proc",   "sysfs",  "cgroup",    "cgroup2", "devpts",   "devtmpfs", "debugfs",  "tracefs",   "securityfs",  "pstore",     "bpf",
					    "mqueue", "hugetlbfs", "autofs", "fusectl", "configfs", "efivarfs", "nsfs", "selinuxfs", "binfmt_misc", "rpc_pipefs", "nfsd", NULL};
	return is_one_of(m->type, types);
}

static bool says_one(const char *folder, const char *name)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("%s/%s", folder, name);
	return kh_file_read(path, 16, &text) == 0 && text.len > 0 && text.data[0] == '1';
}

/* The folder of the device stands below that of the bus it hangs on; a partition's below that of its disk. */
bool kh_mounted_is_removable(const char *root, const struct kh_mounted *m)
{
	char real[PATH_MAX];
	kh_auto_free char *link = kh_format("%s/sys/dev/block/%u:%u", root, m->major, m->minor);
	if (!realpath(link, real))
		return false;
	kh_auto_free char *partition = kh_format("%s/partition", real), *above = kh_format("%s/..", real);
	bool removable = says_one(kh_file_exists(partition) ? above : real, "removable");
	return removable || strstr(real, "/usb") || strstr(real, "/mmc_host/");
}
