/* Taking over a bundle of content (src/content/bundle.h) in a child of the broker, `khien-agent role content`: it compiles for minutes. The child has the broker's rights, runs at
 * the lowest priority, and ends with its one bundle. Over their kh_ipc_pair() it gets one KH_CONTENT_JOB_START with the bundle's descriptor, and answers with one
 * KH_CONTENT_JOB_DONE. It works on a copy, for the uplink may still have the file open. Nothing of the bundle is unpacked or parsed before its SHA-256 and its signature are known to be right; sources are compiled by workers without rights. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "crypto/sign.h"

#include <stddef.h>
#include <stdint.h>

enum kh_content_job_type { KH_CONTENT_JOB_START = 1, KH_CONTENT_JOB_DONE };

struct kh_content_job {
	const char *store;
	const char *keys;   /* file of trusted keys; need not be there */
	const uint8_t (*pinned)[KH_SIGN_PUBLIC_SIZE]; /* trusted besides */
	size_t pinned_count;
	const char *sha256; /* of the file, in hex */
};
void kh_content_job_encode(const struct kh_content_job *job, struct kh_buf *out);

enum kh_content_fate {
	KH_CONTENT_IMPORTED, /* in use, or it was already */
	KH_CONTENT_REFUSED,  /* it will never be taken: not signed by a trusted key, older, malformed, or its trial failed */
	KH_CONTENT_DAMAGED,  /* not the file that was named */
	KH_CONTENT_LATER,    /* it could not be tried: the disk is full, another process changes the store… */
	KH_CONTENT_FATES,
};

/* As it lies in memory: both ends are one program. */
struct kh_content_job_done {
	int64_t fate, number, rules, signatures, hashes;
	char reason[512]; /* "" when it was imported */
};

int kh_content_job_main(int sock) KH_MUST_USE;
