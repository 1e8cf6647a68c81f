#include "agent/link.h"
#include "agent/memory.h"
#include "base/alloc.h"
#include "base/str.h"
#include "base/test.h"
#include "os/file.h"

#include <stdlib.h>
#include <unistd.h>

static char dir[] = "/tmp/kh-memory-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	kh_auto_free char *file = kh_format("%s/memory.json", dir);
	unlink(file);
	return rmdir(dir);
}

static void comes_back_as_saved(void **state)
{
	(void)state;
	const struct kh_agent_memory in = {.machine = "machine=a\nmac=1\n", .first_scan_of = "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6", .orders_of = "f81d4fae-7dec-4d0a-a765-00a0c91e6bf7",
		.daily_scan_s = 5, .contact_s = 11, .facts_s = 12, .scan_s = 13, .quick_scan_s = 14, .full_scan_s = 15, .search_s = 17, .bundle = "ab", .bundle_made_s = 16, .refused_bundle = "cd", .last_order = 7, .open_orders = {6, 0, 7}, .clock_offset_ms = -3600000};
	struct kh_agent_memory out = {0};
	assert_int_equal(kh_agent_memory_save(dir, &in), 0);
	kh_agent_memory_load(dir, &out);
	assert_string_equal(out.machine, in.machine);
	assert_string_equal(out.first_scan_of, in.first_scan_of);
	assert_string_equal(out.orders_of, in.orders_of);
	assert_true(out.daily_scan_s == 5 && out.last_order == 7 && out.clock_offset_ms == -3600000);
	assert_true(out.quick_scan_s == 14 && out.full_scan_s == 15 && out.bundle_made_s == 16 && out.search_s == 17);
	assert_string_equal(out.bundle, "ab");
	assert_string_equal(out.refused_bundle, "cd");
	assert_true(out.contact_s == 11 && out.facts_s == 12 && out.scan_s == 13);
	assert_true(out.open_orders[0] == 6 && out.open_orders[1] == 7 && out.open_orders[2] == 0);
}

#define FILE_WITH(orders, offset) \
	"{\"first_scan_of\":\"\",\"orders_of\":\"\",\"daily_scan_s\":1,\"last_order\":1,\"open_orders\":" orders ",\"clock_offset_ms\":" offset "}"

#define SIXTEEN "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"

static void a_damaged_file_is_an_empty_memory(void **state)
{
	static const struct {
		const char *text;
		int64_t last_order;
	} cases[] = {
		{FILE_WITH("[]", "0"), 1},      {FILE_WITH("[" SIXTEEN "," SIXTEEN "," SIXTEEN "," SIXTEEN "," SIXTEEN ",1,2,3,4]", "0"), 0}, {FILE_WITH("[" SIXTEEN "," SIXTEEN "," SIXTEEN "," SIXTEEN "," SIXTEEN ",1,2,3]", "0"), 1},         {FILE_WITH("[]", "9223372036854775807"), 0}, {"{}", 0}, {"", 0}, {"{\"last_order\":", 0},
		{"{\"first_scan_of\":\"a much longer text than any endpoint ever has\",\"orders_of\":\"\"}", 0},
	};
	(void)state;
	kh_auto_free char *file = kh_format("%s/memory.json", dir);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_agent_memory out = {.last_order = 99};
		assert_int_equal(kh_file_replace(file, cases[i].text, strlen(cases[i].text), 0600), 0);
		kh_agent_memory_load(dir, &out);
		assert_int_equal(out.last_order, cases[i].last_order);
	}
	unlink(file);
	struct kh_agent_memory none = {.last_order = 99};
	kh_agent_memory_load(dir, &none);
	assert_int_equal(none.last_order, 0);
}

static void a_place_that_cannot_be_written_is_said(void **state)
{
	(void)state;
	const struct kh_agent_memory m = {0};
	assert_true(kh_agent_memory_save("/proc/none", &m) < 0);
}

KH_TESTS_WITH(make_dir, remove_dir, comes_back_as_saved, a_damaged_file_is_an_empty_memory, a_place_that_cannot_be_written_is_said)
