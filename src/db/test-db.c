/* Every case runs on every store: SQLite in memory and in a file, and KHIEN_TEST_PG when it names a PostgreSQL database. */
#include "db/db.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/stop.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/khien-db-XXXXXX";

static char *in_dir(const char *name)
{
	return kh_format("%s/%s", dir, name);
}

static struct kh_db *fresh(const char *url)
{
	struct kh_db *db = NULL;
	assert_int_equal(kh_db_open(url, &(struct kh_db_options){.create = true}, &db), 0);
	assert_int_equal(
		kh_db_script(db,
			     "DROP TABLE IF EXISTS leaf; DROP TABLE IF EXISTS item;"
			     "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size BIGINT, share DOUBLE PRECISION, CHECK (size <> 1313));"
			     "CREATE TABLE leaf(item_id BIGINT NOT NULL REFERENCES item(id));"),
		0);
	return db;
}

/* Runs a case on each store. */
static void each_store(void (*run)(struct kh_db *db))
{
	kh_auto_free char *file = kh_format("sqlite:%s/store.db", dir);
	const char *urls[] = {"sqlite::memory:", file, getenv("KHIEN_TEST_PG")};
	for (size_t i = 0; i < KH_COUNT(urls); i++) {
		if (!urls[i])
			continue;
		kh_auto_db struct kh_db *db = fresh(urls[i]);
		run(db);
	}
}

static int64_t count(struct kh_db *db)
{
	int64_t n = -1;
	assert_int_equal(kh_db_int(db, &n, "SELECT COUNT(*) FROM item"), 0);
	return n;
}

static void keep_values(struct kh_db *db)
{
	const char *vi = "Phường Hòa Bình";
	char changeable[] = "Thị trấn";
	int64_t id = 0;
	assert_int_equal(kh_db_int(db, &id, "INSERT INTO item(name, size, share) VALUES(?1, ?2, ?3) RETURNING id", vi, INT64_MAX, 0.25), 0);
	assert_true(id > 0);
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name, size, share) VALUES(?1, ?2, ?3)", kh_db_value_textn("cut here", 3), true, NULL), 0);
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name, size) VALUES(?2, ?1)", -7, changeable), 0);
	assert_int_equal(kh_db_changes(db), 1);

	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT name, size, share FROM item ORDER BY id");
	assert_true(kh_stmt_next(s, &r));
	assert_string_equal(kh_stmt_text(s, 0), vi);
	assert_int_equal(kh_stmt_text_len(s, 0), strlen(vi));
	assert_true(kh_stmt_int(s, 1) == INT64_MAX);
	assert_true(kh_stmt_real(s, 2) > 0.24 && kh_stmt_real(s, 2) < 0.26);
	assert_int_equal(kh_stmt_type(s, 0), KH_DB_TEXT);
	assert_int_equal(kh_stmt_type(s, 1), KH_DB_INT);
	assert_int_equal(kh_stmt_columns(s), 3);
	assert_string_equal(kh_stmt_column_name(s, 1), "size");
	assert_true(kh_stmt_next(s, &r));
	assert_string_equal(kh_stmt_text(s, 0), "cut");
	assert_int_equal(kh_stmt_int(s, 1), 1);
	assert_true(kh_stmt_is_null(s, 2));
	assert_int_equal(kh_stmt_int(s, 2), 0);
	assert_null(kh_stmt_text(s, 2));
	assert_true(kh_stmt_next(s, &r));
	assert_int_equal(kh_stmt_int(s, 1), -7);
	assert_false(kh_stmt_next(s, &r));
	assert_int_equal(r, 0);
}

static void values_come_back(void **state)
{
	(void)state;
	each_store(keep_values);
}

