#include "server/account/memory.h"

#include "base/alloc.h"
#include "crypto/hash.h"
#include "crypto/random.h"

#include <pthread.h>
#include <string.h>

#define WAYS 8 /* places that a key may take */

struct place {
	uint64_t key; /* of the keyed hash; 0: free */
	struct kh_login_failures failures;
	int64_t failed_s;
};

struct kh_login_memory {
	pthread_mutex_t lock;
	uint8_t secret[32];
	struct place places[KH_LOGIN_MEMORY_KEYS / WAYS][WAYS];
};

struct kh_login_memory *kh_login_memory_new(void)
{
	struct kh_login_memory *m = kh_alloc(sizeof *m);
	kh_assert(pthread_mutex_init(&m->lock, NULL) == 0);
	kh_random_bytes(m->secret, sizeof m->secret);
	return m;
}

void kh_login_memory_free(struct kh_login_memory *m)
{
	if (!m)
		return;
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static uint64_t hash_key(const struct kh_login_memory *m, const char *key)
{
	struct kh_sha256 h;
	uint8_t hash[KH_SHA256_SIZE];
	kh_sha256_init(&h);
	kh_sha256_add(&h, m->secret, sizeof m->secret);
	kh_sha256_add(&h, key, strlen(key));
	kh_sha256_final(&h, hash);
	uint64_t value = 0;
	memcpy(&value, hash, sizeof value);
	return value | 1;
}

/* The key's place; NULL when it is not known. */
static struct place *find(struct kh_login_memory *m, uint64_t key)
{
	struct place *row = m->places[(key >> 1) % KH_COUNT(m->places)];
	for (size_t i = 0; i < WAYS; i++)
		if (row[i].key == key)
			return &row[i];
	return NULL;
}

/* A free place, or that of the key that failed longest ago. */
static struct place *make_place(struct kh_login_memory *m, uint64_t key)
{
	struct place *row = m->places[(key >> 1) % KH_COUNT(m->places)], *oldest = row;
	for (size_t i = 0; i < WAYS && oldest->key; i++)
		if (!row[i].key || row[i].failed_s < oldest->failed_s)
			oldest = &row[i];
	return oldest;
}

struct kh_login_failures kh_login_memory_get(struct kh_login_memory *m, const char *key, int64_t now_s, int64_t forget_s)
{
	struct kh_login_failures failures = {0};
	pthread_mutex_lock(&m->lock);
	const struct place *p = find(m, hash_key(m, key));
	if (p && now_s - p->failed_s <= forget_s)
		failures = p->failures;
	pthread_mutex_unlock(&m->lock);
	return failures;
}

void kh_login_memory_set(struct kh_login_memory *m, const char *key, struct kh_login_failures failures, int64_t now_s)
{
	pthread_mutex_lock(&m->lock);
	uint64_t hash = hash_key(m, key);
	struct place *p = find(m, hash);
	if (!p)
		p = make_place(m, hash);
	*p = (struct place){.key = hash, .failures = failures, .failed_s = now_s};
	pthread_mutex_unlock(&m->lock);
}
