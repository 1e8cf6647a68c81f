/* The reader of the collector's messages: what a collector that was taken over could send. */
#include "base/alloc.h"
#include "facts/collector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kh_collected table = {0};
	kh_auto_json json_t *header = NULL, *rows = NULL;
	kh_auto_free char *columns = NULL;
	if (kh_collector_decode(data, size, &header, &columns, &table) == 0)
		kh_ignore(kh_collected_rows(&table, &rows));
	return 0;
}
