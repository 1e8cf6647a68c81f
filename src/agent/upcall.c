#include "agent/upcall.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "base/version.h"
#include "crypto/base64.h"
#include "identity/enrol.h"
#include "os/file.h"
#include "record/batch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ORDERS_SLACK_MS 30000 /* a long poll's answer may be late by so much */

static _Thread_local struct kh_upcall_aside aside;

struct kh_upcall_aside kh_upcall_aside(void)
{
	return aside;
}

/* The time that comes with wrong_clock; other errors have none. */
static void note_server_time(const struct kh_http_reply *reply)
{
	kh_auto_free char *detail = kh_strdup(kh_fail_detail());
	kh_auto_json json_t *j = NULL;
	if (kh_json_parse(kh_buf_text(&reply->body), reply->body.len, &j) == 0)
		kh_ignore(kh_json_int(j, "server_time_ms", 0, INT64_MAX, &aside.server_time_ms));
	kh_fail(KH_E_WRONG_CLOCK, "%s", detail);
}

static int call_server(const struct kh_upcall *u, const struct kh_http_call *call, struct kh_http_reply *reply, json_t **ret)
{
	int r = kh_http_client_call(u->client, call, reply);
	aside = (struct kh_upcall_aside){.retry_after_s = reply->retry_after_s};
	if (r == KH_E_WRONG_CLOCK)
		note_server_time(reply);
	if (r == 0 && ret)
		r = kh_json_parse(kh_buf_text(&reply->body), reply->body.len, ret);
	return r;
}

static int post(const struct kh_upcall *u, const char *path, const json_t *body, struct kh_http_reply *reply, json_t **ret)
{
	kh_auto_free char *text = kh_json_dump(body);
	return call_server(u, &(struct kh_http_call){.path = path, .body = text, .body_n = strlen(text)}, reply, ret);
}

static void set_machine(const struct kh_upcall *u, json_t *body)
{
	kh_json_set_text(body, "hostname", u->config->hostname);
	kh_json_set_text(body, "os", u->config->os);
	kh_json_set_text(body, "agent_version", KH_VERSION);
	kh_json_set_int(body, "time_ms", kh_now_ms() + u->clock_offset_ms);
	kh_json_set_int(body, "clock_offset_ms", u->clock_offset_ms);
}

/* What is malformed is no offer: the link is worth more than the content. */
static void note_offer(const json_t *answer)
{
	const json_t *j = json_object_get(answer, "content");
	struct kh_link_offer offer = {0};
	const char *sha256 = NULL;
	uint8_t hash[32];
	int r = json_is_object(j) ? kh_json_text(j, "sha256", &sha256) : KH_E_NOT_FOUND;
	r = r < 0 ? r : kh_json_int(j, "bytes", 1, INT64_MAX, &offer.bytes);
	r = r < 0 ? r : kh_json_int(j, "made_s", 0, INT64_MAX, &offer.made_s);
	if (r < 0 || !kh_unhex(sha256, hash, sizeof hash))
		return;
	memcpy(offer.sha256, sha256, sizeof offer.sha256);
	aside.offer = offer;
}

/* ---- hello ---- */

static int copy_text(const json_t *j, const char *key, char *ret, size_t size)
{
	const char *text = NULL;
	int r = kh_json_text(j, key, &text);
	if (r == 0 && strlen(text) >= size)
		r = kh_fail(KH_E_INVALID_FIELD, "field \"%s\": more than %zu bytes", key, size - 1);
	if (r == 0)
		memcpy(ret, text, strlen(text) + 1);
	return r;
}

static int read_tables(const json_t *j, struct kh_link_welcome *ret)
{
	const char *name = NULL;
	json_t *hash = NULL;
	if (json_object_size(j) > KH_LINK_MAX_TABLES)
		return kh_fail(KH_E_INVALID_FIELD, "field \"facts\": more than %d tables", KH_LINK_MAX_TABLES);
	json_object_foreach((json_t *)j, name, hash) {
		struct kh_link_table table = {0};
		const char *hex = json_string_value(hash);
		if (!hex || strlen(hex) >= sizeof table.hash || strlen(name) >= sizeof table.name)
			return kh_fail(KH_E_INVALID_FIELD, "field \"facts\": expected names and hashes");
		memcpy(table.name, name, strlen(name) + 1);
		memcpy(table.hash, hex, strlen(hex) + 1);
		kh_array_push(&ret->facts, table);
	}
	return 0;
}

