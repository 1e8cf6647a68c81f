#include "facts/autostart.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"
#include "facts/users.h"

#include <stdlib.h>

struct reading {
	int root;
	struct kh_names *paths;
};

/* ---- paths ---- */

static void add(struct reading *r, const char *path)
{
	struct kh_tree_stat st = {0};
	if (r->paths->n <= KH_AUTOSTART_MAX && kh_tree_stat(r->root, path, &st) && (st.kind == KH_TREE_FILE || st.kind == KH_TREE_DIR))
		kh_array_push(r->paths, kh_strdup(path));
}

/* "/bin/true", not "/" or "/etc" or "/dev/null": of folders that a line names, nothing starts. */
static void add_file(struct reading *r, const char *path)
{
	struct kh_tree_stat st = {0};
	bool made_up = kh_starts_with(path, "/dev/") || kh_starts_with(path, "/proc/") || kh_starts_with(path, "/sys/");
	if (!made_up && strlen(path) < KH_MAX_PATH && kh_tree_stat(r->root, path, &st) && st.kind == KH_TREE_FILE)
		add(r, path);
}

static void add_program(struct reading *r, const char *name)
{
	static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};
	for (size_t i = 0; i < KH_COUNT(folders); i++) {
		kh_auto_free char *path = kh_format("%s/%s", folders[i], name);
		add_file(r, path);
	}
}

/* ---- lines ---- */

/* What stands before a path: quotes, assignments ("PROGRAM=/x"), the marks of systemd ("-/x") and lists ("/a:/b"). */
#define BETWEEN " \t\"'`=,;:|&<>(){}-@+!"

static bool is_exec(const char *line)
{
	return strncmp(line, "Exec", 4) == 0 || strncmp(line, "TryExec", 7) == 0;
}

/* A command without a path is looked for where programs are. */
static void read_command(struct reading *r, const char *line)
{
	const char *value = strchr(line, '=');
	value = value ? value + 1 + strspn(value + 1, " \t-@+!:\"") : "";
	kh_auto_free char *name = kh_strndup(value, strcspn(value, " \t\""));
	if (*name && !strchr(name, '/'))
		add_program(r, name);
}

static void read_line(struct reading *r, char *line)
{
	line = kh_trim(line);
	if (*line == '#' || *line == ';')
		return;
	if (is_exec(line))
		read_command(r, line);
	for (char *rest = line, *word = NULL; (word = kh_split(&rest, BETWEEN)) != NULL;)
		if (*word == '/')
			add_file(r, word);
}

static void read_file(struct reading *r, const char *path)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	add(r, path);
	if (kh_tree_read(r->root, path, KH_FACTS_MAX_FILE, &text) < 0 || !text.data || memchr(text.data, 0, text.len))
		return; /* a program */
	for (char *rest = (char *)(uintptr_t)kh_buf_text(&text), *line = NULL; (line = kh_split(&rest, "\n")) != NULL;)
		read_line(r, line);
}

static void read_pattern(struct reading *r, const char *pattern)
{
	kh_auto_names struct kh_names files = {0};
	kh_ignore(kh_tree_glob(r->root, pattern, &files));
	for (size_t i = 0; i < files.n; i++)
		read_file(r, files.v[i]);
}

/* "ssh.service.d/override.conf" */
static void read_drop_ins(struct reading *r, const char *folder)
{
	kh_auto_free char *pattern = kh_format("%s/*.d", folder);
	kh_auto_names struct kh_names folders = {0};
	kh_ignore(kh_tree_glob(r->root, pattern, &folders));
	for (size_t i = 0; i < folders.n; i++) {
		kh_auto_free char *files = kh_format("%s/*.conf", folders.v[i]);
		read_pattern(r, files);
	}
}

static void read_units(struct reading *r, const char *folder)
{
	static const char *const kinds[] = {"service", "timer", "socket", "path", "mount", "target"};
	for (size_t i = 0; i < KH_COUNT(kinds); i++) {
		kh_auto_free char *pattern = kh_format("%s/*.%s", folder, kinds[i]);
		read_pattern(r, pattern);
	}
	read_drop_ins(r, folder);
}

/* ---- the places ---- */

static void read_system(struct reading *r)
{
	static const char *const units[] = {"/etc/systemd/system", "/etc/systemd/user", "/run/systemd/system", "/run/systemd/generator", "/usr/local/lib/systemd/system",
					    "/usr/lib/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/user"};
	static const char *const files[] = {
		"/etc/crontab", "/etc/anacrontab", "/etc/cron.d/*", "/etc/cron.hourly/*", "/etc/cron.daily/*", "/etc/cron.weekly/*", "/etc/cron.monthly/*",
		"/var/spool/cron/crontabs/*", "/var/spool/cron/*", "/var/spool/cron/atjobs/*", "/etc/init.d/*", "/etc/rc.local", "/etc/rc.d/rc.local", "/etc/inittab",
		"/etc/profile", "/etc/profile.d/*", "/etc/bash.bashrc", "/etc/bashrc", "/etc/zsh/*", "/etc/environment", "/etc/X11/Xsession.d/*", "/etc/X11/xinit/xinitrc.d/*",
		"/etc/xdg/autostart/*.desktop", "/usr/share/autostart/*.desktop", "/etc/udev/rules.d/*.rules", "/run/udev/rules.d/*.rules", "/usr/lib/udev/rules.d/*.rules",
		"/lib/udev/rules.d/*.rules", "/etc/modules", "/etc/modules-load.d/*.conf", "/usr/lib/modules-load.d/*.conf", "/etc/modprobe.d/*.conf", "/etc/ld.so.preload",
		"/etc/ld.so.conf", "/etc/ld.so.conf.d/*.conf", "/etc/pam.d/*", "/etc/update-motd.d/*", "/etc/NetworkManager/dispatcher.d/*", "/etc/network/if-up.d/*",
		"/etc/network/if-down.d/*", "/etc/dbus-1/system.d/*.conf", "/usr/share/dbus-1/system-services/*.service", "/etc/apt/apt.conf.d/*",
	};
	for (size_t i = 0; i < KH_COUNT(units); i++)
		read_units(r, units[i]);
	for (size_t i = 0; i < KH_COUNT(files); i++)
		read_pattern(r, files[i]);
}

