#include "server/portal/watch.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/time.h"
#include "os/file.h"
#include "server/portal/round.h"
#include "server/portal/store.h"
#include "server/server.h"

#include <pthread.h>
#include <time.h>

#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"
#define MAX_AUTHORITIES (4 * KH_MIB)
#define WORDS_FILE "lists/web-injected.yaml"
#define LATER_MS 30000 /* after a failure of our own */

struct one {
	struct kh_watch_threads *all;
	pthread_t thread;
	int64_t busy; /* id of the portal it is at; 0: none. Under the lock */
};

struct kh_watch_threads {
	struct kh_server *server;
	struct kh_word_list words;
	struct kh_buf authorities;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	kh_stop_flag stopping; /* of all the threads (base/stop.h); set with the lock held */
	size_t n;
	struct one *of;
};

/* ---- waiting ---- */

/* False when it is time to stop. */
static bool wait_ms(void *arg, int64_t ms)
{
	struct kh_watch_threads *all = arg;
	struct timespec until = {0};
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000) + (until.tv_nsec + ms % 1000 * 1000000) / 1000000000;
	until.tv_nsec = (until.tv_nsec + ms % 1000 * 1000000) % 1000000000;
	pthread_mutex_lock(&all->lock);
	while (!all->stopping && pthread_cond_timedwait(&all->changed, &all->lock, &until) == 0)
		;
	bool stop = all->stopping;
	pthread_mutex_unlock(&all->lock);
	return !stop;
}

/* ---- one thread ---- */

/* The next portal that is due and that no other thread is at. */
static int take_next(struct one *one, int64_t *ret_id)
{
	struct kh_watch_threads *all = one->all;
	struct kh_db *db = NULL;
	int64_t *busy = kh_alloc_array(all->n, sizeof *busy), id = 0;
	int r = kh_store_reader(all->server->store, &db);
	pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < all->n; i++)
		busy[i] = all->of[i].busy;
	r = r < 0 ? r : kh_portal_next(db, kh_now_s(), busy, all->n, &id);
	one->busy = r == 0 ? id : 0;
	pthread_mutex_unlock(&all->lock);
	free(busy);
	*ret_id = id;
	return r;
}

static void give_back(struct one *one)
{
	pthread_mutex_lock(&one->all->lock);
	one->busy = 0;
	pthread_mutex_unlock(&one->all->lock);
}

static void *watch(void *arg)
{
	struct one *one = arg;
	const struct kh_server_settings *settings = &one->all->server->settings;
	struct kh_watcher watcher = {.words = &one->all->words, .authorities = kh_buf_text(&one->all->authorities), .loopback = settings->portal_loopback};
	const struct kh_round round = {.store = one->all->server->store, .data_dir = one->all->server->data_dir, .watcher = &watcher, .every_s = settings->portal_every_s,
				       .confirm_ms = settings->portal_confirm_s * 1000, .certificate_days = settings->portal_certificate_days, .wait = wait_ms, .arg = one->all};
	int64_t pause_ms = 0;
	kh_stop_by(&one->all->stopping);
	while (wait_ms(one->all, pause_ms)) {
		int64_t id = 0;
		int r = take_next(one, &id);
		if (r == 0 && id)
			r = kh_round_run(&round, id);
		give_back(one);
		if (r < 0 && r != KH_E_STOPPED && r != KH_E_NOT_FOUND)
			kh_log(KH_LOG_ERROR, "portal not watched", KH_I("portal", id), KH_ERR(r));
		pause_ms = r < 0 ? LATER_MS : id ? 0 : 1000;
	}
	kh_watcher_done(&watcher);
	return NULL;
}

/* ---- starting ---- */

/* The system's, where it has them, and those of the settings. */
static int read_authorities(const struct kh_server *server, struct kh_buf *ret)
{
	if (kh_file_exists(SYSTEM_AUTHORITIES)) {
		int r = kh_file_read(SYSTEM_AUTHORITIES, MAX_AUTHORITIES, ret);
		if (r < 0)
			return r;
	}
	const char *own = server->settings.portal_authorities;
	kh_buf_addc(ret, '\n');
	return own && *own ? kh_file_read(own, MAX_AUTHORITIES, ret) : 0;
}

static void make_lock(struct kh_watch_threads *all)
{
	pthread_condattr_t attributes;
	kh_assert(pthread_condattr_init(&attributes) == 0 && pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	kh_assert(pthread_mutex_init(&all->lock, NULL) == 0 && pthread_cond_init(&all->changed, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
}

static void all_free(struct kh_watch_threads *all)
{
	kh_word_list_done(&all->words);
	kh_buf_done(&all->authorities);
	free(all->of);
	free(all);
}

int kh_watch_start(struct kh_server *server, struct kh_watch_threads **ret)
{
	*ret = NULL;
	if (!server->settings.portal_watch)
		return 0;
	struct kh_watch_threads *all = kh_alloc(sizeof *all);
	kh_auto_free char *words = kh_format("%s/" WORDS_FILE, server->packs_dir);
	all->server = server;
	int r = kh_word_list_load(words, &all->words);
	r = r < 0 ? r : read_authorities(server, &all->authorities);
	if (r < 0) {
		all_free(all);
		return r;
	}
	make_lock(all);
	all->n = (size_t)server->settings.portal_watchers;
	all->of = kh_alloc_array(all->n, sizeof *all->of);
	for (size_t i = 0; i < all->n; i++) {
		all->of[i].all = all;
		kh_assert(pthread_create(&all->of[i].thread, NULL, watch, &all->of[i]) == 0);
	}
	*ret = all;
	return 0;
}

void kh_watch_stop(struct kh_watch_threads *all)
{
	if (!all)
		return;
	pthread_mutex_lock(&all->lock);
	all->stopping = true;
	pthread_cond_broadcast(&all->changed);
	pthread_mutex_unlock(&all->lock);
	for (size_t i = 0; i < all->n; i++)
		pthread_join(all->of[i].thread, NULL);
	pthread_cond_destroy(&all->changed);
	pthread_mutex_destroy(&all->lock);
	all_free(all);
}
