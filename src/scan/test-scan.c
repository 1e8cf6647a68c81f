/* The whole way of a scan, with the real worker and with one that misbehaves. */
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "crypto/base64.h"
#include "crypto/hash.h"
#include "os/file.h"
#include "scan/estimate.h"
#include "scan/explain.h"
#include "scan/quarantine.h"
#include "scan/scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EICAR "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-" "FILE!$H+H*"
#define PATTERN(tail) "KHIEN-HARMLESS-TEST-" tail

static char top[] = "/tmp/khien-test-XXXXXX";
static char *shipped;

static void run_program(const char *const *argv)
{
	pid_t pid = fork();
	if (pid == 0) {
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static int setup(void **state)
{
	(void)state;
	shipped = kh_format("%s/packs/rules", getenv("KHIEN_SOURCE"));
	return mkdtemp(top) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	kh_auto_free char *signatures = kh_format("%s.ndb", top);
	unlink(signatures);
	free(shipped);
	return kh_test_remove(top);
}

static void fresh(void)
{
	assert_int_equal(kh_test_remove(top), 0);
	assert_int_equal(mkdir(top, 0755), 0);
}

static void put_bytes(const char *name, const void *bytes, size_t n)
{
	kh_auto_free char *path = kh_format("%s/%s", top, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

static void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

/* ---- running, and what comes out ---- */

struct lines {
	char **v;
	size_t n, cap;
};

/* "infected /name rule@member,… (reason)" */
static void note(void *context, const struct kh_scan_result *r)
{
	struct lines *lines = context;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_buf_addf(&b, "%s %s", kh_verdict_name(r->verdict), kh_starts_with(r->path, top) ? r->path + strlen(top) : r->path);
	for (size_t i = 0; i < r->detection_count; i++)
		kh_buf_addf(&b, " %s@%s", r->detections[i].rule, r->detections[i].member ? r->detections[i].member : "");
	if (r->reason)
		kh_buf_addf(&b, " (%s)", r->reason);
	assert_int_equal(r->has_hash, r->verdict != KH_VERDICT_SKIPPED && r->verdict != KH_VERDICT_ERROR);
	kh_array_push(lines, kh_buf_take(&b));
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct outcome {
	struct kh_scan_summary summary;
	char *text; /* sorted lines */
	int error;
};

static struct outcome scan(struct kh_scan_options options)
{
	const char *const paths[] = {top}, *const rules[] = {shipped};
	struct lines lines = {0};
	struct outcome o = {0};
	const struct kh_scan_events events = {.context = &lines, .on_result = note};
	if (!options.paths)
		options.paths = paths, options.path_count = 1;
	if (!options.rules)
		options.rules = rules, options.rule_count = 1;
	if (!options.worker)
		options.worker = TEST_WORKER;
	if (!options.clamav)
		options.clamav = TEST_CLAMAV;
	options.workers = options.workers ? options.workers : 2;
	o.error = kh_scan_run(&options, &events, &o.summary);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	if (lines.n)
		qsort(lines.v, lines.n, sizeof *lines.v, by_text);
	for (size_t i = 0; i < lines.n; i++) {
		kh_buf_addf(&b, "%s\n", lines.v[i]);
		free(lines.v[i]);
	}
	kh_array_done(&lines);
	o.text = kh_buf_take(&b);
	return o;
}

static void outcome_done(struct outcome *o)
{
	free(o->text);
	kh_scan_summary_done(&o->summary);
}
#define auto_outcome KH_CLEANUP(outcome_done)

/* ---- a share of a core ---- */

static int64_t cpu_ms(int who)
{
	struct rusage u;
	assert_int_equal(getrusage(who, &u), 0);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000) + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

struct share {
	int percent;
	int64_t began_ms, none_until_ms; /* nothing may be used before */
	uint64_t files_before;           /* looked at by then */
};

static int share_now(void *context)
{
	const struct share *s = context;
	return kh_monotonic_ms() < s->none_until_ms ? 0 : s->percent;
}

static void keep_files_before(void *context, const struct kh_scan_progress *p)
{
	struct share *s = context;
	if (kh_monotonic_ms() < s->none_until_ms)
		s->files_before = p->files;
}

/* Scans programs of this machine for some seconds: what share of a core was used, in percent, this process and its workers together, by the kernel's own account; -1: there
 * were too few of them. */
static int64_t share_used(int percent, int64_t ms)
{
	const char *const paths[] = {"/usr/bin", "/usr/lib"}, *const rules[] = {shipped};
	struct share share = {.percent = percent};
	const struct kh_scan_options options = {.paths = paths, .path_count = 2, .rules = rules, .rule_count = 1, .worker = TEST_WORKER, .workers = 2,
						.max_ms = ms, .cpu_percent = share_now, .cpu_context = &share};
	kh_auto_scan_summary struct kh_scan_summary summary = {0};
	int64_t before = cpu_ms(RUSAGE_SELF) + cpu_ms(RUSAGE_CHILDREN);
	assert_int_equal(kh_scan_run(&options, &(struct kh_scan_events){0}, &summary), 0);
	int64_t used = cpu_ms(RUSAGE_SELF) + cpu_ms(RUSAGE_CHILDREN) - before;
	return summary.stop == KH_SCAN_OUT_OF_TIME ? used * 100 / summary.elapsed_ms : -1;
}

/* The limit is kept exactly in scan/pace's tests; here it holds for real processes, some of which are at a file when they should wait. On a machine that is busy with other
 * things a scan cannot have its share: it is measured first what it could have. */
static void uses_no_more_than_its_share(void **state)
{
	(void)state;
	static const int percents[] = {20, 50};
	int64_t most = share_used(6400, 2000);
	for (size_t i = 0; i < KH_COUNT(percents); i++) {
		int64_t got = share_used(percents[i], 6000), least = KH_MIN((int64_t)percents[i], most * 2 / 3) - 10;
		if (most < 0 || got < 0)
			KH_SKIP("this machine has too few files for it");
		print_message("# %d%% of a core were to be used, and %lld%% were; without a limit %lld%%\n", percents[i], (long long)got, (long long)most);
		assert_true(got >= least && got <= percents[i] + 10);
	}
}

static void waits_while_it_may_use_nothing(void **state)
{
	(void)state;
	fresh();
	for (int i = 0; i < 50; i++) {
		char name[16];
		snprintf(name, sizeof name, "f%d", i);
		put(name, "content");
	}
	const char *const paths[] = {top}, *const rules[] = {shipped};
	struct share share = {.percent = 100, .none_until_ms = kh_monotonic_ms() + 1500, .files_before = 99};
	const struct kh_scan_options options = {.paths = paths, .path_count = 1, .rules = rules, .rule_count = 1, .worker = TEST_WORKER, .workers = 1,
						.cpu_percent = share_now, .cpu_context = &share};
	const struct kh_scan_events events = {.context = &share, .on_progress = keep_files_before};
	kh_auto_scan_summary struct kh_scan_summary summary = {0};
	assert_int_equal(kh_scan_run(&options, &events, &summary), 0);
	assert_int_equal(share.files_before, 0);
	assert_int_equal(summary.files, 50);
}

/* ---- how much there is ---- */

static void keep_progress(void *context, const struct kh_scan_progress *p)
{
	if (p->files_total)
		*(struct kh_scan_progress *)context = *p;
}

static void says_how_much_there_is(void **state)
{
	(void)state;
	fresh();
	for (int i = 0; i < 200; i++) {
		char name[16];
		snprintf(name, sizeof name, "f%d", i);
		put(name, "content");
	}
	struct share share = {.percent = 100, .none_until_ms = kh_monotonic_ms() + 1000};
	struct kh_scan_progress last = {0};
	const char *const paths[] = {top}, *const rules[] = {shipped};
	const struct kh_scan_options options = {.paths = paths, .path_count = 1, .rules = rules, .rule_count = 1, .worker = TEST_WORKER, .estimate = true,
						.cpu_percent = share_now, .cpu_context = &share};
	const struct kh_scan_events events = {.context = &last, .on_progress = keep_progress};
	kh_auto_scan_summary struct kh_scan_summary summary = {0};
	assert_int_equal(kh_scan_run(&options, &events, &summary), 0);
	assert_int_equal(last.files_total, 200);
	assert_int_equal(last.bytes_total, 200 * strlen("content"));
}

static void time_left_follows_what_was_done(void **state)
{
	(void)state;
	assert_int_equal(kh_scan_left_ms(0, 0, 1000, 1 << 20, 60000), -1);
	assert_int_equal(kh_scan_left_ms(100, 1 << 20, 200, 2 << 20, 1000), -1); /* too early to say */
	assert_int_equal(kh_scan_left_ms(100, 1 << 20, 200, 2 << 20, 60000), 60000);
	assert_int_equal(kh_scan_left_ms(100, 1 << 20, 400, 4 << 20, 60000), 180000);
	assert_int_equal(kh_scan_left_ms(300, 3 << 20, 200, 2 << 20, 60000), 0); /* files were added meanwhile */
	assert_int_equal(kh_scan_left_ms(1, 0, 1000000, UINT64_C(1) << 50, INT64_C(86400000)) > 0, 1);
}

/* ---- with the real worker ---- */

static void finds_what_is_there(void **state)
{
	(void)state;
	fresh();
	put("clean.txt", "nothing");
	put("eicar.com", EICAR);
	put("odd", PATTERN("SUSPICIOUS"));
	put("empty", "");
	put("b\xff\n", PATTERN("INFECTED"));
	auto_outcome struct outcome o = scan((struct kh_scan_options){0});
	assert_int_equal(o.error, 0);
	assert_string_equal(o.text, "clean /clean.txt\nclean /empty\ninfected /b\xff\n Khien_Test_Infected@\ninfected /eicar.com EICAR_Test_File@\n"
				    "suspicious /odd Khien_Test_Suspicious@\n");
	assert_int_equal(o.summary.files, 5);
	assert_int_equal(o.summary.infected, 2);
	assert_int_equal(o.summary.suspicious, 1);
	assert_int_equal(o.summary.rules, 5);
	assert_true(o.summary.content_s > 1700000000);
	assert_int_equal(o.summary.replaced_workers, 0);
	assert_true(kh_scan_complete(&o.summary));
	assert_int_equal(kh_scan_exit_status(&o.summary), 1);
}

static void scans_many_files_with_many_workers(void **state)
{
	(void)state;
	fresh();
	for (int i = 0; i < 1500; i++) {
		char name[32];
		snprintf(name, sizeof name, "f%04d", i);
		put(name, i % 100 == 7 ? PATTERN("INFECTED") : name);
	}
	const size_t workers[] = {1, 3, 8};
	for (size_t i = 0; i < KH_COUNT(workers); i++) {
		auto_outcome struct outcome o = scan((struct kh_scan_options){.workers = workers[i]});
		assert_int_equal(o.summary.files, 1500);
		assert_int_equal(o.summary.infected, 15);
		assert_non_null(strstr(o.text, "infected /f1407 Khien_Test_Infected@\n"));
	}
}

static void clean_needs_rules_that_work(void **state)
{
	(void)state;
	fresh();
	put("file", "nothing");
	kh_auto_free char *rules = kh_format("%s-rules", top), *good = kh_format("%s/a.yar", rules), *bad = kh_format("%s/b.yar", rules);
	assert_int_equal(mkdir(rules, 0755), 0);
	const char *const folder[] = {rules};
	const struct kh_scan_options options = {.rules = folder, .rule_count = 1};

	auto_outcome struct outcome none = scan(options); /* an empty folder */
	assert_int_equal(none.error, 0);
	assert_string_equal(none.text, "");
	assert_int_equal(none.summary.rules, 0);
	assert_int_equal(kh_scan_exit_status(&none.summary), 3);

	assert_int_equal(kh_file_replace(good, "rule a { condition: filesize == 100 }", 37, 0644), 0);
	auto_outcome struct outcome all = scan(options);
	assert_int_equal(kh_scan_exit_status(&all.summary), 0);
	assert_string_equal(all.text, "clean /file\n");

	assert_int_equal(kh_file_replace(bad, "rule b { condition: x } rule c { condition: filesize == 7 }", 59, 0644), 0);
	auto_outcome struct outcome some = scan(options);
	assert_int_equal(some.summary.rules, 2); /* a and c */
	assert_int_equal(some.summary.rule_problems.n, 1);
	assert_string_equal(some.summary.rule_problems.v[0].item, "b");
	assert_non_null(strstr(some.summary.rule_problems.v[0].source, "/b.yar"));
	assert_int_equal(kh_scan_exit_status(&some.summary), 1); /* found goes before incomplete */

	assert_int_equal(unlink(bad), 0);
	const char *const missing[] = {"/nonexistent/rules.yar", rules};
	auto_outcome struct outcome gone = scan((struct kh_scan_options){.rules = missing, .rule_count = 2});
	assert_string_equal(gone.summary.rule_problems.v[0].source, "/nonexistent/rules.yar");
	assert_int_equal(kh_scan_exit_status(&gone.summary), 3);
	const char *const argv[] = {"rm", "-rf", rules, NULL};
	run_program(argv);
}

static void says_what_could_not_be_scanned(void **state)
{
	(void)state;
	fresh();
	put("large", "0123456789");
	const char *const paths[] = {top, "/nonexistent/path"};
	auto_outcome struct outcome o = scan((struct kh_scan_options){.paths = paths, .path_count = 2, .max_size = 9});
	assert_string_equal(o.text, "error /nonexistent/path (no such file or folder)\nskipped /large (larger than the size limit)\n");
	assert_int_equal(o.summary.errors, 1);
	assert_int_equal(o.summary.skipped, 1);
	assert_int_equal(kh_scan_exit_status(&o.summary), 3);

	auto_outcome struct outcome nothing = scan((struct kh_scan_options){.max_size = 9});
	assert_int_equal(kh_scan_exit_status(&nothing.summary), 3); /* not one file was looked at */
	put("small", "012345678");
	auto_outcome struct outcome chosen = scan((struct kh_scan_options){.max_size = 9});
	assert_string_equal(chosen.text, "clean /small\nskipped /large (larger than the size limit)\n");
	assert_int_equal(kh_scan_exit_status(&chosen.summary), 0); /* it was asked for */
	kh_auto_free char *small = kh_format("%s/small", top);
	assert_int_equal(unlink(small), 0);
	auto_outcome struct outcome exact = scan((struct kh_scan_options){.max_size = 10});
	assert_string_equal(exact.text, "clean /large\n");

	int fd = -1;
	kh_auto_free char *path = kh_format("%s/sparse", top);
	fd = open(path, O_RDWR | O_CREAT, 0644);
	assert_int_equal(ftruncate(fd, (off_t)KH_SCAN_MAX_SIZE + 1), 0);
	close(fd);
	auto_outcome struct outcome sparse = scan((struct kh_scan_options){0});
	assert_string_equal(sparse.text, "clean /large\nskipped /sparse (larger than the size limit)\n");
	assert_int_equal(kh_scan_exit_status(&sparse.summary), 3);
}

static void says_partly_scanned(void **state)
{
	(void)state;
	fresh();
	static const uint8_t cut_gzip[] = {
		0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 5, 0, 0xfa, 0xff, 'h', 'e', 'l', 'l', 'o', /* cut short before its checksum */
	};
	put_bytes("cut.gz", cut_gzip, sizeof cut_gzip);
	auto_outcome struct outcome o = scan((struct kh_scan_options){0});
	assert_string_equal(o.text, "clean /cut.gz (partly scanned: damaged or of an unknown kind)\n");
	assert_int_equal(o.summary.partly, 1);
	assert_int_equal(kh_scan_exit_status(&o.summary), 3);
	static const struct kh_malware_limits no_time = {.depth = 1, .members = 1, .member_bytes = 1, .held_bytes = 1, .total_bytes = 1, .ratio = 1};
	auto_outcome struct outcome late = scan((struct kh_scan_options){.limits = &no_time});
	assert_string_equal(late.text, "clean /cut.gz (partly scanned: time limit)\n");
}

static void large_files_are_mapped(void **state)
{
	(void)state;
	fresh();
	kh_auto_free char *path = kh_format("%s/large", top);
	int fd = open(path, O_RDWR | O_CREAT, 0644);
	assert_int_equal(pwrite(fd, PATTERN("INFECTED"), strlen(PATTERN("INFECTED")), (off_t)KH_SCAN_COPIED + 100), strlen(PATTERN("INFECTED")));
	close(fd);
	auto_outcome struct outcome o = scan((struct kh_scan_options){.workers = 1});
	assert_string_equal(o.text, "infected /large Khien_Test_Infected@\n");
}

/* Files that shrink and grow all the time, small and mapped ones: each gets some answer, and the scan ends. */
static void survives_files_that_change(void **state)
{
	(void)state;
	fresh();
	kh_auto_free char *small = kh_format("%s/small", top), *large = kh_format("%s/large", top);
	put("steady", "nothing");
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails does not come to kill it */
		int a = open(small, O_RDWR | O_CREAT, 0644), b = open(large, O_RDWR | O_CREAT, 0644);
		for (;;) {
			kh_ignore(ftruncate(a, 0));
			kh_ignore(ftruncate(b, (off_t)KH_SCAN_COPIED + 5000000));
			kh_ignore((int)pwrite(a, "text", 4, 1000000));
			kh_ignore(ftruncate(b, 4096));
		}
	}
	for (int i = 0; i < 5; i++) {
		auto_outcome struct outcome o = scan((struct kh_scan_options){0});
		assert_int_equal(o.error, 0);
		assert_non_null(strstr(o.text, "clean /steady\n"));
		assert_int_equal(o.summary.infected, 0);
		assert_true(o.summary.files + o.summary.errors + o.summary.skipped <= 3);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void stops_when_told(void **state)
{
	(void)state;
	fresh();
	for (int i = 0; i < 100; i++) {
		char name[32];
		snprintf(name, sizeof name, "f%d", i);
		put(name, "0123456789");
	}
	static const volatile sig_atomic_t at_once = 1;
	auto_outcome struct outcome stopped = scan((struct kh_scan_options){.stop = &at_once});
	assert_int_equal(stopped.summary.stop, KH_SCAN_STOPPED);
	assert_int_equal(kh_scan_exit_status(&stopped.summary), 3);
	auto_outcome struct outcome enough = scan((struct kh_scan_options){.max_bytes = 200});
	assert_int_equal(enough.summary.stop, KH_SCAN_ENOUGH_BYTES);
	assert_int_equal(enough.summary.files, 20);
	auto_outcome struct outcome late = scan((struct kh_scan_options){.max_ms = 1});
	assert_int_equal(late.summary.stop, KH_SCAN_OUT_OF_TIME);
}

static void moves_infected_files_away(void **state)
{
	(void)state;
	fresh();
	put("eicar.com", EICAR);
	put("odd", PATTERN("SUSPICIOUS"));
	kh_auto_free char *folder = kh_format("%s-q", top), *eicar = kh_format("%s/eicar.com", top), *other = kh_format("%s/other", top);
	kh_auto_quarantine struct kh_quarantine *q = NULL;
	assert_int_equal(kh_quarantine_open(folder, &q), 0);
	auto_outcome struct outcome o = scan((struct kh_scan_options){.quarantine = q});
	assert_non_null(strstr(o.text, "infected /eicar.com EICAR_Test_File@ (quarantined as "));
	assert_int_equal(o.summary.quarantined, 1);
	assert_false(kh_file_exists(eicar));
	auto_outcome struct outcome again = scan((struct kh_scan_options){.quarantine = q});
	assert_string_equal(again.text, "suspicious /odd Khien_Test_Suspicious@\n");

	kh_auto_quarantine_list struct kh_quarantine_list list = {0};
	assert_int_equal(kh_quarantine_list(q, &list), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(kh_quarantine_restore(q, list.v[0].id, NULL), 0);
	assert_int_equal(link(eicar, other), 0);
	auto_outcome struct outcome kept = scan((struct kh_scan_options){.quarantine = q});
	assert_non_null(strstr(kept.text, "(not quarantined: "));
	assert_non_null(strstr(kept.text, "hard links"));
	assert_int_equal(kept.summary.not_quarantined, 2);
	assert_true(kh_file_exists(eicar));
	const char *const argv[] = {"rm", "-rf", folder, NULL};
	run_program(argv);
}

/* The rules of two files, and the same answers as the yara program for every file. */
static char *yara_says(void)
{
	kh_auto_free char *eicar = kh_format("%s/eicar.yar", shipped), *test = kh_format("%s/khien-test.yar", shipped);
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		execlp("yara", "yara", "-r", "-N", "-w", eicar, test, top, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	assert_int_equal(kh_file_read_fd(fds[0], "yara", 1 << 20, &b), 0);
	close(fds[0]);
	int status = 0;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? NULL : kh_buf_take(&b);
}

static void note_like_yara(void *context, const struct kh_scan_result *r)
{
	struct lines *lines = context;
	for (size_t i = 0; i < r->detection_count; i++)
		if (!r->detections[i].member)
			kh_array_push(lines, kh_format("%s %s", r->detections[i].rule, r->path));
}

static char *sorted(struct lines *lines)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	if (lines->n)
		qsort(lines->v, lines->n, sizeof *lines->v, by_text);
	for (size_t i = 0; i < lines->n; i++)
		kh_buf_addf(&b, "%s\n", lines->v[i]);
	return kh_buf_take(&b);
}

static void answers_as_yara_does(void **state)
{
	(void)state;
	fresh();
	static const char *const patterns[] = {EICAR, EICAR "\r\n", EICAR "x", PATTERN("INFECTED"), PATTERN("SUSPICIOUS"), PATTERN("NO-0007"), PATTERN("NO-00"),
					       "K\0H\0"};
	for (size_t i = 0; i < 400; i++) {
		char name[32];
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		for (size_t k = 0; k < (i * 37) % 5000 && i % 3; k++)
			kh_buf_addc(&b, (char)(k * i >> 2));
		kh_buf_adds(&b, patterns[i % KH_COUNT(patterns)]);
		for (size_t k = 0; k < (i * 91) % 3000 && i % 5; k++)
			kh_buf_addc(&b, (char)(k ^ i));
		snprintf(name, sizeof name, "f%zu", i);
		put_bytes(name, b.data, b.len);
	}
	kh_auto_free char *theirs_unsorted = yara_says();
	if (!theirs_unsorted)
		KH_SKIP("yara is not installed");
	struct lines theirs = {0}, ours = {0};
	for (char *rest = theirs_unsorted, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;)
		if (*line)
			kh_array_push(&theirs, line);
	const char *const paths[] = {top}, *const rules[] = {shipped};
	const struct kh_scan_options options = {.paths = paths, .path_count = 1, .rules = rules, .rule_count = 1, .worker = TEST_WORKER};
	const struct kh_scan_events events = {.context = &ours, .on_result = note_like_yara};
	auto_outcome struct outcome o = {0};
	assert_int_equal(kh_scan_run(&options, &events, &o.summary), 0);
	kh_auto_free char *a = sorted(&ours), *b = sorted(&theirs);
	assert_true(ours.n > 100);
	assert_string_equal(a, b);
	kh_array_each(&ours, line)
		free(*line);
	kh_array_done(&ours);
	kh_array_done(&theirs);
}

/* ---- what is kept from scan to scan ---- */

/* The one compiled file in the folder: its path, new memory; NULL: none, or several. */
static char *only_compiled(const char *folder)
{
	char *found = NULL;
	DIR *d = opendir(folder);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (!kh_ends_with(e->d_name, ".compiled"))
			continue;
		assert_null(found);
		found = kh_format("%s/%s", folder, e->d_name);
	}
	closedir(d);
	return found;
}

static void compiled_rules_are_kept_and_checked(void **state)
{
	(void)state;
	fresh();
	kh_auto_free char *kept = kh_format("%s/kept", top), *file = kh_format("%s/eicar.com", top);
	assert_int_equal(mkdir(kept, 0700), 0);
	put("eicar.com", EICAR);
	const char *const paths[] = {file};
	const struct kh_scan_options options = {.paths = paths, .path_count = 1, .compiled = kept};
	auto_outcome struct outcome first = scan(options);
	assert_string_equal(first.text, "infected /eicar.com EICAR_Test_File@\n");
	kh_auto_free char *path = only_compiled(kept);
	assert_non_null(path);
	struct stat before, after;
	assert_int_equal(stat(path, &before), 0);
	auto_outcome struct outcome second = scan(options);
	assert_string_equal(second.text, first.text);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino); /* used again */
	static const off_t sizes[] = {0, 10, 5000};
	for (size_t i = 0; i < KH_COUNT(sizes); i++) {
		assert_int_equal(truncate(path, sizes[i]), 0);
		auto_outcome struct outcome damaged = scan(options);
		assert_int_equal(damaged.error, 0);
		assert_string_equal(damaged.text, first.text); /* made anew */
		assert_int_equal(stat(path, &after), 0);
		assert_int_equal(after.st_size, before.st_size);
	}
}

static void known_files_are_not_read_again(void **state)
{
	(void)state;
	fresh();
	kh_auto_free char *verdicts = kh_format("%s/verdicts", top), *folder = kh_format("%s/d", top), *old = kh_format("%s/d/old", top);
	assert_int_equal(mkdir(folder, 0755), 0);
	put("d/old", "clean");
	put("d/eicar.com", EICAR);
	const struct timespec settle = {.tv_sec = 2, .tv_nsec = 100000000}; /* a fresh file is read again: it may still change unseen */
	nanosleep(&settle, NULL);
	const char *const paths[] = {folder};
	const struct kh_scan_options options = {.paths = paths, .path_count = 1, .verdicts = verdicts};
	auto_outcome struct outcome first = scan(options), second = scan(options);
	assert_string_equal(second.text, first.text);
	assert_int_equal(first.summary.known, 0);
	assert_int_equal(second.summary.known, 1); /* what was found is looked at each time */
	assert_int_equal(second.summary.infected, 1);
	put("d/old", EICAR);
	auto_outcome struct outcome changed = scan(options);
	assert_int_equal(changed.summary.infected, 2);
	const struct kh_malware_limits other = {.depth = 1, .members = 10, .member_bytes = 1000, .held_bytes = 1000, .total_bytes = 1000, .ratio = 9, .time_ms = 60000};
	struct kh_scan_options stricter = options;
	stricter.limits = &other;
	auto_outcome struct outcome again = scan(stricter);
	assert_int_equal(again.summary.known, 0); /* another way of looking */
}

static struct outcome scan_known(const char *folder, const char *verdicts, const char *content)
{
	const char *const paths[] = {folder}, *const all[] = {content}; /* YARA rules too stand among ClamAV's signatures */
	return scan((struct kh_scan_options){.paths = paths, .path_count = 1, .signatures = all, .signature_count = 1, .verdicts = verdicts});
}

static void new_content_reads_only_what_it_may_find(void **state)
{
	(void)state;
	fresh();
	kh_auto_free char *verdicts = kh_format("%s/verdicts", top), *folder = kh_format("%s/d", top), *rules = kh_format("%s/r", top);
	assert_int_equal(mkdir(folder, 0755) | mkdir(rules, 0755), 0);
	put("d/text", "clean text");
	put("d/program", "\x7f" "ELF, clean");
	put("r/a.yar", "rule a { strings: $a = \"never there\" condition: $a }");
	const struct timespec settle = {.tv_sec = 2, .tv_nsec = 100000000};
	nanosleep(&settle, NULL);
	auto_outcome struct outcome first = scan_known(folder, verdicts, rules), again = scan_known(folder, verdicts, rules);
	assert_int_equal(first.summary.known, 0);
	assert_int_equal(again.summary.known, 2);
	put("r/b.yar", "rule b { strings: $a = \"clean\" condition: uint32(0) == 0x464c457f and $a }");
	auto_outcome struct outcome for_programs = scan_known(folder, verdicts, rules);
	assert_int_equal(for_programs.summary.known, 1);
	assert_string_equal(for_programs.text, "clean /d/text\ninfected /d/program b@\n");
	put("r/c.hsb", "00112233445566778899aabbccddeeff:*:Of.Any:73\n");
	auto_outcome struct outcome of_any_size = scan_known(folder, verdicts, rules);
	assert_int_equal(of_any_size.summary.known, 0);
	put("r/c.hsb", "00112233445566778899aabbccddeeff:77:Of.Any\n");
	put("r/d.hdb", "00112233445566778899aabbccddeeff:77:Of.Size\n");
	auto_outcome struct outcome of_another_size = scan_known(folder, verdicts, rules);
	assert_int_equal(of_another_size.summary.known, 1);
	put("r/d.hdb", "48b8f9e17e2e3e5c8d4a49ef2ad5dd26:10:Of.Size\n"); /* not its hash */
	auto_outcome struct outcome of_its_size = scan_known(folder, verdicts, rules);
	assert_int_equal(of_its_size.summary.known, 0);
}

/* ---- ClamAV's signatures ---- */

#define HEX_OF_FIND_ME "66696e642d6d652d68657265" /* "find-me-here" */

static struct kh_scan_options with_signatures(const char *text)
{
	static char *path;
	static const char *paths[1];
	static const char *const scanned[] = {top};
	free(path);
	path = kh_format("%s.ndb", top);
	paths[0] = path;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return (struct kh_scan_options){.signatures = paths, .signature_count = 1, .paths = scanned, .path_count = 1};
}

static void finds_what_clamav_finds(void **state)
{
	(void)state;
	fresh();
	put("clean", "nothing");
	put("eicar.com", EICAR);
	put("with", "some find-me-here text");
	put("text", "some FIND-THIS \n  Text");
	auto_outcome struct outcome o =
		scan(with_signatures("Anywhere:0:*:" HEX_OF_FIND_ME "\nIn-Text:7:*:66696e642d746869732074657874\nno signature\n"));
	assert_int_equal(o.error, 0);
	assert_string_equal(o.text, "clean /clean\ninfected /eicar.com EICAR_Test_File@\ninfected /text In-Text.UNOFFICIAL@\ninfected /with Anywhere.UNOFFICIAL@\n");
	assert_int_equal(o.summary.rules, 7);
	assert_int_equal(o.summary.rule_problems.n, 1);
	assert_int_equal(o.summary.replaced_workers, 0);
}

/* What the file's other engines found stands; that libclamav could not say its part is told. */
static void goes_on_when_a_clamav_worker_fails(void **state)
{
	(void)state;
	static const struct kh_malware_limits quick = {.time_ms = 500}; /* a worker is given up after two seconds */
	static const struct {
		const char *text, *line;
		int replaced;
	} cases[] = {
		{"crash", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"hang!", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"exit!", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"noise", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"ready", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"other", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"esc!!", "clean /f05 (partly scanned: failure of ClamAV's engine)", 1},
		{"error", "clean /f05 (partly scanned: failure of ClamAV's engine)", 0},
		{"limit", "infected /f05 Limited@ (partly scanned: limit of ClamAV's engine)", 0},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		fresh();
		for (int k = 0; k < 20; k++) {
			char name[32], text[64];
			snprintf(name, sizeof name, "f%02d", k);
			snprintf(text, sizeof text, "%s find-me-here", k == 5 ? cases[i].text : "fine!");
			put(name, text);
		}
		struct kh_scan_options options = with_signatures("Anywhere:0:*:" HEX_OF_FIND_ME "\n");
		options.clamav = TEST_BAD_CLAMAV;
		options.limits = &quick;
		auto_outcome struct outcome o = scan(options);
		assert_int_equal(o.error, 0);
		if (!strstr(o.text, cases[i].line) || (int)o.summary.replaced_workers != cases[i].replaced || o.summary.partly != 1 || o.summary.files != 20)
			fail_msg("%s: %d workers replaced\n%s", cases[i].text, (int)o.summary.replaced_workers, o.text);
		assert_int_equal(o.summary.infected, 19 + (i == KH_COUNT(cases) - 1));
	}
}

static void says_when_no_clamav_worker_starts(void **state)
{
	(void)state;
	static const char *const workers[] = {"/nonexistent", "/bin/false", TEST_WORKER};
	for (size_t i = 0; i < KH_COUNT(workers); i++) {
		fresh();
		put("with", "some find-me-here text");
		put("both", EICAR " find-me-here");
		put("clean", "nothing");
		struct kh_scan_options options = with_signatures("Anywhere:0:*:" HEX_OF_FIND_ME "\n");
		options.clamav = workers[i];
		auto_outcome struct outcome o = scan(options);
		assert_int_equal(o.error, 0);
		assert_int_equal(o.summary.files, 3);
		assert_int_equal(o.summary.partly, 2);
		assert_int_equal(kh_scan_exit_status(&o.summary), 3);
	}
}

/* ---- with a worker that misbehaves ---- */

static void goes_on_when_a_worker_fails(void **state)
{
	(void)state;
	static const struct kh_malware_limits quick = {.time_ms = 0}; /* a worker is given up after a second */
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"crash", "the scan worker ended with signal 6 (Aborted)"},
		{"exit!", "the scan worker ended with exit status 5"},
		{"hang!", "the scan worker took longer than 1000 ms"},
		{"noise", "the scan worker gave a malformed answer"},
		{"ready", "the scan worker gave a malformed answer"},
		{"other", "the scan worker gave a malformed answer"},
		{"withf", "the scan worker gave a malformed answer"},
		{"close", "the scan worker closed its connection"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		fresh();
		for (int k = 0; k < 30; k++) {
			char name[32];
			snprintf(name, sizeof name, "f%02d", k);
			put(name, k == 5 || k == 17 ? cases[i].text : "fine");
		}
		auto_outcome struct outcome o = scan((struct kh_scan_options){.worker = TEST_BAD_WORKER, .limits = &quick});
		kh_auto_free char *first = kh_format("error /f05 (%s)\n", cases[i].reason), *second = kh_format("error /f17 (%s)\n", cases[i].reason);
		assert_int_equal(o.error, 0);
		if (!strstr(o.text, first) || !strstr(o.text, second) || o.summary.errors != 2 || o.summary.replaced_workers != 2)
			fail_msg("%s: %d workers replaced\n%s", cases[i].text, (int)o.summary.replaced_workers, o.text);
		assert_int_equal(o.summary.files, 28); /* those that waited behind them too */
		assert_int_equal(kh_scan_exit_status(&o.summary), 3);
	}
}

/* An answer that nobody asked for belongs to no file: whichever file it hits, the others are scanned. */
static void goes_on_after_an_answer_too_many(void **state)
{
	(void)state;
	fresh();
	put("a", "twice");
	put("b", "fine");
	auto_outcome struct outcome o = scan((struct kh_scan_options){.worker = TEST_BAD_WORKER, .workers = 1});
	assert_int_equal(o.error, 0);
	assert_int_equal(o.summary.files + o.summary.errors, 2);
}

static void says_when_no_worker_starts(void **state)
{
	(void)state;
	fresh();
	static const struct {
		const char *worker;
		int error;
	} cases[] = {{"/bin/false", KH_E_WORKER_FAILED}, {"/nonexistent", KH_E_NOT_FOUND}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		auto_outcome struct outcome o = scan((struct kh_scan_options){.worker = cases[i].worker});
		assert_int_equal(o.error, cases[i].error);
	}
}

/* ---- results as text ---- */

static void writes_json(void **state)
{
	(void)state;
	const struct kh_detection found[] = {{(char *)"yara", (char *)"A", NULL, false}, {(char *)"yara", (char *)"B", (char *)"in/\xff\"", true}};
	const struct kh_gap gap = {0};
	const struct kh_scan_result cases[] = {
		{.path = "/a \"b\"\n", .verdict = KH_VERDICT_CLEAN, .has_size = true, .has_hash = true, .size = 5},
		{.path = "/bad \xff\xfe name", .verdict = KH_VERDICT_INFECTED, .detections = found, .detection_count = 2, .gaps = &gap, .gap_count = 1, .reason = "why"},
		{.path = "/c", .verdict = KH_VERDICT_SKIPPED, .why = KH_SCAN_WHY_OTHER_FILE_SYSTEM, .reason = "on another file system"},
	};
	static const char *const expected[] = {
		"{\"path\":\"/a \\\"b\\\"\\n\",\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"size\":5,\"verdict\":\"clean\","
		"\"detections\":[],\"code\":null,\"reason\":null}\n",
		"{\"path\":\"/bad \uFFFD\uFFFD name\",\"sha256\":null,\"size\":null,\"verdict\":\"infected\",\"detections\":["
		"{\"engine\":\"yara\",\"rule\":\"A\",\"member\":null},{\"engine\":\"yara\",\"rule\":\"B\",\"member\":\"in/\uFFFD\\\"\"}],\"code\":\"partly_scanned\",\"reason\":\"why\","
		"\"path_bytes\":\"L2JhZCD//iBuYW1l\"}\n",
		"{\"path\":\"/c\",\"sha256\":null,\"size\":null,\"verdict\":\"skipped\",\"detections\":[],\"code\":\"other_file_system\",\"reason\":\"on another file system\"}\n",
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		kh_auto_json json_t *j = NULL;
		kh_scan_json_result(&b, &cases[i]);
		assert_string_equal(b.data, expected[i]);
		assert_int_equal(kh_json_parse(b.data, b.len, &j), 0);
	}
}

static void writes_the_summary(void **state)
{
	(void)state;
	struct kh_scan_summary s = {.files = 3, .partly = 1, .elapsed_ms = 1500, .rules = 2, .content_s = 1700000000, .stop = KH_SCAN_OUT_OF_TIME};
	kh_rule_problems_add(&s.rule_problems, "a.yar", NULL, 3, "wrong \"thing\"");
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_auto_json json_t *j = NULL;
	kh_scan_json_summary(&b, &s);
	assert_int_equal(kh_json_parse(b.data, b.len, &j), 0);
	json_t *summary = json_object_get(j, "summary");
	assert_int_equal(json_integer_value(json_object_get(summary, "files")), 3);
	assert_true(json_is_false(json_object_get(summary, "complete")));
	assert_string_equal(json_string_value(json_object_get(summary, "stopped")), "time");
	assert_string_equal(json_string_value(json_object_get(summary, "content")), "2023-11-14T22:13:20.000Z");
	assert_int_equal(json_array_size(json_object_get(summary, "rules_left_out")), 1);
	kh_scan_summary_done(&s);
}

static void exit_status_never_hides_a_lack(void **state)
{
	(void)state;
	static const struct {
		struct kh_scan_summary summary;
		int status;
	} cases[] = {
		{{.rules = 1}, 0}, /* an empty folder */
		{{.rules = 1, .files = 1, .skipped = 2}, 0}, /* other file systems, exclusions: as asked */
		{{.rules = 0}, 3},
		{{.rules = 1, .infected = 1}, 1},
		{{.rules = 1, .suspicious = 1}, 1},
		{{.rules = 1, .errors = 1}, 3},
		{{.rules = 1, .partly = 1}, 3},
		{{.rules = 1, .infected = 1, .errors = 1}, 1},
		{{.rules = 1, .skipped = 1, .too_large = 1}, 3},
		{{.rules = 1, .files = 1, .skipped = 1, .too_large = 1, .size_was_chosen = true}, 0},
		{{.rules = 1, .skipped = 1, .too_large = 1, .size_was_chosen = true}, 3}, /* not one file was looked at */
		{{.rules = 1, .skipped = 1}, 3},
		{{.rules = 1, .stop = KH_SCAN_STOPPED}, 3},
		{{.rules = 1, .rule_problems = {.more = 1}}, 3},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		assert_int_equal(kh_scan_exit_status(&cases[i].summary), cases[i].status);
}

/* ---- questions ---- */

static void count_line(void *context, const char *line)
{
	size_t *lines = context;
	*lines += strstr(line, "Khien_Test_Infected") != NULL;
}

static void explains_files_of_any_size(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		off_t size;
		uint64_t max_size;
		int error;
	} cases[] = {
		{"small", 100, 0, 0},
		{"copied", KH_SCAN_COPIED, 0, 0},
		{"mapped", KH_SCAN_COPIED + 1, 0, 0},
		{"largest", 4096, 4096, 0},
		{"too large", 4097, 4096, KH_E_TOO_LARGE},
		{"too large to be copied", KH_SCAN_COPIED + 2, KH_SCAN_COPIED + 1, KH_E_TOO_LARGE},
		{"nothing", -1, 0, KH_E_NOT_FOUND},
		{".", -1, 0, KH_E_USAGE},
		{"fifo", -1, 0, KH_E_USAGE},
	};
	const char *const rules[] = {shipped};
	fresh();
	kh_auto_free char *fifo = kh_format("%s/fifo", top);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *path = kh_format("%s/%s", top, cases[i].name);
		const struct kh_scan_options options = {.rules = rules, .rule_count = 1, .worker = TEST_WORKER, .max_size = cases[i].max_size};
		size_t lines = 0;
		if (cases[i].size >= 0) {
			put(cases[i].name, PATTERN("INFECTED"));
			assert_int_equal(truncate(path, cases[i].size), 0);
		}
		int r = kh_scan_explain(&options, path, count_line, &lines);
		if (r != cases[i].error || (r == 0 && lines != 1))
			fail_msg("%s: %d (%s), %zu lines", cases[i].name, r, r < 0 ? kh_fail_detail() : "", lines);
	}
}

KH_TESTS_WITH(setup, teardown, finds_what_is_there, scans_many_files_with_many_workers, clean_needs_rules_that_work, says_what_could_not_be_scanned,
	      says_partly_scanned, large_files_are_mapped, survives_files_that_change, stops_when_told, moves_infected_files_away, answers_as_yara_does,
	      compiled_rules_are_kept_and_checked, known_files_are_not_read_again, new_content_reads_only_what_it_may_find, finds_what_clamav_finds, goes_on_when_a_clamav_worker_fails,
	      says_when_no_clamav_worker_starts,
	      goes_on_when_a_worker_fails, goes_on_after_an_answer_too_many, says_when_no_worker_starts, writes_json, writes_the_summary,
	      exit_status_never_hides_a_lack, uses_no_more_than_its_share, waits_while_it_may_use_nothing, says_how_much_there_is, time_left_follows_what_was_done,
	      explains_files_of_any_size)
