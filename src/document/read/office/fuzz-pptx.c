/* Any bytes as a slide of PowerPoint 2007, as a master page, and as a package. */
#include "document/read/fuzz_reading.h"
#include "document/read/office/drawing.h"
#include "document/read/office/pptx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_slide(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	const struct kh_drawing slide = {.part = KH_PART_BODY, .page = 1, .width = 9144000, .height = 6858000}, master = {.part = KH_PART_BODY, .page = 1, .master = true};
	kh_drawing_read(r, "slide", bytes, n, &slide);
	kh_drawing_read(r, "master", bytes, n, &master);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kh_reader slide = {.format = KH_DOCUMENT_PPTX, .read = read_slide};
	fuzz_reading(&kh_pptx_reader, data, size);
	return fuzz_reading(&slide, data, size);
}
