#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/stop.h"
#include "base/str.h"
#include "db/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unicode/ucol.h>
#include <unistd.h>

/* ---- errors ---- */

static int code_of_constraint(int extended)
{
	switch (extended) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return KH_E_EXISTS;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
	case SQLITE_CONSTRAINT_TRIGGER: /* a foreign key with RESTRICT */
		return KH_E_CONFLICT;
	default:
		return KH_E_INVALID_FIELD;
	}
}

/* An input or output error hides what the system said: a full disk shows as IOERR when the -shm file cannot grow. */
static int code_of_system(int system_errno)
{
	static const struct {
		int e, code;
	} table[] = {{ENOSPC, KH_E_DISK_FULL},  {EDQUOT, KH_E_DISK_FULL}, {EROFS, KH_E_READ_ONLY},
		     {EACCES, KH_E_PERMISSION}, {EPERM, KH_E_PERMISSION}, {ENOENT, KH_E_NOT_FOUND}};
	for (size_t i = 0; i < KH_COUNT(table); i++)
		if (table[i].e == system_errno)
			return table[i].code;
	return KH_E_IO;
}

static int code_of(int extended, int system_errno)
{
	switch (extended & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return KH_E_BUSY;
	case SQLITE_CONSTRAINT:
		return code_of_constraint(extended);
	case SQLITE_FULL:
		return KH_E_DISK_FULL;
	case SQLITE_READONLY:
		return KH_E_READ_ONLY;
	case SQLITE_INTERRUPT:
		return KH_E_STOPPED;
	case SQLITE_TOOBIG:
		return KH_E_TOO_LARGE;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return KH_E_PERMISSION;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return code_of_system(system_errno);
	default:
		return KH_E_DATABASE;
	}
}

static int fail(sqlite3 *db)
{
	int extended = sqlite3_extended_errcode(db);
	return kh_fail(code_of(extended, sqlite3_system_errno(db)), "%s", sqlite3_errmsg(db));
}

/* ---- connections ---- */

static void configure_library(void)
{
	/* Counting every allocation takes a lock that all threads share. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* Per connection, with the reasons:
 *   foreign_keys, trusted_schema, cell_size_check: the schema's promises are kept, and a file from elsewhere (restore) runs nothing of its own.
 *   secure_delete=FAST: Debian's build overwrites everything that is deleted, which doubles the writes of a deletion; FAST only where it is free.
 *   mmap_size=0: with mapped files a failing disk is a SIGBUS that ends the server, not an error.
 *   cache_size: 32 MiB for the writer (the indexes that ingest touches), 8 MiB for each reader thread; the system's page cache holds the rest. */
static const char pragmas_of_all[] =
	"PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA secure_delete=FAST; PRAGMA mmap_size=0;";

/*   journal_mode=WAL: readers and the writer do not wait for each other, and a commit is one sequential write.
 *   synchronous=FULL: what was acknowledged to an agent survives a power cut (NORMAL would sync only at checkpoints).
 *   wal_autocheckpoint 4000 pages = 16 MiB: a page changed by several batches is copied back once; readers still look through a short log.
 *   journal_size_limit: after a burst the log gives its space back. */
static const char pragmas_of_writer[] =
	"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-32768;";
static const char pragmas_of_reader[] = "PRAGMA cache_size=-8192;";

static int run_script(void *connection, const char *sql)
{
	sqlite3 *db = connection;
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db);
}

static void close_connection(void *connection)
{
	sqlite3_close_v2(connection);
}

/* ---- the order of texts ---- */

static UCollator *vietnamese; /* read by all threads; nobody changes it */

static void open_collator(void)
{
	UErrorCode e = U_ZERO_ERROR;
	vietnamese = ucol_open("vi", &e);
	if (U_SUCCESS(e))
		ucol_setAttribute(vietnamese, UCOL_NUMERIC_COLLATION, UCOL_ON, &e);
	if (U_FAILURE(e)) {
		ucol_close(vietnamese);
		vietnamese = NULL;
	}
}

static int compare_vi(void *unused KH_UNUSED, int a_len, const void *a, int b_len, const void *b)
{
	UErrorCode e = U_ZERO_ERROR;
	return (int)ucol_strcollUTF8(vietnamese, a, a_len, b, b_len, &e);
}

