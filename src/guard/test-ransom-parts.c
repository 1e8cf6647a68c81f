/* Names, bytes, points, processes, canaries, alarms: each by itself. The whole watch: test-ransom.c. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "crypto/random.h"
#include "guard/ransom_alarms.h"
#include "guard/ransom_canary.h"
#include "guard/ransom_look.h"
#include "guard/ransom_process.h"
#include "guard/ransom_tally.h"
#include "guard/test_program.h"
#include "os/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- names and bytes ---- */

enum bytes { NONE, SHORT, RANDOM, PROSE, PACKED, RANDOM_START, RANDOM_MIDDLE, BASE64, ZEROES };

static void fill(enum bytes kind, const char *mark, uint8_t head[KH_RANSOM_HEAD], size_t *ret_n, uint8_t middle[KH_RANSOM_MIDDLE])
{
	static const char prose[] = "Ủy ban nhân dân phường báo cáo tình hình thực hiện nhiệm vụ sáu tháng đầu năm. ";
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t noise[KH_RANSOM_HEAD];
	kh_random_bytes(noise, sizeof noise);
	for (size_t i = 0; i < KH_RANSOM_HEAD; i++) {
		uint8_t plain = (uint8_t)prose[i % (sizeof prose - 1)];
		bool start = kind == RANDOM_START && i < 512;
		head[i] = kind == RANDOM || start ? noise[i] : kind == PACKED ? noise[i] & 0x7f : kind == BASE64 ? (uint8_t)digits[noise[i] % 64] : kind == ZEROES ? 0 : plain;
		middle[i] = kind == RANDOM || kind == RANDOM_MIDDLE ? noise[i] : plain;
	}
	if (mark)
		memcpy(head, mark, strlen(mark));
	*ret_n = kind == NONE ? 0 : kind == SHORT ? 100 : KH_RANSOM_HEAD;
}

static void looks(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum bytes bytes;
		const char *mark;
		enum kh_ransom_look look;
	} cases[] = {
		{"a.docx", RANDOM, "PK\3\4", KH_RANSOM_PLAIN}, {"a.docx", RANDOM, NULL, KH_RANSOM_SCRAMBLED}, {"a.docx", RANDOM_START, NULL, KH_RANSOM_SCRAMBLED},
		{"a.docx", RANDOM, "\xd0\xcf\x11\xe0", KH_RANSOM_PLAIN}, /* with a password */
		{"a.docx", PROSE, NULL, KH_RANSOM_PLAIN}, {"a.docx", ZEROES, NULL, KH_RANSOM_PLAIN}, {"a.docx", NONE, NULL, KH_RANSOM_PLAIN}, {"a.docx", SHORT, NULL, KH_RANSOM_PLAIN},
		{"a.docx.locked", RANDOM, NULL, KH_RANSOM_SCRAMBLED}, {"a.docx.id-77.[a@b.c].lock", RANDOM, NULL, KH_RANSOM_SCRAMBLED}, {"a.DOCX", RANDOM, NULL, KH_RANSOM_SCRAMBLED},
		{"a.docx~", RANDOM, NULL, KH_RANSOM_SCRAMBLED}, {".a.docx.Xa3bQz", RANDOM, "PK\3\4", KH_RANSOM_PLAIN}, {"a.docx.gpg", RANDOM, NULL, KH_RANSOM_SEALED},
		{"a.docx.gz", RANDOM, "\x1f\x8b", KH_RANSOM_PLAIN}, {"a.docx.gz", RANDOM, NULL, KH_RANSOM_SCRAMBLED}, {"a.docx.zip", RANDOM, "PK\3\4", KH_RANSOM_PLAIN},
		{"a.txt", RANDOM, NULL, KH_RANSOM_SCRAMBLED}, {"a.txt", RANDOM_START, NULL, KH_RANSOM_SCRAMBLED}, {"a.txt", RANDOM_MIDDLE, NULL, KH_RANSOM_SCRAMBLED},
		{"a.txt", PROSE, NULL, KH_RANSOM_PLAIN}, {"a.txt", BASE64, NULL, KH_RANSOM_PLAIN}, {"a.txt.1", PROSE, NULL, KH_RANSOM_PLAIN}, {"a.txt", RANDOM, "\x1f\x8b", KH_RANSOM_PLAIN},
		{"4f2c81aa", RANDOM, NULL, KH_RANSOM_SEALED}, {"4f2c81aa", PACKED, NULL, KH_RANSOM_PLAIN}, {"4f2c81aa", RANDOM_START, NULL, KH_RANSOM_PLAIN},
		{"4f2c81aa", RANDOM, "\x78\x9c", KH_RANSOM_PLAIN}, {"a.jpg", RANDOM, "\xff\xd8\xff", KH_RANSOM_PLAIN}, {"a.jpg", PACKED, NULL, KH_RANSOM_PLAIN},
		{"a.jpg", RANDOM, "\x89PNG", KH_RANSOM_PLAIN}, {"", RANDOM, NULL, KH_RANSOM_SEALED}, {".", RANDOM, NULL, KH_RANSOM_SEALED}, {"...", RANDOM, NULL, KH_RANSOM_SEALED},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		uint8_t head[KH_RANSOM_HEAD], middle[KH_RANSOM_MIDDLE];
		size_t n = 0;
		fill(cases[i].bytes, cases[i].mark, head, &n, middle);
		enum kh_ransom_look look = kh_ransom_look(cases[i].name, head, n, middle, n < KH_RANSOM_HEAD ? 0 : KH_RANSOM_MIDDLE);
		if (look != cases[i].look)
			print_message("# %s, bytes %d\n", cases[i].name, cases[i].bytes);
		assert_int_equal(look, cases[i].look);
	}
}

