#include "server/portal/fetched.h"

#include "base/error.h"
#include "base/str.h"
#include "server/portal/limits.h"

#include <stdio.h>

enum { MAX_DETAIL = 512 };

const char *const kh_security_header_names[KH_SECURITY_HEADERS] = {"Strict-Transport-Security", "Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy"};

void kh_names_done(struct kh_names *names)
{
	kh_array_each(&names->of, name) free(*name);
	kh_array_done(&names->of);
}

void kh_fetched_done(struct kh_fetched *f)
{
	free(f->url);
	free(f->detail);
	kh_names_done(&f->addresses);
	kh_names_done(&f->servers);
	kh_page_done(&f->page);
	*f = (struct kh_fetched){0};
}

/* ---- names ---- */

json_t *kh_names_json(const struct kh_names *names)
{
	if (!names->asked)
		return json_null();
	json_t *list = json_array();
	kh_array_each(&names->of, name) json_array_append_new(list, kh_json_string(*name));
	return list;
}

int kh_names_of_json(const json_t *json, struct kh_names *ret)
{
	if (!json || json_is_null(json))
		return 0;
	if (!json_is_array(json) || json_array_size(json) > KH_FETCH_ADDRESSES)
		return kh_fail(KH_E_SYNTAX, "a list of names is not what it should be");
	struct kh_names names = {.asked = true};
	for (size_t i = 0; i < json_array_size(json); i++) {
		const char *text = json_string_value(json_array_get(json, i));
		if (!text || strlen(text) >= KH_FETCH_ADDRESS) {
			kh_names_done(&names);
			return kh_fail(KH_E_SYNTAX, "a list of names is not what it should be");
		}
		kh_array_push(&names.of, kh_strdup(text));
	}
	*ret = names;
	return 0;
}

/* ---- certificate ---- */

json_t *kh_site_certificate_json(const struct kh_site_certificate *c)
{
	return c->any ? json_pack("{s:b, s:b, s:I, s:o, s:s}", "trusted", c->trusted, "name_fits", c->name_fits, "until_s", (json_int_t)c->until_s, "issuer", kh_json_string(c->issuer), "pin",
				  c->pin)
		      : json_null();
}

int kh_site_certificate_of_json(const json_t *json, struct kh_site_certificate *ret)
{
	if (!json || json_is_null(json))
		return 0;
	struct kh_site_certificate c = {.any = true};
	const char *issuer = NULL, *pin = NULL;
	int r = kh_json_bool(json, "trusted", &c.trusted);
	r = r < 0 ? r : kh_json_bool(json, "name_fits", &c.name_fits);
	r = r < 0 ? r : kh_json_int(json, "until_s", INT64_MIN, INT64_MAX, &c.until_s);
	r = r < 0 ? r : kh_json_text(json, "issuer", &issuer);
	r = r < 0 ? r : kh_json_text(json, "pin", &pin);
	if (r < 0)
		return r;
	snprintf(c.issuer, sizeof c.issuer, "%s", issuer);
	snprintf(c.pin, sizeof c.pin, "%s", pin);
	*ret = c;
	return 0;
}

/* ---- the whole ---- */

json_t *kh_fetched_json(const struct kh_fetched *f)
{
	return json_pack("{s:i, s:I, s:I, s:I, s:I, s:o, s:o, s:i, s:o, s:o, s:o, s:o}", "status", f->status, "http", (json_int_t)f->http, "ms", (json_int_t)f->ms, "bytes",
			 (json_int_t)f->bytes, "redirects", (json_int_t)f->redirects, "url", kh_json_string(f->url), "detail", kh_json_string(f->detail), "headers", (int)f->headers,
			 "certificate", kh_site_certificate_json(&f->certificate), "addresses", kh_names_json(&f->addresses), "servers", kh_names_json(&f->servers), "page",
			 f->has_page ? kh_page_json(&f->page) : json_null());
}

static int read_texts(const json_t *json, struct kh_fetched *f)
{
	const char *url = NULL, *detail = NULL;
	int r = kh_json_text(json, "url", &url);
	r = r < 0 ? r : kh_json_text(json, "detail", &detail);
	if (r == 0 && (strlen(url) > KH_PAGE_MAX_URL || strlen(detail) > MAX_DETAIL))
		r = kh_fail(KH_E_TOO_LARGE, "an answer of the watcher is too large");
	if (r == 0) {
		f->url = kh_strdup(url);
		f->detail = kh_strdup(detail);
	}
	return r;
}

static int read_all(const json_t *json, struct kh_fetched *f)
{
	int64_t status = 0, headers = 0;
	const json_t *page = json_object_get(json, "page");
	int r = kh_json_int(json, "status", 0, KH_PORTAL_STATUS_COUNT - 1, &status);
	r = r < 0 ? r : kh_json_int(json, "http", 0, 999, &f->http);
	r = r < 0 ? r : kh_json_int(json, "ms", 0, INT32_MAX, &f->ms);
	r = r < 0 ? r : kh_json_int(json, "bytes", 0, INT64_MAX, &f->bytes);
	r = r < 0 ? r : kh_json_int(json, "redirects", 0, 1000, &f->redirects);
	r = r < 0 ? r : kh_json_int(json, "headers", 0, KH_SECURITY_HEADERS_ALL, &headers);
	r = r < 0 ? r : read_texts(json, f);
	r = r < 0 ? r : kh_site_certificate_of_json(json_object_get(json, "certificate"), &f->certificate);
	r = r < 0 ? r : kh_names_of_json(json_object_get(json, "addresses"), &f->addresses);
	r = r < 0 ? r : kh_names_of_json(json_object_get(json, "servers"), &f->servers);
	f->status = (enum kh_portal_status)status;
	f->headers = (unsigned)headers;
	f->has_page = json_is_object(page);
	return r == 0 && f->has_page ? kh_page_of_json(page, &f->page) : r;
}

int kh_fetched_of_json(const json_t *json, struct kh_fetched *ret)
{
	kh_auto_fetched struct kh_fetched f = {0};
	int r = read_all(json, &f);
	if (r == 0) {
		*ret = f;
		f = (struct kh_fetched){0};
	}
	return r;
}
