/* Any bytes as a message of a worker (first byte even: a result, odd: ready) or of the host (3, 7, …: a setup). What is taken must survive being sent
 * again. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/alloc.h"
#include "scan/protocol.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void reply(const uint8_t *data, size_t size)
{
	kh_auto_scan_reply struct kh_scan_reply r = {0}, again = {0};
	if (kh_scan_decode_reply(data, size, &r) < 0)
		return;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_reply(&r, &b);
	kh_assert(kh_scan_decode_reply(b.data, b.len, &again) == 0);
	kh_assert(again.report.detections.n == r.report.detections.n && again.report.verdict == r.report.verdict);
	kh_assert(again.report.clamav.asked == r.report.clamav.asked && again.report.clamav.n == r.report.clamav.n && (r.report.clamav.asked || r.report.clamav.n == 0));
}

static void ready(const uint8_t *data, size_t size)
{
	kh_auto_scan_ready struct kh_scan_ready r = {0}, again = {0};
	if (kh_scan_decode_ready(data, size, &r) < 0)
		return;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_ready(&r, &b);
	kh_assert(kh_scan_decode_ready(b.data, b.len, &again) == 0);
	kh_assert(again.problems.n == r.problems.n && again.content.yara_rules == r.content.yara_rules);
	kh_assert(again.clamav.first == r.clamav.first && again.clamav.hashes.size == r.clamav.hashes.size);
}

static void setup(const uint8_t *data, size_t size)
{
	struct kh_scan_setup s;
	if (kh_scan_decode_setup(data, size, &s) < 0)
		return;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_setup(&s, &b);
	kh_assert(b.len == size && memcmp(b.data, data, size) == 0);
}

static void file(const uint8_t *data, size_t size)
{
	struct kh_scan_file f = {0};
	if (kh_scan_decode_file(data, size, &f) < 0)
		return;
	kh_auto_free char *path = f.path;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_file(&f, &b);
	kh_assert(b.len == size && memcmp(b.data, data, size) == 0);
}

static void externals(const uint8_t *data, size_t size)
{
	struct kh_scan_externals e;
	if (kh_scan_decode_externals(data, size, &e) < 0)
		return;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_scan_encode_externals(e.v, e.n, &b);
	kh_assert(b.len == size && memcmp(b.data, data, size) == 0);
	kh_scan_externals_done(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	void (*const kinds[])(const uint8_t *, size_t) = {reply, ready, reply, setup, reply, file, ready, externals};
	kinds[data[0] & 7](data + 1, size - 1);
	return 0;
}
