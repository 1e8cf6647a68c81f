#include "scan/test_scan.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

char test_top[] = "/tmp/khien-test-XXXXXX";
char *test_shipped;

int test_setup(void **state)
{
	(void)state;
	test_shipped = kh_format("%s/packs/rules", getenv("KHIEN_SOURCE"));
	return mkdtemp(test_top) ? 0 : -1;
}

int test_teardown(void **state)
{
	(void)state;
	kh_auto_free char *signatures = kh_format("%s.ndb", test_top);
	unlink(signatures);
	free(test_shipped);
	return kh_test_remove(test_top);
}

void test_fresh(void)
{
	assert_int_equal(kh_test_remove(test_top), 0);
	assert_int_equal(mkdir(test_top, 0755), 0);
}

void test_put_bytes(const char *name, const void *bytes, size_t n)
{
	kh_auto_free char *path = kh_format("%s/%s", test_top, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

void test_put(const char *name, const char *text)
{
	test_put_bytes(name, text, strlen(text));
}

/* ---- running, and what comes out ---- */

/* "infected /name rule@member,… (reason)" */
static void note(void *context, const struct kh_scan_result *r)
{
	struct test_lines *lines = context;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_buf_addf(&b, "%s %s", kh_verdict_name(r->verdict), kh_starts_with(r->path, test_top) ? r->path + strlen(test_top) : r->path);
	for (size_t i = 0; i < r->detection_count; i++)
		kh_buf_addf(&b, " %s@%s", r->detections[i].rule, r->detections[i].member ? r->detections[i].member : "");
	if (r->reason)
		kh_buf_addf(&b, " (%s)", r->reason);
	assert_int_equal(r->has_hash, r->verdict != KH_VERDICT_SKIPPED && r->verdict != KH_VERDICT_ERROR);
	kh_array_push(lines, kh_buf_take(&b));
}

int test_by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct test_outcome test_scan(struct kh_scan_options options)
{
	const char *const paths[] = {test_top}, *const rules[] = {test_shipped};
	struct test_lines lines = {0};
	struct test_outcome o = {0};
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
		qsort(lines.v, lines.n, sizeof *lines.v, test_by_text);
	for (size_t i = 0; i < lines.n; i++) {
		kh_buf_addf(&b, "%s\n", lines.v[i]);
		free(lines.v[i]);
	}
	kh_array_done(&lines);
	o.text = kh_buf_take(&b);
	return o;
}

void test_outcome_done(struct test_outcome *o)
{
	free(o->text);
	kh_scan_summary_done(&o->summary);
}

struct kh_scan_options test_with_signatures(const char *text)
{
	static char *path;
	static const char *paths[1];
	static const char *const scanned[] = {test_top};
	free(path);
	path = kh_format("%s.ndb", test_top);
	paths[0] = path;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return (struct kh_scan_options){.signatures = paths, .signature_count = 1, .paths = scanned, .path_count = 1};
}