static void names_say_it(void **state)
{
	(void)state;
	static const struct {
		const char *old_name, *new_name;
		bool away;
	} renames[] = {
		{"a.docx", "a.docx.locked", true}, {"a.docx", "4f2c.crypt", true}, {"a.JPG", "a.JPG.xyz", true}, {"a.docx", "b.docx", false}, {"a.jpeg", "a.jpg", false}, {"a.docx", "a.docx.bak", false},
		{"a.docx", "a.docx~", false}, {"a.docx", "a.docx.1", false}, {"a.docx", "a", false}, {"a.xyz", "a.locked", false}, {"lu12.tmp", "a.docx", false}, {"a", "a.locked", false},
	};
	for (size_t i = 0; i < KH_COUNT(renames); i++)
		assert_int_equal(kh_ransom_is_renamed_away(renames[i].old_name, renames[i].new_name), renames[i].away);
	assert_true(kh_ransom_is_document("Báo cáo.PDF"));
	assert_false(kh_ransom_is_document("a.o"));
	assert_false(kh_ransom_is_document(".docx"));
	assert_true(kh_ransom_is_readable("README.txt"));
	assert_false(kh_ransom_is_readable("a.docx"));
}

/* ---- points ---- */

static struct kh_ransom_rules usual(void)
{
	struct kh_ransom_rules rules = {0};
	assert_int_equal(kh_ransom_rules_read(NULL, KH_RANSOM_THRESHOLD, KH_RANSOM_HALVING_MS, &rules), 0);
	return rules;
}

static double score_of(const struct kh_ransom_rules *rules, const enum kh_ransom_sign *signs, size_t n, int times, int64_t apart_ms)
{
	struct kh_ransom_tally t = {0};
	int64_t now = 1000;
	for (int i = 0; i < times; i++, now += apart_ms)
		for (size_t s = 0; s < n; s++)
			assert_true(kh_ransom_tally_add(&t, rules, signs[s], (uint64_t)i, "/home/an", "a", now));
	double score = kh_ransom_tally_score(&t, rules, now);
	kh_ransom_tally_done(&t);
	return score;
}

/* What honest programs do in masses reaches the threshold neither alone nor in the pairs that occur. */
static void masses_of_honest_signs_are_no_alarm(void **state)
{
	(void)state;
	static const enum kh_ransom_sign sets[][2] = {
		{KH_RANSOM_DELETE, KH_RANSOM_DELETE}, {KH_RANSOM_DELETE, KH_RANSOM_RENAME}, {KH_RANSOM_DELETE, KH_RANSOM_CANARY_REMOVED}, {KH_RANSOM_DELETE, KH_RANSOM_NOTE},
		{KH_RANSOM_RENAME, KH_RANSOM_NOTE}, {KH_RANSOM_RENAME, KH_RANSOM_SEAL}, {KH_RANSOM_SEAL, KH_RANSOM_NOTE}, {KH_RANSOM_CANARY_REMOVED, KH_RANSOM_NOTE},
	};
	const struct kh_ransom_rules rules = usual();
	for (size_t i = 0; i < KH_COUNT(sets); i++)
		assert_true(score_of(&rules, sets[i], sets[i][0] == sets[i][1] ? 1 : 2, 1000, 0) < rules.threshold);
}

