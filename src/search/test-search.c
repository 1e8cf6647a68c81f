/* Whole searches, with the real worker and with one that misbehaves. */
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "os/file.h"
#include "search/search.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "ỦY BAN NHÂN DÂN\nTỈNH X\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nSố: 12/BC-UBND\nX, ngày 3 tháng 4 năm 2026\n"
#define REPORT "BÁO CÁO\nvề việc thực hiện nhiệm vụ\nThực hiện chỉ đạo của cấp trên, đơn vị báo cáo kết quả như sau:\n"

static char dir[] = "/tmp/khien-search-XXXXXX";
static char *files, *known, *rules;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	files = kh_format("%s/files", dir);
	known = kh_format("%s/known", dir);
	rules = kh_format("%s/packs/secrecy", getenv("KHIEN_SOURCE"));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(files);
	free(known);
	free(rules);
	return kh_test_remove(dir);
}

static void fresh(void)
{
	if (kh_file_exists(files))
		assert_int_equal(kh_test_remove(files), 0);
	assert_int_equal(kh_dir_make(files, 0755), 0);
}

static void put(const char *name, const char *text)
{
	kh_auto_free char *path = kh_format("%s/%s", files, name);
	assert_int_equal(kh_file_replace(path, text, strlen(text), 0644), 0);
}

/* ---- one search ---- */

struct outcome {
	KH_ARRAY(char *) lines; /* "tuyet_mat scanned /name (reason)" */
	struct kh_search_summary summary;
	int error;
};

static void outcome_done(struct outcome *o)
{
	kh_array_each(&o->lines, line)
		free(*line);
	kh_array_done(&o->lines);
}
#define auto_outcome KH_CLEANUP(outcome_done)

static void on_result(void *context, const struct kh_search_result *r)
{
	struct outcome *o = context;
	kh_auto_free char *reason = r->reason ? kh_format(" (%s)", r->reason) : kh_strdup("");
	kh_array_push(&o->lines, kh_format("%s %s%s %s%s", kh_secrecy_level_name(r->report->level), r->known ? "known " : "", r->skipped ? "skipped" : kh_search_state_name(r->report->state),
					   r->path + strlen(files), reason));
	for (size_t i = 0; i < r->report->mark_count; i++)
		assert_null(r->report->marks[i].line); /* unless it was asked for */
}

static bool has(const struct outcome *o, const char *line)
{
	kh_array_each(&o->lines, l)
		if (kh_streq(*l, line))
			return true;
	return false;
}

static void expect(const struct outcome *o, const char *line)
{
	if (has(o, line))
		return;
	kh_array_each(&o->lines, l)
		print_message("%s\n", *l);
	fail_msg("expected: %s", line);
}

static struct outcome search(struct kh_search_options options)
{
	struct outcome o = {0};
	const char *paths[] = {files};
	const struct kh_search_events events = {.context = &o, .on_result = on_result};
	options.paths = paths;
	options.path_count = 1;
	options.workers = options.workers ? options.workers : 2;
	options.worker = options.worker ? options.worker : TEST_WORKER;
	options.rules = options.rules ? options.rules : rules;
	options.ocr = KH_OCR_NEVER;
	o.error = kh_search_run(&options, &events, &o.summary);
	return o;
}

/* ---- with the real worker ---- */

static void finds_marked_documents(void **state)
{
	(void)state;
	fresh();
	put("marked.txt", "TUYỆT MẬT\n" HEAD REPORT "Bản số: 01\n");
	put("plain.txt", HEAD REPORT "Bảo vệ bí mật nhà nước là trách nhiệm của mọi người; đặt mật khẩu mạnh.\n");
	put("empty", "");
	auto_outcome struct outcome o = search((struct kh_search_options){0});
	assert_int_equal(o.error, 0);
	expect(&o, "tuyet_mat scanned /marked.txt");
	expect(&o, "none scanned /plain.txt");
	assert_int_equal(o.summary.found[KH_SECRECY_TUYET_MAT], 1);
	assert_int_equal(kh_search_found(&o.summary), 1);
	assert_int_equal(kh_search_exit_status(&o.summary), 1);
}

