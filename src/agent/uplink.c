#include "agent/uplink.h"

#include "agent/backoff.h"
#include "agent/link.h"
#include "agent/upcall.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "http/client.h"
#include "http/download.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "sandbox/sandbox.h"

#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ANSWER_TIMEOUT_MS 60000       /* the broker may be writing to a slow disk */
#define IDLE_MS 60000                 /* asks for a batch at least so often */
#define ORDERS_WAIT_S 240             /* shorter than the patience of most middle boxes */
#define RENEW_CHECK_MS (12 * 3600000) /* how often the certificate's remaining life is looked at */
#define PIECE (256 * KH_KIB)          /* of content, asked for at a time */
#define BUSY_MS 30000                 /* a piece that the server had no time for is asked for again */
#define MIRROR_IDLE_S 20
#define MAX_BUNDLE (UINT64_C(4096) * KH_MIB) /* as the setting content.max_mib */
#define RENEW_SHARE 3 /* renewed when less than 1/3 of its life is left */

/* A bundle of content on its way. */
struct fetch {
	int fd; /* -1: none */
	struct kh_link_offer offer;
	struct kh_link_fetch how;
	int64_t at, next_ms; /* bytes that are there; monotonic: the next piece */
};

struct uplink {
	int sock;
	struct fetch fetch;
	struct kh_link_config config;
	struct kh_ipc_message message;
	struct kh_http_client *client;
	struct kh_backoff backoff;
	struct kh_link_status status;
	pthread_t orders_thread;
	bool has_orders_thread;
	int64_t clock_offset_ms;
	int64_t renew_checked_ms;
	uint32_t batch_records;
	uint64_t one_by_one; /* so many records go alone, to find the one that the server refuses */
	bool renew; /* the server wants it */
	bool done;  /* new credentials were handed over */
};

/* ---- talking with the broker ---- */

/* The broker gone is the end of this process, wherever it is noticed. */
static void must_reach_broker(int r)
{
	if (r < 0)
		_exit(0);
}

static void tell(struct uplink *u, enum kh_link_type type, const struct kh_buf *payload)
{
	must_reach_broker(kh_ipc_send_large(u->sock, (uint16_t)type, payload ? kh_buf_text(payload) : "", payload ? payload->len : 0));
}

/* The broker's answer: a message of one of two types. WAKE says nothing to one who is awake. */
static int answer(struct uplink *u, enum kh_link_type one, enum kh_link_type other)
{
	const struct kh_ipc_accept accept = {.timeout_ms = ANSWER_TIMEOUT_MS, .max_len = KH_IPC_MAX_SEALED, .with_fd = one == KH_LINK_CONTENT};
	do {
		must_reach_broker(kh_ipc_recv(u->sock, &accept, &u->message));
	} while (u->message.type == KH_LINK_WAKE);
	if (u->message.type == one || u->message.type == other)
		return 0;
	return kh_fail(KH_E_SYNTAX, "the broker answered with message %u", u->message.type);
}

static void tell_record(struct uplink *u, enum kh_link_type type, uint64_t epoch, uint64_t seq)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_record(&b, &(struct kh_link_record){epoch, seq});
	tell(u, type, &b);
}

static void tell_status(struct uplink *u, enum kh_link_state state, int error)
{
	struct kh_sandbox_status box = kh_sandbox_status();
	u->status.state = state;
	u->status.error = error;
	snprintf(u->status.detail, sizeof u->status.detail, "%s", error ? kh_fail_detail() : "");
	u->status.seccomp = box.seccomp;
	u->status.landlock_abi = box.landlock_abi;
	u->status.user_changed = box.user_changed;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_status(&b, &u->status);
	tell(u, KH_LINK_STATUS, &b);
}

static void hand_over(struct uplink *u, const struct kh_identity *identity)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_identity(&b, identity);
	tell(u, KH_LINK_CREDENTIALS, &b);
	u->done = true;
}

/* ---- orders, in a thread of their own ---- */

