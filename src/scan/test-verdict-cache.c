#include "base/alloc.h"
#include "base/error.h"
#include "base/test.h"
#include "base/time.h"
#include "scan/verdict_cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/khien-test-XXXXXX", path[64];

enum { FILES_KIND = 1 << KH_PROFILE_ELF, AT_LIMIT = 5 }; /* of those added below */

static const struct kh_verdict_version one = {.content = {"whole 1", "hashes 1", {{"mz 1"}, {"elf 1"}}}},
				       other_hashes = {.content = {"whole 2", "hashes 2", {{"mz 1"}, {"elf 1"}}}},
				       other_rules = {.content = {"whole 3", "hashes 1", {{"mz 1"}, {"elf 2"}}}},
				       other_kind = {.content = {"whole 4", "hashes 1", {{"mz 2"}, {"elf 1"}}}},
				       other_program = {"program 2", {"whole 1", "hashes 1", {{"mz 1"}, {"elf 1"}}}};

static const int64_t long_ago = INT64_C(1700000000) * 1000000000, now = INT64_C(1790000000) * 1000000000;

static struct kh_file_state file(uint64_t inode)
{
	return (struct kh_file_state){.device = 7, .inode = inode, .size = 100 + inode % 50, .mtime_ns = long_ago, .ctime_ns = long_ago + 5};
}

static void hash_of(uint64_t inode, uint8_t ret[32])
{
	memset(ret, (int)(inode % 251), 32);
	memcpy(ret, &inode, sizeof inode);
}

static struct kh_verdict_cache *open_cache(const struct kh_verdict_version *version)
{
	struct kh_verdict_cache *c = NULL;
	assert_int_equal(kh_verdict_cache_open(path, version, &c), 0);
	return c;
}

static void add_as(struct kh_verdict_cache *c, uint64_t inode, bool plain, uint16_t profiles)
{
	const struct kh_file_state state = file(inode);
	uint8_t hash[32];
	hash_of(inode, hash);
	kh_verdict_cache_add(c, &state, &(struct kh_verdict_found){now, hash, profiles, plain, inode == AT_LIMIT});
}

static void add(struct kh_verdict_cache *c, uint64_t inode, bool plain)
{
	add_as(c, inode, plain, FILES_KIND);
}

/* Found, and then with its own hash. */
static enum kh_known find(struct kh_verdict_cache *c, uint64_t inode)
{
	const struct kh_file_state state = file(inode);
	uint8_t expected[32], got[32];
	hash_of(inode, expected);
	enum kh_known known = kh_verdict_cache_find(c, &state, got);
	if (known != KH_KNOWN_NOT)
		assert_memory_equal(got, expected, 32);
	return known;
}

static bool knows(struct kh_verdict_cache *c, uint64_t inode)
{
	return find(c, inode) == (inode == AT_LIMIT ? KH_KNOWN_CLEAN_TO_LIMIT : KH_KNOWN_CLEAN);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	snprintf(path, sizeof path, "%s/verdicts", top);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(top);
}

