/* accounts, password_policy, firewall, wifi, time_sync, backups, logs */
#include "base/alloc.h"
#include "facts/test_tables.h"

#include <stdio.h>

static void accounts(void **state)
{
	(void)state;
	static const struct test_expectation debian[] = {
		{"accounts", "name", "\"root\"", "kind", "\"root\""},
		{"accounts", "name", "\"root\"", "password", "\"none\""},
		{"accounts", "name", "\"root\"", "can_login", "false"},
		{"accounts", "name", "\"daemon\"", "kind", "\"system\""},
		{"accounts", "name", "\"nobody\"", "kind", "\"system\""},
		{"accounts", "name", "\"vanthu\"", "full_name", "\"Văn thư\""},
		{"accounts", "name", "\"vanthu\"", "password_hash", "\"yescrypt\""},
		{"accounts", "name", "\"vanthu\"", "password_changed_s", "1728000000"},
		{"accounts", "name", "\"vanthu\"", "max_age_days", "90"},
		{"accounts", "name", "\"vanthu\"", "inactive_days", "30"},
		{"accounts", "name", "\"vanthu\"", "admin", "false"}, /* one command only */
		{"accounts", "name", "\"vanthu\"", "member_of", "\"adm vanthu\""},
		{"accounts", "name", "\"vanthu\"", "login_known", "false"},
		{"accounts", "name", "\"tapsu\"", "password", "\"empty\""},
		{"accounts", "name", "\"tapsu\"", "must_change", "true"},
		{"accounts", "name", "\"tapsu\"", "can_login", "true"},
		{"accounts", "name", "\"tapsu\"", "admin", "false"}, /* sudo reads no file with a dot in its name */
		{"accounts", "name", "\"quantri\"", "admin", "true"},
		{"accounts", "name", "\"quantri\"", "ssh_keys", "2"},
		{"accounts", "name", "\"quantri\"", "password_hash", "\"md5\""},
		{"accounts", "name", "\"quantri\"", "max_age_days", "null"},
		{"accounts", "name", "\"cu\"", "password", "\"locked\""},
		{"accounts", "name", "\"cu\"", "expires_s", "1598400000"},
		{"accounts", "name", "\"cu\"", "can_login", "false"},
	};
	static const struct test_expectation ubuntu[] = {
		{"accounts", "name", "\"ubuntu\"", "admin", "true"},           /* by its group */
		{"accounts", "name", "\"lan\"", "admin", "true"},              /* by an alias */
		{"accounts", "name", "\"moi\"", "admin", "false"},             /* all but all */
		{"accounts", "name", "\"moi\"", "can_login", "false"},         /* no shell */
		{"accounts", "name", "\"ubuntu\"", "last_login_s", "1719964800"}, /* lastlog is newer than wtmp */
		{"accounts", "name", "\"lan\"", "last_login_s", "1724976000"},    /* wtmp is newer; the year 2099 does not count */
		{"accounts", "name", "\"root\"", "last_login_s", "null"},
		{"accounts", "name", "\"root\"", "login_known", "true"},
	};
	test_expect("debian", debian, KH_COUNT(debian));
	test_expect("ubuntu", ubuntu, KH_COUNT(ubuntu));
}

static void never_gives_hashes_away(void **state)
{
	(void)state;
	static const char *const trees[] = {"debian", "ubuntu"};
	static const char *const secrets[] = {"not.a.real", "fakefake", "khong-phai", "0102030405", "not a password", "AAAAfake"};
	for (size_t i = 0; i < KH_COUNT(trees); i++) {
		struct test_tree t = test_tree_kept(trees[i]);
		for (int table = 0; table < KH_FACTS_COUNT; table++) {
			kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
			kh_auto_buf struct kh_buf body = KH_BUF_INIT;
			test_collect(&t, (enum kh_fact_table)table, &rows);
			kh_facts_body_json(&rows, &body);
			for (size_t j = 0; j < KH_COUNT(secrets); j++)
				assert_null(strstr(kh_buf_text(&body), secrets[j]));
		}
		test_tree_done(&t);
	}
}

