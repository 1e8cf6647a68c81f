/* Imports, going back, damage, and being killed at any moment. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "content/test_store.h"
#include "crypto/random.h"
#include "os/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void store_done(struct test_store **t)
{
	test_store_free(*t);
}
#define auto_store KH_CLEANUP(store_done)

static size_t entries_in(const struct test_store *t, const char *folder)
{
	kh_auto_free char *path = kh_format("%s/%s", t->dir, folder);
	size_t n = 0;
	DIR *d = opendir(path);
	assert_non_null(d);
	for (struct dirent *e = NULL; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void imports_replaces_and_removes(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	enum kh_content_outcome outcome = 0;
	struct kh_content_state s = {0};
	assert_int_equal(kh_content_store_state(t->dir, &s), KH_E_NOT_FOUND);
	assert_int_equal(test_import(t, test_file(t, "a.yar", "one"), 100, &outcome), 0);
	assert_int_equal(outcome, KH_CONTENT_CHANGED);
	assert_string_equal(test_in_use(t), "a.yar=one ");

	test_file(t, "rules/x.yar", "X");
	test_file(t, "rules/README.txt", "no content");
	test_file(t, "rules/.hidden.yar", "no");
	test_file(t, "rules/deep/y.ndb", "Y");
	kh_auto_free char *folder = kh_format("%s/rules/", t->root);
	assert_int_equal(test_import(t, folder, 200, &outcome), 0);
	assert_string_equal(test_in_use(t), "a.yar=one rules/deep/y.ndb=Y rules/x.yar=X ");
	assert_int_equal(test_import(t, folder, 300, &outcome), 0);
	assert_int_equal(outcome, KH_CONTENT_UNCHANGED);
	assert_int_equal(kh_content_store_state(t->dir, &s), 0);
	assert_int_equal(s.newest_s, 200); /* the same bytes are not newer for being imported again */
	assert_int_equal(s.current, 2);

	kh_auto_free char *gone = kh_format("%s/rules/x.yar", t->root);
	unlink(gone);
	assert_int_equal(test_import(t, folder, 400, &outcome), 0);
	assert_string_equal(test_in_use(t), "a.yar=one rules/deep/y.ndb=Y ");
	assert_int_equal(test_remove(t, "a.yar"), 0);
	assert_string_equal(test_in_use(t), "rules/deep/y.ndb=Y ");
	assert_int_equal(test_remove(t, "a.yar"), KH_E_NOT_FOUND);
	assert_int_equal(entries_in(t, "sources"), 2); /* of the content in use and of the previous one */
	assert_int_equal(entries_in(t, ""), 5);        /* state, lock, sources, and two numbers */
}

