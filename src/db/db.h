/* Databases behind one table of functions (db/driver.h): SQLite now; PostgreSQL fits without a change above this header
 * (docs/decisions/databases.md).
 *
 *     kh_auto_stmt struct kh_stmt *s = NULL;
 *     int r = kh_db_query(db, &s, "SELECT id, name FROM unit WHERE kind = ?1 AND from_s < ?2", kind, now_s);
 *     while (kh_stmt_next(s, &r))
 *             use(kh_stmt_int(s, 0), kh_stmt_text(s, 1));
 *     return r;
 *
 *     r = kh_db_run(db, "UPDATE unit SET to_s = ?2 WHERE id = ?1", id, now_s);
 *     r = kh_db_int(db, &id, "INSERT INTO unit(code, name) VALUES(?1, ?2) RETURNING id", code, name);
 *
 * Values. Arguments after the SQL fill ?1, ?2, … in order (at most 40). Their C type decides: whole numbers and bool; const char * (NULL is the
 * null of SQL), double, NULL, or a struct kh_db_value for what has a length. Any other type does not compile. Text is UTF-8 without NUL bytes.
 *
 * SQL is the subset that SQLite (≥ 3.35) and PostgreSQL read alike: `?N` parameters; BIGINT, TEXT, INTEGER PRIMARY KEY (an identity column);
 * RETURNING for the id of a new row; ON CONFLICT … DO UPDATE; ORDER BY wherever order matters; 0/1 for booleans; no functions of one store. SQL
 * texts are constants, or composed of constants: never of values. `ORDER BY name COLLATE vi` is the order of a Vietnamese dictionary, numbers inside a text by
 * their value (docs/decisions/databases.md).
 *
 * Errors: KH_E_EXISTS (unique or primary key), KH_E_CONFLICT (foreign key), KH_E_INVALID_FIELD (null or a value that a check refuses), KH_E_BUSY
 * (another process held the write lock for longer than busy_timeout_ms), KH_E_DISK_FULL, KH_E_READ_ONLY, KH_E_NOT_FOUND and KH_E_PERMISSION (the
 * file), KH_E_TOO_LARGE, KH_E_IO, KH_E_STOPPED (base/stop.h), and KH_E_DATABASE for the rest, damage included.
 * "No such row" is not an error.
 * After an error inside a transaction only what a nested kh_db_begin() encloses may be undone and gone on from: PostgreSQL refuses the rest.
 *
 * A connection and its statements are used by one thread at a time. When that thread is to stop (base/stop.h), statements begin no more and long ones are broken off; what
 * ends a transaction works on. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_db;
struct kh_stmt;

struct kh_db_options {
	bool read_only;      /* statements that write give KH_E_READ_ONLY */
	bool create;         /* make the database when there is none; without it that is KH_E_NOT_FOUND */
	int busy_timeout_ms; /* 0: KH_DB_BUSY_TIMEOUT_MS */
};

#define KH_DB_BUSY_TIMEOUT_MS 10000 /* a group commit takes milliseconds; a restore or a migration of a large database some seconds */
#define KH_DB_CACHED_STMTS 256      /* prepared statements kept per connection: the program has some 200 SQL texts */

/* "sqlite:/var/lib/khien/khien.db" or "sqlite::memory:"; the scheme chooses the driver (KH_E_NOT_SUPPORTED: there is none of that name).
 * options may be NULL. */
int kh_db_open(const char *url, const struct kh_db_options *options, struct kh_db **ret) KH_MUST_USE;
void kh_db_close(struct kh_db *db); /* all its statements must have been freed */
KH_DEFINE_CLEANUP(db, struct kh_db *, kh_db_close);
#define kh_auto_db KH_CLEANUP(kh_cleanup_db)

/* ---- values ---- */

enum kh_db_type { KH_DB_END, KH_DB_NULL, KH_DB_INT, KH_DB_REAL, KH_DB_TEXT };

struct kh_db_value {
	enum kh_db_type type;
	int64_t number;
	double real;
	const char *text; /* lent */
	size_t len;
};

static inline struct kh_db_value kh_db_value_int(int64_t v)
{
	return (struct kh_db_value){.type = KH_DB_INT, .number = v};
}

static inline struct kh_db_value kh_db_value_real(double v)
{
	return (struct kh_db_value){.type = KH_DB_REAL, .real = v};
}

