#include "scan/verdict_cache.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/time.h"
#include "crypto/random.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file: some pages with the head, then `capacity` slots, a power of two. A slot stands within PROBES places from where its key points to. */

enum { HEAD_SIZE = 16384, VERSIONS = 32, PROBES = 128, FIRST_CAPACITY = 1 << 14 };
#define PLAIN 0x8000u    /* in a slot's profiles */
#define TO_LIMIT 0x4000u /* the same */

static const char magic[16] = "khien verdicts 3";

struct head {
	char magic[16];
	uint8_t secret[16]; /* keys are made with it: nobody can make two files share one */
	uint64_t capacity;
	struct kh_verdict_version versions[VERSIONS]; /* a slot names them by number; taken in turn */
	uint32_t next_version;
	uint8_t check[16]; /* of the above */
	uint64_t used;     /* slots; damage to it makes the table grow too early or too late */
};
_Static_assert(sizeof(struct head) <= HEAD_SIZE, "the head must fit its pages");

/* Zero: empty. */
struct slot {
	uint8_t key[16]; /* of the state */
	uint8_t sha256[32];
	uint8_t check[10];
	uint16_t profiles; /* those its verdict rests on; 0: on everything */
	uint16_t version;
	uint16_t day; /* it was last asked for, since 1970 */
};
_Static_assert(sizeof(struct slot) == 64, "a slot is a cache line");
_Static_assert(KH_PROFILES <= 14, "a bit for each, and PLAIN and TO_LIMIT");

struct kh_verdict_cache {
	char *path;
	int fd;
	struct head *head; /* mapped, the slots behind it */
	struct slot *slots;
	const struct kh_verdict_version *version;
	uint16_t own;       /* number of that version in the head */
	uint16_t same_profiles[VERSIONS]; /* in which of them nothing has changed since that version */
	bool same_hashes[VERSIONS];
	uint16_t today;
	bool stays; /* it could not grow: to try reads all of it, and a full disk is still full with the next file */
};

/* ---- checks and keys ---- */

static void digest(const uint8_t secret[16], const void *bytes, size_t n, uint8_t ret[16])
{
	crypto_shorthash_siphashx24(ret, bytes, n, secret);
}

static void slot_check(const struct head *h, const struct slot *s, uint8_t ret[10])
{
	uint8_t all[16];
	struct slot copy = *s;
	memset(copy.check, 0, sizeof copy.check);
	copy.day = 0; /* it changes with every look and decides nothing */
	digest(h->secret, &copy, sizeof copy, all);
	memcpy(ret, all, sizeof s->check);
}

static bool slot_is_empty(const struct slot *s)
{
	static const uint8_t none[16];
	return memcmp(s->key, none, sizeof none) == 0;
}

static bool slot_is_good(const struct head *h, const struct slot *s)
{
	uint8_t check[10];
	slot_check(h, s, check);
	return s->version < VERSIONS && memcmp(check, s->check, sizeof check) == 0;
}

static void head_check(const struct head *h, uint8_t ret[16])
{
	digest(h->secret, h, offsetof(struct head, check), ret);
}

static void key_of(const struct head *h, const struct kh_file_state *state, uint8_t ret[16])
{
	digest(h->secret, state, sizeof *state, ret);
	ret[15] |= 1; /* never empty */
}

static uint64_t place_of(uint64_t capacity, const uint8_t key[16])
{
	uint64_t n;
	memcpy(&n, key, sizeof n);
	return n & (capacity - 1);
}

/* ---- slots ---- */

/* The slot with the key, or else the first that is free; NULL: neither. */
static struct slot *slot_for(struct slot *slots, uint64_t capacity, const uint8_t key[16], bool *ret_found)
{
	uint64_t at = place_of(capacity, key);
	struct slot *empty = NULL;
	*ret_found = false;
	for (unsigned i = 0; i < PROBES; i++) {
		struct slot *s = &slots[(at + i) & (capacity - 1)];
		if (memcmp(s->key, key, 16) == 0) {
			*ret_found = true;
			return s;
		}
		if (slot_is_empty(s)) {
			empty = empty ? empty : s;
			break; /* nothing is ever taken out between: what has the key stands before the first gap */
		}
	}
	return empty;
}

/* ---- the file ---- */

static size_t file_size(uint64_t capacity)
{
	return HEAD_SIZE + (size_t)capacity * sizeof(struct slot);
}

