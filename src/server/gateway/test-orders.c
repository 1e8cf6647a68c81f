/* What the server gives to agents: signed orders, held back until there is one, and content. */
#include "server/gateway/test_agent.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/base64.h"
#include "os/file.h"
#include "server/endpoint/endpoint.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

/* ---- orders ---- */

static int give_order(struct kh_db *db, void *arg)
{
	int64_t id = 0;
	kh_auto_json json_t *args = json_pack("{s:s}", "scan", "quick");
	return kh_order_create(db, &(struct kh_order_new){.endpoint_id = *(int64_t *)arg, .kind = "scan", .args = args}, "admin", kh_now_s(), &id);
}

static int poll_orders(struct agent *a, int64_t after, int wait_s)
{
	kh_auto_free char *path = kh_format("/agent/v1/orders?after=%lld&wait=%d", (long long)after, wait_s);
	return call(a, &(struct kh_http_call){.path = path});
}

static size_t orders_got(const struct agent *a)
{
	return json_array_size(json_object_get(a->json, "orders"));
}

static void hands_out_signed_orders(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w);
	int64_t endpoint = 1;
	enroll(&a, PRINT_A);
	assert_int_equal(poll_orders(&a, 0, 0), 0);
	assert_int_equal(orders_got(&a), 0);
	assert_int_equal(kh_store_write(w->t->store, give_order, &endpoint), 0);
	assert_int_equal(poll_orders(&a, 0, 300), 0);
	assert_int_equal(orders_got(&a), 1);
	const json_t *item = json_array_get(json_object_get(a.json, "orders"), 0);
	char text[1024] = {0};
	uint8_t signature[KH_SIGNATURE_SIZE];
	size_t n = 0, signature_n = 0;
	assert_true(kh_base64_read(json_string_value(json_object_get(item, "order")), text, sizeof text - 1, &n));
	assert_true(kh_base64_read(json_string_value(json_object_get(item, "signature")), signature, sizeof signature, &signature_n));
	assert_true(kh_sign_verify(w->order_key.public, text, n, signature));
	kh_auto_free char *expected = kh_format("{\"id\":1,\"endpoint\":\"%s\",\"kind\":\"scan\",\"args\":{\"scan\":\"quick\"},\"created_ms\":", a.uid);
	assert_true(kh_starts_with(text, expected));
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM endpoint_order WHERE state = 'sent' AND sent_s IS NOT NULL"), 1);
	assert_int_equal(poll_orders(&a, 0, 0), 0); /* the answer was lost: again */
	assert_int_equal(orders_got(&a), 1);
	assert_int_equal(poll_orders(&a, 1, 0), 0);
	assert_int_equal(orders_got(&a), 0);
	kh_test_sql(w->t, "UPDATE endpoint_order SET expires_s = 1");
	assert_int_equal(poll_orders(&a, 0, 0), 0);
	assert_int_equal(orders_got(&a), 0);
	assert_int_equal(poll_orders(&a, -1, 0), KH_E_INVALID_FIELD);
	assert_int_equal(poll_orders(&a, 0, 301), KH_E_INVALID_FIELD);
	endpoint = 99;
	assert_int_equal(kh_store_write(w->t->store, give_order, &endpoint), KH_E_NOT_FOUND);
}

struct polling {
	struct agent *agent;
	int wait_s, result;
	int64_t took_ms;
	enum kh_language language;
	char detail[256];
};

static void *poll_in_thread(void *arg)
{
	struct polling *p = arg;
	int64_t start = kh_monotonic_ms();
	kh_language_use(p->language);
	p->result = poll_orders(p->agent, 0, p->wait_s);
	snprintf(p->detail, sizeof p->detail, "%s", kh_fail_detail());
	p->took_ms = kh_monotonic_ms() - start;
	return NULL;
}

static void wait_until_waiting(struct world *w, int64_t n)
{
	struct kh_gateway_counts counts = {0};
	while (kh_gateway_count(w->gateway, &counts), counts.waiting != n)
		usleep(1000);
}

static int revoke_first(struct kh_db *db, void *arg)
{
	int64_t certificates = 0;
	(void)arg;
	return kh_endpoint_revoke(db, 1, NULL, "admin", kh_now_s(), &certificates);
}

static void wakes_the_one_who_waits(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w), b = new_agent(w);
	pthread_t threads[2];
	int64_t endpoint = 1;
	enroll(&a, PRINT_A);
	enroll(&b, PRINT_B);
	struct polling of_a = {&a, 20, 1}, of_b = {&b, 2, 1};
	pthread_create(&threads[0], NULL, poll_in_thread, &of_a);
	pthread_create(&threads[1], NULL, poll_in_thread, &of_b);
	wait_until_waiting(w, 2);
	assert_int_equal(kh_store_write(w->t->store, give_order, &endpoint), 0);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert_int_equal(of_a.result, 0);
	assert_int_equal(orders_got(&a), 1);
	assert_true(of_a.took_ms < 15000);
	assert_int_equal(of_b.result, 0);
	assert_int_equal(orders_got(&b), 0); /* its time was over */
	assert_true(of_b.took_ms >= 1900);
}

