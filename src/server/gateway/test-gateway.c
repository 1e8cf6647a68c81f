/* Every route of docs/protocol.md that makes and keeps a link, over real TLS; orders and content are test-orders.c. */
#include "server/gateway/test_agent.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/base64.h"
#include "server/endpoint/endpoint.h"
#include "server/gateway/limits.h"

#include <stdio.h>

static void first_contact_to_stored_record(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w);
	kh_auto_free char *ca = NULL;
	char pin[KH_PIN_SIZE], order_key[64];
	assert_int_equal(kh_x509_pin(kh_ca_certificate(w->ca), pin), 0);
	assert_int_equal(kh_http_fetch_ca(&(struct kh_http_client_options){.base_url = w->url}, "/agent/v1/ca", pin, &ca), 0);
	assert_string_equal(ca, kh_ca_certificate(w->ca));

	assert_int_equal(ask_to_enroll(&a, w->token, PRINT_A), 0);
	assert_int_equal(strlen(text_of(&a, "endpoint")), 36);
	assert_string_equal(json_string_value(json_object_get(json_object_get(a.json, "unit"), "code")), "phuong");
	assert_string_equal(text_of(&a, "ca"), kh_ca_certificate(w->ca));
	assert_string_equal(text_of(&a, "order_key"), kh_base64(w->order_key.public, sizeof w->order_key.public, order_key));
	assert_string_equal(text_of(&a, "server_key_pin"), w->server.pin);
	assert_true(llabs(int_of(&a, "server_time_ms") - kh_now_ms()) < 60000);
	take_certificate(&a);
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM endpoint WHERE hostname = 'MÁY-01' AND hostname_fold = 'may-01' AND state = 'active' AND unit_id = 1"), 1);
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM audit WHERE action = 'endpoint.enroll'"), 1);
	assert_true(kh_test_number(w->t, "SELECT COUNT(*) FROM answer") > 0);

	assert_int_equal(hello(&a, PRINT_A), 0);
	assert_int_equal(int_of(&a, "last_seq"), 0);
	assert_int_equal(json_object_size(json_object_get(a.json, "facts")), 0);
	assert_true(json_is_false(json_object_get(a.json, "renew")));
	assert_string_equal(text_of(&a, "role"), "internet");
	assert_int_equal(int_of(&a, "heartbeat_s"), KH_HEARTBEAT_S);
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM endpoint WHERE hostname = 'máy-mới' AND agent_version = '0.1.1' AND address = '127.0.0.1'"), 1);

	assert_int_equal(send_event(&a, 1, "start"), 0);
	assert_string_equal(kh_buf_text(&a.reply.body), "{\"ack\":1}");
	assert_int_equal(send_event(&a, 1, "start"), 0);
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM event"), 1);
	assert_int_equal(hello(&a, PRINT_A), 0);
	assert_int_equal(int_of(&a, "last_seq"), 1);
}

static void enrols_once_however_often_it_is_asked(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w), again = new_agent(w), third = new_agent(w), fourth = new_agent(w);
	enroll(&a, PRINT_A);
	kh_auto_free char *first_uid = kh_strdup(a.uid);
	auto_agent struct agent lost = {.w = w, .key = kh_strdup(a.key), .csr = kh_strdup(a.csr)};
	connect_agent(&lost);
	enroll(&lost, PRINT_A); /* the answer was lost: same key */
	assert_string_equal(lost.uid, first_uid);
	assert_int_equal(kh_test_number(w->t, "SELECT used FROM enrol_token"), 1);
	/* Both certificates stand while they are of one second, which the two answers above may not have been; else the use of the newer one ends the older. */
	kh_test_sql(w->t, "UPDATE certificate SET issued_s = (SELECT MAX(issued_s) FROM certificate)");
	assert_int_equal(hello(&lost, PRINT_A), 0);
	assert_int_equal(hello(&a, PRINT_A), 0);

	enroll(&again, PRINT_A); /* set up anew: another key, the same machine */
	assert_string_equal(again.uid, first_uid);
	assert_int_equal(kh_test_number(w->t, "SELECT used FROM enrol_token"), 2);
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM endpoint"), 1);
	assert_int_equal(hello(&a, PRINT_A), KH_E_CERTIFICATE_REVOKED);
	assert_int_equal(hello(&again, PRINT_A), 0);

	assert_int_equal(ask_to_enroll(&third, w->token, PRINT_B), KH_E_TOKEN_USED);
	assert_int_equal(ask_to_enroll(&fourth, "no-such-token-no-such-token-1234", PRINT_B), KH_E_TOKEN_INVALID);
	kh_test_sql(w->t, "UPDATE enrol_token SET expires_s = 1");
	assert_int_equal(ask_to_enroll(&fourth, w->token, PRINT_B), KH_E_TOKEN_EXPIRED);
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM endpoint"), 1);
}

