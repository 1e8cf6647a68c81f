#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "content/set.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void knows_good_names(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool good;
	} cases[] = {{"a", true}, {"a/b.yar", true}, {"...", true}, {".a/..b", true}, {"tên/tệp.yar", true}, {"", false}, {"/a", false}, {"a/", false},
		     {"a//b", false}, {".", false}, {"..", false}, {"a/../b", false}, {"a/.", false}, {"a\nb", false}};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		if (kh_content_name_good(cases[i].name) != cases[i].good)
			fail_msg("\"%s\"", cases[i].name);
	char longest[KH_CONTENT_MAX_NAME + 2] = "";
	memset(longest, 'a', KH_CONTENT_MAX_NAME);
	assert_true(kh_content_name_good(longest));
	longest[KH_CONTENT_MAX_NAME] = 'a';
	assert_false(kh_content_name_good(longest));
}

static void add(struct kh_content_set *set, const char *name, const char *origin, int64_t made_s)
{
	const struct kh_content_file f = {.name = (char *)(uintptr_t)name, .origin = (char *)(uintptr_t)origin, .size = 5, .made_s = made_s};
	kh_content_set_add(set, &f);
}

static void keeps_files_by_name(void **state)
{
	(void)state;
	kh_auto_content_set struct kh_content_set set = {0};
	add(&set, "b/x", "b", 3);
	add(&set, "a", "a", 1);
	add(&set, "b/w", "b", 2);
	add(&set, "a", "a", 4);
	assert_int_equal(set.files.n, 3);
	assert_string_equal(set.files.v[1].name, "b/w");
	assert_int_equal(kh_content_set_find(&set, "a")->made_s, 4);
	assert_int_equal(kh_content_set_newest_s(&set, ""), 4);
	assert_int_equal(kh_content_set_newest_s(&set, "a"), 3);
	assert_null(kh_content_set_find(&set, "b"));
	assert_int_equal(kh_content_set_remove(&set, "b"), 2);
	assert_int_equal(kh_content_set_remove(&set, "b"), 0);
	assert_int_equal(set.files.n, 1);
	assert_true(kh_content_set_state(&set, "khien", 1).imported);
	assert_false(kh_content_set_state(&set, "a", 1).imported);
}

static void reads_what_it_wrote(void **state)
{
	(void)state;
	kh_auto_content_set struct kh_content_set set = {.made_s = 10, .bundle_made_s = 9, .compiled_bytes = 77, .info = {1, 2, 3}}, read = {0};
	memset(set.compiled_sha256, 0xab, 32);
	add(&set, "b/x", "b", 3);
	add(&set, "a", "a", 1);
	kh_rule_problems_add(&set.problems, "b/x", NULL, 4, "không đọc được");
	kh_rule_problems_add(&set.problems, "b/x", "rule", 0, "wrong");
	set.problems.more = 5;
	kh_auto_free char *text = kh_content_set_text(&set);
	assert_int_equal(kh_content_set_parse(text, strlen(text), &read), 0);
	kh_auto_free char *again = kh_content_set_text(&read);
	assert_string_equal(text, again);
	assert_true(kh_content_set_same(&set, &read));
	assert_int_equal(kh_content_set_state(&read, "", 1).left_out, 7);
	read.files.v[0].sha256[31] ^= 1;
	assert_false(kh_content_set_same(&set, &read));
}

static void refuses_wrong_texts(void **state)
{
	(void)state;
#define SET(v, files) "{\"v\":" v ",\"made_s\":1,\"bundle_made_s\":0,\"yara_rules\":1,\"clamav_signatures\":1,\"hashes\":1,\"compiled_bytes\":1,\"compiled_sha256\":\"" HASH "\",\"files\":" files ",\"problems\":[],\"more_problems\":0}"
#define FILE_OF(name, origin, hash, size) "{\"name\":\"" name "\",\"origin\":\"" origin "\",\"sha256\":\"" hash "\",\"size\":" size ",\"imported_s\":1,\"made_s\":1}"
	static const struct {
		const char *text;
		int error;
	} cases[] = {
		{SET("1", "[]"), 0},
		{SET("1", "[" FILE_OF("a/b", "a", HASH, "1") "]"), 0},
		{SET("2", "[]"), KH_E_NOT_SUPPORTED},
		{SET("1", "{}"), KH_E_SYNTAX},
		{SET("1", "[1]"), KH_E_SYNTAX},
		{SET("1", "[" FILE_OF("a/../b", "a", HASH, "1") "]"), KH_E_SYNTAX},
		{SET("1", "[" FILE_OF("ab", "a", HASH, "1") "]"), KH_E_SYNTAX},
		{SET("1", "[" FILE_OF("/a", "/a", HASH, "1") "]"), KH_E_SYNTAX},
		{SET("1", "[" FILE_OF("a", "a", "00", "1") "]"), KH_E_SYNTAX},
		{SET("1", "[" FILE_OF("a", "a", HASH, "-1") "]"), KH_E_SYNTAX},
		{SET("1", "[" FILE_OF("a", "a", HASH, "4294967297") "]"), KH_E_SYNTAX},
		{"{}", KH_E_SYNTAX},
		{"", KH_E_SYNTAX},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_content_set struct kh_content_set set = {0};
		int r = kh_content_set_parse(cases[i].text, strlen(cases[i].text), &set);
		if (r != cases[i].error)
			fail_msg("case %zu: %d (%s)", i, r, kh_fail_detail());
	}
}

/* What came with the program is not imported, nor is what is of no use. */
static void knows_what_was_imported(void **state)
{
	(void)state;
	kh_auto_content_set struct kh_content_set set = {.info = {.yara_rules = 5}};
	kh_content_set_add(&set, &(struct kh_content_file){.name = (char *)"khien/eicar.yar", .origin = (char *)"khien"});
	assert_false(kh_content_set_state(&set, "khien", 1).imported);
	kh_content_set_add(&set, &(struct kh_content_file){.name = (char *)"a.yar", .origin = (char *)"a.yar"});
	kh_rule_problems_add(&set.problems, "a.yar", "rule", 7, "wrong");
	assert_true(kh_content_set_state(&set, "khien", 1).imported);
	kh_rule_problems_add(&set.problems, "a.yar", NULL, 0, "nothing in it can be used");
	assert_false(kh_content_set_state(&set, "khien", 1).imported);
	kh_content_set_add(&set, &(struct kh_content_file){.name = (char *)"b.hdb", .origin = (char *)"b.hdb"});
	assert_true(kh_content_set_state(&set, "khien", 1).imported);
}

KH_TESTS(knows_good_names, knows_what_was_imported, keeps_files_by_name, reads_what_it_wrote, refuses_wrong_texts)
