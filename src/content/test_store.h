/* For the store's tests only: a store in a folder that is gone after the test, files to import, and an engine that puts the sources one after the other. */
#pragma once

#include "content/import.h"

#include <stddef.h>

struct test_store {
	char *root; /* a folder for the test's files; the store is below it */
	char *dir;
	struct kh_content_engine engine;
	const struct kh_yara_external *externals; /* given with an import */
	size_t external_count;
	bool nothing_usable;
	int failures; /* so many uses fail */
	struct kh_content_keys keys;
	char text[1024]; /* of the content last used */
};

struct test_store *test_store_new(void);
void test_store_free(struct test_store *t);

/* A file below the root; gives its path, lent until the next call. */
const char *test_file(struct test_store *t, const char *name, const char *text);
/* Imports in a change of its own; the error. */
int test_import(struct test_store *t, const char *path, int64_t now_s, enum kh_content_outcome *ret);
int test_remove(struct test_store *t, const char *origin);
int test_back(struct test_store *t);
/* What is no content cannot be used; else its text is kept in `text`. */
int test_use(void *t, int fd);
/* What is in use: "name=text name=text "; "" for nothing. Lent until the next call. */
const char *test_in_use(struct test_store *t);