static void password_policy(void **state)
{
	(void)state;
	static const struct test_expectation debian[] = {
		{"password_policy", NULL, NULL, "quality_module", "\"pwquality\""}, {"password_policy", NULL, NULL, "min_length", "12"},
		{"password_policy", NULL, NULL, "min_classes", "4"},               {"password_policy", NULL, NULL, "needs_special", "true"},
		{"password_policy", NULL, NULL, "max_age_days", "90"},             {"password_policy", NULL, NULL, "lockout_attempts", "3"},
		{"password_policy", NULL, NULL, "lockout_s", "0"},                 {"password_policy", NULL, NULL, "lockout_root", "true"},
		{"password_policy", NULL, NULL, "empty_allowed", "true"},          {"password_policy", NULL, NULL, "hash", "\"yescrypt\""},
		{"password_policy", NULL, NULL, "remember", "0"},
	};
	static const struct test_expectation ubuntu[] = {
		{"password_policy", NULL, NULL, "quality_module", "\"cracklib\""}, {"password_policy", NULL, NULL, "min_length", "8"}, /* 10, less two credits */
		{"password_policy", NULL, NULL, "min_classes", "2"},              {"password_policy", NULL, NULL, "remember", "24"},
		{"password_policy", NULL, NULL, "lockout_attempts", "6"},         {"password_policy", NULL, NULL, "lockout_s", "1800"},
		{"password_policy", NULL, NULL, "max_age_days", "null"},          {"password_policy", NULL, NULL, "empty_allowed", "false"},
	};
	static const struct test_expectation rocky[] = {
		{"password_policy", NULL, NULL, "min_length", "14"},       {"password_policy", NULL, NULL, "min_classes", "3"}, {"password_policy", NULL, NULL, "dictionary_check", "false"},
		{"password_policy", NULL, NULL, "lockout_window_s", "600"}, {"password_policy", NULL, NULL, "hash", "\"sha512\""},
	};
	test_expect("debian", debian, KH_COUNT(debian));
	test_expect("ubuntu", ubuntu, KH_COUNT(ubuntu));
	test_expect("rocky", rocky, KH_COUNT(rocky));
}