static void signs_of_harm_are_one(void **state)
{
	(void)state;
	static const enum kh_ransom_sign scramble[] = {KH_RANSOM_SCRAMBLE}, away[] = {KH_RANSOM_SEAL, KH_RANSOM_DELETE}, canary[] = {KH_RANSOM_CANARY_CHANGED};
	const struct kh_ransom_rules rules = usual();
	assert_true(score_of(&rules, scramble, 1, 7, 0) < rules.threshold);
	assert_true(score_of(&rules, scramble, 1, 8, 0) >= rules.threshold);
	assert_true(score_of(&rules, scramble, 1, 10, 1000) >= rules.threshold - 5); /* slow work counts */
	assert_true(score_of(&rules, scramble, 1, 100, 60000) < rules.threshold);   /* what docs/ransomware.md calls too slow */
	assert_true(score_of(&rules, away, 2, 14, 0) >= rules.threshold);
	assert_true(score_of(&rules, canary, 1, 1, 0) >= rules.threshold);
}

static void points_fade_and_count_once(void **state)
{
	(void)state;
	const struct kh_ransom_rules rules = usual();
	struct kh_ransom_tally t = {0};
	assert_true(kh_ransom_tally_add(&t, &rules, KH_RANSOM_SCRAMBLE, 7, "/a", "x", 1000));
	assert_false(kh_ransom_tally_add(&t, &rules, KH_RANSOM_SCRAMBLE, 7, "/a", "x", 1000));
	assert_true(kh_ransom_tally_add(&t, &rules, KH_RANSOM_RENAME, 7, "/b", "x", 1000));
	double score = kh_ransom_tally_score(&t, &rules, 1000), later = kh_ransom_tally_score(&t, &rules, 1000 + rules.halving_ms);
	assert_true(later > score / 2 - 0.01 && later < score / 2 + 0.01);
	assert_int_equal(t.folder_count, 2);
	assert_int_equal(kh_ransom_tally_harmed(&t), 1);
	for (uint64_t i = 0; i < 10000; i++)
		kh_ransom_tally_note(&t, i);
	assert_true(kh_ransom_tally_has(&t, 9999));
	assert_false(kh_ransom_tally_has(&t, 1));
	kh_ransom_tally_done(&t);
}

static void rules_are_read(void **state)
{
	(void)state;
	struct kh_ransom_rules rules = {0};
	assert_int_equal(kh_ransom_rules_read((const char *const[]){"scramble=20", "delete=1/9", NULL}, 50, 1000, &rules), 0);
	assert_int_equal(rules.weight[KH_RANSOM_SCRAMBLE], 20);
	assert_int_equal(rules.most[KH_RANSOM_SCRAMBLE], 100);
	assert_int_equal(rules.most[KH_RANSOM_DELETE], 9);
	static const char *const wrong[] = {"", "scramble", "scramble=", "scramble=x", "nothing=1", "scramble=1/", "scramble=1/2/3", "scramble=-1", "scramble=1 "};
	for (size_t i = 0; i < KH_COUNT(wrong); i++)
		assert_int_equal(kh_ransom_rules_read((const char *const[]){wrong[i], NULL}, 50, 1000, &rules), KH_E_INVALID_CONFIG);
}

/* ---- processes ---- */

static pid_t sleeper(int children)
{
	pid_t pid = fork();
	if (pid == 0) {
		char script[128];
		snprintf(script, sizeof script, "for i in $(seq %d); do sleep 1000 & done; sleep 1000; :", children);
		setpgid(0, 0);
		execl("/bin/sh", "sh", "-c", script, (char *)NULL);
		_exit(127);
	}
	setpgid(pid, pid);
	return pid;
}

