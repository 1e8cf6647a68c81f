/* Fetching a file from a web server that is not Khiên's: a mirror of content, by libcurl. HTTPS is verified against the system's trusted authorities; plain HTTP
 * is spoken too, for files that are signed themselves: the caller judges what came. Redirects are followed, but never from HTTPS to HTTP. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_http_download {
	const char *url;     /* "https://…" or "http://…" */
	const char *proxy;   /* "http://[USER:PASSWORD@]HOST:PORT"; NULL: what the environment says (https_proxy, no_proxy) */
	const char *ca_file; /* PEM of who is trusted; NULL: the system's */
	uint64_t max_bytes;
	bool piece;          /* only bytes `from` … `from` + max_bytes - 1, in an answer that says so (206): else KH_E_NOT_SUPPORTED */
	uint64_t from;
	int idle_s;          /* given up after so long with hardly a byte; 0: 60 */
};

/* Writes what the server gives to the descriptor. KH_E_INVALID_FIELD: no such URL. KH_E_NOT_FOUND: the server says so. KH_E_UNREACHABLE: no connection, a certificate that
 * is not trusted, any other refusal. KH_E_TIMEOUT, KH_E_TOO_LARGE; KH_E_IO and the like when the descriptor cannot be written. */
int kh_http_download(const struct kh_http_download *d, int fd) KH_MUST_USE;
