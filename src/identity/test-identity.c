#include "base/test.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/base64.h"
#include "identity/enrol.h"
#include "identity/identity.h"
#include "os/file.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char *dir;

static int make_dir(void **state)
{
	(void)state;
	dir = kh_strdup("/tmp/kh-identity-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static void remove_file(const char *name)
{
	kh_auto_free char *path = kh_format("%s/%s", dir, name);
	remove(path);
}

static void remove_all(void)
{
	static const char *const names[] = {"new/key.pem", "new/cert.pem", "new/ca.pem", "new/identity.json", "new", "key.pem", "cert.pem", "ca.pem", "identity.json"};
	for (size_t i = 0; i < KH_COUNT(names); i++)
		remove_file(names[i]);
}

static int remove_dir(void **state)
{
	(void)state;
	remove_all();
	rmdir(dir);
	free(dir);
	return 0;
}

static struct kh_identity example(const char *certificate)
{
	struct kh_identity i = {
		.endpoint = "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6",
		.unit_code = kh_strdup("phuong"),
		.unit_name = kh_strdup("Phường Hoa Mai"),
		.server_url = kh_strdup("https://s.vn:8443"),
		.proxy = kh_strdup(""),
		.server_pin = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
		.order_key = {1, 2, 3},
		.content_keys = {{4, 5}, {6}},
		.content_key_count = 2,
		.key_pem = kh_strdup("the key\n"),
		.certificate_pem = kh_strdup(certificate),
		.ca_pem = kh_strdup("the authority\n"),
	};
	memset(i.fingerprint.hex, 'a', 64);
	i.fingerprint.parts = kh_strdup("machine=a\n");
	return i;
}

static void comes_back_as_it_was_kept(void **state)
{
	(void)state;
	kh_auto_identity struct kh_identity none = {0}, kept = example("the certificate\n"), back = {0};
	assert_int_equal(kh_identity_load(dir, &none), KH_E_NOT_ENROLLED);
	assert_false(kh_identity_exists(dir));
	assert_int_equal(kh_identity_save(dir, &kept), 0);
	assert_true(kh_identity_exists(dir));
	assert_int_equal(kh_identity_load(dir, &back), 0);
	assert_string_equal(back.endpoint, kept.endpoint);
	assert_string_equal(back.unit_name, "Phường Hoa Mai");
	assert_string_equal(back.certificate_pem, "the certificate\n");
	assert_memory_equal(back.order_key, kept.order_key, sizeof kept.order_key);
	assert_int_equal(back.content_key_count, 2);
	assert_memory_equal(back.content_keys, kept.content_keys, sizeof kept.content_keys);
	assert_string_equal(back.fingerprint.parts, "machine=a\n");
	struct stat st = {0};
	kh_auto_free char *key = kh_format("%s/key.pem", dir);
	assert_int_equal(stat(key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	remove_all();
}

/* The moves, stopped after each step: the set that is loaded is never a mixture. */
static void a_move_cut_short_is_finished(void **state)
{
	(void)state;
	static const char *const names[] = {"key.pem", "cert.pem", "ca.pem", "identity.json"};
	for (size_t moved = 0; moved < KH_COUNT(names); moved++) {
		kh_auto_identity struct kh_identity old = example("old\n"), fresh = example("fresh\n"), back = {0};
		free(fresh.key_pem);
		fresh.key_pem = kh_strdup("fresh key\n");
		kh_auto_free char *staging = kh_format("%s/new", dir);
		assert_int_equal(kh_identity_save(dir, &fresh), 0);
		assert_int_equal(mkdir(staging, 0700), 0);
		for (size_t i = 0; i < KH_COUNT(names); i++) {
			kh_auto_free char *placed = kh_format("%s/%s", dir, names[i]), *staged = kh_format("%s/%s", staging, names[i]);
			assert_int_equal(rename(placed, staged), 0);
		}
		assert_true(kh_identity_exists(dir));
		kh_auto_free char *old_key = kh_format("%s/key.pem", dir), *old_cert = kh_format("%s/cert.pem", dir);
		assert_int_equal(kh_file_replace(old_key, old.key_pem, strlen(old.key_pem), 0600), 0);
		assert_int_equal(kh_file_replace(old_cert, old.certificate_pem, strlen(old.certificate_pem), 0600), 0);
		for (size_t i = 0; i < moved; i++) {
			kh_auto_free char *placed = kh_format("%s/%s", dir, names[i]), *staged = kh_format("%s/%s", staging, names[i]);
			assert_int_equal(rename(staged, placed), 0);
		}
		assert_int_equal(kh_identity_load(dir, &back), 0);
		assert_string_equal(back.key_pem, "fresh key\n");
		assert_string_equal(back.certificate_pem, "fresh\n");
		assert_false(kh_file_exists(staging));
		remove_all();
	}
}

static void damage_is_said_with_file_and_field(void **state)
{
	(void)state;
	static const struct {
		const char *json, *said;
		int error;
	} cases[] = {
		{"", "identity.json", KH_E_SYNTAX},
		{"{\"endpoint\":", "identity.json", KH_E_SYNTAX},
		{"{}", "endpoint", KH_E_INVALID_FIELD},
		{"{\"endpoint\":\"short\"}", "endpoint", KH_E_INVALID_FIELD},
		{"{\"endpoint\":7}", "endpoint", KH_E_INVALID_FIELD},
	};
	kh_auto_identity struct kh_identity kept = example("c\n");
	assert_int_equal(kh_identity_save(dir, &kept), 0);
	kh_auto_free char *path = kh_format("%s/identity.json", dir);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_identity back = {0};
		assert_int_equal(kh_file_replace(path, cases[i].json, strlen(cases[i].json), 0600), 0);
		assert_int_equal(kh_identity_load(dir, &back), cases[i].error);
		assert_non_null(strstr(kh_fail_detail(), cases[i].said));
		assert_null(back.server_url);
	}
	remove_all();
}

/* ---- the server's answer ---- */

static char *answer(const char *endpoint, const char *certificate, const char *ca)
{
	uint8_t key[KH_SIGN_PUBLIC_SIZE] = {9};
	kh_auto_free char *order_key = kh_base64_text(key, sizeof key);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_buf_addf(&b, "{\"endpoint\":\"%s\",\"unit\":{\"code\":\"u\",\"name\":\"U\"},\"certificate\":", endpoint);
	kh_buf_add_json_string(&b, certificate, strlen(certificate));
	kh_buf_adds(&b, ",\"ca\":");
	kh_buf_add_json_string(&b, ca, strlen(ca));
	kh_buf_addf(&b, ",\"order_key\":\"%s\",\"server_key_pin\":\"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\",\"server_time_ms\":1}", order_key);
	return kh_buf_take(&b);
}

static void an_answer_must_fit_the_key_and_the_pin(void **state)
{
	(void)state;
	static const char uuid[] = "f81d4fae-7dec-4d0a-a765-00a0c91e6bf6";
	kh_auto_ca struct kh_ca *ca = NULL, *other_ca = NULL;
	kh_auto_free char *key = NULL, *other_key = NULL, *csr = NULL, *certificate = NULL;
	char pin[KH_PIN_SIZE], other_pin[KH_PIN_SIZE];
	assert_int_equal(kh_ca_create("CA", kh_now_s(), &ca), 0);
	assert_int_equal(kh_ca_create("CA", kh_now_s(), &other_ca), 0);
	assert_int_equal(kh_x509_key_create(&key), 0);
	assert_int_equal(kh_x509_key_create(&other_key), 0);
	assert_int_equal(kh_x509_request(key, "khien", &csr), 0);
	assert_int_equal(kh_ca_issue_client(ca, csr, uuid, kh_now_s(), 86400, &certificate, NULL), 0);
	assert_int_equal(kh_x509_pin(kh_ca_certificate(ca), pin), 0);
	assert_int_equal(kh_x509_pin(kh_ca_certificate(other_ca), other_pin), 0);
	kh_auto_free char *good = answer(uuid, certificate, kh_ca_certificate(ca)), *bad_uuid = answer("x", certificate, kh_ca_certificate(ca)),
			  *bad_ca = answer(uuid, certificate, "no PEM");
	const struct {
		const char *text, *key, *pin;
		int error;
	} cases[] = {
		{good, key, pin, 0},
		{good, key, NULL, 0},
		{good, other_key, pin, KH_E_CRYPTO},
		{good, key, other_pin, KH_E_PIN_MISMATCH},
		{bad_uuid, key, pin, KH_E_INVALID_FIELD},
		{bad_ca, key, pin, KH_E_SYNTAX},
		{"[]", key, pin, KH_E_INVALID_FIELD},
		{"no JSON", key, pin, KH_E_SYNTAX},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_identity struct kh_identity identity = {0};
		assert_int_equal(kh_enrol_read_reply(cases[i].text, strlen(cases[i].text), cases[i].key, cases[i].pin, &identity), cases[i].error);
		if (cases[i].error == 0)
			assert_string_equal(identity.endpoint, uuid);
	}
}

KH_TESTS_WITH(make_dir, remove_dir, comes_back_as_it_was_kept, a_move_cut_short_is_finished, damage_is_said_with_file_and_field,
	      an_answer_must_fit_the_key_and_the_pin)
