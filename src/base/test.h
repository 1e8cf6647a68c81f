/* For tests only: cmocka with its headers in the order it wants, and a main.
 *
 *     KH_TESTS(one_case, another_case)
 */
#pragma once

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "base/attr.h"
#include "base/error.h"

/* A call that must succeed; where it does not, its error and detail are said. */
#define ok(expr)                                                                                  \
	do {                                                                                      \
		int r_ = (expr);                                                                  \
		if (r_ < 0)                                                                       \
			fail_msg("%s: %s: %s", #expr, kh_error_info(r_)->name, kh_fail_detail()); \
	} while (0)

/* Leaves the running case and says why it was not tried; tests/run.py counts it as skipped. (cmocka's own skip() is a failure in TAP.) */
#define KH_SKIP(why)                            \
	do {                                    \
		print_message("# SKIP %s\n", why); \
		return;                         \
	} while (0)

#define KH_TEST_1(f) cmocka_unit_test(f),
#define KH_TEST_FOR(f, ...) KH_TEST_1(f) __VA_OPT__(KH_TEST_AGAIN KH_TEST_PARENS (__VA_ARGS__))
#define KH_TEST_PARENS ()
#define KH_TEST_AGAIN() KH_TEST_FOR
#define KH_TEST_EXPAND(...) KH_TEST_EXPAND2(KH_TEST_EXPAND2(KH_TEST_EXPAND2(KH_TEST_EXPAND2(__VA_ARGS__))))
#define KH_TEST_EXPAND2(...) KH_TEST_EXPAND1(KH_TEST_EXPAND1(KH_TEST_EXPAND1(KH_TEST_EXPAND1(__VA_ARGS__))))
#define KH_TEST_EXPAND1(...) KH_TEST_EXPAND0(KH_TEST_EXPAND0(KH_TEST_EXPAND0(KH_TEST_EXPAND0(__VA_ARGS__))))
#define KH_TEST_EXPAND0(...) __VA_ARGS__

#define KH_TESTS_WITH(setup, teardown, ...)                                                                              \
	int main(void)                                                                                                   \
	{                                                                                                                \
		const struct CMUnitTest tests[] = {KH_TEST_EXPAND(KH_TEST_FOR(__VA_ARGS__))};                            \
		return cmocka_run_group_tests(tests, setup, teardown);                                                   \
	}
#define KH_TESTS(...) KH_TESTS_WITH(NULL, NULL, __VA_ARGS__)
