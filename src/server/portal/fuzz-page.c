/* Pages of portals: parsed, sent and compared with themselves, which must be no change. */
#include "base/alloc.h"
#include "server/portal/compare.h"

static const struct kh_word_list *list(void)
{
	static struct kh_word_list words;
	static const char text[] = "{\"betting\": [\"nhà cái\", \"casino\"], \"boast\": [\"hacked by\"], \"malware\": [\"coinhive\"], \"trusted\": [\"gov.vn\"], \"hosts\": [\"fb88\"]}";
	if (!words.of[0].n) {
		kh_auto_json json_t *json = NULL;
		kh_assert(kh_json_parse(text, sizeof text - 1, &json) == 0 && kh_word_list_of_json(json, &words) == 0);
	}
	return &words;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_auto_page struct kh_page page = {0}, back = {0};
	kh_auto_known struct kh_known known = {0};
	const struct kh_page_options options = {.url = "https://hoa-mai.example/", .words = list(), .changing = ".quang-cao\ndiv p"};
	kh_page_parse(data, size, &options, &page);
	kh_auto_json json_t *json = kh_page_json(&page);
	kh_assert(kh_page_of_json(json, &back) == 0);
	kh_known_learn(&known, &back);
	struct kh_change c = kh_page_compare(&known, &page);
	kh_assert(c.text == 0 && c.shape == 0 && !c.title && !c.another);
	return 0;
}