struct orders {
	int sock;
	const struct kh_link_config *config;
	int64_t after;
	atomic_bool stop;
	atomic_bool failed; /* the server refused, or cannot be reached: the main thread is to say hello again, and learns why */
	int failed_fd;      /* an eventfd that says so, or that something is offered */
	pthread_mutex_t lock;
	struct kh_link_offer offer; /* under the lock; not asked about yet; without a hash: none */
};

static int take_order(void *arg, const struct kh_link_order *order)
{
	struct orders *o = arg;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_order(&b, order);
	must_reach_broker(kh_ipc_send_large(o->sock, KH_LINK_ORDER, b.data, b.len));
	o->after = KH_MAX(o->after, order->id);
	return 0;
}

static int new_client(const struct kh_link_config *c, struct kh_http_client **ret)
{
	const struct kh_http_client_options options = {
		.base_url = c->identity.server_url, .ca_pem = c->identity.ca_pem, .certificate_pem = c->identity.certificate_pem,
		.key_pem = c->identity.key_pem, .server_pin = c->identity.server_pin, .proxy = c->proxy, .pinned = &c->pinned,
	};
	return kh_http_client_new(&options, ret);
}

static void tell_main_thread(struct orders *o)
{
	atomic_store(&o->failed, true);
	kh_ignore(eventfd_write(o->failed_fd, 1));
}

/* What the server's last answer to this thread offered, for the main thread. */
static void note_offer(struct orders *o)
{
	const struct kh_upcall_aside said = kh_upcall_aside();
	pthread_mutex_lock(&o->lock);
	if (said.offer.sha256[0])
		o->offer = said.offer;
	pthread_mutex_unlock(&o->lock);
	if (said.offer.sha256[0] && o->failed_fd >= 0)
		kh_ignore(eventfd_write(o->failed_fd, 1));
}

static struct kh_link_offer take_offer(struct orders *o)
{
	pthread_mutex_lock(&o->lock);
	struct kh_link_offer offer = o->offer;
	o->offer = (struct kh_link_offer){0};
	pthread_mutex_unlock(&o->lock);
	return offer;
}

/* What an error means is the main thread's to find out; this one only waits longer. */
static void *wait_for_orders(void *arg)
{
	struct orders *o = arg;
	struct kh_backoff backoff = {0};
	kh_auto_http_client struct kh_http_client *client = NULL;
	if (new_client(o->config, &client) < 0)
		return NULL;
	while (!atomic_load(&o->stop)) {
		struct kh_upcall call = {.client = client, .config = o->config};
		if (kh_upcall_orders(&call, o->after, ORDERS_WAIT_S, take_order, o) == 0) {
			note_offer(o);
			kh_backoff_reset(&backoff);
			continue;
		}
		tell_main_thread(o);
		usleep((useconds_t)(kh_backoff_fail(&backoff, kh_upcall_aside().retry_after_s * INT64_C(1000)) * 1000));
	}
	return NULL;
}