static void remembers_over_a_restart_and_many_files(void **state)
{
	(void)state;
	enum { MANY = 100000 };
	unlink(path);
	kh_auto_verdict_cache struct kh_verdict_cache *c = open_cache(&one);
	for (uint64_t i = 0; i < MANY; i++)
		add(c, i, true);
	kh_verdict_cache_free(c);
	c = open_cache(&one);
	size_t known = 0;
	for (uint64_t i = 0; i < 2 * MANY; i++)
		known += knows(c, i) && i < MANY;
	assert_in_range(known, MANY - 3, MANY); /* one in a million may find no place */
	assert_int_equal(kh_verdict_cache_count(c), known);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* Without room it keeps what it has, and does not ask for more with every file. */
static void what_cannot_grow_stays(void **state)
{
	(void)state;
	enum { MANY = 16000 };
	struct stat before, after;
	kh_auto_free char *temporary = kh_format("%s.new", path);
	unlink(path);
	kh_auto_verdict_cache struct kh_verdict_cache *c = open_cache(&one);
	assert_int_equal(mkdir(temporary, 0700), 0);
	assert_int_equal(stat(path, &before), 0);
	for (uint64_t i = 0; i < MANY; i++) {
		add(c, 1000000 + i, false);
		if (i == MANY - 100)
			rmdir(temporary);
	}
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	assert_true(knows(c, 1000000));
}

static void a_changed_file_is_not_known(void **state)
{
	(void)state;
	unlink(path);
	kh_auto_verdict_cache struct kh_verdict_cache *c = open_cache(&one);
	add(c, 6, true);
	assert_true(knows(c, 6));
	struct kh_file_state changed[5];
	for (size_t i = 0; i < KH_COUNT(changed); i++)
		changed[i] = file(6);
	changed[0].device++;
	changed[1].inode++;
	changed[2].size++;
	changed[3].mtime_ns++;
	changed[4].ctime_ns++;
	uint8_t hash[32];
	for (size_t i = 0; i < KH_COUNT(changed); i++)
		assert_int_equal(kh_verdict_cache_find(c, &changed[i], hash), KH_KNOWN_NOT);
}

static void what_may_change_within_a_tick_is_not_kept(void **state)
{
	(void)state;
	unlink(path);
	kh_auto_verdict_cache struct kh_verdict_cache *c = open_cache(&one);
	const uint8_t hash[32] = {1};
	const struct kh_verdict_found found = {now, hash, FILES_KIND, true};
	uint8_t got[32];
	struct kh_file_state s = file(1);
	s.ctime_ns = now - KH_VERDICT_SETTLED_NS + 1;
	kh_verdict_cache_add(c, &s, &found);
	assert_int_equal(kh_verdict_cache_find(c, &s, got), KH_KNOWN_NOT);
	s.ctime_ns--;
	kh_verdict_cache_add(c, &s, &found);
	assert_int_equal(kh_verdict_cache_find(c, &s, got), KH_KNOWN_CLEAN);
	s.ctime_ns = now + KH_DAY_S * 1000000000; /* a clock that was put back */
	kh_verdict_cache_add(c, &s, &found);
	assert_int_equal(kh_verdict_cache_find(c, &s, got), KH_KNOWN_NOT);
}

/* 1: plain · 2: holds others inside · 3: rests on everything, libclamav having been asked · 4: of two kinds · 5: libclamav came to a limit */
static void new_content_asks_again_for_what_it_may_find(void **state)
{
	(void)state;
	static const struct {
		const struct kh_verdict_version *version;
		enum kh_known known[5];
	} cases[] = {
		{&one, {KH_KNOWN_CLEAN, KH_KNOWN_CLEAN, KH_KNOWN_CLEAN, KH_KNOWN_CLEAN, KH_KNOWN_CLEAN_TO_LIMIT}},
		{&other_rules, {KH_KNOWN_NOT, KH_KNOWN_NOT, KH_KNOWN_NOT, KH_KNOWN_NOT}},
		{&other_kind, {KH_KNOWN_CLEAN, KH_KNOWN_CLEAN, KH_KNOWN_NOT, KH_KNOWN_NOT}},
		{&other_hashes, {KH_KNOWN_CLEAN_BUT_FOR_HASHES, KH_KNOWN_NOT, KH_KNOWN_NOT, KH_KNOWN_CLEAN_BUT_FOR_HASHES}},
		{&other_program, {KH_KNOWN_NOT, KH_KNOWN_NOT, KH_KNOWN_NOT, KH_KNOWN_NOT}},
		{&one, {KH_KNOWN_CLEAN, KH_KNOWN_CLEAN, KH_KNOWN_CLEAN, KH_KNOWN_CLEAN, KH_KNOWN_CLEAN_TO_LIMIT}}, /* back to the former content */
	};
	unlink(path);
	kh_auto_verdict_cache struct kh_verdict_cache *c = open_cache(&one);
	add(c, 1, true);
	add(c, 2, false);
	add_as(c, 3, true, 0);
	add_as(c, 4, true, FILES_KIND | 1 << KH_PROFILE_MZ);
	add_as(c, AT_LIMIT, true, FILES_KIND);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_verdict_cache_free(c);
		c = open_cache(cases[i].version);
		for (uint64_t inode = 1; inode <= 5; inode++)
			assert_int_equal(find(c, inode), cases[i].known[inode - 1]);
	}
}

