/* Every job comes back exactly once, whatever the workers do. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/test.h"
#include "base/time.h"
#include "sandbox/crew.h"

#include <signal.h>
#include <string.h>

/* A job is a character that the worker does (test-worker-echo.c): 'o' is answered, the others end it. */
struct seen {
	char *first; /* of the jobs */
	int answers[64];
	enum kh_crew_failure failures[64];
	int status[64];
	int failed[64];
	bool doubts; /* takes no answer for one */
};

static int start(void *context, struct kh_worker *ret)
{
	(void)context;
	return kh_worker_spawn(TEST_WORKER, NULL, ret);
}

static int tell(void *context, int sock, uint64_t id, void *job)
{
	(void)context;
	(void)id;
	return kh_ipc_send(sock, 1, job, 1, -1);
}

static int on_answer(void *context, uint64_t id, void *job, struct kh_ipc_message *m)
{
	struct seen *s = context;
	(void)id;
	if (s->doubts || m->type != 1)
		return kh_fail(KH_E_SYNTAX, "no answer");
	s->answers[(char *)job - s->first]++;
	return 0;
}

static void on_failure(void *context, void *job, enum kh_crew_failure failure, const struct kh_worker_end *end)
{
	struct seen *s = context;
	size_t i = (size_t)((char *)job - s->first);
	s->failed[i]++;
	s->failures[i] = failure;
	s->status[i] = end->signal ? -end->signal : end->status;
}

static void work(struct kh_crew *c)
{
	struct pollfd fds[KH_CREW_MAX];
	size_t n = kh_crew_poll(c, fds);
	assert_true(poll(fds, n, (int)KH_MIN(kh_crew_until(c) - kh_monotonic_ms(), INT64_C(10000))) >= 0);
	assert_int_equal(kh_crew_listen(c, fds), 0);
}

static struct seen run(char *jobs, size_t workers, bool doubts, uint64_t *ret_replaced)
{
	struct seen seen = {.first = jobs, .doubts = doubts};
	const struct kh_crew_options options = {.workers = workers, .queue = 4, .queue_bytes = 100, .job_ms = 300, .context = &seen,
						.start = start, .tell = tell, .on_answer = on_answer, .on_failure = on_failure};
	kh_auto_crew struct kh_crew *c = kh_crew_new(&options);
	assert_int_equal(kh_crew_start(c), 0);
	for (char *job = jobs; *job; job++)
		while (!kh_crew_offer(c, job, 10))
			work(c);
	while (kh_crew_busy(c) > 0)
		work(c);
	*ret_replaced = kh_crew_replaced(c);
	return seen;
}

static void answers_each_once(void **state)
{
	(void)state;
	char jobs[] = "oooooooooooooooooooooooooooooo";
	uint64_t replaced = 0;
	struct seen s = run(jobs, 3, false, &replaced);
	for (size_t i = 0; i < strlen(jobs); i++)
		assert_int_equal(s.answers[i], 1);
	assert_int_equal(replaced, 0);
}

static void what_waits_behind_a_failure_goes_on(void **state)
{
	(void)state;
	char jobs[] = "ooooaoooo7oooooohoooooo";
	static const struct {
		size_t at;
		enum kh_crew_failure failure;
		int status;
	} expected[] = {{4, KH_CREW_ENDED, -SIGABRT}, {9, KH_CREW_ENDED, 7}, {16, KH_CREW_LATE, 0}};
	uint64_t replaced = 0;
	for (size_t workers = 1; workers <= 2; workers++) {
		struct seen s = run(jobs, workers, false, &replaced);
		for (size_t i = 0; i < strlen(jobs); i++) {
			assert_int_equal(s.answers[i] + s.failed[i], 1);
			assert_int_equal(s.answers[i], jobs[i] == 'o');
		}
		for (size_t i = 0; i < KH_COUNT(expected); i++) {
			assert_int_equal(s.failures[expected[i].at], expected[i].failure);
			assert_int_equal(s.status[expected[i].at], expected[i].status);
		}
		assert_int_equal(replaced, KH_COUNT(expected));
	}
}

static void an_answer_that_is_none_costs_the_worker(void **state)
{
	(void)state;
	char jobs[] = "ooo";
	uint64_t replaced = 0;
	struct seen s = run(jobs, 1, true, &replaced);
	for (size_t i = 0; i < strlen(jobs); i++) {
		assert_int_equal(s.failed[i], 1);
		assert_int_equal(s.failures[i], KH_CREW_MALFORMED);
	}
	assert_int_equal(replaced, 3);
}

static void gives_ahead_by_bytes_and_gives_back(void **state)
{
	(void)state;
	char jobs[] = "hhhhhh";
	struct seen seen = {.first = jobs};
	const struct kh_crew_options options = {.workers = 1, .queue = 4, .queue_bytes = 100, .job_ms = 60000, .context = &seen,
						.start = start, .tell = tell, .on_answer = on_answer, .on_failure = on_failure};
	kh_auto_crew struct kh_crew *c = kh_crew_new(&options);
	assert_int_equal(kh_crew_start(c), 0);
	assert_true(kh_crew_offer(c, jobs, 1000));     /* alone it may be as large as it is */
	assert_false(kh_crew_offer(c, jobs + 1, 1));
	assert_ptr_equal(kh_crew_drop(c), jobs);
	for (int i = 0; i < 4; i++)
		assert_true(kh_crew_offer(c, jobs + i, 1));
	assert_false(kh_crew_offer(c, jobs + 4, 1));
	for (int i = 0; i < 4; i++)
		assert_non_null(kh_crew_drop(c));
	assert_null(kh_crew_drop(c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_each_once),
		cmocka_unit_test(what_waits_behind_a_failure_goes_on),
		cmocka_unit_test(an_answer_that_is_none_costs_the_worker),
		cmocka_unit_test(gives_ahead_by_bytes_and_gives_back),
	};
	return cmocka_run_group_tests_name("crew", tests, NULL, NULL);
}
