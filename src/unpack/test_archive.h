/* For tests only: archives made in memory. */
#pragma once

#include "base/buf.h"

#include <stddef.h>

struct test_member {
	const char *name;
	const void *bytes;
	size_t n;
};

/* By libarchive's writer: format ("zip", "7zip", "ustar", "raw", …), filter ("gzip", …; NULL: none), options ("zip:encryption=zipcrypt"; NULL: none).
 * Encrypted ones have the passphrase "x". Replaces *ret. */
void test_archive(const char *format, const char *filter, const char *options, const struct test_member *members, size_t count, struct kh_buf *ret);

/* Formats that libarchive only reads, with one stored member. */
void test_archive_rar(const char *name, const void *bytes, size_t n, struct kh_buf *ret);
void test_archive_rar_encrypted_before(const char *name, const void *bytes, size_t n, struct kh_buf *ret); /* the member behind one that has a password */
void test_archive_rar_encrypted_headers(struct kh_buf *ret);
void test_archive_cab(const char *name, const void *bytes, size_t n, struct kh_buf *ret);
void test_archive_lha(const char *name, const void *bytes, size_t n, struct kh_buf *ret);

#define TEST_EICAR "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-" "FILE!$H+H*"
