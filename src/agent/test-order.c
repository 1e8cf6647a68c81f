#include "agent/order.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "record/record.h"

#define ME "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6"
#define ORDER(id, kind, args, expires) "{\"id\":" #id ",\"endpoint\":\"" ME "\",\"kind\":\"" kind "\",\"args\":" args ",\"created_ms\":1,\"expires_ms\":" #expires "}"
#define NOW_MS 1000

static struct kh_sign_key key;
static struct kh_identity identity = {.endpoint = ME};
static char *below[] = {(char *)"/srv/", (char *)"/home", NULL};
static struct kh_agent_settings settings = {.orders_collect = true, .orders_scan = true, .orders_isolate = true, .orders_search = true, .orders_scan_below = below};

static int make_key(void **state)
{
	(void)state;
	kh_sign_key_create(&key);
	memcpy(identity.order_key, key.public, sizeof identity.order_key);
	return 0;
}

static int read_order(const char *text, const struct kh_agent_memory *memory, struct kh_order *ret)
{
	struct kh_link_order o = {.id = 5, .text = (char *)(uintptr_t)text, .len = strlen(text)};
	kh_sign(&key, text, o.len, o.signature);
	return kh_order_read(&o, &identity, memory, &settings, NOW_MS, ret);
}

static void orders_are_answered_as_they_should(void **state)
{
	static const struct {
		const char *text;
		int expected;
	} cases[] = {
		{ORDER(5, "collect", "{}", 1000), 0},
		{ORDER(5, "scan", "{\"scan\":\"quick\"}", 2000), 0},
		{ORDER(5, "scan", "{\"scan\":\"full\"}", 2000), 0},
		{ORDER(5, "scan", "{\"scan\":\"everything\"}", 2000), KH_E_FORBIDDEN},
		{ORDER(5, "scan", "{\"scan\":7}", 2000), KH_E_FORBIDDEN},
		{ORDER(5, "scan", "{\"scan\":\"full\",\"campaign\":\"2026-11.a_B\"}", 2000), 0},
		{ORDER(5, "scan", "{\"scan\":\"full\",\"campaign\":\"a b\"}", 2000), KH_E_FORBIDDEN},
		{ORDER(5, "scan", "{\"scan\":\"full\",\"campaign\":\"12345678901234567890123456789012345678901234567890123456789012345\"}", 2000), KH_E_FORBIDDEN},
		{ORDER(5, "scan", "{\"scan\":\"paths\",\"paths\":[\"/srv\",\"/home/an\"]}", 2000), 0},
		{ORDER(5, "scan", "{\"scan\":\"paths\",\"paths\":[\"/srv/a b*\"]}", 2000), 0},
		{ORDER(5, "scan", "{\"scan\":\"paths\"}", 2000), KH_E_FORBIDDEN},
		{ORDER(5, "scan", "{\"scan\":\"paths\",\"paths\":[]}", 2000), KH_E_FORBIDDEN},
		{ORDER(5, "scan", "{\"scan\":\"paths\",\"paths\":[\"/srv\",7]}", 2000), KH_E_FORBIDDEN},
		{ORDER(5, "scan", "{\"scan\":\"paths\",\"paths\":[\"srv\"]}", 2000), KH_E_FORBIDDEN},
		{ORDER(5, "scan", "{\"scan\":\"paths\",\"paths\":[\"/etc\"]}", 2000), KH_E_FORBIDDEN},
		{ORDER(5, "scan", "{\"scan\":\"paths\",\"paths\":[\"/srv/../etc\"]}", 2000), KH_E_FORBIDDEN},
		{ORDER(5, "scan", "{\"scan\":\"paths\",\"paths\":[\"/srv/..\"]}", 2000), KH_E_FORBIDDEN},
		{ORDER(5, "scan", "{\"scan\":\"paths\",\"paths\":[\"/srvx\"]}", 2000), KH_E_FORBIDDEN},
		{ORDER(5, "isolate", "{\"incident\":3}", 2000), 0},
		{ORDER(5, "release", "{\"incident\":3}", 2000), 0},
		{ORDER(5, "isolate", "{}", 999), KH_E_ORDER_EXPIRED},
		{ORDER(4, "release", "{}", 2000), KH_E_ORDER_REPEATED},
		{ORDER(5, "collect", "{}", 999), KH_E_ORDER_EXPIRED},
		{ORDER(5, "shell", "{}", 2000), KH_E_FORBIDDEN},
		{ORDER(4, "collect", "{}", 2000), KH_E_ORDER_REPEATED},
		{ORDER(3, "shell", "{}", 1), KH_E_ORDER_REPEATED},
		{"{\"id\":5,\"endpoint\":\"another\",\"kind\":\"collect\",\"expires_ms\":2000}", KH_E_ORDER_MISDIRECTED},
		{"{\"id\":5}", KH_E_FORBIDDEN},
		{"{\"id\":0}", KH_E_INVALID_FIELD},
		{"not json", KH_E_SYNTAX},
	};
	(void)state;
	const struct kh_agent_memory memory = {.last_order = 4};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_order order = {0};
		int r = read_order(cases[i].text, &memory, &order);
		if (r != cases[i].expected)
			fail_msg("%s: %s (%s)", cases[i].text, kh_error_info(r)->name, kh_fail_detail());
		if (kh_record_order_is_refusal(r))
			assert_int_equal(order.id, 5);
		kh_order_done(&order);
	}
}

