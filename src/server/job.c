#include "server/job.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/time.h"
#include "server/apart.h"
#include "server/alert/alert.h"
#include "server/alert/notice.h"
#include "server/api/call.h"
#include "server/campaign/campaign.h"
#include "server/content/bundles.h"
#include "server/incident/incident.h"
#include "server/order/order.h"
#include "server/posture/clock.h"
#include "server/posture/posture.h"
#include "server/report/due.h"
#include "server/roster/roster.h"
#include "server/server.h"
#include "server/task/task.h"
#include "server/trouble.h"

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#define FORGET_AT_ONCE 5000 /* events of one transaction: batches pass between them */

struct kh_jobs {
	struct kh_server *server;
	struct kh_report_place reports; /* where the last run ended */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	kh_stop_flag stopping; /* looked at by all that the thread does (base/stop.h); set with the lock held */
};

/* ---- the jobs ---- */

static int forget_controls(struct kh_db *db, void *arg)
{
	(void)arg;
	return kh_posture_forget_controls(db);
}

static int refresh(struct kh_jobs *jobs, enum kh_clock_which which)
{
	size_t changed = 0;
	int r = kh_posture_refresh(jobs->server->store, which, kh_now_s(), &changed);
	if (r == 0 && changed)
		kh_log(KH_LOG_INFO, "answers changed with time", KH_I("answers", changed));
	return r;
}

/* Once at start: another version of the program may ask other questions. */
static int answer_anew(struct kh_jobs *jobs)
{
	int r = kh_store_write(jobs->server->store, forget_controls, NULL);
	return r < 0 ? r : refresh(jobs, KH_ALL_CONTROLS);
}

static int follow_clock(struct kh_jobs *jobs)
{
	return refresh(jobs, KH_CLOCK_CONTROLS);
}

static int purge_sessions(struct kh_db *db, void *arg)
{
	const struct kh_jobs *jobs = arg;
	struct kh_login_policy policy = kh_server_login_policy(jobs->server);
	return kh_session_purge(db, &policy.session, kh_now_s());
}

static int end_sessions(struct kh_jobs *jobs)
{
	return kh_store_write(jobs->server->store, purge_sessions, jobs);
}

static int expire(struct kh_db *db, void *arg)
{
	(void)arg;
	return kh_orders_expire(db, kh_now_s());
}

static int expire_orders(struct kh_jobs *jobs)
{
	return kh_store_write(jobs->server->store, expire, NULL);
}

/* ---- jobs of parts: one that fails holds up no other, and is told at the end ---- */

struct parts {
	const struct kh_jobs *jobs;
	int (*run)(struct kh_db *writer, struct parts *parts);
	struct kh_apart apart;
	int64_t made;
	struct kh_review_place from, next;
};

static int run_parts(struct kh_db *writer, void *arg)
{
	struct parts *p = arg;
	kh_apart_reset(&p->apart);
	p->made = 0;
	p->next = (struct kh_review_place){0};
	return p->run(writer, p);
}

static int write_parts(struct parts *p)
{
	int r = kh_store_write(p->jobs->server->store, run_parts, p);
	if (r < 0) {
		p->made = 0;
		p->next = (struct kh_review_place){0};
	}
	r = r < 0 ? r : kh_apart_result(&p->apart);
	kh_apart_done(&p->apart);
	return r;
}

/* *ret_made may be NULL. */
static int in_parts(const struct kh_jobs *jobs, int (*run)(struct kh_db *, struct parts *), int64_t *ret_made)
{
	struct parts p = {.jobs = jobs, .run = run};
	int r = write_parts(&p);
	if (ret_made)
		*ret_made = p.made;
	return r;
}

static int attend_campaigns_now(struct kh_db *db, struct parts *p)
{
	return kh_campaigns_attend(db, kh_now_s(), &p->apart);
}

static int attend_campaigns(struct kh_jobs *jobs)
{
	return in_parts(jobs, attend_campaigns_now, NULL);
}

static int attend_incidents_now(struct kh_db *db, struct parts *p)
{
	const struct kh_api *api = p->jobs->server->api;
	struct kh_incident_rules rules = {&api->law, &api->incident_routes};
	return kh_incidents_attend(db, &rules, kh_now_s(), &p->apart);
}

static int attend_incidents(struct kh_jobs *jobs)
{
	return in_parts(jobs, attend_incidents_now, NULL);
}

static struct kh_alert_policy alert_policy(const struct kh_jobs *jobs)
{
	const struct kh_server_settings *s = &jobs->server->settings;
	return (struct kh_alert_policy){s->alert_ack_high_s, s->alert_ack_medium_s, s->alert_ack_low_s, s->alert_webhook};
}

static int measure_tasks(struct kh_db *db, void *arg)
{
	struct parts *p = arg;
	return kh_tasks_measure(db, kh_now_s(), &p->apart);
}

static int remind_of_tasks(struct kh_db *db, void *arg)
{
	struct parts *p = arg;
	return kh_tasks_remind(db, p->jobs->server->settings.task_remind_s, kh_now_s(), &p->apart);
}

