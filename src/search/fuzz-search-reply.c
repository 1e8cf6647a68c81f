/* Any bytes as a message of a worker (first byte 0: a result, 1: ready) or of the host (2: a setup, 3: a file). What is taken must survive being sent again. */
#include "base/alloc.h"
#include "base/error.h"
#include "search/protocol.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct kh_buf *b, const uint8_t *data, size_t size)
{
	kh_assert(b->len == size && memcmp(b->data, data, size) == 0);
}

static void reply(const uint8_t *data, size_t size)
{
	struct kh_search_reply r = {0};
	if (kh_search_decode_reply(data, size, &r) < 0)
		return;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_search_encode_reply(&r, &b);
	same(&b, data, size);
	kh_search_report_done(&r.report);
}

static void ready(const uint8_t *data, size_t size)
{
	struct kh_search_ready r = {0};
	if (kh_search_decode_ready(data, size, &r) < 0)
		return;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_search_encode_ready(&r, &b);
	same(&b, data, size);
}

static void setup(const uint8_t *data, size_t size)
{
	struct kh_search_setup s = {0};
	if (kh_search_decode_setup(data, size, &s) < 0)
		return;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_search_encode_setup(&s, &b);
	same(&b, data, size);
}

static void file(const uint8_t *data, size_t size)
{
	uint64_t id = 0;
	if (kh_search_decode_file(data, size, &id) < 0)
		return;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_search_encode_file(id, &b);
	same(&b, data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kinds[])(const uint8_t *, size_t) = {reply, ready, setup, file};
	if (size > 0)
		kinds[data[0] % 4](data + 1, size - 1);
	return 0;
}
