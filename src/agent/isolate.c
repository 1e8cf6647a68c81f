/* This machine cut off from the network by order, and let go again (isolation/isolation.h).
 *
 * What is to be stands in the two files first; then a worker makes the kernel agree. So a broker that was killed at any point goes on where it was: at its start, and
 * every KEEP_MS, the table is put back if it is not there as it was put, because a restart of the system's own firewall service removes all tables. */
#include "agent/inside.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/time.h"
#include "isolation/peers.h"

#include <stdio.h>

#define KEEP_MS 10000

static bool is_isolated(const struct kh_broker *b)
{
	return b->isolation.now.order != 0;
}

/* ---- telling ---- */

static void tell(struct kh_broker *b, const char *action, const struct kh_isolation_release *release)
{
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_log(KH_LOG_WARNING, "isolation", KH_S("action", action), KH_I("order", b->isolation.now.order));
	kh_isolation_event(&fields, action, &b->isolation.now, release);
	kh_ignore(kh_broker_append(b, KH_SPOOL_DETECTION, 0, &fields));
	kh_ignore(kh_broker_commit(b));
	b->health_at_ms = 0; /* the server is told the new state at once */
}

json_t *kh_isolation_json(const struct kh_broker *b)
{
	if (!is_isolated(b))
		return json_null();
	json_t *j = json_object();
	kh_json_set_int(j, "order", b->isolation.now.order);
	kh_json_set_int(j, "since_s", b->isolation.now.since_s);
	kh_json_set_bool(j, "stands", b->isolation.stands);
	kh_assert(json_object_set_new(j, "peers", kh_isolation_peers_json(&b->isolation.now.peers)) == 0);
	return j;
}

/* ---- what came of it ---- */

/* The order that asked for it is answered once the kernel has the rules; from then on the uplink asks for no names. */
static void was_put(struct kh_broker *b, const struct kh_isolate_answer *answer)
{
	bool known = b->isolation.sha256[0];
	memcpy(b->isolation.sha256, answer->sha256, sizeof b->isolation.sha256);
	b->isolation.stands = true;
	if (b->isolation.unanswered) {
		kh_order_finish(b, b->isolation.unanswered, 0, NULL);
		b->isolation.unanswered = 0;
		tell(b, "isolated", NULL);
		kh_uplink_restart(b);
	} else if (known && answer->changed) {
		tell(b, "put_back", NULL);
	}
}

static void forget(struct kh_broker *b)
{
	int r = kh_isolation_forget(b->settings->state);
	if (r < 0)
		kh_broker_trouble(b, "isolation", r);
	b->isolation.now = (struct kh_isolation){0};
	b->isolation.release = (struct kh_isolation_release){0};
	b->isolation.sha256[0] = '\0';
	b->isolation.stands = false;
	b->isolation.unanswered = 0;
}

static void was_removed(struct kh_broker *b)
{
	kh_order_finish(b, b->isolation.unanswered, kh_fail(KH_E_STOPPED, "it was ended before it was done"), NULL);
	kh_order_finish(b, b->isolation.release.by_order, 0, NULL);
	tell(b, "released", &b->isolation.release);
	forget(b);
	kh_uplink_restart(b);
}

/* Where nftables cannot be used nothing was put, and the order has failed. After anything else nobody knows, and it is tried again. */
static void failed(struct kh_broker *b, int error)
{
	kh_broker_trouble(b, "isolation", error);
	b->isolation.stands = b->isolation.doing != KH_ISOLATE_PUT && b->isolation.stands;
	if (error != KH_E_ISOLATION_UNAVAILABLE || b->isolation.doing != KH_ISOLATE_PUT || !b->isolation.unanswered)
		return;
	kh_order_finish(b, b->isolation.unanswered, error, NULL);
	forget(b);
}

void kh_isolation_message(struct kh_broker *b)
{
	struct kh_isolate_answer answer = {0};
	int r = kh_isolate_finish(&b->isolation.worker, 0, &answer);
	if (r < 0)
		failed(b, r);
	else if (b->isolation.doing == KH_ISOLATE_PUT)
		was_put(b, &answer);
	else
		was_removed(b);
}

/* ---- making it so ---- */

static void start(struct kh_broker *b, enum kh_isolate_message what)
{
	struct kh_isolate_request request = {.peers = b->isolation.now.peers};
	memcpy(request.sha256, b->isolation.sha256, sizeof request.sha256);
	b->isolation.doing = what;
	b->isolation.due_ms = kh_monotonic_ms() + KH_ISOLATE_TIMEOUT_MS;
	b->isolation.next_ms = kh_monotonic_ms() + KEEP_MS;
	int r = kh_isolate_start(what, what == KH_ISOLATE_PUT ? &request : NULL, &b->isolation.worker);
	if (r < 0)
		failed(b, r);
}

