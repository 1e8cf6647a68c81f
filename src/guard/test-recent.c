#include "guard/recent.h"

#include "base/test.h"
#include "guard/delays.h"

static struct kh_file_state file(uint64_t inode)
{
	return (struct kh_file_state){.device = 64769, .inode = inode, .size = 100, .mtime_ns = 5, .ctime_ns = 7};
}

static void a_state_is_known_and_no_other(void **state)
{
	struct kh_recent *k = kh_recent_new();
	struct kh_file_state a = file(1), changed[] = {a, a, a, a, a};
	(void)state;
	assert_int_equal(kh_recent_find(k, &a), KH_RECENT_NOT);
	kh_recent_add(k, &a, KH_RECENT_CLEAN);
	assert_int_equal(kh_recent_find(k, &a), KH_RECENT_CLEAN);
	changed[0].device++, changed[1].inode++, changed[2].size++, changed[3].mtime_ns++, changed[4].ctime_ns++;
	for (size_t i = 0; i < KH_COUNT(changed); i++)
		assert_int_equal(kh_recent_find(k, &changed[i]), KH_RECENT_NOT);
	kh_recent_add(k, &changed[4], KH_RECENT_INFECTED); /* the file now: what it was is forgotten */
	assert_int_equal(kh_recent_find(k, &changed[4]), KH_RECENT_INFECTED);
	assert_int_equal(kh_recent_find(k, &a), KH_RECENT_NOT);
	kh_recent_drop(k, &changed[4]);
	assert_int_equal(kh_recent_find(k, &changed[4]), KH_RECENT_NOT);
	kh_recent_add(k, &a, KH_RECENT_BAD_HASH);
	kh_recent_forget(k);
	assert_int_equal(kh_recent_find(k, &a), KH_RECENT_NOT);
	kh_recent_free(k);
}

static void the_oldest_give_way(void **state)
{
	struct kh_recent *k = kh_recent_new();
	unsigned kept = 0, last = 0;
	enum { MANY = 200000, LAST = 1000 };
	(void)state;
	for (uint64_t i = 0; i < MANY; i++) {
		struct kh_file_state s = file(i);
		kh_recent_add(k, &s, KH_RECENT_CLEAN);
	}
	for (uint64_t i = 0; i < MANY; i++) {
		struct kh_file_state s = file(i);
		bool found = kh_recent_find(k, &s) == KH_RECENT_CLEAN;
		kept += found;
		last += found && i >= MANY - LAST;
	}
	assert_in_range(kept, 8000, 16384);
	assert_true(last > LAST * 9 / 10);
	kh_recent_free(k);
}

static void one_report_an_hour(void **state)
{
	struct kh_recent *k = kh_recent_new();
	struct kh_file_state a = file(1), b = file(2), changed = a;
	(void)state;
	changed.ctime_ns++;
	assert_true(kh_recent_report(k, &a, 1000));
	assert_false(kh_recent_report(k, &a, 1001));
	assert_true(kh_recent_report(k, &b, 1002));
	assert_true(kh_recent_report(k, &changed, 1003));
	assert_false(kh_recent_report(k, &a, 999 + KH_RECENT_REPORT_MS));
	assert_true(kh_recent_report(k, &a, 1000 + KH_RECENT_REPORT_MS));
	kh_recent_free(k);
}

static void delays_by_their_shares(void **state)
{
	struct kh_delays d = {0};
	(void)state;
	assert_true(kh_delays_us(&d, 500) == 0);
	for (int i = 0; i < 980; i++)
		kh_delays_add(&d, 10000);
	for (int i = 0; i < 20; i++)
		kh_delays_add(&d, INT64_C(5000000));
	assert_true(kh_delays_us(&d, 500) >= 10 && kh_delays_us(&d, 500) <= 12);
	assert_true(kh_delays_us(&d, 950) <= 12);
	assert_true(kh_delays_us(&d, 990) >= 5000 && kh_delays_us(&d, 990) <= 6000);
	kh_delays_add(&d, INT64_MAX);
	kh_delays_add(&d, 0);
	assert_int_equal(d.n, 1002);
	assert_int_equal(d.max_ns, INT64_MAX);
}

KH_TESTS(a_state_is_known_and_no_other, the_oldest_give_way, one_report_an_hour, delays_by_their_shares)
