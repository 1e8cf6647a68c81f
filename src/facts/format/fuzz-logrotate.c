#include "facts/format/logrotate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kh_logrotate defaults = {0}, found = {0};
	bool is_found = false;
	kh_logrotate_parse((const char *)data, size, "/var/log/syslog", &defaults, &found, &is_found);
	kh_logrotate_days(&found);
	return 0;
}