static void refuses_what_is_no_enrolment(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w);
	static const struct {
		const char *key, *value, *detail;
		int error;
	} cases[] = {
		{"csr", "nonsense", "certificate request", KH_E_SYNTAX},  {"fingerprint", "12", "fingerprint", KH_E_INVALID_FIELD},
		{"hostname", "a\nb", "hostname", KH_E_INVALID_FIELD},     {"os", NULL, "os", KH_E_INVALID_FIELD},
		{"token", NULL, "token", KH_E_INVALID_FIELD},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_json json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:i}", "token", w->token, "csr", a.csr, "hostname", "x", "os", "x", "agent_version", "x", "fingerprint",
						      PRINT_A, "time_ms", 1);
		kh_json_set_text(body, cases[i].key, cases[i].value);
		assert_int_equal(post_json(&a, "/agent/v1/enroll", body), cases[i].error);
		assert_non_null(strstr(kh_fail_detail(), cases[i].detail));
	}
	assert_int_equal(call(&a, &(struct kh_http_call){.path = "/agent/v1/enroll", .body = "{", .body_n = 1}), KH_E_SYNTAX);
	assert_int_equal(call(&a, &(struct kh_http_call){.path = "/agent/v1/enroll"}), KH_E_METHOD_NOT_ALLOWED);
	assert_int_equal(call(&a, &(struct kh_http_call){.path = "/agent/v1/nothing"}), KH_E_NOT_FOUND);
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM endpoint"), 0);
	assert_int_equal(kh_test_number(w->t, "SELECT used FROM enrol_token"), 0);
}

static void tells_certificates_apart(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w), stranger = new_agent(w);
	assert_int_equal(hello(&stranger, PRINT_A), KH_E_CERTIFICATE_MISSING);
	assert_int_equal(send_event(&stranger, 1, "x"), KH_E_CERTIFICATE_MISSING);

	struct kh_ca *other = NULL;
	assert_int_equal(kh_ca_create("Other", kh_now_s(), &other), 0);
	assert_int_equal(kh_ca_issue_client(other, stranger.csr, "x", kh_now_s(), 1000, &stranger.certificate, NULL), 0);
	kh_ca_free(other);
	connect_agent(&stranger);
	assert_int_equal(hello(&stranger, PRINT_A), KH_E_CERTIFICATE_UNKNOWN);

	enroll(&a, PRINT_A);
	kh_test_sql(w->t, "UPDATE endpoint SET state = 'revoked'");
	assert_int_equal(hello(&a, PRINT_A), KH_E_CERTIFICATE_REVOKED);
	assert_int_equal(send_event(&a, 1, "x"), KH_E_CERTIFICATE_REVOKED);
	kh_test_sql(w->t, "UPDATE endpoint SET state = 'active'");
	assert_int_equal(hello(&a, PRINT_A), 0);
	kh_test_sql(w->t, "UPDATE certificate SET revoked_s = 1, reason = 'lost'");
	assert_int_equal(hello(&a, PRINT_A), KH_E_CERTIFICATE_REVOKED);
}

static void knows_its_certificates_after_a_restore(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w);
	enroll(&a, PRINT_A);
	kh_test_sql(w->t, "DELETE FROM certificate");
	assert_int_equal(hello(&a, PRINT_A), 0);
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM certificate"), 1);
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM audit WHERE action = 'certificate.adopt'"), 1);
	kh_test_sql(w->t, "DELETE FROM certificate");
	kh_test_sql(w->t, "DELETE FROM enrolment");
	kh_test_sql(w->t, "DELETE FROM endpoint");
	assert_int_equal(hello(&a, PRINT_A), KH_E_CERTIFICATE_UNKNOWN);
}