static void find_one(struct kh_db *db)
{
	int64_t n = 77;
	kh_auto_free char *text = kh_strdup("old");
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name, size) VALUES('a', 1), ('b', 2), ('c', NULL)"), 0);
	assert_int_equal(kh_db_int(db, &n, "SELECT size FROM item WHERE name = ?1", "none"), 0);
	assert_int_equal(n, 77);
	assert_int_equal(kh_db_int(db, &n, "SELECT size FROM item WHERE name = ?1", "c"), 0);
	assert_int_equal(n, 77);
	assert_int_equal(kh_db_int(db, &n, "SELECT size FROM item ORDER BY name"), 0);
	assert_int_equal(n, 1);
	assert_int_equal(kh_db_text(db, &text, "SELECT name FROM item WHERE size = ?1", 99), 0);
	assert_string_equal(text, "old");
	assert_int_equal(kh_db_text(db, &text, "SELECT name FROM item WHERE size = ?1", 2), 0);
	assert_string_equal(text, "b");
}

static void one_value(void **state)
{
	(void)state;
	each_store(find_one);
}

static void break_rules(struct kh_db *db)
{
	static const struct {
		const char *sql;
		int error;
	} cases[] = {
		{"INSERT INTO item(name) VALUES('twice')", KH_E_EXISTS},
		{"INSERT INTO item(id, name) SELECT id, 'other' FROM item", KH_E_EXISTS},
		{"INSERT INTO item(name) VALUES(NULL)", KH_E_INVALID_FIELD},
		{"INSERT INTO item(name, size) VALUES('x', 1313)", KH_E_INVALID_FIELD},
		{"INSERT INTO leaf(item_id) VALUES(4711)", KH_E_CONFLICT},
		{"INSERT INTO nowhere VALUES(1)", KH_E_DATABASE},
		{"no SQL at all", KH_E_DATABASE},
	};
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name) VALUES('twice')"), 0);
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		assert_int_equal(kh_db_run(db, cases[i].sql), cases[i].error);
		assert_true(*kh_fail_detail() != '\0');
	}
	assert_int_equal(count(db), 1);
}

static void errors_have_names(void **state)
{
	(void)state;
	each_store(break_rules);
}

static void nest_transactions(struct kh_db *db)
{
	assert_false(kh_db_in_transaction(db));
	assert_int_equal(kh_db_begin(db), 0);
	assert_true(kh_db_in_transaction(db));
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name) VALUES('outer')"), 0);
	assert_int_equal(kh_db_begin(db), 0);
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name) VALUES('inner')"), 0);
	assert_int_equal(kh_db_begin(db), 0);
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name) VALUES('inner')"), KH_E_EXISTS);
	kh_db_rollback(db);
	assert_non_null(strstr(kh_fail_detail(), "item"));
	assert_int_equal(count(db), 2);
	kh_db_rollback(db);
	assert_int_equal(count(db), 1);
	assert_int_equal(kh_db_begin(db), 0);
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name) VALUES('kept')"), 0);
	assert_int_equal(kh_db_commit(db), 0);
	assert_int_equal(kh_db_commit(db), 0);
	assert_int_equal(count(db), 2);
	assert_false(kh_db_in_transaction(db));
}

static void transactions_nest(void **state)
{
	(void)state;
	each_store(nest_transactions);
}

static int insert_then(struct kh_db *db, void *error)
{
	int r = kh_db_run(db, "INSERT INTO item(name) VALUES('atom')");
	return r < 0 ? r : *(int *)error;
}

static void keep_whole(struct kh_db *db)
{
	int none = 0, some = KH_E_LOCKED;
	assert_int_equal(kh_db_atomic(db, insert_then, &some), KH_E_LOCKED);
	assert_int_equal(count(db), 0);
	assert_int_equal(kh_db_atomic(db, insert_then, &none), 0);
	assert_int_equal(count(db), 1);
}

static void atomic_is_all_or_nothing(void **state)
{
	(void)state;
	each_store(keep_whole);
}