static void read_home(struct reading *r, const char *home)
{
	static const char *const files[] = {".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile", ".zshrc", ".zprofile", ".zshenv", ".zlogin", ".xprofile", ".xinitrc",
					    ".xsession", ".xsessionrc", ".pam_environment", ".config/autostart/*.desktop", ".config/autostart-scripts/*", ".config/plasma-workspace/env/*",
					    ".config/environment.d/*.conf", ".ssh/rc", ".ssh/authorized_keys"};
	kh_auto_free char *units = kh_format("%s/.config/systemd/user", home), *shared = kh_format("%s/.local/share/systemd/user", home);
	for (size_t i = 0; i < KH_COUNT(files); i++) {
		kh_auto_free char *pattern = kh_format("%s/%s", home, files[i]);
		read_pattern(r, pattern);
	}
	read_units(r, units);
	read_units(r, shared);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Homes of accounts, and what stands in /home without one (the accounts are a directory's). */
static void read_homes(struct reading *r)
{
	kh_auto_names struct kh_names homes = {0};
	struct kh_users users = {0};
	kh_ignore(kh_tree_glob(r->root, "/home/*", &homes));
	kh_users_read(r->root, &users);
	kh_array_each(&users.passwd, user)
		if (user->home && user->home[0] == '/' && user->home[1] && strlen(user->home) < KH_MAX_PATH / 2 && homes.n < KH_FACTS_MAX_NAMES)
			kh_array_push(&homes, kh_strdup(user->home));
	kh_users_done(&users);
	if (homes.n)
		qsort(homes.v, homes.n, sizeof *homes.v, compare_texts);
	for (size_t i = 0; i < homes.n; i++)
		if (i == 0 || !kh_streq(homes.v[i], homes.v[i - 1]))
			read_home(r, homes.v[i]);
}

/* ---- modules of the kernel ---- */

/* "kernel/fs/xfs/xfs.ko.xz" → "xfs"; the kernel writes _ for - in names. */
static char *module_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path, *end = strstr(name, ".ko");
	char *copy = kh_strndup(name, end ? (size_t)(end - name) : strlen(name));
	for (char *c = copy; *c; c++)
		*c = *c == '-' ? '_' : *c;
	return copy;
}

static bool is_loaded(const struct kh_names *loaded, const char *name)
{
	return loaded->n && bsearch(&name, loaded->v, loaded->n, sizeof *loaded->v, compare_texts);
}

static void read_loaded(struct reading *r, struct kh_names *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	if (kh_tree_read(r->root, "/proc/modules", KH_FACTS_MAX_FILE, &text) < 0 || !text.data)
		return;
	for (char *rest = (char *)(uintptr_t)kh_buf_text(&text), *line = NULL; (line = kh_split(&rest, "\n")) != NULL && ret->n < KH_FACTS_MAX_NAMES;)
		if (*line)
			kh_array_push(ret, kh_strndup(line, strcspn(line, " ")));
	if (ret->n)
		qsort(ret->v, ret->n, sizeof *ret->v, compare_texts);
}

static void read_modules(struct reading *r)
{
	char release[256];
	kh_auto_names struct kh_names loaded = {0};
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	if (!kh_tree_line(r->root, "/proc/sys/kernel/osrelease", release, sizeof release))
		return;
	read_loaded(r, &loaded);
	kh_auto_free char *folder = kh_format("/lib/modules/%s", release), *list = kh_format("%s/modules.dep", folder);
	if (kh_tree_read(r->root, list, KH_FACTS_MAX_FILE, &text) < 0 || !text.data)
		return;
	for (char *rest = (char *)(uintptr_t)kh_buf_text(&text), *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		line[strcspn(line, ":")] = '\0';
		kh_auto_free char *name = module_name(line), *path = kh_format("%s/%s", folder, line);
		if (is_loaded(&loaded, name))
			add_file(r, path);
	}
}

/* ---- whole ---- */

static void sort_once_each(struct kh_names *paths)
{
	size_t kept = 0;
	if (paths->n)
		qsort(paths->v, paths->n, sizeof *paths->v, compare_texts);
	for (size_t i = 0; i < paths->n; i++)
		if (kept && kh_streq(paths->v[i], paths->v[kept - 1]))
			free(paths->v[i]);
		else
			paths->v[kept++] = paths->v[i];
	paths->n = kept;
}

int kh_autostart_read(int root_fd, struct kh_names *ret)
{
	kh_auto_names struct kh_names paths = {0};
	struct reading r = {.root = root_fd, .paths = &paths};
	read_system(&r);
	read_homes(&r);
	read_modules(&r);
	if (paths.n > KH_AUTOSTART_MAX)
		return kh_fail(KH_E_TOO_LARGE, "more than %d paths start by themselves", KH_AUTOSTART_MAX);
	sort_once_each(&paths);
	kh_names_done(ret);
	*ret = paths;
	paths = (struct kh_names){0};
	return 0;
}