static int renew(struct agent *a)
{
	kh_auto_json json_t *body = json_pack("{s:s}", "csr", a->csr);
	return post_json(a, "/agent/v1/renew", body);
}

static void renews_and_ends_the_old_certificate(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w);
	enroll(&a, PRINT_A);
	kh_test_sql(w->t, "UPDATE certificate SET issued_s = issued_s - 1000, expires_s = expires_s - 16000000");
	assert_int_equal(hello(&a, PRINT_A), 0);
	assert_true(json_is_true(json_object_get(a.json, "renew")));
	kh_auto_free char *old = kh_strdup(a.certificate);
	assert_int_equal(renew(&a), 0);
	kh_auto_free char *fresh = kh_strdup(text_of(&a, "certificate"));
	assert_int_equal(hello(&a, PRINT_A), 0); /* the new one was not used yet */

	free(a.certificate);
	a.certificate = kh_strdup(fresh);
	connect_agent(&a);
	assert_int_equal(hello(&a, PRINT_A), 0);
	assert_true(json_is_false(json_object_get(a.json, "renew")));

	free(a.certificate);
	a.certificate = kh_strdup(old); /* a disk restored from an older copy */
	connect_agent(&a);
	assert_int_equal(hello(&a, PRINT_A), KH_E_CERTIFICATE_EXPIRED);
	assert_int_equal(renew(&a), 0);
	take_certificate(&a);
	assert_int_equal(hello(&a, PRINT_A), 0);
}

static void renews_for_a_while_after_the_end(void **state)
{
	struct world *w = *state;
	static const struct {
		int ended_days_ago, renewed;
	} cases[] = {{10, 0}, {40, KH_E_CERTIFICATE_EXPIRED}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		auto_agent struct agent a = new_agent(w);
		enroll(&a, i ? PRINT_B : PRINT_A);
		free(kh_take(a.certificate));
		assert_int_equal(kh_ca_issue_client(w->ca, a.csr, a.uid, kh_now_s() - (20 + cases[i].ended_days_ago) * KH_DAY_S, 20 * KH_DAY_S, &a.certificate, NULL), 0);
		connect_agent(&a);
		assert_int_equal(hello(&a, PRINT_A), KH_E_CERTIFICATE_EXPIRED);
		assert_int_equal(renew(&a), cases[i].renewed);
	}
}

static void gives_a_copied_machine_an_identity_of_its_own(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w), copy = new_agent(w);
	enroll(&a, PRINT_A);
	free(copy.key);
	copy.key = kh_strdup(a.key);
	copy.certificate = kh_strdup(a.certificate);
	connect_agent(&copy);
	assert_int_equal(hello(&copy, PRINT_B), KH_E_DUPLICATE_IDENTITY);

	kh_auto_free char *new_key = NULL, *new_csr = NULL;
	assert_int_equal(kh_x509_key_create(&new_key), 0);
	assert_int_equal(kh_x509_request(new_key, "khien", &new_csr), 0);
	kh_auto_json json_t *body = json_pack("{s:s,s:s,s:s,s:s}", "csr", new_csr, "fingerprint", PRINT_A, "hostname", "máy-2", "os", "Debian 12");
	assert_int_equal(post_json(&copy, "/agent/v1/identity", body), KH_E_EXISTS); /* that is no copy */
	kh_json_set_text(body, "fingerprint", PRINT_B);
	assert_int_equal(post_json(&copy, "/agent/v1/identity", body), 0);
	copy.uid = kh_strdup(text_of(&copy, "endpoint"));
	assert_string_not_equal(copy.uid, a.uid);
	assert_int_equal(post_json(&copy, "/agent/v1/identity", body), 0); /* the answer was lost */
	assert_string_equal(text_of(&copy, "endpoint"), copy.uid);
	free(copy.key);
	copy.key = kh_take(new_key);
	take_certificate(&copy);
	assert_int_equal(hello(&copy, PRINT_B), 0);
	assert_int_equal(hello(&a, PRINT_A), 0);
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM endpoint WHERE unit_id = 1 AND state = 'active'"), 2);
	kh_test_sql(w->t, "INSERT INTO enrolment SELECT -1, id, 1, 4000000000 FROM (SELECT 1 AS id UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6"
			  " UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)");
	auto_agent struct agent third = new_agent(w);
	kh_json_set_text(body, "csr", third.csr);
	assert_int_equal(post_json(&a, "/agent/v1/identity", body), KH_E_FORBIDDEN);
}

