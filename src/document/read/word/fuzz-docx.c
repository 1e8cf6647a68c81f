/* Any bytes as a document of this format, or, beginning with "<", as its one file of XML. */
#include "document/read/fuzz_reading.h"
#include "document/read/word/docx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reading(size > 0 && data[0] == '<' ? &kh_word_xml_reader : &kh_docx_reader, data, size);
}
