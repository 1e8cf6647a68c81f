#include "identity/enrol.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "base/version.h"
#include "crypto/base64.h"
#include "crypto/sign.h"
#include "http/client.h"
#include "identity/machine.h"
#include "identity/proxy.h"
#include "os/file.h"
#include "os/host.h"

#include <stdio.h>
#include <unistd.h>

#define PENDING_KEY "enrol-key.pem"

/* ---- the reply ---- */

static int copy_exact(const json_t *j, const char *key, char *ret, size_t size)
{
	const char *text = NULL;
	int r = kh_json_text(j, key, &text);
	if (r == 0 && strlen(text) != size - 1)
		r = kh_fail(KH_E_INVALID_FIELD, "field \"%s\": expected %zu characters", key, size - 1);
	if (r == 0)
		memcpy(ret, text, size);
	return r;
}

static int replace_text(const json_t *j, const char *key, char **text)
{
	const char *given = NULL;
	int r = kh_json_text(j, key, &given);
	if (r < 0)
		return r;
	free(*text);
	*text = kh_strdup(given);
	return 0;
}

static int read_order_key(const json_t *j, struct kh_identity *i)
{
	const char *text = NULL;
	size_t n = 0;
	int r = kh_json_text(j, "order_key", &text);
	if (r == 0 && (!kh_base64_read(text, i->order_key, sizeof i->order_key, &n) || n != sizeof i->order_key))
		r = kh_fail(KH_E_INVALID_FIELD, "field \"order_key\": expected a key");
	return r;
}

static int check_certificates(const struct kh_identity *i, const char *key_pem, const char *ca_pin)
{
	bool matches = false;
	char pin[KH_PIN_SIZE] = "";
	int r = kh_x509_matches(i->certificate_pem, key_pem, &matches);
	if (r == 0 && !matches)
		r = kh_fail(KH_E_CRYPTO, "the server's answer holds a certificate for another key");
	if (r == 0)
		r = kh_x509_pin(i->ca_pem, pin);
	if (r == 0 && ca_pin && !kh_streq(pin, ca_pin))
		r = kh_fail(KH_E_PIN_MISMATCH, "the server's answer holds another authority");
	return r;
}

int kh_enrol_read_reply(const char *text, size_t n, const char *key_pem, const char *ca_pin, struct kh_identity *i)
{
	kh_auto_json json_t *j = NULL;
	int r = kh_json_parse(text, n, &j);
	const json_t *unit = json_object_get(j, "unit");
	r = r < 0 ? r : copy_exact(j, "endpoint", i->endpoint, sizeof i->endpoint);
	r = r < 0 ? r : replace_text(unit, "code", &i->unit_code);
	r = r < 0 ? r : replace_text(unit, "name", &i->unit_name);
	r = r < 0 ? r : replace_text(j, "certificate", &i->certificate_pem);
	r = r < 0 ? r : replace_text(j, "ca", &i->ca_pem);
	r = r < 0 ? r : copy_exact(j, "server_key_pin", i->server_pin, sizeof i->server_pin);
	r = r < 0 ? r : read_order_key(j, i);
	r = r < 0 ? r : check_certificates(i, key_pem, ca_pin);
	if (r == 0 && ca_pin) /* an enrolment: under the pin of its link */
		r = kh_identity_read_content_keys(j, i);
	if (r < 0)
		return kh_fail_in(r, "the server's answer to the enrolment");
	if (i->key_pem != key_pem) {
		free(i->key_pem);
		i->key_pem = kh_strdup(key_pem);
	}
	return 0;
}

/* ---- the question ---- */

/* The key of an enrolment whose answer was lost is used again: the server then knows that it is the same one. */
static int pending_key(const char *state_dir, char **ret)
{
	kh_auto_free char *path = kh_format("%s/%s", state_dir, PENDING_KEY), *key = NULL;
	kh_auto_buf struct kh_buf kept = KH_BUF_INIT;
	if (kh_file_read(path, KH_X509_MAX_PEM, &kept) == 0) {
		*ret = kh_buf_take(&kept);
		return 0;
	}
	int r = kh_x509_key_create(&key);
	r = r < 0 ? r : kh_dir_make(state_dir, 0700);
	r = r < 0 ? r : kh_file_replace(path, key, strlen(key), 0600);
	if (r == 0)
		*ret = kh_take(key);
	return r;
}

