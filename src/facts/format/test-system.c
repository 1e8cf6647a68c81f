/* passwd, sudoers, pam, logins, logrotate, journal, rpmheader, inputdevices, productstate, repomd */
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "facts/format/inputdevices.h"
#include "facts/format/journal.h"
#include "facts/format/logins.h"
#include "facts/format/logrotate.h"
#include "facts/format/pam.h"
#include "facts/format/passwd.h"
#include "facts/format/productstate.h"
#include "facts/format/repomd.h"
#include "facts/format/rpmheader.h"
#include "facts/format/sudoers.h"

#include <stdio.h>

static void passwords(void **state)
{
	(void)state;
	static const struct {
		const char *field;
		enum kh_password_state state;
		const char *hash;
	} cases[] = {
		{"", KH_PASSWORD_EMPTY, NULL},          {"*", KH_PASSWORD_NONE, NULL},          {"!", KH_PASSWORD_NONE, NULL},
		{"!!", KH_PASSWORD_NONE, NULL},         {"!*", KH_PASSWORD_NONE, NULL},         {"!$6$a$b", KH_PASSWORD_LOCKED, "sha512"},
		{"$y$j9T$a$b", KH_PASSWORD_SET, "yescrypt"}, {"$1$a$b", KH_PASSWORD_SET, "md5"}, {"$2b$12$abc", KH_PASSWORD_SET, "bcrypt"},
		{"$5$a$b", KH_PASSWORD_SET, "sha256"},  {"$9$a", KH_PASSWORD_SET, "other"},     {"abcdefghijklm", KH_PASSWORD_SET, "des"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		assert_int_equal(kh_password_state(cases[i].field), cases[i].state);
		if (!kh_streq(kh_shadow_hash(cases[i].field), cases[i].hash))
			fail_msg("%s", cases[i].field);
	}
}

static void lines_that_are_not_whole(void **state)
{
	(void)state;
	static const char text[] = "root:x:0:0:r:/root:/bin/sh\n\n+::::::\n# a remark:x:1:1:::\nshort:x:1\nbad:x:nine:1:::/bin/sh\n:x:1:1:::\nlast:x:1:1::/:/bin/sh";
	struct kh_passwd passwd = {0};
	struct kh_shadow shadow = {0};
	assert_int_equal(kh_passwd_parse(text, strlen(text), &passwd), 0);
	assert_int_equal(passwd.n, 2);
	assert_string_equal(passwd.v[1].name, "last");
	assert_int_equal(kh_shadow_parse("a:x:1:2:3:4:5:6:\nb:x:1\nc:::::::::", 33, &shadow), 0);
	assert_int_equal(shadow.n, 2);
	assert_int_equal(shadow.v[0].expire_day, 6);
	assert_int_equal(shadow.v[1].changed_day, -1);
	assert_null(kh_shadow_of(&shadow, "b"));
	kh_passwd_done(&passwd);
	kh_shadow_done(&shadow);
}

static void members(void **state)
{
	(void)state;
	const struct kh_passwd_entry an = {.name = "an", .gid = 5};
	static const struct {
		struct kh_group group;
		bool has;
	} cases[] = {
		{{.gid = 1, .members = "lan,an"}, true}, {{.gid = 1, .members = "an"}, true},  {{.gid = 1, .members = "lan,anh"}, false},
		{{.gid = 1, .members = ""}, false},      {{.gid = 5, .members = ""}, true},    {{.gid = 1, .members = ",,an,"}, true},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(kh_group_has(&cases[i].group, &an), cases[i].has);
}

static bool is_an(void *arg, const char *who)
{
	(void)arg;
	return kh_streq(who, "an") || kh_streq(who, "%nhom");
}

static void administrators(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool all;
	} cases[] = {
		{"an ALL=(ALL:ALL) ALL", true},
		{"an\tALL = NOPASSWD: ALL", true},
		{"an ALL=ALL", true},
		{"lan, an ALL=ALL", false}, /* a list has no blanks here; with them the line says something else */
		{"lan,an ALL=ALL", true},
		{"%nhom ALL=(ALL) ALL", true},
		{"an ALL=(ALL) /bin/ls", false},
		{"an ALL=(ALL:ALL) /bin/ls, (ALL) /bin/cat", false},
		{"an ALL=(root) /bin/ls, ALL", true},
		{"an ALL=(ALL) !ALL", false},
		{"an ALL=(ALL) /usr/bin/ALLOW", false},
		{"Defaults:an !authenticate", false},
		{"User_Alias A = an : B = lan\nA ALL=ALL", true},
		{"User_Alias A = B : B = A\nA ALL=ALL", false}, /* a ring */
		{"# an ALL=ALL", false},
		{"an ALL=(ALL) \\\n ALL", true},
		{"an", false},
		{"=", false},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_sudoers struct kh_sudoers sudoers = {0};
		assert_int_equal(kh_sudoers_parse(cases[i].text, strlen(cases[i].text), &sudoers, NULL, NULL), 0);
		if (kh_sudoers_any(&sudoers, is_an, NULL) != cases[i].all)
			fail_msg("%s", cases[i].text);
	}
}

static int no_file(void *arg, const char *file, enum kh_pam_type type)
{
	(void)type;
	snprintf(arg, 32, "%s", file);
	return 0;
}

static void pam_lines(void **state)
{
	(void)state;
	static const char text[] = "# remark\n"
				   "-session optional pam_systemd.so\n"
				   "password\t[success=1 default=ignore]\t/lib/security/pam_unix.so obscure \\\n minlen=9 # more\n"
				   "password include\tother\n"
				   "nonsense here now\n"
				   "auth required\n";
	char included[32] = "", value[8] = "";
	kh_auto_pam struct kh_pam_stack stack = {0};
	int64_t number = 0;
	assert_int_equal(kh_pam_parse(text, strlen(text), KH_PAM_EVERY, &stack, no_file, included), 0);
	assert_int_equal(stack.n, 2);
	const struct kh_pam_line *line = kh_pam_find(&stack, KH_PAM_PASSWORD, "pam_unix");
	assert_non_null(line);
	assert_true(kh_pam_has(line, "obscure"));
	assert_false(kh_pam_has(line, "obs"));
	assert_true(kh_pam_int(line, "minlen", &number));
	assert_int_equal(number, 9);
	assert_false(kh_pam_int(line, "obscure", &number));
	assert_true(kh_pam_text(line, "minlen", value, sizeof value));
	assert_false(kh_pam_has(NULL, "obscure"));
	assert_string_equal(included, "other");
	kh_auto_pam struct kh_pam_stack auth = {0};
	assert_int_equal(kh_pam_parse(text, strlen(text), KH_PAM_AUTH, &auth, no_file, included), 0);
	assert_int_equal(auth.n, 0);
}

static void take_login(void *arg, const char *user, int64_t login_s)
{
	int64_t *sum = arg;
	assert_string_equal(user, "an");
	*sum += login_s;
}

static void login_records(void **state)
{
	(void)state;
	static const size_t sizes[] = {384, 400}, times[] = {340, 344};
	for (size_t i = 0; i < KH_COUNT(sizes); i++) {
		kh_auto_free uint8_t *records = kh_alloc(sizes[i] * 3 + 5);
		int64_t sum = 0;
		for (size_t j = 0; j < 3; j++) {
			uint8_t *record = records + j * sizes[i];
			record[0] = j == 2 ? 8 : 7; /* the last one is a logout */
			memcpy(record + 44, "an", 2);
			record[times[i]] = (uint8_t)(j + 1);
		}
		kh_wtmp_each(records, sizes[i] * 3, 1000, take_login, &sum);
		assert_int_equal(sum, 3);
	}
}

static void rotated_logs(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool found;
		int64_t days;
	} cases[] = {
		{"weekly\nrotate 4\n/var/log/syslog {\n}\n", true, 28},
		{"/var/log/syslog\n/var/log/mail.log\n{\n\trotate 7\n\tdaily\n}\n", true, 7},
		{"\"/var/log/*log\" {\n daily\n rotate 100\n maxage 30\n}\n", true, 30},
		{"/var/log/other {\n rotate 7\n}\nmonthly\nrotate 12\n/var/log/syslog { \n}\n", true, 360},
		{"/var/log/syslog {\n rotate 2\n postrotate\n  if x; then { y; }; fi\n endscript\n weekly\n}\n", true, 14},
		{"/var/log/syslog {\n rotate 3\n weekly\n", true, 21}, /* never closed */
		{"# /var/log/syslog {\n", false, 0},
		{"/var/log/other {\n}\n", false, 0},
		{"}}}{{{", false, 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_logrotate defaults = {0}, found = {0};
		bool is_found = false;
		kh_logrotate_parse(cases[i].text, strlen(cases[i].text), "/var/log/syslog", &defaults, &found, &is_found);
		if (is_found != cases[i].found || kh_logrotate_days(&found) != cases[i].days)
			fail_msg("case %zu: %d, %lld days", i, is_found, (long long)kh_logrotate_days(&found));
	}
}

static void heads_of_binary_files(void **state)
{
	(void)state;
	uint8_t journal[KH_JOURNAL_HEAD] = "LPKSHHRH";
	int64_t first = 0;
	assert_false(kh_journal_first(journal, sizeof journal, &first)); /* no entry yet */
	journal[184 + 3] = 1;                                           /* 16777216 microseconds */
	assert_true(kh_journal_first(journal, sizeof journal, &first));
	assert_int_equal(first, 16);
	assert_false(kh_journal_first(journal, 100, &first));
	assert_false(kh_journal_first("not a journal", 13, &first));
}

/* Three texts: name, version, release; the tag of the release and its offset can be spoiled. */
static size_t rpm_header(uint8_t *out, uint8_t release_tag, uint8_t offset)
{
	static const uint8_t head[] = {0, 0, 0, 3, 0, 0, 0, 6};
	memcpy(out, head, sizeof head);
	for (size_t i = 0; i < 3; i++) {
		const uint8_t entry[16] = {0, 0, 3, (uint8_t)(0xe8 + (i == 2 ? release_tag : i)), 0, 0, 0, 6, 0, 0, 0, (uint8_t)(i == 2 ? offset : 2 * i), 0, 0, 0, 1};
		memcpy(out + 8 + 16 * i, entry, 16);
	}
	memcpy(out + 56, "a\0b\0c", 6);
	return 62;
}

static void rpm_headers(void **state)
{
	(void)state;
	uint8_t bytes[64];
	struct kh_rpm_header header = {0};
	size_t n = rpm_header(bytes, 2, 4);
	assert_int_equal(kh_rpm_header_parse(bytes, n, &header), 0);
	assert_string_equal(header.name, "a");
	assert_string_equal(header.release, "c");
	assert_int_equal(header.epoch, -1);
	assert_int_equal(kh_rpm_header_parse(bytes, n - 1, &header), KH_E_SYNTAX); /* cut */
	rpm_header(bytes, 50, 4);
	assert_int_equal(kh_rpm_header_parse(bytes, n, &header), KH_E_SYNTAX); /* no release */
	rpm_header(bytes, 2, 200);
	assert_int_equal(kh_rpm_header_parse(bytes, n, &header), KH_E_SYNTAX); /* outside of the data */
	rpm_header(bytes, 2, 4);
	bytes[61] = 'x';
	assert_int_equal(kh_rpm_header_parse(bytes, n, &header), KH_E_SYNTAX); /* a text that does not end */
	memset(bytes, 0xff, sizeof bytes);
	assert_int_equal(kh_rpm_header_parse(bytes, sizeof bytes, &header), KH_E_SYNTAX);
	assert_int_equal(kh_rpm_header_parse("", 0, &header), KH_E_SYNTAX);
}

static void input_devices(void **state)
{
	(void)state;
	static const char text[] = "I: Bus=0003 Vendor=046d Product=c52b Version=0111\nN: Name=\"M\xc3\xa1y\"\nP: Phys=usb-1\nH: Handlers=mouse0 event5 \nB: EV=17\nB: KEY=1\n\n"
				   "nonsense\nN: Name=\"second\"";
	struct kh_input_devices devices = {0};
	assert_int_equal(kh_input_devices_parse(text, strlen(text), &devices), 0);
	assert_int_equal(devices.n, 2);
	assert_string_equal(devices.v[0].name, "Máy");
	assert_int_equal(devices.v[0].product, 0xc52b);
	assert_int_equal(devices.v[0].events, 0x17);
	assert_string_equal(devices.v[1].name, "second");
	kh_array_done(&devices);
}

static void product_states(void **state)
{
	(void)state;
	static const struct {
		bool (*parse)(const char *, size_t, bool *);
		const char *text;
		int on; /* -1: it does not say */
	} cases[] = {
		{kh_defender_realtime, "{\"antivirusEngine\":{\"enforcementLevel\":\"passive\"}}", 0},
		{kh_defender_realtime, "{\"antivirusEngine\":{\"enableRealTimeProtection\":true}}", 1},
		{kh_defender_realtime, "{\"antivirusEngine\":{\"enforcementLevel\":\"on_demand\",\"enableRealTimeProtection\":true}}", 0},
		{kh_defender_realtime, "{\"antivirusEngine\":[]}", -1},
		{kh_defender_realtime, "{\"antivirusEngine\":{\"enforcementLevel\":1}}", -1},
		{kh_defender_realtime, "{", -1},
		{kh_sophos_realtime, "{\"enabled\":true}", 1},
		{kh_sophos_realtime, "{\"enabled\":1}", 1},
		{kh_sophos_realtime, "{\"enabled\":\"yes\"}", 0},
		{kh_sophos_realtime, "{}", 0},
		{kh_sophos_realtime, "[true]", -1},
		{kh_sophos_realtime, "", -1},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		bool on = false;
		assert_int_equal(cases[i].parse(cases[i].text, strlen(cases[i].text), &on) ? on : -1, cases[i].on);
	}
}

static void moments_in_files(void **state)
{
	(void)state;
	static const struct {
		bool (*parse)(const char *, size_t, int64_t *);
		const char *text;
		int64_t moment_s; /* -1: it does not say */
	} cases[] = {
		{kh_avast_licence_end, "A=b\nUpdateValidThru=1767200399\n", 1767200399},
		{kh_avast_licence_end, "UpdateValidThru=soon\n", -1},
		{kh_avast_licence_end, "UpdateValidThru=-5\n", -1},
		{kh_avast_licence_end, "UpdateValidThru=9223372036854775807\n", -1},
		{kh_drweb_licence_end, "[Key]\nExpires=2025-02-12 (13:57) UTC\n", 1739318400},
		{kh_drweb_licence_end, "[Key]\nExpires=never\n", -1},
		{kh_repomd_made, "<timestamp>5</timestamp><timestamp>7.25</timestamp><timestamp>6</timestamp>", 7},
		{kh_repomd_made, "<timestamp>7", -1},
		{kh_repomd_made, "<timestamp></timestamp>", -1},
		{kh_repomd_made, "<timestamp>-7</timestamp>", -1},
		{kh_repomd_made, "<timestamp>99999999999999999999</timestamp>", -1},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		int64_t moment_s = -1;
		assert_int_equal(cases[i].parse(cases[i].text, strlen(cases[i].text), &moment_s), cases[i].moment_s >= 0);
		assert_int_equal(moment_s, cases[i].moment_s);
	}
}

KH_TESTS(product_states, moments_in_files, passwords, lines_that_are_not_whole, members, administrators, pam_lines, login_records, rotated_logs, heads_of_binary_files, rpm_headers, input_devices)
