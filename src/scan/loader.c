#include "scan/loader.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/time.h"
#include "sandbox/nursery.h"
#include "scan/limits.h"

void kh_scan_loader_init(struct kh_scan_loader *l, const struct kh_scan_loader_options *options)
{
	*l = (struct kh_scan_loader){.options = *options, .process = KH_WORKER_NONE, .message = KH_IPC_MESSAGE_INIT};
	l->program = kh_strdup(options->program);
}

void kh_scan_loader_done(struct kh_scan_loader *l)
{
	kh_worker_done(&l->process);
	free(l->program);
	l->program = NULL;
	kh_ipc_message_done(&l->message);
	kh_scan_ready_done(&l->ready);
}

/* How one that gave no good answer ended, if it did. */
static int failed(struct kh_scan_loader *l)
{
	enum { MOMENT_MS = 50 };
	struct kh_worker_end end = {0};
	char how[KH_WORKER_END_SIZE];
	const bool ended = kh_worker_reap(&l->process, MOMENT_MS, &end);
	int r = ended ? kh_fail(KH_E_WORKER_FAILED, "%s could not start: %s", l->program, kh_worker_end_text(&end, how))
		      : kh_fail_in(KH_E_WORKER_FAILED, "%s could not start", l->program);
	kh_worker_done(&l->process);
	return r;
}

int kh_scan_loader_begin(struct kh_scan_loader *l)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_worker_done(&l->process);
	int r = kh_worker_spawn(l->program, NULL, &l->process);
	if (r < 0)
		return r;
	l->until_ms = kh_monotonic_ms() + KH_SCAN_START_MS;
	kh_scan_encode_setup(&l->options.setup, &b);
	return kh_ipc_send(l->process.sock, KH_SCAN_SETUP, b.data, b.len, l->options.content) < 0 ? failed(l) : 0;
}

int kh_scan_loader_finish(struct kh_scan_loader *l)
{
	const struct kh_ipc_accept accept = {.timeout_ms = (int)KH_MAX(l->until_ms - kh_monotonic_ms(), INT64_C(0)), .max_len = KH_IPC_MAX_INLINE};
	int r = kh_ipc_recv(l->process.sock, &accept, &l->message);
	if (r == 0 && l->message.type != KH_SCAN_READY)
		r = kh_fail(KH_E_WORKER_FAILED, "message %d instead of readiness", l->message.type);
	kh_scan_ready_done(&l->ready);
	r = r < 0 ? r : kh_scan_decode_ready(l->message.payload, l->message.len, &l->ready);
	return r < 0 ? failed(l) : 0;
}

int kh_scan_loader_split(struct kh_scan_loader *l, struct kh_worker *ret)
{
	if (kh_nursery_split(&l->process, ret) == 0)
		return 0;
	int r = kh_scan_loader_begin(l);
	r = r < 0 ? r : kh_scan_loader_finish(l);
	return r < 0 ? r : kh_nursery_split(&l->process, ret);
}
