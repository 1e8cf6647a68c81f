/* The broker's end of agent/link.h. What the uplink says is taken for network input: a message that does not fit ends it. */
#include "agent/inside.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "identity/machine.h"
#include "identity/proxy.h"
#include "ipc/ipc.h"
#include "os/host.h"
#include "record/record.h"
#include "sandbox/sandbox.h"

#include <stdio.h>
#include <unistd.h>

#define REAP_TIMEOUT_MS 1000
#define MIN_HEARTBEAT_S 10
#define MAX_HEARTBEAT_S 86400
#define STARTS_AGAIN_MS 500 /* after it ended by itself with new credentials */

static int say(struct kh_broker *b, enum kh_link_type type, const struct kh_buf *payload)
{
	if (!kh_broker_can_send(b->uplink.worker.sock))
		return kh_fail(KH_E_TIMEOUT, "the uplink asks and does not read");
	return kh_ipc_send_large(b->uplink.worker.sock, (uint16_t)type, payload ? kh_buf_text(payload) : "", payload ? payload->len : 0);
}

/* ---- start and end ---- */

static void uplink_user(const struct kh_broker *b, uint32_t *ret_uid, uint32_t *ret_gid)
{
	unsigned uid = KH_SANDBOX_NOBODY, gid = KH_SANDBOX_NOBODY;
	bool found = false;
	kh_ignore(kh_host_user(b->settings->user, &uid, &gid, &found));
	*ret_uid = uid;
	*ret_gid = gid;
}

static int send_config(struct kh_broker *b)
{
	struct kh_link_config c = {.is_copy = b->is_copy, .clock_offset_ms = b->memory.clock_offset_ms};
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	const char *proxy = b->settings->proxy ? b->settings->proxy : b->identity.proxy;
	kh_identity_copy(&b->identity, &c.identity);
	int r = kh_host_name(&c.hostname);
	c.os = kh_machine_os_name("");
	c.proxy = kh_proxy_for(b->identity.server_url, proxy && *proxy ? proxy : "none");
	c.pinned = b->isolation.now.peers;
	memcpy(c.machine.hex, b->machine.hex, sizeof c.machine.hex);
	c.machine.parts = kh_strdup(b->machine.parts);
	uplink_user(b, &c.uid, &c.gid);
	if (r == 0) {
		kh_link_put_config(&payload, &c);
		r = say(b, KH_LINK_CONFIG, &payload);
	}
	kh_link_config_done(&c);
	return r;
}

static void close_uplink(struct kh_broker *b)
{
	kh_worker_done(&b->uplink.worker);
	kh_spool_batch_done(&b->batch);
	b->batch = (struct kh_spool_batch){0};
	b->welcomed = b->wake_sent = b->new_credentials = false;
	b->link.state = KH_LINK_CONNECTING;
}

void kh_uplink_start(struct kh_broker *b)
{
	static const char *const arguments[] = {"role", "uplink", NULL};
	int r = kh_worker_spawn("/proc/self/exe", arguments, &b->uplink.worker);
	r = r < 0 ? r : send_config(b);
	if (r == 0)
		return;
	kh_broker_trouble(b, "uplink", r);
	close_uplink(b);
	b->uplink.start_at_ms = kh_monotonic_ms() + kh_backoff_fail(&b->uplink.backoff, 0);
}

void kh_uplink_restart(struct kh_broker *b)
{
	close_uplink(b);
	kh_backoff_reset(&b->uplink.backoff);
	b->link = (struct kh_link_status){0};
	b->uplink.start_at_ms = 0;
}

/* It ends by itself only when it has handed over new credentials; anything else is a crash, or a message that it should not have sent. */
static void uplink_ended(struct kh_broker *b, int error)
{
	struct kh_worker_end end = {0};
	char text[KH_WORKER_END_SIZE];
	const char *how = kh_words("it has not ended yet");
	bool well = error == KH_E_WORKER_FAILED && b->new_credentials;
	if (error != KH_E_WORKER_FAILED) {
		kh_broker_trouble(b, "uplink", error);
		kh_worker_kill(&b->uplink.worker);
	}
	if (kh_worker_reap(&b->uplink.worker, REAP_TIMEOUT_MS, &end))
		how = kh_worker_end_text(&end, text);
	if (!well && error == KH_E_WORKER_FAILED)
		kh_broker_trouble(b, "uplink", kh_fail(error, "the uplink ended: %s", how));
	close_uplink(b);
	b->uplink.start_at_ms = kh_monotonic_ms() + (well ? STARTS_AGAIN_MS : kh_backoff_fail(&b->uplink.backoff, 0));
}

void kh_uplink_wake(struct kh_broker *b)
{
	if (b->wake_sent || !b->uplink.worker.pid || !kh_broker_can_send(b->uplink.worker.sock))
		return;
	b->wake_sent = kh_ipc_send(b->uplink.worker.sock, KH_LINK_WAKE, "", 0, -1) == 0;
}

/* ---- what it says ---- */

