#include "content/test_store.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "os/file.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Content is "content:" and the sources; one that says BROKEN is left out, and one that says EVIL finds something in the clean set. */
static int put_together(void *context, const struct kh_content_input *inputs, size_t count, const struct kh_yara_external *externals, size_t external_count, int *ret_fd)
{
	(void)context;
	kh_auto_buf struct kh_buf all = KH_BUF_INIT;
	kh_buf_adds(&all, "content:");
	for (size_t i = 0; i < count; i++) {
		kh_auto_buf struct kh_buf one = KH_BUF_INIT;
		int r = kh_file_read(inputs[i].path, 1000, &one);
		if (r < 0)
			return r;
		kh_buf_addf(&all, "%s=%s ", inputs[i].name, kh_buf_text(&one));
	}
	for (size_t i = 0; i < external_count; i++)
		kh_buf_addf(&all, "-d%s=%s ", externals[i].name, externals[i].value);
	int fd = memfd_create("content", MFD_CLOEXEC);
	if (fd < 0 || write(fd, all.data, all.len) != (ssize_t)all.len)
		return kh_fail_errno("memfd");
	*ret_fd = fd;
	return 0;
}

/* Each line that begins with the word includes. */
static int read_includes(void *context, const char *path, kh_on_include on_include, void *on_include_context)
{
	static const char word[] = "include ";
	(void)context;
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = kh_file_read(path, 1000, &text);
	char *rest = NULL;
	for (char *line = r < 0 ? NULL : strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (kh_starts_with(line, word))
			on_include(on_include_context, line + strlen(word));
	return r;
}

static int try_it(void *context, int fd, struct kh_content_info *ret_info, struct kh_rule_problems *problems)
{
	(void)context;
	char text[1001] = "";
	kh_assert(pread(fd, text, 1000, 0) > 0);
	if (strstr(text, "EVIL"))
		return kh_fail(KH_E_TRIAL_FAILED, "finds EVIL in a clean file");
	if (strstr(text, "BROKEN"))
		kh_rule_problems_add(problems, "rules/a.yar", "rule", 7, "broken");
	*ret_info = (struct kh_content_info){.yara_rules = 5};
	return 0;
}

int test_use(void *context, int fd)
{
	struct test_store *t = context;
	char text[1001] = "";
	if (t->failures && t->failures--)
		return kh_fail(KH_E_WORKER_FAILED, "killed");
	if (pread(fd, text, 1000, 0) < 8 || t->nothing_usable || !kh_starts_with(text, "content:"))
		return kh_fail(KH_E_SYNTAX, "not usable");
	snprintf(t->text, sizeof t->text, "%s", text + strlen("content:"));
	return 0;
}

static void ready_engine(struct test_store *t)
{
	t->engine = (struct kh_content_engine){put_together, read_includes, try_it, t};
}

struct test_store *test_store_new(void)
{
	struct test_store *t = kh_alloc(sizeof *t);
	t->root = kh_strdup("/tmp/khien-content-XXXXXX");
	kh_assert(mkdtemp(t->root));
	t->dir = kh_format("%s/store", t->root);
	ready_engine(t);
	return t;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

void test_store_free(struct test_store *t)
{
	nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(t->root);
	free(t->dir);
	free(t);
}

const char *test_file(struct test_store *t, const char *name, const char *text)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s", t->root, name);
	kh_auto_free char *folder = kh_strndup(path, (size_t)(strrchr(path, '/') - path));
	kh_assert(kh_dir_make(folder, 0755) == 0 && kh_file_replace(path, text, strlen(text), 0644) == 0);
	return path;
}

int test_import(struct test_store *t, const char *path, int64_t now_s, enum kh_content_outcome *ret)
{
	kh_auto_content_change struct kh_content_change *c = NULL;
	uint64_t files = 0;
	enum kh_content_outcome outcome = KH_CONTENT_UNCHANGED;
	const struct kh_content_import import = {
		.path = path, .keys = &t->keys, .now_s = now_s, .engine = &t->engine, .externals = t->externals, .external_count = t->external_count};
	int r = kh_content_change_begin(t->dir, &c);
	r = r < 0 ? r : kh_content_import(c, &import, &files);
	r = r < 0 ? r : kh_content_change_commit(c, &t->engine, false, now_s, &outcome);
	if (ret)
		*ret = outcome;
	return r;
}

int test_remove(struct test_store *t, const char *origin)
{
	kh_auto_content_change struct kh_content_change *c = NULL;
	enum kh_content_outcome outcome = KH_CONTENT_UNCHANGED;
	int r = kh_content_change_begin(t->dir, &c);
	if (r < 0 || kh_content_change_remove(c, origin) == 0)
		return r < 0 ? r : KH_E_NOT_FOUND;
	return kh_content_change_commit(c, &t->engine, false, 1000, &outcome);
}

int test_back(struct test_store *t)
{
	kh_auto_content_change struct kh_content_change *c = NULL;
	int r = kh_content_change_begin(t->dir, &c);
	return r < 0 ? r : kh_content_change_back(c, &t->engine);
}

const char *test_in_use(struct test_store *t)
{
	struct kh_content_used used = {0};
	t->text[0] = '\0';
	kh_ignore(kh_content_store_use(t->dir, test_use, t, &used));
	return t->text;
}
