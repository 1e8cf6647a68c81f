/* Every route of docs/protocol.md over real TLS, with the agents' own HTTP client. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/base64.h"
#include "http/client.h"
#include "os/file.h"
#include "server/account/token.h"
#include "server/endpoint/endpoint.h"
#include "server/gateway/gateway.h"
#include "server/gateway/limits.h"
#include "server/order/order.h"
#include "server/test_store.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
#include <zstd.h>

#define PRINT_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define PRINT_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define EPOCH "00000000000000e1"

/* A server of its own for each case. */
struct world {
	struct kh_test_store *t;
	struct kh_ca *ca;
	struct kh_sign_key order_key;
	struct kh_certificate_info server;
	struct kh_gateway *gateway;
	struct kh_http_server *http;
	char *url, token[KH_TOKEN_SIZE], *content_keys;
};

static int make_token(struct kh_db *db, void *arg)
{
	struct world *w = arg;
	int64_t id = 0;
	return kh_token_create(db, &(struct kh_token_new){.unit_id = 1, .uses = 2, .life_s = 3600}, "test", kh_now_s(), w->token, &id);
}

static int set_up(void **state)
{
	struct world *w = kh_alloc(sizeof *w);
	if (kh_test_store_setup((void **)&w->t) < 0)
		return -1;
	kh_test_unit(w->t, "phuong", 0);
	const char *name = "127.0.0.1";
	kh_auto_free char *certificate = NULL, *key = NULL;
	assert_int_equal(kh_ca_create("Khien test CA", kh_now_s(), &w->ca), 0);
	assert_int_equal(kh_ca_issue_server(w->ca, &(struct kh_server_names){&name, 1}, NULL, kh_now_s(), KH_DAY_S, &certificate, &key), 0);
	assert_int_equal(kh_x509_info(certificate, &w->server), 0);
	kh_sign_key_create(&w->order_key);
	assert_int_equal(kh_store_write(w->t->store, make_token, w), 0);
	w->content_keys = kh_format("%s/content.pub", w->t->dir);
	const struct kh_gateway_options gateway = {.store = w->t->store, .ca = w->ca, .server_pin = w->server.pin, .order_key = &w->order_key, .data_dir = w->t->dir,
						   .content_keys = w->content_keys};
	assert_int_equal(kh_gateway_new(&gateway, &w->gateway), 0);
	const struct kh_http_server_options o = {.address = "127.0.0.1", .certificate_pem = certificate, .key_pem = key, .client_ca_pem = kh_ca_certificate(w->ca), .threads = 2};
	const struct kh_http_handler handler = {w->gateway, kh_gateway_begin, kh_gateway_handle, kh_gateway_end};
	assert_int_equal(kh_http_server_new(&o, &handler, &w->http), 0);
	w->url = kh_format("https://127.0.0.1:%u", kh_http_server_port(w->http));
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	kh_http_server_quiesce(w->http);
	kh_gateway_stop(w->gateway);
	kh_http_server_free(w->http);
	kh_gateway_free(w->gateway);
	kh_ca_free(w->ca);
	unlink(w->content_keys);
	free(w->content_keys);
	free(w->url);
	void *t = w->t;
	free(w);
	return kh_test_store_teardown(&t);
}

/* ---- an agent ---- */

struct agent {
	struct world *w;
	char *key, *csr, *certificate, *uid;
	struct kh_http_client *client;
	struct kh_http_reply reply;
	json_t *json; /* of the last reply */
};

static void connect_agent(struct agent *a)
{
	kh_http_client_free(a->client);
	const struct kh_http_client_options o = {.base_url = a->w->url, .ca_pem = kh_ca_certificate(a->w->ca), .timeout_ms = 20000,
						 .certificate_pem = a->certificate, .key_pem = a->certificate ? a->key : NULL};
	assert_int_equal(kh_http_client_new(&o, &a->client), 0);
}