/* What is unchanged and had no mark is not read again; what had one is. */
static void remembers_what_had_no_mark(void **state)
{
	(void)state;
	fresh();
	put("marked.txt", "TUYỆT MẬT\n" HEAD REPORT);
	put("plain.txt", HEAD REPORT);
	const struct kh_search_options options = {.known = known};
	auto_outcome struct outcome first = search(options);
	assert_int_equal(first.summary.known, 0);
	sleep(3); /* what changed a moment ago is not steady (scan/steady.h) */
	auto_outcome struct outcome again = search(options), third = search(options);
	expect(&third, "none known scanned /plain.txt");
	expect(&third, "tuyet_mat scanned /marked.txt");
	assert_int_equal(third.summary.known, 1);
	put("plain.txt", "TUYỆT MẬT\n" HEAD REPORT);
	auto_outcome struct outcome changed = search(options);
	expect(&changed, "tuyet_mat scanned /plain.txt");
}

static void says_what_it_could_not_read(void **state)
{
	(void)state;
	fresh();
	put("large.txt", HEAD REPORT HEAD REPORT);
	put("small.txt", "một dòng");
	auto_outcome struct outcome o = search((struct kh_search_options){.max_size = 100});
	assert_int_equal(o.summary.too_large, 1);
	assert_int_equal(o.summary.skipped, 1);
	assert_int_equal(o.summary.files, 1);
}

static void says_what_is_wrong_with_the_rules(void **state)
{
	(void)state;
	fresh();
	kh_auto_free char *folder = kh_format("%s/rules", dir), *file = kh_format("%s/rules/a.yaml", dir);
	assert_int_equal(kh_dir_make(folder, 0755), 0);
	assert_int_equal(kh_file_replace(file, "marks: nothing\n", 15, 0644), 0);
	auto_outcome struct outcome o = search((struct kh_search_options){.rules = folder}), none = search((struct kh_search_options){.rules = "/nonexistent"});
	assert_int_equal(o.error, KH_E_INVALID_CONFIG);
	assert_int_equal(none.error, KH_E_NOT_FOUND); /* said at once, not when the worker has waited long enough */
	assert_non_null(strstr(kh_fail_detail(), "/nonexistent"));
}

/* ---- with a worker that misbehaves ---- */

static void goes_on_when_a_worker_fails(void **state)
{
	(void)state;
	static const struct kh_unpack_limits quick = {.time_ms = 0}; /* a worker is given up after a second */
	static const char *const cases[] = {"crash", "exit!", "hang!", "noise", "ready", "other", "withf", "close"};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		fresh();
		for (int k = 0; k < 30; k++) {
			char name[32];
			snprintf(name, sizeof name, "f%02d", k);
			put(name, k == 5 || k == 17 ? cases[i] : "fine");
		}
		auto_outcome struct outcome o = search((struct kh_search_options){.worker = TEST_BAD_WORKER, .limits = &quick});
		if (o.error || o.summary.errors != 2 || o.summary.replaced_workers != 2 || o.summary.files != 28)
			fail_msg("%s: error %d, %d errors, %d workers replaced, %d files", cases[i], o.error, (int)o.summary.errors, (int)o.summary.replaced_workers, (int)o.summary.files);
		assert_int_equal(kh_search_exit_status(&o.summary), 3);
	}
}

static void says_when_no_worker_starts(void **state)
{
	(void)state;
	static const char *const workers[] = {"/nonexistent", "/bin/false", "/bin/cat"};
	fresh();
	put("a", "b");
	for (size_t i = 0; i < KH_COUNT(workers); i++) {
		auto_outcome struct outcome o = search((struct kh_search_options){.worker = workers[i]});
		assert_true(o.error < 0);
		assert_int_equal(o.lines.n, 0);
	}
}

KH_TESTS_WITH(set_up, tear_down, finds_marked_documents, remembers_what_had_no_mark, says_what_it_could_not_read, says_what_is_wrong_with_the_rules, goes_on_when_a_worker_fails,
	      says_when_no_worker_starts)