static void what_is_to_be_done_is_read(void **state)
{
	(void)state;
	const struct kh_agent_memory memory = {0};
	struct kh_order order = {0};
	assert_int_equal(read_order(ORDER(9, "scan", "{\"scan\":\"full\"}", 2000), &memory, &order), 0);
	assert_true(order.id == 9 && order.kind == KH_ORDER_SCAN && order.extent == KH_ORDER_FULL && !order.campaign[0]);
	assert_int_equal(read_order(ORDER(9, "scan", "{}", 2000), &memory, &order), 0);
	assert_int_equal(order.extent, KH_ORDER_QUICK);
	assert_int_equal(read_order(ORDER(9, "scan", "{\"scan\":\"paths\",\"paths\":[\"/srv/a\",\"/home\"],\"campaign\":\"thang-11\"}", 2000), &memory, &order), 0);
	assert_string_equal(order.paths[0], "/srv/a");
	assert_string_equal(order.paths[1], "/home");
	assert_null(order.paths[2]);
	assert_string_equal(order.campaign, "thang-11");
	kh_order_done(&order);
	assert_int_equal(read_order(ORDER(9, "search", "{}", 2000), &memory, &order), 0);
	assert_int_equal(order.kind, KH_ORDER_SEARCH);
}

static void a_changed_byte_or_another_key_is_no_order(void **state)
{
	(void)state;
	const struct kh_agent_memory memory = {0};
	char text[] = ORDER(5, "collect", "{}", 2000);
	struct kh_link_order o = {.id = 5, .text = text, .len = strlen(text)};
	struct kh_order order = {0};
	kh_sign(&key, text, o.len, o.signature);
	text[6] = '6';
	assert_int_equal(kh_order_read(&o, &identity, &memory, &settings, NOW_MS, &order), KH_E_SIGNATURE_INVALID);
	text[6] = '5';
	o.signature[0] ^= 1;
	assert_int_equal(kh_order_read(&o, &identity, &memory, &settings, NOW_MS, &order), KH_E_SIGNATURE_INVALID);
	assert_int_equal(order.id, 0);
}

static void the_settings_have_the_last_word(void **state)
{
	(void)state;
	const struct kh_agent_memory memory = {0};
	struct kh_order order = {0};
	settings.orders_search = false;
	assert_int_equal(read_order(ORDER(5, "search", "{}", 2000), &memory, &order), KH_E_FORBIDDEN);
	settings.orders_search = true;
	settings.orders_scan = false;
	assert_int_equal(read_order(ORDER(5, "scan", "{}", 2000), &memory, &order), KH_E_FORBIDDEN);
	assert_int_equal(read_order(ORDER(5, "collect", "{}", 2000), &memory, &order), 0);
	settings.orders_scan = true;
	settings.orders_isolate = false;
	assert_int_equal(read_order(ORDER(5, "isolate", "{}", 2000), &memory, &order), KH_E_FORBIDDEN);
	assert_int_equal(read_order(ORDER(5, "release", "{}", 2000), &memory, &order), 0); /* never refused */
	assert_int_equal(order.kind, KH_ORDER_RELEASE);
	settings.orders_isolate = true;
}

KH_TESTS_WITH(make_key, NULL, orders_are_answered_as_they_should, what_is_to_be_done_is_read, a_changed_byte_or_another_key_is_no_order, the_settings_have_the_last_word)
