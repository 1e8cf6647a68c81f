#include "server/job.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
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

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#define FORGET_AT_ONCE 5000 /* events of one transaction: batches pass between them */

struct kh_jobs {
	struct kh_server *server;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	int64_t alerts_due_ms; /* of kh_monotonic_ms() */
};

static bool stopping(struct kh_jobs *jobs)
{
	pthread_mutex_lock(&jobs->lock);
	bool stop = jobs->stopping;
	pthread_mutex_unlock(&jobs->lock);
	return stop;
}

/* ---- the jobs ---- */

static int forget_controls(struct kh_db *db, void *arg)
{
	(void)arg;
	return kh_posture_forget_controls(db);
}

static bool told_to_stop(void *jobs)
{
	return stopping(jobs);
}

static int refresh(struct kh_jobs *jobs, enum kh_clock_which which)
{
	struct kh_refresh refresh = {.which = which, .now_s = kh_now_s(), .stop = told_to_stop, .arg = jobs};
	size_t changed = 0;
	int r = kh_posture_refresh(jobs->server->store, &refresh, &changed);
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

static int attend_campaigns_now(struct kh_db *db, void *arg)
{
	(void)arg;
	return kh_campaigns_attend(db, kh_now_s());
}

static int attend_campaigns(struct kh_jobs *jobs)
{
	return kh_store_write(jobs->server->store, attend_campaigns_now, NULL);
}

static int attend_incidents_now(struct kh_db *db, void *arg)
{
	const struct kh_jobs *jobs = arg;
	const struct kh_api *api = jobs->server->api;
	struct kh_incident_rules rules = {&api->law, &api->incident_routes};
	return kh_incidents_attend(db, &rules, kh_now_s());
}

static int attend_incidents(struct kh_jobs *jobs)
{
	return kh_store_write(jobs->server->store, attend_incidents_now, jobs);
}

static struct kh_alert_policy alert_policy(const struct kh_jobs *jobs)
{
	const struct kh_server_settings *s = &jobs->server->settings;
	return (struct kh_alert_policy){s->alert_ack_high_s, s->alert_ack_medium_s, s->alert_ack_low_s, s->alert_webhook};
}

static int raise_alerts_now(struct kh_db *db, void *arg)
{
	struct kh_alert_policy policy = alert_policy(arg);
	const struct kh_jobs *jobs = arg;
	const struct kh_server_settings *s = &jobs->server->settings;
	int r = kh_tasks_measure(db, kh_now_s());
	if (r == 0)
		r = kh_tasks_remind(db, s->task_remind_s, kh_now_s());
	if (r == 0)
		r = kh_alerts_watch(db, &policy, kh_now_s());
	if (r == 0)
		r = kh_rosters_watch(db, &policy, s->roster_ahead_s, kh_now_s());
	return r < 0 ? r : kh_alerts_escalate(db, &policy, kh_now_s());
}

/* As often as the settings say; what is told goes out at once. */
static int raise_alerts(struct kh_jobs *jobs)
{
	if (kh_monotonic_ms() < jobs->alerts_due_ms)
		return 0;
	jobs->alerts_due_ms = kh_monotonic_ms() + jobs->server->settings.alert_every_s * 1000;
	int r = kh_store_write(jobs->server->store, raise_alerts_now, jobs);
	return r < 0 ? r : kh_notices_deliver(jobs->server);
}

struct spreading {
	int64_t made;
	int (*spread)(struct kh_db *writer, int64_t now_s, int64_t *ret_made);
};

static int spread_now(struct kh_db *db, void *arg)
{
	struct spreading *s = arg;
	return s->spread(db, kh_now_s(), &s->made);
}

/* Rows for many units, some at a time: batches pass between them. */
static int spread(struct kh_jobs *jobs, int (*what)(struct kh_db *, int64_t, int64_t *))
{
	struct spreading s = {.spread = what};
	int r = 0;
	do {
		s.made = 0;
		r = kh_store_write(jobs->server->store, spread_now, &s);
	} while (r == 0 && s.made && !stopping(jobs));
	return r;
}

static int attend_holidays(struct kh_jobs *jobs)
{
	return spread(jobs, kh_holidays_attend);
}

static int attend_reviews(struct kh_jobs *jobs)
{
	int r = spread(jobs, kh_reviews_spread);
	return r < 0 ? r : kh_reviews_freeze(jobs->server);
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
	} while (r == 0 && f.forgotten && !stopping(jobs));
	if (all)
		kh_log(KH_LOG_INFO, "old events forgotten", KH_I("events", all));
	return r;
}

static int attend_reports(struct kh_jobs *jobs)
{
	const struct kh_api *api = jobs->server->api;
	size_t opened = 0, drafted = 0;
	int r = api ? kh_reports_attend(jobs->server, &api->directives, &api->templates, kh_now_s(), &opened, &drafted) : 0;
	if (r == 0 && opened + drafted)
		kh_log(KH_LOG_INFO, "periodic reports attended to", KH_I("opened", opened), KH_I("drafted", drafted));
	return r;
}

/* ---- the thread ---- */

static const struct job {
	const char *name;
	int64_t every_s; /* 0: once, at start */
	int (*run)(struct kh_jobs *jobs);
} table[] = {
	{"forget lost content", 0, forget_lost_content}, {"answer anew", 0, answer_anew},        {"follow the clock", KH_CLOCK_EVERY_S, follow_clock},
	{"end sessions", 3600, end_sessions},   {"expire orders", 60, expire_orders},
	{"forget events", 3600, forget_events}, {"attend campaigns", 60, attend_campaigns}, {"attend reports", 3600, attend_reports},
	{"attend incidents", 15, attend_incidents}, {"raise alerts", 1, raise_alerts},
	{"attend holidays", 3600, attend_holidays}, {"attend reviews", 15, attend_reviews},
};

/* Up to a second; false when it is time to stop. */
static bool wait_a_moment(struct kh_jobs *jobs)
{
	struct timespec until = {0};
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 1;
	pthread_mutex_lock(&jobs->lock);
	if (!jobs->stopping)
		pthread_cond_timedwait(&jobs->changed, &jobs->lock, &until);
	bool stop = jobs->stopping;
	pthread_mutex_unlock(&jobs->lock);
	return !stop;
}

static void run_job(struct kh_jobs *jobs, const struct job *job)
{
	int r = job->run(jobs);
	if (r < 0)
		kh_log(KH_LOG_ERROR, "job failed", KH_S("job", job->name), KH_ERR(r));
}

static void *run_jobs(void *arg)
{
	struct kh_jobs *jobs = arg;
	int64_t due_ms[KH_COUNT(table)] = {0};
	do {
		for (size_t i = 0; i < KH_COUNT(table) && !stopping(jobs); i++) {
			if (kh_monotonic_ms() < due_ms[i])
				continue;
			run_job(jobs, &table[i]);
			due_ms[i] = table[i].every_s ? kh_monotonic_ms() + table[i].every_s * 1000 : INT64_MAX;
		}
	} while (wait_a_moment(jobs));
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
