#include "agent/backoff.h"
#include "agent/link.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"

static struct kh_link_config example_config(void)
{
	struct kh_link_config c = {
		.identity = {.endpoint = "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6", .server_pin = "pin", .order_key = {1, 2, 3}},
		.proxy = kh_strdup(""),
		.hostname = kh_strdup("máy-1"),
		.os = kh_strdup("Debian"),
		.machine = {.hex = "abc", .parts = kh_strdup("mac=1\n")},
		.is_copy = true,
		.clock_offset_ms = -5,
		.pinned = {.v = {{"192.0.2.9", 8443}, {"2001:db8::9", 8443}}, .n = 2},
		.uid = 7,
		.gid = 8,
	};
	c.identity.key_pem = kh_strdup("key");
	c.identity.unit_name = kh_strdup("Phường");
	return c;
}

static void config_comes_back(void **state)
{
	(void)state;
	struct kh_link_config in = example_config(), out = {0};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_config(&b, &in);
	assert_true(kh_link_get_config(b.data, b.len, &out));
	assert_string_equal(out.identity.endpoint, in.identity.endpoint);
	assert_string_equal(out.identity.unit_name, "Phường");
	assert_string_equal(out.identity.key_pem, "key");
	assert_string_equal(out.identity.certificate_pem, ""); /* NULL goes as "" */
	assert_string_equal(out.hostname, "máy-1");
	assert_string_equal(out.machine.parts, "mac=1\n");
	assert_true(out.is_copy && out.clock_offset_ms == -5 && out.uid == 7 && out.gid == 8);
	assert_memory_equal(&out.pinned, &in.pinned, sizeof in.pinned);
	kh_link_config_done(&out);
	kh_link_config_done(&in);
}

static void addresses_come_back_in_one_form_only(void **state)
{
	static const char *const wrong[] = {"server.example", "0.0.0.0", "::ffff:192.0.2.9", "2001:DB8::9", ""};
	(void)state;
	struct kh_peers in = {.v = {{"192.0.2.9", 8443}}, .n = 1}, out = {0};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_peers(&b, &in);
	assert_true(kh_link_get_peers(b.data, b.len, &out));
	assert_memory_equal(&out, &in, sizeof in);
	for (size_t i = 0; i < KH_COUNT(wrong); i++) {
		kh_auto_buf struct kh_buf bad = KH_BUF_INIT;
		snprintf(in.v[0].address, sizeof in.v[0].address, "%s", wrong[i]);
		kh_link_put_peers(&bad, &in);
		if (kh_link_get_peers(bad.data, bad.len, &out))
			fail_msg("taken: %s", wrong[i]);
	}
	in = (struct kh_peers){.v = {{"192.0.2.9", 8443}, {"192.0.2.9", 8443}}, .n = 2};
	kh_buf_reset(&b);
	kh_link_put_peers(&b, &in);
	assert_false(kh_link_get_peers(b.data, b.len, &out));
}

static void welcome_comes_back(void **state)
{
	(void)state;
	struct kh_link_welcome in = {.server_time_ms = 5, .last_seq = 6, .heartbeat_s = 60, .unit_code = "u", .unit_name = "Đơn vị", .role = "internal"}, out = {0};
	kh_array_push(&in.facts, ((struct kh_link_table){"os", "hash1"}));
	kh_array_push(&in.facts, ((struct kh_link_table){"ports", "hash2"}));
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_welcome(&b, &in);
	assert_true(kh_link_get_welcome(b.data, b.len, &out));
	assert_int_equal(out.facts.n, 2);
	assert_string_equal(out.facts.v[1].name, "ports");
	assert_string_equal(out.facts.v[1].hash, "hash2");
	assert_string_equal(out.role, "internal");
	kh_link_welcome_done(&in);
	kh_link_welcome_done(&out);
}

static void order_and_status_come_back(void **state)
{
	(void)state;
	struct kh_link_order order = {.id = 9, .signature = {1}, .text = kh_strdup("{}"), .len = 2}, order_back = {0};
	struct kh_link_status status = {.state = KH_LINK_STOPPED, .error = KH_E_CERTIFICATE_REVOKED, .detail = "x", .seccomp = true, .landlock_abi = 4}, status_back = {0};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_order(&b, &order);
	assert_true(kh_link_get_order(b.data, b.len, &order_back));
	assert_int_equal(order_back.id, 9);
	assert_int_equal(order_back.len, 2);
	kh_link_order_done(&order);
	kh_link_order_done(&order_back);
	kh_buf_reset(&b);
	kh_link_put_status(&b, &status);
	assert_true(kh_link_get_status(b.data, b.len, &status_back));
	assert_int_equal(status_back.error, KH_E_CERTIFICATE_REVOKED);
	assert_int_equal(status_back.state, KH_LINK_STOPPED);
	assert_true(status_back.seccomp && status_back.landlock_abi == 4 && !status_back.user_changed);
}

