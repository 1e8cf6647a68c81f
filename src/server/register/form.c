#include "server/register/form.h"

#include "base/address.h"
#include "base/i18n.h"
#include "base/str.h"

#include <ctype.h>

static bool is_domain(const char *s)
{
	return strchr(s, '.') && *s != '*' && kh_is_host(s) && !kh_is_ip(s);
}

static bool is_email(const char *s)
{
	const char *at = strrchr(s, '@');
	if (!at || at == s || at - s > 64 || strpbrk(s, " ,;<>()[]\"\\") || strchr(s, '@') != at)
		return false;
	return is_domain(at + 1);
}

/* As people write it: 113, (028) 3822 0000, +84-28-3822.0000 */
static bool is_phone(const char *s)
{
	int digits = 0;
	for (const char *p = s; *p; p++) {
		if (isdigit((unsigned char)*p))
			digits++;
		else if (!(strchr(" -.()/", *p) || (*p == '+' && p == s)))
			return false;
	}
	return digits >= 3 && digits <= 20;
}

static bool is_network(const char *s)
{
	char address[64];
	const char *slash = strchr(s, '/');
	size_t n = slash ? (size_t)(slash - s) : strlen(s);
	int64_t bits = 0;
	if (n >= sizeof address)
		return false;
	memcpy(address, s, n);
	address[n] = '\0';
	return kh_is_ip(address) && (!slash || kh_parse_int(slash + 1, 0, strchr(address, ':') ? 128 : 32, &bits));
}

/* Only what a browser opens as a page: a link in the console is made of it. */
static bool is_url(const char *s)
{
	char host[256];
	const char *start = kh_starts_with(s, "https://") ? s + 8 : kh_starts_with(s, "http://") ? s + 7 : NULL;
	size_t n = start ? strcspn(start, "/?#:") : 0;
	if (n == 0 || n >= sizeof host || s[strcspn(s, " <>\"\\^`{|}")])
		return false;
	memcpy(host, start, n);
	host[n] = '\0';
	return kh_is_host(host) && *host != '*';
}

static bool is_sha256(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdefABCDEF") == 64;
}

static bool is_name(const char *s)
{
	return kh_is_host(s) && *s != '*';
}

static const struct {
	bool (*fits)(const char *);
	const char *expected;
} forms[] = {
	[KH_TEXT_FORM_EMAIL] = {is_email, KH_WORDS("an e-mail address")},
	[KH_TEXT_FORM_PHONE] = {is_phone, KH_WORDS("a telephone number")},
	[KH_TEXT_FORM_IP] = {kh_is_ip, KH_WORDS("an IP address")},
	[KH_TEXT_FORM_NETWORK] = {is_network, KH_WORDS("a network, as 192.0.2.0/24")},
	[KH_TEXT_FORM_DOMAIN] = {is_domain, KH_WORDS("a domain name")},
	[KH_TEXT_FORM_URL] = {is_url, KH_WORDS("a link that begins with https:// or http://")},
	[KH_TEXT_FORM_SHA256] = {is_sha256, KH_WORDS("64 hex digits")},
	[KH_TEXT_FORM_HOST] = {is_name, KH_WORDS("the name or address of a machine")},
};

bool kh_form_fits(enum kh_text_form form, const char *text)
{
	return form == KH_TEXT_FORM_NONE || forms[form].fits(text);
}

const char *kh_form_expected(enum kh_text_form form)
{
	return forms[form].expected;
}
