#include "identity/identity.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "crypto/base64.h"
#include "os/file.h"

#include <stdio.h>
#include <unistd.h>

enum { SECRET = 0600 };

static const char *const file_names[] = {"key.pem", "cert.pem", "ca.pem", "identity.json"}; /* identity.json last: with it the set is whole */

void kh_identity_done(struct kh_identity *i)
{
	free(i->unit_code);
	free(i->unit_name);
	free(i->server_url);
	free(i->proxy);
	kh_fingerprint_done(&i->fingerprint);
	free(i->key_pem);
	free(i->certificate_pem);
	free(i->ca_pem);
	*i = (struct kh_identity){0};
}

void kh_identity_copy(const struct kh_identity *from, struct kh_identity *ret)
{
	*ret = *from;
	ret->unit_code = kh_strdup(from->unit_code);
	ret->unit_name = kh_strdup(from->unit_name);
	ret->server_url = kh_strdup(from->server_url);
	ret->proxy = kh_strdup(from->proxy);
	ret->fingerprint.parts = kh_strdup(from->fingerprint.parts);
	ret->key_pem = kh_strdup(from->key_pem);
	ret->certificate_pem = kh_strdup(from->certificate_pem);
	ret->ca_pem = kh_strdup(from->ca_pem);
}

/* ---- the set of files ---- */

bool kh_identity_exists(const char *state_dir)
{
	kh_auto_free char *placed = kh_format("%s/identity.json", state_dir), *staged = kh_format("%s/new/identity.json", state_dir);
	return kh_file_exists(placed) || kh_file_exists(staged);
}

/* Moves a whole staged set into place; does nothing when there is none. */
static int finish_move(const char *state_dir)
{
	kh_auto_free char *last = kh_format("%s/new/identity.json", state_dir), *staging = kh_format("%s/new", state_dir);
	if (!kh_file_exists(last))
		return 0;
	for (size_t i = 0; i < KH_COUNT(file_names); i++) {
		kh_auto_free char *from = kh_format("%s/%s", staging, file_names[i]), *to = kh_format("%s/%s", state_dir, file_names[i]);
		if (i + 1 == KH_COUNT(file_names)) {
			int r = kh_dir_sync(state_dir);
			if (r < 0)
				return r;
		}
		if (kh_file_exists(from) && rename(from, to) < 0)
			return kh_fail_errno("%s", to);
	}
	int r = kh_dir_sync(state_dir);
	if (r == 0 && rmdir(staging) < 0)
		r = kh_fail_errno("%s", staging);
	return r;
}

static int stage(const char *state_dir, const char *name, const char *text)
{
	kh_auto_free char *path = kh_format("%s/new/%s", state_dir, name);
	return kh_file_replace(path, text, strlen(text), SECRET);
}

static int read_text(const char *state_dir, const char *name, char **ret)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("%s/%s", state_dir, name);
	int r = kh_file_read(path, KH_X509_MAX_PEM, &b);
	if (r == 0 && strlen(kh_buf_text(&b)) != b.len)
		r = kh_fail(KH_E_SYNTAX, "%s: a zero byte", path);
	if (r < 0)
		return r;
	*ret = kh_buf_take(&b);
	return 0;
}

/* ---- identity.json ---- */

static json_t *content_keys_json(const struct kh_identity *i)
{
	json_t *list = json_array();
	for (size_t k = 0; k < i->content_key_count; k++) {
		char text[KH_BASE64_LEN(KH_SIGN_PUBLIC_SIZE) + 1];
		kh_assert(json_array_append_new(list, json_string(kh_base64(i->content_keys[k], KH_SIGN_PUBLIC_SIZE, text))) == 0);
	}
	return list;
}

int kh_identity_read_content_keys(const json_t *object, struct kh_identity *i)
{
	const json_t *list = json_object_get(object, "content_keys");
	size_t count = json_array_size(list); /* 0 for what is no list */
	i->content_key_count = 0;
	if (count > KH_IDENTITY_MAX_CONTENT_KEYS)
		return kh_fail(KH_E_INVALID_FIELD, "field \"content_keys\": more than %d", KH_IDENTITY_MAX_CONTENT_KEYS);
	for (size_t k = 0; k < count; k++) {
		const char *text = json_string_value(json_array_get(list, k));
		size_t n = 0;
		if (!text || !kh_base64_read(text, i->content_keys[k], KH_SIGN_PUBLIC_SIZE, &n) || n != KH_SIGN_PUBLIC_SIZE)
			return kh_fail(KH_E_INVALID_FIELD, "field \"content_keys\": expected keys");
	}
	i->content_key_count = count;
	return 0;
}

