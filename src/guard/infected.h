/* An infected file, on its way from the guard to the quarantine: a JSON object that goes along with its descriptor.
 *
 *     {"folder":"…","path_bytes":base64,"sha256":hex,"size":N,"detections":[{"engine","rule","member"}]}
 *
 * folder: of the quarantine; put in by the broker. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "scan/scan.h"

/* Owns everything. */
struct kh_infected {
	char *folder, *path;
	uint8_t sha256[32];
	uint64_t size;
	struct kh_detection *detections;
	size_t detection_count;
};
void kh_infected_done(struct kh_infected *i);
#define kh_auto_infected KH_CLEANUP(kh_infected_done)

/* Of the file's detections those that are not merely suspicious. */
void kh_infected_write(const struct kh_infected *i, struct kh_buf *out);
int kh_infected_read(const void *json, size_t n, struct kh_infected *ret) KH_MUST_USE;