static size_t descriptors(void)
{
	size_t n = 0;
	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void stops_a_tree(void **state)
{
	(void)state;
	size_t before = descriptors();
	struct kh_ransom_process p = {0}, wrong = {0};
	struct kh_ransom_tree tree = {0}, none = {0};
	pid_t pid = sleeper(3);
	usleep(300000);
	assert_true(kh_ransom_process_read(pid, &p));
	assert_int_equal(p.parent, getpid());
	assert_string_equal(p.name, "sh");
	assert_int_equal(p.group, pid);
	wrong = p;
	wrong.start++; /* its number, but another process */
	assert_false(kh_ransom_tree_stop(&wrong, &none));
	assert_true(kh_ransom_tree_stop(&p, &tree));
	assert_true(tree.all.n >= 4);
	assert_int_equal(descriptors(), before); /* who starts thousands of processes must not use them up */
	int status = 0;
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_true(kh_ransom_tree_lives(&tree));
	kh_ransom_tree_hold(&none, pid, p.start + 1);
	assert_int_equal(none.all.n, 0);
	kh_ransom_tree_signal(&tree, SIGKILL);
	usleep(300000);
	assert_true(kh_ransom_process_read(pid, &p) && p.ended); /* and nobody has waited for it */
	assert_false(kh_ransom_tree_lives(&tree));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	kh_ransom_tree_done(&tree);
	assert_false(kh_ransom_process_read(pid, &p));
}

static void leaves_some_alone(void **state)
{
	(void)state;
	struct kh_ransom_process init = {0}, own = {0};
	struct kh_ransom_tree tree = {0};
	assert_true(kh_ransom_process_read(1, &init));
	assert_string_equal(kh_ransom_process_protected(&init, "/sbin/init"), "init");
	assert_true(kh_ransom_process_read(getpid(), &own));
	assert_string_equal(kh_ransom_process_protected(&own, NULL), "own");
	assert_false(kh_ransom_tree_stop(&init, &tree));
	assert_false(kh_ransom_tree_stop(&own, &tree));
	pid_t child = fork(); /* runs our file */
	if (child == 0) {
		pause();
		_exit(0);
	}
	struct kh_ransom_process p = {0};
	assert_true(kh_ransom_process_read(child, &p));
	assert_false(kh_ransom_tree_stop(&p, &tree));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	struct kh_ransom_process kernel = {.pid = 4242, .kernel = true};
	assert_string_equal(kh_ransom_process_protected(&kernel, NULL), "kernel");
}

/* stat() of what may lie on a server that hangs. */
static size_t foreign_looks;
int __real_stat64(const char *path, struct stat *st);
int __wrap_stat64(const char *path, struct stat *st);
int __wrap_stat64(const char *path, struct stat *st)
{
	foreign_looks += kh_starts_with(path, "/proc/") && kh_ends_with(path, "/exe") && !kh_starts_with(path, "/proc/self/");
	return __real_stat64(path, st);
}

static void asks_no_program_of_a_foreign_name(void **state)
{
	(void)state;
	struct kh_ransom_process p = {0};
	pid_t pid = kh_test_program("/usr/bin/env");
	kh_auto_free char *program = kh_ransom_process_program(pid);
	assert_true(kh_ransom_process_read(pid, &p));
	foreign_looks = 0;
	assert_null(kh_ransom_process_protected(&p, program));
	assert_int_equal(foreign_looks, 0);
	assert_null(kh_ransom_process_protected(&p, "/usr/bin/khien-x")); /* so named it is looked at */
	assert_int_equal(foreign_looks, 1);
	kh_test_program_end(pid);
}

/* In a mount namespace of its own a program has the path that its user likes. */
static void knows_a_program_by_its_file(void **state)
{
	static const char desktop[] = "/usr/bin/dbus-daemon";
	(void)state;
	pid_t pid = kh_test_program("/usr/bin/env");
	const struct kh_ransom_process other = {.pid = pid};
	assert_true(kh_ransom_process_runs(pid, "/usr/bin/env"));
	assert_false(kh_ransom_process_runs(pid, "/usr/bin/restic"));
	assert_null(kh_ransom_process_protected(&other, desktop));
	assert_null(kh_ransom_process_protected(&other, "/usr/bin/khien-x"));
	assert_null(kh_ransom_process_protected(&other, "/home/an/khien"));
	kh_test_program_end(pid);
	if (access(desktop, X_OK) < 0)
		return; /* this machine has no desktop */
	pid = kh_test_program(desktop);
	const struct kh_ransom_process bus = {.pid = pid};
	assert_string_equal(kh_ransom_process_protected(&bus, desktop), "desktop");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- canaries ---- */

static char dir[] = "/tmp/khien-canary-XXXXXX";
static char *manifest;

static int make_dir(void **state)
{
	(void)state;
	manifest = mkdtemp(dir) ? kh_format("%s/manifest", dir) : NULL;
	return manifest ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	free(manifest);
	return kh_test_remove(dir);
}

static size_t entries(const char *folder)
{
	kh_auto_free char *command = kh_format("%s", folder);
	size_t n = 0;
	struct kh_canaries c = {0};
	assert_int_equal(kh_canaries_load(manifest, &c), 0);
	kh_array_each(&c.all, one) {
		kh_auto_free char *path = kh_format("%s/%s", one->folder, one->name);
		n += kh_streq(one->folder, command) && kh_file_exists(path);
	}
	kh_canaries_done(&c);
	return n;
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void canaries_come_and_go(void **state)
{
	(void)state;
	kh_auto_free char *pattern = kh_format("%s/home/*/Documents", dir), *an = kh_format("%s/home/an/Documents", dir), *binh = kh_format("%s/home/binh/Documents", dir);
	kh_auto_free char *first = kh_format("%s/.00-khien-canh-giu.docx", an), *link = kh_format("%s/home/chi", dir), *own = kh_format("%s/.zz-khien-canh-giu.xlsx", binh);
	const char *const patterns[] = {pattern, NULL}, *const nowhere[] = {NULL};
	struct kh_canaries c = {0};
	struct stat st = {0};
	assert_int_equal(kh_dir_make(an, 0755), 0);
	assert_int_equal(kh_dir_make(binh, 0700), 0);
	assert_int_equal(symlink(binh, link), 0); /* leads to no second set */
	write_text(own, "mine");                  /* somebody's file under our name stays */
	assert_int_equal(kh_canaries_load(manifest, &c), 0);
	assert_int_equal(kh_canaries_place(&c, patterns, false), 0);
	assert_int_equal(entries(an), 3);
	assert_int_equal(entries(binh), 2);
	assert_int_equal(stat(first, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_non_null(kh_canaries_find(&c, an, ".00-khien-canh-giu.docx"));
	assert_null(kh_canaries_find(&c, an, "other"));
	write_text(first, "changed");
	assert_int_equal(kh_canaries_place(&c, patterns, false), 0); /* made anew */
	int fd = open(first, O_RDONLY);
	assert_true(kh_canary_is_intact(kh_canaries_find(&c, an, ".00-khien-canh-giu.docx"), fd));
	close(fd);
	kh_canaries_done(&c);
	assert_int_equal(kh_canaries_load(manifest, &c), 0);
	assert_int_equal(kh_canaries_place(&c, patterns, true), 0); /* other names: the old ones go */
	assert_false(kh_file_exists(first));
	assert_int_equal(entries(an), 3);
	assert_int_equal(kh_canaries_place(&c, nowhere, true), 0);
	assert_int_equal(entries(an), 0);
	assert_int_equal(kh_canaries_place(&c, patterns, false), 0);
	assert_int_equal(kh_canaries_remove(&c), 0);
	assert_false(kh_file_exists(first));
	assert_true(kh_file_exists(own));
	assert_false(kh_file_exists(manifest));
	kh_canaries_done(&c);
}

static void bad_manifests_are_errors(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"{", "{\"canaries\":[{}]}", "{\"canaries\":[{\"folder\":\"home\",\"name\":\"a\",\"kind\":0,\"serial\":\"0000000000000000\",\"inode\":\"0000000000000000\"}]}",
		"{\"canaries\":[{\"folder\":\"/home\",\"name\":\"../a\",\"kind\":0,\"serial\":\"0000000000000000\",\"inode\":\"0000000000000000\"}]}",
		"{\"canaries\":[{\"folder\":\"/home\",\"name\":\"a\",\"kind\":9,\"serial\":\"0000000000000000\",\"inode\":\"0000000000000000\"}]}",
	};
	for (size_t i = 0; i < KH_COUNT(bad); i++) {
		struct kh_canaries c = {0};
		write_text(manifest, bad[i]);
		assert_true(kh_canaries_load(manifest, &c) < 0);
	}
	assert_int_equal(unlink(manifest), 0);
}

/* What office programs and viewers look at first. That unzip, an XML reader and a JPEG decoder take them was tried by hand. */
static void canaries_are_documents(void **state)
{
	(void)state;
	static const struct {
		enum kh_canary_kind kind;
		const char *name, *mark, *inside;
	} cases[] = {{KH_CANARY_DOCX, "a.docx", "PK\3\4", "word/document.xml"}, {KH_CANARY_XLSX, "a.xlsx", "PK\3\4", "xl/worksheets/sheet1.xml"}, {KH_CANARY_JPG, "a.jpg", "\xff\xd8\xff", "JFIF"}};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_buf struct kh_buf b = KH_BUF_INIT, other = KH_BUF_INIT;
		kh_canary_content(cases[i].kind, 7, &b);
		kh_canary_content(cases[i].kind, 8, &other);
		assert_true(b.len > 5000 && b.len < 64 * KH_KIB);
		assert_memory_equal(b.data, cases[i].mark, strlen(cases[i].mark));
		assert_non_null(memmem(b.data, b.len, cases[i].inside, strlen(cases[i].inside)));
		assert_non_null(memmem(b.data, b.len, "Khiên", strlen("Khiên")));
		assert_true(b.len != other.len || memcmp(b.data, other.data, b.len) != 0);
		assert_int_equal(kh_ransom_look(cases[i].name, (const uint8_t *)b.data, KH_RANSOM_HEAD, NULL, 0), KH_RANSOM_PLAIN);
	}
}

/* ---- alarms ---- */

static void alarms_are_kept(void **state)
{
	(void)state;
	kh_auto_free char *path = kh_format("%s/alarms", dir);
	struct kh_ransom_tree none = {0};
	write_text(path, "damaged");
	struct kh_ransom_alarms *a = kh_ransom_alarms_load(path);
	for (int i = 0; i < KH_RANSOM_ALARMS + 5; i++)
		kh_ransom_alarms_add(a, &(struct kh_ransom_alarm){.rule = KH_RANSOM_RULE_CHANGED, .why = "gone", .folder = "/home/an", .name = "b\xff"}, &none);
	assert_int_equal(kh_ransom_alarms_keep(a), 0);
	kh_ransom_alarms_free(a);
	a = kh_ransom_alarms_load(path);
	const json_t *list = kh_ransom_alarms_list(a), *latest = json_array_get(list, 0);
	assert_int_equal(json_array_size(list), KH_RANSOM_ALARMS);
	assert_int_equal(json_integer_value(json_object_get(latest, "id")), KH_RANSOM_ALARMS + 5);
	assert_string_equal(json_string_value(json_object_get(latest, "why")), "gone");
	pid_t first = 0;
	assert_false(kh_ransom_alarms_end(a, getpid(), SIGCONT, &first));
	assert_false(kh_ransom_alarms_any_stopped(a));
	kh_ransom_alarms_free(a);
}

/* A file that names a process which got its number later holds nobody. */
static void alarms_hold_no_strangers(void **state)
{
	(void)state;
	kh_auto_free char *path = kh_format("%s/alarms", dir), *text = kh_format("{\"alarms\":[{\"id\":3,\"action\":\"stopped\",\"processes\":[{\"pid\":%d,\"start\":1}]}]}", getpid());
	write_text(path, text);
	struct kh_ransom_alarms *a = kh_ransom_alarms_load(path);
	assert_false(kh_ransom_alarms_any_stopped(a));
	assert_string_equal(json_string_value(json_object_get(json_array_get(kh_ransom_alarms_list(a), 0), "action")), "ended");
	kh_ransom_alarms_free(a);
}

KH_TESTS_WITH(make_dir, remove_dir, looks, names_say_it, masses_of_honest_signs_are_no_alarm, signs_of_harm_are_one, points_fade_and_count_once, rules_are_read, stops_a_tree,
	      leaves_some_alone, asks_no_program_of_a_foreign_name, knows_a_program_by_its_file, canaries_come_and_go, bad_manifests_are_errors, canaries_are_documents, alarms_are_kept, alarms_hold_no_strangers)
