/* packages, updates, update_state, services, protection, remote_tools */
#include "base/alloc.h"
#include "base/content_state.h"
#include "facts/limits.h"
#include "facts/test_tables.h"
#include "facts/tree.h"

static void debian_packages(void **state)
{
	(void)state;
	static const struct test_expectation expected[] = {
		{"packages", "name", "\"bash\"", "version", "\"5.2.15-2+b2\""},
		{"packages", "name", "\"bash\"", "source_version", "\"5.2.15-2\""},
		{"packages", "name", "\"bash\"", "vendor", "\"Matthias Test <bash@example.org>\""},
		{"packages", "name", "\"bash\"", "size_bytes", "7335936"},
		{"packages", "name", "\"bash\"", "origin", "\"Debian\""}, /* backports offer it too */
		{"packages", "name", "\"bash\"", "version_offered", "false"},
		{"packages", "name", "\"bash\"", "automatic", "false"},
		{"packages", "name", "\"clamav-daemon\"", "version_offered", "true"},
		{"packages", "name", "\"kept\"", "held", "true"},
		{"packages", "name", "\"libold1\"", "automatic", "true"},
		{"packages", "name", "\"libold1\"", "origin", "\"\""},
		{"packages", "name", "\"linux-image-6.1.0-18-amd64\"", "origin", "\"Debian\""}, /* by its source: old kernels are offered no more */
		{"packages", "name", "\"ultraviewer-host\"", "origin", "\"\""},
		{"packages", "name", "\"gone\"", NULL, NULL}, /* only its settings are left */
	};
	test_expect("debian", expected, KH_COUNT(expected));
}

static void debian_updates(void **state)
{
	(void)state;
	static const struct test_expectation expected[] = {
		{"updates", "name", "\"bash\"", "fixed_version", "\"5.2.15-2+b7\""}, /* not the backport */
		{"updates", "name", "\"bash\"", "security", "false"},
		{"updates", "name", "\"openssl\"", "fixed_version", "\"3.0.15-1~deb12u3\""},
		{"updates", "name", "\"openssl\"", "security_version", "\"3.0.15-1~deb12u3\""},
		{"updates", "name", "\"bpotool\"", "origin", "\"Debian Backports\""}, /* it came from there */
		{"updates", "name", "\"kept\"", "held", "true"},
		{"updates", "name", "\"office-suite\"", NULL, NULL}, /* newer than what is offered */
		{"updates", "name", "\"clamav-daemon\"", NULL, NULL},
		{"update_state", NULL, NULL, "pending", "3"},
		{"update_state", NULL, NULL, "pending_security", "1"},
		{"update_state", NULL, NULL, "lists_s", "1725876000"},
		{"update_state", NULL, NULL, "security_source", "true"},
		{"update_state", NULL, NULL, "automatic", "true"},
	};
	test_expect("debian", expected, KH_COUNT(expected));
}

static void ubuntu_software(void **state)
{
	(void)state;
	static const struct test_expectation expected[] = {
		{"packages", "name", "\"liblz4-1\"", "origin", "\"Ubuntu\""},
		{"packages", "name", "\"wazuh-agent\"", "origin", "\"packages.example.com\""}, /* a list without a release */
		{"packages", "name", "\"anydesk\"", "origin", "\"\""},
		{"packages", "name", "\"lxd\"", "version", "\"4.0.9\""},
		{"packages", "name", "\"lxd\"", "size_bytes", "1"},
		{"packages", "name", "\"own\"", "origin", "\"\""},
		{"packages", "name", "\"org.example.App\"", "format", "\"flatpak\""},
		{"updates", "name", "\"openssh-server\"", "security_version", "\"1:8.2p1-4ubuntu0.12\""}, /* an .xz list */
		{"updates", "name", "\"chrony\"", "fixed_version", "\"3.5-6ubuntu6.3\""},                 /* a .zst list */
		{"updates", "name", "\"chrony\"", "security", "false"},
		{"update_state", NULL, NULL, "automatic", "false"},
		{"protection", "product", "\"Wazuh\"", "version", "\"4.7.5-1\""},
		{"protection", "product", "\"Wazuh\"", "running", "null"},
		{"protection", "product", "\"Wazuh\"", "kind", "\"edr\""},
		{"remote_tools", "product", "\"AnyDesk\"", "found_by", "\"package\""},
	};
	test_expect("ubuntu", expected, KH_COUNT(expected));
}

