/* The server's end of the watcher. */
#include "server/portal/watcher.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "server/portal/limits.h"

#include <unistd.h>

static int program(char **ret)
{
	char path[KH_MAX_PATH];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	if (n < 0)
		return kh_fail_errno("/proc/self/exe");
	path[n] = '\0';
	kh_auto_free char *dir = NULL;
	int r = kh_program_dir(&dir);
	if (r == 0) /* a test program is not the server, but stands where one does */
		*ret = kh_ends_with(path, "/khien-server") ? kh_strdup(path) : kh_format("%s/khien-server", dir);
	return r;
}

static int send_json(struct kh_watcher *w, uint16_t type, json_t *json)
{
	kh_auto_free char *text = kh_json_dump(json);
	json_decref(json);
	return kh_ipc_send_large(w->worker.sock, type, text, strlen(text));
}

static int start(struct kh_watcher *w)
{
	static const char *const args[] = {"role", "watcher", NULL};
	kh_auto_free char *path = NULL;
	int r = program(&path);
	w->worker = (struct kh_worker)KH_WORKER_NONE;
	r = r < 0 ? r : kh_worker_spawn(path, args, &w->worker);
	if (r < 0)
		return r;
	r = send_json(w, KH_WATCH_CONFIG, json_pack("{s:o, s:b, s:o}", "words", kh_word_list_json(w->words), "loopback", w->loopback, "authorities", kh_json_string(w->authorities)));
	if (r < 0)
		kh_watcher_done(w);
	return r;
}

void kh_watcher_done(struct kh_watcher *w)
{
	if (w->worker.pid > 0)
		kh_worker_done(&w->worker);
	w->worker = (struct kh_worker)KH_WORKER_NONE;
}

static int read_answer(const struct kh_ipc_message *m, struct kh_fetched *ret, struct kh_buf *ret_html)
{
	if (m->type != KH_WATCH_ANSWER || m->len < 4)
		return kh_fail(KH_E_SYNTAX, "the watcher's answer is none");
	uint32_t n = (uint32_t)m->payload[0] | (uint32_t)m->payload[1] << 8 | (uint32_t)m->payload[2] << 16 | (uint32_t)m->payload[3] << 24;
	if (n > m->len - 4 || m->len - 4 - n > KH_PAGE_MAX_BYTES)
		return kh_fail(KH_E_SYNTAX, "the watcher's answer is none");
	kh_auto_json json_t *json = NULL;
	int r = kh_json_parse((const char *)m->payload + 4, n, &json);
	r = r < 0 ? r : kh_fetched_of_json(json, ret);
	if (r == 0)
		kh_buf_add(ret_html, m->payload + 4 + n, m->len - 4 - n);
	return r;
}

static int ask(struct kh_watcher *w, const struct kh_watch *watch, struct kh_fetched *ret, struct kh_buf *ret_html)
{
	const struct kh_ipc_accept accept = {.timeout_ms = KH_FETCH_ANSWER_MS, .max_len = KH_FETCH_MAX_ANSWER};
	struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = send_json(w, KH_WATCH_FETCH,
			  json_pack("{s:o, s:o, s:i, s:b, s:b, s:o}", "url", kh_json_string(watch->url), "own_url", kh_json_string(watch->own_url), "look", watch->look, "again", watch->again, "names", watch->names,
				    "changing", watch->changing ? kh_json_string(watch->changing) : json_null()));
	r = r < 0 ? r : kh_ipc_recv(w->worker.sock, &accept, &m);
	r = r < 0 ? r : read_answer(&m, ret, ret_html);
	kh_ipc_message_done(&m);
	return r;
}

int kh_watcher_fetch(struct kh_watcher *w, const struct kh_watch *watch, struct kh_fetched *ret, struct kh_buf *ret_html)
{
	int r = w->worker.pid > 0 ? 0 : start(w);
	if (r < 0)
		return r;
	kh_buf_reset(ret_html);
	r = ask(w, watch, ret, ret_html);
	if (r == KH_E_STOPPED) /* that says nothing of the page */
		return r;
	if (r < 0) {
		kh_log(KH_LOG_WARNING, "the watcher failed at a page", KH_S("url", watch->url), KH_ERR(r));
		kh_watcher_done(w);
		*ret = (struct kh_fetched){.status = KH_PORTAL_STATUS_WATCHER, .url = kh_strdup(watch->url), .detail = kh_strdup(kh_fail_detail())};
	}
	return 0;
}
