#include "server/trouble.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

#include <pthread.h>

struct kh_troubles {
	pthread_mutex_t lock;
	struct kh_trouble_list list;
};

void kh_trouble_list_done(struct kh_trouble_list *list)
{
	kh_array_each(&list->of, one)
		free(one->detail);
	kh_array_done(&list->of);
}

struct kh_troubles *kh_troubles_new(void)
{
	struct kh_troubles *t = kh_alloc(sizeof *t);
	kh_assert(pthread_mutex_init(&t->lock, NULL) == 0);
	return t;
}

void kh_troubles_free(struct kh_troubles *t)
{
	if (!t)
		return;
	kh_trouble_list_done(&t->list);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static struct kh_trouble *find(struct kh_trouble_list *list, enum kh_server_trouble what)
{
	kh_array_each(&list->of, one)
		if (one->what == what)
			return one;
	return NULL;
}

static void forget(struct kh_trouble_list *list, struct kh_trouble *one)
{
	free(one->detail);
	memmove(one, one + 1, (size_t)(list->of.v + list->of.n - (one + 1)) * sizeof *one);
	list->of.n--;
}

/* true: the same words as before are no news */
static bool renew(struct kh_trouble *one, int error, const char *detail, int64_t now_s)
{
	bool same = one->error == error && kh_streq(one->detail, detail);
	if (!same) {
		free(one->detail);
		one->detail = kh_strdup(detail);
	}
	one->error = error;
	one->last_s = now_s;
	one->times++;
	return !same;
}

bool kh_trouble_note(struct kh_troubles *t, enum kh_server_trouble what, int error, int64_t now_s)
{
	pthread_mutex_lock(&t->lock);
	struct kh_trouble *one = find(&t->list, what);
	bool news = !one == !!error;
	if (one && !error)
		forget(&t->list, one);
	else if (one)
		news = renew(one, error, kh_fail_detail(), now_s);
	else if (error)
		(void)kh_array_push(&t->list.of, ((struct kh_trouble){what, error, kh_strdup(kh_fail_detail()), now_s, now_s, 1}));
	pthread_mutex_unlock(&t->lock);
	return news;
}

void kh_troubles_list(struct kh_troubles *t, struct kh_trouble_list *ret)
{
	pthread_mutex_lock(&t->lock);
	kh_array_each(&t->list.of, one) {
		struct kh_trouble copy = *one;
		copy.detail = kh_strdup(one->detail);
		(void)kh_array_push(&ret->of, copy);
	}
	pthread_mutex_unlock(&t->lock);
}
