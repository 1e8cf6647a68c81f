/* Inside the process. */
#include "server/portal/watcher.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "ipc/ipc.h"
#include "sandbox/sandbox.h"
#include "server/portal/limits.h"

#include <curl/curl.h>
#include <libxml/parser.h>
#include <unistd.h>

enum { MEMORY = 1536, MAX_CONFIG = 8 }; /* MiB: a page of 4 MiB of the smallest elements takes some 700; the system's authorities */

struct watcher {
	int sock;
	struct kh_ipc_message message;
	struct kh_word_list words;
	gnutls_x509_trust_list_t trust;
	bool loopback;
};

static int receive(struct watcher *w, uint16_t type, json_t **ret)
{
	const struct kh_ipc_accept accept = {.timeout_ms = -1, .max_len = MAX_CONFIG * KH_MIB};
	int r = kh_ipc_recv(w->sock, &accept, &w->message);
	if (r == 0 && w->message.type != type)
		r = kh_fail(KH_E_SYNTAX, "the server sent message %u", w->message.type);
	return r < 0 ? r : kh_json_parse((const char *)w->message.payload, w->message.len, ret);
}

static int configure(struct watcher *w)
{
	kh_auto_json json_t *config = NULL;
	const char *pem = NULL;
	int r = receive(w, KH_WATCH_CONFIG, &config);
	r = r < 0 ? r : kh_word_list_of_json(json_object_get(config, "words"), &w->words);
	r = r < 0 ? r : kh_json_bool(config, "loopback", &w->loopback);
	r = r < 0 ? r : kh_json_text(config, "authorities", &pem);
	if (r < 0)
		return r;
	gnutls_datum_t datum = {(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)};
	kh_assert(gnutls_x509_trust_list_init(&w->trust, 0) == 0);
	gnutls_x509_trust_list_add_trust_mem(w->trust, &datum, NULL, GNUTLS_X509_FMT_PEM, 0, 0); /* none at all: nobody is trusted, and the pages say so */
	return 0;
}

static int give_up_rights(const struct watcher *w)
{
	static const char *const read_paths[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/gnutls", "/etc/services",
						 "/run/systemd/resolve", "/run/resolvconf", "/proc/sys/crypto", NULL};
	const struct kh_sandbox_policy policy = {
		.profile = KH_SANDBOX_NETWORK, .read_paths = read_paths, .keep_fds = &w->sock, .keep_fds_count = 1, .change_user = true, .uid = KH_SANDBOX_NOBODY, .gid = KH_SANDBOX_NOBODY,
		.limits = {.address_space = MEMORY * KH_MIB, .open_files = 64, .file_size = KH_FETCH_MAX_ANSWER},
	};
	return kh_sandbox_enter(&policy);
}

/* Some libraries load what they need (resolver modules, encodings) when it is asked for first: that is to be before the doors close. */
static void warm_up(void)
{
	kh_assert(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	xmlInitParser();
	struct kh_fetched nothing = {0};
	kh_auto_buf struct kh_buf body = KH_BUF_INIT;
	char charset[40];
	kh_fetch(&(struct kh_fetch_options){.url = "http://localhost.invalid/", .own_url = "http://localhost.invalid/"}, &nothing, &body, charset);
	kh_fetched_done(&nothing);
}

static int answer(struct watcher *w, const struct kh_fetched *fetched, const struct kh_buf *html)
{
	kh_auto_json json_t *json = kh_fetched_json(fetched);
	kh_auto_free char *text = kh_json_dump(json);
	kh_auto_buf struct kh_buf b = KH_BUF_MAX(KH_FETCH_MAX_ANSWER);
	kh_buf_add_u32le(&b, (uint32_t)strlen(text));
	kh_buf_adds(&b, text);
	if (fetched->has_page)
		kh_buf_add(&b, kh_buf_text(html), html->len);
	int r = kh_buf_status(&b);
	return r < 0 ? r : kh_ipc_send_large(w->sock, KH_WATCH_ANSWER, b.data, b.len);
}

static int serve_one(struct watcher *w)
{
	kh_auto_json json_t *asked = NULL;
	int64_t look = 0;
	struct kh_fetch_options options = {.loopback = w->loopback, .trust = w->trust};
	const char *changing = NULL;
	int r = receive(w, KH_WATCH_FETCH, &asked);
	r = r < 0 ? r : kh_json_text(asked, "url", &options.url);
	r = r < 0 ? r : kh_json_text(asked, "own_url", &options.own_url);
	r = r < 0 ? r : kh_json_int(asked, "look", 0, KH_LOOKS - 1, &look);
	r = r < 0 ? r : kh_json_bool(asked, "again", &options.again);
	r = r < 0 ? r : kh_json_bool(asked, "names", &options.names);
	r = r < 0 ? r : kh_json_text_or(asked, "changing", NULL, &changing);
	if (r < 0)
		return r;
	options.look = (enum kh_look)look;
	kh_auto_fetched struct kh_fetched fetched = {0};
	kh_auto_buf struct kh_buf body = KH_BUF_MAX(KH_PAGE_MAX_BYTES);
	char charset[40] = "";
	kh_fetch(&options, &fetched, &body, charset);
	if (fetched.status == KH_PORTAL_STATUS_UP) {
		const struct kh_page_options page = {.url = fetched.url, .charset = *charset ? charset : NULL, .words = &w->words, .changing = changing};
		kh_page_parse(kh_buf_text(&body), body.len, &page, &fetched.page);
		fetched.has_page = true;
	}
	return answer(w, &fetched, &body);
}

int kh_watcher_main(int sock)
{
	struct watcher w = {.sock = sock, .message = KH_IPC_MESSAGE_INIT};
	kh_log_set_program("khien-server watcher");
	warm_up();
	int r = configure(&w);
	r = r < 0 ? r : give_up_rights(&w);
	while (r == 0)
		r = serve_one(&w);
	if (r != KH_E_WORKER_FAILED)
		kh_log(KH_LOG_ERROR, "watcher ends", KH_ERR(r));
	_exit(r == KH_E_WORKER_FAILED ? 0 : kh_error_info(r)->exit_status);
}
