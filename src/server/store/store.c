#include "server/store/store.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/stop.h"
#include "server/store/migrate.h"

#include <pthread.h>

/* One call of kh_store_write(), on the stack of the thread that waits for it. */
struct job {
	int (*fn)(struct kh_db *writer, void *arg);
	void *arg;
	enum kh_language language; /* of who waits for it: another thread may run it */
	const kh_stop_flag *stop;
	int result;
	char *detail;
	bool done;
	struct job *next;
};

struct reader {
	struct kh_store *store;
	struct kh_db *db;
	struct reader *next;
};

struct kh_store {
	char *url;
	struct kh_db *writer;
	struct kh_store_options options;

	pthread_mutex_t lock;
	pthread_cond_t group_done;
	struct job *first, **last; /* that wait */
	bool leading;              /* a thread runs a group */
	struct kh_store_counts counts;

	pthread_key_t reader_key;
	struct reader *readers;
};

/* ---- readers ---- */

static void unlink_reader(struct reader *r)
{
	pthread_mutex_lock(&r->store->lock);
	for (struct reader **p = &r->store->readers; *p; p = &(*p)->next)
		if (*p == r) {
			*p = r->next;
			break;
		}
	pthread_mutex_unlock(&r->store->lock);
}

/* A thread ended before the store did. */
static void thread_ended(void *reader)
{
	struct reader *r = reader;
	unlink_reader(r);
	kh_db_close(r->db);
	free(r);
}

static int open_reader(struct kh_store *store, struct reader **ret)
{
	struct kh_db *db = NULL;
	int r = kh_db_open(store->url, &(struct kh_db_options){.read_only = true}, &db);
	if (r < 0)
		return r;
	struct reader *reader = kh_alloc(sizeof *reader);
	*reader = (struct reader){.store = store, .db = db};
	kh_assert(pthread_setspecific(store->reader_key, reader) == 0);
	pthread_mutex_lock(&store->lock);
	reader->next = store->readers;
	store->readers = reader;
	pthread_mutex_unlock(&store->lock);
	*ret = reader;
	return 0;
}

int kh_store_reader(struct kh_store *store, struct kh_db **ret)
{
	struct reader *reader = pthread_getspecific(store->reader_key);
	int r = reader ? 0 : open_reader(store, &reader);
	if (r == 0)
		*ret = reader->db;
	return r;
}

/* ---- opening ---- */

static int prepare_writer(const char *url, bool create, struct kh_db **ret)
{
	kh_auto_db struct kh_db *db = NULL;
	int r = kh_db_open(url, &(struct kh_db_options){.create = create}, &db);
	bool needed = false;
	if (r == 0)
		r = kh_migrate_check(db, &needed);
	if (r == 0 && needed)
		r = kh_migrate(db);
	if (r == 0)
		*ret = kh_take(db);
	return r;
}

int kh_store_open(const char *url, const struct kh_store_options *options, struct kh_store **ret)
{
	struct kh_store_options o = options ? *options : (struct kh_store_options){0};
	struct kh_db *writer = NULL;
	int r = prepare_writer(url, o.create, &writer);
	if (r < 0)
		return r;
	struct kh_store *store = kh_alloc(sizeof *store);
	*store = (struct kh_store){.url = kh_strdup(url), .writer = writer, .options = o};
	store->last = &store->first;
	kh_assert(pthread_mutex_init(&store->lock, NULL) == 0);
	kh_assert(pthread_cond_init(&store->group_done, NULL) == 0);
	kh_assert(pthread_key_create(&store->reader_key, thread_ended) == 0);
	*ret = store;
	return 0;
}

void kh_store_close(struct kh_store *store)
{
	if (!store)
		return;
	kh_assert(!store->first && !store->leading);
	pthread_key_delete(store->reader_key);
	for (struct reader *r = store->readers, *next = NULL; r; r = next) {
		next = r->next;
		kh_db_close(r->db);
		free(r);
	}
	kh_db_close(store->writer);
	pthread_cond_destroy(&store->group_done);
	pthread_mutex_destroy(&store->lock);
	free(store->url);
	free(store);
}

int kh_store_schema_version(void)
{
	return (int)kh_migrations_count;
}

/* ---- writing ---- */

static void set_result(struct job *j, int result)
{
	j->result = result;
	free(j->detail);
	j->detail = result < 0 ? kh_strdup(kh_fail_detail()) : NULL;
}

/* What already succeeded in a group goes down with it. */
static void fail_rest(struct job *group, int result)
{
	for (struct job *j = group; j; j = j->next)
		if (j->result == 0)
			set_result(j, result);
}

/* Every job in a savepoint; false when the store gave up the whole transaction. */
static bool run_jobs(struct kh_db *db, struct job *group, bool *ret_any)
{
	for (struct job *j = group; j; j = j->next) {
		kh_language_use(j->language);
		kh_stop_by(j->stop);
		set_result(j, kh_db_atomic(db, j->fn, j->arg));
		*ret_any |= j->result == 0;
		if (!kh_db_in_transaction(db)) {
			fail_rest(group, j->result < 0 ? j->result : kh_fail(KH_E_DATABASE, "the transaction ended early"));
			return false;
		}
	}
	return true;
}

/* Takes the write lock once and waits for the disk once, for all jobs of the group. */
static bool run_group(struct kh_store *store, struct job *group)
{
	bool any = false;
	int r = kh_db_begin(store->writer);
	if (r < 0) {
		fail_rest(group, r);
		return false;
	}
	bool whole = run_jobs(store->writer, group, &any);
	kh_stop_by(NULL); /* what all of them wrote is committed whoever stops */
	if (whole && any && (r = kh_db_commit(store->writer)) == 0) {
		if (store->options.committed)
			store->options.committed(store->writer, store->options.arg);
		return true;
	}
	kh_db_rollback(store->writer);
	if (r < 0)
		fail_rest(group, r);
	return false;
}

static struct job *take_group(struct kh_store *store)
{
	struct job *group = store->first;
	store->first = NULL;
	store->last = &store->first;
	return group;
}

static void finish_group(struct kh_store *store, struct job *group, bool committed)
{
	store->counts.commits += committed;
	for (struct job *j = group, *next = NULL; j; j = next) {
		next = j->next; /* the job's thread may go as soon as the lock is free */
		store->counts.writes++;
		store->counts.failures += j->result < 0;
		j->done = true;
	}
	store->leading = false;
	pthread_cond_broadcast(&store->group_done);
}

int kh_store_write(struct kh_store *store, int (*fn)(struct kh_db *writer, void *arg), void *arg)
{
	struct job own = {.fn = fn, .arg = arg, .language = kh_language(), .stop = kh_stop_flag_of_thread()};
	pthread_mutex_lock(&store->lock);
	*store->last = &own;
	store->last = &own.next;
	while (!own.done && store->leading)
		pthread_cond_wait(&store->group_done, &store->lock);
	if (!own.done) {
		store->leading = true;
		struct job *group = take_group(store);
		pthread_mutex_unlock(&store->lock);
		bool committed = run_group(store, group);
		kh_language_use(own.language);
		kh_stop_by(own.stop);
		pthread_mutex_lock(&store->lock);
		finish_group(store, group, committed);
	}
	pthread_mutex_unlock(&store->lock);
	if (own.result < 0)
		kh_ignore(kh_fail(own.result, "%s", own.detail));
	free(own.detail);
	return own.result;
}

void kh_store_count(struct kh_store *store, struct kh_store_counts *ret)
{
	pthread_mutex_lock(&store->lock);
	*ret = store->counts;
	pthread_mutex_unlock(&store->lock);
}
