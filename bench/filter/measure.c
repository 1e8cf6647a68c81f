/* How fast the filter is: khien-measure-filter LITERALS PATH…
 *
 * LITERALS: lines of "c" or "i" (letters of either case) and the literal in hex (bench/filter/literals.py makes them from YARA rules and ClamAV signatures). Each
 * literal is a rule of its own. The files under the paths are read into memory first, up to 512 MiB; what is told is the best of five passes, by the processor's time. */
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "malware/filter/filter.h"

#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define MAX_CONTENT (512 * KH_MIB)
#define MAX_LITERAL 65536
#define PASSES 5

struct content {
	void *bytes;
	size_t n;
};

static KH_ARRAY(struct content) contents;
static size_t content_bytes;

/* The processor's time of this process: other work on the machine counts less than on a clock. */
static int64_t spent_ms(void)
{
	struct timespec t = {0};
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void read_content(const char *path, size_t n)
{
	FILE *f = fopen(path, "rb");
	struct content c = {kh_alloc(n), 0};
	if (f)
		c.n = fread(c.bytes, 1, n, f);
	if (f)
		fclose(f);
	content_bytes += c.n;
	kh_array_push(&contents, c);
}

static void read_contents(char *const *paths)
{
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	for (FTSENT *e = NULL; walk && content_bytes < MAX_CONTENT && (e = fts_read(walk)) != NULL;)
		if (e->fts_info == FTS_F && e->fts_statp->st_size > 0 && (size_t)e->fts_statp->st_size <= MAX_CONTENT - content_bytes)
			read_content(e->fts_path, (size_t)e->fts_statp->st_size);
	fts_close(walk);
}

static size_t read_rules(const char *path, struct kh_needs *needs, struct kh_filter_rule **ret)
{
	static char line[2 * MAX_LITERAL + 3];
	static uint8_t bytes[MAX_LITERAL];
	KH_ARRAY(struct kh_filter_rule) rules = {0};
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f)) {
		size_t n = strcspn(line, "\n");
		line[n] = 0;
		if (n > 2 && kh_unhex(line + 1, bytes, (n - 1) / 2)) {
			struct kh_filter_rule rule = {kh_need_literal(needs, bytes, (n - 1) / 2, line[0] == 'i'), 1};
			if (rule.need != KH_NEED_TRUE)
				kh_array_push(&rules, rule);
		}
	}
	if (f)
		fclose(f);
	*ret = rules.v;
	return rules.n;
}

static void *build(const struct kh_needs *needs, const struct kh_filter_rule *rules, size_t n, size_t *ret_size)
{
	static const struct kh_filter_profile any = {"any", NULL, 0, true};
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	const struct kh_filter_plan plan = {needs, &any, 1, rules, n};
	if (kh_filter_build(&plan, &out) < 0) {
		fprintf(stderr, "%s\n", kh_fail_detail());
		exit(1);
	}
	void *aligned = aligned_alloc(64, out.len);
	kh_assert(aligned);
	memcpy(aligned, out.data, out.len);
	*ret_size = out.len;
	return aligned;
}

static size_t pass_over_all(struct kh_filter_pass *pass)
{
	size_t candidates = 0;
	kh_array_each(&contents, c) {
		struct kh_candidates found = {0};
		kh_ignore(kh_filter_run(pass, 0, c->bytes, c->n, &found));
		candidates += found.n;
	}
	return candidates;
}

static void measure(const struct kh_filter *f)
{
	kh_auto_filter_pass struct kh_filter_pass *pass = NULL;
	kh_ignore(kh_filter_pass_new(f, &pass));
	int64_t best_ms = INT64_MAX;
	size_t candidates = 0;
	for (int i = 0; i < PASSES; i++) {
		int64_t begin_ms = spent_ms();
		candidates = pass_over_all(pass);
		best_ms = KH_MIN(best_ms, spent_ms() - begin_ms);
	}
	printf("%zu files, %zu MiB: %.0f MB/s, %zu candidates\n", contents.n, content_bytes / KH_MIB, (double)content_bytes / 1000 / (double)KH_MAX(best_ms, 1), candidates);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: khien-measure-filter LITERALS PATH…\n");
		return 2;
	}
	kh_auto_needs struct kh_needs *needs = kh_needs_new();
	kh_auto_free struct kh_filter_rule *rules = NULL;
	kh_auto_filter struct kh_filter *f = NULL;
	struct kh_filter_stats stats = {0};
	size_t n = read_rules(argv[1], needs, &rules), size = 0;
	int64_t begin_ms = spent_ms();
	kh_auto_free void *bytes = build(needs, rules, n, &size);
	int64_t built_ms = spent_ms();
	if (kh_filter_open(bytes, size, &f) < 0) {
		fprintf(stderr, "%s\n", kh_fail_detail());
		return 1;
	}
	int64_t opened_ms = spent_ms();
	kh_filter_stats(f, 0, &stats);
	printf("%zu literals: built in %lld ms, opened in %lld ms, filter %zu KiB, of which tables %zu KiB\n", stats.literals, (long long)(built_ms - begin_ms),
	       (long long)(opened_ms - built_ms), size / KH_KIB, stats.bytes / KH_KIB);
	read_contents(argv + 2);
	measure(f);
	return 0;
}
