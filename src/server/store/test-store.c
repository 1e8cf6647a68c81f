#include "server/store/store.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/stop.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "gen/facts.h"
#include "server/store/migrate.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static char dir[] = "/tmp/khien-store-XXXXXX";
static int serial;

/* A database file of its own for each case. */
static char *fresh_url(void)
{
	return kh_format("sqlite:%s/%d.db", dir, serial++);
}

static struct kh_store *open_store(const char *url)
{
	struct kh_store *store = NULL;
	assert_int_equal(kh_store_open(url, &(struct kh_store_options){.create = true}, &store), 0);
	return store;
}

static struct kh_db *open_db(const char *url)
{
	struct kh_db *db = NULL;
	assert_int_equal(kh_db_open(url, &(struct kh_db_options){.create = true}, &db), 0);
	return db;
}

static int64_t number(struct kh_db *db, const char *sql)
{
	int64_t n = -1;
	assert_int_equal(kh_db_int(db, &n, sql), 0);
	return n;
}

/* ---- schema ---- */

static void new_database_has_everything(void **state)
{
	(void)state;
	kh_auto_free char *url = fresh_url();
	struct kh_store *store = NULL;
	assert_int_equal(kh_store_open(url, NULL, &store), KH_E_NOT_FOUND);
	kh_auto_store struct kh_store *made = open_store(url);
	struct kh_db *db = NULL;
	assert_int_equal(kh_store_reader(made, &db), 0);
	assert_int_equal(number(db, "SELECT COUNT(*) FROM unit"), 0);
	for (size_t i = 0; i < KH_FACTS_COUNT; i++) {
		kh_auto_free char *sql = kh_format("SELECT COUNT(*) FROM fact_%s", kh_fact_tables[i].name);
		assert_int_equal(number(db, sql), 0);
	}
	assert_int_equal(number(db, "SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'schema_version'"), kh_store_schema_version());
}

static void opening_again_keeps_it(void **state)
{
	(void)state;
	kh_auto_free char *url = fresh_url();
	kh_store_close(open_store(url));
	kh_auto_db struct kh_db *db = open_db(url);
	bool needed = true;
	assert_int_equal(kh_migrate_check(db, &needed), 0);
	assert_false(needed);
	kh_store_close(open_store(url));
}