static int add_collation(sqlite3 *db)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, open_collator);
	if (!vietnamese)
		return kh_fail(KH_E_NOT_SUPPORTED, "ICU has no Vietnamese order of letters");
	return sqlite3_create_collation(db, "vi", SQLITE_UTF8, NULL, compare_vi) == SQLITE_OK ? 0 : fail(db);
}

/* Some milliseconds of one statement: what is quicker is never broken off. */
#define STEPS_BETWEEN_LOOKS 100000

static int is_to_stop(void *unused KH_UNUSED)
{
	return kh_stopping();
}

static int configure(sqlite3 *db, const struct kh_db_options *options)
{
	int added = add_collation(db);
	if (added < 0)
		return added;
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, options->busy_timeout_ms);
	sqlite3_progress_handler(db, STEPS_BETWEEN_LOOKS, is_to_stop, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, (int)KH_MAX_RECORD * 2);
	int r = run_script(db, pragmas_of_all);
	return r < 0 ? r : run_script(db, options->read_only ? pragmas_of_reader : pragmas_of_writer);
}

/* SQLite says only "unable to open database file": ask the system for the reason, of the file and of its directory (where -wal and -shm are made). */
static int explain_open(int r, const char *path, const struct kh_db_options *options)
{
	int mode = options->read_only ? R_OK : R_OK | W_OK;
	kh_auto_free char *copy = kh_strdup(path);
	if (r != KH_E_IO && r != KH_E_NOT_FOUND && r != KH_E_READ_ONLY)
		return kh_fail_in(r, "%s", path);
	if (access(path, mode) < 0 || access(dirname(copy), mode | X_OK) < 0)
		return kh_fail_errno("%s", path);
	return kh_fail_in(r, "%s", path);
}

/* For its owner only, whatever the umask; -wal and -shm follow its mode. */
static int create_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno != EEXIST ? kh_fail_errno("%s", path) : 0;
}

static int open_and_configure(const char *path, const struct kh_db_options *options, sqlite3 **ret)
{
	/* NOMUTEX: db.h promises one thread at a time. No SQLITE_OPEN_URI: a path is a path. */
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (options->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	if (sqlite3_open_v2(path, ret, flags, NULL) != SQLITE_OK)
		return fail(*ret);
	if (!options->read_only && sqlite3_db_readonly(*ret, "main") == 1)
		return kh_fail(KH_E_READ_ONLY, "only open for reading");
	return configure(*ret, options);
}

static int open_connection(const char *where, const struct kh_db_options *options, void **ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, configure_library);
	bool is_file = !kh_streq(where, ":memory:");
	sqlite3 *db = NULL;
	int r = is_file && options->create && !options->read_only ? create_file(where) : 0;
	if (r < 0)
		return r;
	r = open_and_configure(where, options, &db);
	if (r < 0) {
		r = is_file ? explain_open(r, where, options) : r;
		sqlite3_close_v2(db);
		return r;
	}
	*ret = db;
	return 0;
}

static int64_t changes(void *connection)
{
	return sqlite3_changes64(connection);
}

static bool in_transaction(void *connection)
{
	return !sqlite3_get_autocommit(connection);
}

/* ---- statements ---- */

static int prepare(void *connection, const char *sql, void **ret)
{
	sqlite3 *db = connection;
	sqlite3_stmt *s = NULL;
	const char *rest = NULL;
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, &rest) != SQLITE_OK)
		return fail(db);
	if (!s || rest[strspn(rest, " \t\r\n;")]) {
		sqlite3_finalize(s);
		return kh_fail(KH_E_DATABASE, "expected one statement");
	}
	*ret = s;
	return 0;
}

static void finish(void *statement)
{
	sqlite3_finalize(statement);
}

static int bind(void *statement, int place, const struct kh_db_value *value, bool lent)
{
	sqlite3_stmt *s = statement;
	int r = SQLITE_OK;
	if (value->type == KH_DB_INT)
		r = sqlite3_bind_int64(s, place, value->number);
	else if (value->type == KH_DB_REAL)
		r = sqlite3_bind_double(s, place, value->real);
	else if (value->type == KH_DB_TEXT)
		r = sqlite3_bind_text64(s, place, value->text, value->len, lent ? SQLITE_STATIC : SQLITE_TRANSIENT, SQLITE_UTF8);
	else
		r = sqlite3_bind_null(s, place);
	return r == SQLITE_OK ? 0 : kh_fail_in(fail(sqlite3_db_handle(s)), "?%d", place);
}

