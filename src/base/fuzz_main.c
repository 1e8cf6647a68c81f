/* A plain main for fuzz targets: replays files and directories given as arguments (the kept corpus), and some noise, in every test run. With libFuzzer the
 * same target is linked without this file. Prints how many inputs ran. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long ran;

static void replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st = {0};
	if (!f || fstat(fileno(f), &st) < 0) {
		perror(path);
		exit(1);
	}
	uint8_t *data = malloc((size_t)st.st_size + 1);
	size_t n = data ? fread(data, 1, (size_t)st.st_size, f) : 0;
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	ran++;
}

static void replay(const char *path)
{
	DIR *d = opendir(path);
	if (!d) {
		replay_file(path);
		return;
	}
	for (struct dirent *e = NULL; (e = readdir(d)) != NULL;) {
		char inside[4096];
		snprintf(inside, sizeof inside, "%s/%s", path, e->d_name);
		if (e->d_name[0] != '.')
			replay(inside);
	}
	closedir(d);
}

/* Besides the corpus: nothing, and noise of every small size. */
static void replay_noise(void)
{
	static const uint8_t nothing[1];
	LLVMFuzzerTestOneInput(nothing, 0);
	uint32_t seed = 12345;
	for (int round = 0; round < 2000; round++) {
		uint8_t noise[256];
		size_t n = (size_t)(round % (int)sizeof noise);
		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525u + 1013904223u;
			noise[i] = (uint8_t)(seed >> 24);
		}
		LLVMFuzzerTestOneInput(noise, n);
		ran++;
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	replay_noise();
	printf("%lu inputs replayed\n", ran);
	return 0;
}
