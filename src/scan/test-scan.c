/* The whole way of a scan, with the real workers. */
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "os/file.h"
#include "scan/estimate.h"
#include "scan/explain.h"
#include "scan/quarantine.h"
#include "scan/scan.h"
#include "scan/test_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_program(const char *const *argv)
{
	pid_t pid = fork();
	if (pid == 0) {
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

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
	const char *const paths[] = {"/usr/bin", "/usr/lib"}, *const rules[] = {test_shipped};
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
	test_fresh();
	for (int i = 0; i < 50; i++) {
		char name[16];
		snprintf(name, sizeof name, "f%d", i);
		test_put(name, "content");
	}
	const char *const paths[] = {test_top}, *const rules[] = {test_shipped};
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
	test_fresh();
	for (int i = 0; i < 200; i++) {
		char name[16];
		snprintf(name, sizeof name, "f%d", i);
		test_put(name, "content");
	}
	struct share share = {.percent = 100, .none_until_ms = kh_monotonic_ms() + 1000};
	struct kh_scan_progress last = {0};
	const char *const paths[] = {test_top}, *const rules[] = {test_shipped};
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
	test_fresh();
	test_put("clean.txt", "nothing");
	test_put("eicar.com", EICAR);
	test_put("odd", PATTERN("SUSPICIOUS"));
	test_put("empty", "");
	test_put("b\xff\n", PATTERN("INFECTED"));
	auto_outcome struct test_outcome o = test_scan((struct kh_scan_options){0});
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
	test_fresh();
	for (int i = 0; i < 1500; i++) {
		char name[32];
		snprintf(name, sizeof name, "f%04d", i);
		test_put(name, i % 100 == 7 ? PATTERN("INFECTED") : name);
	}
	const size_t workers[] = {1, 3, 8};
	for (size_t i = 0; i < KH_COUNT(workers); i++) {
		auto_outcome struct test_outcome o = test_scan((struct kh_scan_options){.workers = workers[i]});
		assert_int_equal(o.summary.files, 1500);
		assert_int_equal(o.summary.infected, 15);
		assert_non_null(strstr(o.text, "infected /f1407 Khien_Test_Infected@\n"));
	}
}

static void clean_needs_rules_that_work(void **state)
{
	(void)state;
	test_fresh();
	test_put("file", "nothing");
	kh_auto_free char *rules = kh_format("%s-rules", test_top), *good = kh_format("%s/a.yar", rules), *bad = kh_format("%s/b.yar", rules);
	assert_int_equal(mkdir(rules, 0755), 0);
	const char *const folder[] = {rules};
	const struct kh_scan_options options = {.rules = folder, .rule_count = 1};

	auto_outcome struct test_outcome none = test_scan(options); /* an empty folder */
	assert_int_equal(none.error, 0);
	assert_string_equal(none.text, "");
	assert_int_equal(none.summary.rules, 0);
	assert_int_equal(kh_scan_exit_status(&none.summary), 3);

	assert_int_equal(kh_file_replace(good, "rule a { condition: filesize == 100 }", 37, 0644), 0);
	auto_outcome struct test_outcome all = test_scan(options);
	assert_int_equal(kh_scan_exit_status(&all.summary), 0);
	assert_string_equal(all.text, "clean /file\n");

	assert_int_equal(kh_file_replace(bad, "rule b { condition: x } rule c { condition: filesize == 7 }", 59, 0644), 0);
	auto_outcome struct test_outcome some = test_scan(options);
	assert_int_equal(some.summary.rules, 2); /* a and c */
	assert_int_equal(some.summary.rule_problems.n, 1);
	assert_string_equal(some.summary.rule_problems.v[0].item, "b");
	assert_non_null(strstr(some.summary.rule_problems.v[0].source, "/b.yar"));
	assert_int_equal(kh_scan_exit_status(&some.summary), 1); /* found goes before incomplete */

	assert_int_equal(unlink(bad), 0);
	const char *const missing[] = {"/nonexistent/rules.yar", rules};
	auto_outcome struct test_outcome gone = test_scan((struct kh_scan_options){.rules = missing, .rule_count = 2});
	assert_string_equal(gone.summary.rule_problems.v[0].source, "/nonexistent/rules.yar");
	assert_int_equal(kh_scan_exit_status(&gone.summary), 3);
	const char *const argv[] = {"rm", "-rf", rules, NULL};
	run_program(argv);
}

static void says_what_could_not_be_scanned(void **state)
{
	(void)state;
	test_fresh();
	test_put("large", "0123456789");
	const char *const paths[] = {test_top, "/nonexistent/path"};
	auto_outcome struct test_outcome o = test_scan((struct kh_scan_options){.paths = paths, .path_count = 2, .max_size = 9});
	assert_string_equal(o.text, "error /nonexistent/path (no such file or folder)\nskipped /large (larger than the size limit)\n");
	assert_int_equal(o.summary.errors, 1);
	assert_int_equal(o.summary.skipped, 1);
	assert_int_equal(kh_scan_exit_status(&o.summary), 3);

	auto_outcome struct test_outcome nothing = test_scan((struct kh_scan_options){.max_size = 9});
	assert_int_equal(kh_scan_exit_status(&nothing.summary), 3); /* not one file was looked at */
	test_put("small", "012345678");
	auto_outcome struct test_outcome chosen = test_scan((struct kh_scan_options){.max_size = 9});
	assert_string_equal(chosen.text, "clean /small\nskipped /large (larger than the size limit)\n");
	assert_int_equal(kh_scan_exit_status(&chosen.summary), 0); /* it was asked for */
	kh_auto_free char *small = kh_format("%s/small", test_top);
	assert_int_equal(unlink(small), 0);
	auto_outcome struct test_outcome exact = test_scan((struct kh_scan_options){.max_size = 10});
	assert_string_equal(exact.text, "clean /large\n");

	int fd = -1;
	kh_auto_free char *path = kh_format("%s/sparse", test_top);
	fd = open(path, O_RDWR | O_CREAT, 0644);
	assert_int_equal(ftruncate(fd, (off_t)KH_SCAN_MAX_SIZE + 1), 0);
	close(fd);
	auto_outcome struct test_outcome sparse = test_scan((struct kh_scan_options){0});
	assert_string_equal(sparse.text, "clean /large\nskipped /sparse (larger than the size limit)\n");
	assert_int_equal(kh_scan_exit_status(&sparse.summary), 3);
}

static void says_partly_scanned(void **state)
{
	(void)state;
	test_fresh();
	static const uint8_t cut_gzip[] = {
		0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 5, 0, 0xfa, 0xff, 'h', 'e', 'l', 'l', 'o', /* cut short before its checksum */
	};
	test_put_bytes("cut.gz", cut_gzip, sizeof cut_gzip);
	auto_outcome struct test_outcome o = test_scan((struct kh_scan_options){0});
	assert_string_equal(o.text, "clean /cut.gz (partly scanned: damaged or of an unknown kind)\n");
	assert_int_equal(o.summary.partly, 1);
	assert_int_equal(kh_scan_exit_status(&o.summary), 3);
	static const struct kh_unpack_limits no_time = {.depth = 1, .members = 1, .member_bytes = 1, .held_bytes = 1, .total_bytes = 1, .ratio = 1};
	auto_outcome struct test_outcome late = test_scan((struct kh_scan_options){.limits = &no_time});
	assert_string_equal(late.text, "clean /cut.gz (partly scanned: time limit)\n");
}

static void large_files_are_mapped(void **state)
{
	(void)state;
	test_fresh();
	kh_auto_free char *path = kh_format("%s/large", test_top);
	int fd = open(path, O_RDWR | O_CREAT, 0644);
	assert_int_equal(pwrite(fd, PATTERN("INFECTED"), strlen(PATTERN("INFECTED")), (off_t)KH_SCAN_COPIED + 100), strlen(PATTERN("INFECTED")));
	close(fd);
	auto_outcome struct test_outcome o = test_scan((struct kh_scan_options){.workers = 1});
	assert_string_equal(o.text, "infected /large Khien_Test_Infected@\n");
}

/* Files that shrink and grow all the time, small and mapped ones: each gets some answer, and the scan ends. */
static void survives_files_that_change(void **state)
{
	(void)state;
	test_fresh();
	kh_auto_free char *small = kh_format("%s/small", test_top), *large = kh_format("%s/large", test_top);
	test_put("steady", "nothing");
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
		auto_outcome struct test_outcome o = test_scan((struct kh_scan_options){0});
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
	test_fresh();
	for (int i = 0; i < 100; i++) {
		char name[32];
		snprintf(name, sizeof name, "f%d", i);
		test_put(name, "0123456789");
	}
	static const volatile sig_atomic_t at_once = 1;
	auto_outcome struct test_outcome stopped = test_scan((struct kh_scan_options){.stop = &at_once});
	assert_int_equal(stopped.summary.stop, KH_SCAN_STOPPED);
	assert_int_equal(kh_scan_exit_status(&stopped.summary), 3);
	auto_outcome struct test_outcome enough = test_scan((struct kh_scan_options){.max_bytes = 200});
	assert_int_equal(enough.summary.stop, KH_SCAN_ENOUGH_BYTES);
	assert_int_equal(enough.summary.files, 20);
	auto_outcome struct test_outcome late = test_scan((struct kh_scan_options){.max_ms = 1});
	assert_int_equal(late.summary.stop, KH_SCAN_OUT_OF_TIME);
}

static void moves_infected_files_away(void **state)
{
	(void)state;
	test_fresh();
	test_put("eicar.com", EICAR);
	test_put("odd", PATTERN("SUSPICIOUS"));
	kh_auto_free char *folder = kh_format("%s-q", test_top), *eicar = kh_format("%s/eicar.com", test_top), *other = kh_format("%s/other", test_top);
	kh_auto_quarantine struct kh_quarantine *q = NULL;
	assert_int_equal(kh_quarantine_open(folder, &q), 0);
	auto_outcome struct test_outcome o = test_scan((struct kh_scan_options){.quarantine = q});
	assert_non_null(strstr(o.text, "infected /eicar.com EICAR_Test_File@ (quarantined as "));
	assert_int_equal(o.summary.quarantined, 1);
	assert_false(kh_file_exists(eicar));
	auto_outcome struct test_outcome again = test_scan((struct kh_scan_options){.quarantine = q});
	assert_string_equal(again.text, "suspicious /odd Khien_Test_Suspicious@\n");

	kh_auto_quarantine_list struct kh_quarantine_list list = {0};
	assert_int_equal(kh_quarantine_list(q, &list), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(kh_quarantine_restore(q, list.v[0].id, NULL), 0);
	assert_int_equal(link(eicar, other), 0);
	auto_outcome struct test_outcome kept = test_scan((struct kh_scan_options){.quarantine = q});
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
	kh_auto_free char *eicar = kh_format("%s/eicar.yar", test_shipped), *test = kh_format("%s/khien-test.yar", test_shipped);
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		execlp("yara", "yara", "-r", "-N", "-w", eicar, test, test_top, (char *)NULL);
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
	struct test_lines *lines = context;
	for (size_t i = 0; i < r->detection_count; i++)
		if (!r->detections[i].member)
			kh_array_push(lines, kh_format("%s %s", r->detections[i].rule, r->path));
}

static char *sorted(struct test_lines *lines)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	if (lines->n)
		qsort(lines->v, lines->n, sizeof *lines->v, test_by_text);
	for (size_t i = 0; i < lines->n; i++)
		kh_buf_addf(&b, "%s\n", lines->v[i]);
	return kh_buf_take(&b);
}

static void answers_as_yara_does(void **state)
{
	(void)state;
	test_fresh();
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
		test_put_bytes(name, b.data, b.len);
	}
	kh_auto_free char *theirs_unsorted = yara_says();
	if (!theirs_unsorted)
		KH_SKIP("yara is not installed");
	struct test_lines theirs = {0}, ours = {0};
	for (char *rest = theirs_unsorted, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;)
		if (*line)
			kh_array_push(&theirs, line);
	const char *const paths[] = {test_top}, *const rules[] = {test_shipped};
	const struct kh_scan_options options = {.paths = paths, .path_count = 1, .rules = rules, .rule_count = 1, .worker = TEST_WORKER};
	const struct kh_scan_events events = {.context = &ours, .on_result = note_like_yara};
	auto_outcome struct test_outcome o = {0};
	assert_int_equal(kh_scan_run(&options, &events, &o.summary), 0);
	kh_auto_free char *a = sorted(&ours), *b = sorted(&theirs);
	assert_true(ours.n > 100);
	assert_string_equal(a, b);
	kh_array_each(&ours, line)
		free(*line);
	kh_array_done(&ours);
	kh_array_done(&theirs);
}