static void rocky_software(void **state)
{
	(void)state;
	static const struct test_expectation expected[] = {
		{"packages", "name", "\"bash\"", "version", "\"5.1.8-9.el9\""},
		{"packages", "name", "\"bash\"", "origin", "\"baseos\""},
		{"packages", "name", "\"bash\"", "licence", "\"GPLv3+\""},
		{"packages", "name", "\"bash\"", "installed_s", "1725000000"},
		{"packages", "name", "\"bash\"", "automatic", "false"},
		{"packages", "name", "\"dbus\"", "version", "\"1:1.12.20-8.el9\""},
		{"packages", "name", "\"dbus\"", "source_version", "\"1.12.20-8.el9\""},
		{"packages", "name", "\"dbus\"", "automatic", "true"},
		{"packages", "name", "\"mdatp\"", "size_bytes", "5000000000"},
		{"packages", "name", "\"in-house-tool\"", "origin", "\"\""},
		{"packages", "name", "\"gpg-pubkey\"", NULL, NULL},
		{"update_state", NULL, NULL, "manager", "\"dnf\""},
		{"update_state", NULL, NULL, "automatic", "true"},
		{"update_state", NULL, NULL, "pending", "null"},
		{"protection", "product", "\"Microsoft Defender for Endpoint\"", "realtime", "false"},
		{"protection", "product", "\"Microsoft Defender for Endpoint\"", "enabled", "true"},
	};
	test_expect("rocky", expected, KH_COUNT(expected));
}

static void services(void **state)
{
	(void)state;
	static const struct test_expectation expected[] = {
		{"services", "name", "\"ssh\"", "enabled", "\"enabled\""},
		{"services", "name", "\"ssh\"", "running", "true"},
		{"services", "name", "\"ssh\"", "description", "\"OpenBSD Secure Shell server\""},
		{"services", "name", "\"ssh\"", "program", "\"/usr/sbin/sshd\""},
		{"services", "name", "\"sshd\"", NULL, NULL}, /* another name of ssh */
		{"services", "name", "\"clamav-daemon\"", "account", "\"clamav\""},
		{"services", "name", "\"clamav-daemon\"", "program", "\"/usr/sbin/clamd\""},
		{"services", "name", "\"cups\"", "enabled", "\"masked\""},
		{"services", "name", "\"getty@tty1\"", "enabled", "\"enabled\""},
		{"services", "name", "\"getty@\"", NULL, NULL},
		{"services", "name", "\"systemd-journald\"", "enabled", "\"static\""},
		{"services", "name", "\"teamviewerd\"", "enabled", "\"disabled\""},
		{"services", "name", "\"teamviewerd\"", "running", "false"},
		{"services", "name", "\"oldscript\"", "kind", "\"sysv\""},
		{"services", "name", "\"oldscript\"", "enabled", "\"enabled\""},
	};
	test_expect("debian", expected, KH_COUNT(expected));
}

/* systemctl is-enabled says enabled of what /etc wants, and static of what only the vendor's folder wants. */
static void services_without_an_install_section(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	static const struct test_expectation expected[] = {
		{"services", "name", "\"by-hand\"", "enabled", "\"enabled\""},
		{"services", "name", "\"by-vendor\"", "enabled", "\"static\""},
		{"services", "name", "\"unwanted\"", "enabled", "\"static\""},
	};
	test_tree_file(&t, "/usr/lib/systemd/system/by-hand.service", "[Service]\nExecStart=/bin/true\n");
	test_tree_file(&t, "/usr/lib/systemd/system/by-vendor.service", "[Service]\nExecStart=/bin/true\n");
	test_tree_file(&t, "/usr/lib/systemd/system/unwanted.service", "[Service]\nExecStart=/bin/true\n");
	test_tree_link(&t, "/etc/systemd/system/multi-user.target.wants/by-hand.service", "/usr/lib/systemd/system/by-hand.service");
	test_tree_link(&t, "/usr/lib/systemd/system/sysinit.target.wants/by-vendor.service", "../by-vendor.service");
	test_expect_in(&t, expected, KH_COUNT(expected));
	test_tree_done(&t);
}

