/* Bundles written by one store and read by another; changed, cut, signed by others. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "content/test_store.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static struct kh_sign_key key, other_key;

static int make_keys(void **state)
{
	(void)state;
	kh_sign_key_create(&key);
	kh_sign_key_create(&other_key);
	return 0;
}

static void store_done(struct test_store **t)
{
	test_store_free(*t);
}
#define auto_store KH_CLEANUP(store_done)

/* A server's store with two files, and an agent's that trusts the key. */
static struct test_store *new_server(void)
{
	struct test_store *t = test_store_new();
	test_file(t, "rules/a.yar", "A");
	test_file(t, "rules/b/c.hdb", "C");
	kh_auto_free char *folder = kh_format("%s/rules", t->root);
	assert_int_equal(test_import(t, folder, 100, NULL), 0);
	return t;
}

static struct test_store *new_agent(const struct kh_sign_key *trusted)
{
	struct test_store *t = test_store_new();
	memcpy(t->keys.v[t->keys.n++], trusted->public, KH_SIGN_PUBLIC_SIZE);
	return t;
}

static char *export(struct test_store *from, const struct kh_sign_key *by, int64_t now_s)
{
	char *path = kh_format("%s/bundle-%lld", from->root, (long long)now_s);
	uint64_t files = 0;
	kh_auto_fd int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_int_equal(kh_content_bundle_export(from->dir, by, now_s, fd, &files), 0);
	assert_int_equal(files, 2);
	return path;
}

static void carries_content(void **state)
{
	(void)state;
	auto_store struct test_store *server = new_server(), *agent = new_agent(&key), *next = new_agent(&other_key);
	kh_auto_free char *bundle = export(server, &key, 200);
	struct kh_content_state s = {0};
	assert_int_equal(test_import(agent, test_file(agent, "own.yar", "own"), 150, NULL), 0);
	assert_int_equal(test_import(agent, bundle, 300, NULL), 0);
	assert_string_equal(test_in_use(agent), "bundle/rules/a.yar=A bundle/rules/b/c.hdb=C own.yar=own ");
	assert_int_equal(kh_content_store_state(agent->dir, &s), 0);
	assert_int_equal(s.newest_s, 150); /* what it carries is of 100, whenever it came */

	assert_int_equal(test_remove(agent, "own.yar"), 0);
	kh_auto_free char *onward = export(agent, &other_key, 400); /* a server below hands it on */
	assert_int_equal(test_import(next, onward, 500, NULL), 0);
	assert_string_equal(test_in_use(next), "bundle/rules/a.yar=A bundle/rules/b/c.hdb=C ");
}

static void newer_ones_replace_and_older_ones_do_not(void **state)
{
	(void)state;
	auto_store struct test_store *server = new_server(), *agent = new_agent(&key);
	kh_auto_free char *first = export(server, &key, 200);
	kh_auto_free char *gone = kh_format("%s/rules/a.yar", server->root), *folder = kh_format("%s/rules", server->root);
	unlink(gone);
	test_file(server, "rules/d.yar", "D");
	assert_int_equal(test_import(server, folder, 250, NULL), 0);
	kh_auto_free char *second = export(server, &key, 300);
	assert_int_equal(test_import(agent, first, 310, NULL), 0);
	assert_int_equal(test_import(agent, second, 320, NULL), 0);
	assert_string_equal(test_in_use(agent), "bundle/rules/b/c.hdb=C bundle/rules/d.yar=D ");
	assert_int_equal(test_import(agent, first, 330, NULL), KH_E_CONFLICT);
	assert_int_equal(test_import(agent, second, 340, NULL), 0); /* the same is no harm */
	kh_auto_free char *third = export(server, &key, 400);
	assert_int_equal(test_import(agent, third, 410, NULL), 0); /* nothing new in it, but it is noted that it came */
	assert_int_equal(test_import(agent, second, 420, NULL), KH_E_CONFLICT);
	assert_int_equal(test_remove(agent, KH_CONTENT_BUNDLE), 0);
	assert_int_equal(test_import(agent, first, 430, NULL), 0); /* asked for in so many words */
}

static void believes_trusted_keys_only(void **state)
{
	(void)state;
	auto_store struct test_store *server = new_server(), *agent = new_agent(&other_key), *nobody = test_store_new();
	kh_auto_free char *bundle = export(server, &key, 200);
	assert_int_equal(test_import(agent, bundle, 300, NULL), KH_E_SIGNATURE_INVALID);
	assert_int_equal(test_import(nobody, bundle, 300, NULL), KH_E_SIGNATURE_INVALID);
	memcpy(agent->keys.v[agent->keys.n++], key.public, KH_SIGN_PUBLIC_SIZE);
	assert_int_equal(test_import(agent, bundle, 300, NULL), 0);
}

/* Bytes changed, the end cut off: refused, and what was in use stays. */
static void refuses_changed_bytes(void **state)
{
	(void)state;
	auto_store struct test_store *server = new_server(), *agent = new_agent(&key);
	kh_auto_free char *path = export(server, &key, 200);
	kh_auto_buf struct kh_buf whole = KH_BUF_INIT;
	assert_int_equal(kh_file_read(path, KH_MIB, &whole), 0);
	assert_int_equal(test_import(agent, test_file(agent, "own.yar", "own"), 150, NULL), 0);
	for (size_t i = 0; i < 2 * whole.len; i += i < 500 ? 1 : 7) { /* every byte of the head, and some of what is packed */
		size_t at = i / 2;
		kh_auto_free char *bytes = kh_memdup(whole.data, whole.len);
		size_t n = i % 2 ? at : whole.len;
		bytes[at] ^= 1;
		if (at < 14) /* no bundle any more */
			continue;
		assert_int_equal(kh_file_replace(path, bytes, n, 0600), 0);
		int r = test_import(agent, path, 300, NULL);
		if (r != KH_E_SIGNATURE_INVALID && r != KH_E_SYNTAX)
			fail_msg("byte %zu, %zu bytes: %d (%s)", at, n, r, kh_fail_detail());
	}
	assert_string_equal(test_in_use(agent), "own.yar=own ");
}

static void has_something_to_carry(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	uint64_t files = 0;
	kh_auto_content_change struct kh_content_change *c = NULL;
	enum kh_content_outcome outcome = 0;
	kh_auto_fd int out = open(t->root, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600), in = open(test_file(t, "a.yar", "A"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(kh_content_bundle_export(t->dir, &key, 1, out, &files), KH_E_NOT_FOUND);
	assert_int_equal(kh_content_change_begin(t->dir, &c), 0);
	assert_int_equal(kh_content_change_put(c, KH_CONTENT_SHIPPED, KH_CONTENT_SHIPPED "/a.yar", in, 0, 1), 0);
	assert_int_equal(kh_content_change_commit(c, &t->engine, false, 1, &outcome), 0);
	assert_int_equal(kh_content_bundle_export(t->dir, &key, 1, out, &files), KH_E_NOT_FOUND); /* every program has that already */
}

KH_TESTS_WITH(make_keys, NULL, carries_content, newer_ones_replace_and_older_ones_do_not, believes_trusted_keys_only, refuses_changed_bytes, has_something_to_carry)
