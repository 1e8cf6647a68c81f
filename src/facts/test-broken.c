/* Every table over trees that make no sense: a reason or fewer rows, never a crash and never a false "measured". */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"
#include "facts/test_tables.h"

#include <stdio.h>
#include <sys/stat.h>

static void check_every_table(const struct test_tree *t)
{
	for (int table = 0; table < KH_FACTS_COUNT; table++) {
		kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
		test_collect(t, (enum kh_fact_table)table, &rows);
		assert_int_equal(rows.reason != KH_FACTS_OK, rows.state == KH_FACTS_NOT_MEASURED);
		if (rows.state == KH_FACTS_NOT_MEASURED)
			assert_int_equal(rows.n, 0);
		else if (kh_fact_tables[table].singleton)
			assert_int_equal(rows.n, 1);
	}
}

static void nothing_there(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	for (int table = 0; table < KH_FACTS_COUNT; table++) {
		kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
		test_collect(&t, (enum kh_fact_table)table, &rows);
		if (rows.reason != KH_FACTS_SOURCE_MISSING)
			fail_msg("%s: %s", kh_fact_tables[table].name, kh_facts_reason_name(rows.reason));
	}
	test_tree_done(&t);
}

/* A few files of a system say nothing of what is not among them. */
static void few_files_are_not_a_system(void **state)
{
	(void)state;
	static const enum kh_fact_table tables[] = {KH_FACTS_WIFI,      KH_FACTS_FIREWALL,     KH_FACTS_BACKUPS,
						    KH_FACTS_TIME_SYNC, KH_FACTS_PROTECTION, KH_FACTS_REMOTE_TOOLS};
	struct test_tree t = test_tree_new();
	test_tree_file(&t, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
	test_tree_dir(&t, "/usr/bin");
	for (size_t i = 0; i < KH_COUNT(tables); i++) {
		kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
		test_collect(&t, tables[i], &rows);
		if (rows.state == KH_FACTS_MEASURED || rows.reason != KH_FACTS_SOURCE_MISSING)
			fail_msg("%s: %s", kh_fact_tables[tables[i]].name, kh_facts_state_name(rows.state));
	}
	test_tree_done(&t);
}

/* "None" is an answer where something would be seen. */
static void none_is_an_answer(void **state)
{
	(void)state;
	static const struct {
		enum kh_fact_table table;
		const char *path; /* that makes the answer possible */
		bool measured;
	} cases[] = {
		{KH_FACTS_WIFI, "/etc/NetworkManager/system-connections/x", true},
		{KH_FACTS_WIFI, "/etc/wpa_supplicant/functions.sh", true},
		{KH_FACTS_WIFI, "/sys/class/net/eth0/address", true},
		{KH_FACTS_WIFI, "/sys/class/net/wlan0/wireless/x", false},
		{KH_FACTS_WIFI, "/sys/class/net/wlan0/phy80211/x", false},
		{KH_FACTS_WIFI, "/usr/lib/systemd/system/ssh.service", false},
		{KH_FACTS_FIREWALL, "/usr/lib/systemd/system/ssh.service", true},
		{KH_FACTS_FIREWALL, "/proc/1/cmdline", true},
		{KH_FACTS_FIREWALL, "/var/lib/dpkg/status", false},
		{KH_FACTS_BACKUPS, "/etc/init.d/ssh", true},
		{KH_FACTS_BACKUPS, "/usr/bin/python3", false},
		{KH_FACTS_TIME_SYNC, "/usr/lib/systemd/system/ssh.service", true},
		{KH_FACTS_PROTECTION, "/usr/lib/systemd/system/ssh.service", true},
		{KH_FACTS_PROTECTION, "/usr/bin/python3", false},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
		struct test_tree t = test_tree_new();
		test_tree_dir(&t, "/etc");
		test_tree_file(&t, cases[i].path, "x\n");
		test_collect(&t, cases[i].table, &rows);
		if ((rows.state == KH_FACTS_MEASURED) != cases[i].measured)
			fail_msg("%s by %s: %s, %s", kh_fact_tables[cases[i].table].name, cases[i].path, kh_facts_state_name(rows.state), rows.detail ? rows.detail : "");
		if (cases[i].measured)
			assert_int_equal(rows.n, cases[i].table == KH_FACTS_TIME_SYNC ? 1 : 0);
		test_tree_done(&t);
	}
}

static void noise_in_every_file(void **state)
{
	(void)state;
	struct test_tree t = test_tree_kept("broken");
	static const struct {
		enum kh_fact_table table;
		enum kh_facts_reason reason;
	} cases[] = {
		{KH_FACTS_OS, KH_FACTS_FAILED},       {KH_FACTS_ACCOUNTS, KH_FACTS_FAILED}, {KH_FACTS_PACKAGES, KH_FACTS_FAILED},
		{KH_FACTS_UPDATES, KH_FACTS_FAILED},  {KH_FACTS_PORTS, KH_FACTS_FAILED},    {KH_FACTS_ROUTES, KH_FACTS_FAILED},
		{KH_FACTS_HID, KH_FACTS_FAILED},      {KH_FACTS_PROTECTION, KH_FACTS_OK},   {KH_FACTS_PASSWORD_POLICY, KH_FACTS_SOURCE_MISSING},
	};
	check_every_table(&t);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
		test_collect(&t, cases[i].table, &rows);
		assert_int_equal(rows.reason, cases[i].reason);
	}
	test_tree_done(&t);
}

