/* The whole watch against the test encryptor and against honest programs, in a mount namespace and a file system (tmpfs) of its own. Needs root. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "guard/ransom.h"
#include "guard/ransom_alarms.h"
#include "guard/ransom_canary.h"
#include "os/file.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDERS 10
#define FILES 30
#define LONG_MS 120000 /* a hang, not a speed */

static char base[] = "/tmp/khien-ransom-XXXXXX";
static char *home, *documents, *state_dir;
static bool allowed;

/* ---- the place ---- */

static int set_up(void **unused)
{
	(void)unused;
	if (!mkdtemp(base))
		return -1;
	allowed = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("tmpfs", base, "tmpfs", 0, "size=512m") == 0;
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* what is orphaned is ours to end */
	home = kh_format("%s/home", base);
	documents = kh_format("%s/home/Documents", base);
	state_dir = kh_format("%s/state", base);
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	if (allowed)
		umount2(base, MNT_DETACH);
	free(home), free(documents), free(state_dir);
	return rmdir(base);
}

/* ---- the watch ---- */

struct seen {
	struct kh_ransom *watch;
	json_t *alarms;
};

static void on_alarm(void *context, const json_t *alarm)
{
	struct seen *s = context;
	kh_assert(json_array_append_new(s->alarms, json_deep_copy(alarm)) == 0);
}

static void on_trouble(void *context, const char *what, int error)
{
	(void)context;
	print_message("# trouble: %s: %s\n", what, kh_error_info(error)->name);
	fail();
}

static void open_watch(struct seen *s, bool stop, bool canaries)
{
	static const char *places[2], *canary_places[2];
	places[0] = home;
	canary_places[0] = documents;
	struct kh_ransom_options o = {.stop = stop, .places = places, .canary_places = canaries ? canary_places : NULL, .state = state_dir};
	const struct kh_ransom_events events = {.context = s, .on_alarm = on_alarm, .on_trouble = on_trouble};
	assert_int_equal(kh_ransom_rules_read(NULL, KH_RANSOM_THRESHOLD, KH_RANSOM_HALVING_MS, &o.rules), 0);
	s->alarms = json_array();
	int r = kh_ransom_new(&o, &events, &s->watch);
	if (r < 0)
		print_message("# %s\n", kh_fail_detail());
	assert_int_equal(r, 0);
}

static void begin(struct seen *s, bool stop, bool canaries)
{
	assert_int_equal(kh_dir_make(documents, 0755), 0);
	assert_int_equal(kh_dir_make(state_dir, 0700), 0);
	open_watch(s, stop, canaries);
}

static void finish(struct seen *s)
{
	kh_ransom_free(s->watch);
	json_decref(s->alarms);
	assert_int_equal(kh_test_remove(home), 0);
	assert_int_equal(kh_test_remove(state_dir), 0);
}

static const char *alarm_text(const struct seen *s, size_t i, const char *key)
{
	const char *text = json_string_value(json_object_get(json_array_get(s->alarms, i), key));
	return text ? text : "";
}

static int64_t alarm_number(const struct seen *s, size_t i, const char *key)
{
	return json_integer_value(json_object_get(json_array_get(s->alarms, i), key));
}

/* ---- programs ---- */

static pid_t start(const char *const *args)
{
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		execvp(args[0], (char *const *)(uintptr_t)args);
		_exit(127);
	}
	setpgid(pid, pid);
	return pid;
}

/* Watches until the program ends (its exit status) or stands still (-1). */
static int watch_until_over(struct seen *s, pid_t pid)
{
	int64_t until = kh_monotonic_ms() + LONG_MS;
	for (int status = 0; kh_monotonic_ms() < until;) {
		struct pollfd p = {.fd = kh_ransom_fd(s->watch), .events = POLLIN};
		if (poll(&p, 1, 5) > 0)
			kh_ransom_take(s->watch);
		if (waitpid(pid, &status, WNOHANG | WUNTRACED) != pid)
			continue;
		kh_ransom_take(s->watch);
		return WIFSTOPPED(status) ? -1 : WEXITSTATUS(status);
	}
	fail();
	return -1;
}

static int run(struct seen *s, const char *const *args)
{
	return watch_until_over(s, start(args));
}

static int run_shell(struct seen *s, const char *script)
{
	kh_auto_free char *in = kh_format("set -e; cd '%s'; %s", documents, script);
	return run(s, (const char *const[]){"/bin/sh", "-c", in, NULL});
}

