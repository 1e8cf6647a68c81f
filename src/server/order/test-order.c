#include "server/order/order.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/test.h"

/* What its machine says of an order that was not done, in the reader's language; never words in another one. */
static void reasons_are_in_the_reader_s_language(void **state KH_UNUSED)
{
	static const struct {
		const char *result, *vi, *en;
	} cases[] = {
		{"{\"reason\":\"too many orders wait already\",\"error\":\"limit_reached\"}", "máy này đang có quá nhiều lệnh chờ làm", "too many orders wait already"},
		{"{\"reason\":\"order 7 has expired\",\"error\":\"forbidden\"}", "Không được phép làm việc này", "order 7 has expired"},
		{"{\"reason\":\"order 7 has expired\",\"error\":\"order_expired\"}", "Lệnh đã hết hạn", "order 7 has expired"},
		{"{\"reason\":\"the settings of this machine do not allow this order\",\"error\":\"forbidden\"}", "cấu hình của máy này không cho phép thực hiện lệnh này", "the settings of this machine do not allow this order"},
		{"{\"reason\":\"of an agent before this one\"}", NULL, "of an agent before this one"},
		{"{\"reason\":\"of a later one\",\"error\":\"not_known_here\"}", NULL, "of a later one"},
		{"{\"reason\":null,\"files\":3}", NULL, NULL},
		{"null", NULL, NULL},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_json json_t *result = json_loads(cases[i].result, JSON_DECODE_ANY, NULL);
		const char *const expected[] = {[KH_VI] = cases[i].vi, [KH_EN] = cases[i].en};
		for (enum kh_language l = KH_VI; l <= KH_EN; l++) {
			kh_language_use(l);
			kh_auto_free char *reason = kh_order_reason(result);
			if (!kh_streq(reason, expected[l]))
				fail_msg("case %zu: %s", i, reason ? reason : "nothing");
		}
	}
}

KH_TESTS(reasons_are_in_the_reader_s_language)
