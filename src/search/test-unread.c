/* The list of files that could not be read: what a review at the server holds for. */
#include "base/alloc.h"
#include "base/limits.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "os/file.h"
#include "search/unread.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/khien-unread-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return kh_test_remove(dir);
}

static void write_file(const char *name, const char *text)
{
	kh_auto_free char *path = kh_format("%s/%s", dir, name);
	assert_int_equal(kh_file_replace(path, text, strlen(text), 0600), 0);
}

/* A search at that time, which could not read these; since when the newest is there. */
static int64_t searched(const char *const *names, bool to_the_end, int64_t now_s)
{
	kh_auto_unread struct kh_unread_list l = {0};
	int64_t since_s = -1;
	for (; *names; names++) {
		kh_auto_free char *path = kh_format("%s/%s", dir, *names);
		kh_unread_add(&l, path, "encrypted", true, now_s);
	}
	assert_int_equal(kh_unread_replace(dir, &l, to_the_end, now_s, &since_s), 0);
	return since_s;
}

static size_t listed(void)
{
	kh_auto_unread struct kh_unread_list l = {0};
	assert_int_equal(kh_unread_read(dir, &l), 0);
	return l.n;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(,) NULL})

static void a_file_that_stays_as_it_is_is_no_news(void **state)
{
	(void)state;
	struct stat st = {0};
	kh_auto_free char *path = kh_format("%s/unread.json", dir);
	write_file("b.zip", "1");
	write_file("a.zip", "1");
	assert_int_equal(searched(LIST(), true, 50), 0);
	assert_int_equal(searched(LIST("b.zip", "a.zip"), true, 100), 100);
	assert_int_equal(searched(LIST("a.zip", "b.zip"), true, 200), 100);
	assert_int_equal(searched(LIST("a.zip"), true, 300), 100);
	assert_int_equal(listed(), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void one_that_is_new_or_changed_is(void **state)
{
	(void)state;
	write_file("a.zip", "22");
	assert_int_equal(searched(LIST("a.zip"), true, 400), 400);
	write_file("c.zip", "1");
	assert_int_equal(searched(LIST("a.zip", "c.zip"), true, 500), 500);
	assert_int_equal(searched(LIST("a.zip", "c.zip"), true, 600), 500);
}

static void a_search_that_was_cut_short_forgets_nothing(void **state)
{
	(void)state;
	kh_auto_free char *gone = kh_format("%s/a.zip", dir);
	assert_int_equal(searched(LIST(), false, 700), 500);
	assert_int_equal(listed(), 2);
	assert_int_equal(unlink(gone), 0);
	assert_int_equal(searched(LIST(), false, 800), 500);
	assert_int_equal(listed(), 1);
	assert_int_equal(searched(LIST(), true, 900), 0);
	assert_int_equal(listed(), 0);
}

/* The second half of the disk fills the list, and the search ends before it comes to what the first one could not read. */
static void what_is_crowded_out_counts_as_new_too(void **state)
{
	(void)state;
	kh_auto_unread struct kh_unread_list l = {0};
	int64_t since_s = 0;
	write_file("d.zip", "1");
	assert_int_equal(searched(LIST("d.zip"), true, 970), 970);
	for (int i = 0; i < KH_UNREAD_MAX; i++) {
		char name[40];
		snprintf(name, sizeof name, "/nowhere/%d", i);
		kh_unread_add(&l, name, "too large", false, 980);
	}
	assert_int_equal(l.left_out, 0);
	assert_int_equal(kh_unread_replace(dir, &l, false, 990, &since_s), 0);
	assert_int_equal(l.left_out, 1);
	assert_int_equal(since_s, 990);
}

static void more_than_can_be_listed_are_always_new(void **state)
{
	(void)state;
	for (int64_t now_s = 1000; now_s <= 1001; now_s++) {
		kh_auto_unread struct kh_unread_list l = {0};
		int64_t since_s = 0;
		for (int i = 0; i <= KH_UNREAD_MAX; i++) {
			char name[40];
			snprintf(name, sizeof name, "/nowhere/%d", i);
			kh_unread_add(&l, name, "too large", false, now_s);
		}
		assert_int_equal(l.left_out, 1);
		assert_int_equal(kh_unread_replace(dir, &l, true, now_s, &since_s), 0);
		assert_int_equal(since_s, now_s);
	}
	write_file("unread.json", "{\"files\":[");
	assert_int_equal(searched(LIST("c.zip"), true, 1100), 1100); /* a damaged list */
}

/* Trees deeper than a path may be long are walked too. */
static void one_path_too_long_hides_no_other_file(void **state)
{
	(void)state;
	kh_auto_unread struct kh_unread_list l = {0}, back = {0};
	char path[KH_MAX_PATH + 1] = "/";
	int64_t since_s = 0;
	for (size_t i = 1; i < KH_MAX_PATH; i++)
		path[i] = i % 200 ? 'a' : '/';
	write_file("c.zip", "1");
	assert_int_equal(searched(LIST("c.zip"), true, 1200), 1200);
	kh_unread_add(&l, path, "encrypted", true, 1300);
	kh_unread_add(&l, "c.zip", "encrypted", true, 1300); /* not absolute */
	assert_int_equal(l.left_out, 2);
	path[KH_MAX_PATH - 1] = '\0';
	kh_unread_add(&l, path, "encrypted", true, 1300); /* the longest */
	assert_int_equal(kh_unread_replace(dir, &l, false, 1300, &since_s), 0);
	assert_int_equal(since_s, 1300);
	assert_int_equal(kh_unread_read(dir, &back), 0);
	assert_int_equal(back.n, 2);
	assert_int_equal(back.left_out, 2);
	assert_int_equal(searched(LIST(), false, 1400), 1400); /* cut short: they are there for all that is known */
	assert_int_equal(searched(LIST(), true, 1500), 0);
}

static void one_damaged_entry_hides_no_other(void **state)
{
	(void)state;
	kh_auto_unread struct kh_unread_list l = {0};
	write_file("unread.json", "{\"files\":[{\"path\":\"L2E=\",\"why\":\"too large\",\"encrypted\":false,\"size\":1,\"changed_ns\":1,\"since_s\":1},{},"
				  "{\"path\":\"YQ==\",\"why\":\"\",\"encrypted\":false,\"size\":1,\"changed_ns\":1,\"since_s\":1}]}");
	assert_int_equal(kh_unread_read(dir, &l), 0);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.v[0].path, "/a");
	assert_int_equal(l.left_out, 2);
}

KH_TESTS_WITH(set_up, tear_down, a_file_that_stays_as_it_is_is_no_news, one_that_is_new_or_changed_is, a_search_that_was_cut_short_forgets_nothing, what_is_crowded_out_counts_as_new_too, more_than_can_be_listed_are_always_new,
	      one_path_too_long_hides_no_other_file, one_damaged_entry_hides_no_other)
