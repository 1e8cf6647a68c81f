/* Any bytes as a picture of a page: headers, decoding, and the search for lines. */
#include "document/read/fuzz_reading.h"
#include "document/read/scan/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kh_reader *const readers[] = {&kh_tiff_reader, &kh_jpeg_reader, &kh_png_reader};
	for (size_t i = 0; i < KH_COUNT(readers); i++)
		if (readers[i]->looks(data, size))
			return fuzz_reading(readers[i], data, size);
	return 0;
}
