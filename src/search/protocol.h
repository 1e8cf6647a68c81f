/* What the host of a search and its workers (khien-document-worker) say to each other, over src/ipc. Integers are little endian; texts are ipc/wire.h's. A decoder takes the whole message or
 * nothing: what is not as it should be is KH_E_SYNTAX, and the worker is not trusted further.
 *
 *     host → worker
 *     RULES    a file's path text, with its descriptor: rules of packs/secrecy. One or more
 *     LETTERS  with the descriptor of Tesseract's trained data; without it, no picture is read
 *     SETUP    then and once: max_size u64, limits (unpack/limits.h), ocr u8, show u8
 *     FILE     id u64, with the descriptor of an open regular file
 *
 *     worker → host
 *     READY    after SETUP: landlock_abi u8, user_changed u8, the digest of the rules 32 bytes
 *     REFUSED  in its stead: what is wrong with the rules, words
 *     RESULT   for each FILE, in order: id u64, outcome u8, errno u32, then the report (search/report.h): size u64, sha256 32 bytes, format u8, charset u8, charset_known u8, mixed u8,
 *              state u8, level u8, confidence u8, inside u8, u8 marks, each: kind text, page u32, where u8, has_line u8, line text; u8 gaps, each: kind u8, inside u8
 *
 * After READY the worker is a nursery (sandbox/nursery.h): its copies take FILEs and give RESULTs. */
#pragma once

#include "document/read/read.h"
#include "search/report.h"

enum kh_search_message { KH_SEARCH_RULES = 1, KH_SEARCH_LETTERS, KH_SEARCH_SETUP, KH_SEARCH_FILE, KH_SEARCH_READY, KH_SEARCH_REFUSED, KH_SEARCH_RESULT };

struct kh_search_setup {
	uint64_t max_size;
	struct kh_unpack_limits limits;
	enum kh_ocr ocr;
	bool show;
};
void kh_search_encode_setup(const struct kh_search_setup *s, struct kh_buf *b);
int kh_search_decode_setup(const void *bytes, size_t n, struct kh_search_setup *ret) KH_MUST_USE;

struct kh_search_ready {
	int landlock_abi;
	bool user_changed;
	uint8_t rules[32];
};
void kh_search_encode_ready(const struct kh_search_ready *r, struct kh_buf *b);
int kh_search_decode_ready(const void *bytes, size_t n, struct kh_search_ready *ret) KH_MUST_USE;

void kh_search_encode_file(uint64_t id, struct kh_buf *b);
int kh_search_decode_file(const void *bytes, size_t n, uint64_t *ret_id) KH_MUST_USE;

enum kh_search_outcome {
	KH_SEARCH_READ, /* the report holds */
	KH_SEARCH_TOO_LARGE,
	KH_SEARCH_UNREADABLE, /* read() failed with the errno */
	KH_SEARCH_READER_FAILED, /* the reader of documents gave up */
	KH_SEARCH_OUTCOMES
};

struct kh_search_reply {
	uint64_t id;
	enum kh_search_outcome outcome;
	int error; /* errno */
	struct kh_search_report report;
};
void kh_search_encode_reply(const struct kh_search_reply *r, struct kh_buf *b);
int kh_search_decode_reply(const void *bytes, size_t n, struct kh_search_reply *ret) KH_MUST_USE; /* its report is to be released */
