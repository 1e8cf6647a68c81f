/* How long open() takes: opens each of the files named on standard input (one a line) ROUNDS times, and prints the delays in nanoseconds, one a line: of the first round, an
 * empty line, of all later ones. For bench/onaccess.py and its tests. A file that cannot be opened counts as -1. */
#include "base/array.h"
#include "base/alloc.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void)
{
	struct timespec t = {0};
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int64_t delay_of(const char *path)
{
	int64_t start = now_ns();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int64_t end = now_ns();
	if (fd < 0)
		return -1;
	close(fd);
	return end - start;
}

int main(int argc, char **argv)
{
	KH_ARRAY(char *) files = {0};
	char line[4096];
	int64_t rounds = 1;
	if (argc != 2 || sscanf(argv[1], "%ld", &rounds) != 1)
		return 2;
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		kh_array_push(&files, kh_strdup(line));
	}
	int64_t *delays = kh_alloc_array(files.n * (size_t)rounds, sizeof *delays);
	for (size_t i = 0; i < files.n * (size_t)rounds; i++)
		delays[i] = delay_of(files.v[i % files.n]);
	for (size_t i = 0; i < files.n * (size_t)rounds; i++)
		printf("%s%lld\n", i == files.n ? "\n" : "", (long long)delays[i]);
	return 0;
}