static int watch_all(struct kh_db *db, void *arg)
{
	struct parts *p = arg;
	struct kh_alert_policy policy = alert_policy(p->jobs);
	return kh_alerts_watch(db, &policy, kh_now_s(), &p->apart);
}

static int watch_rosters(struct kh_db *db, void *arg)
{
	struct parts *p = arg;
	struct kh_alert_policy policy = alert_policy(p->jobs);
	return kh_rosters_watch(db, &policy, p->jobs->server->settings.roster_ahead_s, kh_now_s(), &p->apart);
}

static int escalate(struct kh_db *db, void *arg)
{
	struct parts *p = arg;
	struct kh_alert_policy policy = alert_policy(p->jobs);
	return kh_alerts_escalate(db, &policy, kh_now_s(), &p->apart);
}

static int raise_alerts_now(struct kh_db *db, struct parts *p)
{
	static const struct {
		const char *name;
		int (*run)(struct kh_db *db, void *parts);
	} steps[] = {{"measure tasks", measure_tasks}, {"remind of tasks", remind_of_tasks}, {"watch", watch_all}, {"watch rosters", watch_rosters}, {"escalate", escalate}};
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_COUNT(steps); i++)
		r = kh_apart_run(&p->apart, db, steps[i].name, 0, steps[i].run, p);
	return r;
}

static int raise_alerts(struct kh_jobs *jobs)
{
	return in_parts(jobs, raise_alerts_now, NULL);
}

static int deliver_notices(struct kh_jobs *jobs)
{
	return kh_notices_deliver(jobs->server);
}

/* Rows for many units, some at a time: batches pass between them. What failed is not tried again at once: it makes nothing. */
static int spread(struct kh_jobs *jobs, int (*what)(struct kh_db *, struct parts *))
{
	int64_t made = 0;
	int r = 0;
	do
		r = in_parts(jobs, what, &made);
	while (made);
	return r;
}

static int attend_holidays_now(struct kh_db *db, struct parts *p)
{
	return kh_holidays_attend(db, kh_now_s(), &p->made, &p->apart);
}

static int attend_holidays(struct kh_jobs *jobs)
{
	return spread(jobs, attend_holidays_now);
}

static int spread_reviews_now(struct kh_db *db, struct parts *p)
{
	return kh_reviews_spread(db, &p->from, kh_now_s(), &p->next, &p->apart);
}

/* Portion after portion: what fails in one does not stand before the next. The first error is told. */
static int spread_reviews(struct kh_jobs *jobs)
{
	kh_auto_free char *why = NULL;
	struct kh_review_place at = {0};
	int first = 0;
	do {
		struct parts p = {.jobs = jobs, .run = spread_reviews_now, .from = at};
		int r = write_parts(&p);
		at = r == KH_E_STOPPED ? (struct kh_review_place){0} : p.next;
		if (r < 0 && !first) {
			first = r;
			why = kh_strdup(kh_fail_detail());
		}
	} while (at.review);
	return first ? kh_fail(first, "%s", why) : 0;
}

static int freeze_reviews(struct kh_jobs *jobs)
{
	kh_auto_apart struct kh_apart apart = {0};
	int r = kh_reviews_freeze(jobs->server, &apart);
	return r < 0 ? r : kh_apart_result(&apart);
}

static int forget_lost_content(struct kh_jobs *jobs)
{
	return kh_bundles_forget_lost(jobs->server);
}

struct forgetting {
	int64_t before_ms, forgotten;
};

/* Ids grow with time, so the oldest events stand at the front: one portion from there, without reading the rest. */
static int forget_portion(struct kh_db *db, void *arg)
{
	struct forgetting *f = arg;
	int r = kh_db_run(db, "DELETE FROM event WHERE at_ms < ?1 AND id < (SELECT MIN(id) FROM event) + ?2", f->before_ms, FORGET_AT_ONCE);
	f->forgotten = kh_db_changes(db);
	return r;
}

static int forget_events(struct kh_jobs *jobs)
{
	struct forgetting f = {.before_ms = kh_now_ms() - jobs->server->settings.keep_events_s * 1000};
	int64_t all = 0;
	int r = 0;
	do {
		r = kh_store_write(jobs->server->store, forget_portion, &f);
		all += r == 0 ? f.forgotten : 0;
	} while (r == 0 && f.forgotten);
	if (all)
		kh_log(KH_LOG_INFO, "old events forgotten", KH_I("events", all));
	return r;
}

static int attend_reports(struct kh_jobs *jobs)
{
	const struct kh_api *api = jobs->server->api;
	struct kh_reports_attended done = {0};
	kh_auto_apart struct kh_apart apart = {0};
	int r = api ? kh_reports_attend(jobs->server, &api->directives, &api->templates, kh_now_s(), &jobs->reports, &done, &apart) : 0;
	if (done.opened + done.drafted)
		kh_log(KH_LOG_INFO, "periodic reports attended to", KH_I("opened", done.opened), KH_I("drafted", done.drafted));
	return r < 0 ? r : kh_apart_result(&apart);
}

/* ---- the thread ---- */