static void forget_pending_key(const char *state_dir)
{
	kh_auto_free char *path = kh_format("%s/%s", state_dir, PENDING_KEY);
	unlink(path);
}

/* Nothing for a machine that was never reviewed without a link. */
static int add_offline_key(const char *state_dir, json_t *body)
{
	kh_auto_free char *path = kh_format("%s/%s", state_dir, KH_OFFLINE_KEY);
	char text[KH_BASE64_LEN(KH_SIGN_PUBLIC_SIZE) + 1];
	struct kh_sign_key key = {0};
	if (!kh_file_exists(path))
		return 0;
	int r = kh_sign_key_load(path, &key);
	if (r == 0)
		kh_json_set_text(body, "offline_key", kh_base64(key.public, sizeof key.public, text));
	kh_sign_key_done(&key);
	return r;
}

static int request_body(const struct kh_enrolment_link *link, const char *state_dir, const char *key_pem, const struct kh_fingerprint *fingerprint, char **ret)
{
	kh_auto_free char *csr = NULL, *hostname = NULL, *os = kh_machine_os_name("");
	kh_auto_json json_t *j = json_object();
	int r = kh_host_name(&hostname);
	r = r < 0 ? r : kh_x509_request(key_pem, "khien", &csr);
	r = r < 0 ? r : add_offline_key(state_dir, j);
	if (r < 0)
		return r;
	kh_json_set_text(j, "token", link->token);
	kh_json_set_text(j, "csr", csr);
	kh_json_set_text(j, "hostname", hostname);
	kh_json_set_text(j, "os", os);
	kh_json_set_text(j, "agent_version", KH_VERSION);
	kh_json_set_text(j, "fingerprint", fingerprint->hex);
	kh_json_set_int(j, "time_ms", kh_now_ms());
	*ret = kh_json_dump(j);
	return 0;
}

static int ask(const struct kh_enrolment_link *link, const char *proxy, const char *body, char **ret_ca, struct kh_http_reply *reply)
{
	struct kh_http_client_options options = {.base_url = link->server_url, .proxy = proxy};
	kh_auto_http_client struct kh_http_client *client = NULL;
	int r = kh_http_fetch_ca(&options, "/agent/v1/ca", link->pin, ret_ca);
	options.ca_pem = *ret_ca;
	r = r < 0 ? r : kh_http_client_new(&options, &client);
	struct kh_http_call call = {.path = "/agent/v1/enroll", .body = body, .body_n = strlen(body)};
	return r < 0 ? r : kh_http_client_call(client, &call, reply);
}

int kh_enrol(const struct kh_enrolment_link *link, const struct kh_enrol_options *o, struct kh_identity *ret)
{
	kh_auto_identity struct kh_identity i = {0};
	kh_auto_http_reply struct kh_http_reply reply = {0};
	kh_auto_free char *key = NULL, *body = NULL, *ca = NULL;
	if (!o->force && kh_identity_exists(o->state_dir))
		return kh_fail(KH_E_EXISTS, "%s/identity.json", o->state_dir);
	i.server_url = kh_strdup(link->server_url);
	i.proxy = kh_proxy_for(link->server_url, o->configured_proxy);
	int r = kh_fingerprint_measure("", &i.fingerprint);
	r = r < 0 ? r : pending_key(o->state_dir, &key);
	r = r < 0 ? r : request_body(link, o->state_dir, key, &i.fingerprint, &body);
	r = r < 0 ? r : ask(link, i.proxy, body, &ca, &reply);
	r = r < 0 ? r : kh_enrol_read_reply(kh_buf_text(&reply.body), reply.body.len, key, link->pin, &i);
	r = r < 0 ? r : kh_identity_save(o->state_dir, &i);
	if (r < 0)
		return r;
	forget_pending_key(o->state_dir);
	if (ret) {
		*ret = i;
		i = (struct kh_identity){0};
	}
	return 0;
}