static void says_what_cannot_be_imported(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	kh_auto_free char *nothing = kh_format("%s/nothing", t->root), *empty = kh_format("%s/empty", t->root), *fifo = kh_format("%s/f.yar", t->root);
	assert_int_equal(mkdir(empty, 0755), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(test_import(t, nothing, 1, NULL), KH_E_NOT_FOUND);
	assert_int_equal(test_import(t, empty, 1, NULL), KH_E_NOT_FOUND);
	assert_int_equal(test_import(t, fifo, 1, NULL), KH_E_USAGE);
	assert_int_equal(test_import(t, test_file(t, "a.doc", "x"), 1, NULL), KH_E_USAGE);
	assert_int_equal(test_import(t, test_file(t, "a.txt", "x"), 1, NULL), 0);
	assert_int_equal(test_import(t, test_file(t, "KHIEN.yar", "KHIENCONTENT1 1"), 1, NULL), KH_E_SYNTAX);
	assert_string_equal(test_in_use(t), "a.txt=x ");
}

/* What lies beside it or below, and nothing else, through no link. */
static void what_a_file_includes_comes_with_it(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	kh_auto_free char *outside = kh_format("%s/outside.yar", t->root), *link = kh_format("%s/in/link.yar", t->root), *folder = kh_format("%s/in/away", t->root);
	test_file(t, "outside.yar", "outside");
	test_file(t, "in/b.yar", "b\ninclude deep/c.yar");
	test_file(t, "in/deep/c.yar", "c\ninclude ../d.yar\ninclude ../../outside.yar");
	test_file(t, "in/d.yar", "d\ninclude b.yar");
	test_file(t, "in/e.doc", "e");
	assert_int_equal(symlink(outside, link), 0);
	assert_int_equal(symlink(t->root, folder), 0);
	assert_int_equal(test_import(t, test_file(t, "in/a.yar", "a\ninclude b.yar\ninclude ./b.yar\ninclude link.yar\ninclude away/outside.yar\ninclude ../outside.yar\ninclude /etc/x.yar\ninclude e.doc\ninclude gone.yar"), 1, NULL), 0);
	kh_auto_content_set struct kh_content_set set = {0};
	assert_int_equal(kh_content_store_set(t->dir, 1, &set), 0);
	assert_int_equal(set.files.n, 4);
	assert_non_null(kh_content_set_find(&set, "a.yar/a.yar"));
	assert_non_null(kh_content_set_find(&set, "a.yar/b.yar"));
	assert_non_null(kh_content_set_find(&set, "a.yar/d.yar"));
	assert_non_null(kh_content_set_find(&set, "a.yar/deep/c.yar"));
	assert_int_equal(test_import(t, test_file(t, "in/a.yar", "alone"), 2, NULL), 0);
	assert_string_equal(test_in_use(t), "a.yar=alone ");
}

static void variables_come_and_go_with_what_they_were_given_for(void **state)
{
	(void)state;
	static const struct kh_yara_external one[] = {{"x", "1"}}, other[] = {{"x", "2"}}, bad[] = {{"no name", "1"}};
	auto_store struct test_store *t = test_store_new();
	t->externals = one;
	t->external_count = 1;
	assert_int_equal(test_import(t, test_file(t, "a.yar", "a"), 1, NULL), 0);
	assert_string_equal(test_in_use(t), "a.yar=a -dx=1 ");
	t->externals = other;
	assert_int_equal(test_import(t, test_file(t, "b.yar", "b"), 2, NULL), KH_E_CONFLICT);
	t->externals = bad;
	assert_int_equal(test_import(t, test_file(t, "b.yar", "b"), 2, NULL), KH_E_INVALID_FIELD);
	t->externals = NULL;
	t->external_count = 0;
	assert_int_equal(test_import(t, test_file(t, "b.yar", "b"), 2, NULL), 0);
	assert_string_equal(test_in_use(t), "a.yar=a b.yar=b -dx=1 ");
	t->externals = other;
	t->external_count = 1;
	assert_int_equal(test_import(t, test_file(t, "a.yar", "a"), 3, NULL), 0);
	assert_string_equal(test_in_use(t), "a.yar=a b.yar=b -dx=2 ");
	assert_int_equal(test_remove(t, "a.yar"), 0);
	assert_string_equal(test_in_use(t), "b.yar=b ");
}

static void reads_when_a_database_was_built(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	struct kh_content_state s = {0};
	const char *head = "ClamAV-VDB:07 Nov 2024 10-32 +0100:27451:2067301:90:X:X:b:1730971920";
	assert_int_equal(test_import(t, test_file(t, "daily.cvd", head), 2000000000, NULL), 0);
	assert_int_equal(kh_content_store_state(t->dir, &s), 0);
	assert_int_equal(s.newest_s, 1730971920);
	struct kh_content_health h = kh_content_health(&s, 7 * 86400, 1730971920 + 7 * 86400);
	assert_false(h.stale || h.empty);
	h = kh_content_health(&s, 7 * 86400, 1730971920 + 7 * 86400 + 1);
	assert_true(h.stale);
	assert_int_equal(h.age_s, 7 * 86400 + 1);
	s.imported = false;
	assert_true(kh_content_health(&s, 7 * 86400, 1730971920).empty);
}

static void leaves_out_what_does_not_compile(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	kh_auto_content_set struct kh_content_set set = {0};
	struct kh_content_state s = {0};
	test_file(t, "rules/a.yar", "BROKEN");
	test_file(t, "rules/b.yar", "good");
	kh_auto_free char *folder = kh_format("%s/rules", t->root);
	assert_int_equal(test_import(t, folder, 1, NULL), 0);
		assert_int_equal(kh_content_store_state(t->dir, &s), 0);
	assert_int_equal(s.left_out, 1);
	assert_int_equal(kh_content_store_set(t->dir, s.current, &set), 0);
	assert_string_equal(set.problems.v[0].source, "rules/a.yar");
	assert_int_equal(set.problems.v[0].line, 7);
}

static void refuses_what_fails_its_trial(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	assert_int_equal(test_import(t, test_file(t, "a.yar", "one"), 1, NULL), 0);
	assert_int_equal(test_import(t, test_file(t, "b.yar", "EVIL"), 2, NULL), KH_E_TRIAL_FAILED);
	assert_non_null(strstr(kh_fail_detail(), "clean file"));
	assert_string_equal(test_in_use(t), "a.yar=one ");
	assert_int_equal(entries_in(t, "sources"), 1);
	assert_int_equal(entries_in(t, ""), 4);
}

static void goes_back_when_asked(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	assert_int_equal(test_back(t), KH_E_NOT_FOUND);
	assert_int_equal(test_import(t, test_file(t, "a.yar", "one"), 1, NULL), 0);
	assert_int_equal(test_back(t), KH_E_NOT_FOUND);
	assert_int_equal(test_import(t, test_file(t, "a.yar", "two"), 2, NULL), 0);
	assert_int_equal(test_back(t), 0);
	assert_string_equal(test_in_use(t), "a.yar=one ");
	assert_int_equal(test_back(t), KH_E_NOT_FOUND); /* and not forth again */
	assert_string_equal(test_in_use(t), "a.yar=one ");
	assert_int_equal(test_import(t, test_file(t, "b.yar", "b"), 3, NULL), 0); /* on top of what is in use */
	assert_string_equal(test_in_use(t), "a.yar=one b.yar=b ");
	assert_int_equal(test_back(t), 0);
	assert_string_equal(test_in_use(t), "a.yar=one ");
	assert_int_equal(entries_in(t, ""), 4); /* what was given up is gone */
	assert_int_equal(test_import(t, test_file(t, "a.yar", "two"), 4, NULL), 0);
	assert_string_equal(test_in_use(t), "a.yar=two ");
}

static void spoil(const struct test_store *t, const char *file)
{
	kh_auto_free char *path = kh_format("%s/%s", t->dir, file);
	kh_auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "#", 1, 0), 1);
}

