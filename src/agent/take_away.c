#include "agent/take_away.h"

#include "agent/inside.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "guard/guard.h"
#include "guard/infected.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "record/record.h"
#include "scan/quarantine.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define START_TIMEOUT_MS 10000
#define TAKE_MS 600000 /* then it is taken to hang, and the next file has its turn */

/* ---- the child ---- */

static int open_folder(const char *path, char **ret_name)
{
	kh_auto_free char *folder = kh_strndup(path, (size_t)(strrchr(path, '/') - path));
	int fd = open(*folder ? folder : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return kh_fail_errno("%s", folder);
	*ret_name = kh_strdup(strrchr(path, '/') + 1);
	return fd;
}

static int take(const struct kh_infected *i, int fd, char id[KH_UUID_SIZE])
{
	kh_auto_quarantine struct kh_quarantine *q = NULL;
	kh_auto_free char *name = NULL;
	kh_auto_fd int folder = open_folder(i->path, &name);
	int r = folder < 0 ? folder : kh_quarantine_open(i->folder, &q);
	struct kh_quarantine_file file = {.fd = fd, .dir_fd = folder, .name = name, .path = i->path, .detections = i->detections, .detection_count = i->detection_count};
	memcpy(file.sha256, i->sha256, sizeof file.sha256);
	return r < 0 ? r : kh_quarantine_add(q, &file, id);
}

static int tell_taken(int sock, const struct kh_infected *i, const char *id)
{
	struct kh_scan_result result = {.path = i->path, .verdict = KH_VERDICT_INFECTED, .has_size = true, .has_hash = true, .size = i->size, .quarantine_id = id};
	memcpy(result.sha256, i->sha256, sizeof result.sha256);
	int r = 0;
	for (size_t k = 0; k < i->detection_count && r == 0; k++) {
		kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
		kh_record_detection(&fields, &result, &i->detections[k], NULL);
		r = kh_ipc_send_large(sock, KH_TAKE_RECORD, fields.data, fields.len);
	}
	return r;
}

int kh_take_away_main(int sock)
{
	const struct kh_ipc_accept accept = {.timeout_ms = START_TIMEOUT_MS, .max_len = KH_IPC_MAX_INLINE, .with_fd = true};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	kh_auto_infected struct kh_infected i = {0};
	char id[KH_UUID_SIZE] = "";
	kh_log_set_program("khien-agent take");
	int r = kh_ipc_recv(sock, &accept, &m);
	if (r == 0 && (m.type != KH_TAKE_FILE || m.fd < 0))
		r = kh_fail(KH_E_SYNTAX, "the broker's first message");
	r = r < 0 ? r : kh_infected_read(m.payload, m.len, &i);
	r = r < 0 ? r : take(&i, m.fd, id);
	r = r < 0 ? r : tell_taken(sock, &i, id);
	return r < 0 ? kh_error_info(r)->exit_status : 0;
}

/* ---- the broker ---- */

static int send_file(struct kh_broker *b, const struct kh_taken *t)
{
	static const char *const arguments[] = {"role", "take", NULL};
	kh_auto_infected struct kh_infected i = {0};
	kh_auto_buf struct kh_buf json = KH_BUF_INIT;
	int r = kh_infected_read(t->json, strlen(t->json), &i);
	if (r < 0)
		return r;
	i.folder = kh_broker_quarantine(b);
	kh_infected_write(&i, &json);
	b->take.due_ms = kh_monotonic_ms() + TAKE_MS;
	r = kh_worker_spawn("/proc/self/exe", arguments, &b->take.worker);
	return r < 0 ? r : kh_ipc_send(b->take.worker.sock, KH_TAKE_FILE, json.data, json.len, t->fd);
}

static void drop_first(struct kh_broker *b)
{
	free(b->take.queue[0].json);
	kh_fd_close(&b->take.queue[0].fd);
	memmove(&b->take.queue[0], &b->take.queue[1], --b->take.queued * sizeof b->take.queue[0]);
}

static void start_next(struct kh_broker *b)
{
	while (b->take.queued && !b->take.worker.pid) {
		int r = send_file(b, &b->take.queue[0]);
		drop_first(b);
		if (r < 0) {
			kh_worker_done(&b->take.worker);
			kh_broker_trouble(b, "quarantine", r);
		}
	}
}

void kh_take_away(struct kh_broker *b, const struct kh_ipc_message *m, int fd)
{
	if (!b->settings->onaccess_quarantine || fd < 0 || b->take.queued == KH_BROKER_MAX_TAKEN) {
		kh_fd_close(&fd);
		return;
	}
	b->take.queue[b->take.queued++] = (struct kh_taken){.json = kh_strndup((const char *)m->payload, m->len), .fd = fd};
	start_next(b);
}

void kh_take_away_message(struct kh_broker *b)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = KH_GUARD_MAX_MESSAGE};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	if (kh_ipc_recv(b->take.worker.sock, &accept, &m) == 0 && m.type == KH_TAKE_RECORD) {
		kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
		kh_buf_add(&fields, m.payload, m.len);
		kh_ignore(kh_broker_append(b, KH_SPOOL_DETECTION, 0, &fields));
		kh_ignore(kh_broker_commit(b));
		kh_uplink_wake(b);
		return;
	}
	struct kh_worker_end end = {0};
	char how[KH_WORKER_END_SIZE] = "";
	if (!kh_worker_reap(&b->take.worker, 1000, &end) || end.status || end.signal)
		kh_broker_trouble(b, "quarantine", kh_fail(KH_E_WORKER_FAILED, "an infected file was left where it is (%s)", kh_worker_end_text(&end, how)));
	kh_worker_done(&b->take.worker);
	start_next(b);
}

/* Its end is then seen as any other. */
void kh_take_away_due(struct kh_broker *b)
{
	if (b->take.worker.pid && kh_monotonic_ms() > b->take.due_ms)
		kh_worker_kill(&b->take.worker);
}

void kh_take_away_done(struct kh_broker *b)
{
	kh_worker_done(&b->take.worker);
	while (b->take.queued)
		drop_first(b);
}
