#include "guard/places.h"

#include "base/test.h"

static const char *const places[] = {"/home/*/Downloads", "/media", "/srv/chia se", NULL};

static void a_place_and_what_is_below_it(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		bool held;
	} table[] = {
		{"/home/lan/Downloads/a.zip", true},   {"/home/lan/Downloads", true},   {"/home/lan/Downloads/x/y/z", true}, {"/media/lan/USB/a", true},
		{"/media", true},                      {"/srv/chia se/a", true},        {"/home/lan/Downloads2/a", false},   {"/home/lan/a", false},
		{"/home/Downloads/a", false},          {"/mediax/a", false},            {"/srv/chia", false},                {"/", false},
		{"/home/lan/x/Downloads/a", false},    {"", false},                     {"/home//lan///Downloads//a", true},
	};
	for (size_t i = 0; i < KH_COUNT(table); i++)
		assert_int_equal(kh_places_hold(places, table[i].path), table[i].held);
	assert_false(kh_places_hold(NULL, "/media"));
}

static void a_name_longer_than_any_matches_nothing(void **state)
{
	char path[600] = "/home/";
	(void)state;
	memset(path + 6, 'x', 300);
	memcpy(path + 306, "/Downloads/a", 13);
	assert_false(kh_places_hold(places, path));
}

static void file_systems_at_above_and_below(void **state)
{
	(void)state;
	static const struct {
		const char *point;
		bool meets;
	} table[] = {
		{"/", true}, {"/home", true}, {"/home/lan", true}, {"/home/lan/Downloads", true}, {"/home/lan/Downloads/iso", true}, {"/media/lan/USB", true},
		{"/var", false}, {"/home/lan/Pictures", false}, {"/srv", true}, {"/srv/other", false},
	};
	for (size_t i = 0; i < KH_COUNT(table); i++)
		assert_int_equal(kh_places_meet(places, table[i].point), table[i].meets);
}

static void the_nearest_file_system_holds_a_place(void **state)
{
	(void)state;
	assert_true(kh_places_hidden("/home/*/Downloads", "/", "/home"));
	assert_false(kh_places_hidden("/home/*/Downloads", "/", "/home/lan")); /* the other homes are still there */
	assert_false(kh_places_hidden("/home/*/Downloads", "/home", "/"));
	assert_true(kh_places_hidden("/media", "/", "/media"));
	assert_false(kh_places_hidden("/media", "/media", "/media/lan/USB"));
	assert_false(kh_places_hidden("/media", "/", "/med"));
	assert_false(kh_places_hidden("/home*/x", "/", "/home"));
}

KH_TESTS(a_place_and_what_is_below_it, a_name_longer_than_any_matches_nothing, file_systems_at_above_and_below, the_nearest_file_system_holds_a_place)
