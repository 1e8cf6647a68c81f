#include "http/mail.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/stop.h"
#include "base/str.h"
#include "base/version.h"
#include "crypto/base64.h"
#include "crypto/random.h"

#include <curl/curl.h>
#include <pthread.h>
#include <time.h>

enum { CONNECT_TIMEOUT_S = 10, LINE = 57 /* bytes that make a line of 76 in base64 */ };

static void start_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static CURL *new_curl(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, start_curl);
	return curl_easy_init();
}

/* ---- the text of a mail ---- */

/* Letters that end no header and no address. */
static bool is_address(const char *text)
{
	const char *at = text ? strchr(text, '@') : NULL;
	return at && at != text && at[1] && strlen(text) <= 254 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_{|}~@-") == strlen(text);
}

/* =?UTF-8?B?…?= words of at most 45 bytes each, none of which cuts a letter. */
static void add_subject(struct kh_buf *out, const char *text)
{
	const char *fold = " ";
	kh_buf_adds(out, "Subject:");
	for (size_t n = strlen(text); n; fold = "\r\n ") {
		size_t piece = n < 42 ? n : 42;
		while (piece < n && ((unsigned char)text[piece] & 0xc0) == 0x80)
			piece--;
		kh_auto_free char *coded = kh_base64_text(text, piece);
		kh_buf_addf(out, "%s=?UTF-8?B?%s?=", fold, coded);
		text += piece;
		n -= piece;
	}
	kh_buf_adds(out, "\r\n");
}

static void add_body(struct kh_buf *out, const char *body)
{
	for (size_t n = strlen(body), at = 0; at < n; at += LINE) {
		kh_auto_free char *coded = kh_base64_text(body + at, n - at < LINE ? n - at : LINE);
		kh_buf_addf(out, "%s\r\n", coded);
	}
}

static void add_date(struct kh_buf *out, int64_t at_s)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t local = (time_t)(at_s + 7 * 3600);
	struct tm tm;
	gmtime_r(&local, &tm);
	kh_buf_addf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0700\r\n", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void write_mail(const struct kh_mail *mail, struct kh_buf *out)
{
	uint8_t id[16];
	kh_random_bytes(id, sizeof id);
	kh_buf_addf(out, "From: =?UTF-8?B?S2hpw6pu?= <%s>\r\nTo: <%s>\r\n", mail->from, mail->to);
	add_subject(out, mail->subject);
	add_date(out, mail->at_s);
	kh_buf_adds(out, "Message-ID: <");
	kh_buf_add_hex(out, id, sizeof id);
	kh_buf_addf(out, "%s>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n", strchr(mail->from, '@'));
	add_body(out, mail->body);
}

/* ---- sending ---- */

struct reading {
	const char *text;
	size_t left;
};

static size_t give(char *to, size_t size, size_t count, void *context)
{
	struct reading *from = context;
	size_t n = size * count < from->left ? size * count : from->left;
	memcpy(to, from->text, n);
	from->text += n;
	from->left -= n;
	return n;
}

static size_t drop(char *bytes, size_t size, size_t count, void *context)
{
	(void)bytes;
	(void)context;
	return size * count;
}

/* What whoever set it up has to know; of anything else curl's own words. */
static const struct {
	CURLcode code;
	int error;
	const char *words;
} reasons[] = {
	{CURLE_OPERATION_TIMEDOUT, KH_E_TIMEOUT, KH_WORDS("no answer in time")},
	{CURLE_URL_MALFORMAT, KH_E_INVALID_FIELD, KH_WORDS("the address of the server is wrong")},
	{CURLE_UNSUPPORTED_PROTOCOL, KH_E_INVALID_FIELD, KH_WORDS("the address of the server is wrong")},
	{CURLE_USE_SSL_FAILED, KH_E_UNREACHABLE, KH_WORDS("the server offers no TLS (STARTTLS), and without it nothing is sent")},
	{CURLE_PEER_FAILED_VERIFICATION, KH_E_UNREACHABLE, KH_WORDS("the certificate of the server is not trusted, or is for another name")},
	{CURLE_SSL_CACERT_BADFILE, KH_E_UNREACHABLE, KH_WORDS("the file of trusted certificates cannot be read")},
	{CURLE_LOGIN_DENIED, KH_E_UNREACHABLE, KH_WORDS("the server takes neither the user nor the password")},
};

