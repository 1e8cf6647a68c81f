#include "agent/finds.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "os/file.h"

#define ME "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6"

static char dir[] = "/tmp/khien-finds-XXXXXX";
static const uint8_t one[KH_SHA256_SIZE] = {1}, two[KH_SHA256_SIZE] = {2};

static int make_dir(void **state KH_UNUSED)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state KH_UNUSED)
{
	return kh_test_remove(dir);
}

static void come_back_as_saved(void **state KH_UNUSED)
{
	kh_auto_finds struct kh_finds in = {.of = ME}, out = {0}, others = {0};
	char id[KH_UUID_SIZE];
	struct kh_find *find = kh_finds_add(&in, "/tmp/b\xff\n \"x", one);
	assert_non_null(find);
	memcpy(id, find->id, sizeof id);
	kh_find_settle(find, KH_FIND_LEFT, 1000, 600);
	assert_non_null(kh_finds_add(&in, "/tmp/c", two));
	assert_int_equal(kh_finds_save(dir, &in), 0);
	kh_finds_load(dir, ME, &out);
	assert_int_equal(out.n, 2);
	find = kh_finds_of(&out, "/tmp/b\xff\n \"x", one);
	assert_non_null(find);
	assert_string_equal(find->id, id);
	assert_int_equal(find->state, KH_FIND_LEFT);
	assert_int_equal(find->next_s, 1600);
	assert_null(kh_finds_of(&out, "/tmp/c", one));
	assert_ptr_equal(kh_finds_named(&out, id), find);
	kh_finds_load(dir, "11111111-7dec-4d0a-a765-00a0c91e6bf6", &others); /* enrolled anew: another server's */
	assert_int_equal(others.n, 0);
}

static void a_damaged_file_holds_none(void **state KH_UNUSED)
{
	static const char *const texts[] = {
		"", "{", "{}", "[]", "{\"of\":\"" ME "\",\"finds\":[7]}", "{\"of\":\"" ME "\",\"finds\":[{\"id\":\"x\"}]}",
		"{\"of\":\"" ME "\",\"finds\":[{\"id\":\"" ME "\",\"path\":\"cmVsYXRpdmU=\",\"sha256\":\"0101010101010101010101010101010101010101010101010101010101010101\",\"state\":\"left\",\"next_s\":1,\"wait_s\":1}]}",
		"{\"of\":\"" ME "\",\"finds\":[{\"id\":\"" ME "\",\"path\":\"L2E=\",\"sha256\":\"01\",\"state\":\"left\",\"next_s\":1,\"wait_s\":1}]}",
		"{\"of\":\"" ME "\",\"finds\":[{\"id\":\"" ME "\",\"path\":\"L2E=\",\"sha256\":\"0101010101010101010101010101010101010101010101010101010101010101\",\"state\":\"eaten\",\"next_s\":1,\"wait_s\":1}]}",
	};
	kh_auto_free char *path = kh_format("%s/finds.json", dir);
	for (size_t i = 0; i < KH_COUNT(texts); i++) {
		kh_auto_finds struct kh_finds f = {0};
		assert_int_equal(kh_file_replace(path, texts[i], strlen(texts[i]), 0600), 0);
		kh_finds_load(dir, ME, &f);
		assert_int_equal(f.n, 0);
		assert_string_equal(f.of, ME);
	}
}

static void places_are_looked_at_ever_more_rarely(void **state KH_UNUSED)
{
	kh_auto_finds struct kh_finds f = {.of = ME};
	struct kh_find *find = kh_finds_add(&f, "/a", one);
	static const int64_t waits[] = {600, 1200, 2400, 4800, 9600, 19200, 38400, 76800, 86400, 86400};
	assert_int_equal(kh_finds_next_s(&f), 0); /* found, and never looked at a second time */
	for (size_t i = 0; i < KH_COUNT(waits); i++) {
		kh_find_settle(find, KH_FIND_LEFT, 1000, 600);
		assert_int_equal(find->next_s, 1000 + waits[i]);
	}
	kh_find_settle(find, KH_FIND_QUARANTINED, 1000, 600);
	assert_int_equal(kh_finds_next_s(&f), 1600);
	kh_finds_remove(&f, find);
	assert_int_equal(kh_finds_next_s(&f), INT64_MAX);
}

static void there_is_a_most(void **state KH_UNUSED)
{
	kh_auto_finds struct kh_finds f = {.of = ME};
	kh_auto_free char *long_path = kh_alloc(100000);
	memset(long_path, '/', 99999);
	assert_null(kh_finds_add(&f, long_path, one));
	for (int i = 0; i < KH_FINDS_MAX; i++)
		assert_non_null(kh_finds_add(&f, "/a", one));
	assert_null(kh_finds_add(&f, "/a", one));
}

KH_TESTS_WITH(make_dir, remove_dir, come_back_as_saved, a_damaged_file_holds_none, places_are_looked_at_ever_more_rarely, there_is_a_most)