/* The same files again, each a folder, a pipe, a ring of links, empty, or without an end. */
static void files_that_are_none(void **state)
{
	(void)state;
	static const char *const files[] = {
		"/etc/os-release", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/sudoers", "/etc/pam.d/passwd", "/etc/login.defs", "/var/lib/dpkg/status", "/var/lib/rpm/rpmdb.sqlite",
		"/var/lib/apt/lists/x_Packages", "/proc/net/tcp", "/proc/net/route", "/proc/net/fib_trie", "/proc/cpuinfo", "/proc/bus/input/devices", "/proc/7/cmdline", "/etc/ufw/ufw.conf",
		"/etc/nftables.conf", "/etc/NetworkManager/system-connections/a", "/etc/netplan/a.yaml", "/usr/lib/systemd/system/nftables.service", "/etc/crontab", "/var/lib/clamav/daily.cvd",
		"/sys/class/net/eth0", "/sys/block/sda", "/sys/bus/usb/devices/1-1", "/sys/class/bluetooth/hci0", "/var/log/wtmp", "/etc/logrotate.d/a", "/var/lib/bluetooth/AA:BB/CC:DD/info",
	};
	kh_auto_free char *endless = kh_alloc(KH_FACTS_MAX_LINE + 100);
	memset(endless, 'A', KH_FACTS_MAX_LINE + 99);
	for (int way = 0; way < 5; way++) {
		struct test_tree t = test_tree_new();
		for (size_t i = 0; i < KH_COUNT(files); i++) {
			char path[400];
			snprintf(path, sizeof path, "%s%s", t.path, files[i]);
			if (way == 0)
				test_tree_dir(&t, files[i]);
			else if (way == 1)
				test_tree_link(&t, files[i], files[i]);
			else if (way == 2)
				test_tree_file(&t, files[i], "");
			else if (way == 3)
				test_tree_file(&t, files[i], endless);
			else {
				test_tree_file(&t, files[i], "");
				assert_int_equal(remove(path), 0);
				assert_int_equal(mkfifo(path, 0600), 0);
			}
		}
		check_every_table(&t);
		test_tree_done(&t);
	}
}

static void lines_without_an_end(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
	kh_auto_free char *endless = kh_alloc(KH_FACTS_MAX_LINE + 100);
	memset(endless, 'A', KH_FACTS_MAX_LINE + 99);
	test_tree_file(&t, "/var/lib/dpkg/status", endless);
	test_collect(&t, KH_FACTS_PACKAGES, &rows);
	assert_int_equal(rows.reason, KH_FACTS_TOO_LARGE);
	test_tree_done(&t);
}

/* One bad list among good ones is named; the good ones count. */
static void one_bad_list(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
	test_tree_file(&t, "/var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n");
	test_tree_file(&t, "/var/lib/apt/lists/good_Packages", "Package: a\nArchitecture: all\nVersion: 2\n");
	test_tree_file(&t, "/var/lib/apt/lists/bad_Packages.gz", "\x1f\x8b\x08garbage that is no gzip");
	test_collect(&t, KH_FACTS_UPDATES, &rows);
	assert_int_equal(rows.state, KH_FACTS_MEASURED);
	assert_int_equal(rows.n, 1);
	assert_non_null(strstr(rows.detail, "bad_Packages.gz"));
	test_tree_done(&t);
}

static void without_the_right_to_read(void **state)
{
	(void)state;
	struct test_tree t = test_tree_kept("debian");
	kh_auto_facts_ctx struct kh_facts_ctx *ctx = NULL;
	assert_int_equal(kh_facts_ctx_new(&(struct kh_facts_options){.root_fd = t.fd, .now_s = TEST_NOW_S}, &ctx), 0);
	for (int table = 0; table < KH_FACTS_COUNT; table++) {
		kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
		assert_int_equal(kh_facts_collect(ctx, (enum kh_fact_table)table, &rows), 0);
		if (kh_fact_tables[table].privileged)
			assert_int_equal(rows.reason, KH_FACTS_NEEDS_ROOT);
		else
			assert_int_not_equal(rows.reason, KH_FACTS_NEEDS_ROOT);
	}
	kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
	assert_int_equal(kh_facts_collect(ctx, KH_FACTS_COUNT, &rows), KH_E_INVALID_FIELD);
	test_tree_done(&t);
}

KH_TESTS(nothing_there, few_files_are_not_a_system, none_is_an_answer, noise_in_every_file, files_that_are_none, lines_without_an_end, one_bad_list, without_the_right_to_read)
