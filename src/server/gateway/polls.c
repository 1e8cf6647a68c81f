#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "server/gateway/inside.h"
#include "server/order/order.h"

#include <pthread.h>
#include <stdio.h>

enum {
	BUCKETS = 4096,
	NEW_ORDERS_AT_ONCE = 1000,
	WITHDRAWN_AT_ONCE = 1000,
	WITHDRAWN_WITHIN_S = 60, /* written down so long before the commit at most: another program's write may have to wait */
	EXPIRE_EVERY_S = 60,
};

/* One request that waits. */
struct poll {
	struct kh_request *request;
	int64_t endpoint_id, after, until_ms;
	char uid[37];
	bool due;     /* its certificate and its orders are to be looked at */
	int64_t sent; /* the greatest id in its answer */
	struct poll *next;
};

struct kh_polls {
	struct kh_gateway *gateway;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stopping;
	bool stop;
	struct poll *buckets[BUCKETS]; /* by endpoint */
	int64_t n;

	/* Of the thread. */
	int64_t last_order; /* newer ones have not been looked at */
	int64_t expired_at_s;
};

/* ---- the table; under the lock ---- */

static struct poll **place_of(struct kh_polls *p, int64_t endpoint_id)
{
	struct poll **at = &p->buckets[(uint64_t)endpoint_id % BUCKETS];
	while (*at && (*at)->endpoint_id != endpoint_id)
		at = &(*at)->next;
	return at;
}

static struct poll *take_out(struct kh_polls *p, struct poll **at)
{
	struct poll *poll = *at;
	*at = poll->next;
	poll->next = NULL;
	p->n--;
	return poll;
}

static void put_in(struct kh_polls *p, struct poll *poll)
{
	struct poll **bucket = &p->buckets[(uint64_t)poll->endpoint_id % BUCKETS];
	poll->next = *bucket;
	*bucket = poll;
	p->n++;
}

/* All for which it is time, or their orders are to be looked at, or we stop. */
static struct poll *take_ready(struct kh_polls *p, int64_t now_ms)
{
	struct poll *ready = NULL;
	for (size_t i = 0; p->n && i < BUCKETS; i++)
		for (struct poll **at = &p->buckets[i]; *at;) {
			if (!p->stop && !(*at)->due && (*at)->until_ms > now_ms) {
				at = &(*at)->next;
				continue;
			}
			struct poll *poll = take_out(p, at);
			poll->next = ready;
			ready = poll;
		}
	return ready;
}

/* ---- answering ---- */

/* Takes the list over. */
static void respond(struct kh_db *db, struct kh_request *r, json_t *orders)
{
	kh_auto_json json_t *reply = json_object();
	json_object_set_new(reply, "orders", orders);
	json_object_set_new(reply, "content", kh_gateway_content(db));
	kh_respond_json(r, 200, reply);
}

static void orders_none(struct kh_gateway *g, struct kh_request *r)
{
	static const char none[] = "{\"orders\":[]}";
	struct kh_db *db = NULL;
	if (kh_store_reader(g->store, &db) == 0)
		respond(db, r, json_array());
	else
		kh_respond_lent(r, 200, "application/json", none, sizeof none - 1);
}

/* Sets the answer when there are orders; *ret_last is the greatest id in it, 0: none. */
static int look_for_orders(struct kh_gateway *g, struct kh_request *r, int64_t endpoint_id, const char *uid, int64_t after, int64_t *ret_last)
{
	struct kh_db *db = NULL;
	json_t *list = NULL;
	int e = kh_store_reader(g->store, &db);
	if (e == 0)
		e = kh_orders_signed(db, g->order_key, endpoint_id, uid, after, kh_now_s(), &list, ret_last);
	if (e == 0 && *ret_last)
		respond(db, r, list);
	else
		json_decref(list);
	return e;
}

static void answer_none(struct kh_polls *p, struct poll *poll)
{
	orders_none(p->gateway, poll->request);
	kh_request_resume(poll->request);
	free(poll);
}

static void answer_all_none(struct kh_polls *p, struct poll *polls)
{
	for (struct poll *poll = polls, *next = NULL; poll; poll = next) {
		next = poll->next;
		answer_none(p, poll);
	}
}

static void hold_again(struct kh_polls *p, struct poll *poll)
{
	struct poll *back = NULL;
	poll->due = false;
	pthread_mutex_lock(&p->lock);
	if (!p->stop && !*place_of(p, poll->endpoint_id))
		put_in(p, poll);
	else
		back = poll;
	pthread_mutex_unlock(&p->lock);
	if (back)
		answer_none(p, back);
}

