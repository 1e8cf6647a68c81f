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

KH_TESTS(by_the_path, by_the_file_system, names_are_read_back)
