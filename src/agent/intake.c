#include "ipc/local.h"

#include "agent/inside.h"
#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "record/record.h"

#include <grp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16
#define MAX_AT_ONCE 1000 /* records of one producer before the loop goes on */
#define SOCKET_MODE 0660

/* The group may be missing (no package installed): then it stays the owner's. */
static void give_to_group(const char *path, const char *group)
{
	const struct group *g = group ? getgrnam(group) : NULL;
	if (g)
		kh_ignore(chown(path, (uid_t)-1, g->gr_gid));
	kh_ignore(chmod(path, SOCKET_MODE));
}

static int listen_at(const char *dir, const char *name, const char *group, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	kh_auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int n = snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", dir, name);
	if (n < 0 || (size_t)n >= sizeof address.sun_path)
		return kh_fail(KH_E_INVALID_CONFIG, "run: %s is too long for a socket", dir);
	unlink(address.sun_path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return kh_fail_errno("%s", address.sun_path);
	give_to_group(address.sun_path, group);
	if (listen(fd, BACKLOG) < 0)
		return kh_fail_errno("%s", address.sun_path);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

void kh_intake_init(struct kh_broker *b)
{
	b->events_fd = b->status_fd = -1;
	for (size_t i = 0; i < KH_BROKER_MAX_CLIENTS; i++)
		b->clients[i].fd = -1;
}

void kh_intake_open(struct kh_broker *b)
{
	int r = kh_dir_make(b->settings->run, 0755);
	r = r < 0 ? r : listen_at(b->settings->run, KH_EVENTS_SOCKET, b->settings->group, &b->events_fd);
	r = r < 0 ? r : listen_at(b->settings->run, KH_STATUS_SOCKET, b->settings->group, &b->status_fd);
	if (r < 0)
		kh_broker_trouble(b, "no local sockets", r);
}

static void drop(struct kh_client *client)
{
	kh_fd_close(&client->fd);
	*client = (struct kh_client){.fd = -1};
}

static void close_listener(const char *dir, const char *name, int *fd)
{
	kh_auto_free char *path = kh_format("%s/%s", dir, name);
	if (*fd >= 0)
		unlink(path);
	kh_fd_close(fd);
}

void kh_intake_close(struct kh_broker *b)
{
	for (size_t i = 0; i < KH_BROKER_MAX_CLIENTS; i++)
		drop(&b->clients[i]);
	close_listener(b->settings->run, KH_EVENTS_SOCKET, &b->events_fd);
	close_listener(b->settings->run, KH_STATUS_SOCKET, &b->status_fd);
}

/* A free one, or that of who has been silent longest. */
static struct kh_client *place_for_client(struct kh_broker *b)
{
	struct kh_client *place = &b->clients[0];
	for (size_t i = 0; place->fd >= 0 && i < KH_BROKER_MAX_CLIENTS; i++)
		if (b->clients[i].fd < 0 || b->clients[i].heard_ms < place->heard_ms)
			place = &b->clients[i];
	drop(place);
	return place;
}

void kh_intake_accept(struct kh_broker *b, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		*place_for_client(b) = (struct kh_client){.fd = fd, .asks_status = listener == b->status_fd, .heard_ms = kh_monotonic_ms()};
}

/* ---- producers ---- */

static int answer_durable(struct kh_broker *b, struct kh_client *client)
{
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	if (!kh_broker_can_send(client->fd))
		return kh_fail(KH_E_TIMEOUT, "a producer reads no answers");
	client->owed = false;
	kh_buf_add_u64le(&payload, kh_spool_producer_last(b->spool, client->producer));
	return kh_ipc_send(client->fd, KH_EVENTS_DURABLE, payload.data, payload.len, -1);
}

/* What is not durable now is answered after the commit that succeeds. */
static int commit_and_answer(struct kh_broker *b, struct kh_client *client)
{
	return kh_broker_commit(b) < 0 ? 0 : answer_durable(b, client);
}

static int take_record(struct kh_broker *b, struct kh_client *client, const struct kh_ipc_message *m)
{
	struct kh_cursor c = kh_cursor_of(m->payload, m->len);
	kh_auto_buf struct kh_buf fields = KH_BUF_MAX(KH_MAX_EVENT);
	uint64_t producer = 0, n = 0, seq = 0;
	uint32_t class_ = 0;
	if (!kh_cursor_u64le(&c, &producer) || !kh_cursor_u64le(&c, &n) || !kh_cursor_u32le(&c, &class_) || !producer || class_ >= KH_SPOOL_CLASSES)
		return kh_fail(KH_E_SYNTAX, "a producer's record");
	if (!kh_record_handed_in(&fields, c.at, kh_cursor_left(&c)))
		return kh_fail(KH_E_SYNTAX, "a producer's record is no JSON object that begins with its kind, event or detection");
	int r = kh_buf_status(&fields);
	if (r == 0 && client->owed && client->producer != producer)
		r = commit_and_answer(b, client);
	client->producer = producer;
	client->owed = true;
	const struct kh_spool_record record = {
		.class_ = (enum kh_spool_class)class_, .time_ms = kh_broker_now_ms(b), .payload = kh_buf_text(&fields), .len = fields.len, .producer = producer, .n = n};
	return r < 0 ? r : kh_spool_append(b->spool, &record, &seq);
}

static bool more_waits(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, 0) == 1 && (p.revents & POLLIN);
}

/* All that a producer has sent by now is made durable by one commit. */
static int take_records(struct kh_broker *b, struct kh_client *client)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = KH_MAX_EVENT + 64};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = 0;
	for (int taken = 0; r == 0 && taken < MAX_AT_ONCE && (taken == 0 || more_waits(client->fd)); taken++) {
		r = kh_ipc_recv(client->fd, &accept, &m);
		if (r == 0 && m.type != KH_EVENTS_RECORD)
			r = kh_fail(KH_E_SYNTAX, "message %u of a producer", m.type);
		r = r < 0 ? r : take_record(b, client, &m);
	}
	r = r < 0 ? r : commit_and_answer(b, client);
	kh_uplink_wake(b);
	return r;
}

void kh_intake_answer(struct kh_broker *b)
{
	for (size_t i = 0; i < KH_BROKER_MAX_CLIENTS; i++)
		if (b->clients[i].fd >= 0 && b->clients[i].owed && answer_durable(b, &b->clients[i]) < 0)
			drop(&b->clients[i]);
}

/* ---- who asks for the state ---- */

static int answer_status(struct kh_broker *b, int fd)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = 64};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_recv(fd, &accept, &m);
	if (r < 0 || m.type != KH_STATUS_ASK)
		return r < 0 ? r : kh_fail(KH_E_SYNTAX, "message %u at the status socket", m.type);
	if (!kh_broker_can_send(fd))
		return kh_fail(KH_E_TIMEOUT, "one who asks for the state reads no answers");
	kh_auto_free char *json = kh_status_json(b);
	return kh_ipc_send(fd, KH_STATUS_ANSWER, json, strlen(json), -1);
}

void kh_intake_message(struct kh_broker *b, struct kh_client *client)
{
	client->heard_ms = kh_monotonic_ms();
	int r = client->asks_status ? answer_status(b, client->fd) : take_records(b, client);
	if (r == 0)
		return;
	if (r != KH_E_WORKER_FAILED) /* the peer went away: its right */
		kh_broker_trouble(b, "local client", r);
	drop(client);
}
