/* What a file of rules includes, with a worker that knows: who is asked, and about what. (What comes of it is tests/integration/test_content.py's.) */
#include "scan/includes.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "os/file.h"

#include <stdlib.h>
#include <string.h>

static char top[] = "/tmp/khien-includes-XXXXXX";

static int make_top(void **state KH_UNUSED)
{
	return mkdtemp(top) ? 0 : -1;
}

static int remove_top(void **state KH_UNUSED)
{
	return kh_test_remove(top);
}

static char *write_file(const char *name, const char *text, size_t n)
{
	char *path = kh_format("%s/%s", top, name);
	assert_int_equal(kh_file_replace(path, text, n, 0600), 0);
	return path;
}

/* Every file includes the same one. */
static int ask(void *context, const char *path, kh_on_include on_include, void *on_include_context)
{
	(void)path;
	(*(int *)context)++;
	on_include(on_include_context, "leaf.yar");
	return 0;
}

static size_t names_of(const char *path, int *ret_asked)
{
	kh_auto_includes struct kh_includes found = KH_INCLUDES_NONE;
	*ret_asked = 0;
	assert_int_equal(kh_includes_find(path, ask, ret_asked, &found), 0);
	return found.names.n;
}

static void nobody_is_asked_about_a_file_without_the_word(void **state)
{
	(void)state;
	static const char leaf[] = "rule leaf { condition: true } // inclu de", all[] = "include \"leaf.yar\"\n";
	kh_auto_free char *leaf_path = write_file("leaf.yar", leaf, strlen(leaf)), *all_path = write_file("all.yar", all, strlen(all));
	int asked = 0;
	assert_int_equal(names_of(leaf_path, &asked), 1);
	assert_int_equal(asked, 0);
	assert_int_equal(names_of(all_path, &asked), 2);
	assert_int_equal(asked, 1);
}

/* A file is read by pieces. */
static void the_word_is_seen_wherever_it_stands(void **state)
{
	(void)state;
	enum { SIZE = 256 * 1024, AROUND = 64 * 1024 };
	static const char word[] = "include";
	kh_auto_free char *text = kh_alloc(SIZE);
	for (size_t piece = 0; piece < 3; piece++) {
		for (size_t before = 0; before <= strlen(word); before++) {
			const size_t at = (piece + 1) * AROUND - before;
			int asked = 0;
			memset(text, ' ', SIZE);
			memcpy(text + at, word, strlen(word));
			kh_auto_free char *path = write_file("large.yar", text, SIZE);
			names_of(path, &asked);
			assert_int_equal(asked, 1);
		}
	}
}

KH_TESTS_WITH(make_top, remove_top, nobody_is_asked_about_a_file_without_the_word, the_word_is_seen_wherever_it_stands)
