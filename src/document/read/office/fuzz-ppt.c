/* Any bytes as the stream of a PPT, behind four that say where its last edit stands. */
#include "document/read/fuzz_reading.h"
#include "document/read/office/ppt.h"
#include "unpack/test_cfb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { EDIT = 4, USER = 20, EDIT_AT = 16, MOST = 40000 /* what test_cfb.h makes */ };
	uint8_t user[USER] = {0, 0, 0xf6, 0x0f, 0x14, 0, 0, 0, 0x14, 0, 0, 0, 0x5f, 0xc0, 0x91, 0xe3};
	struct test_cfb c;
	if (size < EDIT || size > MOST)
		return 0;
	memcpy(user + EDIT_AT, data, EDIT);
	const struct test_cfb_entry entries[] = {{"Current User", TEST_CFB_STREAM, 0, 2, user, sizeof user}, {"PowerPoint Document", TEST_CFB_STREAM, 0, 0, data + EDIT, size - EDIT}};
	test_cfb_make(&c, entries, KH_COUNT(entries));
	fuzz_reading(&kh_ppt_reader, (const uint8_t *)c.file.data, c.file.len);
	kh_buf_done(&c.file);
	return 0;
}