static void end_group(pid_t pid)
{
	int status = 0;
	kill(-pid, SIGKILL);
	while (waitpid(-1, &status, WUNTRACED) > 0)
		;
}

static char *make_tree(void)
{
	char *tree = kh_format("%s/tree", documents), folders[16], files[16];
	int status = 0;
	snprintf(folders, sizeof folders, "%d", FOLDERS);
	snprintf(files, sizeof files, "%d", FILES);
	waitpid(start((const char *const[]){TEST_ENCRYPTOR, "make", tree, folders, files, NULL}), &status, 0);
	assert_int_equal(status, 0);
	return tree;
}

static int lost(const char *tree)
{
	int pipes[2], good = -1;
	char text[32] = "";
	assert_int_equal(pipe(pipes), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(pipes[1], 1);
		execl(TEST_ENCRYPTOR, TEST_ENCRYPTOR, "count", tree, (char *)NULL);
		_exit(127);
	}
	close(pipes[1]);
	ssize_t n = read(pipes[0], text, sizeof text - 1);
	close(pipes[0]);
	waitpid(pid, NULL, 0);
	assert_true(n > 0 && sscanf(text, "%d", &good) == 1);
	return FOLDERS * FILES - good;
}

/* ---- ransomware ---- */

static void stops(const char *strategy)
{
	struct seen s = {0};
	if (!allowed)
		KH_SKIP("needs root and mount namespaces");
	begin(&s, true, false);
	kh_auto_free char *tree = make_tree();
	kh_ransom_take(s.watch);
	assert_int_equal(json_array_size(s.alarms), 0); /* making the files was none */
	assert_int_equal(lost(tree), 0);
	pid_t pid = start((const char *const[]){TEST_ENCRYPTOR, "run", strategy, tree, "4", NULL});
	assert_int_equal(watch_until_over(&s, pid), -1);
	usleep(20000); /* its workers stand still, too */
	kh_ransom_take(s.watch);
	int after = lost(tree);
	usleep(50000);
	assert_int_equal(lost(tree), after);
	print_message("# %s: %d of %d files lost\n", strategy, after, FOLDERS * FILES);
	assert_true(after > 0 && after < FOLDERS * FILES / 2);
	assert_string_equal(alarm_text(&s, 0, "action"), "stopped");
	assert_string_equal(alarm_text(&s, 0, "rule"), KH_RANSOM_RULE_MASS);
	assert_true(kh_ends_with(alarm_text(&s, 0, "program"), "test-encryptor"));
	assert_int_equal(alarm_number(&s, 0, "pid"), pid);
	assert_int_equal(json_array_size(s.alarms), 1);
	assert_true(kh_ransom_kill(s.watch, pid));
	end_group(pid);
	finish(&s);
}

static void stops_in_place(void **unused)
{
	(void)unused;
	stops("in-place");
}

static void stops_start_only(void **unused)
{
	(void)unused;
	stops("start-only");
}

static void stops_copy_and_delete(void **unused)
{
	(void)unused;
	stops("copy-delete");
}

static void stops_random_names(void **unused)
{
	(void)unused;
	stops("random-name");
}

static void stops_rename_first(void **unused)
{
	(void)unused;
	stops("rename-first");
}

static void stops_shred(void **unused)
{
	(void)unused;
	stops("shred");
}

static void stops_workers(void **unused)
{
	(void)unused;
	stops("workers");
}

static void stops_a_program_for_each_file(void **unused)
{
	(void)unused;
	stops("script");
}

/* The shell that started one is not stopped for the next little thing that it does. */
static void spares_who_started_it(void **unused)
{
	(void)unused;
	struct seen s = {0};
	if (!allowed)
		KH_SKIP("needs root and mount namespaces");
	begin(&s, true, false);
	kh_auto_free char *tree = make_tree();
	assert_int_equal(run_shell(&s, "'" TEST_ENCRYPTOR "' run in-place tree 2 & p=$!; until grep -q ') T' /proc/$p/stat; do sleep 0.05; done;"
				       "head -c 9000 /dev/urandom > x.docx; rm x.docx; kill -KILL $p"), 0);
	assert_int_equal(json_array_size(s.alarms), 1);
	assert_true(kh_ends_with(alarm_text(&s, 0, "program"), "test-encryptor"));
	assert_true(lost(tree) < FOLDERS * FILES / 2);
	finish(&s);
}