static int read_welcome(const json_t *j, struct kh_link_welcome *w, bool *ret_renew, uint32_t *ret_batch_records)
{
	int64_t last_seq = 0, heartbeat_s = 0, records = 0;
	const json_t *unit = json_object_get(j, "unit");
	int r = kh_json_int(j, "server_time_ms", 0, INT64_MAX, &w->server_time_ms);
	r = r < 0 ? r : kh_json_int(j, "last_seq", 0, INT64_MAX, &last_seq);
	r = r < 0 ? r : kh_json_int(j, "heartbeat_s", 1, 86400, &heartbeat_s);
	r = r < 0 ? r : kh_json_int(j, "batch_records", 1, KH_MAX_BATCH_RECORDS, &records);
	r = r < 0 ? r : kh_json_bool(j, "renew", ret_renew);
	r = r < 0 ? r : copy_text(unit, "code", w->unit_code, sizeof w->unit_code);
	r = r < 0 ? r : copy_text(unit, "name", w->unit_name, sizeof w->unit_name);
	r = r < 0 ? r : copy_text(j, "role", w->role, sizeof w->role);
	r = r < 0 ? r : read_tables(json_object_get(j, "facts"), w);
	w->last_seq = (uint64_t)last_seq;
	w->heartbeat_s = (uint32_t)heartbeat_s;
	*ret_batch_records = (uint32_t)records;
	return r;
}

int kh_upcall_hello(const struct kh_upcall *u, const struct kh_link_hello *hello, struct kh_link_welcome *ret, bool *ret_renew, uint32_t *ret_batch_records)
{
	kh_auto_json json_t *body = json_object(), *answer = NULL;
	kh_auto_http_reply struct kh_http_reply reply = {0};
	char epoch[17];
	snprintf(epoch, sizeof epoch, "%016llx", (unsigned long long)hello->epoch);
	set_machine(u, body);
	/* As enrolled: a card more or less changes what is measured, and makes no other machine (identity/fingerprint.h). */
	kh_json_set_text(body, "fingerprint", u->config->identity.fingerprint.hex);
	kh_json_set_text(body, "epoch", epoch);
	kh_json_set_int(body, "last_seq", (int64_t)hello->last_seq);
	struct kh_link_welcome w = {0};
	int r = post(u, "/agent/v1/hello", body, &reply, &answer);
	r = r < 0 ? r : read_welcome(answer, &w, ret_renew, ret_batch_records);
	note_offer(answer);
	if (r < 0) {
		kh_link_welcome_done(&w);
		return r;
	}
	*ret = w;
	return 0;
}

/* ---- batch ---- */

int kh_upcall_batch(const struct kh_upcall *u, const struct kh_link_batch *batch, const char *lines, size_t n, uint64_t *ret_ack)
{
	kh_auto_buf struct kh_buf packed = KH_BUF_INIT;
	kh_auto_http_reply struct kh_http_reply reply = {0};
	kh_auto_json json_t *answer = NULL;
	int64_t ack = 0;
	const struct kh_batch_header header = {batch->epoch, batch->first, batch->last, kh_now_ms() + u->clock_offset_ms, u->clock_offset_ms};
	int r = kh_batch_pack(&header, lines, n, &packed);
	if (r < 0)
		return r;
	struct kh_http_call call = {
		.path = "/agent/v1/batch", .content_type = "application/x-ndjson", .content_encoding = "zstd", .body = packed.data, .body_n = packed.len};
	r = call_server(u, &call, &reply, &answer);
	r = r < 0 ? r : kh_json_int(answer, "ack", 0, INT64_MAX, &ack);
	if (r == 0)
		*ret_ack = (uint64_t)ack;
	return r;
}

/* ---- certificates ---- */

static int new_request(json_t *body, char **ret_key)
{
	kh_auto_free char *key = NULL, *csr = NULL;
	int r = kh_x509_key_create(&key);
	r = r < 0 ? r : kh_x509_request(key, "khien", &csr);
	if (r < 0)
		return r;
	kh_json_set_text(body, "csr", csr);
	*ret_key = kh_take(key);
	return 0;
}

static int take_certificate(const json_t *answer, char **key, struct kh_identity *i)
{
	const char *certificate = NULL, *ca = NULL;
	bool matches = false;
	int r = kh_json_text(answer, "certificate", &certificate);
	r = r < 0 ? r : kh_json_text(answer, "ca", &ca);
	r = r < 0 ? r : kh_x509_matches(certificate, *key, &matches);
	if (r == 0 && !matches)
		r = kh_fail(KH_E_CRYPTO, "the renewed certificate belongs to another key");
	if (r < 0)
		return r;
	free(i->certificate_pem);
	free(i->ca_pem);
	free(i->key_pem);
	i->certificate_pem = kh_strdup(certificate);
	i->ca_pem = kh_strdup(ca);
	i->key_pem = kh_take(*key);
	return 0;
}

