/* The collector as a process: what it sends, what it may not do, how its end is told. */
#include "base/alloc.h"
#include "base/content_state.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/collector.h"
#include "facts/test_tables.h"
#include "os/host.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int count_tables(void *arg, const struct kh_collected *table)
{
	kh_auto_json json_t *rows = NULL;
	size_t *count = arg;
	assert_int_equal(table->table, *count); /* in the order of the tables */
	assert_int_equal(kh_collected_rows(table, &rows), 0);
	++*count;
	return 0;
}

static void measures_a_kept_tree(void **state)
{
	(void)state;
	struct test_tree t = test_tree_kept("debian");
	size_t count = 0;
	const struct kh_collector_options options = {.root = t.path, .program = TEST_COLLECTOR};
	if (kh_collector_run(&options, count_tables, &count) < 0)
		fail_msg("%s", kh_fail_detail());
	assert_int_equal(count, KH_FACTS_COUNT);
	test_tree_done(&t);
}

static void sends_what_is_measured_directly(void **state)
{
	(void)state;
	struct test_tree t = test_tree_kept("rocky");
	static const enum kh_fact_table tables[] = {KH_FACTS_PACKAGES, KH_FACTS_OS, KH_FACTS_PROTECTION};
	const struct kh_collector_options options = {.root = t.path, .program = TEST_COLLECTOR, .tables = tables, .tables_count = KH_COUNT(tables)};
	kh_auto_collector struct kh_collector c = KH_COLLECTOR_INIT;
	assert_int_equal(kh_collector_start(&options, &c), 0);
	for (size_t i = 0; c.left; i++) {
		struct kh_collected table = {0};
		kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
		kh_auto_buf struct kh_buf body = KH_BUF_INIT;
		assert_int_equal(kh_collector_next(&c, &table), 0);
		assert_int_equal(table.table, tables[i]);
		test_collect(&t, tables[i], &rows);
		kh_facts_body_json(&rows, &body);
		assert_int_equal(table.body_len, body.len);
		assert_memory_equal(table.body, body.data, body.len);
		assert_string_equal(table.detail, rows.detail ? rows.detail : "");
	}
	test_tree_done(&t);
}

static int find_content(void *arg, const struct kh_collected *table)
{
	const char *const wanted = "\"4711\"";
	*(bool *)arg = memmem(table->body, table->body_len, wanted, strlen(wanted)) != NULL;
	return 0;
}

static void reads_the_store_that_is_named(void **state)
{
	(void)state;
	static const enum kh_fact_table tables[] = {KH_FACTS_PROTECTION};
	struct test_tree t = test_tree_new();
	const struct kh_content_state content = {.current = 4711, .newest_s = 1725300000, .yara_rules = 7, .imported = true};
	kh_auto_free char *text = kh_content_state_text(&content);
	test_tree_dir(&t, "/usr");
	test_tree_file(&t, "/proc/12/comm", "khien-agent\n");
	test_tree_file(&t, "/proc/12/cmdline", "/srv/khien-agent");
	test_tree_file(&t, "/srv/khien-agent", "program");
	test_tree_file(&t, "/srv/store/" KH_CONTENT_STATE, text);
	for (int named = 0; named < 2; named++) {
		const struct kh_collector_options options = {
			.root = t.path, .content = named ? "/srv/store" : NULL, .program = TEST_COLLECTOR, .tables = tables, .tables_count = KH_COUNT(tables)};
		bool found = false;
		assert_int_equal(kh_collector_run(&options, find_content, &found), 0);
		assert_int_equal(found, named);
	}
	test_tree_done(&t);
}

struct live {
	size_t measured, needs_root;
	char os_hash[KH_FACTS_HASH_SIZE];
};

static int note_live(void *arg, const struct kh_collected *table)
{
	struct live *live = arg;
	live->measured += table->state == KH_FACTS_MEASURED;
	live->needs_root += table->reason == KH_FACTS_NEEDS_ROOT;
	if (table->table == KH_FACTS_OS)
		memcpy(live->os_hash, table->hash, sizeof live->os_hash);
	return 0;
}

static void measures_this_machine(void **state)
{
	(void)state;
	struct live first = {0}, second = {0};
	const struct kh_collector_options options = {.program = TEST_COLLECTOR};
	if (kh_collector_run(&options, note_live, &first) < 0)
		fail_msg("%s", kh_fail_detail());
	assert_true(first.measured >= 10);
	assert_int_equal(first.needs_root > 0, !kh_host_is_privileged());
	assert_int_equal(kh_collector_run(&options, note_live, &second), 0);
	assert_string_equal(first.os_hash, second.os_hash);
}

static void ends_are_told(void **state)
{
	(void)state;
	struct kh_collected table = {0};
	kh_auto_collector struct kh_collector missing = KH_COLLECTOR_INIT, no_root = KH_COLLECTOR_INIT, killed = KH_COLLECTOR_INIT;
	assert_int_equal(kh_collector_start(&(struct kh_collector_options){.program = "/no/such/collector"}, &missing), KH_E_NOT_FOUND);
	assert_int_equal(kh_collector_start(&(struct kh_collector_options){.program = TEST_COLLECTOR, .root = "/no/such/tree"}, &no_root), 0);
	assert_int_equal(kh_collector_next(&no_root, &table), KH_E_WORKER_FAILED);
	assert_non_null(strstr(kh_fail_detail(), "exit status"));
	assert_int_equal(kh_collector_start(&(struct kh_collector_options){.program = "/bin/sleep"}, &killed), 0); /* speaks no word of ours */
	assert_int_equal(kh_collector_next(&killed, &table), KH_E_WORKER_FAILED);
}

static int refuse(void *arg, const struct kh_collected *table)
{
	(void)table;
	++*(int *)arg;
	return kh_fail(KH_E_IO, "enough");
}

static void the_taker_can_stop_it(void **state)
{
	(void)state;
	struct test_tree t = test_tree_kept("debian");
	int taken = 0;
	assert_int_equal(kh_collector_run(&(struct kh_collector_options){.root = t.path, .program = TEST_COLLECTOR}, refuse, &taken), KH_E_IO);
	assert_int_equal(taken, 1);
	test_tree_done(&t);
}

KH_TESTS(measures_a_kept_tree, sends_what_is_measured_directly, reads_the_store_that_is_named, measures_this_machine, ends_are_told, the_taker_can_stop_it)
