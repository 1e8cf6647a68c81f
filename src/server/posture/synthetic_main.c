/* khien-synthetic DATA MACHINES: fills the store of a data directory that `khien-server init` made with a made-up province, its answers and postures. For
 * bench/page.py. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/posture/posture.h"
#include "server/posture/synthetic.h"
#include "server/store/store.h"

#include <stdio.h>

static int fill(struct kh_db *db, void *arg)
{
	struct kh_synthetic *s = arg;
	int r = kh_synthetic_fill(db, s, kh_now_s());
	for (int64_t id = 1; r == 0 && id <= s->endpoints; id++)
		r = kh_posture_endpoint_changed(db, id, NULL, 0);
	return r;
}

static int fill_store(const char *data, struct kh_synthetic *s)
{
	kh_auto_free char *url = kh_format("sqlite:%s/khien.db", data);
	kh_auto_store struct kh_store *store = NULL;
	int r = kh_store_open(url, &(struct kh_store_options){0}, &store);
	return r < 0 ? r : kh_store_write(store, fill, s);
}

int main(int argc, char **argv)
{
	int64_t machines = 0;
	if (argc != 3 || !kh_parse_int(argv[2], 1, 1000000, &machines)) {
		fputs("usage: khien-synthetic DATA MACHINES\n", stderr);
		return 2;
	}
	struct kh_synthetic s = {.wards = 30, .units_per_ward = 9, .endpoints = (unsigned)machines, .most_rows = 6, .seed = 7};
	int r = fill_store(argv[1], &s);
	if (r < 0)
		fprintf(stderr, "khien-synthetic: %s: %s\n", kh_error_info(r)->name, kh_fail_detail());
	return r < 0 ? 3 : 0;
}
