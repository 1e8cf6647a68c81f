/* Packs come with the product, but an authority may write its own: any bytes are a directive, a file of the law, or a mistake with a place. */
#include "base/error.h"
#include "server/directive/directive.h"
#include "server/directive/law.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kh_directive d KH_CLEANUP(kh_directive_done) = {0};
	kh_auto_law struct kh_law law = {0};
	kh_ignore(kh_directive_parse("x.yaml", (const char *)data, size, &d));
	kh_ignore(kh_law_add(&law, "texts.yaml", (const char *)data, size));
	kh_ignore(kh_law_add(&law, "rules.yaml", (const char *)data, size));
	return 0;
}