/* ---- canaries ---- */

static void stops_who_changes_a_canary(void **unused)
{
	(void)unused;
	struct seen s = {0};
	if (!allowed)
		KH_SKIP("needs root and mount namespaces");
	begin(&s, true, true);
	pid_t pid = start((const char *const[]){"/bin/sh", "-c", "echo x >> \"$0\"/.00-khien-canh-giu.docx; while :; do sleep 0.01; done", documents, NULL});
	assert_int_equal(watch_until_over(&s, pid), -1);
	assert_int_equal(json_array_size(s.alarms), 1);
	assert_string_equal(alarm_text(&s, 0, "rule"), KH_RANSOM_RULE_CHANGED);
	assert_int_equal(alarm_number(&s, 0, "pid"), pid);
	assert_true(kh_ransom_kill(s.watch, pid));
	assert_false(kh_ransom_kill(s.watch, pid));
	end_group(pid);
	finish(&s);
}

static void says_who_deletes_a_canary(void **unused)
{
	(void)unused;
	struct seen s = {0};
	if (!allowed)
		KH_SKIP("needs root and mount namespaces");
	begin(&s, true, true);
	assert_int_equal(run_shell(&s, "rm .00-khien-canh-giu.docx; mkdir kept; mv .00-khien-canh-giu.jpg kept/; cat .zz-khien-canh-giu.xlsx > /dev/null; touch .zz-khien-canh-giu.xlsx"), 0);
	assert_true(json_array_size(s.alarms) >= 1);
	for (size_t i = 0; i < json_array_size(s.alarms); i++) {
		assert_string_equal(alarm_text(&s, i, "rule"), KH_RANSOM_RULE_REMOVED);
		assert_string_equal(alarm_text(&s, i, "action"), "warned");
	}
	finish(&s);
}

/* A person may throw everything away. */
static void says_who_deletes_all(void **unused)
{
	(void)unused;
	struct seen s = {0};
	if (!allowed)
		KH_SKIP("needs root and mount namespaces");
	begin(&s, true, true);
	kh_auto_free char *tree = make_tree();
	assert_int_equal(run_shell(&s, "rm -r tree; rm .00* .zz*"), 0);
	assert_true(json_array_size(s.alarms) >= 1);
	for (size_t i = 0; i < json_array_size(s.alarms); i++)
		assert_string_equal(alarm_text(&s, i, "rule"), KH_RANSOM_RULE_REMOVED);
	finish(&s);
}

/* ---- modes and people ---- */

static void only_says_it(void **unused)
{
	(void)unused;
	struct seen s = {0};
	if (!allowed)
		KH_SKIP("needs root and mount namespaces");
	begin(&s, false, true);
	kh_auto_free char *tree = make_tree();
	assert_int_equal(run(&s, (const char *const[]){TEST_ENCRYPTOR, "run", "in-place", tree, "0", NULL}), 0);
	assert_int_equal(json_array_size(s.alarms), 1);
	assert_string_equal(alarm_text(&s, 0, "action"), "warned");
	assert_int_equal(lost(tree), FOLDERS * FILES);
	finish(&s);
}

/* Anybody of the same user may send SIGCONT. */
static void stops_again_who_went_on(void **unused)
{
	(void)unused;
	struct seen s = {0};
	if (!allowed)
		KH_SKIP("needs root and mount namespaces");
	begin(&s, true, false);
	kh_auto_free char *tree = make_tree();
	pid_t pid = start((const char *const[]){TEST_ENCRYPTOR, "run", "in-place", tree, "4", NULL});
	assert_int_equal(watch_until_over(&s, pid), -1);
	for (int i = 0; i < 3; i++) {
		kill(pid, SIGCONT);
		assert_int_equal(watch_until_over(&s, pid), -1);
	}
	assert_true(lost(tree) < FOLDERS * FILES / 2);
	assert_int_equal(json_array_size(s.alarms), 1);
	assert_true(kh_ransom_kill(s.watch, pid));
	end_group(pid);
	finish(&s);
}