/* The right to wait may have been withdrawn meanwhile. */
static int look_again(struct kh_gateway *g, struct poll *poll)
{
	struct kh_agent agent = {0};
	kh_language_use(poll->request->language);
	int e = kh_agent_identify(g, poll->request, false, &agent);
	return e ? e : look_for_orders(g, poll->request, poll->endpoint_id, poll->uid, poll->after, &poll->sent);
}

/* Those of the list that have orders now or are refused, their answers set; the others are held on, or answered. */
static struct poll *sort_out(struct kh_polls *p, struct poll *ready)
{
	struct poll *with_orders = NULL;
	for (struct poll *poll = ready, *next = NULL; poll; poll = next) {
		next = poll->next;
		int e = poll->due ? look_again(p->gateway, poll) : 0;
		if (e < 0)
			kh_respond_error(poll->request, e, NULL);
		if (e < 0 || poll->sent) {
			poll->next = with_orders;
			with_orders = poll;
		} else if (poll->due && poll->until_ms > kh_monotonic_ms()) {
			hold_again(p, poll);
		} else {
			answer_none(p, poll);
		}
	}
	return with_orders;
}

static int mark_sent(struct kh_db *writer, void *arg)
{
	int r = 0;
	for (const struct poll *poll = arg; r == 0 && poll; poll = poll->next)
		r = kh_orders_sent(writer, poll->endpoint_id, poll->sent, kh_now_s());
	return r;
}

/* An order for thousands of machines is one commit, not thousands. */
static void attend(struct kh_polls *p, struct poll *ready)
{
	struct poll *with_orders = sort_out(p, ready);
	if (with_orders && kh_store_write(p->gateway->store, mark_sent, with_orders) < 0)
		kh_log(KH_LOG_ERROR, "cannot mark orders as sent", KH_S("detail", kh_fail_detail()));
	for (struct poll *poll = with_orders, *next = NULL; poll; poll = next) {
		next = poll->next;
		kh_request_resume(poll->request);
		free(poll);
	}
}

/* ---- the thread ---- */

static void mark_due(struct kh_polls *p, const int64_t *endpoints, size_t n)
{
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < n; i++) {
		struct poll *poll = *place_of(p, endpoints[i]);
		if (poll)
			poll->due = true;
	}
	pthread_mutex_unlock(&p->lock);
}

static int find_new_orders(struct kh_polls *p, int64_t *endpoints, size_t *ret_n)
{
	struct kh_db *db = NULL;
	kh_auto_stmt struct kh_stmt *s = NULL;
	size_t n = 0;
	int r = kh_store_reader(p->gateway->store, &db);
	if (r == 0)
		r = kh_db_query(db, &s, "SELECT id, endpoint_id FROM endpoint_order WHERE id > ?1 ORDER BY id LIMIT ?2", p->last_order, (int)NEW_ORDERS_AT_ONCE);
	while (kh_stmt_next(s, &r)) {
		p->last_order = kh_stmt_int(s, 0);
		endpoints[n++] = kh_stmt_int(s, 1);
	}
	*ret_n = n;
	return r;
}

static void notice_new_orders(struct kh_polls *p)
{
	int64_t endpoints[NEW_ORDERS_AT_ONCE];
	size_t n = 0;
	if (find_new_orders(p, endpoints, &n) < 0)
		kh_log(KH_LOG_ERROR, "cannot look for new orders", KH_S("detail", kh_fail_detail()));
	mark_due(p, endpoints, n);
}

static int find_withdrawn(struct kh_polls *p, int64_t *endpoints, size_t *ret_n)
{
	struct kh_db *db = NULL;
	kh_auto_stmt struct kh_stmt *s = NULL;
	size_t n = 0;
	int r = kh_store_reader(p->gateway->store, &db);
	if (r == 0)
		r = kh_db_query(db, &s, "SELECT DISTINCT endpoint_id FROM certificate WHERE revoked_s >= ?1 LIMIT ?2", kh_now_s() - WITHDRAWN_WITHIN_S, (int)WITHDRAWN_AT_ONCE);
	while (kh_stmt_next(s, &r))
		endpoints[n++] = kh_stmt_int(s, 0);
	*ret_n = n;
	return r;
}

/* A revoked machine is not left waiting: its open request ends now. */
static void notice_withdrawn(struct kh_polls *p)
{
	int64_t endpoints[WITHDRAWN_AT_ONCE];
	size_t n = 0;
	if (find_withdrawn(p, endpoints, &n) < 0)
		kh_log(KH_LOG_ERROR, "cannot look for withdrawn certificates", KH_S("detail", kh_fail_detail()));
	mark_due(p, endpoints, n);
}

static int expire(struct kh_db *writer, void *arg)
{
	return kh_orders_expire(writer, *(int64_t *)arg);
}

