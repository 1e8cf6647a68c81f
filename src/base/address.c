#include "base/address.h"

#include "base/alloc.h"
#include "base/str.h"

#include <arpa/inet.h>

bool kh_is_ip(const char *text)
{
	unsigned char ip[16];
	return inet_pton(AF_INET, text, ip) == 1 || inet_pton(AF_INET6, text, ip) == 1;
}

bool kh_is_host(const char *text)
{
	size_t good = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*");
	return (*text && !text[good]) || kh_is_ip(text);
}

bool kh_listen_parse(const char *text, char **ret_address, uint16_t *ret_port)
{
	const char *colon = strrchr(text, ':');
	int64_t port = 0;
	if (!colon || colon == text || !kh_parse_int(colon + 1, 0, UINT16_MAX, &port))
		return false;
	bool bracketed = text[0] == '[' && colon[-1] == ']';
	kh_auto_free char *address = kh_strndup(text + bracketed, (size_t)(colon - text) - 2 * bracketed);
	if (!kh_is_ip(address) || bracketed != (strchr(address, ':') != NULL))
		return false;
	*ret_address = kh_take(address);
	*ret_port = (uint16_t)port;
	return true;
}