static inline struct kh_db_value kh_db_value_textn(const char *s, size_t n)
{
	return (struct kh_db_value){.type = s ? KH_DB_TEXT : KH_DB_NULL, .text = s, .len = n};
}

static inline struct kh_db_value kh_db_value_text(const char *s)
{
	return kh_db_value_textn(s, s ? __builtin_strlen(s) : 0);
}

static inline struct kh_db_value kh_db_value_null(const void *null KH_UNUSED)
{
	return (struct kh_db_value){.type = KH_DB_NULL};
}

static inline struct kh_db_value kh_db_value_itself(struct kh_db_value v)
{
	return v;
}

/* clang-format off */
#define kh_db_value_of(x)                                                                                                    \
	_Generic((x), bool: kh_db_value_int, int: kh_db_value_int, unsigned: kh_db_value_int, long: kh_db_value_int,         \
		 unsigned long: kh_db_value_int, long long: kh_db_value_int, unsigned long long: kh_db_value_int,            \
		 double: kh_db_value_real, char *: kh_db_value_text, const char *: kh_db_value_text,                         \
		 void *: kh_db_value_null, struct kh_db_value: kh_db_value_itself)(x)

/* Each argument as a value, and KH_DB_END behind the last. (A macro cannot call itself; each EXPAND level lets it come round three times.) */
#define KH_DB_VALUES(...) ((const struct kh_db_value[]){__VA_OPT__(KH_DB_EXPAND(KH_DB_EACH_(__VA_ARGS__))) {.type = KH_DB_END}})
#define KH_DB_EACH_(x, ...) kh_db_value_of(x), __VA_OPT__(KH_DB_AGAIN_ KH_DB_NOTHING_ (__VA_ARGS__))
#define KH_DB_AGAIN_() KH_DB_EACH_
#define KH_DB_NOTHING_ ()
#define KH_DB_EXPAND(...) KH_DB_EXPAND3_(KH_DB_EXPAND3_(KH_DB_EXPAND3_(__VA_ARGS__)))
#define KH_DB_EXPAND3_(...) KH_DB_EXPAND2_(KH_DB_EXPAND2_(KH_DB_EXPAND2_(__VA_ARGS__)))
#define KH_DB_EXPAND2_(...) KH_DB_EXPAND1_(KH_DB_EXPAND1_(KH_DB_EXPAND1_(__VA_ARGS__)))
#define KH_DB_EXPAND1_(...) __VA_ARGS__
/* clang-format on */

/* ---- one call ---- */

/* Runs one statement to its end. */
#define kh_db_run(db, sql, ...) kh_db_run_values((db), (sql), KH_DB_VALUES(__VA_ARGS__))
/* First column of the first row; *ret stays as it is when there is no row or it is null. Also for INSERT … RETURNING id. */
#define kh_db_int(db, ret, sql, ...) kh_db_int_values((db), (ret), (sql), KH_DB_VALUES(__VA_ARGS__))
/* The same for a text, in new memory that takes the place of *ret (so a char * that holds NULL or memory of its own). */
#define kh_db_text(db, ret, sql, ...) kh_db_text_values((db), (ret), (sql), KH_DB_VALUES(__VA_ARGS__))

int kh_db_run_values(struct kh_db *db, const char *sql, const struct kh_db_value *values) KH_MUST_USE;
int kh_db_int_values(struct kh_db *db, int64_t *ret, const char *sql, const struct kh_db_value *values) KH_MUST_USE;
int kh_db_text_values(struct kh_db *db, char **ret, const char *sql, const struct kh_db_value *values) KH_MUST_USE;

/* Rows changed by the statement that finished last on this connection. */
int64_t kh_db_changes(const struct kh_db *db);

/* Many statements without parameters: migrations. */
int kh_db_script(struct kh_db *db, const char *sql) KH_MUST_USE;

/* ---- statements ---- */

/* A statement ready for its first kh_stmt_next(), its values bound. Prepared once per connection and SQL text and then kept; a text that is in use already
 * (a query inside a loop over the same query) is prepared a second time. Free it before the function ends: a SELECT that stands open holds its snapshot. */
