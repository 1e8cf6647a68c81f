/* Bytes → lines with any look → a level. Each line of the input begins with five bytes that say what it looks like. */
#include "base/alloc.h"
#include "secrecy/sample.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct kh_document_line look(const uint8_t v[5], uint32_t order)
{
	return (struct kh_document_line){.part = (enum kh_document_part)(v[0] % KH_PARTS), .page = v[1], .order = order, .red = v[2] & 1, .bold = v[2] & 2, .framed = v[2] & 4, .placed = v[2] & 8,
					 .top = (float)v[3] / 255, .bottom = (float)v[3] / 255, .size_pt = (float)v[4] / 4, .certainty = v[2] & 16 ? 50 : 100};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kh_secrecy_rules *rules;
	if (!rules)
		rules = kh_sample_rules();
	kh_assert(rules);
	kh_auto_secrecy struct kh_secrecy *s = kh_secrecy_new(rules, true);
	struct kh_secrecy_finding found = {0};
	uint32_t order = 0;
	kh_secrecy_begin(s, size ? (enum kh_document_format)(*data % KH_DOCUMENT_FORMATS) : KH_DOCUMENT_TEXT);
	for (size_t i = 1; i + 5 < size;) {
		const uint8_t *text = data + i + 5, *end = memchr(text, '\n', size - i - 5);
		size_t n = end ? (size_t)(end - text) : size - i - 5;
		struct kh_document_line line = look(data + i, order++);
		kh_auto_free char *copy = kh_strndup((const char *)text, n);
		line.text = copy;
		line.n = strlen(copy);
		kh_secrecy_line(s, &line);
		i += 5 + n + 1;
	}
	kh_secrecy_end(s, &found);
	kh_assert((found.level == KH_SECRECY_NONE) == (found.confidence == 0));
	kh_assert(found.level == KH_SECRECY_NONE || found.n > 0);
	return 0;
}
