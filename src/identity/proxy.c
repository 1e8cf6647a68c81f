#include "identity/proxy.h"

#include "base/alloc.h"
#include "base/str.h"

#include <stdlib.h>

static char *host_of(const char *url)
{
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	if (*host == '[')
		return kh_strndup(host + 1, strcspn(host + 1, "]"));
	return kh_strndup(host, strcspn(host, ":/"));
}

static bool is_local(const char *host)
{
	return kh_streq_nocase(host, "localhost") || kh_starts_with(host, "127.") || kh_streq(host, "::1");
}

/* "example.vn" and ".example.vn" both stand for the name and all below it. */
static bool covers(const char *entry, const char *host)
{
	if (kh_streq(entry, "*"))
		return true;
	entry += *entry == '.' ? 1 : 0;
	size_t n = strlen(entry), h = strlen(host);
	if (n == 0 || n > h || !kh_streq_nocase(host + h - n, entry))
		return false;
	return n == h || host[h - n - 1] == '.';
}

static bool is_exempt(const char *host)
{
	const char *list = getenv("no_proxy") ? getenv("no_proxy") : getenv("NO_PROXY");
	kh_auto_free char *copy = kh_strdup(list ? list : "");
	char *rest = copy;
	for (char *entry = NULL; (entry = kh_split(&rest, ",")) != NULL;)
		if (covers(kh_trim(entry), host))
			return true;
	return false;
}

char *kh_proxy_for(const char *server_url, const char *configured)
{
	kh_auto_free char *host = host_of(server_url);
	if (configured && *configured)
		return kh_strdup(kh_streq(configured, "none") ? "" : configured);
	const char *of_environment = getenv("https_proxy") ? getenv("https_proxy") : getenv("HTTPS_PROXY");
	if (!of_environment || is_local(host) || is_exempt(host))
		return kh_strdup("");
	return kh_strdup(of_environment);
}
