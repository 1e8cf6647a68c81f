#include "server/portal/fetch.h"

#include "base/address.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/portal/limits.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <curl/curl.h>
#include <gnutls/gnutls.h>
#include <netdb.h>
#include <resolv.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CHAIN = 10, MAX_ZONE_STEPS = 4, NAME_TIMEOUT_S = 3 };

struct fetch {
	const struct kh_fetch_options *options;
	struct kh_fetched *to;
	struct kh_buf *body;
	CURL *curl;
	char host[KH_HOST_SIZE], own_host[KH_HOST_SIZE];
	bool own_port; /* this hop goes to a port of the portal's own */
	bool refused, too_large;
	size_t header_bytes;
	char charset[40];
};

/* A browser of today, a search engine, and a telephone that comes from one: what a page shows to one of them and not to another is what cloaking is. */
static const struct {
	const char *agent, *other_agent, *referer;
} looks[KH_LOOKS] = {
	[KH_LOOK_READER] = {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
			    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", NULL},
	[KH_LOOK_SEARCH] = {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", NULL},
	[KH_LOOK_VISITOR] = {"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
			     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "https://www.google.com/"},
};

/* ---- addresses that may be spoken to ---- */

enum reach { PUBLIC, PRIVATE, LOCAL };

static enum reach reach_of_v4(uint32_t a)
{
	unsigned first = a >> 24, second = a >> 16 & 255;
	if (first == 127 || first == 0 || (first == 169 && second == 254) || first >= 224)
		return LOCAL;
	bool private = first == 10 || (first == 172 && second >= 16 && second < 32) || (first == 192 && second == 168) || (first == 100 && second >= 64 && second < 128);
	return private ? PRIVATE : PUBLIC;
}

static enum reach reach_of_v6(const struct in6_addr *a)
{
	const uint8_t *b = a->s6_addr;
	uint32_t inner = (uint32_t)b[12] << 24 | (uint32_t)b[13] << 16 | (uint32_t)b[14] << 8 | b[15];
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
	if (IN6_IS_ADDR_V4MAPPED(a) || memcmp(b, nat64, sizeof nat64) == 0)
		return reach_of_v4(inner);
	if (IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_LINKLOCAL(a) || IN6_IS_ADDR_MULTICAST(a) || IN6_IS_ADDR_V4COMPAT(a))
		return LOCAL;
	return (b[0] & 0xfe) == 0xfc || IN6_IS_ADDR_SITELOCAL(a) ? PRIVATE : PUBLIC;
}

static enum reach reach_of(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return reach_of_v4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
	return address->sa_family == AF_INET6 ? reach_of_v6(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr) : LOCAL;
}

/* Called by libcurl for every connection, with the address that the name had at this very moment. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	(void)purpose;
	struct fetch *f = arg;
	enum reach reach = reach_of(&to->addr);
	bool own = f->own_port && kh_streq(f->host, f->own_host);
	if (reach != PUBLIC && (!own || (reach == LOCAL && !f->options->loopback))) {
		f->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* ---- what libcurl calls ---- */

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;
	kh_buf_add(f->body, bytes, size * n);
	f->too_large |= f->body->overflow;
	return f->body->overflow ? 0 : size * n;
}

static unsigned header_bit(const char *line, size_t n)
{
	for (unsigned i = 0; i < KH_SECURITY_HEADERS; i++) {
		size_t m = strlen(kh_security_header_names[i]);
		if (n > m && line[m] == ':' && strncasecmp(line, kh_security_header_names[i], m) == 0)
			return 1U << i;
	}
	return 0;
}

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;
	f->header_bytes += size * n;
	f->to->headers |= header_bit(line, size * n);
	f->too_large |= f->header_bytes > KH_FETCH_MAX_HEADERS;
	return f->too_large ? 0 : size * n;
}

/* ---- certificate ---- */