static void goes_back_by_itself(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	struct kh_content_used used = {0};
	struct kh_content_state s = {0};
	assert_int_equal(test_import(t, test_file(t, "a.yar", "one"), 1, NULL), 0);
	assert_int_equal(test_import(t, test_file(t, "a.yar", "two"), 2, NULL), 0);
	spoil(t, "2/content");
	assert_int_equal(kh_content_store_use(t->dir, test_use, t, &used), 0);
	assert_true(used.went_back);
	assert_int_equal(used.number, 1);
	assert_int_equal(kh_content_store_state(t->dir, &s), 0);
	assert_int_equal(s.current, 1);
	assert_int_equal(s.failed, 2);
	assert_int_equal(test_back(t), KH_E_NOT_FOUND); /* there is nothing good to go to */
	assert_int_equal(kh_content_store_use(t->dir, test_use, t, &used), 0);
	assert_false(used.went_back);

	assert_int_equal(test_import(t, test_file(t, "a.yar", "three"), 3, NULL), 0); /* a number of its own */
	assert_int_equal(kh_content_store_state(t->dir, &s), 0);
	assert_int_equal(s.current, 3);
	spoil(t, "3/content");
	assert_int_equal(kh_content_store_use(t->dir, test_use, t, &used), 0);
	assert_true(used.went_back);
	assert_int_equal(used.number, 1);
	t->nothing_usable = true;
	assert_int_equal(kh_content_store_use(t->dir, test_use, t, &used), KH_E_SYNTAX);
}

/* Too little memory, a worker that was killed: the content is whole and not to blame. */
static void what_passes_is_not_the_contents_fault(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	struct kh_content_state s = {0};
	assert_int_equal(test_import(t, test_file(t, "a.yar", "one"), 1, NULL), 0);
	assert_int_equal(test_import(t, test_file(t, "a.yar", "two"), 2, NULL), 0);
	for (int failures = 0; failures <= 2; failures++) {
		struct kh_content_used used = {0};
		t->failures = failures;
		assert_int_equal(kh_content_store_use(t->dir, test_use, t, &used), 0);
		assert_int_equal(used.went_back, failures == 2);
		assert_int_equal(used.number, failures == 2 ? 1 : 2);
		assert_int_equal(kh_content_store_state(t->dir, &s), 0);
		assert_int_equal(s.current, 2);
		assert_int_equal(s.failed, 0);
	}
}

