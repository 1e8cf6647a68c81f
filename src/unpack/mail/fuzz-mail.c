/* Any bytes as mail, and as winmail.dat. */
#include "unpack/fuzz_reader.h"
#include "unpack/mail/mail.h"
#include "unpack/mail/tnef.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)kh_mail_looks(data, size);
	fuzz_reader(kh_tnef_read, data, size);
	return fuzz_reader(kh_mail_read, data, size);
}
