/* A directory whose files hold anything at all must open, be read and be emptied. The first byte says which file the rest is: a segment of each class, or
 * the ledger; a segment's rest may hold whole frames (see corpus/). */
#include "base/alloc.h"
#include "base/error.h"
#include "spool/spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
	"00000001-00000000000000aa-0000000000000001.event",
	"00000001-00000000000000aa-0000000000000001.facts",
	"00000001-00000000000000aa-0000000000000001.detection",
	"ledger",
};

static void put_file(int dir_fd, const char *name, const uint8_t *bytes, size_t n)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	kh_assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

static void open_and_drain(const char *dir)
{
	struct kh_spool *spool = NULL;
	kh_assert(kh_spool_open(dir, KH_MIB, &spool) == 0);
	kh_auto_spool_batch struct kh_spool_batch batch = {0};
	for (;;) {
		kh_assert(kh_spool_read(spool, 100, KH_MIB, &batch) == 0);
		if (batch.items.n == 0)
			break;
		kh_spool_ack(spool, batch.epoch, batch.items.v[batch.items.n - 1].seq);
	}
	struct kh_spool_stats stats = {0};
	kh_spool_stats(spool, &stats);
	kh_assert(stats.records == 0);
	kh_spool_free(spool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "/tmp/kh-fuzz-spool-XXXXXX";
	if (size == 0)
		return 0;
	kh_assert(mkdtemp(dir) != NULL);
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	put_file(dir_fd, names[data[0] % KH_COUNT(names)], data + 1, size - 1);
	open_and_drain(dir);
	for (size_t i = 0; i < KH_COUNT(names); i++)
		unlinkat(dir_fd, names[i], 0);
	unlinkat(dir_fd, "refused.ndjson", 0);
	close(dir_fd);
	rmdir(dir);
	return 0;
}
