#include "server/gateway/test_agent.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"

#include <unistd.h>
#include <zstd.h>

static int make_token(struct kh_db *db, void *arg)
{
	struct world *w = arg;
	int64_t id = 0;
	return kh_token_create(db, &(struct kh_token_new){.unit_id = 1, .uses = 2, .life_s = 3600}, "test", kh_now_s(), w->token, &id);
}

int set_up(void **state)
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

int tear_down(void **state)
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

void connect_agent(struct agent *a)
{
	kh_http_client_free(a->client);
	const struct kh_http_client_options o = {.base_url = a->w->url, .ca_pem = kh_ca_certificate(a->w->ca), .timeout_ms = 20000,
						 .certificate_pem = a->certificate, .key_pem = a->certificate ? a->key : NULL};
	assert_int_equal(kh_http_client_new(&o, &a->client), 0);
}

struct agent new_agent(struct world *w)
{
	struct agent a = {.w = w};
	assert_int_equal(kh_x509_key_create(&a.key), 0);
	assert_int_equal(kh_x509_request(a.key, "khien", &a.csr), 0);
	connect_agent(&a);
	return a;
}

void agent_done(struct agent *a)
{
	kh_http_client_free(a->client);
	kh_http_reply_done(&a->reply);
	json_decref(a->json);
	free(a->key);
	free(a->csr);
	free(a->certificate);
	free(a->uid);
}

int call(struct agent *a, const struct kh_http_call *call)
{
	int r = kh_http_client_call(a->client, call, &a->reply);
	json_decref(a->json);
	a->json = json_loadb(kh_buf_text(&a->reply.body), a->reply.body.len, 0, NULL);
	return r;
}

int post_json(struct agent *a, const char *path, const json_t *body)
{
	kh_auto_free char *text = kh_json_dump(body);
	return call(a, &(struct kh_http_call){.path = path, .body = text, .body_n = strlen(text)});
}

const char *text_of(const struct agent *a, const char *key)
{
	return json_string_value(json_object_get(a->json, key));
}

int64_t int_of(const struct agent *a, const char *key)
{
	return json_integer_value(json_object_get(a->json, key));
}

void take_certificate(struct agent *a)
{
	free(a->certificate);
	a->certificate = kh_strdup(text_of(a, "certificate"));
	connect_agent(a);
}

int ask_to_enroll(struct agent *a, const char *token, const char *fingerprint)
{
	kh_auto_json json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I}", "token", token, "csr", a->csr, "hostname", "MÁY-01", "os", "Debian 12", "agent_version", "0.1.0",
					      "fingerprint", fingerprint, "time_ms", (json_int_t)kh_now_ms());
	return post_json(a, "/agent/v1/enroll", body);
}

void enroll(struct agent *a, const char *fingerprint)
{
	assert_int_equal(ask_to_enroll(a, a->w->token, fingerprint), 0);
	free(a->uid);
	a->uid = kh_strdup(text_of(a, "endpoint"));
	take_certificate(a);
}

int hello_at(struct agent *a, const char *fingerprint, int64_t time_ms, int64_t offset_ms)
{
	kh_auto_json json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:s,s:i}", "fingerprint", fingerprint, "agent_version", "0.1.1", "hostname", "máy-mới", "os", "Debian 12.9",
					      "time_ms", (json_int_t)time_ms, "clock_offset_ms", (json_int_t)offset_ms, "epoch", EPOCH, "last_seq", 0);
	return post_json(a, "/agent/v1/hello", body);
}

int hello(struct agent *a, const char *fingerprint)
{
	return hello_at(a, fingerprint, kh_now_ms(), 0);
}

int send_batch(struct agent *a, const char *text)
{
	char packed[4096];
	size_t n = ZSTD_compress(packed, sizeof packed, text, strlen(text), 3);
	return call(a, &(struct kh_http_call){.path = "/agent/v1/batch", .content_type = "application/x-ndjson", .content_encoding = "zstd", .body = packed, .body_n = n});
}

int send_event(struct agent *a, int seq, const char *action)
{
	kh_auto_free char *text = kh_format("{\"v\":1,\"epoch\":\"" EPOCH "\",\"first\":%d,\"last\":%d,\"time_ms\":%lld,\"clock_offset_ms\":0}\n"
					    "{\"seq\":%d,\"@timestamp\":\"2026-11-21T08:30:00.123Z\",\"kind\":\"event\",\"event\":{\"category\":\"process\",\"action\":\"%s\"}}\n",
					    seq, seq, (long long)kh_now_ms(), seq, action);
	return send_batch(a, text);
}
