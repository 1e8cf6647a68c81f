/* For the tests and the bench of the ransomware watch: does to generated files what ransomware does, in several ways.
 *
 *     test-encryptor make DIR FOLDERS FILES       makes DIR (which must not exist) with office-like files in FOLDERS folders of FILES files each
 *     test-encryptor run STRATEGY DIR PAUSE_MS    encrypts them, with a pause after each file
 *     test-encryptor count DIR                    prints how many files no longer have their content
 *     test-encryptor one STRATEGY DIR FILE        a single file: what strategy `script` starts for each
 *
 * It acts only below a directory that it made itself: there must be a marker in it with the directory's own device and inode numbers. The key is forgotten; the files are
 * made of their names and can be made again. */
#include "base/alloc.h"
#include "base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARKER ".khien-test-encryptor"
#define MAX_FILE (64 * 1024)
#define PATH 4096
#define ADDED ".locked"
#define WORKERS 4
#define START 4096

static void die(const char *what)
{
	perror(what);
	_exit(2);
}

/* ---- the files ---- */

static const struct {
	const char *extension, *mark;
	size_t mark_n;
} kinds[] = {{"docx", "PK\3\4\x14", 5}, {"pdf", "%PDF-1.7\n", 9}, {"jpg", "\xff\xd8\xff\xe0", 4}, {"xlsx", "PK\3\4\x14", 5}, {"txt", "", 0}, {"csv", "", 0}};

/* Content by name: compressed-looking bytes behind the mark, or text. Returns its size. */
static size_t content(const char *name, uint8_t *ret)
{
	static const char words[] = "uy ban nhan dan phuong bao cao so lieu ho khau ke hoach thang quy nam ";
	unsigned seed = 1, kind = 0;
	for (const char *p = name; *p; p++)
		seed = seed * 31 + (unsigned char)*p;
	while (kind + 1 < KH_COUNT(kinds) && !kh_ends_with(name, kinds[kind].extension))
		kind++;
	size_t n = 6000 + seed % (MAX_FILE - 8000);
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245 + 12345;
		ret[i] = kinds[kind].mark_n ? (uint8_t)(seed >> 16 & seed >> 8) : (uint8_t)words[(i + seed / 65536 % 7) % (sizeof words - 1)];
	}
	memcpy(ret, kinds[kind].mark, kinds[kind].mark_n);
	return n;
}

static void write_file(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || close(fd) < 0)
		die(path);
}

static void make(const char *dir, int folders, int files)
{
	static uint8_t bytes[MAX_FILE];
	char path[PATH], marker[64];
	struct stat st = {0};
	if (mkdir(dir, 0755) < 0 || stat(dir, &st) < 0)
		die(dir);
	snprintf(path, sizeof path, "%s/" MARKER, dir);
	snprintf(marker, sizeof marker, "%llu %llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	write_file(path, marker, strlen(marker));
	for (int i = 0; i < folders * files; i++) {
		char name[64];
		snprintf(path, sizeof path, "%s/van-ban-%d", dir, i / files);
		if (i % files == 0 && mkdir(path, 0755) < 0)
			die(path);
		snprintf(name, sizeof name, "bao-cao-%04d.%s", i, kinds[(size_t)i % KH_COUNT(kinds)].extension);
		snprintf(path, sizeof path, "%s/van-ban-%d/%s", dir, i / files, name);
		write_file(path, bytes, content(name, bytes));
	}
}

static bool is_ours(const char *dir)
{
	char path[PATH], marker[64] = "", should[64];
	struct stat st = {0};
	snprintf(path, sizeof path, "%s/" MARKER, dir);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 || stat(dir, &st) < 0 ? -1 : read(fd, marker, sizeof marker - 1);
	snprintf(should, sizeof should, "%llu %llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return n > 0 && kh_streq(marker, should);
}

/* Calls each() for every file below, in the order of the folder. */
static void for_files(const char *dir, void (*each)(const char *path, const char *name, void *context), void *context)
{
	DIR *d = opendir(dir);
	for (const struct dirent *e = NULL; d && (e = readdir(d));) {
		char path[PATH];
		if (snprintf(path, sizeof path, "%s/%s", dir, e->d_name) >= PATH || kh_streq(e->d_name, ".") || kh_streq(e->d_name, "..") || kh_streq(e->d_name, MARKER))
			continue;
		if (e->d_type == DT_DIR)
			for_files(path, each, context);
		else if (e->d_type == DT_REG)
			each(path, e->d_name, context);
	}
	if (d)
		closedir(d);
}

static void count_good(const char *path, const char *name, void *context)
{
	static uint8_t is[MAX_FILE + 1], should[MAX_FILE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, is, sizeof is);
	if (kh_starts_with(name, "bao-cao-") && n == (ssize_t)content(name, should) && memcmp(is, should, (size_t)n) == 0)
		++*(int *)context;
	close(fd);
}

/* ---- what is done to one ---- */

static size_t encrypt(const char *path, uint8_t *ret)
{
	uint8_t key[crypto_stream_xchacha20_KEYBYTES], nonce[crypto_stream_xchacha20_NONCEBYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, MAX_FILE);
	close(fd);
	randombytes_buf(key, sizeof key);
	randombytes_buf(nonce, sizeof nonce);
	return n < 0 || crypto_stream_xchacha20_xor(ret, ret, (unsigned long long)n, nonce, key) < 0 ? 0 : (size_t)n;
}

static uint8_t secret[MAX_FILE];

static void overwrite(const char *path, size_t from, size_t n)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, secret + from, n, (off_t)from) != (ssize_t)n || close(fd) < 0)
		die(path);
}