/* ---- ClamAV's signatures ---- */

static void finds_what_clamav_finds(void **state)
{
	(void)state;
	test_fresh();
	test_put("clean", "nothing");
	test_put("eicar.com", EICAR);
	test_put("with", "some find-me-here text");
	test_put("text", "some FIND-THIS \n  Text");
	auto_outcome struct test_outcome o =
		test_scan(test_with_signatures("Anywhere:0:*:" HEX_OF_FIND_ME "\nIn-Text:7:*:66696e642d746869732074657874\nno signature\n"));
	assert_int_equal(o.error, 0);
	assert_string_equal(o.text, "clean /clean\ninfected /eicar.com EICAR_Test_File@\ninfected /text In-Text.UNOFFICIAL@\ninfected /with Anywhere.UNOFFICIAL@\n");
	assert_int_equal(o.summary.rules, 7);
	assert_int_equal(o.summary.rule_problems.n, 1);
	assert_int_equal(o.summary.replaced_workers, 0);
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
	const char *const rules[] = {test_shipped};
	test_fresh();
	kh_auto_free char *fifo = kh_format("%s/fifo", test_top);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *path = kh_format("%s/%s", test_top, cases[i].name);
		const struct kh_scan_options options = {.rules = rules, .rule_count = 1, .worker = TEST_WORKER, .max_size = cases[i].max_size};
		size_t lines = 0;
		if (cases[i].size >= 0) {
			test_put(cases[i].name, PATTERN("INFECTED"));
			assert_int_equal(truncate(path, cases[i].size), 0);
		}
		int r = kh_scan_explain(&options, path, count_line, &lines);
		if (r != cases[i].error || (r == 0 && lines != 1))
			fail_msg("%s: %d (%s), %zu lines", cases[i].name, r, r < 0 ? kh_fail_detail() : "", lines);
	}
}

KH_TESTS_WITH(test_setup, test_teardown, finds_what_is_there, scans_many_files_with_many_workers, clean_needs_rules_that_work, says_what_could_not_be_scanned,
	      says_partly_scanned, large_files_are_mapped, survives_files_that_change, stops_when_told, moves_infected_files_away, answers_as_yara_does,
	      finds_what_clamav_finds, uses_no_more_than_its_share, waits_while_it_may_use_nothing, says_how_much_there_is, time_left_follows_what_was_done,
	      explains_files_of_any_size)
