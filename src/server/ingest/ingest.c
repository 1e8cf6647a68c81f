#include "server/ingest/ingest.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"

#include <pthread.h>

struct kh_ingest {
	struct kh_store *store;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct kh_ingest_job *first, **last;
	bool stop;
	struct kh_ingest_counts counts;
};

static size_t bytes_of(const struct kh_ingest_job *job)
{
	return job->batch.text.len;
}

/* ---- the queue ---- */

int kh_ingest_put(struct kh_ingest *ingest, struct kh_ingest_job *job)
{
	pthread_mutex_lock(&ingest->lock);
	bool room = (size_t)ingest->counts.queued_bytes + bytes_of(job) <= KH_INGEST_MAX_QUEUED;
	if (room) {
		job->next = NULL;
		*ingest->last = job;
		ingest->last = &job->next;
		ingest->counts.queued++;
		ingest->counts.queued_bytes += (int64_t)bytes_of(job);
		pthread_cond_signal(&ingest->changed);
	}
	pthread_mutex_unlock(&ingest->lock);
	return room ? 0 : kh_fail(KH_E_BUSY, "too many batches wait to be stored");
}

/* All that wait, up to so many bytes (but at least one); NULL when it is time to end. */
static struct kh_ingest_job *take_group(struct kh_ingest *ingest)
{
	size_t bytes = 0;
	pthread_mutex_lock(&ingest->lock);
	while (!ingest->first && !ingest->stop)
		pthread_cond_wait(&ingest->changed, &ingest->lock);
	struct kh_ingest_job *group = ingest->first, **end = &ingest->first;
	while (*end && (end == &ingest->first || bytes + bytes_of(*end) <= KH_INGEST_GROUP_BYTES)) {
		bytes += bytes_of(*end);
		ingest->counts.queued--;
		end = &(*end)->next;
	}
	ingest->counts.queued_bytes -= (int64_t)bytes;
	struct kh_ingest_job *rest = *end;
	*end = NULL;
	ingest->first = rest;
	if (!rest)
		ingest->last = &ingest->first;
	pthread_mutex_unlock(&ingest->lock);
	return group;
}

/* ---- storing ---- */

static void set_result(struct kh_ingest_job *job, int result)
{
	job->result = result;
	free(job->detail);
	job->detail = result < 0 ? kh_strdup(kh_fail_detail()) : NULL;
}

static int store_one(struct kh_db *db, void *arg)
{
	struct kh_ingest_job *job = arg;
	return kh_batch_store(db, &job->from, &job->batch, &job->ack);
}

/* Each batch in a savepoint of its own. An error only when the whole transaction is lost, or nothing in it is worth a commit. */
static int store_group(struct kh_db *db, void *arg)
{
	int any = 0, last = 0;
	for (struct kh_ingest_job *job = arg; job; job = job->next) {
		kh_language_use(job->language);
		last = kh_db_atomic(db, store_one, job);
		set_result(job, last);
		any |= last == 0;
		if (!kh_db_in_transaction(db))
			return last < 0 ? last : kh_fail(KH_E_DATABASE, "the transaction ended early");
	}
	return any ? 0 : last;
}

/* What already succeeded goes down with the group. */
static void fail_group(struct kh_ingest_job *group, int result)
{
	for (struct kh_ingest_job *job = group; job; job = job->next)
		if (job->result == 0)
			set_result(job, result);
}

static void tell(struct kh_ingest_job *job)
{
	kh_auto_free char *detail = kh_take(job->detail);
	if (job->result < 0)
		kh_ignore(kh_fail(job->result, "%s", detail));
	job->done(job, job->result, job->ack);
}

static void count(struct kh_ingest *ingest, const struct kh_ingest_job *group, bool committed)
{
	pthread_mutex_lock(&ingest->lock);
	ingest->counts.commits += committed;
	for (const struct kh_ingest_job *job = group; job; job = job->next) {
		ingest->counts.batches++;
		ingest->counts.failures += job->result < 0;
		if (job->result == 0)
			ingest->counts.records += (int64_t)job->batch.records.n;
	}
	pthread_mutex_unlock(&ingest->lock);
}

static void store_and_tell(struct kh_ingest *ingest, struct kh_ingest_job *group)
{
	int r = kh_store_write(ingest->store, store_group, group);
	if (r < 0)
		fail_group(group, r);
	count(ingest, group, r == 0);
	for (struct kh_ingest_job *job = group, *next = NULL; job; job = next) {
		next = job->next; /* after `done` the job is gone */
		tell(job);
	}
}

static void *run(void *arg)
{
	struct kh_ingest *ingest = arg;
	for (struct kh_ingest_job *group = NULL; (group = take_group(ingest)) != NULL;)
		store_and_tell(ingest, group);
	return NULL;
}

/* ---- starting and ending ---- */

int kh_ingest_new(struct kh_store *store, struct kh_ingest **ret)
{
	struct kh_ingest *ingest = kh_alloc(sizeof *ingest);
	ingest->store = store;
	ingest->last = &ingest->first;
	pthread_mutex_init(&ingest->lock, NULL);
	pthread_cond_init(&ingest->changed, NULL);
	kh_assert(pthread_create(&ingest->thread, NULL, run, ingest) == 0);
	*ret = ingest;
	return 0;
}

void kh_ingest_free(struct kh_ingest *ingest)
{
	if (!ingest)
		return;
	pthread_mutex_lock(&ingest->lock);
	ingest->stop = true;
	pthread_cond_broadcast(&ingest->changed);
	pthread_mutex_unlock(&ingest->lock);
	pthread_join(ingest->thread, NULL);
	pthread_mutex_destroy(&ingest->lock);
	pthread_cond_destroy(&ingest->changed);
	free(ingest);
}

void kh_ingest_count(struct kh_ingest *ingest, struct kh_ingest_counts *ret)
{
	pthread_mutex_lock(&ingest->lock);
	*ret = ingest->counts;
	pthread_mutex_unlock(&ingest->lock);
}