static void uses_the_previous_one_while_another_changes(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	kh_auto_content_change struct kh_content_change *c = NULL, *second = NULL;
	struct kh_content_state s = {0};
	assert_int_equal(test_import(t, test_file(t, "a.yar", "one"), 1, NULL), 0);
	assert_int_equal(test_import(t, test_file(t, "a.yar", "two"), 2, NULL), 0);
	spoil(t, "2/content");
	assert_int_equal(kh_content_change_begin(t->dir, &c), 0);
	assert_int_equal(kh_content_change_begin(t->dir, &second), KH_E_BUSY);
	assert_string_equal(test_in_use(t), "a.yar=one ");
	assert_int_equal(entries_in(t, ""), 5);
	assert_int_equal(kh_content_store_state(t->dir, &s), 0);
	assert_int_equal(s.current, 2); /* left to who holds the lock */
}

struct damages {
	char text[1024];
	size_t used;
};

static void note_damage(void *context, const char *what, const char *why)
{
	(void)why;
	struct damages *d = context;
	d->used += (size_t)snprintf(d->text + d->used, sizeof d->text - d->used, "%s ", what);
}

static void a_damaged_state_is_said_and_nothing_lost(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	struct kh_content_state s = {0};
	assert_int_equal(test_import(t, test_file(t, "a.yar", "one"), 1, NULL), 0);
	spoil(t, "state");
	assert_int_equal(kh_content_store_state(t->dir, &s), KH_E_SYNTAX);
	assert_int_equal(test_import(t, test_file(t, "a.yar", "two"), 2, NULL), KH_E_SYNTAX);
	assert_int_equal(entries_in(t, ""), 4);
	assert_int_equal(entries_in(t, "sources"), 1);
}

static void finds_damage(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	struct damages none = {0}, some = {0}, worse = {0};
	kh_auto_content_set struct kh_content_set set = {0};
	uint64_t checked = 0;
	assert_int_equal(test_import(t, test_file(t, "a.yar", "one"), 1, NULL), 0);
	assert_int_equal(test_import(t, test_file(t, "b.yar", "two"), 2, NULL), 0);
	assert_int_equal(kh_content_store_verify(t->dir, note_damage, &none, &checked), 0);
	assert_string_equal(none.text, "");
	assert_int_equal(checked, 4); /* two contents of two sources */

	assert_int_equal(kh_content_store_set(t->dir, 2, &set), 0);
	kh_auto_buf struct kh_buf source = KH_BUF_INIT;
	kh_buf_adds(&source, "sources/");
	kh_buf_add_hex(&source, kh_content_set_find(&set, "a.yar")->sha256, 32);
	spoil(t, source.data);
	spoil(t, "1/content");
	assert_int_equal(kh_content_store_verify(t->dir, note_damage, &some, &checked), 0);
	assert_string_equal(some.text, "a.yar content/1 "); /* once, though both contents were made of it */

	spoil(t, "2/set.json");
	assert_int_equal(kh_content_store_verify(t->dir, note_damage, &worse, &checked), 0);
	assert_string_equal(worse.text, "content/2 content/1 a.yar ");
}

static void a_damaged_set_is_mended_by_a_change(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	assert_int_equal(test_import(t, test_file(t, "a.yar", "one"), 1, NULL), 0);
	assert_int_equal(test_import(t, test_file(t, "b.yar", "two"), 2, NULL), 0);
	spoil(t, "2/set.json");
	assert_int_equal(test_import(t, test_file(t, "c.yar", "new"), 3, NULL), 0); /* from what the previous one knew */
	assert_string_equal(test_in_use(t), "a.yar=one c.yar=new ");
}