static void reuse_statements(struct kh_db *db)
{
	kh_auto_stmt struct kh_stmt *insert = NULL;
	assert_int_equal(kh_db_query(db, &insert, "INSERT INTO item(name, size) VALUES(?1, ?2)"), 0);
	for (int i = 0; i < 50; i++) {
		kh_auto_free char *name = kh_format("n%d", i);
		assert_int_equal(kh_stmt_run(insert, name, i), 0);
	}
	assert_int_equal(kh_stmt_run(insert, "n0", 0), KH_E_EXISTS);
	assert_int_equal(kh_stmt_run(insert, "n50", 50), 0);

	/* The same text inside its own loop, and more texts than the cache holds. */
	int64_t sum = 0;
	kh_auto_stmt struct kh_stmt *outer = NULL;
	int r = kh_db_query(db, &outer, "SELECT size FROM item WHERE size < ?1", 10);
	while (kh_stmt_next(outer, &r)) {
		kh_auto_stmt struct kh_stmt *inner = NULL;
		int inner_r = kh_db_query(db, &inner, "SELECT size FROM item WHERE size < ?1", kh_stmt_int(outer, 0));
		while (kh_stmt_next(inner, &inner_r))
			sum++;
		assert_int_equal(inner_r, 0);
	}
	assert_int_equal(r, 0);
	assert_int_equal(sum, 45);
	for (int i = 0; i < KH_DB_CACHED_STMTS + 50; i++) {
		kh_auto_free char *sql = kh_format("SELECT %d", i);
		int64_t v = -1;
		assert_int_equal(kh_db_int(db, &v, sql), 0);
		assert_int_equal(v, i);
	}
}

static void statements_are_kept(void **state)
{
	(void)state;
	each_store(reuse_statements);
}

static void bind_one_by_one(struct kh_db *db)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	assert_int_equal(kh_db_query(db, &s, "INSERT INTO item(name, size, share) VALUES(?1, ?2, ?3)"), 0);
	char name[] = "gone";
	bool row = true;
	kh_stmt_bind_text(s, 1, name);
	kh_stmt_bind_int(s, 2, 5);
	kh_stmt_bind_real(s, 3, 1.5);
	name[0] = 'd';
	assert_int_equal(kh_stmt_step(s, &row), 0);
	assert_false(row);
	kh_stmt_reset(s);
	kh_stmt_bind_textn(s, 1, "second half", 6);
	kh_stmt_bind_null(s, 3);
	assert_int_equal(kh_stmt_step(s, &row), 0);
	kh_stmt_reset(s);
	kh_stmt_bind_int(s, 9, 1);
	assert_true(kh_stmt_step(s, &row) < 0);
	int64_t n = 0;
	assert_int_equal(kh_db_int(db, &n, "SELECT COUNT(*) FROM item WHERE name IN ('gone', 'second') AND size = 5"), 0);
	assert_int_equal(n, 2);
}

static void binds_one_by_one(void **state)
{
	(void)state;
	each_store(bind_one_by_one);
}

static void look_for_tables(struct kh_db *db)
{
	bool there = false;
	assert_int_equal(kh_db_has_table(db, "item", &there), 0);
	assert_true(there);
	assert_int_equal(kh_db_has_table(db, "items", &there), 0);
	assert_false(there);
	assert_int_equal(kh_db_has_table(db, NULL, &there), 0);
	assert_true(there);
	assert_int_equal(kh_db_check(db), 0);
}

static void tables_are_found(void **state)
{
	(void)state;
	each_store(look_for_tables);
}

/* ---- what only a file can show ---- */