static void expire_sometimes(struct kh_polls *p)
{
	int64_t now_s = kh_now_s(), overdue = 0;
	struct kh_db *db = NULL;
	if (now_s - p->expired_at_s < EXPIRE_EVERY_S)
		return;
	p->expired_at_s = now_s;
	int r = kh_store_reader(p->gateway->store, &db);
	if (r == 0)
		r = kh_db_int(db, &overdue, "SELECT COUNT(*) FROM endpoint_order WHERE state IN ('waiting', 'sent') AND expires_s <= ?1", now_s);
	if (r == 0 && overdue)
		r = kh_store_write(p->gateway->store, expire, &now_s);
	if (r < 0)
		kh_log(KH_LOG_ERROR, "cannot end overdue orders", KH_S("detail", kh_fail_detail()));
}

/* Waits for the next tick; gives the polls to attend to. False: stop. */
static bool wait_for_ready(struct kh_polls *p, struct poll **ret)
{
	struct timespec until = {0};
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += KH_POLL_TICK_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&p->lock);
	while (!p->stop && pthread_cond_timedwait(&p->stopping, &p->lock, &until) == 0)
		;
	bool go_on = !p->stop;
	pthread_mutex_unlock(&p->lock);
	if (go_on) {
		notice_new_orders(p);
		notice_withdrawn(p);
	}
	pthread_mutex_lock(&p->lock);
	*ret = take_ready(p, kh_monotonic_ms());
	pthread_mutex_unlock(&p->lock);
	return go_on;
}

static void *run(void *arg)
{
	struct kh_polls *p = arg;
	for (bool go_on = true; go_on;) {
		struct poll *ready = NULL;
		go_on = wait_for_ready(p, &ready);
		if (go_on) {
			attend(p, ready);
			expire_sometimes(p);
		} else {
			answer_all_none(p, ready);
		}
	}
	return NULL;
}

/* ---- what others call ---- */

void kh_polls_hold(struct kh_polls *p, struct kh_request *r, const struct kh_agent *agent, int64_t after, int64_t wait_s)
{
	struct poll *poll = kh_alloc(sizeof *poll), *not_held = NULL;
	/* Due from the start: an order may have come between the caller's look and now. */
	*poll = (struct poll){.request = r, .endpoint_id = agent->endpoint_id, .after = after, .until_ms = kh_monotonic_ms() + wait_s * 1000, .due = true};
	memcpy(poll->uid, agent->uid, sizeof poll->uid);
	pthread_mutex_lock(&p->lock);
	if (p->stop) {
		not_held = poll;
	} else {
		struct poll **earlier = place_of(p, poll->endpoint_id);
		not_held = *earlier ? take_out(p, earlier) : NULL;
		put_in(p, poll);
	}
	pthread_mutex_unlock(&p->lock);
	if (not_held)
		answer_none(p, not_held);
}

struct kh_polls *kh_polls_new(struct kh_gateway *g)
{
	struct kh_polls *p = kh_alloc(sizeof *p);
	p->gateway = g;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->stopping, NULL);
	kh_assert(pthread_create(&p->thread, NULL, run, p) == 0);
	return p;
}

void kh_polls_stop(struct kh_polls *p)
{
	pthread_mutex_lock(&p->lock);
	bool already = p->stop;
	p->stop = true;
	pthread_cond_broadcast(&p->stopping);
	pthread_mutex_unlock(&p->lock);
	if (!already)
		pthread_join(p->thread, NULL);
}

void kh_polls_free(struct kh_polls *p)
{
	if (!p)
		return;
	kh_polls_stop(p);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->stopping);
	free(p);
}

int64_t kh_polls_count(struct kh_polls *p)
{
	pthread_mutex_lock(&p->lock);
	int64_t n = p->n;
	pthread_mutex_unlock(&p->lock);
	return n;
}

/* ---- the route ---- */

int kh_agent_orders(struct kh_gateway *g, struct kh_request *r)
{
	struct kh_agent agent = {0};
	int64_t after = 0, wait_s = 0;
	struct poll answered = {0}; /* not held: only for marking */
	int e = kh_agent_identify(g, r, false, &agent);
	if (e == 0)
		e = kh_request_query_int(r, "after", 0, INT64_MAX, 0, &after);
	if (e == 0)
		e = kh_request_query_int(r, "wait", 0, KH_POLL_MAX_S, 0, &wait_s);
	if (e == 0)
		e = look_for_orders(g, r, agent.endpoint_id, agent.uid, after, &answered.sent);
	answered.endpoint_id = agent.endpoint_id;
	if (e == 0 && answered.sent)
		e = kh_store_write(g->store, mark_sent, &answered);
	if (e < 0 || answered.sent)
		return e;
	if (!wait_s) {
		orders_none(g, r);
		return 0;
	}
	kh_request_suspend(r);
	kh_polls_hold(g->polls, r, &agent, after, wait_s);
	return KH_HTTP_SUSPENDED;
}