static void protection_and_remote_tools(void **state)
{
	(void)state;
	static const struct test_expectation expected[] = {
		{"protection", "product", "\"ClamAV\"", "running", "true"},
		{"protection", "product", "\"ClamAV\"", "enabled", "true"},
		{"protection", "product", "\"ClamAV\"", "realtime", "true"},
		{"protection", "product", "\"ClamAV\"", "signature_s", "1725525180"},
		{"protection", "product", "\"ClamAV\"", "signature_version", "\"27389\""},
		{"protection", "product", "\"ClamAV\"", "signatures", "8714212"},
		{"protection", "product", "\"ClamAV\"", "licence", "\"free\""},
		{"protection", "product", "\"ClamAV\"", "found_by", "\"package service files process\""},
		{"remote_tools", "product", "\"TeamViewer\"", "found_by", "\"service files\""},
		{"remote_tools", "product", "\"TeamViewer\"", "running", "false"},
		{"remote_tools", "product", "\"TeamViewer\"", "enabled", "false"},
		{"remote_tools", "product", "\"AnyDesk\"", "version", "null"},
		{"remote_tools", "product", "\"UltraViewer\"", "version", "\"6.6-1\""},
		{"remote_tools", "product", "\"RustDesk\"", NULL, NULL},
	};
	test_expect("debian", expected, KH_COUNT(expected));
}

/* A program of a container is not one of this system; one of this system is, wherever it lies. */
static void processes_count_when_their_program_is_here(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	test_tree_dir(&t, "/usr");
	test_tree_file(&t, "/proc/10/comm", "clamd\n");
	test_tree_file(&t, "/proc/10/cmdline", "clamd -c x");
	test_tree_link(&t, "/proc/10/exe", "/usr/sbin/clamd");
	test_tree_file(&t, "/proc/11/comm", "rustdesk\n");
	test_tree_file(&t, "/proc/11/cmdline", "/srv/rustdesk");
	test_tree_file(&t, "/srv/rustdesk", "program");
	test_tree_file(&t, "/proc/12/comm", "khien-agent\n");
	test_tree_file(&t, "/proc/12/cmdline", "/srv/khien-agent");
	test_tree_file(&t, "/srv/khien-agent", "program");
	const struct kh_content_state content = {.current = 12, .newest_s = 1725300000, .yara_rules = 7, .hashes = 3, .imported = true};
	kh_auto_free char *state_text = kh_content_state_text(&content);
	test_tree_file(&t, KH_CONTENT_DIR "/" KH_CONTENT_STATE, state_text);
	static const struct test_expectation expected[] = {
		{"protection", "product", "\"ClamAV\"", NULL, NULL},
		{"protection", "product", "\"Khiên\"", "signature_version", "\"12\""},
		{"protection", "product", "\"Khiên\"", "signature_s", "1725300000"},
		{"protection", "product", "\"Khiên\"", "signatures", "10"},
		{"protection", "product", "\"Khiên\"", "kind", "\"agent\""},
		{"protection", "product", "\"Khiên\"", "running", "true"},
		{"remote_tools", "product", "\"RustDesk\"", "found_by", "\"process\""},
		{"remote_tools", "product", "\"RustDesk\"", "running", "true"},
	};
	test_expect_in(&t, expected, KH_COUNT(expected));
	test_tree_done(&t);
}

