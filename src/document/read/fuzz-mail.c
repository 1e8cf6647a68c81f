/* Any bytes as mail, as Outlook's message, and as RTF that Outlook has compressed. */
#include "document/read/fuzz_reading.h"
#include "document/read/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_compressed(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_reading_decoded(r, "body", bytes, n, kh_msg_decompress);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kh_reader compressed = {.format = KH_DOCUMENT_MAIL, .members = read_compressed};
	fuzz_reading(&kh_msg_reader, data, size);
	fuzz_reading(&compressed, data, size);
	return fuzz_reading(&kh_mail_reader, data, size);
}
