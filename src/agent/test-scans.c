/* When scans begin and what a failed one leaves behind, with a broker struct; the scan child is the test. */
#include "agent/inside.h"
#include "agent/test_child.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "os/file.h"

#include <stdlib.h>
#include <unistd.h>

struct fixture {
	char dir[32];
	struct kh_agent_settings settings;
	struct kh_broker b;
	int uplink; /* the test's end */
};

static int setup(void **state)
{
	struct fixture *f = kh_alloc(sizeof *f);
	int socks[2] = {-1, -1};
	*f = (struct fixture){.dir = "/tmp/kh-scans-XXXXXX"};
	assert_non_null(mkdtemp(f->dir));
	f->settings = (struct kh_agent_settings){.state = f->dir, .run = f->dir, .scan_quick_every_s = 24 * 3600, .scan_processes = (char *)(uintptr_t) "warn", .scan_on_battery = (char *)(uintptr_t) "slow",
						 .content_store = f->dir};
	f->b = (struct kh_broker){.settings = &f->settings, .uplink = {.worker = KH_WORKER_NONE}, .scan = KH_WORKER_NONE, .collector = KH_COLLECTOR_INIT, .mounts_fd = -1, .enrolled = true,
				  .recheck_s = INT64_MAX};
	kh_auto_free char *spool = kh_format("%s/spool", f->dir);
	assert_int_equal(kh_ipc_pair(socks), 0);
	f->b.uplink.worker.sock = socks[0];
	f->uplink = socks[1];
	assert_int_equal(kh_spool_open(spool, KH_SPOOL_MIN_BYTES, &f->b.spool), 0);
	f->b.memory.quick_scan_s = kh_now_s();
	test_child_reset("scan", false);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	kh_removable_close(&f->b);
	kh_worker_done(&f->b.scan);
	kh_worker_done(&f->b.uplink.worker);
	kh_spool_batch_done(&f->b.batch);
	kh_spool_free(f->b.spool);
	close(f->uplink);
	test_child_end();
	assert_int_equal(kh_test_remove(f->dir), 0);
	free(f);
	return 0;
}

static void end_scan(struct fixture *f, bool reported)
{
	f->b.running.reported = reported;
	test_child_end();
	kh_scan_message(&f->b);
	assert_false(f->b.scanning);
}

static void a_disk_that_could_not_be_scanned_waits(void **state)
{
	struct fixture *f = *state;
	f->b.plugged_in[0] = kh_strdup("/media/an/USB");
	kh_scans_due(&f->b);
	assert_int_equal(test_child.spawned, 1);
	assert_string_equal(f->b.plugged_in[0], "/media/an/USB");
	kh_scans_due(&f->b); /* not at once */
	assert_int_equal(test_child.spawned, 1);
	f->b.plugged_at_ms = 0;
	test_child.can_spawn = true;
	kh_scans_due(&f->b);
	assert_int_equal(test_child.spawned, 2);
	assert_true(f->b.scanning);
	end_scan(f, false); /* it crashed */
	assert_string_equal(f->b.plugged_in[0], "/media/an/USB");
	assert_true(f->b.plugged_at_ms > 0);
	f->b.plugged_at_ms = 0;
	kh_scans_due(&f->b);
	f->b.plugged_in[1] = kh_strdup("/media/an/other"); /* came meanwhile */
	end_scan(f, true);
	assert_string_equal(f->b.plugged_in[0], "/media/an/other");
	assert_null(f->b.plugged_in[1]);
	assert_int_equal(f->b.plugged_at_ms, 0);
	kh_removable_look(&f->b); /* it is mounted no longer */
	assert_null(f->b.plugged_in[0]);
}

KH_TESTS_WITH(setup, teardown, a_disk_that_could_not_be_scanned_waits)
