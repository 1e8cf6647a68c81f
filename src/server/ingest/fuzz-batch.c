/* Bodies of /agent/v1/batch: unpacked, parsed, and, when they are good, stored twice: the second time must change nothing. The first byte chooses zstd or plain. */
#include "base/alloc.h"
#include "server/ingest/batch.h"
#include "server/posture/posture.h"
#include "server/ingest/records.h"
#include "server/store/migrate.h"

static struct kh_db *database(void)
{
	static struct kh_db *db;
	if (!db) {
		int r = kh_db_open("sqlite::memory:", &(struct kh_db_options){.create = true}, &db);
		if (r == 0)
			r = kh_migrate(db);
		if (r == 0)
			r = kh_db_script(db, "INSERT INTO unit(id, code, name, name_fold, kind, from_s) VALUES(1, 'a', 'a', 'a', 'ward', 0); INSERT INTO unit_ancestor VALUES(1, 1);"
					     "INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
					     " VALUES(1, 'u', 1, 'h', 'h', 'internet', '', 'active', '', '', '', 0, 0, 0)");
		kh_assert(r == 0);
	}
	return db;
}

static int64_t stored(struct kh_db *db)
{
	int64_t n = 0;
	kh_assert(kh_db_int(db, &n, "SELECT (SELECT COUNT(*) FROM event) + (SELECT COUNT(*) FROM detection) + (SELECT COUNT(*) FROM scan)") == 0);
	return n;
}

/* Every value that the checks let through must be one that the store takes. */
static void store_twice(const struct kh_batch *batch)
{
	struct kh_db *db = database();
	const struct kh_batch_origin from = {.endpoint_id = 1, .received_s = 1763700000};
	int64_t ack = 0;
	kh_assert(kh_db_begin(db) == 0);
	kh_assert(kh_batch_store(db, &from, batch, &ack) == 0 && ack == batch->last);
	int64_t n = stored(db);
	kh_assert(kh_batch_store(db, &from, batch, &ack) == 0 && ack == batch->last);
	kh_assert(stored(db) == n);
	kh_db_rollback(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	kh_auto_batch struct kh_batch batch = {0};
	if (kh_batch_read(data + 1, size - 1, data[0] & 1 ? "zstd" : NULL, &batch) == 0)
		store_twice(&batch);
	return 0;
}
