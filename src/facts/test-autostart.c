/* What starts by itself, in a tree made on the spot. */
#include "facts/autostart.h"

#include "base/alloc.h"
#include "base/str.h"
#include "facts/test_tables.h"

#include <stdlib.h>

static bool has(const struct kh_names *paths, const char *path)
{
	for (size_t i = 0; i < paths->n; i++)
		if (kh_streq(paths->v[i], path))
			return true;
	return false;
}

static const struct source {
	const char *file, *text;
	const char *names; /* what it leads to */
} sources[] = {
	{"/etc/systemd/system/a.service", "[Service]\nExecStart=-/opt/a/run --config=/opt/a/conf.sh\nExecStop=\"/opt/a/stop\" now\n", "/opt/a/run"},
	{"/usr/lib/systemd/system/b.service", "[Service]\nExecStart=plain -x\n", "/usr/bin/plain"},
	{"/etc/systemd/system/c.service.d/o.conf", "[Service]\nExecStartPre=@/opt/c/pre argv0\n", "/opt/c/pre"},
	{"/etc/cron.d/d", "# /opt/not\n* * * * * root cd / && /opt/d/job.sh >/dev/null\n", "/opt/d/job.sh"},
	{"/var/spool/cron/crontabs/root", "@reboot /opt/e\n", "/opt/e"},
	{"/etc/xdg/autostart/f.desktop", "[Desktop Entry]\nExec=desk %U\nTryExec=/opt/f\n", "/usr/local/bin/desk"},
	{"/home/an/.config/autostart/g.desktop", "Exec=sh -c '/home/an/.cache/g;true'\n", "/home/an/.cache/g"},
	{"/home/an/.bashrc", "export A=1; /home/an/.hidden & \n", "/home/an/.hidden"},
	{"/srv/binh/.profile", "LD_PRELOAD=/srv/binh/x.so ls\n", "/srv/binh/x.so"},
	{"/etc/udev/rules.d/90-h.rules", "ACTION==\"add\", RUN+=\"/opt/h.sh\"\n", "/opt/h.sh"},
	{"/etc/ld.so.preload", "/opt/i.so:/opt/j.so\n", "/opt/j.so"},
	{"/etc/init.d/k", "#!/bin/sh\nDAEMON=/opt/k\n", "/opt/k"},
	{"/etc/profile.d/l.sh", ". /opt/l.sh\n", "/opt/l.sh"},
};

static struct test_tree a_machine(void)
{
	struct test_tree t = test_tree_new();
	for (size_t i = 0; i < KH_COUNT(sources); i++) {
		test_tree_file(&t, sources[i].file, sources[i].text);
		test_tree_file(&t, sources[i].names, "program");
	}
	test_tree_file(&t, "/opt/not", "named by a remark only");
	test_tree_file(&t, "/opt/other", "named by nobody");
	test_tree_file(&t, "/etc/passwd", "root:x:0:0::/root:/bin/sh\nbinh:x:1001:1001::/srv/binh:/bin/sh\n");
	test_tree_file(&t, "/proc/modules", "snd_pcm 1 0 - Live 0x0\n");
	test_tree_file(&t, "/proc/sys/kernel/osrelease", "6.1.0\n");
	test_tree_file(&t, "/lib/modules/6.1.0/modules.dep", "kernel/sound/snd-pcm.ko.xz: kernel/sound/snd.ko.xz\nkernel/fs/xfs.ko.xz:\n");
	test_tree_file(&t, "/lib/modules/6.1.0/kernel/sound/snd-pcm.ko.xz", "module");
	test_tree_file(&t, "/lib/modules/6.1.0/kernel/fs/xfs.ko.xz", "not loaded");
	return t;
}

static void finds_what_is_named_and_where(void **state KH_UNUSED)
{
	struct test_tree t = a_machine();
	kh_auto_names struct kh_names paths = {0};
	assert_int_equal(kh_autostart_read(t.fd, &paths), 0);
	for (size_t i = 0; i < KH_COUNT(sources); i++) {
		if (!has(&paths, sources[i].file) || !has(&paths, sources[i].names))
			fail_msg("%s or %s is missing", sources[i].file, sources[i].names);
	}
	assert_true(has(&paths, "/lib/modules/6.1.0/kernel/sound/snd-pcm.ko.xz"));
	assert_false(has(&paths, "/lib/modules/6.1.0/kernel/fs/xfs.ko.xz"));
	assert_false(has(&paths, "/opt/not"));
	assert_false(has(&paths, "/opt/other"));
	for (size_t i = 1; i < paths.n; i++)
		assert_true(strcmp(paths.v[i - 1], paths.v[i]) < 0);
	test_tree_done(&t);
}

static void an_empty_tree_has_none(void **state KH_UNUSED)
{
	struct test_tree t = test_tree_new();
	kh_auto_names struct kh_names paths = {0};
	assert_int_equal(kh_autostart_read(t.fd, &paths), 0);
	assert_int_equal(paths.n, 0);
	test_tree_done(&t);
}

/* Binary content, names without an end, links in a circle. */
static void a_hostile_tree_gives_only_what_is_there(void **state KH_UNUSED)
{
	struct test_tree t = test_tree_new();
	kh_auto_names struct kh_names paths = {0};
	kh_auto_free char *longest = kh_alloc(100000);
	memset(longest, 'a', 99999);
	longest[0] = '/';
	test_tree_file(&t, "/etc/cron.d/long", longest);
	test_tree_bytes(&t, "/etc/cron.d/binary", "/etc/passwd\0/etc/passwd", 23);
	test_tree_file(&t, "/etc/passwd", "x:x:1:1::/../../etc:/bin/sh\n:::::\n");
	test_tree_link(&t, "/etc/cron.d/loop", "loop");
	test_tree_file(&t, "/etc/rc.local", "/etc /etc/cron.d /dev/null / // ../x\n");
	assert_int_equal(kh_autostart_read(t.fd, &paths), 0);
	assert_int_equal(paths.n, 3);
	assert_string_equal(paths.v[0], "/etc/cron.d/binary");
	assert_string_equal(paths.v[1], "/etc/cron.d/long");
	assert_string_equal(paths.v[2], "/etc/rc.local");
	test_tree_done(&t);
}

KH_TESTS(finds_what_is_named_and_where, an_empty_tree_has_none, a_hostile_tree_gives_only_what_is_there)
