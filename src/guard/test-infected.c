#include "guard/infected.h"

#include "base/alloc.h"
#include "base/test.h"

static void it_arrives_as_it_was(void **state)
{
	struct kh_detection found[] = {{(char *)"yara", (char *)"Rule_One", (char *)"a.zip/b", false}, {(char *)"yara", (char *)"Merely_Suspicious", NULL, true}, {(char *)"hash", (char *)"bad", NULL, false}};
	const struct kh_infected i = {.folder = (char *)"/q", .path = (char *)"/home/lan/T\xe1\xba\xa3i xu\xe1\xbb\x91ng/\xff\n", .sha256 = {1, 2, 255}, .size = 7, .detections = found, .detection_count = 3};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_auto_infected struct kh_infected got = {0};
	(void)state;
	kh_infected_write(&i, &b);
	assert_int_equal(kh_infected_read(b.data, b.len, &got), 0);
	assert_string_equal(got.folder, "/q");
	assert_string_equal(got.path, i.path);
	assert_memory_equal(got.sha256, i.sha256, sizeof i.sha256);
	assert_int_equal(got.size, 7);
	assert_int_equal(got.detection_count, 2);
	assert_string_equal(got.detections[0].member, "a.zip/b");
	assert_string_equal(got.detections[1].rule, "bad");
	assert_null(got.detections[1].member);
}

#define HASH "\"sha256\":\"0101010101010101010101010101010101010101010101010101010101010101\""
#define FOUND "\"detections\":[{\"engine\":\"yara\",\"rule\":\"R\",\"member\":null}]"

static void anything_else_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "{}", "{\"path_bytes\":\"L2E=\"," HASH ",\"size\":1,\"detections\":[]}", "{\"path_bytes\":\"YQ==\"," HASH ",\"size\":1," FOUND "}", /* "a" */
		"{\"path_bytes\":\"L2E\"," HASH ",\"size\":1," FOUND "}", "{\"path_bytes\":\"L2EA\"," HASH ",\"size\":1," FOUND "}", /* "/a" and a NUL */
		"{\"path_bytes\":\"L2E=\",\"sha256\":\"01\",\"size\":1," FOUND "}", "{\"path_bytes\":\"L2E=\"," HASH ",\"size\":-1," FOUND "}",
		"{\"path_bytes\":\"L2E=\"," HASH ",\"size\":1,\"detections\":[{\"engine\":\"yara\"}]}",
	};
	struct kh_infected got = {0};
	(void)state;
	static const char good[] = "{\"path_bytes\":\"L2E=\"," HASH ",\"size\":1," FOUND "}";
	assert_int_equal(kh_infected_read(good, sizeof good - 1, &got), 0);
	assert_null(got.folder);
	kh_infected_done(&got);
	for (size_t i = 0; i < KH_COUNT(bad); i++)
		assert_true(kh_infected_read(bad[i], strlen(bad[i]), &got) < 0);
}

KH_TESTS(it_arrives_as_it_was, anything_else_is_refused)