static int hello_wanted(struct kh_broker *b, const struct kh_ipc_message *m KH_UNUSED)
{
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	kh_link_put_hello(&payload, &(struct kh_link_hello){kh_spool_epoch(b->spool), kh_spool_last_seq(b->spool)});
	return say(b, KH_LINK_HELLO, &payload);
}

/* What the server holds of a table counts as sent, unless something newer waits in the spool. */
static void compare_tables(struct kh_broker *b, const struct kh_link_welcome *w)
{
	char held[KH_FACTS_COUNT][KH_FACTS_HASH_SIZE] = {0};
	bool differs = false;
	kh_array_each(&w->facts, t) {
		enum kh_fact_table table = 0;
		if (kh_facts_table_named(t->name, &table))
			memcpy(held[table], t->hash, sizeof held[table]);
	}
	for (size_t i = 0; i < KH_FACTS_COUNT; i++)
		if (!kh_spool_waits(b->spool, KH_SPOOL_FACTS, i + 1)) {
			differs = differs || !kh_streq(b->hashes[i], held[i]);
			memcpy(b->hashes[i], held[i], sizeof held[i]);
		}
	if (differs)
		b->facts_at_ms = 0;
}

static int welcome(struct kh_broker *b, const struct kh_ipc_message *m)
{
	struct kh_link_welcome w = {0};
	if (!kh_link_get_welcome(m->payload, m->len, &w))
		return kh_fail(KH_E_SYNTAX, "a welcome");
	bool older_disk = w.last_seq > kh_spool_last_seq(b->spool);
	int r = older_disk ? kh_spool_rename_epoch(b->spool, kh_spool_epoch(b->spool)) : 0;
	if (!older_disk) {
		compare_tables(b, &w);
		b->heartbeat_ms = INT64_C(1000) * KH_MIN(KH_MAX(w.heartbeat_s, MIN_HEARTBEAT_S), MAX_HEARTBEAT_S);
		b->health_at_ms = 0;
		b->memory.contact_s = kh_broker_now_ms(b) / 1000;
		b->welcomed = b->clock_known = true;
		snprintf(b->role, sizeof b->role, "%s", w.role);
		snprintf(b->unit_name, sizeof b->unit_name, "%s", w.unit_name);
	}
	kh_link_welcome_done(&w);
	return r < 0 ? r : say(b, older_disk ? KH_LINK_AGAIN : KH_LINK_GO, NULL);
}

static int batch_wanted(struct kh_broker *b, const struct kh_ipc_message *m)
{
	struct kh_link_wanted wanted = {0};
	kh_auto_buf struct kh_buf payload = KH_BUF_INIT;
	if (!kh_link_get_wanted(m->payload, m->len, &wanted))
		return kh_fail(KH_E_SYNTAX, "a wish for a batch");
	b->wake_sent = false;
	kh_ignore(kh_broker_commit(b)); /* what is only in memory goes out too */
	int r = kh_spool_read(b->spool, KH_MIN(wanted.max_records, (uint32_t)KH_MAX_BATCH_RECORDS), KH_MIN((size_t)wanted.max_bytes, (size_t)KH_LINK_BATCH_BYTES), &b->batch);
	if (r == 0 && !b->batch.items.n) {
		kh_spool_batch_done(&b->batch); /* megabytes, after a large one */
		return say(b, KH_LINK_NOTHING, NULL);
	}
	if (r < 0)
		return r;
	const struct kh_spool_item *items = b->batch.items.v;
	kh_link_put_batch(&payload, &(struct kh_link_batch){b->batch.epoch, items[0].seq, items[b->batch.items.n - 1].seq});
	kh_array_each(&b->batch.items, item)
		kh_record_line(&payload, item->seq, item->time_ms, b->batch.bytes.data + item->at, item->len);
	return say(b, KH_LINK_BATCH, &payload);
}

static int get_record(const struct kh_ipc_message *m, struct kh_link_record *ret)
{
	return kh_link_get_record(m->payload, m->len, ret) ? 0 : kh_fail(KH_E_SYNTAX, "the name of a record");
}

static bool is_of_batch(const struct kh_broker *b, const struct kh_link_record *record)
{
	return b->batch.items.n && b->batch.epoch == record->epoch;
}

static int acknowledged(struct kh_broker *b, const struct kh_ipc_message *m)
{
	struct kh_link_record record = {0};
	int r = get_record(m, &record);
	if (r < 0)
		return r;
	if (!is_of_batch(b, &record))
		return kh_fail(KH_E_SYNTAX, "an acknowledgement of what was not sent");
	kh_spool_ack(b->spool, record.epoch, record.seq);
	kh_backoff_reset(&b->uplink.backoff);
	b->memory.contact_s = kh_broker_now_ms(b) / 1000;
	return 0;
}

static int refused(struct kh_broker *b, const struct kh_ipc_message *m)
{
	struct kh_link_record record = {0};
	int r = get_record(m, &record);
	bool is_first = r == 0 && is_of_batch(b, &record) && b->batch.items.v[0].seq == record.seq;
	if (is_first)
		kh_spool_refuse(b->spool, &b->batch);
	return r < 0 || is_first ? r : kh_fail(KH_E_SYNTAX, "a refused record that was not sent");
}