static int failure(CURLcode code, long status, const char *words)
{
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return kh_stop_check();
	for (size_t i = 0; i < KH_COUNT(reasons); i++)
		if (reasons[i].code == code)
			return kh_fail(reasons[i].error, "%s", kh_words(reasons[i].words));
	return status >= 400 ? kh_fail(KH_E_UNREACHABLE, "the server refuses (%ld)", status) : kh_fail(KH_E_UNREACHABLE, "%s", *words ? words : curl_easy_strerror(code));
}

static int is_to_stop(void *unused KH_UNUSED, curl_off_t a KH_UNUSED, curl_off_t b KH_UNUSED, curl_off_t c KH_UNUSED, curl_off_t d KH_UNUSED)
{
	return kh_stopping();
}

/* Performs what was set up; frees nothing. */
static int perform(CURL *c)
{
	char words[CURL_ERROR_SIZE] = "";
	long status = 0;
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, words);
	CURLcode code = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	return code == CURLE_OK ? 0 : failure(code, status, words);
}

static bool set_common(CURL *c, const char *url, const char *protocols, const char *ca_file)
{
	return curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK && curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK && curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)KH_MAIL_TIMEOUT_S) == CURLE_OK && curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, is_to_stop) == CURLE_OK && curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
	       (!ca_file || curl_easy_setopt(c, CURLOPT_CAINFO, ca_file) == CURLE_OK);
}

/* Without TLS nobody is told the password. */
static bool set_server(CURL *c, const struct kh_mail_server *server)
{
	bool secret = server->user && *server->user && server->password && !server->plain;
	return set_common(c, server->url, "smtp,smtps", server->ca_file) && curl_easy_setopt(c, CURLOPT_USE_SSL, (long)(server->plain ? CURLUSESSL_NONE : CURLUSESSL_ALL)) == CURLE_OK &&
	       (!secret || (curl_easy_setopt(c, CURLOPT_USERNAME, server->user) == CURLE_OK && curl_easy_setopt(c, CURLOPT_PASSWORD, server->password) == CURLE_OK));
}

int kh_mail_send(const struct kh_mail_server *server, const struct kh_mail *mail)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	if (!is_address(mail->from) || !is_address(mail->to))
		return kh_fail(KH_E_INVALID_FIELD, "not an address to send mail to or from");
	write_mail(mail, &text);
	struct reading from = {kh_buf_text(&text), text.len};
	CURL *c = new_curl();
	struct curl_slist *to = curl_slist_append(NULL, mail->to);
	bool set = c && to && set_server(c, server) && curl_easy_setopt(c, CURLOPT_MAIL_FROM, mail->from) == CURLE_OK && curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to) == CURLE_OK &&
		   curl_easy_setopt(c, CURLOPT_READFUNCTION, give) == CURLE_OK && curl_easy_setopt(c, CURLOPT_READDATA, &from) == CURLE_OK &&
		   curl_easy_setopt(c, CURLOPT_UPLOAD, 1L) == CURLE_OK;
	int r = set ? perform(c) : kh_fail(KH_E_INVALID_FIELD, "the address of the server is wrong");
	curl_easy_cleanup(c);
	curl_slist_free_all(to);
	return r;
}

int kh_webhook_post(const char *url, const char *ca_file, const char *json)
{
	CURL *c = new_curl();
	struct curl_slist *head = curl_slist_append(NULL, "Content-Type: application/json");
	bool set = c && head && set_common(c, url, "http,https", ca_file) && curl_easy_setopt(c, CURLOPT_HTTPHEADER, head) == CURLE_OK && curl_easy_setopt(c, CURLOPT_POSTFIELDS, json) == CURLE_OK &&
		   curl_easy_setopt(c, CURLOPT_USERAGENT, "khien/" KH_VERSION) == CURLE_OK && curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L) == CURLE_OK;
	int r = set ? perform(c) : kh_fail(KH_E_INVALID_FIELD, "the address of the server is wrong");
	curl_easy_cleanup(c);
	curl_slist_free_all(head);
	return r;
}