/* Somebody at the machine may have ended it: `khien isolation release` works without this program, too. */
static void notice_release(struct kh_broker *b)
{
	if (b->isolation.release.order)
		return;
	int r = kh_isolation_release_load(b->settings->state, &b->isolation.release);
	if (r < 0)
		kh_broker_trouble(b, "isolation", r);
	if (b->isolation.release.order)
		b->isolation.next_ms = 0;
}

void kh_isolation_due(struct kh_broker *b)
{
	int64_t now = kh_monotonic_ms();
	if (!is_isolated(b))
		return;
	notice_release(b);
	if (b->isolation.worker.pid && now > b->isolation.due_ms) {
		kh_worker_done(&b->isolation.worker);
		failed(b, kh_fail(KH_E_TIMEOUT, "%s gave no answer", KH_ISOLATE_PROGRAM));
	}
	if (!b->isolation.worker.pid && now >= b->isolation.next_ms)
		start(b, b->isolation.release.order ? KH_ISOLATE_REMOVE : KH_ISOLATE_PUT);
}

/* ---- orders ---- */

void kh_isolation_begin(struct kh_broker *b, int64_t order)
{
	const struct kh_isolation isolation = {.order = order, .since_s = kh_broker_now_ms(b) / 1000, .peers = b->isolation.peers};
	if (is_isolated(b)) {
		bool ends = b->isolation.release.order;
		kh_order_finish(b, order, ends ? kh_fail(KH_E_CONFLICT, "an earlier isolation is being ended") : 0, NULL);
		return;
	}
	int r = 0;
	if (!isolation.peers.n)
		r = kh_fail(KH_E_ISOLATION_UNAVAILABLE, "the addresses of the server are not known");
	else if (kh_isolation_is_here(&isolation.peers))
		r = kh_fail(KH_E_ISOLATION_UNAVAILABLE, "the server, or the proxy on the way to it, is this machine itself");
	r = r < 0 ? r : kh_isolation_save(b->settings->state, &isolation);
	if (r < 0) {
		kh_order_finish(b, order, r, NULL);
		return;
	}
	b->isolation.now = isolation;
	b->isolation.unanswered = order;
	start(b, KH_ISOLATE_PUT);
}

static int end_it(struct kh_broker *b, int64_t by_order, const char *reason)
{
	struct kh_isolation_release release = {.order = b->isolation.now.order, .by_order = by_order, .at_s = kh_broker_now_ms(b) / 1000, .uid = -1, .login_uid = -1};
	snprintf(release.reason, sizeof release.reason, "%s", reason);
	int r = kh_isolation_release_save(b->settings->state, &release);
	if (r == 0)
		b->isolation.release = release;
	return r;
}

void kh_isolation_end(struct kh_broker *b, int64_t order)
{
	if (!is_isolated(b) || b->isolation.release.order) {
		kh_order_finish(b, order, 0, NULL);
		return;
	}
	int r = end_it(b, order, "");
	if (r < 0)
		kh_order_finish(b, order, r, NULL);
	b->isolation.next_ms = 0;
	kh_isolation_due(b);
}

bool kh_isolation_goes_on(const struct kh_broker *b, int64_t order)
{
	return order && (order == b->isolation.now.order || order == b->isolation.release.by_order);
}

/* ---- the start ---- */

static bool is_open(const struct kh_agent_memory *m, int64_t order)
{
	for (size_t i = 0; i < KH_AGENT_MAX_OPEN_ORDERS; i++)
		if (m->open_orders[i] == order)
			return true;
	return false;
}

/* An end without an isolation is what a kill between the removals of the two files left. */
void kh_isolation_open(struct kh_broker *b)
{
	int r = kh_isolation_load(b->settings->state, &b->isolation.now);
	if (r == 0 && !is_isolated(b))
		r = kh_isolation_forget(b->settings->state);
	if (r == 0 && is_isolated(b) && is_open(&b->memory, b->isolation.now.order))
		b->isolation.unanswered = b->isolation.now.order;
	if (r == 0 && is_isolated(b))
		notice_release(b);
	if (r == 0 && is_isolated(b) && !b->isolation.release.order && !b->settings->orders_isolate)
		r = end_it(b, 0, kh_words("the settings of this machine do not allow isolation"));
	if (r < 0)
		kh_broker_trouble(b, "isolation", r);
	else if (is_isolated(b))
		kh_log(KH_LOG_WARNING, "this machine is isolated", KH_I("order", b->isolation.now.order), KH_I("ends", b->isolation.release.order != 0));
}
