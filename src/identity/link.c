#include "identity/link.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"

#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

void kh_enrolment_link_done(struct kh_enrolment_link *link)
{
	free(link->server_url);
	*link = (struct kh_enrolment_link){0};
}

static int wrong(const char *what)
{
	return kh_fail(KH_E_USAGE, "%s; an enrolment link looks like https://HOST:PORT/e/TOKEN#PIN (quote it: the shell takes # for a comment)", kh_words(what));
}

static bool is_word(const char *s, size_t n, size_t wanted)
{
	return n == wanted && strspn(s, BASE64URL) >= n;
}

/* host, host:port, [v6], [v6]:port; nothing that would turn into a path, a query or a user name. */
static bool is_authority(const char *s, size_t n)
{
	size_t good = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]");
	return n > 0 && n <= 300 && good >= n && s[0] != ':' && s[0] != '-';
}

int kh_enrolment_link_parse(const char *text, struct kh_enrolment_link *ret)
{
	static const char scheme[] = "https://";
	if (!kh_starts_with(text, scheme))
		return wrong("it does not begin with https://");
	const char *host = text + sizeof scheme - 1, *path = strchr(host, '/');
	if (!path || !is_authority(host, (size_t)(path - host)))
		return wrong("the server's name is missing");
	if (!kh_starts_with(path, "/e/"))
		return wrong("it is no enrolment link");
	const char *token = path + 3, *hash = strchr(token, '#');
	if (!hash)
		return wrong("the part after # is missing");
	if (!is_word(token, (size_t)(hash - token), KH_TOKEN_LEN))
		return wrong("the token has not 32 characters");
	if (!is_word(hash + 1, strlen(hash + 1), KH_PIN_SIZE - 1))
		return wrong("the part after # has not 43 characters");
	ret->server_url = kh_strndup(text, (size_t)(path - text));
	memcpy(ret->token, token, KH_TOKEN_LEN);
	ret->token[KH_TOKEN_LEN] = '\0';
	memcpy(ret->pin, hash + 1, KH_PIN_SIZE);
	return 0;
}
