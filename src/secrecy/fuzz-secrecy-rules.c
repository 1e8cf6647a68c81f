/* A file of rules as an office may write it. */
#include "base/error.h"
#include "secrecy/secrecy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_auto_secrecy_rules struct kh_secrecy_rules *rules = kh_secrecy_rules_new();
	int r = kh_secrecy_rules_add(rules, "fuzz", (const char *)data, size);
	if (r == 0)
		r = kh_secrecy_rules_finish(rules);
	if (r == 0) {
		kh_auto_secrecy struct kh_secrecy *s = kh_secrecy_new(rules, false);
		struct kh_secrecy_finding found = {0};
		struct kh_document_line line = {.text = "TUYỆT MẬT Số: 12/BC-UBND(M) Bản số: 03", .certainty = 50};
		line.n = __builtin_strlen(line.text);
		kh_secrecy_begin(s, KH_DOCUMENT_TEXT);
		kh_secrecy_line(s, &line);
		kh_secrecy_line(s, &line);
		kh_secrecy_end(s, &found);
	}
	return 0;
}
