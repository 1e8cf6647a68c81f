#include "http/inside.h"

#include "base/alloc.h"
#include "base/error.h"

bool kh_workers_put(struct workers *w, struct exchange *x)
{
	pthread_mutex_lock(&w->lock);
	bool room = w->queued < KH_HTTP_MAX_QUEUED;
	if (room) {
		x->next = NULL;
		*w->last = x;
		w->last = &x->next;
		w->queued++;
		pthread_cond_signal(&w->changed);
	}
	pthread_mutex_unlock(&w->lock);
	return room;
}

/* NULL: stop. */
static struct exchange *next_for_worker(struct workers *w)
{
	pthread_mutex_lock(&w->lock);
	while (!w->first && !w->stop)
		pthread_cond_wait(&w->changed, &w->lock);
	struct exchange *x = w->first;
	if (x) {
		w->first = x->next;
		w->queued--;
		if (!w->first)
			w->last = &w->first;
	}
	pthread_mutex_unlock(&w->lock);
	return x;
}

static void *work(void *arg)
{
	struct kh_http_server *server = arg;
	for (struct exchange *x = NULL; (x = next_for_worker(&server->workers)) != NULL;)
		if (kh_exchange_run(x))
			kh_request_resume(&x->request);
	return NULL;
}

void kh_workers_start(struct kh_http_server *server, unsigned n)
{
	struct workers *w = &server->workers;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	w->last = &w->first;
	for (w->n = 0; w->n < KH_MIN(n, (unsigned)KH_HTTP_MAX_WORKERS); w->n++)
		kh_assert(pthread_create(&w->threads[w->n], NULL, work, server) == 0);
}

void kh_workers_stop(struct workers *w)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->n; i++)
		pthread_join(w->threads[i], NULL);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->changed);
}
