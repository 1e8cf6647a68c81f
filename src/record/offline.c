#include "record/offline.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/str.h"
#include "crypto/base64.h"

#include <string.h>

#define MAGIC "KHIENOFF1"
#define SIGNATURE "signature:"
#define VERSION 1

void kh_offline_done(struct kh_offline *o)
{
	free(o->hostname);
	free(o->os);
	free(o->fingerprint);
	*o = (struct kh_offline){0};
}

int kh_offline_write(const struct kh_sign_key *key, const struct kh_offline *o, struct kh_buf *ret)
{
	char key_text[KH_BASE64_LEN(KH_SIGN_PUBLIC_SIZE) + 1], signature_text[KH_BASE64_LEN(KH_SIGNATURE_SIZE) + 1];
	uint8_t signature[KH_SIGNATURE_SIZE];
	kh_auto_json json_t *header = json_object();
	kh_json_set_int(header, "v", VERSION);
	kh_json_set_text(header, "key", kh_base64(key->public, sizeof key->public, key_text));
	kh_json_set_text(header, "hostname", o->hostname);
	kh_json_set_text(header, "os", o->os);
	kh_json_set_text(header, "fingerprint", o->fingerprint);
	kh_json_set_int(header, "made_ms", o->made_ms);
	kh_json_set_int(header, "bytes", (int64_t)o->packed_n);
	kh_json_set_int(header, "records", o->records);
	kh_auto_free char *line = kh_json_dump(header);
	kh_buf_addf(ret, MAGIC "\n%s\n", line);
	kh_buf_add(ret, o->packed, o->packed_n);
	int r = kh_buf_status(ret);
	if (r < 0)
		return r;
	kh_sign(key, ret->data, ret->len, signature);
	kh_buf_addf(ret, SIGNATURE "%s\n", kh_base64(signature, sizeof signature, signature_text));
	return kh_buf_status(ret);
}

/* ---- reading ---- */

static int no_such_file(const char *what)
{
	return kh_fail(KH_E_SYNTAX, "not a review file: %s", kh_words(what));
}

static int read_magic(struct kh_cursor *c)
{
	const char *line = NULL;
	size_t n = 0;
	if (!kh_cursor_line(c, &line, &n) || n < strlen(MAGIC) || memcmp(line, MAGIC, strlen(MAGIC) - 1) != 0)
		return no_such_file("it does not begin with KHIENOFF1");
	return n == strlen(MAGIC) && line[n - 1] == '1' ? 0 : kh_fail(KH_E_NOT_SUPPORTED, "a review file of a newer version");
}

static int copy_field(const json_t *j, const char *key, char **ret)
{
	const char *text = NULL;
	int r = kh_json_text(j, key, &text);
	if (r == 0 && strlen(text) > 255)
		r = kh_fail(KH_E_INVALID_FIELD, "field \"%s\": more than 255 bytes", key);
	if (r == 0)
		*ret = kh_strdup(text);
	return r;
}

static int read_header(struct kh_cursor *c, struct kh_offline *o)
{
	const char *line = NULL, *key = NULL;
	kh_auto_json json_t *j = NULL;
	size_t n = 0, key_n = 0;
	int64_t version = 0, bytes = 0;
	if (!kh_cursor_line(c, &line, &n))
		return no_such_file("it ends in the first line");
	int r = kh_json_parse(line, n, &j);
	r = r < 0 ? r : kh_json_int(j, "v", VERSION, VERSION, &version);
	r = r < 0 ? r : kh_json_text(j, "key", &key);
	r = r < 0 ? r : copy_field(j, "hostname", &o->hostname);
	r = r < 0 ? r : copy_field(j, "os", &o->os);
	r = r < 0 ? r : copy_field(j, "fingerprint", &o->fingerprint);
	r = r < 0 ? r : kh_json_int(j, "made_ms", 0, INT64_MAX, &o->made_ms);
	r = r < 0 ? r : kh_json_int(j, "bytes", 0, KH_OFFLINE_MAX_BYTES, &bytes);
	r = r < 0 ? r : kh_json_int(j, "records", 1, KH_MAX_BATCH_RECORDS, &o->records);
	if (r == 0 && (!kh_base64_read(key, o->key, sizeof o->key, &key_n) || key_n != sizeof o->key))
		r = kh_fail(KH_E_INVALID_FIELD, "field \"key\": expected a key");
	const uint8_t *packed = NULL;
	if (r == 0 && !kh_cursor_take(c, (size_t)bytes, &packed))
		r = no_such_file("it is cut short");
	o->packed = packed;
	o->packed_n = (size_t)bytes;
	return r;
}

static int check_signature(const uint8_t *start, struct kh_cursor *c, const struct kh_offline *o)
{
	uint8_t signature[KH_SIGNATURE_SIZE];
	const uint8_t *end = c->at;
	const char *line = NULL;
	size_t n = 0, signature_n = 0;
	if (!kh_cursor_line(c, &line, &n) || n < strlen(SIGNATURE) || memcmp(line, SIGNATURE, strlen(SIGNATURE)) != 0 || kh_cursor_left(c) || c->at[-1] != '\n')
		return no_such_file("the line with the signature is missing");
	kh_auto_free char *text = kh_strndup(line + strlen(SIGNATURE), n - strlen(SIGNATURE));
	bool good = kh_base64_read(text, signature, sizeof signature, &signature_n) && signature_n == sizeof signature &&
		    kh_sign_verify(o->key, start, (size_t)(end - start), signature);
	return good ? 0 : kh_fail(KH_E_SIGNATURE_INVALID, "the file was changed after it was made");
}

int kh_offline_read(const void *bytes, size_t n, struct kh_offline *ret)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	struct kh_offline o = {0};
	int r = read_magic(&c);
	r = r < 0 ? r : read_header(&c, &o);
	r = r < 0 ? r : check_signature(bytes, &c, &o);
	if (r < 0) {
		kh_offline_done(&o);
		return r;
	}
	*ret = o;
	return 0;
}
