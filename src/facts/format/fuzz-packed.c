#include "base/cursor.h"
#include "facts/format/lines.h"
#include "facts/format/packed.h"
#include "os/file.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kh_auto_fd int fd = memfd_create("fuzz", MFD_CLOEXEC);
	kh_auto_packed struct kh_packed *packed = NULL;
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) < 0 || kh_packed_open(fd, &packed) < 0)
		return 0;
	kh_auto_lines struct kh_lines lines = {.fill = kh_packed_fill, .source = packed, .max_bytes = 1 << 20};
	const char *line = NULL;
	size_t n = 0;
	do
		if (kh_lines_next(&lines, &line, &n) < 0)
			break;
	while (line);
	return 0;
}