static void opening_fails_by_name(void **state)
{
	(void)state;
	kh_auto_free char *text = in_dir("text.db"), *long_text = kh_format("%0*d", 5000, 7);
	FILE *f = fopen(text, "w");
	assert_non_null(f);
	fputs(long_text, f);
	fclose(f);
	const struct {
		const char *where;
		bool create, read_only;
		int error;
	} cases[] = {
		{"sqlite:%s/missing.db", false, false, KH_E_NOT_FOUND},
		{"sqlite:%s/missing.db", false, true, KH_E_NOT_FOUND},
		{"sqlite:%s/no/such/dir.db", true, false, KH_E_NOT_FOUND},
		{"sqlite:%s/text.db", false, false, KH_E_DATABASE},
		{"oracle:%s", true, false, KH_E_NOT_SUPPORTED},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_free char *url = kh_format(cases[i].where, dir);
		struct kh_db *db = NULL;
		struct kh_db_options o = {.create = cases[i].create, .read_only = cases[i].read_only};
		assert_int_equal(kh_db_open(url, &o, &db), cases[i].error);
		assert_null(db);
	}
}

static void readers_do_not_write(void **state)
{
	(void)state;
	kh_auto_free char *url = kh_format("sqlite:%s/reader.db", dir);
	kh_auto_db struct kh_db *writer = fresh(url), *reader = NULL;
	assert_int_equal(kh_db_open(url, &(struct kh_db_options){.read_only = true}, &reader), 0);
	assert_true(kh_db_is_read_only(reader));
	assert_int_equal(kh_db_run(reader, "INSERT INTO item(name) VALUES('x')"), KH_E_READ_ONLY);
	assert_int_equal(kh_db_begin(reader), 0);
	assert_int_equal(count(reader), 0);
	assert_int_equal(kh_db_run(writer, "INSERT INTO item(name) VALUES('x')"), 0);
	assert_int_equal(count(reader), 0);
	kh_db_rollback(reader);
	assert_int_equal(count(reader), 1);
}

static void second_writer_is_busy(void **state)
{
	(void)state;
	kh_auto_free char *url = kh_format("sqlite:%s/busy.db", dir);
	kh_auto_db struct kh_db *one = fresh(url), *two = NULL;
	assert_int_equal(kh_db_open(url, &(struct kh_db_options){.busy_timeout_ms = 20}, &two), 0);
	assert_int_equal(kh_db_begin(one), 0);
	assert_int_equal(kh_db_begin(two), KH_E_BUSY);
	assert_int_equal(kh_db_run(two, "INSERT INTO item(name) VALUES('x')"), KH_E_BUSY);
	kh_db_rollback(one);
	assert_int_equal(kh_db_begin(two), 0);
	kh_db_rollback(two);
}

static void copies_while_open(void **state)
{
	(void)state;
	kh_auto_free char *url = kh_format("sqlite:%s/from.db", dir), *to = in_dir("copy.db"), *copy_url = kh_format("sqlite:%s/copy.db", dir),
			  *bad = in_dir("no/copy.db");
	kh_auto_db struct kh_db *db = fresh(url), *copy = NULL;
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name) VALUES('x')"), 0);
	assert_int_equal(kh_db_copy(db, to), 0);
	assert_int_equal(kh_db_copy(db, to), KH_E_EXISTS);
	assert_int_equal(kh_db_copy(db, bad), KH_E_NOT_FOUND);
	struct stat st = {0};
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(kh_db_open(copy_url, NULL, &copy), 0);
	assert_int_equal(count(copy), 1);
	assert_int_equal(kh_db_check(copy), 0);
}

static void damage_is_told(void **state)
{
	(void)state;
	kh_auto_free char *url = kh_format("sqlite:%s/damaged.db", dir), *path = in_dir("damaged.db");
	struct kh_db *db = fresh(url);
	kh_auto_free char *big = kh_format("%0*d", 20000, 1);
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name) VALUES(?1)", big), 0);
	kh_db_close(db);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	char garbage[4096];
	memset(garbage, 0xa5, sizeof garbage);
	assert_int_equal(pwrite(fd, garbage, sizeof garbage, 8192), sizeof garbage);
	close(fd);
	db = NULL;
	assert_int_equal(kh_db_open(url, NULL, &db), 0);
	assert_int_equal(kh_db_check(db), KH_E_DATABASE);
	kh_db_close(db);
}

