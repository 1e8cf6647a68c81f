/* What a scan's host and its workers (khien-scan-worker) say to each other, over src/ipc. Integers are little endian; a text is a u16 length and
 * so many bytes, without NUL. A decoder takes the whole message or nothing: a byte too few or too many, a value out of range or a text with
 * characters it cannot have is KH_E_SYNTAX, and the worker is not trusted further.
 *
 *     host → worker
 *     SETUP   first and once, with the descriptor of the compiled content (malware/content.h): max_size u64; limits u64 × 8 in the order of struct
 *             kh_unpack_limits, closed u8; checked u8: a worker has said before that it is whole (scan/checked.h)
 *     LIST    which rules are there
 *     EXPLAIN path text, with the descriptor of an open regular file: which rules are run for its content, and why
 *     FILE    id u64, clean_but_for_hashes u8, path text (for rules that ask for a file's name), with the descriptor of an open regular file: scan it; if it is known
 *             to be clean by all but the hash lists, and none has an entry for its size, say so (STILL_CLEAN) without reading it
 *
 *     worker → host
 *     READY   after SETUP: landlock_abi u8, user_changed u8, YARA rules u64, ClamAV signatures u64, hashes u64, databases that nobody signed u64, the version (struct
 *             kh_content_version); where the content has what is ClamAV's: filter, library and hashes each place u64 and size u64, first u32, some u8;
 *             problems_more u64, u8 count, each: source text, item text ("" for none), line u32, words text
 *     RESULT  for each FILE, in order: id u64, outcome u8, errno u32, verdict u8, plain u8, profiles u16, size u64, sha256 32 bytes, u16 detections, each: engine u8,
 *             suspicious u8, gives_way u8, rule text, has_member u8, member text; u8 gaps, each: kind u8, has_member u8, member text; more_gaps u64; whether
 *             libclamav is to be asked u8, u16 candidates, each u32 (none when it is not). The verdict must be the one that the detections give; with some left out (gap), infected is believed
 *     LINE    a text, one of the answer to LIST or EXPLAIN
 *     END     after the last: outcome u8, errno u32, as in a RESULT
 *
 * After READY the worker is a nursery (sandbox/nursery.h): its copies take FILEs and give RESULTs.
 *
 * `khien-scan-worker compile` is told otherwise:
 *
 *     SOURCE  a source's path, with its descriptor
 *     GO      external variables, each a name text and a value text, with the descriptor of an empty file for the compiled content
 *     LIST    in the stead of GO: what the source includes
 *     INCLUDE the worker's answer to LIST, one name each, as it stands in the source
 *     DONE    the worker's last answer: nothing, or what went wrong, in words */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "malware/content.h"
#include "malware/report.h"
#include "scan/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_scan_message {
	KH_SCAN_SETUP = 1,
	KH_SCAN_FILE,
	KH_SCAN_READY,
	KH_SCAN_RESULT,
	KH_COMPILE_SOURCE,
	KH_COMPILE_GO,
	KH_COMPILE_DONE,
	KH_COMPILE_LIST,
	KH_COMPILE_INCLUDE,
	KH_SCAN_LIST,
	KH_SCAN_EXPLAIN,
	KH_SCAN_LINE,
	KH_SCAN_END
};

struct kh_scan_setup {
	uint64_t max_size;
	struct kh_unpack_limits limits;
	bool checked;
};

void kh_scan_encode_setup(const struct kh_scan_setup *s, struct kh_buf *b);
int kh_scan_decode_setup(const void *bytes, size_t n, struct kh_scan_setup *ret) KH_MUST_USE;

struct kh_scan_file {
	uint64_t id;
	bool clean_but_for_hashes;
	char *path; /* new memory when decoded */
};
void kh_scan_encode_file(const struct kh_scan_file *f, struct kh_buf *b);
int kh_scan_decode_file(const void *bytes, size_t n, struct kh_scan_file *ret) KH_MUST_USE;

struct kh_scan_externals {
	struct kh_yara_external v[KH_SCAN_MAX_EXTERNALS]; /* texts owned */
	size_t n;
};
void kh_scan_externals_done(struct kh_scan_externals *e);
void kh_scan_encode_externals(const struct kh_yara_external *v, size_t n, struct kh_buf *b);
int kh_scan_decode_externals(const void *bytes, size_t n, struct kh_scan_externals *ret) KH_MUST_USE;

/* A worker that is ready. Owns its texts. */
struct kh_scan_ready {
	int landlock_abi;
	bool user_changed;
	struct kh_content_info content;
	struct kh_content_clamav clamav;
	struct kh_rule_problems problems;
};
void kh_scan_ready_done(struct kh_scan_ready *r);
#define kh_auto_scan_ready KH_CLEANUP(kh_scan_ready_done)

void kh_scan_encode_ready(const struct kh_scan_ready *r, struct kh_buf *b);
int kh_scan_decode_ready(const void *bytes, size_t n, struct kh_scan_ready *ret) KH_MUST_USE;

enum kh_scan_outcome {
	KH_SCAN_SCANNED,      /* the report holds */
	KH_SCAN_TOO_LARGE,    /* it has more bytes than max_size, or grew while it was read */
	KH_SCAN_UNREADABLE,   /* read() failed with the errno */
	KH_SCAN_ENGINE_FAILED, /* the matcher gave up */
	KH_SCAN_STILL_CLEAN    /* it was not read: no hash list has an entry for its size */
};

/* Owns the report. */
struct kh_scan_reply {
	uint64_t id;
	enum kh_scan_outcome outcome;
	int error; /* errno */
	struct kh_malware_report report;
};
void kh_scan_reply_done(struct kh_scan_reply *r);
#define kh_auto_scan_reply KH_CLEANUP(kh_scan_reply_done)

void kh_scan_encode_reply(const struct kh_scan_reply *r, struct kh_buf *b);
int kh_scan_decode_reply(const void *bytes, size_t n, struct kh_scan_reply *ret) KH_MUST_USE;

/* How the answer to a question came to its end. */
struct kh_scan_end {
	enum kh_scan_outcome outcome; /* SCANNED: it is whole; never STILL_CLEAN */
	int error; /* errno */
};
void kh_scan_encode_end(const struct kh_scan_end *e, struct kh_buf *b);
int kh_scan_decode_end(const void *bytes, size_t n, struct kh_scan_end *ret) KH_MUST_USE;