static void refuses_other_databases(void **state)
{
	(void)state;
	static const struct {
		const char *script;
		int error;
		const char *said;
	} cases[] = {
		{"CREATE TABLE patients(name TEXT)", KH_E_FOREIGN_DATABASE, "another program"},
		{"CREATE TABLE meta(a TEXT, b TEXT)", KH_E_FOREIGN_DATABASE, "another program"},
		{"CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO meta VALUES('application', 'qlvb')", KH_E_FOREIGN_DATABASE, "qlvb"},
		{"CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO meta VALUES('application', 'khien-server')", KH_E_SCHEMA_OLD,
		 "\"\""},
		{"CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO meta VALUES('application', 'khien-server'), ('schema_version', 'x')",
		 KH_E_SCHEMA_OLD, "\"x\""},
		{"CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO meta VALUES('application', 'khien-server'), ('schema_version', '0')",
		 KH_E_SCHEMA_OLD, "\"0\""},
		{"CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO meta VALUES('application', 'khien-server'), ('schema_version', '9999')",
		 KH_E_SCHEMA_OLD, "9999"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *url = fresh_url();
		kh_auto_db struct kh_db *db = open_db(url);
		assert_int_equal(kh_db_script(db, cases[i].script), 0);
		struct kh_store *store = NULL;
		assert_int_equal(kh_store_open(url, &(struct kh_store_options){.create = true}, &store), cases[i].error);
		assert_non_null(strstr(kh_fail_detail(), cases[i].said));
		assert_int_equal(number(db, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'"), 1);
	}
}

static void changed_fact_table_is_made_anew(void **state)
{
	(void)state;
	kh_auto_free char *url = fresh_url(), *name = kh_strdup(kh_fact_tables[0].name);
	kh_store_close(open_store(url));
	kh_auto_db struct kh_db *db = open_db(url);
	kh_auto_free char *script = kh_format(
		"DROP TABLE fact_%s; CREATE TABLE fact_%s(old TEXT); UPDATE meta SET value = 'old' WHERE key = 'table:fact_%s';"
		"CREATE TABLE fact_gone(x TEXT); INSERT INTO meta VALUES('table:fact_gone', 'old');"
		"INSERT INTO fact_state VALUES(1, '%s', 'measured', NULL, '', 0, 0, 0), (1, 'gone', 'measured', NULL, '', 0, 0, 0), (1, 'other', 'measured', NULL, '', 0, 0, 0)",
		name, name, name, name);
	assert_int_equal(kh_db_script(db, script), 0);
	kh_store_close(open_store(url));
	kh_auto_free char *empty = kh_format("SELECT COUNT(endpoint_id) FROM fact_%s", name);
	assert_int_equal(number(db, empty), 0);
	assert_int_equal(number(db, "SELECT COUNT(*) FROM fact_state"), 1);
	assert_int_equal(number(db, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'fact_gone'"), 0);
}

static void failed_migration_leaves_nothing(void **state)
{
	(void)state;
	kh_auto_free char *url = fresh_url(), *name = kh_strdup(kh_fact_tables[1].name);
	kh_store_close(open_store(url));
	kh_auto_db struct kh_db *db = open_db(url);
	/* Table 0 is to be made anew; table 1 cannot be, because a view has its name. */
	kh_auto_free char *script = kh_format(
		"UPDATE meta SET value = 'old' WHERE key IN ('table:fact_%s', 'table:fact_%s'); DROP TABLE fact_%s; CREATE VIEW fact_%s AS SELECT 1 AS one",
		kh_fact_tables[0].name, name, name, name);
	assert_int_equal(kh_db_script(db, script), 0);
	struct kh_store *store = NULL;
	assert_int_equal(kh_store_open(url, NULL, &store), KH_E_DATABASE);
	assert_int_equal(number(db, "SELECT COUNT(*) FROM meta WHERE value = 'old'"), 2);
}

/* ---- writing and reading ---- */

static int add_unit(struct kh_db *db, void *code)
{
	return kh_db_run(db, "INSERT INTO unit(code, name, name_fold, kind, from_s) VALUES(?1, ?1, ?1, 'ward', 0)", (const char *)code);
}

static int add_and_fail(struct kh_db *db, void *code)
{
	int r = add_unit(db, code);
	return r < 0 ? r : kh_fail(KH_E_FORBIDDEN, "changed my mind about %s", (const char *)code);
}

static void writes_are_all_or_nothing(void **state)
{
	(void)state;
	kh_auto_free char *url = fresh_url();
	kh_auto_store struct kh_store *store = open_store(url);
	struct kh_db *db = NULL, *again = NULL;
	assert_int_equal(kh_store_reader(store, &db), 0);
	assert_int_equal(kh_store_reader(store, &again), 0);
	assert_ptr_equal(db, again);
	assert_int_equal(kh_store_write(store, add_unit, (char[]){"a"}), 0);
	assert_int_equal(kh_store_write(store, add_and_fail, (char[]){"b"}), KH_E_FORBIDDEN);
	assert_string_equal(kh_fail_detail(), "changed my mind about b");
	assert_int_equal(kh_store_write(store, add_unit, (char[]){"a"}), KH_E_EXISTS);
	assert_int_equal(number(db, "SELECT COUNT(*) FROM unit"), 1);
	assert_int_equal(add_unit(db, (char[]){"c"}), KH_E_READ_ONLY);
	struct kh_store_counts c = {0};
	kh_store_count(store, &c);
	assert_int_equal(c.writes, 3);
	assert_int_equal(c.commits, 1);
	assert_int_equal(c.failures, 2);
}

#define THREADS 8
#define PER_THREAD 50

struct pushing {
	struct kh_store *store;
	int thread, failed;
	int64_t seen;
};

/* Every third is refused after its write; the reader of this thread sees all that this thread was told is written. */
static void *push(void *arg)
{
	struct pushing *p = arg;
	for (int i = 0; i < PER_THREAD; i++) {
		kh_auto_free char *code = kh_format("t%d-%d", p->thread, i), *said = kh_format("changed my mind about %s", code);
		int r = kh_store_write(p->store, i % 3 == 2 ? add_and_fail : add_unit, code);
		p->failed += i % 3 == 2 && r == KH_E_FORBIDDEN && kh_streq(kh_fail_detail(), said);
	}
	struct kh_db *db = NULL;
	kh_auto_free char *like = kh_format("t%d-%%", p->thread);
	if (kh_store_reader(p->store, &db) == 0)
		kh_ignore(kh_db_int(db, &p->seen, "SELECT COUNT(*) FROM unit WHERE code LIKE ?1", like));
	return NULL;
}

static void note_commit(struct kh_db *db, void *count)
{
	(void)db;
	++*(int64_t *)count;
}

static void threads_are_grouped(void **state)
{
	(void)state;
	kh_auto_free char *url = fresh_url();
	struct kh_store *store = NULL;
	int64_t noted = 0;
	assert_int_equal(kh_store_open(url, &(struct kh_store_options){.create = true, .committed = note_commit, .arg = &noted}, &store), 0);
	pthread_t threads[THREADS];
	struct pushing p[THREADS] = {0};
	for (int i = 0; i < THREADS; i++) {
		p[i] = (struct pushing){.store = store, .thread = i};
		assert_int_equal(pthread_create(&threads[i], NULL, push, &p[i]), 0);
	}
	int refused = PER_THREAD / 3;
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(p[i].failed, refused);
		assert_int_equal(p[i].seen, PER_THREAD - refused);
	}
	struct kh_store_counts c = {0};
	kh_store_count(store, &c);
	assert_int_equal(c.writes, THREADS * PER_THREAD);
	assert_int_equal(c.commits, noted);
	assert_true(c.commits < c.writes);
	kh_store_close(store);
}

/* SQLite gives the whole transaction up when the disk is full: nobody of the group may be told that it was written. */
static int fill(struct kh_db *db, void *arg)
{
	(void)arg;
	kh_auto_free char *big = kh_format("%0*d", 4000000, 1);
	return add_unit(db, big);
}

static int run_sql(struct kh_db *db, void *sql)
{
	return kh_db_run(db, (const char *)sql);
}

static void full_disk_fails_the_group(void **state)
{
	(void)state;
	kh_auto_free char *url = fresh_url();
	kh_auto_store struct kh_store *store = open_store(url);
	assert_int_equal(kh_store_write(store, add_unit, (char[]){"before"}), 0);
	struct kh_db *db = NULL;
	assert_int_equal(kh_store_reader(store, &db), 0);
	int64_t pages = number(db, "SELECT page_count + 100 FROM pragma_page_count");
	kh_auto_free char *limit = kh_format("PRAGMA max_page_count=%lld", (long long)pages);
	assert_int_equal(kh_store_write(store, run_sql, limit), 0);
	assert_int_equal(kh_store_write(store, fill, NULL), KH_E_DISK_FULL);
	assert_int_equal(kh_store_write(store, add_unit, (char[]){"after"}), 0);
	assert_int_equal(number(db, "SELECT COUNT(*) FROM unit"), 2);
}

static int add_and_stop(struct kh_db *db, void *stop)
{
	int r = add_unit(db, (char[]){"last"});
	atomic_store((kh_stop_flag *)stop, true);
	return r;
}

static void count_units(struct kh_db *db, void *count)
{
	assert_int_equal(kh_db_int(db, count, "SELECT COUNT(*) FROM unit"), 0);
}

/* What a thread has written is committed, and looked at behind the commit, although the thread is to stop; the next call writes nothing. */
static void stops_between_calls(void **state)
{
	(void)state;
	kh_auto_free char *url = fresh_url();
	kh_auto_store struct kh_store *store = NULL;
	kh_stop_flag stop = false;
	int64_t committed = 0;
	assert_int_equal(kh_store_open(url, &(struct kh_store_options){.create = true, .committed = count_units, .arg = &committed}, &store), 0);
	kh_stop_by(&stop);
	assert_int_equal(kh_store_write(store, add_and_stop, &stop), 0);
	assert_int_equal(committed, 1);
	assert_int_equal(kh_store_write(store, add_unit, (char[]){"none"}), KH_E_STOPPED);
	kh_stop_by(NULL);
	assert_int_equal(kh_store_write(store, add_unit, (char[]){"other"}), 0);
	assert_int_equal(committed, 2);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return kh_test_remove(dir);
}

KH_TESTS_WITH(make_dir, remove_dir, new_database_has_everything, opening_again_keeps_it, refuses_other_databases, changed_fact_table_is_made_anew,
	      failed_migration_leaves_nothing, writes_are_all_or_nothing, threads_are_grouped, full_disk_fails_the_group, stops_between_calls)