static void read_issuer(gnutls_x509_crt_t leaf, char ret[128])
{
	size_t n = 128;
	if (gnutls_x509_crt_get_issuer_dn_by_oid(leaf, GNUTLS_OID_X520_ORGANIZATION_NAME, 0, 0, ret, &n) == 0)
		return;
	n = 128;
	if (gnutls_x509_crt_get_issuer_dn_by_oid(leaf, GNUTLS_OID_X520_COMMON_NAME, 0, 0, ret, &n) < 0)
		ret[0] = '\0';
}

static void judge_chain(const struct fetch *f, gnutls_x509_crt_t *chain, unsigned n, struct kh_site_certificate *c)
{
	gnutls_typed_vdata_st purpose = {GNUTLS_DT_KEY_PURPOSE_OID, (void *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER, 0};
	unsigned status = 0;
	c->trusted = gnutls_x509_trust_list_verify_crt2(f->options->trust, chain, n, &purpose, 1, 0, &status, NULL) == 0 && status == 0;
	c->name_fits = gnutls_x509_crt_check_hostname(chain[0], f->host) != 0;
	read_issuer(chain[0], c->issuer);
}

/* The connection stands, nothing was asked yet. */
static int before_request(void *arg, char *to, char *from, int to_port, int from_port)
{
	(void)to, (void)from, (void)to_port, (void)from_port;
	struct fetch *f = arg;
	const struct curl_tlssessioninfo *tls = NULL;
	unsigned n = 0;
	if (curl_easy_getinfo(f->curl, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || !tls || tls->backend != CURLSSLBACKEND_GNUTLS || !tls->internals)
		return CURL_PREREQFUNC_OK;
	const gnutls_datum_t *der = gnutls_certificate_get_peers(tls->internals, &n);
	struct kh_certificate_info info;
	struct kh_site_certificate c = {.any = true};
	if (!der || !n || kh_x509_info_der(der[0].data, der[0].size, &info) < 0)
		return CURL_PREREQFUNC_OK;
	c.until_s = info.not_after_s;
	memcpy(c.pin, info.pin, sizeof c.pin);
	gnutls_x509_crt_t chain[MAX_CHAIN] = {0};
	unsigned read = 0;
	n = KH_MIN(n, (unsigned)MAX_CHAIN);
	while (read < n && gnutls_x509_crt_init(&chain[read]) == 0 && gnutls_x509_crt_import(chain[read], &der[read], GNUTLS_X509_FMT_DER) == 0)
		read++;
	if (read)
		judge_chain(f, chain, read, &c);
	for (unsigned i = 0; i < n; i++)
		if (chain[i])
			gnutls_x509_crt_deinit(chain[i]);
	f->to->certificate = c;
	return CURL_PREREQFUNC_OK;
}

/* ---- one hop ---- */

static void set_options(struct fetch *f)
{
	CURL *c = f->curl;
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(c, CURLOPT_COOKIEFILE, "");
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_USERAGENT, f->options->again ? looks[f->options->look].other_agent : looks[f->options->look].agent);
	if (looks[f->options->look].referer)
		curl_easy_setopt(c, CURLOPT_REFERER, looks[f->options->look].referer);
	/* before_request() is the check. */
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(c, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, f);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, f);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)KH_FETCH_CONNECT_MS);
}

static long port_of(const char *url)
{
	CURLU *u = curl_url();
	char *text = NULL;
	int64_t port = 0;
	if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK || curl_url_get(u, CURLUPART_PORT, &text, CURLU_DEFAULT_PORT) != CURLUE_OK || !kh_parse_int(text, 1, 65535, &port))
		port = 0;
	curl_free(text);
	curl_url_cleanup(u);
	return (long)port;
}

/* 80 and 443 are the two doors of one site. */
static bool is_own_port(long port, long own)
{
	return port == own || ((port == 80 || port == 443) && (own == 80 || own == 443));
}

