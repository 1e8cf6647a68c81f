/* Builds a hash table of lists and measures it: seconds and memory of the building, bytes of the table, look-ups in a second.
 *
 *     khien-bench-hashes LIST… */
#include "base/alloc.h"
#include "base/error.h"
#include "base/time.h"
#include "malware/hashes/build.h"
#include "malware/hashes/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROUNDS = 2000000 };

static int add_file(struct kh_hash_builder *b, const char *path, struct kh_rule_problems *problems)
{
	struct kh_hash_list list = {.name = path, .engine_level = 213};
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!kh_hash_list_told(path, &list.kind, &list.form))
		return kh_fail(KH_E_USAGE, "%s: not the name of a hash list", path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return kh_fail_errno("%s", path);
	list.n = (size_t)st.st_size;
	list.text = mmap(NULL, list.n, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (list.text == MAP_FAILED)
		return kh_fail_errno("%s", path);
	int r = kh_hash_builder_add(b, &list, problems);
	munmap((void *)(uintptr_t)list.text, list.n);
	return r;
}

static long peak_kib(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

/* Random digests: none is there, so each search goes all the way. */
static void measure_look_ups(const struct kh_hash_table *t)
{
	uint64_t seed = 1, hits = 0;
	int64_t start = kh_monotonic_ms();
	for (int i = 0; i < ROUNDS; i++) {
		struct kh_hashes h;
		char name[KH_HASH_NAME_SIZE];
		for (size_t k = 0; k < sizeof h / 8; k++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			memcpy((uint8_t *)&h + 8 * k, &(uint64_t){seed ^ seed >> 29}, 8);
		}
		hits += kh_hash_table_find(t, KH_HASH_OF_FILE, seed % 1000000, kh_hash_table_asks(t, KH_HASH_OF_FILE, seed % 1000000), &h, name);
	}
	printf("  look-ups: %.2f million/s (%llu found)\n", ROUNDS / 1e3 / (double)(kh_monotonic_ms() - start), (unsigned long long)hits);
}

int main(int argc, char **argv)
{
	kh_auto_hash_builder struct kh_hash_builder *b = kh_hash_builder_new();
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	kh_auto_hash_table struct kh_hash_table *t = NULL;
	struct kh_rule_problems problems = {0};
	int64_t start = kh_monotonic_ms();
	int r = 0;
	for (int i = 1; r == 0 && i < argc; i++)
		r = add_file(b, argv[i], &problems);
	uint64_t n = kh_hash_builder_count(b);
	int64_t read = kh_monotonic_ms();
	if (r == 0)
		r = kh_hash_builder_finish(b, &bytes);
	int64_t built = kh_monotonic_ms();
	if (r == 0)
		r = kh_hash_table_open(bytes.data, bytes.len, &t);
	if (r < 0) {
		fprintf(stderr, "%s\n", kh_fail_detail());
		return 1;
	}
	printf("  entries: %llu, problems: %zu\n  read: %.2f s, sorted and written: %.2f s, opened: %.2f s\n", (unsigned long long)n, problems.n,
	       (double)(read - start) / 1e3, (double)(built - read) / 1e3, (double)(kh_monotonic_ms() - built) / 1e3);
	printf("  bytes: %zu (%.1f each)\n  peak memory: %ld MiB (the list's own pages included)\n", bytes.len, (double)bytes.len / (double)KH_MAX(n, 1u), peak_kib() / 1024);
	measure_look_ups(t);
	kh_rule_problems_done(&problems);
	return 0;
}