/* It is left out and named, and nothing else waits for it: until it is imported again, the same bytes too. */
static void a_damaged_source_keeps_nothing_else_out(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	kh_auto_content_set struct kh_content_set set = {0}, mended = {0};
	kh_auto_buf struct kh_buf source = KH_BUF_INIT;
	enum kh_content_outcome outcome = KH_CONTENT_UNCHANGED;
	assert_int_equal(test_import(t, test_file(t, "a.yar", "one"), 1, NULL), 0);
	assert_int_equal(kh_content_store_set(t->dir, 1, &set), 0);
	kh_buf_adds(&source, "sources/");
	kh_buf_add_hex(&source, set.files.v[0].sha256, 32);
	spoil(t, source.data);
	kh_content_set_done(&set);
	assert_int_equal(test_import(t, test_file(t, "b.yar", "two"), 2, NULL), 0);
	assert_string_equal(test_in_use(t), "b.yar=two ");
	assert_int_equal(kh_content_store_set(t->dir, 2, &set), 0);
	assert_int_equal(set.problems.n, 1);
	assert_string_equal(set.problems.v[0].source, "a.yar");
	assert_true(kh_rule_problem_is_whole(&set.problems.v[0]));
	assert_int_equal(set.files.n, 2);

	assert_int_equal(test_import(t, test_file(t, "a.yar", "one"), 3, &outcome), 0);
	assert_int_equal(outcome, KH_CONTENT_CHANGED);
	assert_string_equal(test_in_use(t), "a.yar=one b.yar=two ");
	assert_int_equal(kh_content_store_set(t->dir, 3, &mended), 0);
	assert_int_equal(mended.problems.n, 0);
}

/* ---- killed at any moment ---- */

enum { KILLS = 60 };

static void import_for_ever(struct test_store *t, const char *path)
{
	for (int i = 0;; i++) {
		char text[16];
		snprintf(text, sizeof text, "%08d", i);
		kh_ignore(kh_file_replace(path, text, 8, 0644));
		kh_ignore(test_import(t, path, i, NULL));
	}
}

/* Until so many imports were seen to be done, and a little longer. */
static void wait_for(const struct test_store *t, uint32_t imports)
{
	struct kh_content_state s = {0};
	kh_ignore(kh_content_store_state(t->dir, &s));
	for (int64_t number = s.current, end = kh_monotonic_ms() + 60000; imports; imports -= s.current != number, number = s.current) {
		assert_true(kh_monotonic_ms() < end);
		usleep(200);
		kh_ignore(kh_content_store_state(t->dir, &s));
	}
	usleep(kh_random_below(5000));
}

/* What is in use is whole, and is what its set says; 0 for nothing. */
static int64_t check_whole(struct test_store *t)
{
	struct kh_content_state s = {0};
	struct damages d = {0};
	uint64_t checked = 0;
	int r = kh_content_store_state(t->dir, &s);
	if (r == KH_E_NOT_FOUND)
		return 0;
	assert_int_equal(r, 0);
	assert_int_equal(kh_content_store_verify(t->dir, note_damage, &d, &checked), 0);
	if (d.used)
		fail_msg("after a kill: %s", d.text);
	assert_int_equal(strlen(test_in_use(t)), strlen("a.yar=00000000 "));
	return s.current;
}

static void survives_being_killed(void **state)
{
	(void)state;
	auto_store struct test_store *t = test_store_new();
	kh_auto_free char *path = kh_strdup(test_file(t, "a.yar", "x"));
	int64_t last = 0;
	int moved = 0;
	for (int i = 0; i < KILLS; i++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			import_for_ever(t, path);
		wait_for(t, kh_random_below(3));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		int64_t now = check_whole(t);
		assert_true(now >= last);
		moved += now > last;
		last = now;
	}
	assert_true(moved > KILLS / 3); /* it was not always killed before it began */
	assert_int_equal(test_import(t, test_file(t, "a.yar", "at last!"), 1, NULL), 0);
	assert_string_equal(test_in_use(t), "a.yar=at last! ");
	assert_true(entries_in(t, "sources") <= 2);
	assert_int_equal(entries_in(t, ""), 5);
}

KH_TESTS(imports_replaces_and_removes, says_what_cannot_be_imported, what_a_file_includes_comes_with_it, variables_come_and_go_with_what_they_were_given_for, reads_when_a_database_was_built, leaves_out_what_does_not_compile,
	 refuses_what_fails_its_trial, goes_back_when_asked, goes_back_by_itself,
	 a_damaged_state_is_said_and_nothing_lost, what_passes_is_not_the_contents_fault, uses_the_previous_one_while_another_changes, finds_damage,
	 a_damaged_set_is_mended_by_a_change, a_damaged_source_keeps_nothing_else_out, survives_being_killed)
