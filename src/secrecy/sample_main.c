/* khien-secrecy-sample FILE…: the level of each file written as sample.h says (plain text is such a file), a line each: level, confidence, marks, path.
 * A file that ends in .sheet is one.
 * --time N: reads the first file N times and prints nanoseconds per line. */
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "secrecy/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int read_file(const char *path, struct kh_buf *ret)
{
	FILE *f = fopen(path, "rb");
	size_t n = 0;
	if (!f)
		return kh_fail_errno("%s", path);
	for (void *room = NULL; (room = kh_buf_reserve(ret, 65536)) && (n = fread(room, 1, 65536, f)) > 0;)
		ret->len += n;
	fclose(f);
	return 0;
}

static int judge(struct kh_secrecy *s, const char *path)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	struct kh_secrecy_finding found = {0};
	int r = read_file(path, &text);
	if (r < 0)
		return r;
	kh_sample_judge(s, kh_ends_with(path, ".sheet") ? KH_DOCUMENT_XLSX : KH_DOCUMENT_TEXT, kh_buf_text(&text), text.len, &found);
	printf("%s %u ", kh_secrecy_level_name(found.level), found.confidence);
	for (size_t i = 0; i < found.n; i++)
		printf("%s%s", i ? "," : "", found.marks[i].kind);
	printf("%s %s\n", found.n ? "" : "-", path);
	for (size_t i = 0; i < found.n; i++)
		if (found.marks[i].line)
			printf("\t%s: %s\n", found.marks[i].kind, found.marks[i].line);
	return 0;
}

/* The lines are cut once, outside the clock. */
static int measure(struct kh_secrecy *s, const char *path, int64_t times)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	KH_ARRAY(struct kh_document_line) lines = {0};
	struct kh_secrecy_finding found = {0};
	struct timespec a = {0}, b = {0};
	int r = read_file(path, &text);
	kh_auto_free char *copy = kh_strndup(kh_buf_text(&text), text.len);
	char *rest = copy;
	for (char *at = r == 0 ? kh_split(&rest, "\n") : NULL; at; at = kh_split(&rest, "\n"))
		if (*at)
			kh_array_push(&lines, ((struct kh_document_line){.text = at, .n = strlen(at), .certainty = 100}));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (int64_t i = 0; i < times; i++) {
		kh_secrecy_begin(s, KH_DOCUMENT_TEXT);
		kh_array_each(&lines, line) kh_secrecy_line(s, line);
		kh_secrecy_end(s, &found);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	double ns = (double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec);
	printf("%zu lines, %.0f ns per line, %.0f MB/s\n", lines.n, ns / (double)times / (double)(lines.n ? lines.n : 1), (double)text.len * (double)times / ns * 1e3);
	kh_array_done(&lines);
	return r;
}

int main(int argc, char **argv)
{
	kh_auto_secrecy_rules struct kh_secrecy_rules *rules = kh_sample_rules();
	kh_auto_secrecy struct kh_secrecy *s = rules ? kh_secrecy_new(rules, getenv("SHOW") != NULL) : NULL;
	int64_t times = 0;
	int r = rules ? 0 : KH_E_INVALID_CONFIG;
	if (r == 0 && argc == 4 && kh_streq(argv[1], "--time") && kh_parse_int(argv[2], 1, 1000000, &times))
		r = measure(s, argv[3], times);
	else
		for (int i = 1; r == 0 && i < argc; i++)
			r = judge(s, argv[i]);
	if (r < 0)
		fprintf(stderr, "%s\n", kh_fail_detail());
	return r < 0;
}