static struct orders orders = {.failed_fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

static int start_orders(struct uplink *u)
{
	if (u->has_orders_thread)
		return 0;
	orders.sock = u->sock;
	orders.config = &u->config;
	orders.failed_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (orders.failed_fd < 0)
		return kh_fail_errno("eventfd");
	if (pthread_create(&u->orders_thread, NULL, wait_for_orders, &orders) != 0)
		return kh_fail(KH_E_INTERNAL, "no thread for orders");
	u->has_orders_thread = true;
	return 0;
}

/* ---- the steps of a link ---- */

static struct kh_upcall upcall(const struct uplink *u)
{
	return (struct kh_upcall){.client = u->client, .config = &u->config, .clock_offset_ms = u->clock_offset_ms};
}

static int become_another(struct uplink *u)
{
	struct kh_upcall call = upcall(u);
	kh_auto_identity struct kh_identity next = {0};
	int r = kh_upcall_identity(&call, &next);
	if (r == 0)
		hand_over(u, &next);
	return r;
}

static int renew(struct uplink *u)
{
	struct kh_upcall call = upcall(u);
	kh_auto_identity struct kh_identity next = {0};
	int r = kh_upcall_renew(&call, &next);
	if (r == 0)
		hand_over(u, &next);
	return r;
}

/* Failing is no reason to hold the records back: the certificate is good for months yet. It is tried again at the next check. */
static void renew_when_due(struct uplink *u)
{
	struct kh_certificate_info info = {0};
	if (!u->renew && u->renew_checked_ms && kh_monotonic_ms() - u->renew_checked_ms < RENEW_CHECK_MS)
		return;
	u->renew_checked_ms = kh_monotonic_ms();
	int r = kh_x509_info(u->config.identity.certificate_pem, &info);
	int64_t now_s = (kh_now_ms() + u->clock_offset_ms) / 1000;
	bool due = r == 0 && info.not_after_s - now_s < (info.not_after_s - info.not_before_s) / RENEW_SHARE;
	if (due || u->renew)
		r = renew(u);
	u->renew = false;
	if (r < 0)
		kh_log(KH_LOG_WARNING, "certificate not renewed", KH_ERR(r));
}

static int ask_for_hello(struct uplink *u, struct kh_link_hello *ret)
{
	tell(u, KH_LINK_HELLO_WANTED, NULL);
	int r = answer(u, KH_LINK_HELLO, KH_LINK_HELLO);
	if (r == 0 && !kh_link_get_hello(u->message.payload, u->message.len, ret))
		r = kh_fail(KH_E_SYNTAX, "the broker's hello");
	return r;
}

/* Again while the broker changes its epoch: at most a few times, or something is wrong with both. */
static int say_hello(struct uplink *u)
{
	for (int round = 0; round < 3; round++) {
		struct kh_upcall call = upcall(u);
		struct kh_link_hello hello = {0};
		struct kh_link_welcome welcome = {0};
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		int r = ask_for_hello(u, &hello);
		r = r < 0 ? r : kh_upcall_hello(&call, &hello, &welcome, &u->renew, &u->batch_records);
		if (r < 0)
			return r;
		note_offer(&orders);
		kh_link_put_welcome(&b, &welcome);
		kh_link_welcome_done(&welcome);
		tell(u, KH_LINK_WELCOME, &b);
		r = answer(u, KH_LINK_GO, KH_LINK_AGAIN);
		if (r < 0 || u->message.type == KH_LINK_GO)
			return r;
	}
	return kh_fail(KH_E_SEQUENCE_CONFLICT, "the server knows more of every new epoch than was sent");
}

/* For the day on which this machine may speak to nobody else. While it may not, nothing new is to be learned. */
static void tell_peers(struct uplink *u)
{
	struct kh_peers peers = {0};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	if (u->config.pinned.n)
		return;
	kh_http_client_peers(u->client, &peers);
	kh_link_put_peers(&b, &peers);
	tell(u, KH_LINK_PEERS, &b);
}

/* ---- content ---- */

static void end_fetch(struct uplink *u)
{
	kh_fd_close(&u->fetch.fd);
	kh_link_fetch_done(&u->fetch.how);
	u->fetch = (struct fetch){.fd = -1};
}

/* The broker knows whether it wants what the server has, and gives a file to write to. */
static int ask_about_offer(struct uplink *u)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	const struct kh_link_offer offer = u->fetch.fd >= 0 ? (struct kh_link_offer){0} : take_offer(&orders);
	if (!offer.sha256[0])
		return 0;
	kh_link_put_offer(&b, &offer);
	tell(u, KH_LINK_CONTENT_WANTED, &b);
	int r = answer(u, KH_LINK_CONTENT, KH_LINK_NOTHING);
	if (r < 0 || u->message.type == KH_LINK_NOTHING)
		return r;
	u->fetch = (struct fetch){.fd = kh_ipc_take_fd(&u->message), .offer = offer};
	if (u->fetch.fd < 0 || !kh_link_get_fetch(u->message.payload, u->message.len, &u->fetch.how))
		return kh_fail(KH_E_SYNTAX, "the broker's file for content");
	u->fetch.at = u->fetch.how.from;
	return 0;
}