static void password_policy_by_passwdqc(void **state)
{
	(void)state;
	static const struct {
		const char *arguments, *length, *classes;
	} cases[] = {
		{"", "7", "2"},
		{" min=disabled,disabled,disabled,disabled,8 enforce=everyone", "8", "4"},
		{" min=disabled,disabled,disabled,12,10", "10", "3"},
		{" min=16,16,16,16,16", "16", "1"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct test_tree t = test_tree_new();
		kh_auto_free char *line = kh_format("password requisite pam_passwdqc.so%s\n", cases[i].arguments);
		test_tree_file(&t, "/etc/pam.d/passwd", line);
		const struct test_expectation expected[] = {{"password_policy", NULL, NULL, "min_length", cases[i].length},
							    {"password_policy", NULL, NULL, "min_classes", cases[i].classes}};
		test_expect_in(&t, expected, KH_COUNT(expected));
		test_tree_done(&t);
	}
}

static void pam_files_that_include_each_other(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
	test_tree_file(&t, "/etc/pam.d/passwd", "@include other\n");
	test_tree_file(&t, "/etc/pam.d/other", "@include passwd\n");
	test_collect(&t, KH_FACTS_PASSWORD_POLICY, &rows);
	assert_int_equal(rows.reason, KH_FACTS_TOO_LARGE);
	test_tree_done(&t);
}

static void firewall(void **state)
{
	(void)state;
	static const struct test_expectation debian[] = {
		{"firewall", "engine", "\"ufw\"", "active", "true"},           {"firewall", "engine", "\"ufw\"", "default_input", "\"drop\""},
		{"firewall", "engine", "\"ufw\"", "rules", "1"},               {"firewall", "engine", "\"nftables\"", "active", "false"},
		{"firewall", "engine", "\"nftables\"", "default_input", "\"accept\""},
	};
	static const struct test_expectation ubuntu[] = {
		{"firewall", "engine", "\"iptables\"", "active", "null"}, {"firewall", "engine", "\"iptables\"", "default_input", "\"drop\""},
		{"firewall", "engine", "\"iptables\"", "rules", "3"},     {"firewall", "engine", "\"iptables\"", "logging", "true"},
	};
	static const struct test_expectation rocky[] = {
		{"firewall", "engine", "\"firewalld\"", "enabled", "true"}, {"firewall", "engine", "\"firewalld\"", "default_input", "\"reject\""},
		{"firewall", "engine", "\"firewalld\"", "rules", "2"},
	};
	test_expect("debian", debian, KH_COUNT(debian));
	test_expect("ubuntu", ubuntu, KH_COUNT(ubuntu));
	test_expect("rocky", rocky, KH_COUNT(rocky));
}

static void wifi(void **state)
{
	(void)state;
	static const struct test_expectation debian[] = {
		{"wifi", "ssid", "\"UBND-Phường\"", "security", "\"wpa2\""}, {"wifi", "ssid", "\"UBND-Phường\"", "last_used_s", "1725667200"},
		{"wifi", "ssid", "\"cafe\"", "security", "\"open\""},        {"wifi", "ssid", "\"cafe\"", "secure", "false"},
		{"wifi", "ssid", "\"cafe\"", "auto_connect", "false"},       {"wifi", "ssid", "\"cafe\"", "hidden", "true"},
	};
	static const struct test_expectation ubuntu[] = {
		{"wifi", "ssid", "\"Phòng họp\"", "source", "\"netplan\""},    {"wifi", "ssid", "\"mới\"", "security", "\"wpa3\""},
		{"wifi", "ssid", "\"khach\"", "security", "\"open\""},         {"wifi", "ssid", "\"cũ\"", "security", "\"wep\""},
		{"wifi", "ssid", "\"Abc\"", "security", "\"wpa\""},            {"wifi", "ssid", "\"Abc\"", "auto_connect", "false"},
		{"wifi", "ssid", "\"ent\"", "security", "\"enterprise\""},     {"wifi", "ssid", "\"Nhà\"", "source", "\"iwd\""},
		{"wifi", "ssid", "\"á\"", "security", "\"enterprise\""},       {"wifi", "ssid", "\"mo\"", "source", "\"connman\""},
	};
	static const struct test_expectation rocky[] = {{"wifi", "ssid", "\"Sở A\"", "security", "\"wpa\""}};
	test_expect("debian", debian, KH_COUNT(debian));
	test_expect("ubuntu", ubuntu, KH_COUNT(ubuntu));
	test_expect("rocky", rocky, KH_COUNT(rocky));
}

static void time_sync(void **state)
{
	(void)state;
	static const struct test_expectation debian[] = {
		{"time_sync", NULL, NULL, "service", "\"timesyncd\""}, {"time_sync", NULL, NULL, "servers", "\"time.example.vn\""}, {"time_sync", NULL, NULL, "enabled", "true"}};
	static const struct test_expectation ubuntu[] = {
		{"time_sync", NULL, NULL, "service", "\"chrony\""}, {"time_sync", NULL, NULL, "servers", "\"ntp.example.vn 10.0.0.1 10.0.0.2\""}, {"time_sync", NULL, NULL, "running", "null"}};
	test_expect("debian", debian, KH_COUNT(debian));
	test_expect("ubuntu", ubuntu, KH_COUNT(ubuntu));
}

static void backups(void **state)
{
	(void)state;
	static const struct test_expectation debian[] = {
		{"backups", "product", "\"BorgBackup\"", "scheduled", "true"},     {"backups", "product", "\"BorgBackup\"", "last_good_s", "1725653701"},
		{"backups", "product", "\"Timeshift\"", "configured", "false"},    {"backups", "product", "\"restic\"", NULL, NULL},
	};
	static const struct test_expectation ubuntu[] = {
		{"backups", "product", "\"BorgBackup\"", "scheduled", "true"}, /* by a timer of the administrator's own */
		{"backups", "product", "\"duplicity\"", "last_good_s", "1725498123"},
		{"backups", "product", "\"duplicity\"", "scheduled", "false"},
	};
	static const struct test_expectation rocky[] = {
		{"backups", "product", "\"snapper\"", "snapshot_only", "true"}, {"backups", "product", "\"snapper\"", "last_good_s", "1725670923"}};
	test_expect("debian", debian, KH_COUNT(debian));
	test_expect("ubuntu", ubuntu, KH_COUNT(ubuntu));
	test_expect("rocky", rocky, KH_COUNT(rocky));
}

static void backups_by_the_age_of_files(void **state)
{
	(void)state;
	struct test_tree t = test_tree_new();
	test_tree_file(&t, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
	test_tree_file(&t, "/usr/bin/restic", "program");
	test_tree_file(&t, "/root/.cache/restic/0a1b/snapshots/ff/ff00", "x");
	test_tree_age(&t, "/root/.cache/restic/0a1b/snapshots/ff/ff00", 1725000000);
	test_tree_file(&t, "/usr/bin/rsnapshot", "program");
	test_tree_file(&t, "/etc/rsnapshot.conf", "# x\nsnapshot_root\t/sao-luu/\n");
	test_tree_file(&t, "/sao-luu/daily.0/x", "x");
	test_tree_age(&t, "/sao-luu/daily.0", 1725100000);
	test_tree_file(&t, "/usr/bin/timeshift", "program");
	test_tree_file(&t, "/etc/timeshift/timeshift.json", "{\"backup_device_uuid\":\"1-2\",\"btrfs_mode\":\"true\",\"schedule_daily\":\"true\"}");
	test_tree_dir(&t, "/timeshift/snapshots/2024-09-05_10-00-01");
	test_tree_file(&t, "/etc/cron.daily/dong-bo", "#!/bin/sh\n# rclone is for later\nrsync -a /srv may2:/srv\n");
	static const struct test_expectation expected[] = {
		{"backups", "product", "\"restic\"", "last_good_s", "1725000000"},   {"backups", "product", "\"rsnapshot\"", "last_good_s", "1725100000"},
		{"backups", "product", "\"Timeshift\"", "last_good_s", "1725530401"}, {"backups", "product", "\"Timeshift\"", "snapshot_only", "true"},
		{"backups", "product", "\"rsync\"", "scheduled", "true"},            {"backups", "product", "\"rclone\"", NULL, NULL},
	};
	test_expect_in(&t, expected, KH_COUNT(expected));
	test_tree_done(&t);
}

static void logs(void **state)
{
	(void)state;
	static const struct test_expectation debian[] = {
		{"logs", "system", "\"journald\"", "persistent", "true"},    {"logs", "system", "\"journald\"", "retention_days", "182"},
		{"logs", "system", "\"journald\"", "max_bytes", "524288000"}, {"logs", "system", "\"journald\"", "oldest_s", "1719964800"},
		{"logs", "system", "\"rsyslog\"", "retention_days", "182"},  {"logs", "system", "\"rsyslog\"", "remote", "true"},
	};
	static const struct test_expectation ubuntu[] = {
		{"logs", "system", "\"auditd\"", "max_bytes", "524288000"}, {"logs", "system", "\"auditd\"", "remote", "true"}, {"logs", "system", "\"auditd\"", "running", "null"}};
	test_expect("debian", debian, KH_COUNT(debian));
	test_expect("ubuntu", ubuntu, KH_COUNT(ubuntu));
}

KH_TESTS(accounts, never_gives_hashes_away, password_policy, password_policy_by_passwdqc, pam_files_that_include_each_other, firewall, wifi, time_sync, backups,
	 backups_by_the_age_of_files, logs)
