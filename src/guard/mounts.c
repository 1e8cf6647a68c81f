#include "guard/mounts.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_MOUNTINFO (4 * KH_MIB)

static enum kh_mount_kind kind_of(const char *type)
{
	static const struct {
		const char *type; /* one with a dot at its end: all that begin so */
		enum kh_mount_kind kind;
	} table[] = {
		{"proc", KH_MOUNT_KERNEL},       {"sysfs", KH_MOUNT_KERNEL},      {"cgroup", KH_MOUNT_KERNEL},   {"cgroup2", KH_MOUNT_KERNEL},
		{"devpts", KH_MOUNT_KERNEL},     {"devtmpfs", KH_MOUNT_KERNEL},   {"debugfs", KH_MOUNT_KERNEL},  {"tracefs", KH_MOUNT_KERNEL},
		{"securityfs", KH_MOUNT_KERNEL}, {"pstore", KH_MOUNT_KERNEL},     {"bpf", KH_MOUNT_KERNEL},      {"mqueue", KH_MOUNT_KERNEL},
		{"hugetlbfs", KH_MOUNT_KERNEL},  {"autofs", KH_MOUNT_KERNEL},     {"fusectl", KH_MOUNT_KERNEL},  {"configfs", KH_MOUNT_KERNEL},
		{"efivarfs", KH_MOUNT_KERNEL},   {"nsfs", KH_MOUNT_KERNEL},       {"selinuxfs", KH_MOUNT_KERNEL}, {"binfmt_misc", KH_MOUNT_KERNEL},
		{"rpc_pipefs", KH_MOUNT_KERNEL}, {"nfsd", KH_MOUNT_KERNEL},       {"nfs", KH_MOUNT_NETWORK},     {"nfs4", KH_MOUNT_NETWORK},
		{"cifs", KH_MOUNT_NETWORK},      {"smb3", KH_MOUNT_NETWORK},      {"9p", KH_MOUNT_NETWORK},      {"ceph", KH_MOUNT_NETWORK},
		{"afs", KH_MOUNT_NETWORK},       {"fuse", KH_MOUNT_NETWORK},      {"fuse.", KH_MOUNT_NETWORK},   {"glusterfs", KH_MOUNT_NETWORK},
	};
	for (size_t i = 0; i < KH_COUNT(table); i++) {
		const char *known = table[i].type;
		bool begins = known[strlen(known) - 1] == '.';
		if (begins ? kh_starts_with(type, known) : kh_streq(type, known))
			return table[i].kind;
	}
	return KH_MOUNT_LOCAL;
}

static bool octal(const char *p)
{
	return p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' && p[3] >= '0' && p[3] <= '7';
}

/* Blanks, line ends and backslashes are written as \ooo. */
static void unescape(char *text)
{
	char *to = text;
	for (const char *p = text; *p; p++)
		if (octal(p)) {
			*to++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 3;
		} else {
			*to++ = *p;
		}
	*to = '\0';
}

/* 36 35 98:0 /root /point options optional… - type source options */
static bool parse_line(char *line, struct kh_mount *ret)
{
	enum { DEVICE = 2, POINT = 4 };
	char *rest = line, *field = NULL, *point = NULL, *device = NULL;
	for (int i = 0; (field = kh_split(&rest, " ")) != NULL && !kh_streq(field, "-"); i++) {
		device = i == DEVICE ? field : device;
		point = i == POINT ? field : point;
	}
	char *type = field ? kh_split(&rest, " ") : NULL;
	unsigned major = 0, minor = 0;
	if (!point || !type || *point != '/' || sscanf(device, "%u:%u", &major, &minor) != 2)
		return false;
	unescape(point);
	*ret = (struct kh_mount){kh_strdup(point), kh_strdup(type), major, minor, kind_of(type)};
	return true;
}

void kh_mounts_parse(const char *text, size_t n, struct kh_mounts *ret)
{
	kh_auto_free char *copy = kh_strndup(text, n);
	char *rest = copy, *line = NULL;
	*ret = (struct kh_mounts){0};
	while ((line = kh_split(&rest, "\n")) != NULL) {
		struct kh_mount m = {0};
		if (parse_line(line, &m))
			kh_array_push(ret, m);
	}
}

void kh_mounts_done(struct kh_mounts *m)
{
	kh_array_each(m, one) {
		free(one->point);
		free(one->type);
	}
	kh_array_done(m);
}

int kh_mounts_read(int fd, struct kh_mounts *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return kh_fail_errno("mountinfo");
	int r = kh_file_read_fd(fd, "mountinfo", MAX_MOUNTINFO, &text);
	if (r == 0)
		kh_mounts_parse(kh_buf_text(&text), text.len, ret);
	return r;
}

/* As systemd, Docker and Podman say it to those inside. */
static bool in_container(void)
{
	static const char *const signs[] = {"/run/systemd/container", "/.dockerenv", "/run/.containerenv"};
	for (size_t i = 0; i < KH_COUNT(signs); i++)
		if (access(signs[i], F_OK) == 0)
			return true;
	return false;
}

bool kh_mounts_foreign(const struct kh_mounts *m, const struct kh_mount *one)
{
	if (!in_container())
		return false;
	kh_array_each(m, root)
		if (kh_streq(root->point, "/") && root->major == one->major && root->minor == one->minor)
			return true;
	return false;
}