static void products_own_files(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	test_tree_file(&t, "/opt/drweb.com/bin/drweb-configd", "program");
	test_tree_file(&t, "/etc/opt/drweb.com/drweb32.key", "[Key]\nApplications=x\nExpires=2025-02-12 (13:57) UTC\n");
	test_tree_file(&t, "/var/opt/drweb.com/bases/drwtoday.vdb", "x");
	test_tree_age(&t, "/var/opt/drweb.com/bases/drwtoday.vdb", 1725000000);
	test_tree_file(&t, "/opt/Symantec/symantec_antivirus/sav", "program");
	test_tree_file(&t, "/opt/Symantec/virusdefs/definfo.dat", "[DefDates]\nCurDefs=20240905.003\nLastDefs=20240904.001\n");
	test_tree_file(&t, "/var/ossec/bin/ossec-agentd", "program");
	test_tree_file(&t, "/etc/ossec-init.conf", "DIRECTORY=\"/var/ossec\"\nVERSION=\"v3.7.0\"\n");
	test_tree_file(&t, "/opt/sophos-spl/base/bin/sophos_watchdog", "program");
	test_tree_file(&t, "/opt/sophos-spl/base/VERSION.ini", "PRODUCT_NAME = SPL-Base\nPRODUCT_VERSION = 1.2.3\n");
	test_tree_file(&t, "/opt/sophos-spl/plugins/av/var/on_access_policy.json", "{\"enabled\":\"true\",\"exclusions\":[]}");
	test_tree_file(&t, "/opt/sophos-spl/plugins/av/chroot/susi/update_source/vdl/a-b.ide", "x");
	test_tree_age(&t, "/opt/sophos-spl/plugins/av/chroot/susi/update_source/vdl/a-b.ide", 1725300000);
	test_tree_file(&t, "/opt/sophos-spl/plugins/av/chroot/susi/update_source/vdl/manifest.dat", "newer, and no signature");
	test_tree_file(&t, "/opt/McAfee/ens/tp/bin/mfetpd", "program");
	test_tree_file(&t, "/var/McAfee/ens/tp/engine/dat/5490/avvscan.dat", "old");
	test_tree_file(&t, "/var/McAfee/ens/tp/engine/dat/5512/avvscan.dat", "x");
	test_tree_age(&t, "/var/McAfee/ens/tp/engine/dat/5512/avvscan.dat", 1725400000);
	test_tree_file(&t, "/var/McAfee/ens/tp/engine/dat/tmp/avvscan.dat", "half fetched");
	test_tree_file(&t, "/usr/bin/avast", "program");
	test_tree_file(&t, "/etc/avast/license.avastlic", "CustomerName=UBND\nUpdateValidThru=1767200399\n");
	test_tree_file(&t, "/opt/microsoft/mdatp/sbin/wdavdaemon", "program");
	test_tree_file(&t, "/etc/opt/microsoft/mdatp/managed/mdatp_managed.json", "{\"cloudService\":{}}");
	test_tree_file(&t, "/etc/opt/microsoft/mdatp/wdavcfg", "{\"antivirusEngine\":{\"enforcementLevel\":\"real_time\"}}");
	test_tree_file(&t, "/opt/microsoft/mdatp/definitions/libmpengine.so", "of the package, not of the last update");
	test_tree_file(&t, "/opt/kaspersky/kesl/bin/kesl-control", "program");
	test_tree_file(&t, "/opt/bkav/bin/bkav", "program");
	static const struct test_expectation expected[] = {
		{"protection", "product", "\"Sophos Protection\"", "realtime", "true"},
		{"protection", "product", "\"Sophos Protection\"", "signature_s", "1725300000"},
		{"protection", "product", "\"Trellix Endpoint Security\"", "signature_version", "\"5512\""},
		{"protection", "product", "\"Trellix Endpoint Security\"", "signature_s", "1725400000"},
		{"protection", "product", "\"Avast Business Antivirus\"", "licence_end_s", "1767200399"},
		{"protection", "product", "\"Avast Business Antivirus\"", "by_name_only", "false"},
		{"protection", "product", "\"Microsoft Defender for Endpoint\"", "realtime", "true"},
		{"protection", "product", "\"Microsoft Defender for Endpoint\"", "signature_s", "null"},
		{"protection", "product", "\"Kaspersky Endpoint Security\"", "signature_s", "null"},
		{"protection", "product", "\"Kaspersky Endpoint Security\"", "licence_end_s", "null"},
		{"protection", "product", "\"Bkav Endpoint\"", "by_name_only", "true"},
		{"protection", "product", "\"Bkav Endpoint\"", "realtime", "null"},
		{"protection", "product", "\"Dr.Web\"", "licence_end_s", "1739318400"},
		{"protection", "product", "\"Dr.Web\"", "signature_s", "1725000000"},
		{"protection", "product", "\"Symantec Endpoint Protection\"", "signature_version", "\"20240905.003\""},
		{"protection", "product", "\"Symantec Endpoint Protection\"", "signature_s", "1725494400"},
		{"protection", "product", "\"OSSEC\"", "version", "\"v3.7.0\""},
		{"protection", "product", "\"Sophos Protection\"", "version", "\"1.2.3\""},
		{"protection", "product", "\"Sophos Protection\"", "running", "null"},
	};
	test_expect_in(&t, expected, KH_COUNT(expected));
	test_tree_done(&t);
}