static int piece_of_mirror(struct uplink *u, size_t n, size_t *ret_n)
{
	struct fetch *f = &u->fetch;
	const struct kh_http_download d = {.url = f->how.mirror, .proxy = u->config.proxy, .piece = true, .from = (uint64_t)f->at, .max_bytes = n, .idle_s = MIRROR_IDLE_S};
	int r = lseek(f->fd, f->at, SEEK_SET) < 0 ? kh_fail_errno("a bundle of content") : kh_http_download(&d, f->fd);
	if (r == 0)
		*ret_n = n;
	return r;
}

static int piece_of_server(struct uplink *u, size_t n, size_t *ret_n)
{
	struct kh_upcall call = upcall(u);
	int r = kh_upcall_content(&call, u->fetch.offer.sha256, u->fetch.at, n, u->fetch.fd, ret_n);
	return r == 0 && *ret_n == 0 ? kh_fail(KH_E_NOT_FOUND, "the server's content is shorter than it said") : r;
}

/* Without its mirror the server is asked; without what it offered, for what it offers next. Anything else is the link's trouble. */
static int piece_failed(struct uplink *u, int error)
{
	struct fetch *f = &u->fetch;
	int retry_after_s = kh_upcall_aside().retry_after_s;
	kh_log(KH_LOG_WARNING, "content is not fetched", KH_S("from", f->how.mirror[0] ? f->how.mirror : "the server"), KH_ERR(error));
	if (f->how.mirror[0]) {
		f->how.mirror[0] = '\0';
		return 0;
	}
	f->next_ms = kh_monotonic_ms() + KH_MAX(retry_after_s * INT64_C(1000), (int64_t)BUSY_MS);
	if (error == KH_E_BUSY)
		return 0;
	if (error != KH_E_NOT_FOUND && error != KH_E_DISK_FULL && error != KH_E_TOO_LARGE && error != KH_E_INVALID_FIELD && error != KH_E_IO)
		return error;
	end_fetch(u);
	return 0;
}

static void fetch_done(struct uplink *u)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_offer(&b, &u->fetch.offer);
	tell(u, KH_LINK_CONTENT_DONE, &b);
	end_fetch(u);
}

/* One piece of what is fetched, at the rate it may have: records go between two pieces. */
static int fetch_piece(struct uplink *u)
{
	struct fetch *f = &u->fetch;
	size_t got = 0;
	int r = ask_about_offer(u);
	if (r < 0 || f->fd < 0 || kh_monotonic_ms() < f->next_ms)
		return r;
	size_t n = (size_t)KH_MIN(f->offer.bytes - f->at, (int64_t)PIECE);
	f->next_ms = kh_monotonic_ms() + (int64_t)(n / f->how.rate_kib) * 1000 / KH_KIB;
	if (n > 0)
		r = f->how.mirror[0] ? piece_of_mirror(u, n, &got) : piece_of_server(u, n, &got);
	if (r < 0)
		return piece_failed(u, r);
	f->at += (int64_t)got;
	if (f->at >= f->offer.bytes)
		fetch_done(u);
	return 0;
}

/* How long there is nothing to do but to wait. */
static int idle_ms(const struct uplink *u)
{
	int64_t until_piece = u->fetch.fd >= 0 ? u->fetch.next_ms - kh_monotonic_ms() : IDLE_MS;
	return (int)KH_MAX(KH_MIN(until_piece, (int64_t)IDLE_MS), INT64_C(0));
}

/* Until the broker or the thread for orders has something to say, or a piece of content is due. */
static void wait_for_wake(struct uplink *u)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = KH_IPC_MAX_INLINE};
	struct pollfd p[] = {{.fd = u->sock, .events = POLLIN}, {.fd = u->has_orders_thread ? orders.failed_fd : -1, .events = POLLIN}};
	eventfd_t n = 0;
	if (poll(p, KH_COUNT(p), idle_ms(u)) <= 0)
		return;
	if (p[1].revents)
		kh_ignore(eventfd_read(orders.failed_fd, &n));
	if (p[0].revents)
		must_reach_broker(kh_ipc_recv(u->sock, &accept, &u->message));
}