static int step(void *statement, bool *ret_row)
{
	int r = sqlite3_step(statement);
	if (r != SQLITE_ROW && r != SQLITE_DONE)
		return fail(sqlite3_db_handle(statement));
	*ret_row = r == SQLITE_ROW;
	return 0;
}

static void reset(void *statement, bool forget_values)
{
	sqlite3_reset(statement);
	if (forget_values)
		sqlite3_clear_bindings(statement);
}

static int columns(void *statement)
{
	return sqlite3_column_count(statement);
}

static const char *column_name(void *statement, int column)
{
	return sqlite3_column_name(statement, column);
}

static enum kh_db_type column_type(void *statement, int column)
{
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_NULL:
		return KH_DB_NULL;
	case SQLITE_INTEGER:
		return KH_DB_INT;
	case SQLITE_FLOAT:
		return KH_DB_REAL;
	default:
		return KH_DB_TEXT;
	}
}

static int64_t column_int(void *statement, int column)
{
	return sqlite3_column_int64(statement, column);
}

static double column_real(void *statement, int column)
{
	return sqlite3_column_double(statement, column);
}

static const char *column_text(void *statement, int column, size_t *ret_len)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);
	*ret_len = (size_t)sqlite3_column_bytes(statement, column);
	return text;
}

/* ---- the database as a whole ---- */

static int copy_all(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	if (!b)
		return fail(to);
	/* In one step: a copy in pieces begins again whenever somebody else writes; in WAL mode one long read keeps nobody from writing. */
	int step_result = sqlite3_backup_step(b, -1);
	int r = sqlite3_backup_finish(b);
	return r == SQLITE_OK && step_result == SQLITE_DONE ? 0 : fail(to);
}

static int copy(void *connection, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	close(fd);
	sqlite3 *to = NULL;
	int r = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) == SQLITE_OK ? copy_all(connection, to)
																   : fail(to);
	/* Out of WAL mode, so that the copy is one file, complete and synced. */
	if (r == 0)
		r = run_script(to, "PRAGMA journal_mode=DELETE");
	sqlite3_close_v2(to);
	if (r < 0) {
		unlink(path);
		return kh_fail_in(r, "%s", path);
	}
	return 0;
}

/* The first row of a check that gives rows of complaint. */
static int complaint(sqlite3 *db, const char *sql, const char *fine)
{
	sqlite3_stmt *s = NULL;
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		return fail(db);
	int r = 0, stepped = sqlite3_step(s);
	const char *text = stepped == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
	if (stepped == SQLITE_ROW && !(fine && kh_streq(text, fine)))
		r = kh_fail(KH_E_DATABASE, "damaged: %s", text ? text : "?");
	else if (stepped != SQLITE_ROW && stepped != SQLITE_DONE)
		r = fail(db);
	sqlite3_finalize(s);
	return r;
}

static int check(void *connection)
{
	int r = complaint(connection, "PRAGMA integrity_check(1)", "ok");
	return r < 0 ? r : complaint(connection, "SELECT 'foreign key of ' || \"table\" FROM pragma_foreign_key_check", NULL);
}

const struct kh_db_driver kh_db_sqlite = {
	.scheme = "sqlite",
	.open = open_connection,
	.close = close_connection,
	.script = run_script,
	.prepare = prepare,
	.finish = finish,
	.bind = bind,
	.step = step,
	.reset = reset,
	.columns = columns,
	.column_name = column_name,
	.column_type = column_type,
	.column_int = column_int,
	.column_real = column_real,
	.column_text = column_text,
	.changes = changes,
	.in_transaction = in_transaction,
	.begin_write = "BEGIN IMMEDIATE",
	.begin_read = "BEGIN",
	.has_table = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND (?1 IS NULL OR name = ?1)",
	.copy = copy,
	.check = check,
};