#define ONCE 0 /* at start */
#define AS_SET -1 /* alert.every */
#define SOON -2   /* the same, but 15 s at most: somebody waits for it */
#define SOON_S 15

static const struct job {
	enum kh_server_trouble name;
	int64_t every_s;
	int (*run)(struct kh_jobs *jobs);
} table[] = {
	{KH_SERVER_TROUBLE_FORGET_LOST_CONTENT, ONCE, forget_lost_content},
	{KH_SERVER_TROUBLE_ANSWER_ANEW, ONCE, answer_anew},
	{KH_SERVER_TROUBLE_FOLLOW_CLOCK, KH_CLOCK_EVERY_S, follow_clock},
	{KH_SERVER_TROUBLE_END_SESSIONS, 3600, end_sessions},
	{KH_SERVER_TROUBLE_EXPIRE_ORDERS, 60, expire_orders},
	{KH_SERVER_TROUBLE_FORGET_EVENTS, 3600, forget_events},
	{KH_SERVER_TROUBLE_ATTEND_CAMPAIGNS, 60, attend_campaigns},
	{KH_SERVER_TROUBLE_ATTEND_REPORTS, 3600, attend_reports},
	{KH_SERVER_TROUBLE_ATTEND_INCIDENTS, SOON, attend_incidents},
	{KH_SERVER_TROUBLE_RAISE_ALERTS, AS_SET, raise_alerts},
	{KH_SERVER_TROUBLE_DELIVER_NOTICES, AS_SET, deliver_notices}, /* what is told goes out at once */
	{KH_SERVER_TROUBLE_ATTEND_HOLIDAYS, 3600, attend_holidays},
	{KH_SERVER_TROUBLE_SPREAD_REVIEWS, SOON, spread_reviews},
	{KH_SERVER_TROUBLE_FREEZE_REVIEWS, SOON, freeze_reviews},
};

/* Until the next job is due; false when it is time to stop. */
static bool wait_until(struct kh_jobs *jobs, int64_t due_ms)
{
	struct timespec until = {.tv_sec = due_ms / 1000, .tv_nsec = due_ms % 1000 * 1000000};
	pthread_mutex_lock(&jobs->lock);
	while (!jobs->stopping && kh_monotonic_ms() < due_ms)
		pthread_cond_timedwait(&jobs->changed, &jobs->lock, &until);
	pthread_mutex_unlock(&jobs->lock);
	return !kh_stopping();
}

static int64_t next_ms(const struct kh_jobs *jobs, const struct job *job)
{
	int64_t set_s = jobs->server->settings.alert_every_s;
	int64_t every_s = job->every_s == AS_SET ? set_s : job->every_s == SOON ? KH_MIN(set_s, SOON_S) : job->every_s;
	return every_s == ONCE ? INT64_MAX : kh_monotonic_ms() + every_s * 1000;
}

static void run_job(struct kh_jobs *jobs, const struct job *job)
{
	const char *name = kh_codes_server_trouble[job->name].name;
	int r = job->run(jobs);
	if (r == KH_E_STOPPED) {
		kh_log(KH_LOG_INFO, "job broken off", KH_S("job", name));
		return;
	}
	if (r < 0)
		kh_log(KH_LOG_ERROR, "job failed", KH_S("job", name), KH_ERR(r));
	if (kh_trouble_note(jobs->server->troubles, job->name, r, kh_now_s()) && r == 0)
		kh_log(KH_LOG_INFO, "job works again", KH_S("job", name));
}

static void *run_jobs(void *arg)
{
	struct kh_jobs *jobs = arg;
	int64_t due_ms[KH_COUNT(table)] = {0}, first_ms = 0;
	kh_stop_by(&jobs->stopping);
	do {
		first_ms = INT64_MAX;
		for (size_t i = 0; i < KH_COUNT(table) && !kh_stopping(); i++) {
			if (kh_monotonic_ms() >= due_ms[i]) {
				run_job(jobs, &table[i]);
				due_ms[i] = next_ms(jobs, &table[i]);
			}
			first_ms = KH_MIN(first_ms, due_ms[i]);
		}
	} while (wait_until(jobs, first_ms));
	return NULL;
}

struct kh_jobs *kh_jobs_start(struct kh_server *server)
{
	struct kh_jobs *jobs = kh_alloc(sizeof *jobs);
	jobs->server = server;
	pthread_condattr_t attributes;
	kh_assert(pthread_condattr_init(&attributes) == 0 && pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	kh_assert(pthread_mutex_init(&jobs->lock, NULL) == 0 && pthread_cond_init(&jobs->changed, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
	kh_assert(pthread_create(&jobs->thread, NULL, run_jobs, jobs) == 0);
	return jobs;
}

void kh_jobs_stop(struct kh_jobs *jobs)
{
	if (!jobs)
		return;
	pthread_mutex_lock(&jobs->lock);
	jobs->stopping = true;
	pthread_cond_broadcast(&jobs->changed);
	pthread_mutex_unlock(&jobs->lock);
	pthread_join(jobs->thread, NULL);
	pthread_cond_destroy(&jobs->changed);
	pthread_mutex_destroy(&jobs->lock);
	free(jobs);
}