/* One record alone that the server will not take is set aside; of several, each is tried alone. */
static int refused(struct uplink *u, const struct kh_link_batch *batch)
{
	if (batch->first == batch->last) {
		tell_record(u, KH_LINK_REFUSED, batch->epoch, batch->first);
		u->one_by_one -= u->one_by_one > 0;
	} else {
		u->one_by_one = batch->last - batch->first + 1;
	}
	return 0;
}

static int send_batch(struct uplink *u)
{
	struct kh_upcall call = upcall(u);
	struct kh_link_batch batch = {0};
	const char *lines = NULL;
	size_t n = 0;
	uint64_t ack = 0;
	if (!kh_link_get_batch(u->message.payload, u->message.len, &batch, &lines, &n))
		return kh_fail(KH_E_SYNTAX, "the broker's batch");
	int r = kh_upcall_batch(&call, &batch, lines, n, &ack);
	if (r == KH_E_BATCH_MALFORMED || r == KH_E_TOO_LARGE) {
		kh_log(KH_LOG_WARNING, "batch refused", KH_I("first", batch.first), KH_I("last", batch.last), KH_ERR(r));
		return refused(u, &batch);
	}
	if (r == KH_E_SEQUENCE_CONFLICT)
		tell_record(u, KH_LINK_CONFLICT, batch.epoch, batch.last);
	if (r == 0) {
		tell_record(u, KH_LINK_ACK, batch.epoch, ack);
		u->one_by_one -= u->one_by_one > 0;
	}
	if (r == 0 && ack < batch.first)
		r = kh_fail(KH_E_INTERNAL, "the server took none of the records from %llu on", (unsigned long long)batch.first);
	return r;
}

/* Sends the next batch, or waits until there is one. */
static int send_or_wait(struct uplink *u)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_wanted(&b, &(struct kh_link_wanted){u->one_by_one ? 1 : u->batch_records, KH_LINK_BATCH_BYTES});
	tell(u, KH_LINK_BATCH_WANTED, &b);
	int r = answer(u, KH_LINK_BATCH, KH_LINK_NOTHING);
	if (r < 0)
		return r;
	if (u->message.type == KH_LINK_BATCH)
		return send_batch(u);
	u->one_by_one = 0;
	malloc_trim(0);
	wait_for_wake(u);
	return 0;
}

/* One link, from the first connection until something fails or there are new credentials. */
static int hold_link(struct uplink *u)
{
	int r = u->client ? 0 : new_client(&u->config, &u->client);
	if (r == 0 && u->config.is_copy)
		return become_another(u);
	r = r < 0 ? r : say_hello(u);
	if (r < 0)
		return r;
	tell_peers(u);
	r = start_orders(u);
	if (r < 0)
		return r;
	kh_backoff_reset(&u->backoff);
	tell_status(u, KH_LINK_ONLINE, 0);
	while (r == 0 && !u->done) {
		renew_when_due(u);
		if (!u->done)
			r = fetch_piece(u);
		if (r == 0 && !u->done)
			r = atomic_exchange(&orders.failed, false) ? say_hello(u) : send_or_wait(u);
	}
	return r;
}

/* ---- what is done about errors (docs/protocol.md) ---- */

/* Back-off. A broker that goes away meanwhile is noticed; a WAKE makes it no shorter. */
static void rest(const struct uplink *u, int64_t ms)
{
	struct pollfd p = {.fd = u->sock};
	if (poll(&p, 1, (int)ms) > 0)
		_exit(0);
}

/* Until a person acts: the broker starts this process anew then. */
static void stay_stopped(struct uplink *u, int error)
{
	atomic_store(&orders.stop, true);
	tell_status(u, KH_LINK_STOPPED, error);
	for (;;)
		wait_for_wake(u);
}

static void try_later(struct uplink *u, int error)
{
	int retry_after_s = kh_upcall_aside().retry_after_s;
	tell_status(u, KH_LINK_CONNECTING, error);
	rest(u, kh_backoff_fail(&u->backoff, retry_after_s * INT64_C(1000)));
}

