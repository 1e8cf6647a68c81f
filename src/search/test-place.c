#include "base/alloc.h"
#include "base/test.h"
#include "search/place.h"

static void by_the_path(void **state)
{
	(void)state;
	static const struct {
		const char *path, *place;
	} cases[] = {
		{"/home/lan/Documents/a.doc", "documents"}, {"/home/lan/Tài liệu/2026/a.doc", "documents"}, {"/home/lan/Desktop/a.doc", "desktop"}, {"/home/lan/Màn hình nền/a.doc", "desktop"},
		{"/home/lan/Downloads/x/a.zip", "downloads"}, {"/home/lan/Tải xuống/a.doc", "downloads"}, {"/home/lan/.thunderbird/x.default/Mail/Inbox", "mail"}, {"/var/mail/lan", "mail"},
		{"/media/lan/USB/Documents/a.doc", "removable"}, {"/run/media/lan/USB/a.doc", "removable"}, {"/srv/chung/a.doc", "share"}, {"/srv/chung/Documents/a.doc", "documents"}, {"/tmp/a.doc", "system"},
		{"/var/backups/a.doc", "system"}, {"/home/lan/Desktop/Documents/a.doc", "documents"}, {"/home/lan/a.doc", "other"}, {"/home/lan/Documents", "other"}, {"/a.doc", "other"}, {"a.doc", "other"}, {"", "other"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_string_equal(kh_search_place_name(kh_search_place_of(cases[i].path, NULL)), cases[i].place);
}

static void by_the_file_system(void **state)
{
	(void)state;
	struct kh_mounted v[] = {
		{.path = (char[]){"/"}, .type = (char[]){"ext4"}, .whole = true}, {.path = (char[]){"/home/lan/chung"}, .type = (char[]){"cifs"}, .whole = true}, {.path = (char[]){"/mnt/kho"}, .type = (char[]){"nfs4"}, .whole = true}};
	const struct kh_mounted_list mounts = {v, KH_COUNT(v), KH_COUNT(v)};
	assert_int_equal(kh_search_place_of("/home/lan/chung/Documents/a.doc", &mounts), KH_PLACE_SHARE);
	assert_int_equal(kh_search_place_of("/mnt/kho/a.doc", &mounts), KH_PLACE_SHARE);
	assert_int_equal(kh_search_place_of("/mnt/khoa/a.doc", &mounts), KH_PLACE_OTHER);
	assert_int_equal(kh_search_place_of("/home/lan/Documents/a.doc", &mounts), KH_PLACE_DOCUMENTS);
}

static void names_are_read_back(void **state)
{
	(void)state;
	enum kh_search_place p = KH_PLACE_OTHER;
	for (int i = 0; i < KH_PLACES; i++) {
		assert_true(kh_search_place_named(kh_search_place_name((enum kh_search_place)i), &p));
		assert_int_equal(p, i);
	}
	assert_false(kh_search_place_named("home", &p));
}

static void names_that_a_medium_can_have(void **state)
{
	(void)state;
	static const char *const cases[][2] = {{"Báo cáo 12.doc", "Báo cáo 12.doc"}, {"a:b*c?.doc", "a_b_c_.doc"}, {"kế hoạch.", "kế hoạch_"}, {"x ", "x_"}, {"aux.doc", "au_.doc"}, {"CON", "CO_"}, {"com1.txt", "co_1.txt"},
					       {"com.txt", "com.txt"}, {"lpt0", "lpt0"}, {"console.log", "console.log"}, {"LPT9", "LP_9"}, {"com12", "com12"}, {"nul", "nu_"},
					       {"CON .txt", "CO_ .txt"}, {"com3  .tar.gz", "co_3  .tar.gz"}, {"COM¹", "CO_¹"}, {"lpt³.doc", "lp_³.doc"}, {"com⁴", "com⁴"}, {"CONIN$", "CO_IN$"}, {"conout$ .log", "co_out$ .log"},
					       {"con a.txt", "con a.txt"}, {"conin", "conin"}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *name = kh_search_name_for_medium(cases[i][0]);
		assert_string_equal(name, cases[i][1]);
	}
}

KH_TESTS(by_the_path, by_the_file_system, names_are_read_back, names_that_a_medium_can_have)
