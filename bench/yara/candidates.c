/* Which rules a scan spends its time on: khien-measure-candidates CONTENT <LIST
 *
 * CONTENT: compiled content, as `khien scan` keeps it. LIST: paths, one a line. Told are the times of the filter and of libyara over the files, and the rules that
 * libyara was asked about, those that cost most first: its time, how often, and of how many bytes. */
#include "base/alloc.h"
#include "base/error.h"
#include "malware/content_parts.h"
#include "malware/profile.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SHOWN 60

struct cost {
	uint32_t rule;
	uint64_t ns, bytes;
	size_t times;
};

static uint64_t filter_ns, together_ns, matched;

/* The processor's time of this process. */
static uint64_t now_ns(void)
{
	struct timespec t = {0};
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static const void *map_file(const char *path, size_t *ret_n)
{
	struct stat st = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *p = fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0 ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0) : MAP_FAILED;
	if (fd >= 0)
		close(fd);
	*ret_n = (size_t)st.st_size;
	return p == MAP_FAILED ? NULL : p;
}

static void note_match(void *context, uint32_t target, bool suspicious)
{
	(void)context;
	(void)target;
	(void)suspicious;
	matched++;
}

static void run_file(struct kh_content *c, const uint8_t *bytes, size_t n, struct cost *costs)
{
	struct kh_candidates candidates = {0};
	bool gave_up = false;
	const struct kh_yara_work work = {.bytes = bytes, .n = n, .deadline_ms = INT64_MAX, .on_match = note_match};
	uint64_t begin = now_ns();
	kh_ignore(kh_filter_run(c->pass, kh_profile_of(bytes, n), bytes, n, &candidates));
	filter_ns += now_ns() - begin;
	begin = now_ns();
	kh_ignore(kh_yara_match(c->yara, candidates.rules, candidates.n, &work, &gave_up));
	together_ns += now_ns() - begin;
	for (size_t i = 0; i < candidates.n; i++) {
		struct cost *cost = &costs[candidates.rules[i]];
		begin = now_ns();
		kh_ignore(kh_yara_match(c->yara, &candidates.rules[i], 1, &work, &gave_up));
		cost->ns += now_ns() - begin;
		cost->times++;
		cost->bytes += n;
	}
}

static int compare_costs(const void *a, const void *b)
{
	const struct cost *x = a, *y = b;
	return (x->ns < y->ns) - (x->ns > y->ns);
}

static void tell(const struct kh_content *c, struct cost *costs, size_t files, uint64_t bytes)
{
	uint64_t ns = 0, asked_bytes = 0;
	size_t asked = 0, rules = kh_yara_count(c->yara);
	for (size_t i = 0; i < rules; i++) {
		ns += costs[i].ns;
		asked += costs[i].times;
		asked_bytes += costs[i].bytes;
	}
	qsort(costs, rules, sizeof *costs, compare_costs);
	printf("%zu files, %llu MB: filter %.2f s, libyara %.2f s; each candidate by itself: %.2f s, %zu, %llu MB; %llu matches\n", files, (unsigned long long)bytes / 1000000,
	       (double)filter_ns / 1e9, (double)together_ns / 1e9, (double)ns / 1e9, asked, (unsigned long long)asked_bytes / 1000000, (unsigned long long)matched);
	for (size_t i = 0; i < rules && i < SHOWN && costs[i].times; i++)
		printf("%8.1f ms %7zu times %8.1f MB  %s\n", (double)costs[i].ns / 1e6, costs[i].times, (double)costs[i].bytes / 1e6, kh_yara_name(c->yara, costs[i].rule));
}

int main(int argc, char **argv)
{
	struct kh_content *c = NULL;
	size_t n = 0, files = 0;
	uint64_t bytes = 0;
	const void *compiled = argc == 2 ? map_file(argv[1], &n) : NULL;
	static char path[4096];
	if (!compiled || kh_content_open(compiled, n, &c) < 0) {
		fprintf(stderr, "usage: khien-measure-candidates CONTENT <LIST\n%s\n", compiled ? kh_fail_detail() : "");
		return 2;
	}
	struct cost *costs = kh_alloc_array(kh_yara_count(c->yara), sizeof *costs);
	for (uint32_t i = 0; i < kh_yara_count(c->yara); i++)
		costs[i].rule = i;
	while (fgets(path, sizeof path, stdin)) {
		path[strcspn(path, "\n")] = 0;
		const void *content = map_file(path, &n);
		if (!content)
			continue;
		run_file(c, content, n, costs);
		munmap((void *)content, n);
		files++;
		bytes += n;
	}
	tell(c, costs, files, bytes);
	free(costs);
	kh_content_free(c);
	return 0;
}