static const struct {
	CURLcode code;
	enum kh_portal_status status;
} outcomes[] = {
	{CURLE_COULDNT_RESOLVE_HOST, KH_PORTAL_STATUS_NO_NAME}, {CURLE_OPERATION_TIMEDOUT, KH_PORTAL_STATUS_TIMEOUT},   {CURLE_SSL_CONNECT_ERROR, KH_PORTAL_STATUS_TLS},
	{CURLE_COULDNT_CONNECT, KH_PORTAL_STATUS_NO_CONNECTION}, {CURLE_BAD_CONTENT_ENCODING, KH_PORTAL_STATUS_NONSENSE}, {CURLE_WEIRD_SERVER_REPLY, KH_PORTAL_STATUS_NONSENSE},
	{CURLE_URL_MALFORMAT, KH_PORTAL_STATUS_NONSENSE},	 {CURLE_UNSUPPORTED_PROTOCOL, KH_PORTAL_STATUS_NONSENSE},
};

static enum kh_portal_status status_of(const struct fetch *f, CURLcode code)
{
	if (f->refused)
		return KH_PORTAL_STATUS_PRIVATE;
	if (f->too_large)
		return KH_PORTAL_STATUS_TOO_LARGE;
	for (size_t i = 0; i < KH_COUNT(outcomes); i++)
		if (outcomes[i].code == code)
			return outcomes[i].status;
	return KH_PORTAL_STATUS_BROKEN_OFF;
}

static void note_charset(struct fetch *f)
{
	const char *type = NULL;
	if (curl_easy_getinfo(f->curl, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || !type)
		return;
	const char *at = kh_find_nocase(type, "charset=");
	if (at)
		snprintf(f->charset, sizeof f->charset, "%.*s", (int)KH_MIN(strcspn(at + 8, "; \""), sizeof f->charset - 1), at + 8);
}

/* True: there is another place to go. */
static bool hop(struct fetch *f, int64_t left_ms)
{
	kh_buf_reset(f->body);
	f->to->headers = 0;
	f->to->certificate = (struct kh_site_certificate){0};
	f->own_port = is_own_port(port_of(f->to->url), port_of(f->options->own_url));
	curl_easy_setopt(f->curl, CURLOPT_URL, f->to->url);
	curl_easy_setopt(f->curl, CURLOPT_TIMEOUT_MS, (long)KH_MAX(left_ms, (int64_t)1));
	CURLcode code = curl_easy_perform(f->curl);
	long http = 0;
	const char *next = NULL;
	curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &http);
	f->to->http = KH_MIN(KH_MAX(http, 0L), 999L);
	if (code != CURLE_OK) {
		f->to->status = status_of(f, code);
		free(f->to->detail);
		f->to->detail = kh_strdup(f->refused ? "" : curl_easy_strerror(code));
		return false;
	}
	curl_easy_getinfo(f->curl, CURLINFO_REDIRECT_URL, &next);
	if (!next || strlen(next) > KH_PAGE_MAX_URL) {
		f->to->status = http >= 200 && http < 300 ? KH_PORTAL_STATUS_UP : KH_PORTAL_STATUS_HTTP_ERROR;
		note_charset(f);
		return false;
	}
	char *copy = kh_strdup(next);
	free(f->to->url);
	f->to->url = copy;
	return true;
}

static void follow(struct fetch *f)
{
	int64_t until_ms = kh_monotonic_ms() + KH_FETCH_TIMEOUT_MS;
	for (;;) {
		if (!kh_url_host(f->to->url, f->host)) {
			f->to->status = KH_PORTAL_STATUS_NONSENSE;
			return;
		}
		if (!hop(f, until_ms - kh_monotonic_ms()))
			return;
		if (++f->to->redirects > KH_FETCH_MAX_REDIRECTS) {
			f->to->status = KH_PORTAL_STATUS_REDIRECTS;
			return;
		}
	}
}