static struct agent new_agent(struct world *w)
{
	struct agent a = {.w = w};
	assert_int_equal(kh_x509_key_create(&a.key), 0);
	assert_int_equal(kh_x509_request(a.key, "khien", &a.csr), 0);
	connect_agent(&a);
	return a;
}

static void agent_done(struct agent *a)
{
	kh_http_client_free(a->client);
	kh_http_reply_done(&a->reply);
	json_decref(a->json);
	free(a->key);
	free(a->csr);
	free(a->certificate);
	free(a->uid);
}
#define auto_agent KH_CLEANUP(agent_done)

static int call(struct agent *a, const struct kh_http_call *call)
{
	int r = kh_http_client_call(a->client, call, &a->reply);
	json_decref(a->json);
	a->json = json_loadb(kh_buf_text(&a->reply.body), a->reply.body.len, 0, NULL);
	return r;
}

static int post_json(struct agent *a, const char *path, const json_t *body)
{
	kh_auto_free char *text = kh_json_dump(body);
	return call(a, &(struct kh_http_call){.path = path, .body = text, .body_n = strlen(text)});
}

static const char *text_of(const struct agent *a, const char *key)
{
	return json_string_value(json_object_get(a->json, key));
}

static int64_t int_of(const struct agent *a, const char *key)
{
	return json_integer_value(json_object_get(a->json, key));
}

static void take_certificate(struct agent *a)
{
	free(a->certificate);
	a->certificate = kh_strdup(text_of(a, "certificate"));
	connect_agent(a);
}

static int ask_to_enroll(struct agent *a, const char *token, const char *fingerprint)
{
	kh_auto_json json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I}", "token", token, "csr", a->csr, "hostname", "MÁY-01", "os", "Debian 12", "agent_version", "0.1.0",
					      "fingerprint", fingerprint, "time_ms", (json_int_t)kh_now_ms());
	return post_json(a, "/agent/v1/enroll", body);
}

static void enroll(struct agent *a, const char *fingerprint)
{
	assert_int_equal(ask_to_enroll(a, a->w->token, fingerprint), 0);
	free(a->uid);
	a->uid = kh_strdup(text_of(a, "endpoint"));
	take_certificate(a);
}

static int hello_at(struct agent *a, const char *fingerprint, int64_t time_ms, int64_t offset_ms)
{
	kh_auto_json json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:s,s:i}", "fingerprint", fingerprint, "agent_version", "0.1.1", "hostname", "máy-mới", "os", "Debian 12.9",
					      "time_ms", (json_int_t)time_ms, "clock_offset_ms", (json_int_t)offset_ms, "epoch", EPOCH, "last_seq", 0);
	return post_json(a, "/agent/v1/hello", body);
}

static int hello(struct agent *a, const char *fingerprint)
{
	return hello_at(a, fingerprint, kh_now_ms(), 0);
}

static int send_batch(struct agent *a, const char *text)
{
	char packed[4096];
	size_t n = ZSTD_compress(packed, sizeof packed, text, strlen(text), 3);
	return call(a, &(struct kh_http_call){.path = "/agent/v1/batch", .content_type = "application/x-ndjson", .content_encoding = "zstd", .body = packed, .body_n = n});
}

static int send_event(struct agent *a, int seq, const char *action)
{
	kh_auto_free char *text = kh_format("{\"v\":1,\"epoch\":\"" EPOCH "\",\"first\":%d,\"last\":%d,\"time_ms\":%lld,\"clock_offset_ms\":0}\n"
					    "{\"seq\":%d,\"@timestamp\":\"2026-11-21T08:30:00.123Z\",\"kind\":\"event\",\"event\":{\"category\":\"process\",\"action\":\"%s\"}}\n",
					    seq, seq, (long long)kh_now_ms(), seq, action);
	return send_batch(a, text);
}

/* ---- cases ---- */

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
		ONE(hands_out_signed_orders),
		ONE(wakes_the_one_who_waits),
		ONE(ends_the_wait_of_a_revoked_machine),
		ONE(answers_the_earlier_of_two_polls),
		ONE(hands_out_content),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
