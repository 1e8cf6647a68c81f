#include "scan/pace.h"

#include "base/test.h"

#define MS INT64_C(1000000)

/* One thread that works for work_ms at a time, then, for io_ms, waits for a disk; what it is told to wait, it waits. The share of a core it used, in percent. */
static int64_t share(int percent, int64_t work_ms, int64_t io_ms, int cores)
{
	struct kh_pace p;
	int64_t now = 5 * MS, used = 7 * MS, begin = now, begin_used = used;
	kh_pace_start(&p, now, used);
	while (now - begin < 600000 * MS) {
		now += kh_pace_wait_ns(&p, percent, now, used);
		now += (work_ms + io_ms) * MS;
		used += work_ms * MS * cores;
	}
	return (used - begin_used) * 100 / (now - begin);
}

static void test_the_share_is_kept(void **state KH_UNUSED)
{
	static const int percents[] = {1, 10, 25, 50, 75, 100};
	static const int64_t works[] = {1, 7, 100, 3000};
	for (size_t i = 0; i < KH_COUNT(percents); i++)
		for (size_t k = 0; k < KH_COUNT(works); k++) {
			int64_t got = share(percents[i], works[k], 0, 1);
			assert_in_range(got, percents[i] - 1, percents[i] + 1);
		}
	assert_in_range(share(150, 20, 0, 4), 148, 152);
	assert_in_range(share(300, 20, 0, 4), 297, 303);
}

static void test_a_slow_disk_is_not_made_up_for(void **state KH_UNUSED)
{
	struct kh_pace p;
	assert_int_equal(share(50, 10, 90, 1), 10);
	kh_pace_start(&p, 0, 0);
	assert_int_equal(kh_pace_wait_ns(&p, 50, 3600000 * MS, 0), 0); /* an hour of nothing */
	assert_int_equal(kh_pace_wait_ns(&p, 50, 3600000 * MS, 100 * MS), 0);
	assert_in_range(kh_pace_wait_ns(&p, 50, 3600000 * MS, 200 * MS), 199 * MS, 201 * MS);
}

static void test_none_at_all(void **state KH_UNUSED)
{
	struct kh_pace p;
	kh_pace_start(&p, 0, 0);
	for (int64_t s = 1; s < 100; s++)
		assert_int_equal(kh_pace_wait_ns(&p, 0, s * 1000 * MS, 0), KH_PACE_LOOK_NS);
	assert_int_equal(kh_pace_wait_ns(&p, 50, 100000 * MS, 0), 0);
	assert_in_range(kh_pace_wait_ns(&p, 50, 100000 * MS, 500 * MS), 1, 1001 * MS); /* what was not used meanwhile is not saved up */
}

KH_TESTS(test_the_share_is_kept, test_a_slow_disk_is_not_made_up_for, test_none_at_all)
