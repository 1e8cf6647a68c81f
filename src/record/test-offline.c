#include "base/alloc.h"
#include "base/error.h"
#include "base/test.h"
#include "record/offline.h"

static void make(struct kh_buf *file)
{
	struct kh_sign_key key = {0};
	struct kh_offline o = {.hostname = (char *)"máy-soạn-thảo", .os = (char *)"Debian", .fingerprint = (char *)"ab", .made_ms = 5, .records = 2, .packed = "packed\n", .packed_n = 7};
	kh_sign_key_create(&key);
	assert_int_equal(kh_offline_write(&key, &o, file), 0);
}

static void comes_back_as_written(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf file = KH_BUF_INIT;
	kh_auto_offline struct kh_offline o = {0};
	make(&file);
	assert_int_equal(kh_offline_read(file.data, file.len, &o), 0);
	assert_string_equal(o.hostname, "máy-soạn-thảo");
	assert_int_equal(o.records, 2);
	assert_int_equal(o.packed_n, 7);
	assert_memory_equal(o.packed, "packed\n", 7);
}

/* Every single changed byte, and every cut, is refused. */
static void no_byte_can_be_changed(void **state)
{
	(void)state;
	kh_auto_buf struct kh_buf file = KH_BUF_INIT;
	make(&file);
	for (size_t i = 0; i < file.len; i++) {
		struct kh_offline o = {0};
		file.data[i] ^= 1;
		assert_true(kh_offline_read(file.data, file.len, &o) < 0);
		file.data[i] ^= 1;
		assert_true(kh_offline_read(file.data, i, &o) < 0);
	}
}

static void other_files_are_named(void **state)
{
	(void)state;
	struct kh_offline o = {0};
	assert_int_equal(kh_offline_read("PK\3\4", 4, &o), KH_E_SYNTAX);
	assert_int_equal(kh_offline_read("KHIENOFF2\n", 10, &o), KH_E_NOT_SUPPORTED);
	assert_int_equal(kh_offline_read("", 0, &o), KH_E_SYNTAX);
}

KH_TESTS(comes_back_as_written, no_byte_can_be_changed, other_files_are_named)