static void ends_the_wait_of_a_revoked_machine(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w), b = new_agent(w);
	pthread_t threads[2];
	int64_t end_ms = 0;
	enroll(&a, PRINT_A);
	enroll(&b, PRINT_B);
	struct polling of_a = {&a, 60, 1, .language = KH_VI}, of_b = {&b, 4, 1};
	pthread_create(&threads[0], NULL, poll_in_thread, &of_a);
	pthread_create(&threads[1], NULL, poll_in_thread, &of_b);
	wait_until_waiting(w, 2);
	end_ms = kh_monotonic_ms();
	assert_int_equal(kh_store_write(w->t->store, revoke_first, NULL), 0);
	pthread_join(threads[0], NULL);
	assert_int_equal(of_a.result, KH_E_CERTIFICATE_REVOKED);
	assert_non_null(strstr(of_a.detail, "đã bị thu hồi quyền kết nối"));
	assert_true(kh_monotonic_ms() - end_ms < 30000); /* not at the end of its time; how soon it is otherwise, the integration test looks at */
	pthread_join(threads[1], NULL);
	assert_int_equal(of_b.result, 0); /* another machine waits on */
	assert_true(of_b.took_ms >= 3900);
}

static void answers_the_earlier_of_two_polls(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w);
	enroll(&a, PRINT_A);
	auto_agent struct agent back = {.w = w, .key = kh_strdup(a.key), .certificate = kh_strdup(a.certificate)};
	connect_agent(&back);
	pthread_t threads[2];
	struct polling first = {&a, 20, 1, 0}, second = {&back, 20, 1, 0};
	pthread_create(&threads[0], NULL, poll_in_thread, &first);
	wait_until_waiting(w, 1);
	pthread_create(&threads[1], NULL, poll_in_thread, &second);
	pthread_join(threads[0], NULL);
	assert_int_equal(first.result, 0);
	assert_true(first.took_ms < 15000);
	kh_http_server_quiesce(w->http);
	kh_gateway_stop(w->gateway); /* the second is answered when the server stops */
	pthread_join(threads[1], NULL);
	assert_int_equal(second.result, 0);
	assert_true(second.took_ms < 15000);
}

/* ---- content ---- */

#define BUNDLE "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static int ask_content(struct agent *a, const char *query)
{
	kh_auto_free char *path = kh_format("/agent/v1/content?%s", query);
	return call(a, &(struct kh_http_call){.path = path});
}

static bool told_of(const struct agent *a, const char *sha256)
{
	const char *told = json_string_value(json_object_get(json_object_get(a->json, "content"), "sha256"));
	return sha256 ? told && kh_streq(told, sha256) : json_is_null(json_object_get(a->json, "content"));
}

static void hands_out_content(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w), stranger = new_agent(w);
	char key[64];
	assert_int_equal(kh_sign_public_save(w->order_key.public, w->content_keys), 0); /* any key will do here */
	enroll(&a, PRINT_A);
	assert_int_equal(hello(&a, PRINT_A), 0);
	assert_true(told_of(&a, NULL));
	assert_int_equal(ask_to_enroll(&a, w->token, PRINT_A), 0); /* asked again: the same answer */
	const json_t *keys = json_object_get(a.json, "content_keys");
	assert_int_equal(json_array_size(keys), 1);
	assert_string_equal(json_string_value(json_array_get(keys, 0)), kh_base64(w->order_key.public, KH_SIGN_PUBLIC_SIZE, key));

	kh_auto_free char *dir = kh_format("%s/content", w->t->dir), *path = kh_format("%s/" BUNDLE, dir);
	assert_int_equal(kh_dir_make(dir, 0700), 0);
	assert_int_equal(kh_file_replace(path, "0123456789", 10, 0600), 0);
	kh_test_sql(w->t, "INSERT INTO content_bundle(sha256, size, made_s, files, added_s, added_by) VALUES('" PRINT_A "', 1, 5, 1, 9, 'x'), ('" BUNDLE "', 10, 7, 1, 8, 'x')");
	assert_int_equal(hello(&a, PRINT_A), 0);
	assert_true(told_of(&a, BUNDLE)); /* the one made last, whenever it was taken in */
	assert_int_equal(json_integer_value(json_object_get(json_object_get(a.json, "content"), "bytes")), 10);
	assert_int_equal(poll_orders(&a, 0, 0), 0);
	assert_true(told_of(&a, BUNDLE));
	assert_int_equal(ask_content(&a, "sha256=" BUNDLE "&from=0&bytes=4"), 0);
	assert_string_equal(kh_buf_text(&a.reply.body), "0123");
	assert_int_equal(ask_content(&a, "sha256=" BUNDLE "&from=4&bytes=1048576"), 0);
	assert_string_equal(kh_buf_text(&a.reply.body), "456789");
	assert_int_equal(ask_content(&a, "sha256=" BUNDLE "&from=10"), KH_E_INVALID_FIELD);
	assert_int_equal(ask_content(&a, "sha256=" BUNDLE "&bytes=1048577"), KH_E_INVALID_FIELD);
	assert_int_equal(ask_content(&a, "sha256=../khien.db"), KH_E_NOT_FOUND);
	assert_int_equal(ask_content(&a, ""), KH_E_NOT_FOUND);
	assert_int_equal(ask_content(&a, "sha256=" PRINT_A), KH_E_NOT_FOUND); /* its file is gone */
	assert_int_equal(ask_content(&stranger, "sha256=" BUNDLE), KH_E_CERTIFICATE_MISSING);
	unlink(path);
	rmdir(dir);
}

#define ONE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(hands_out_signed_orders),
		ONE(wakes_the_one_who_waits),
		ONE(ends_the_wait_of_a_revoked_machine),
		ONE(answers_the_earlier_of_two_polls),
		ONE(hands_out_content),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
