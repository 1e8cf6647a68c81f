/* Keeping within a share: when it is asked for, and what comes of it. The numbers themselves are test-pace.c's. */
#include "base/test.h"
#include "scan/share.h"

static int wanted, asked;

static int percent_of(void *context)
{
	assert_ptr_equal(context, &wanted);
	asked++;
	return wanted;
}

static void without_a_share_nothing_waits(void **state)
{
	(void)state;
	struct kh_share s;
	kh_share_start(&s, NULL, NULL, 0);
	assert_int_equal(kh_share_wait_ms(&s, INT64_C(900000000000)), 0);
}

static void what_was_used_beyond_it_is_waited_for(void **state)
{
	(void)state;
	struct kh_share s;
	wanted = 50;
	asked = 0;
	kh_share_start(&s, percent_of, &wanted, 1000);
	assert_int_equal(kh_share_wait_ms(&s, 1000), 0);
	const int wait_ms = kh_share_wait_ms(&s, INT64_C(1000001000)); /* a second of it, at once */
	assert_in_range(wait_ms, 1000, 2001);
	assert_int_equal(asked, 1); /* not at each question */
}

static void a_share_of_nothing_is_asked_for_again(void **state)
{
	(void)state;
	struct kh_share s;
	wanted = 0;
	kh_share_start(&s, percent_of, &wanted, 0);
	assert_in_range(kh_share_wait_ms(&s, 0), 1, 1001);
	assert_true(kh_share_processors() > 0);
}

KH_TESTS(without_a_share_nothing_waits, what_was_used_beyond_it_is_waited_for, a_share_of_nothing_is_asked_for_again)