int kh_upcall_renew(const struct kh_upcall *u, struct kh_identity *ret)
{
	kh_auto_json json_t *body = json_object(), *answer = NULL;
	kh_auto_http_reply struct kh_http_reply reply = {0};
	kh_auto_free char *key = NULL;
	kh_auto_identity struct kh_identity next = {0};
	kh_identity_copy(&u->config->identity, &next);
	int r = new_request(body, &key);
	r = r < 0 ? r : post(u, "/agent/v1/renew", body, &reply, &answer);
	r = r < 0 ? r : take_certificate(answer, &key, &next);
	if (r == 0) {
		*ret = next;
		next = (struct kh_identity){0};
	}
	return r;
}

int kh_upcall_identity(const struct kh_upcall *u, struct kh_identity *ret)
{
	kh_auto_json json_t *body = json_object();
	kh_auto_http_reply struct kh_http_reply reply = {0};
	kh_auto_free char *key = NULL;
	kh_auto_identity struct kh_identity next = {0};
	kh_identity_copy(&u->config->identity, &next);
	kh_fingerprint_done(&next.fingerprint);
	memcpy(next.fingerprint.hex, u->config->machine.hex, sizeof next.fingerprint.hex);
	next.fingerprint.parts = kh_strdup(u->config->machine.parts);
	set_machine(u, body);
	kh_json_set_text(body, "fingerprint", u->config->machine.hex);
	int r = new_request(body, &key);
	r = r < 0 ? r : post(u, "/agent/v1/identity", body, &reply, NULL);
	r = r < 0 ? r : kh_enrol_read_reply(kh_buf_text(&reply.body), reply.body.len, key, NULL, &next);
	if (r == 0) {
		*ret = next;
		next = (struct kh_identity){0};
	}
	return r;
}

/* ---- orders ---- */

static int read_order(const json_t *j, struct kh_link_order *o)
{
	const char *text = NULL, *signature = NULL;
	size_t n = 0;
	int r = kh_json_int(j, "id", 1, INT64_MAX, &o->id);
	r = r < 0 ? r : kh_json_text(j, "order", &text);
	r = r < 0 ? r : kh_json_text(j, "signature", &signature);
	if (r < 0)
		return r;
	o->text = kh_alloc(strlen(text) + 1);
	bool good = strlen(text) <= KH_LINK_MAX_ORDER && kh_base64_read(text, o->text, strlen(text), &o->len) &&
		    kh_base64_read(signature, o->signature, sizeof o->signature, &n) && n == sizeof o->signature;
	return good ? 0 : kh_fail(KH_E_INVALID_FIELD, "order %lld: expected base64", (long long)o->id);
}

int kh_upcall_orders(const struct kh_upcall *u, int64_t after, int wait_s, int (*take)(void *arg, const struct kh_link_order *order), void *arg)
{
	kh_auto_free char *path = kh_format("/agent/v1/orders?after=%lld&wait=%d", (long long)after, wait_s);
	kh_auto_json json_t *answer = NULL;
	kh_auto_http_reply struct kh_http_reply reply = {0};
	int r = call_server(u, &(struct kh_http_call){.path = path, .timeout_ms = wait_s * 1000 + ORDERS_SLACK_MS}, &reply, &answer);
	size_t i = 0;
	json_t *j = NULL;
	note_offer(answer);
	json_array_foreach(json_object_get(answer, "orders"), i, j) {
		struct kh_link_order order = {0};
		r = r < 0 ? r : read_order(j, &order);
		r = r < 0 ? r : take(arg, &order);
		kh_link_order_done(&order);
	}
	return r;
}

/* ---- content ---- */

static int write_at(int fd, int64_t from, const char *bytes, size_t n)
{
	return lseek(fd, from, SEEK_SET) < 0 ? kh_fail_errno("a bundle of content") : kh_file_write_fd(fd, kh_words("a bundle of content"), bytes, n);
}

int kh_upcall_content(const struct kh_upcall *u, const char *sha256, int64_t from, size_t n, int fd, size_t *ret_n)
{
	kh_auto_free char *path = kh_format("/agent/v1/content?sha256=%s&from=%lld&bytes=%zu", sha256, (long long)from, n);
	kh_auto_http_reply struct kh_http_reply reply = {0};
	int r = call_server(u, &(struct kh_http_call){.path = path}, &reply, NULL);
	if (r == 0 && reply.body.len > n)
		r = kh_fail(KH_E_INVALID_FIELD, "a piece of content: %zu bytes instead of %zu", reply.body.len, n);
	r = r < 0 ? r : write_at(fd, from, kh_buf_text(&reply.body), reply.body.len);
	if (r == 0)
		*ret_n = reply.body.len;
	return r;
}
