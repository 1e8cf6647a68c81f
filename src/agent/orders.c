/* What becomes of an order: taken, begun (scans.c, measure.c), answered. One that was begun is in memory.json until its answer is durable, so that a broker that was killed meanwhile
 * answers it at its next start: the server would wait for it until its end. */
#include "agent/inside.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "record/record.h"

static void answer(struct kh_broker *b, int64_t id, int error, const char *why, const struct kh_order_scan *scan)
{
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_record_order(&fields, id, error, why, scan);
	kh_ignore(kh_broker_append(b, KH_SPOOL_DETECTION, 0, &fields));
	kh_ignore(kh_broker_commit(b)); /* before the order is forgotten */
}

static bool note_open(struct kh_agent_memory *m, int64_t from, int64_t to)
{
	for (size_t i = 0; i < KH_AGENT_MAX_OPEN_ORDERS; i++)
		if (m->open_orders[i] == from) {
			m->open_orders[i] = to;
			return true;
		}
	return false;
}

static void finish(struct kh_broker *b, int64_t id, int error, const char *why, const struct kh_order_scan *scan)
{
	if (!id)
		return;
	answer(b, id, error, why, scan);
	if (note_open(&b->memory, id, 0))
		kh_broker_remember(b);
}

/* The detail of the last error, which the next one replaces; in English, which the server puts into the language of whoever reads it. */
static char *reason_of(int error)
{
	return error < 0 ? kh_strdup(kh_fail_detail_english()) : NULL;
}

void kh_order_finish(struct kh_broker *b, int64_t id, int error, const struct kh_order_scan *scan)
{
	kh_auto_free char *why = reason_of(error);
	finish(b, id, error, why, scan);
}

void kh_orders_finish(struct kh_broker *b, struct kh_order_ids *ids, int error)
{
	kh_auto_free char *why = reason_of(error);
	for (size_t i = 0; i < KH_COUNT(ids->of); i++)
		finish(b, ids->of[i], error, why, NULL);
	*ids = (struct kh_order_ids){0};
}

void kh_orders_forget(struct kh_broker *b)
{
	for (size_t i = 0; i < KH_COUNT(b->waiting_scans); i++)
		kh_order_done(&b->waiting_scans[i]);
}

/* NULL: as many wait as may. */
static struct kh_order *place_to_wait(struct kh_broker *b)
{
	for (size_t i = 0; i < KH_COUNT(b->waiting_scans); i++)
		if (b->waiting_scans[i].id == 0)
			return &b->waiting_scans[i];
	return NULL;
}

static int64_t *place_among(struct kh_order_ids *ids)
{
	for (size_t i = 0; i < KH_COUNT(ids->of); i++)
		if (ids->of[i] == 0)
			return &ids->of[i];
	return NULL;
}

/* That there is no room is no refusal: nothing forbids it. */
static void answer_no_room(struct kh_broker *b, int64_t id)
{
	kh_broker_remember(b);
	const int r = kh_fail(KH_E_LIMIT_REACHED, "too many orders wait already");
	kh_order_finish(b, id, r, NULL);
}

/* At once, whatever else waits (isolate.c). Its answer comes when the kernel has the rules. */
static void cut_off_or_release(struct kh_broker *b, int64_t id, bool isolate)
{
	if (!note_open(&b->memory, 0, id)) {
		answer_no_room(b, id);
		return;
	}
	kh_broker_remember(b);
	if (isolate)
		kh_isolation_begin(b, id);
	else
		kh_isolation_end(b, id);
}

/* Done once those before it of its kind are: scans.c, searches.c and measure.c look for what waits. */
static void carry_out(struct kh_broker *b, struct kh_order *order)
{
	if (order->kind == KH_ORDER_ISOLATE || order->kind == KH_ORDER_RELEASE) {
		cut_off_or_release(b, order->id, order->kind == KH_ORDER_ISOLATE);
		return;
	}
	struct kh_order *place = order->kind == KH_ORDER_SCAN ? place_to_wait(b) : NULL;
	int64_t *waiting = place ? NULL : order->kind == KH_ORDER_SEARCH ? place_among(&b->search.waiting) : order->kind == KH_ORDER_COLLECT ? place_among(&b->waiting_collects) : NULL;
	if ((!place && !waiting) || !note_open(&b->memory, 0, order->id)) {
		answer_no_room(b, order->id);
		kh_order_done(order);
		return;
	}
	kh_broker_remember(b);
	if (place)
		*place = *order; /* its texts too */
	else
		*waiting = order->id;
	kh_measure_due(b);
}

void kh_order_take(struct kh_broker *b, const struct kh_link_order *signed_order)
{
	struct kh_order order = {0};
	int r = kh_order_read(signed_order, &b->identity, &b->memory, b->settings, kh_broker_now_ms(b), &order);
	if (r == KH_E_ORDER_REPEATED)
		return;
	if (r < 0 && !kh_record_order_is_refusal(r)) {
		kh_broker_trouble(b, "order", r);
		return;
	}
	b->memory.last_order = order.id;
	if (r == 0) {
		kh_log(KH_LOG_INFO, "order", KH_I("id", order.id));
		carry_out(b, &order);
		return;
	}
	kh_auto_free char *why = reason_of(r);
	kh_log(KH_LOG_WARNING, "order refused", KH_ERR(r));
	answer(b, order.id, r, why, NULL);
	kh_broker_remember(b);
}

void kh_orders_interrupted(struct kh_broker *b)
{
	for (size_t i = 0; i < KH_AGENT_MAX_OPEN_ORDERS; i++)
		if (!kh_isolation_goes_on(b, b->memory.open_orders[i]))
			kh_order_finish(b, b->memory.open_orders[i], kh_fail(KH_E_STOPPED, "the agent was stopped before it was done"), NULL);
}