static int conflict(struct kh_broker *b, const struct kh_ipc_message *m)
{
	struct kh_link_record record = {0};
	int r = get_record(m, &record);
	if (r == 0 && !is_of_batch(b, &record))
		r = kh_fail(KH_E_SYNTAX, "a conflict over what was not sent");
	return r < 0 ? r : kh_spool_rename_epoch(b->spool, record.epoch);
}

static int clock_offset(struct kh_broker *b, const struct kh_ipc_message *m)
{
	int64_t offset_ms = 0;
	if (!kh_link_get_clock(m->payload, m->len, &offset_ms))
		return kh_fail(KH_E_SYNTAX, "a clock offset");
	kh_log(KH_LOG_WARNING, "this machine's clock is wrong", KH_I("offset_ms", offset_ms));
	b->memory.clock_offset_ms = offset_ms;
	kh_broker_remember(b);
	return 0;
}

static int order(struct kh_broker *b, const struct kh_ipc_message *m)
{
	struct kh_link_order signed_order = {0};
	if (!kh_link_get_order(m->payload, m->len, &signed_order))
		return kh_fail(KH_E_SYNTAX, "an order");
	kh_order_take(b, &signed_order);
	kh_link_order_done(&signed_order);
	return 0;
}

/* A renewed certificate, or another endpoint for a copied machine: it starts anew with them. A copy that the server had to tell so gives up what was copied into its spool (one
 * that knew has done so at its start), before it keeps its new name. */
static int credentials(struct kh_broker *b, const struct kh_ipc_message *m)
{
	kh_auto_identity struct kh_identity next = {0};
	if (!kh_link_get_identity(m->payload, m->len, &next))
		return kh_fail(KH_E_SYNTAX, "credentials");
	int r = b->is_copy || kh_streq(next.endpoint, b->identity.endpoint) ? 0 : kh_spool_drop_earlier(b->spool);
	if (r < 0)
		return r;
	memcpy(next.content_keys, b->identity.content_keys, sizeof next.content_keys); /* only enrolment says them */
	next.content_key_count = b->identity.content_key_count;
	r = kh_identity_save(b->settings->state, &next);
	if (r < 0) {
		kh_identity_done(&next);
		return r;
	}
	kh_log(KH_LOG_INFO, "new credentials", KH_S("endpoint", next.endpoint));
	kh_identity_done(&b->identity);
	b->identity = next;
	next = (struct kh_identity){0};
	b->is_copy = !kh_fingerprint_same_machine(&b->identity.fingerprint, &b->machine);
	b->new_credentials = true;
	kh_broker_new_endpoint(b);
	return 0;
}

static int status(struct kh_broker *b, const struct kh_ipc_message *m)
{
	enum kh_link_state old = b->link.state;
	int old_error = b->link.error;
	if (!kh_link_get_status(m->payload, m->len, &b->link))
		return kh_fail(KH_E_SYNTAX, "a status");
	if (b->link.error && b->link.error != old_error)
		kh_broker_trouble(b, "link", kh_fail(b->link.error, "%s", b->link.detail));
	if (b->link.state != old)
		kh_log(KH_LOG_INFO, b->link.state == KH_LINK_ONLINE ? "link to the server" : "no link to the server", KH_I("stopped", b->link.state == KH_LINK_STOPPED));
	return 0;
}

static int peers(struct kh_broker *b, const struct kh_ipc_message *m)
{
	return kh_link_get_peers(m->payload, m->len, &b->isolation.peers) ? 0 : kh_fail(KH_E_SYNTAX, "addresses of the server");
}

void kh_uplink_message(struct kh_broker *b)
{
	static const struct {
		enum kh_link_type type;
		int (*take)(struct kh_broker *b, const struct kh_ipc_message *m);
	} table[] = {
		{KH_LINK_HELLO_WANTED, hello_wanted}, {KH_LINK_WELCOME, welcome},   {KH_LINK_BATCH_WANTED, batch_wanted}, {KH_LINK_ACK, acknowledged},
		{KH_LINK_REFUSED, refused},           {KH_LINK_CONFLICT, conflict}, {KH_LINK_CLOCK, clock_offset},        {KH_LINK_ORDER, order},
		{KH_LINK_CREDENTIALS, credentials},   {KH_LINK_STATUS, status},     {KH_LINK_CONTENT_WANTED, kh_content_wanted}, {KH_LINK_CONTENT_DONE, kh_content_done},
		{KH_LINK_PEERS, peers},
	};
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = KH_LINK_MAX_MESSAGE};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_recv(b->uplink.worker.sock, &accept, &m);
	bool known = false;
	for (size_t i = 0; r == 0 && !known && i < KH_COUNT(table); i++) {
		known = table[i].type == m.type;
		r = known ? table[i].take(b, &m) : 0;
	}
	if (r == 0 && !known)
		r = kh_fail(KH_E_SYNTAX, "message %u of the uplink", m.type);
	if (r == 0)
		return;
	uplink_ended(b, r);
}