static void correct_clock(struct uplink *u, int error)
{
	int64_t server_ms = kh_upcall_aside().server_time_ms;
	if (!server_ms) {
		try_later(u, error);
		return;
	}
	tell_status(u, KH_LINK_CONNECTING, error);
	u->clock_offset_ms = server_ms - kh_now_ms();
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_link_put_clock(&b, u->clock_offset_ms);
	tell(u, KH_LINK_CLOCK, &b);
	rest(u, kh_backoff_fail(&u->backoff, 0));
}

static void renew_expired(struct uplink *u, int error)
{
	tell_status(u, KH_LINK_CONNECTING, error);
	if (renew(u) < 0)
		try_later(u, error);
}

static void ask_for_identity(struct uplink *u, int error)
{
	tell_status(u, KH_LINK_CONNECTING, error);
	if (become_another(u) < 0)
		try_later(u, error);
}

static void react(struct uplink *u, int error)
{
	static const struct {
		int error;
		void (*act)(struct uplink *u, int error);
	} table[] = {
		{KH_E_CERTIFICATE_MISSING, stay_stopped}, {KH_E_CERTIFICATE_UNKNOWN, stay_stopped}, {KH_E_CERTIFICATE_REVOKED, stay_stopped},
		{KH_E_CERTIFICATE_EXPIRED, renew_expired}, {KH_E_WRONG_CLOCK, correct_clock},       {KH_E_DUPLICATE_IDENTITY, ask_for_identity},
	};
	kh_log(KH_LOG_WARNING, "link lost", KH_ERR(error));
	for (size_t i = 0; i < KH_COUNT(table); i++)
		if (table[i].error == error) {
			table[i].act(u, error);
			return;
		}
	try_later(u, error);
}

/* ---- the process ---- */

static int receive_config(struct uplink *u)
{
	const struct kh_ipc_accept accept = {.timeout_ms = ANSWER_TIMEOUT_MS, .max_len = KH_LINK_MAX_MESSAGE};
	int r = kh_ipc_recv(u->sock, &accept, &u->message);
	if (r == 0 && (u->message.type != KH_LINK_CONFIG || !kh_link_get_config(u->message.payload, u->message.len, &u->config)))
		r = kh_fail(KH_E_SYNTAX, "the broker's first message");
	u->clock_offset_ms = u->config.clock_offset_ms;
	return r;
}

static int give_up_rights(const struct uplink *u)
{
	/* What the resolver and TLS read; the certificate comes through /proc/self/fd (http/client.h). */
	static const char *const read_paths[] = {
		"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/gnutls", "/etc/services",
		"/run/systemd/resolve", "/run/resolvconf", "/proc/self", "/proc/sys/crypto", "/etc/ssl/certs", "/usr/share/ca-certificates",
		"/usr/local/share/ca-certificates", NULL,
	};
	const struct kh_sandbox_policy policy = {
		.profile = KH_SANDBOX_NETWORK, .read_paths = read_paths, .keep_fds = &u->sock, .keep_fds_count = 1,
		.change_user = true, .uid = u->config.uid, .gid = u->config.gid,
		.limits = {.open_files = 64, .file_size = MAX_BUNDLE},
	};
	return kh_sandbox_enter(&policy);
}

int kh_uplink_main(int sock)
{
	struct uplink u = {.sock = sock, .fetch.fd = -1, .message = KH_IPC_MESSAGE_INIT, .batch_records = KH_MAX_BATCH_RECORDS};
	kh_log_set_program("khien-agent uplink");
	mallopt(M_ARENA_MAX, 1);
	int r = receive_config(&u);
	r = r < 0 ? r : give_up_rights(&u);
	if (r < 0) {
		kh_log(KH_LOG_ERROR, "uplink does not start", KH_ERR(r));
		return kh_error_info(r)->exit_status;
	}
	tell_status(&u, KH_LINK_CONNECTING, 0);
	while (!u.done) {
		r = hold_link(&u);
		if (r < 0)
			react(&u, r);
	}
	/* The orders thread may stand in a call: the process ends with it. */
	_exit(0);
}