static char *to_json(const struct kh_identity *i)
{
	kh_auto_json json_t *j = json_object();
	char order_key[KH_BASE64URL_LEN(KH_SIGN_PUBLIC_SIZE) + 1];
	kh_json_set_text(j, "endpoint", i->endpoint);
	kh_json_set_text(j, "unit_code", i->unit_code);
	kh_json_set_text(j, "unit_name", i->unit_name);
	kh_json_set_text(j, "server", i->server_url);
	kh_json_set_text(j, "proxy", i->proxy);
	kh_json_set_text(j, "server_pin", i->server_pin);
	kh_json_set_text(j, "order_key", kh_base64url(i->order_key, sizeof i->order_key, order_key));
	kh_assert(json_object_set_new(j, "content_keys", content_keys_json(i)) == 0);
	kh_json_set_text(j, "fingerprint", i->fingerprint.hex);
	kh_json_set_text(j, "fingerprint_parts", i->fingerprint.parts);
	return kh_json_dump(j);
}

static int short_text(const json_t *j, const char *key, char *ret, size_t size)
{
	const char *text = NULL;
	int r = kh_json_text(j, key, &text);
	if (r == 0 && strlen(text) != size - 1)
		r = kh_fail(KH_E_INVALID_FIELD, "field \"%s\": expected %zu characters", key, size - 1);
	if (r < 0)
		return r;
	memcpy(ret, text, size);
	return 0;
}

static int owned_text(const json_t *j, const char *key, char **ret)
{
	const char *text = NULL;
	int r = kh_json_text(j, key, &text);
	if (r == 0)
		*ret = kh_strdup(text);
	return r;
}

static int from_json(const json_t *j, struct kh_identity *i)
{
	const char *order_key = NULL, *parts = NULL, *proxy = NULL;
	size_t n = 0;
	int r = short_text(j, "endpoint", i->endpoint, sizeof i->endpoint);
	r = r < 0 ? r : owned_text(j, "unit_code", &i->unit_code);
	r = r < 0 ? r : owned_text(j, "unit_name", &i->unit_name);
	r = r < 0 ? r : owned_text(j, "server", &i->server_url);
	r = r < 0 ? r : kh_json_text_or(j, "proxy", "", &proxy);
	r = r < 0 ? r : short_text(j, "server_pin", i->server_pin, sizeof i->server_pin);
	r = r < 0 ? r : short_text(j, "fingerprint", i->fingerprint.hex, sizeof i->fingerprint.hex);
	r = r < 0 ? r : kh_json_text_or(j, "fingerprint_parts", NULL, &parts);
	r = r < 0 ? r : kh_json_text(j, "order_key", &order_key);
	if (r == 0 && (!kh_base64url_read(order_key, i->order_key, sizeof i->order_key, &n) || n != sizeof i->order_key))
		r = kh_fail(KH_E_INVALID_FIELD, "field \"order_key\": expected a key");
	r = r < 0 ? r : kh_identity_read_content_keys(j, i);
	if (r < 0)
		return r;
	i->proxy = kh_strdup(proxy);
	i->fingerprint.parts = kh_strdup(parts);
	return 0;
}

static int load_json(const char *state_dir, struct kh_identity *ret)
{
	kh_auto_free char *text = NULL;
	kh_auto_json json_t *j = NULL;
	int r = read_text(state_dir, "identity.json", &text);
	if (r == KH_E_NOT_FOUND)
		return kh_fail(KH_E_NOT_ENROLLED, "%s/identity.json is not there", state_dir);
	if (r == 0)
		r = kh_json_parse(text, strlen(text), &j);
	if (r == 0)
		r = from_json(j, ret);
	return r < 0 ? kh_fail_in(r, "%s/identity.json", state_dir) : 0;
}

/* ---- whole ---- */

int kh_identity_load(const char *state_dir, struct kh_identity *ret)
{
	kh_auto_identity struct kh_identity i = {0};
	int r = finish_move(state_dir);
	r = r < 0 ? r : load_json(state_dir, &i);
	r = r < 0 ? r : read_text(state_dir, "key.pem", &i.key_pem);
	r = r < 0 ? r : read_text(state_dir, "cert.pem", &i.certificate_pem);
	r = r < 0 ? r : read_text(state_dir, "ca.pem", &i.ca_pem);
	if (r < 0)
		return r;
	*ret = i;
	i = (struct kh_identity){0};
	return 0;
}

int kh_identity_save(const char *state_dir, const struct kh_identity *i)
{
	kh_auto_free char *json = to_json(i), *staging = kh_format("%s/new", state_dir);
	int r = kh_file_exists(staging) ? finish_move(state_dir) : 0;
	r = r < 0 ? r : kh_dir_make(staging, 0700);
	r = r < 0 ? r : stage(state_dir, "key.pem", i->key_pem);
	r = r < 0 ? r : stage(state_dir, "cert.pem", i->certificate_pem);
	r = r < 0 ? r : stage(state_dir, "ca.pem", i->ca_pem);
	r = r < 0 ? r : stage(state_dir, "identity.json", json);
	return r < 0 ? r : finish_move(state_dir);
}
