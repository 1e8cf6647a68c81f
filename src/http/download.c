#include "http/download.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/version.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT_S = 20, IDLE_S = 60, SLOW_BYTES = 64, MAX_REDIRECTS = 5 };

struct download {
	int fd;
	uint64_t left;
	int error; /* of our own side: a KH_E_* */
	bool piece;
	CURL *curl;
};

static void start_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Before the first byte is taken: a whole file would be written to the middle of another. */
static bool is_partial(CURL *c)
{
	long status = 0;
	return curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 206;
}

/* Anything but the number of bytes makes libcurl stop. */
static size_t take(char *bytes, size_t size, size_t count, void *context)
{
	struct download *d = context;
	size_t n = size * count;
	if (d->piece && !is_partial(d->curl)) {
		d->error = kh_fail(KH_E_NOT_SUPPORTED, "the server gives no pieces of a file");
		return 0;
	}
	if (n > d->left) {
		d->error = KH_E_TOO_LARGE;
		return 0;
	}
	d->left -= n;
	for (size_t done = 0; done < n;) {
		ssize_t w = write(d->fd, bytes + done, n - done);
		if (w < 0 && errno != EINTR) {
			d->error = kh_fail_errno("writing what was fetched");
			return 0;
		}
		done += w > 0 ? (size_t)w : 0;
	}
	return n;
}

static bool set_up(CURL *c, const struct kh_http_download *o, struct download *d, char *words)
{
	bool secure = kh_starts_with(o->url, "https:");
	return curl_easy_setopt(c, CURLOPT_URL, o->url) == CURLE_OK && curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK && curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L) == CURLE_OK && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)(o->idle_s ? o->idle_s : IDLE_S)) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_USERAGENT, "khien/" KH_VERSION) == CURLE_OK && curl_easy_setopt(c, CURLOPT_ERRORBUFFER, words) == CURLE_OK &&
	       (!o->proxy || curl_easy_setopt(c, CURLOPT_PROXY, o->proxy) == CURLE_OK) &&
	       (!o->ca_file || curl_easy_setopt(c, CURLOPT_CAINFO, o->ca_file) == CURLE_OK) && curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEDATA, d) == CURLE_OK;
}

/* "0-262143" */
static bool set_piece(CURL *c, const struct kh_http_download *o)
{
	char range[64];
	snprintf(range, sizeof range, "%llu-%llu", (unsigned long long)o->from, (unsigned long long)(o->from + o->max_bytes - 1));
	return curl_easy_setopt(c, CURLOPT_RANGE, range) == CURLE_OK;
}

static int error_of(CURL *c, CURLcode code, const struct kh_http_download *o, const struct download *d, const char *words)
{
	long status = 0;
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (d->error == KH_E_TOO_LARGE)
		return kh_fail(KH_E_TOO_LARGE, "%s: more than %llu bytes", o->url, (unsigned long long)o->max_bytes);
	if (d->error)
		return d->error;
	if (code == CURLE_HTTP_RETURNED_ERROR)
		return kh_fail(status == 404 || status == 410 ? KH_E_NOT_FOUND : KH_E_UNREACHABLE, "%s: the server answers %ld", o->url, status);
	return kh_fail(code == CURLE_OPERATION_TIMEDOUT ? KH_E_TIMEOUT : KH_E_UNREACHABLE, "%s: %s", o->url, *words ? words : curl_easy_strerror(code));
}

static void free_curl(CURL **c)
{
	if (*c)
		curl_easy_cleanup(*c);
}

int kh_http_download(const struct kh_http_download *o, int fd)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct download d = {.fd = fd, .left = o->max_bytes};
	char words[CURL_ERROR_SIZE] = "";
	if (!kh_starts_with(o->url, "https://") && !kh_starts_with(o->url, "http://"))
		return kh_fail(KH_E_INVALID_FIELD, "%s: expected https:// or http://", o->url);
	pthread_once(&once, start_curl);
	KH_CLEANUP(free_curl) CURL *c = curl_easy_init();
	if (!c || !set_up(c, o, &d, words))
		return kh_fail(KH_E_INVALID_FIELD, "%s: libcurl cannot fetch this", o->url);
	d.piece = o->piece;
	d.curl = c;
	if (o->piece && !set_piece(c, o))
		return kh_fail(KH_E_INVALID_FIELD, "%s: libcurl cannot fetch this", o->url);
	CURLcode code = curl_easy_perform(c);
	if (code == CURLE_OK && o->piece && d.left)
		return kh_fail(KH_E_UNREACHABLE, "%s: cut short", o->url);
	return code == CURLE_OK ? 0 : error_of(c, code, o, &d, words);
}