static void lets_go_on_who_is_released(void **unused)
{
	(void)unused;
	struct seen s = {0};
	if (!allowed)
		KH_SKIP("needs root and mount namespaces");
	begin(&s, true, false);
	kh_auto_free char *tree = make_tree();
	pid_t pid = start((const char *const[]){TEST_ENCRYPTOR, "run", "workers", tree, "2", NULL});
	assert_int_equal(watch_until_over(&s, pid), -1);
	kh_ransom_free(s.watch); /* the guard is started again: it still knows whom it stopped */
	json_decref(s.alarms);
	open_watch(&s, true, false);
	assert_false(kh_ransom_release(s.watch, getpid()));
	assert_true(kh_ransom_release(s.watch, pid));
	assert_int_equal(watch_until_over(&s, pid), 0);
	assert_int_equal(lost(tree), FOLDERS * FILES);
	assert_int_equal(json_array_size(s.alarms), 0);
	finish(&s);
}

/* ---- honest work ---- */

static void stays_quiet(const char *what, const char *script)
{
	struct seen s = {0};
	if (!allowed)
		KH_SKIP("needs root and mount namespaces");
	begin(&s, true, true);
	kh_auto_free char *tree = make_tree();
	int status = run_shell(&s, script);
	if (status == 127 || status == 99) {
		finish(&s);
		KH_SKIP("a program is missing");
	}
	for (size_t i = 0; i < json_array_size(s.alarms); i++) {
		kh_auto_free char *text = kh_json_dump(json_array_get(s.alarms, i));
		print_message("# %s: %s\n", what, text);
	}
	assert_int_equal(status, 0);
	assert_int_equal(json_array_size(s.alarms), 0);
	kh_auto_json json_t *watched = kh_ransom_status(s.watch);
	assert_true(json_integer_value(json_object_get(watched, "events")) > 0);
	assert_int_equal(json_integer_value(json_object_get(watched, "overflows")), 0);
	finish(&s);
}

static void quiet_archives(void **unused)
{
	(void)unused;
	stays_quiet("tar, zip, unzip, gzip", "tar czf t.tgz tree; mkdir out; tar xzf t.tgz -C out; command -v zip unzip > /dev/null || exit 99; zip -qr p.zip tree; unzip -q p.zip -d out2;"
					     "find out -type f | xargs gzip; find out -name '*.gz' | xargs gunzip; find out -type f | xargs xz -0; rm -r out out2");
}

static void quiet_moves(void **unused)
{
	(void)unused;
	stays_quiet("moving, renaming, copying", "cp -a tree photos; mv photos renamed; mkdir -p /tmp/khien-ransom-away.$$; cp -a renamed/. /tmp/khien-ransom-away.$$/; rm -r renamed;"
						 "mv /tmp/khien-ransom-away.$$ back; cd back; for f in */*.jpg; do mv $f ${f%.jpg}.jpeg; done; for f in */*.txt; do mv $f $f.bak; done;"
						 "for f in */*; do mv $f ${f%/*}/moi-${f##*/}; done");
}

static void quiet_git(void **unused)
{
	(void)unused;
	stays_quiet("git", "command -v git > /dev/null || exit 99; export HOME=$PWD GIT_CONFIG_NOSYSTEM=1; cd tree; git init -q .; git config user.email a@b; git config user.name a; git add .;"
			   "git commit -qm 1; git checkout -qb two; git rm -qr van-ban-1 van-ban-2; for i in 3 4 5 6 7; do echo x > van-ban-$i/README.md; done; git add .; git commit -qm 2;"
			   "git checkout -q master 2> /dev/null || git checkout -q main; git checkout -q two; git gc -q; git stash list");
}

static void quiet_encrypting_single_files(void **unused)
{
	(void)unused;
	stays_quiet("gpg", "command -v gpg > /dev/null || exit 99; export GNUPGHOME=$PWD/.gnupg; mkdir -m 700 .gnupg; n=0; for f in tree/van-ban-0/*.docx; do"
			   " gpg -q --batch --pinentry-mode loopback --passphrase x -c $f; done; gpgconf --kill all");
}

static void quiet_databases_and_logs(void **unused)
{
	(void)unused;
	stays_quiet("databases, logs", "for i in 1 2 3 4 5 6 7 8 9; do for l in a b c d e f g; do echo dong $i >> $l.log; done; for l in a b c d e f g; do n=8; while [ $n -gt 0 ]; do"
				       " [ -f $l.log.$n.gz ] && mv $l.log.$n.gz $l.log.$((n+1)).gz; n=$((n-1)); done; mv $l.log $l.log.1; gzip -f $l.log.1; : > $l.log; done; done;"
				       "command -v sqlite3 > /dev/null || exit 99; for i in 1 2 3 4 5 6 7 8 9 10; do sqlite3 kho.db"
				       " 'pragma journal_mode=wal; create table if not exists t(a); insert into t values (randomblob(100000))' > /dev/null; done;"
				       "for i in 1 2 3 4 5; do sqlite3 kho2.sqlite 'create table if not exists t(a); insert into t values (randomblob(100000)); delete from t; vacuum'; done");
}

