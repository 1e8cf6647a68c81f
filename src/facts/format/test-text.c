/* lines, deb822, keyfile, aptconf, dates, packed */
#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "facts/format/aptconf.h"
#include "facts/format/dates.h"
#include "facts/format/deb822.h"
#include "facts/format/keyfile.h"
#include "facts/format/lines.h"
#include "facts/format/packed.h"
#include "facts/limits.h"
#include "os/file.h"

#include <sys/mman.h>
#include <unistd.h>

static struct kh_lines lines_of(struct kh_cursor *c, const char *text)
{
	*c = kh_cursor_of(text, strlen(text));
	return (struct kh_lines){.fill = kh_lines_memory, .source = c, .max_bytes = 1 << 30};
}

static void lines_with_every_end(void **state)
{
	(void)state;
	struct kh_cursor c = {0};
	kh_auto_lines struct kh_lines lines = lines_of(&c, "one\r\n\ntwo\nthree");
	static const char *const expected[] = {"one", "", "two", "three"};
	const char *line = NULL;
	size_t n = 0;
	for (size_t i = 0; i < KH_COUNT(expected); i++) {
		assert_int_equal(kh_lines_next(&lines, &line, &n), 0);
		assert_int_equal(n, strlen(expected[i]));
		assert_memory_equal(line, expected[i], n);
	}
	assert_int_equal(kh_lines_next(&lines, &line, &n), 0);
	assert_null(line);
}

static void lines_have_limits(void **state)
{
	(void)state;
	size_t size = KH_FACTS_MAX_LINE + 2;
	kh_auto_free char *text = kh_alloc(size + 1);
	const char *line = NULL;
	size_t n = 0;
	memset(text, 'x', size);
	struct kh_cursor c = {0};
	kh_auto_lines struct kh_lines longest = lines_of(&c, text);
	assert_int_equal(kh_lines_next(&longest, &line, &n), KH_E_TOO_LARGE);
	struct kh_cursor again = {0};
	kh_auto_lines struct kh_lines stream = lines_of(&again, "many\nlines\n");
	stream.max_bytes = 5;
	assert_int_equal(kh_lines_next(&stream, &line, &n), KH_E_TOO_LARGE);
	text[KH_FACTS_MAX_LINE - 2] = '\n'; /* the longest there may be */
	struct kh_cursor fits = {0};
	kh_auto_lines struct kh_lines good = lines_of(&fits, text);
	assert_int_equal(kh_lines_next(&good, &line, &n), 0);
	assert_int_equal(n, KH_FACTS_MAX_LINE - 2);
}

static void paragraphs(void **state)
{
	(void)state;
	static const char *const fields[] = {"Package", "Version", "Source", NULL};
	struct kh_cursor c = {0};
	kh_auto_lines struct kh_lines lines = lines_of(&c, "\n\nPackage: a\nVersion:1\nPackage: twice\n Version: continued\nnonsense\n\n \t\npackage:  b  \nX: y\nSource:\n");
	kh_auto_deb822 struct kh_deb822 d = {0};
	bool found = false;
	kh_deb822_init(&d, &lines, fields);
	assert_int_equal(kh_deb822_next(&d, &found), 0);
	assert_true(found);
	assert_string_equal(kh_deb822_get(&d, 0), "a");
	assert_string_equal(kh_deb822_get(&d, 1), "1");
	assert_null(kh_deb822_get(&d, 2));
	assert_int_equal(kh_deb822_next(&d, &found), 0);
	assert_string_equal(kh_deb822_get(&d, 0), "b");
	assert_null(kh_deb822_get(&d, 1));
	assert_string_equal(kh_deb822_get(&d, 2), "");
	assert_int_equal(kh_deb822_next(&d, &found), 0);
	assert_false(found);
}

static void settings_in_three_forms(void **state)
{
	(void)state;
	static const struct {
		enum kh_keyfile_form form;
		const char *text, *section, *key, *value;
	} cases[] = {
		{KH_KEYFILE_INI, "[a]\nk = v \n[b]\nk=w\n", "b", "K", "w"},
		{KH_KEYFILE_INI, "[a]\nk=1\nk=2\n", NULL, "k", "2"},
		{KH_KEYFILE_INI, "[a]\nk=one \\\n two\n", "a", "k", "one    two"},
		{KH_KEYFILE_INI, "[a]\n#k=1\n;k=2\nnothing\n", "a", "k", NULL},
		{KH_KEYFILE_INI, "[a]\nk=a=b\n", "a", "k", "a=b"},
		{KH_KEYFILE_SHELL, "K=v # remark\n", "", "K", "v"},
		{KH_KEYFILE_SHELL, "export K='a \"b\"'\n", "", "K", "a \"b\""},
		{KH_KEYFILE_SHELL, "K=\"a \\\"b\\\" c\"\n", "", "K", "a \"b\" c"},
		{KH_KEYFILE_SHELL, "K=\"never closed\n", "", "K", "never closed"},
		{KH_KEYFILE_SHELL, "=v\n#K=v\nK\n", "", "K", NULL},
		{KH_KEYFILE_WORDS, "UID_MIN\t\t 1000 # people\n", "", "UID_MIN", "1000"},
		{KH_KEYFILE_WORDS, "minlen = 12\n", "", "minlen", "12"},
		{KH_KEYFILE_WORDS, "minlen=12\n", "", "minlen", "12"},
		{KH_KEYFILE_WORDS, "even_deny_root\n", "", "even_deny_root", ""},
		{KH_KEYFILE_WORDS, "# minlen = 12\n", "", "minlen", NULL},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_keyfile struct kh_keyfile k = {0};
		assert_int_equal(kh_keyfile_parse(cases[i].form, cases[i].text, strlen(cases[i].text), &k), 0);
		const char *value = kh_keyfile_get(&k, cases[i].section, cases[i].key);
		if (!kh_streq(value, cases[i].value))
			fail_msg("case %zu: %s", i, value ? value : "nothing");
	}
}

