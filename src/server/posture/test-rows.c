#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "server/posture/posture.h"
#include "server/posture/reading.h"
#include "server/posture/rows.h"
#include "server/posture/test_synthetic.h"

static void expect_page(struct kh_db *db, const struct kh_scope *scope, const struct kh_row_question *q, const struct kh_row_list *all)
{
	kh_auto_rows struct kh_row_list page = {0};
	ok(kh_posture_rows(db, scope, q, &page, NULL));
	assert_int_equal(page.of.n, KH_MIN(q->limit, (int64_t)all->of.n > q->offset ? (int64_t)all->of.n - q->offset : 0));
	for (size_t i = 0; i < page.of.n; i++) {
		const struct kh_row *have = &page.of.v[i], *want = &all->of.v[(size_t)q->offset + i];
		assert_string_equal(kh_row_of(have), kh_row_of(want));
		assert_string_equal(have->subject, want->subject);
		assert_int_equal(have->answer, want->answer);
	}
}

/* Every row, page by page. */
static void collect(struct kh_db *db, const struct kh_scope *scope, struct kh_row_question q, struct kh_row_list *all, struct kh_counts *counted)
{
	size_t n = KH_MAX_ROWS;
	q.limit = KH_MAX_ROWS;
	for (q.offset = 0; n == KH_MAX_ROWS; q.offset += KH_MAX_ROWS) {
		struct kh_row_list page = {0};
		ok(kh_posture_rows(db, scope, &q, &page, counted));
		n = page.of.n;
		kh_array_each(&page.of, row)
			(void)kh_array_push(&all->of, *row);
		kh_array_done(&page.of);
	}
}

/* For every control and unit: as many rows as posture counts, worst first, and any page is a cut of the whole. */
static void test_rows(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = kh_test_synthetic(KH_TEST_MACHINES);
	kh_test_ask_all(db, KH_TEST_MACHINES);
	for (size_t c = 0; c < KH_CONTROLS_COUNT; c++)
		for (int64_t unit = 1; unit <= 4; unit++) {
			struct kh_scope scope = {unit};
			struct kh_row_question q = {.control = &kh_controls[c], .now_s = kh_now_s()};
			kh_auto_rows struct kh_row_list all = {0};
			struct kh_counts counted = {0}, seen = {0};
			struct kh_posture posture = {0};
			collect(db, &scope, q, &all, &counted);
			ok(kh_posture_read(db, unit, KH_TODAY, &posture));
			kh_array_each(&all.of, row)
				seen.of[row->answer]++;
			assert_true(kh_counts_equal(&counted, &posture.of[c]));
			assert_true(kh_counts_equal(&seen, &counted));
			q.limit = 3;
			for (q.offset = 0; q.offset < 9; q.offset += 2)
				expect_page(db, &scope, &q, &all);
		}
}

static void test_rows_chosen(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = kh_test_synthetic(KH_TEST_MACHINES);
	kh_test_ask_all(db, KH_TEST_MACHINES);
	struct kh_scope top = {1};
	struct kh_row_question q = {.control = kh_test_control("av_running"), .limit = 50, .now_s = kh_now_s(), .answers = 1u << KH_FAIL};
	kh_auto_rows struct kh_row_list failing = {0}, sample = {0}, one = {0}, named = {0};
	ok(kh_posture_rows(db, &top, &q, &failing, NULL));
	assert_true(failing.of.n > 0);
	kh_array_each(&failing.of, row) {
		assert_int_equal(row->answer, KH_FAIL);
		assert_string_equal(row->subject, row->hostname); /* the subject of this control is the machine */
	}
	q.limit = 1;
	ok(kh_posture_sample(db, &top, &q, &sample));
	assert_int_equal(sample.of.n, 1);
	q = (struct kh_row_question){.control = q.control, .limit = 50, .now_s = q.now_s, .endpoint_id = 5};
	ok(kh_posture_rows(db, &top, &q, &one, NULL));
	assert_int_equal(one.of.n, 1);
	assert_string_equal(one.of.v[0].hostname, "may-00005");
	q = (struct kh_row_question){.control = q.control, .limit = 50, .now_s = q.now_s, .name = "ay-0001"};
	ok(kh_posture_rows(db, &top, &q, &named, NULL)); /* may-00010, 11, 12 */
	assert_int_equal(named.of.n, 3);
}

static void test_like_escape(void **state)
{
	(void)state;
	kh_auto_free char *escaped = kh_like_escape("50%_a\\b");
	assert_string_equal(escaped, "50\\%\\_a\\\\b");
}

KH_TESTS(test_rows, test_rows_chosen, test_like_escape)
