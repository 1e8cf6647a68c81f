/* For tests only: OLE2 files made in memory: one FAT sector (some 60 KiB in all), all small streams in the mini stream. */
#pragma once

#include "base/buf.h"

#include <stdint.h>

enum { TEST_CFB_SECTOR = 512, TEST_CFB_PIECE = 64, TEST_CFB_STORAGE = 1, TEST_CFB_STREAM = 2 };

/* Entries of the directory after the root; all that follow each other in one storage are siblings. */
struct test_cfb_entry {
	const char *name;
	uint8_t type;
	uint32_t child, right; /* numbers of entries, the root being 0; 0: none */
	const void *bytes;
	size_t n;
};

struct test_cfb {
	struct kh_buf file;
	uint32_t fat[TEST_CFB_SECTOR / 4], mini_fat[TEST_CFB_SECTOR / 4];
	uint32_t sectors, pieces;
};

void test_cfb_make(struct test_cfb *c, const struct test_cfb_entry *entries, size_t count);