static void settings_of_several_files(void **state)
{
	(void)state;
	kh_auto_keyfile struct kh_keyfile k = {0};
	int64_t number = 0;
	assert_int_equal(kh_keyfile_parse(KH_KEYFILE_INI, "[a]\nx=1\ny=2\n", 12, &k), 0);
	assert_int_equal(kh_keyfile_parse(KH_KEYFILE_INI, "[a]\nx=3\n[empty]\n", 16, &k), 0);
	assert_true(kh_keyfile_int(&k, "a", "x", &number));
	assert_int_equal(number, 3);
	assert_true(kh_keyfile_int(&k, "a", "y", &number));
	assert_false(kh_keyfile_int(&k, "a", "z", &number));
	assert_true(kh_keyfile_has_section(&k, "empty"));
	assert_true(kh_keyfile_bool(&k, "a", "z", true));
	assert_false(kh_is_yes("No", true));
	assert_true(kh_is_yes("on", false));
}

static void apt_settings(void **state)
{
	(void)state;
	static const char name[] = "APT::Periodic::Unattended-Upgrade";
	static const struct {
		const char *text, *value;
	} cases[] = {
		{"APT::Periodic::Unattended-Upgrade \"1\";", "1"},
		{"apt::periodic { Update-Package-Lists \"7\"; unattended-upgrade \"2\"; };", "2"},
		{"APT { Periodic { X \"0\"; Unattended-Upgrade \"3\"; }; };", "3"},
		{"APT::Periodic::Unattended-Upgrade \"1\";\nAPT::Periodic::Unattended-Upgrade \"0\";", "0"},
		{"// APT::Periodic::Unattended-Upgrade \"1\";", NULL},
		{"# x\n/* APT::Periodic::Unattended-Upgrade \"1\"; */", NULL},
		{"APT::Periodic { Y \"1\"; } Unattended-Upgrade \"4\";", NULL},
		{"Dpkg::Post-Invoke {\"echo APT::Periodic::Unattended-Upgrade 1\";};", NULL},
		{"APT::Periodic::Unattended-Upgrade \"never closed", "never closed"},
		{"}}}}{{{{\"\";", NULL},
		{"", NULL},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *value = kh_apt_conf_get(cases[i].text, strlen(cases[i].text), name);
		if (!kh_streq(value, cases[i].value))
			fail_msg("case %zu: %s", i, value ? value : "nothing");
	}
}

static void dates(void **state)
{
	(void)state;
	static const struct {
		bool (*parse)(const char *, int64_t *);
		const char *text;
		int64_t moment_s; /* -1: no date */
	} cases[] = {
		{kh_date_mail, "Sat, 07 Sep 2024 09:42:05 UTC", 1725702125}, {kh_date_mail, "07 Sep 2024 09:42:05 +0700", 1725676925},
		{kh_date_mail, "05 Sep 2024 04-33 -0400", 1725525180},       {kh_date_mail, "7 Sep 2024", 1725667200},
		{kh_date_mail, "31 Feb 2024 00:00:00", -1},                  {kh_date_mail, "Sat, 07 Xxx 2024", -1},
		{kh_date_mail, "07 Sep 2024 25:00:00", -1},                  {kh_date_mail, "", -1},
		{kh_date_iso, "2024-09-07", 1725667200},                     {kh_date_iso, "<date>2024-09-07 01:02:03</date>", 1725670923},
		{kh_date_iso, "2024-09-07T09:42:05.123456", 1725702125},     {kh_date_iso, "2024-09-07T09:42:05+0700", 1725676925},
		{kh_date_iso, "2024-09-07_10-32-01", 1725705121},            {kh_date_iso, "2024-13-07", -1},
		{kh_date_iso, "2023-02-29", -1},                             {kh_date_iso, "2024-02-29", 1709164800},
		{kh_date_us, "09/07/2024", 1725667200},                      {kh_date_us, "13/07/2024", -1},
		{kh_date_compact, "20240907.003", 1725667200},               {kh_date_compact, "20240905T010203Z", 1725498123},
		{kh_date_compact, "2024090", -1},                            {kh_date_compact, "00000000", -1},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		int64_t moment_s = -1;
		bool good = cases[i].parse(cases[i].text, &moment_s);
		if (good != (cases[i].moment_s >= 0) || moment_s != cases[i].moment_s)
			fail_msg("%s: %lld", cases[i].text, (long long)moment_s);
	}
}

static int memory_file(const void *bytes, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	assert_true(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void damaged_and_empty_archives(void **state)
{
	(void)state;
	static const unsigned char cut_gzip[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 0x4c};
	kh_auto_fd int bad = memory_file(cut_gzip, sizeof cut_gzip), empty = memory_file("", 0);
	kh_auto_packed struct kh_packed *packed = NULL, *nothing = NULL;
	char bytes[64];
	size_t n = 0;
	int r = kh_packed_open(bad, &packed);
	if (r == 0)
		r = kh_packed_fill(packed, bytes, sizeof bytes, &n);
	assert_int_equal(r, KH_E_SYNTAX);
	assert_int_equal(kh_packed_open(empty, &nothing), 0);
	assert_int_equal(kh_packed_fill(nothing, bytes, sizeof bytes, &n), 0);
	assert_int_equal(n, 0);
}

KH_TESTS(lines_with_every_end, lines_have_limits, paragraphs, settings_in_three_forms, settings_of_several_files, apt_settings, dates, damaged_and_empty_archives)