/* ---- names ---- */

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_name(struct kh_names *names, const char *text)
{
	kh_array_each(&names->of, known)
		if (kh_streq(*known, text))
			return;
	if (names->of.n < KH_FETCH_ADDRESSES && strlen(text) < KH_FETCH_ADDRESS)
		kh_array_push(&names->of, kh_strdup(text));
}

static void ask_addresses(const char *host, struct kh_names *ret)
{
	struct addrinfo *list = NULL, hints = {.ai_socktype = SOCK_STREAM};
	int e = getaddrinfo(host, NULL, &hints, &list);
	/* That there is no such name, or that it has no address, is an answer; that nobody answered is none. */
	ret->asked = e == 0 || e == EAI_NONAME || e == EAI_NODATA;
	if (e != 0)
		return;
	for (const struct addrinfo *a = list; a; a = a->ai_next) {
		char text[NI_MAXHOST];
		if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) == 0)
			add_name(ret, text);
	}
	freeaddrinfo(list);
	if (ret->of.n)
		qsort(ret->of.v, ret->of.n, sizeof *ret->of.v, compare_texts);
}

static bool read_servers(const unsigned char *answer, int n, struct kh_names *ret)
{
	ns_msg m;
	if (ns_initparse(answer, n, &m) < 0)
		return false;
	for (int i = 0; i < ns_msg_count(m, ns_s_an); i++) {
		ns_rr rr;
		char name[NS_MAXDNAME];
		if (ns_parserr(&m, ns_s_an, i, &rr) == 0 && ns_rr_type(rr) == ns_t_ns && dn_expand(ns_msg_base(m), ns_msg_end(m), ns_rr_rdata(rr), name, sizeof name) >= 0)
			add_name(ret, name);
	}
	return ret->of.n > 0;
}

/* Those of the zone that the name stands in: asked of the name, then of those above it. */
static void ask_servers(const char *host, struct kh_names *ret)
{
	struct __res_state state = {0};
	if (res_ninit(&state) < 0)
		return;
	state.retrans = NAME_TIMEOUT_S;
	state.retry = 1;
	int steps = 0;
	for (const char *zone = host; zone && strchr(zone, '.') && steps < MAX_ZONE_STEPS; steps++) {
		unsigned char answer[NS_PACKETSZ * 8];
		int n = res_nquery(&state, zone, ns_c_in, ns_t_ns, answer, sizeof answer);
		if (n > 0 && read_servers(answer, n, ret))
			break;
		if (n < 0 && state.res_h_errno == TRY_AGAIN)
			break; /* nobody answers: nothing is known */
		zone = strchr(zone, '.') + 1;
	}
	res_nclose(&state);
	ret->asked = ret->of.n > 0;
	if (ret->of.n)
		qsort(ret->of.v, ret->of.n, sizeof *ret->of.v, compare_texts);
}

/* ---- the whole ---- */

void kh_fetch(const struct kh_fetch_options *options, struct kh_fetched *ret, struct kh_buf *ret_body, char ret_charset[40])
{
	*ret = (struct kh_fetched){.url = kh_strdup(options->url), .detail = kh_strdup(""), .status = KH_PORTAL_STATUS_BROKEN_OFF};
	struct fetch f = {.options = options, .to = ret, .body = ret_body, .curl = curl_easy_init()};
	kh_assert(f.curl);
	if (!kh_url_host(options->own_url, f.own_host))
		f.own_host[0] = '\0';
	int64_t begun_ms = kh_monotonic_ms();
	set_options(&f);
	follow(&f);
	ret->ms = kh_monotonic_ms() - begun_ms;
	ret->bytes = (int64_t)ret_body->len;
	curl_easy_cleanup(f.curl);
	if (options->names && !kh_is_ip(f.own_host)) {
		ask_addresses(f.own_host, &ret->addresses);
		ask_servers(f.own_host, &ret->servers);
	}
	memcpy(ret_charset, f.charset, sizeof f.charset);
}
