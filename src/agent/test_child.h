/* The child that the broker's tests start instead of a program: nothing runs, the test holds the other end.
 * The test is linked with -Wl,--wrap=kh_worker_spawn. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct test_child {
	const char *task; /* the only first argument that may be asked for */
	bool can_spawn;   /* otherwise KH_E_PERMISSION */
	size_t spawned;   /* how often it was asked for */
	int sock;         /* the test's end of the last one; -1: none */
};

extern struct test_child test_child;

/* None was asked for yet. */
void test_child_reset(const char *task, bool can_spawn);

/* It is dead, as the broker sees it. */
void test_child_end(void);