static void notices_wrong_clocks(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w);
	enroll(&a, PRINT_A);
	const int64_t behind = INT64_C(5) * 365 * 86400000;
	assert_int_equal(hello_at(&a, PRINT_A, kh_now_ms() - behind, 0), KH_E_WRONG_CLOCK);
	assert_int_equal(a.reply.status, 409);
	int64_t offset = int_of(&a, "server_time_ms") - (kh_now_ms() - behind);
	assert_true(llabs(offset - behind) < 60000);
	assert_int_equal(hello_at(&a, PRINT_A, kh_now_ms() - behind, offset), 0); /* raw time and the offset */
	assert_int_equal(hello_at(&a, PRINT_A, kh_now_ms(), offset), 0);          /* time that was corrected */
	assert_int_equal(hello_at(&a, PRINT_A, INT64_MAX, INT64_MAX), KH_E_WRONG_CLOCK);
	assert_int_equal(send_batch(&a, "{\"v\":1,\"epoch\":\"" EPOCH "\",\"first\":1,\"last\":1,\"time_ms\":1000,\"clock_offset_ms\":0}\n"
					"{\"seq\":1,\"@timestamp\":\"2026-11-21T08:30:00Z\",\"kind\":\"health\",\"health\":{}}\n"),
			 KH_E_WRONG_CLOCK);
	assert_true(int_of(&a, "server_time_ms") > 0);
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM stream"), 0);
}

static void refuses_bad_batches_and_stores_nothing_of_them(void **state)
{
	struct world *w = *state;
	auto_agent struct agent a = new_agent(w);
	enroll(&a, PRINT_A);
	assert_int_equal(send_batch(&a, "nonsense"), KH_E_BATCH_MALFORMED);
	assert_non_null(strstr(kh_fail_detail(), "line 1"));
	assert_int_equal(call(&a, &(struct kh_http_call){.path = "/agent/v1/batch", .content_encoding = "zstd", .body = "x", .body_n = 1}), KH_E_BATCH_MALFORMED);
	kh_auto_free char *huge = kh_alloc(KH_MAX_BATCH_PACKED + 1);
	assert_int_equal(call(&a, &(struct kh_http_call){.path = "/agent/v1/batch", .content_encoding = "zstd", .body = huge, .body_n = KH_MAX_BATCH_PACKED + 1}), KH_E_TOO_LARGE);
	assert_int_equal(send_event(&a, 1, "one"), 0);
	kh_language_use(KH_VI); /* the thread that stores it speaks as who asked */
	assert_int_equal(send_event(&a, 1, "another"), KH_E_SEQUENCE_CONFLICT);
	kh_language_use(KH_EN);
	assert_non_null(strstr(kh_fail_detail(), "ở máy chủ có nội dung khác"));
	assert_int_equal(kh_test_number(w->t, "SELECT COUNT(*) FROM event"), 1);
	struct kh_gateway_counts counts;
	kh_gateway_count(w->gateway, &counts);
	assert_int_equal(counts.ingest.records, 1);
	assert_int_equal(counts.ingest.failures, 1);
	assert_int_equal(counts.enrolled, 1);
}

#define ONE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(first_contact_to_stored_record),
		ONE(enrols_once_however_often_it_is_asked),
		ONE(refuses_what_is_no_enrolment),
		ONE(tells_certificates_apart),
		ONE(knows_its_certificates_after_a_restore),
		ONE(renews_and_ends_the_old_certificate),
		ONE(renews_for_a_while_after_the_end),
		ONE(gives_a_copied_machine_an_identity_of_its_own),
		ONE(notices_wrong_clocks),
		ONE(refuses_bad_batches_and_stores_nothing_of_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
