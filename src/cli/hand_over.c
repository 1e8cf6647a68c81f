#include "cli/hand_over.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/error.h"
#include "crypto/random.h"
#include "ipc/ipc.h"
#include "ipc/local.h"
#include "os/file.h"
#include "os/local.h"
#include "record/record.h"
#include "spool/spool.h"

#include <stdlib.h>
#include <unistd.h>

enum { DURABLE_TIMEOUT_MS = 30000 };

void kh_hand_over_init(struct kh_hand_over *h, const char *run)
{
	*h = (struct kh_hand_over){.run = run, .sock = -1};
}

static int connect_once(struct kh_hand_over *h)
{
	if (h->sock >= 0)
		return 0;
	int r = kh_local_connect(h->run, KH_EVENTS_SOCKET, &h->sock);
	h->no_agent = r == KH_E_NOT_FOUND || r == KH_E_UNREACHABLE;
	while (h->producer == 0)
		kh_random_bytes(&h->producer, sizeof h->producer);
	return r;
}

/* Takes one answer, waiting for it at most so long. */
static int take_answer(struct kh_hand_over *h, int timeout_ms)
{
	const struct kh_ipc_accept accept = {.timeout_ms = timeout_ms, .max_len = 64};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_recv(h->sock, &accept, &m);
	struct kh_cursor c = kh_cursor_of(m.payload, m.len);
	if (r == 0 && (m.type != KH_EVENTS_DURABLE || !kh_cursor_u64le(&c, &h->durable)))
		r = kh_fail(KH_E_SYNTAX, "the agent's answer");
	return r;
}

/* Answers that nobody takes would in the end hold up the agent. */
static int take_answers(struct kh_hand_over *h)
{
	int r = 0;
	while (r == 0)
		r = take_answer(h, 0);
	return r == KH_E_TIMEOUT ? 0 : r;
}

static int send_record(struct kh_hand_over *h, enum kh_spool_class class_, const struct kh_buf *fields)
{
	kh_auto_buf struct kh_buf b = KH_BUF_MAX(KH_IPC_MAX_INLINE);
	kh_buf_add_u64le(&b, h->producer);
	kh_buf_add_u64le(&b, h->sent + 1);
	kh_buf_add_u32le(&b, class_);
	kh_buf_addc(&b, '{');
	kh_buf_add(&b, kh_buf_text(fields), fields->len);
	kh_buf_addc(&b, '}');
	int e = kh_buf_status(&b);
	e = e < 0 ? e : kh_ipc_send(h->sock, KH_EVENTS_RECORD, b.data, b.len, -1);
	h->sent += e == 0;
	return e < 0 ? e : take_answers(h);
}

static char *absolute(const char *path)
{
	kh_auto_free char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	return here ? kh_format("%s/%s", here, path) : kh_strdup(path);
}

void kh_hand_over_result(struct kh_hand_over *h, const struct kh_scan_result *r)
{
	if (r->detection_count == 0 || h->error || h->no_agent)
		return;
	kh_auto_free char *path = absolute(r->path);
	struct kh_scan_result file = *r;
	file.path = path;
	int e = connect_once(h);
	for (size_t i = 0; i < r->detection_count && e == 0; i++) {
		kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
		kh_record_detection(&fields, &file, &r->detections[i], NULL);
		e = send_record(h, KH_SPOOL_DETECTION, &fields);
	}
	h->error = h->no_agent ? 0 : e;
	kh_auto_buf struct kh_buf event = KH_BUF_INIT;
	if (r->running) {
		kh_record_processes(&event, &file);
		kh_hand_over_event(h, &event);
	}
}

void kh_hand_over_event(struct kh_hand_over *h, const struct kh_buf *fields)
{
	if (h->error || h->no_agent)
		return;
	int e = connect_once(h);
	if (e == 0)
		e = send_record(h, KH_SPOOL_EVENT, fields);
	h->error = h->no_agent ? 0 : e;
}

int kh_hand_over_finish(struct kh_hand_over *h)
{
	while (h->error == 0 && h->durable < h->sent)
		h->error = take_answer(h, DURABLE_TIMEOUT_MS);
	kh_fd_close(&h->sock);
	return h->error;
}