static void batch_carries_its_lines(void **state)
{
	(void)state;
	struct kh_link_batch in = {.epoch = 1, .first = 2, .last = 3}, out = {0};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	const char *lines = NULL;
	size_t len = 0;
	kh_link_put_batch(&b, &in);
	kh_buf_adds(&b, "{}\n{}\n");
	assert_true(kh_link_get_batch(b.data, b.len, &out, &lines, &len));
	assert_int_equal(out.last, 3);
	assert_int_equal(len, 6);
	assert_memory_equal(lines, "{}\n{}\n", 6);
	in.last = 1;
	kh_buf_reset(&b);
	kh_link_put_batch(&b, &in);
	assert_false(kh_link_get_batch(b.data, b.len, &out, &lines, &len));
}

/* Every message cut short anywhere, or with a byte more, is none. */
static void nothing_but_whole_messages(void **state)
{
	(void)state;
	struct kh_link_config config = example_config(), c = {0};
	struct kh_link_welcome welcome = {.role = "internal"}, w = {0};
	struct kh_link_order order = {.text = kh_strdup("{}"), .len = 2}, o = {0};
	struct kh_link_status status = {.detail = "x"}, s = {0};
	kh_array_push(&welcome.facts, ((struct kh_link_table){"os", "hash1"}));
	struct kh_buf b[4] = {0};
	kh_link_put_config(&b[0], &config);
	kh_link_put_welcome(&b[1], &welcome);
	kh_link_put_order(&b[2], &order);
	kh_link_put_status(&b[3], &status);
	for (size_t k = 0; k < KH_COUNT(b); k++)
		kh_buf_addc(&b[k], 'x');
	for (size_t n = 0; n <= b[0].len; n++)
		assert_true(n == b[0].len - 1 || !kh_link_get_config(b[0].data, n, &c));
	for (size_t n = 0; n <= b[1].len; n++)
		assert_true(n == b[1].len - 1 || !kh_link_get_welcome(b[1].data, n, &w));
	for (size_t n = 0; n <= b[2].len; n++)
		assert_true(n == b[2].len - 1 || !kh_link_get_order(b[2].data, n, &o));
	for (size_t n = 0; n <= b[3].len; n++)
		assert_true(n == b[3].len - 1 || !kh_link_get_status(b[3].data, n, &s));
	for (size_t k = 0; k < KH_COUNT(b); k++)
		kh_buf_done(&b[k]);
	kh_link_config_done(&config);
	kh_link_config_done(&c);
	kh_link_welcome_done(&welcome);
	kh_link_welcome_done(&w);
	kh_link_order_done(&order);
	kh_link_order_done(&o);
}

static void texts_are_texts(void **state)
{
	(void)state;
	struct kh_link_status status = {.detail = "a\xff"}, back = {0};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_status(&b, &status);
	assert_false(kh_link_get_status(b.data, b.len, &back));
}

static void waits_longer_and_longer(void **state)
{
	(void)state;
	struct kh_backoff b = {0};
	int64_t base = KH_BACKOFF_FIRST_MS;
	for (int i = 0; i < 20; i++) {
		int64_t wait = kh_backoff_fail(&b, 0);
		assert_true(wait >= base * 7 / 10 && wait <= base * 13 / 10);
		base = KH_MIN(base * 2, KH_BACKOFF_MAX_MS);
	}
	assert_true(kh_backoff_fail(&b, 10 * KH_BACKOFF_MAX_MS) <= KH_BACKOFF_MAX_MS * 13 / 10);
	kh_backoff_reset(&b);
	assert_true(kh_backoff_fail(&b, 0) <= 1300);
}

static void offers_and_fetches_come_back(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT, c = KH_BUF_INIT, bad = KH_BUF_INIT;
	struct kh_link_offer offer = {.bytes = 7, .made_s = 8}, offer_back = {0};
	const struct kh_link_fetch fetch = {.from = 9, .rate_kib = 512, .mirror = (char *)"https://m/x"};
	struct kh_link_fetch fetch_back = {0};
	memset(offer.sha256, 'a', 64);
	kh_link_put_offer(&b, &offer);
	assert_true(kh_link_get_offer(b.data, b.len, &offer_back));
	assert_string_equal(offer_back.sha256, offer.sha256);
	assert_true(offer_back.bytes == 7 && offer_back.made_s == 8);
	kh_link_put_fetch(&c, &fetch);
	assert_true(kh_link_get_fetch(c.data, c.len, &fetch_back));
	assert_true(fetch_back.from == 9 && fetch_back.rate_kib == 512);
	assert_string_equal(fetch_back.mirror, "https://m/x");
	kh_link_fetch_done(&fetch_back);
	offer.sha256[3] = '/'; /* it becomes part of a file's name */
	kh_link_put_offer(&bad, &offer);
	assert_false(kh_link_get_offer(bad.data, bad.len, &offer_back));
}

KH_TESTS(config_comes_back, addresses_come_back_in_one_form_only, offers_and_fetches_come_back, welcome_comes_back, order_and_status_come_back, batch_carries_its_lines, nothing_but_whole_messages, texts_are_texts,
	 waits_longer_and_longer)