static int map(struct kh_verdict_cache *c, int fd, uint64_t capacity)
{
	void *p = mmap(NULL, file_size(capacity), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return kh_fail_errno("%s", c->path);
	c->head = p;
	c->slots = (struct slot *)((char *)p + HEAD_SIZE);
	return 0;
}

static void unmap(struct kh_verdict_cache *c)
{
	if (c->head)
		munmap(c->head, file_size(c->head->capacity));
	c->head = NULL;
}

static void seal_head(struct head *h)
{
	head_check(h, h->check);
}

/* An empty table in a file that nobody else can see yet. Its blocks are reserved: writing into a map of a full disk would kill us. */
static int make_empty(struct kh_verdict_cache *c, int fd, uint64_t capacity)
{
	int e = ftruncate(fd, 0) < 0 ? errno : posix_fallocate(fd, 0, (off_t)file_size(capacity));
	if (e) {
		errno = e;
		return kh_fail_errno("%s", c->path);
	}
	int r = map(c, fd, capacity);
	if (r < 0)
		return r;
	memcpy(c->head->magic, magic, sizeof magic);
	kh_random_bytes(c->head->secret, sizeof c->head->secret);
	c->head->capacity = capacity;
	seal_head(c->head);
	return 0;
}

static bool read_head(int fd, struct head *ret)
{
	struct stat st;
	uint8_t check[16];
	if (fstat(fd, &st) < 0 || pread(fd, ret, sizeof *ret, 0) != (ssize_t)sizeof *ret)
		return false;
	if (memcmp(ret->magic, magic, sizeof magic) != 0 || ret->capacity < FIRST_CAPACITY || ret->capacity > KH_VERDICT_MAX_ENTRIES ||
	    (ret->capacity & (ret->capacity - 1)) != 0 || (uint64_t)st.st_size != file_size(ret->capacity))
		return false;
	head_check(ret, check);
	return memcmp(check, ret->check, sizeof check) == 0;
}

static int open_locked(struct kh_verdict_cache *c)
{
	c->fd = open(c->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->fd < 0)
		return kh_fail_errno("%s", c->path);
	if (flock(c->fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? kh_fail(KH_E_BUSY, "%s: another scan uses it", c->path) : kh_fail_errno("%s", c->path);
	struct head h;
	return read_head(c->fd, &h) ? map(c, c->fd, h.capacity) : make_empty(c, c->fd, FIRST_CAPACITY);
}

/* ---- versions ---- */

static bool version_is(const struct kh_verdict_version *v, const struct kh_verdict_version *want)
{
	return memcmp(v->program, want->program, 16) == 0 && memcmp(v->content.whole, want->content.whole, 16) == 0;
}

static void compare_with(struct kh_verdict_cache *c, uint16_t number)
{
	const struct kh_verdict_version *old = &c->head->versions[number], *now = c->version;
	c->same_profiles[number] = 0;
	c->same_hashes[number] = memcmp(old->content.hashes, now->content.hashes, 16) == 0;
	for (unsigned i = 0; i < KH_PROFILES && memcmp(old->program, now->program, 16) == 0; i++)
		if (memcmp(old->content.profiles[i], now->content.profiles[i], sizeof now->content.profiles[i]) == 0)
			c->same_profiles[number] |= (uint16_t)(1U << i);
}

/* A number given anew must name nothing old: slots with it are emptied by being made no good (their check covers the key). */
static void forget_version(struct kh_verdict_cache *c, uint16_t number)
{
	for (uint64_t i = 0; i < c->head->capacity; i++)
		if (c->slots[i].version == number)
			memset(c->slots[i].check, 0, sizeof c->slots[i].check);
}

static void enter_version(struct kh_verdict_cache *c)
{
	struct head *h = c->head;
	c->own = VERSIONS;
	for (uint16_t i = 0; i < VERSIONS; i++) {
		compare_with(c, i);
		if (version_is(&h->versions[i], c->version))
			c->own = i;
	}
	if (c->own < VERSIONS)
		return;
	c->own = (uint16_t)(h->next_version++ % VERSIONS);
	forget_version(c, c->own);
	h->versions[c->own] = *c->version;
	seal_head(h);
}

/* ---- growing ---- */

static bool worth_keeping(const struct kh_verdict_cache *c, const struct slot *s)
{
	uint16_t age = (uint16_t)(c->today - s->day);
	return !slot_is_empty(s) && slot_is_good(c->head, s) && age <= KH_VERDICT_KEPT_DAYS;
}

static uint64_t keep_slots(const struct kh_verdict_cache *c, struct slot *slots, uint64_t capacity)
{
	uint64_t n = 0;
	for (uint64_t i = 0; i < c->head->capacity; i++) {
		bool found;
		struct slot *to = worth_keeping(c, &c->slots[i]) ? slot_for(slots, capacity, c->slots[i].key, &found) : NULL;
		if (to) {
			*to = c->slots[i];
			n++;
		}
	}
	return n;
}

static uint64_t room_for_those_kept(const struct kh_verdict_cache *c)
{
	uint64_t kept = 0, capacity = FIRST_CAPACITY;
	for (uint64_t i = 0; i < c->head->capacity; i++)
		kept += worth_keeping(c, &c->slots[i]);
	while (capacity * 3 < kept * 10)
		capacity *= 2;
	return capacity;
}

/* Into a new file with room enough, which takes the old one's name (and its lock) when it is complete. */
static int grow(struct kh_verdict_cache *c)
{
	const uint64_t capacity = room_for_those_kept(c);
	kh_auto_free char *temporary = kh_format("%s.new", c->path);
	struct kh_verdict_cache bigger = *c;
	bigger.head = NULL;
	kh_auto_fd int fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return kh_fail_errno("%s", temporary);
	int r = capacity > KH_VERDICT_MAX_ENTRIES ? KH_E_TOO_LARGE : make_empty(&bigger, fd, capacity);
	if (r < 0) {
		unlink(temporary);
		return r;
	}
	memcpy(bigger.head, c->head, sizeof *c->head);
	bigger.head->capacity = capacity;
	seal_head(bigger.head);
	bigger.head->used = keep_slots(c, bigger.slots, capacity);
	if (rename(temporary, c->path) < 0) {
		r = kh_fail_errno("%s", c->path);
		unmap(&bigger);
		unlink(temporary);
		return r;
	}
	unmap(c);
	int old = c->fd;
	*c = bigger;
	c->fd = fd;
	fd = old;
	return 0;
}

/* At six tenths, about one key in a million finds no place within its probes (it is left out). */
static bool is_crowded(const struct kh_verdict_cache *c)
{
	return c->head->used * 10 >= c->head->capacity * 6;
}

static bool may_grow(struct kh_verdict_cache *c)
{
	c->stays = c->stays || grow(c) < 0;
	return !c->stays;
}

/* ---- asking and adding ---- */

static enum kh_known known_by(const struct kh_verdict_cache *c, const struct slot *s)
{
	const uint16_t profiles = s->profiles & (uint16_t)~(PLAIN | TO_LIMIT);
	if (s->version == c->own)
		return s->profiles & TO_LIMIT ? KH_KNOWN_CLEAN_TO_LIMIT : KH_KNOWN_CLEAN;
	if (s->profiles & TO_LIMIT || profiles == 0 || (profiles & ~c->same_profiles[s->version]) != 0)
		return KH_KNOWN_NOT;
	return c->same_hashes[s->version] ? KH_KNOWN_CLEAN : s->profiles & PLAIN ? KH_KNOWN_CLEAN_BUT_FOR_HASHES : KH_KNOWN_NOT;
}

/* NULL: it has none that is good. */
static struct slot *slot_of(struct kh_verdict_cache *c, const struct kh_file_state *state)
{
	uint8_t key[16];
	bool found;
	key_of(c->head, state, key);
	struct slot *s = slot_for(c->slots, c->head->capacity, key, &found);
	return s && found && slot_is_good(c->head, s) ? s : NULL;
}

enum kh_known kh_verdict_cache_find(struct kh_verdict_cache *c, const struct kh_file_state *state, uint8_t ret_sha256[32])
{
	struct slot *s = slot_of(c, state);
	enum kh_known known = s ? known_by(c, s) : KH_KNOWN_NOT;
	if (known == KH_KNOWN_NOT)
		return known;
	if (s->day != c->today)
		s->day = c->today;
	memcpy(ret_sha256, s->sha256, 32);
	return known;
}

void kh_verdict_cache_confirm(struct kh_verdict_cache *c, const struct kh_file_state *state)
{
	struct slot *s = slot_of(c, state);
	if (!s || known_by(c, s) == KH_KNOWN_NOT)
		return;
	s->version = c->own;
	slot_check(c->head, s, s->check);
}

void kh_verdict_cache_add(struct kh_verdict_cache *c, const struct kh_file_state *state, const struct kh_verdict_found *found)
{
	if (found->seen_ns - state->ctime_ns < KH_VERDICT_SETTLED_NS || found->seen_ns - state->mtime_ns < KH_VERDICT_SETTLED_NS)
		return;
	struct slot fresh = {.version = c->own, .day = c->today, .profiles = (uint16_t)(found->profiles | (found->plain ? PLAIN : 0) | (found->to_limit ? TO_LIMIT : 0))};
	key_of(c->head, state, fresh.key);
	memcpy(fresh.sha256, found->sha256, sizeof fresh.sha256);
	slot_check(c->head, &fresh, fresh.check);
	bool has_one;
	struct slot *s = slot_for(c->slots, c->head->capacity, fresh.key, &has_one);
	if (!has_one && is_crowded(c) && may_grow(c))
		s = slot_for(c->slots, c->head->capacity, fresh.key, &has_one);
	if (!s)
		return;
	c->head->used += !has_one;
	*s = fresh;
}

uint64_t kh_verdict_cache_count(const struct kh_verdict_cache *c)
{
	uint64_t n = 0;
	for (uint64_t i = 0; i < c->head->capacity; i++)
		n += !slot_is_empty(&c->slots[i]) && slot_is_good(c->head, &c->slots[i]);
	return n;
}

/* ---- life ---- */

int kh_verdict_cache_open(const char *path, const struct kh_verdict_version *version, struct kh_verdict_cache **ret)
{
	kh_assert(sodium_init() >= 0);
	kh_auto_verdict_cache struct kh_verdict_cache *c = kh_alloc(sizeof *c);
	*c = (struct kh_verdict_cache){
		.path = kh_strdup(path),
		.fd = -1,
		.version = version,
		.today = (uint16_t)(kh_now_s() / KH_DAY_S),
	};
	int r = open_locked(c);
	if (r < 0)
		return r;
	enter_version(c);
	*ret = kh_take(c);
	return 0;
}

void kh_verdict_cache_free(struct kh_verdict_cache *c)
{
	if (!c)
		return;
	unmap(c);
	kh_fd_close(&c->fd);
	free(c->path);
	free(c);
}