static void full_database_loses_nothing(void **state)
{
	(void)state;
	kh_auto_free char *url = kh_format("sqlite:%s/full.db", dir);
	kh_auto_db struct kh_db *db = fresh(url);
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name) VALUES('before')"), 0);
	assert_int_equal(kh_db_script(db, "PRAGMA max_page_count=20"), 0);
	assert_int_equal(kh_db_begin(db), 0);
	kh_auto_free char *big = kh_format("%0*d", 200000, 1);
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name) VALUES(?1)", big), KH_E_DISK_FULL);
	kh_db_rollback(db);
	assert_int_equal(count(db), 1);
	assert_int_equal(kh_db_run(db, "INSERT INTO item(name) VALUES('after')"), 0);
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

/* A base letter before its marks, marks in the order of the dictionary (huyền hỏi ngã sắc nặng), đ behind d, numbers by value. */
static void texts_stand_in_vietnamese_order(void **state)
{
	(void)state;
	static const char *const ordered[] = {"An", "ánh", "Ăn", "ân", "Bình", "dung", "Đào", "đông", "Ma", "mà", "mả", "mã", "má", "mạ", "Máy 2", "Máy 10", "Ơn", "Thủy", "Ư", "Y"};
	kh_auto_db struct kh_db *db = NULL;
	assert_int_equal(kh_db_open("sqlite::memory:", &(struct kh_db_options){.create = true}, &db), 0);
	assert_int_equal(kh_db_script(db, "CREATE TABLE t(a TEXT)"), 0);
	for (size_t i = KH_COUNT(ordered); i-- > 0;)
		assert_int_equal(kh_db_run(db, "INSERT INTO t VALUES(?1)", ordered[i]), 0);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT a FROM t ORDER BY a COLLATE vi");
	for (size_t i = 0; kh_stmt_next(s, &r); i++)
		assert_string_equal(kh_stmt_text(s, 0), ordered[i]);
	assert_int_equal(r, 0);
}

/* A statement without an end ends where it is, none begins any more, and what was begun can be undone. */
static void stops_when_the_thread_is_to_stop(void **state)
{
	(void)state;
	kh_auto_db struct kh_db *db = NULL;
	kh_stop_flag stop = false;
	int64_t n = 0;
	assert_int_equal(kh_db_open("sqlite::memory:", &(struct kh_db_options){.create = true}, &db), 0);
	assert_int_equal(kh_db_script(db, "CREATE TABLE t(a BIGINT)"), 0);
	kh_stop_by(&stop);
	assert_int_equal(kh_db_begin(db), 0);
	assert_int_equal(kh_db_run(db, "INSERT INTO t VALUES(1)"), 0);
	kh_auto_stmt struct kh_stmt *endless = NULL;
	int r = kh_db_query(db, &endless, "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT COUNT(*) FROM c");
	stop = true;
	assert_false(kh_stmt_next(endless, &r));
	assert_int_equal(r, KH_E_STOPPED);
	assert_int_equal(kh_db_run(db, "INSERT INTO t VALUES(2)"), KH_E_STOPPED);
	kh_db_rollback(db);
	kh_stop_by(NULL);
	assert_int_equal(kh_db_int(db, &n, "SELECT COUNT(*) FROM t"), 0);
	assert_int_equal(n, 0);
}

KH_TESTS_WITH(make_dir, remove_dir, values_come_back, one_value, errors_have_names, transactions_nest, atomic_is_all_or_nothing, statements_are_kept,
	      binds_one_by_one, tables_are_found, opening_fails_by_name, readers_do_not_write, second_writer_is_busy, copies_while_open, damage_is_told,
	      full_database_loses_nothing, stops_when_the_thread_is_to_stop, texts_stand_in_vietnamese_order)