static void quiet_saving(void **unused)
{
	(void)unused;
	/* As office programs and editors do it: a lock file, the new content beside the old, renamed over it; a backup copy. */
	stays_quiet("saving", "for f in tree/*/*.docx; do d=${f%/*}; : > $d/.~lock.x#; cp $f $d/lu1234.tmp; mv $d/lu1234.tmp $f; rm $d/.~lock.x#; done;"
			      "for f in tree/*/*.txt; do cp $f $f~; echo them >> $f; done; for f in tree/*/*.xlsx; do cp $f ${f%/*}/.${f##*/}.Xa3bQz; mv ${f%/*}/.${f##*/}.Xa3bQz $f; done");
}

static void quiet_building(void **unused)
{
	(void)unused;
	stays_quiet("building", "command -v cc > /dev/null || exit 99; i=0; while [ $i -lt 40 ]; do echo \"int f$i(void) { return $i; }\" > f$i.c; cc -g -O1 -c f$i.c -o f$i.o; i=$((i+1)); done;"
				"ar rc libf.a f*.o; strip --strip-debug libf.a; rm f*.o; echo 'int main(void){return 0;}' > m.c; cc m.c -o m");
}

static void quiet_many_new_files(void **unused)
{
	(void)unused;
	/* Ten thousand, some of them random by nature, and one name in many folders. */
	stays_quiet("ten thousand files", "mkdir src; cd src; i=0; while [ $i -lt 200 ]; do mkdir d$i; echo doc > d$i/README.md; echo x > d$i/index.html; i=$((i+1)); done; tar cf ../s.tar .; cd ..;"
					  "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do mkdir x$n; tar xf s.tar -C x$n; done; rm -r src x*");
}

static void quiet_backup_of_encrypted_blocks(void **unused)
{
	(void)unused;
	stays_quiet("backup blocks", "mkdir -p repo/data; i=0; while [ $i -lt 60 ]; do head -c 9000 /dev/urandom > repo/data/$i; i=$((i+1)); done; rm -r repo");
}

static void quiet_packages(void **unused)
{
	(void)unused;
	stays_quiet("packages", "command -v dpkg-deb > /dev/null || exit 99; mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates; : > root/var/lib/dpkg/status; for v in 1 2; do mkdir -p p/DEBIAN p/usr/share/doc;"
				"printf 'Package: thu\\nVersion: %s\\nArchitecture: all\\nMaintainer: a <a@b>\\nDescription: thu\\n' $v > p/DEBIAN/control; cp -r tree/. p/usr/share/doc/; dpkg-deb -b p thu-$v.deb > /dev/null;"
				"dpkg --root=$PWD/root --force-all -i thu-$v.deb > /dev/null 2>&1; done; dpkg --root=$PWD/root --force-all -P thu > /dev/null 2>&1; rm -r p root");
}

static void quiet_synchronising(void **unused)
{
	(void)unused;
	stays_quiet("rsync, 7z", "command -v rsync > /dev/null || exit 99; rsync -a tree/ far/; touch tree/*/*; rsync -ac --inplace tree/ far/; rsync -a tree/ far/; rm -r tree/van-ban-3; rsync -a --delete tree/ far/;"
				 "command -v 7z > /dev/null || exit 0; 7z a -pbi-mat -mhe=on t.7z tree > /dev/null; 7z x -pbi-mat -oout t.7z > /dev/null");
}

KH_TESTS_WITH(set_up, tear_down, stops_in_place, stops_start_only, stops_copy_and_delete, stops_random_names, stops_rename_first, stops_shred, stops_workers,
	      stops_a_program_for_each_file, spares_who_started_it, stops_who_changes_a_canary, says_who_deletes_a_canary, says_who_deletes_all, only_says_it, stops_again_who_went_on, lets_go_on_who_is_released, quiet_archives, quiet_moves, quiet_git,
	      quiet_encrypting_single_files, quiet_databases_and_logs, quiet_saving, quiet_building, quiet_many_new_files, quiet_packages, quiet_synchronising, quiet_backup_of_encrypted_blocks)