static void without_package_lists(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
	test_tree_file(&t, "/var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\n");
	test_tree_file(&t, "/var/lib/dpkg/info/a.list", "/.\n");
	test_tree_age(&t, "/var/lib/dpkg/info/a.list", 1700000000);
	test_tree_file(&t, "/run/reboot-required", "");
	static const struct test_expectation expected[] = {
		{"packages", "name", "\"a\"", "origin", "null"},
		{"packages", "name", "\"a\"", "automatic", "null"},
		{"packages", "name", "\"a\"", "installed_s", "1700000000"},
		{"update_state", NULL, NULL, "pending", "null"},
		{"update_state", NULL, NULL, "reboot_required", "true"},
	};
	test_expect_in(&t, expected, KH_COUNT(expected));
	test_collect(&t, KH_FACTS_UPDATES, &rows);
	assert_int_equal(rows.reason, KH_FACTS_SOURCE_MISSING);
	test_tree_done(&t);
}

/* Half an answer would read as "nothing is pending". */
static void updates_of_rpm_say_why_not(void **state)
{
	(void)state;
	struct test_tree t = test_tree_kept("rocky");
	kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
	test_collect(&t, KH_FACTS_UPDATES, &rows);
	assert_int_equal(rows.reason, KH_FACTS_NOT_SUPPORTED);
	assert_non_null(strstr(rows.detail, "2 on disk"));
	static const struct test_expectation expected[] = {
		{"update_state", NULL, NULL, "lists_s", "1725700001"},
		{"update_state", NULL, NULL, "pending", "null"},
	};
	test_expect("rocky", expected, KH_COUNT(expected));
	struct test_tree bare = test_tree_new();
	kh_auto_buf struct kh_buf database = KH_BUF_INIT;
	assert_int_equal(kh_tree_read(t.fd, "/var/lib/rpm/rpmdb.sqlite", KH_FACTS_MAX_FILE, &database), 0);
	test_tree_bytes(&bare, "/var/lib/rpm/rpmdb.sqlite", database.data, database.len);
	test_collect(&bare, KH_FACTS_UPDATES, &rows);
	assert_int_equal(rows.reason, KH_FACTS_SOURCE_MISSING);
	test_tree_done(&bare);
	test_tree_done(&t);
}

static void rpm_databases_not_known(void **state)
{
	(void)state;
	static const char *const files[] = {"/var/lib/rpm/Packages", "/usr/lib/sysimage/rpm/Packages.db"};
	for (size_t i = 0; i < KH_COUNT(files); i++) {
		struct test_tree t = test_tree_new();
		kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
		test_tree_file(&t, files[i], "x");
		test_collect(&t, KH_FACTS_PACKAGES, &rows);
		assert_int_equal(rows.state, KH_FACTS_NOT_MEASURED);
		assert_int_equal(rows.reason, KH_FACTS_NOT_SUPPORTED);
		test_tree_done(&t);
	}
}

KH_TESTS(debian_packages, debian_updates, ubuntu_software, rocky_software, services, services_without_an_install_section, protection_and_remote_tools, processes_count_when_their_program_is_here,
	 products_own_files, without_package_lists, updates_of_rpm_say_why_not, rpm_databases_not_known)