static void in_place(const char *path)
{
	overwrite(path, 0, encrypt(path, secret));
}

static void start_only(const char *path)
{
	size_t n = encrypt(path, secret);
	overwrite(path, 0, n < START ? n : START);
}

static void locked(const char *path, char ret[PATH])
{
	if (snprintf(ret, PATH, "%s" ADDED, path) >= PATH)
		die(path);
}

static void copy(const char *path)
{
	char other[PATH];
	locked(path, other);
	write_file(other, secret, encrypt(path, secret));
	unlink(path);
}

static void random_name(const char *path)
{
	char other[PATH];
	int folder = (int)(strrchr(path, '/') - path);
	if (snprintf(other, sizeof other, "%.*s/%08x%08x", folder, path, randombytes_random(), randombytes_random()) >= PATH)
		die(path);
	write_file(other, secret, encrypt(path, secret));
	unlink(path);
}

static void rename_first(const char *path)
{
	char other[PATH];
	locked(path, other);
	if (rename(path, other) < 0)
		die(path);
	in_place(other);
}

static void destroy(const char *path)
{
	char other[PATH];
	size_t n = encrypt(path, secret);
	locked(path, other);
	write_file(other, secret, n);
	for (int pass = 0; pass < 3; pass++) {
		randombytes_buf(secret, n);
		overwrite(path, 0, n);
	}
	unlink(path);
}

static const struct strategy {
	const char *name;
	void (*one)(const char *path);
	int workers;
	bool starts_programs, note;
} strategies[] = {
	{"in-place", in_place, 1, false, false}, {"start-only", start_only, 1, false, false}, {"copy-delete", copy, 1, false, true}, {"random-name", random_name, 1, false, false},
	{"rename-first", rename_first, 1, false, true}, {"shred", destroy, 1, false, false}, {"workers", in_place, WORKERS, false, false}, {"script", copy, 1, true, false},
};

struct run {
	const struct strategy *strategy;
	const char *dir;
	int pause_ms, worker, seen;
};

static void start_program(const struct run *run, const char *path)
{
	pid_t pid = fork();
	if (pid == 0) {
		execl("/proc/self/exe", "test-encryptor", "one", run->strategy->name, run->dir, path, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static void do_one(const char *path, const char *name, void *context)
{
	struct run *run = context;
	if (kh_ends_with(name, ADDED) || kh_streq(name, "DOC-TOI.txt") || (!strchr(name, '.') && !kh_starts_with(name, "bao-cao-")) || run->seen++ % run->strategy->workers != run->worker)
		return;
	if (run->strategy->starts_programs)
		start_program(run, path);
	else
		run->strategy->one(path);
	if (run->strategy->note) {
		char note[PATH];
		snprintf(note, sizeof note, "%.*s/DOC-TOI.txt", (int)(strrchr(path, '/') - path), path);
		write_file(note, "Thu nghiem: khong co gi bi ma hoa that.\n", 40);
	}
	usleep((unsigned)run->pause_ms * 1000);
}

static const struct strategy *strategy_of(const char *name)
{
	for (size_t i = 0; i < KH_COUNT(strategies); i++)
		if (kh_streq(strategies[i].name, name))
			return &strategies[i];
	_exit(2);
}

static void run(struct run *run)
{
	for (int i = 1; i < run->strategy->workers; i++)
		if (fork() == 0) {
			run->worker = i;
			for_files(run->dir, do_one, run);
			_exit(0);
		}
	for_files(run->dir, do_one, run);
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	int64_t a = 0, b = 0;
	if (argc == 5 && kh_streq(argv[1], "make") && kh_parse_int(argv[3], 1, 1000, &a) && kh_parse_int(argv[4], 1, 10000, &b)) {
		make(argv[2], (int)a, (int)b);
		return 0;
	}
	const char *dir = argc == 3 && kh_streq(argv[1], "count") ? argv[2] : argc == 5 ? argv[3] : NULL;
	if (!dir || !is_ours(dir) || sodium_init() < 0) {
		fprintf(stderr, "test-encryptor: that is no directory of mine\n");
		return 2;
	}
	if (argc == 3) {
		int good = 0;
		for_files(dir, count_good, &good);
		printf("%d\n", good);
	} else if (kh_streq(argv[1], "run") && kh_parse_int(argv[4], 0, 10000, &a)) {
		run(&(struct run){.strategy = strategy_of(argv[2]), .dir = dir, .pause_ms = (int)a});
	} else if (kh_streq(argv[1], "one") && kh_starts_with(argv[4], dir)) {
		strategy_of(argv[2])->one(argv[4]);
	}
	return 0;
}