#define kh_db_query(db, ret, sql, ...) kh_db_query_values((db), (ret), (sql), KH_DB_VALUES(__VA_ARGS__))
int kh_db_query_values(struct kh_db *db, struct kh_stmt **ret, const char *sql, const struct kh_db_value *values) KH_MUST_USE;
void kh_stmt_free(struct kh_stmt *s);
KH_DEFINE_CLEANUP(stmt, struct kh_stmt *, kh_stmt_free);
#define kh_auto_stmt KH_CLEANUP(kh_cleanup_stmt)

/* For values that come in a loop; place 1 is ?1. The text is copied. A mistake in a place is told by the next step. */
void kh_stmt_bind(struct kh_stmt *s, int place, struct kh_db_value value);
#define kh_stmt_bind_int(s, place, v) kh_stmt_bind((s), (place), kh_db_value_int(v))
#define kh_stmt_bind_text(s, place, v) kh_stmt_bind((s), (place), kh_db_value_text(v))
#define kh_stmt_bind_textn(s, place, v, n) kh_stmt_bind((s), (place), kh_db_value_textn((v), (n)))
#define kh_stmt_bind_real(s, place, v) kh_stmt_bind((s), (place), kh_db_value_real(v))
#define kh_stmt_bind_null(s, place) kh_stmt_bind((s), (place), kh_db_value_null(NULL))

int kh_stmt_step(struct kh_stmt *s, bool *ret_row) KH_MUST_USE;

/* A step for loops: true when there is a row. False at the end, on an error (then *r tells it), and when *r was one before: so the query that
 * went wrong needs no look of its own. */
bool kh_stmt_next(struct kh_stmt *s, int *r);

/* Back to before the first row; the bound values stay. */
void kh_stmt_reset(struct kh_stmt *s);

/* The same statement over and over, for bulk: binds, runs to the end, resets. Texts are not copied. */
#define kh_stmt_run(s, ...) kh_stmt_run_values((s), KH_DB_VALUES(__VA_ARGS__))
int kh_stmt_run_values(struct kh_stmt *s, const struct kh_db_value *values) KH_MUST_USE;

/* Columns of the present row, from 0. Text is lent until the next step, reset or free. A null reads as 0, 0.0, NULL. */
int kh_stmt_columns(const struct kh_stmt *s);
const char *kh_stmt_column_name(const struct kh_stmt *s, int column);
enum kh_db_type kh_stmt_type(const struct kh_stmt *s, int column);
bool kh_stmt_is_null(const struct kh_stmt *s, int column);
int64_t kh_stmt_int(const struct kh_stmt *s, int column);
double kh_stmt_real(const struct kh_stmt *s, int column);
const char *kh_stmt_text(const struct kh_stmt *s, int column);
size_t kh_stmt_text_len(const struct kh_stmt *s, int column);

/* ---- transactions ---- */

/* A transaction; inside one, a savepoint: each begin has its commit or rollback, and a rollback undoes what came after its own begin. The outermost takes the
 * write lock at once (on a read-only connection: a snapshot that does not move). */
int kh_db_begin(struct kh_db *db) KH_MUST_USE;
int kh_db_commit(struct kh_db *db) KH_MUST_USE; /* an error leaves it open: roll back */
void kh_db_rollback(struct kh_db *db);          /* keeps the detail of the error that led here */

/* begin, fn, then commit, or rollback when fn gives an error: which it then gives. */
int kh_db_atomic(struct kh_db *db, int (*fn)(struct kh_db *db, void *arg), void *arg) KH_MUST_USE;

/* False again when the store gave up the whole transaction by itself (full disk, a statement that writes was broken off). */
bool kh_db_in_transaction(const struct kh_db *db);

/* ---- the database as a whole ---- */

bool kh_db_is_read_only(const struct kh_db *db);

/* Is there a table of this name? NULL: any table at all. */
int kh_db_has_table(struct kh_db *db, const char *name, bool *ret) KH_MUST_USE;

/* A consistent copy, made while others write, as a new file (KH_E_EXISTS) that kh_db_open() opens. KH_E_NOT_SUPPORTED where the store has its
 * own tools for it. The file is complete and on disk when this returns; on an error none is left. */
int kh_db_copy(struct kh_db *db, const char *path) KH_MUST_USE;

/* Reads everything; KH_E_DATABASE with the first complaint about structure or foreign keys. */
int kh_db_check(struct kh_db *db) KH_MUST_USE;