static void what_the_hash_lists_do_not_ask_for_is_confirmed(void **state)
{
	(void)state;
	unlink(path);
	const struct kh_file_state plain = file(1), other = file(3);
	kh_auto_verdict_cache struct kh_verdict_cache *c = open_cache(&one);
	add(c, 1, true);
	kh_verdict_cache_free(c);
	c = open_cache(&other_hashes);
	kh_verdict_cache_confirm(c, &plain);
	kh_verdict_cache_confirm(c, &other); /* never seen: nothing to confirm */
	assert_int_equal(find(c, 1), KH_KNOWN_CLEAN);
	assert_int_equal(find(c, 3), KH_KNOWN_NOT);
}

/* A version's number is taken again after 32 others: nothing that was found under the old one may speak for the new. */
static void versions_in_turn_do_not_mix(void **state)
{
	(void)state;
	unlink(path);
	struct kh_verdict_version v = one;
	struct kh_verdict_cache *c = NULL;
	for (int i = 0; i < 100; i++) {
		snprintf((char *)v.content.whole, sizeof v.content.whole, "round %d", i);
		snprintf((char *)v.content.profiles[KH_PROFILE_ELF], KH_FILTER_IDENTITY, "round %d", i);
		c = open_cache(&v);
		assert_false(knows(c, 1));
		add(c, 1, false);
		assert_true(knows(c, 1));
		kh_verdict_cache_free(c);
	}
}

static void is_for_one_process_at_a_time(void **state)
{
	(void)state;
	unlink(path);
	struct kh_verdict_cache *second = NULL;
	kh_auto_verdict_cache struct kh_verdict_cache *c = open_cache(&one);
	assert_int_equal(kh_verdict_cache_open(path, &one, &second), KH_E_BUSY);
	for (uint64_t i = 0; i < 20000; i++) /* the lock holds when the table has grown into another file */
		add(c, i, true);
	assert_int_equal(kh_verdict_cache_open(path, &one, &second), KH_E_BUSY);
}

/* Flips bytes all over the file: whatever is still known is known rightly (knows() compares the hash, and no file that was never added appears). */
static void damage_costs_time_and_never_truth(void **state)
{
	(void)state;
	enum { FILES = 500, ROUNDS = 300, HEAD = 16384 };
	unsigned seed = 20261121;
	size_t lost = 0;
	for (int round = 0; round < ROUNDS; round++) {
		unlink(path);
		struct kh_verdict_cache *c = open_cache(&one);
		for (uint64_t i = 0; i < FILES; i++)
			add(c, i, i % 2);
		kh_verdict_cache_free(c);
		int fd = open(path, O_RDWR);
		struct stat st;
		assert_int_equal(fstat(fd, &st), 0);
		bool cut = round % 10 == 0;
		if (cut)
			assert_int_equal(ftruncate(fd, rand_r(&seed) % st.st_size), 0);
		for (int i = 0; i < 2000 && !cut; i++) {
			uint8_t byte = (uint8_t)rand_r(&seed);
			assert_int_equal(pwrite(fd, &byte, 1, i == 0 ? rand_r(&seed) % HEAD : HEAD + rand_r(&seed) % (st.st_size - HEAD)), 1);
		}
		close(fd);
		c = open_cache(&one);
		for (uint64_t i = 0; i < 2 * FILES; i++) {
			bool known = knows(c, i);
			assert_false(known && i >= FILES);
			lost += !known && i < FILES;
		}
		kh_verdict_cache_free(c);
	}
	assert_true(lost > FILES); /* the damage was real */
}

KH_TESTS_WITH(setup, teardown, remembers_over_a_restart_and_many_files, what_cannot_grow_stays, a_changed_file_is_not_known, what_may_change_within_a_tick_is_not_kept,
	      new_content_asks_again_for_what_it_may_find, what_the_hash_lists_do_not_ask_for_is_confirmed, versions_in_turn_do_not_mix, is_for_one_process_at_a_time, damage_costs_time_and_never_truth)
