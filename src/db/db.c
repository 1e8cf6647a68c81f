#include "db/db.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/stop.h"
#include "base/str.h"
#include "db/driver.h"

#include <stdio.h>

static const struct kh_db_driver *const drivers[] = {&kh_db_sqlite};

struct kh_stmt {
	struct kh_db *db;
	void *native;
	char *sql;
	uint64_t hash;
	uint64_t used_at; /* for the cache: when it was handed out last */
	bool in_use, cached;
	int bind_error; /* of kh_stmt_bind(): told by the next step */
	char *bind_detail;
};

struct kh_db {
	const struct kh_db_driver *driver;
	void *connection;
	bool read_only;
	int depth; /* of transactions */
	int64_t changes;
	uint64_t clock;
	int out; /* statements in the callers' hands */
	struct kh_stmt *cache[KH_DB_CACHED_STMTS];
	size_t cached;
};

static const struct kh_db_driver *driver_of(const char *url, const char **ret_where)
{
	for (size_t i = 0; i < KH_COUNT(drivers); i++) {
		size_t n = strlen(drivers[i]->scheme);
		if (kh_starts_with(url, drivers[i]->scheme) && url[n] == ':') {
			*ret_where = url + n + 1;
			return drivers[i];
		}
	}
	return NULL;
}

int kh_db_open(const char *url, const struct kh_db_options *options, struct kh_db **ret)
{
	struct kh_db_options o = options ? *options : (struct kh_db_options){0};
	if (!o.busy_timeout_ms)
		o.busy_timeout_ms = KH_DB_BUSY_TIMEOUT_MS;
	const char *where = NULL;
	const struct kh_db_driver *driver = driver_of(url, &where);
	if (!driver)
		return kh_fail(KH_E_NOT_SUPPORTED, "%.*s: no such kind of database", (int)strcspn(url, ":"), url);
	void *connection = NULL;
	int r = driver->open(where, &o, &connection);
	if (r < 0)
		return r;
	struct kh_db *db = kh_alloc(sizeof *db);
	*db = (struct kh_db){.driver = driver, .connection = connection, .read_only = o.read_only};
	*ret = db;
	return 0;
}

static void destroy(struct kh_stmt *s)
{
	s->db->driver->finish(s->native);
	free(s->bind_detail);
	free(s->sql);
	free(s);
}

void kh_db_close(struct kh_db *db)
{
	if (!db)
		return;
	kh_assert(db->out == 0);
	for (size_t i = 0; i < db->cached; i++)
		destroy(db->cache[i]);
	db->driver->close(db->connection);
	free(db);
}

/* ---- statements ---- */

static uint64_t hash_of(const char *sql)
{
	uint64_t h = 0xcbf29ce484222325; /* FNV-1a */
	for (; *sql; sql++)
		h = (h ^ (unsigned char)*sql) * 0x100000001b3;
	return h;
}

static struct kh_stmt *find_cached(const struct kh_db *db, const char *sql, uint64_t hash)
{
	for (size_t i = 0; i < db->cached; i++)
		if (db->cache[i]->hash == hash && !db->cache[i]->in_use && kh_streq(db->cache[i]->sql, sql))
			return db->cache[i];
	return NULL;
}

/* A place in the cache: a new one, or that of the idle statement used longest ago. NULL when all are in use. */
static struct kh_stmt **cache_place(struct kh_db *db)
{
	if (db->cached < KH_COUNT(db->cache))
		return &db->cache[db->cached++];
	struct kh_stmt **oldest = NULL;
	for (size_t i = 0; i < db->cached; i++)
		if (!db->cache[i]->in_use && (!oldest || db->cache[i]->used_at < (*oldest)->used_at))
			oldest = &db->cache[i];
	if (oldest)
		destroy(*oldest);
	return oldest;
}

static int prepare(struct kh_db *db, const char *sql, uint64_t hash, struct kh_stmt **ret)
{
	void *native = NULL;
	int r = db->driver->prepare(db->connection, sql, &native);
	if (r < 0)
		return r;
	struct kh_stmt *s = kh_alloc(sizeof *s);
	*s = (struct kh_stmt){.db = db, .native = native, .sql = kh_strdup(sql), .hash = hash};
	struct kh_stmt **place = cache_place(db);
	if (place)
		*place = s;
	s->cached = place != NULL;
	*ret = s;
	return 0;
}

static int take_stmt(struct kh_db *db, const char *sql, struct kh_stmt **ret)
{
	uint64_t hash = hash_of(sql);
	struct kh_stmt *s = find_cached(db, sql, hash);
	int r = s ? 0 : prepare(db, sql, hash, &s);
	if (r < 0)
		return r;
	s->in_use = true;
	s->used_at = ++db->clock;
	db->out++;
	*ret = s;
	return 0;
}

void kh_stmt_free(struct kh_stmt *s)
{
	if (!s)
		return;
	s->db->out--;
	s->in_use = false;
	s->bind_error = 0;
	if (s->cached)
		s->db->driver->reset(s->native, true);
	else
		destroy(s);
}

static int bind_all(struct kh_stmt *s, const struct kh_db_value *values, bool lent)
{
	int r = 0;
	for (int place = 1; r == 0 && values[place - 1].type != KH_DB_END; place++)
		r = s->db->driver->bind(s->native, place, &values[place - 1], lent);
	return r;
}

/* A statement whose texts are lent until it is freed. */
static int start_anyway(struct kh_db *db, const char *sql, const struct kh_db_value *values, bool lent, struct kh_stmt **ret)
{
	struct kh_stmt *s = NULL;
	int r = take_stmt(db, sql, &s);
	if (r == 0)
		r = bind_all(s, values, lent);
	if (r < 0) {
		kh_stmt_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

static int start(struct kh_db *db, const char *sql, const struct kh_db_value *values, bool lent, struct kh_stmt **ret)
{
	int r = kh_stop_check();
	return r < 0 ? r : start_anyway(db, sql, values, lent, ret);
}

int kh_db_query_values(struct kh_db *db, struct kh_stmt **ret, const char *sql, const struct kh_db_value *values)
{
	return start(db, sql, values, false, ret);
}

void kh_stmt_bind(struct kh_stmt *s, int place, struct kh_db_value value)
{
	int r = s->db->driver->bind(s->native, place, &value, false);
	if (r == 0 || s->bind_error)
		return;
	s->bind_error = r;
	free(s->bind_detail);
	s->bind_detail = kh_strdup(kh_fail_detail());
}

int kh_stmt_step(struct kh_stmt *s, bool *ret_row)
{
	if (s->bind_error)
		return kh_fail(s->bind_error, "%s", s->bind_detail);
	bool row = false;
	int r = s->db->driver->step(s->native, &row);
	if (r < 0)
		return r;
	if (!row)
		s->db->changes = s->db->driver->changes(s->db->connection);
	*ret_row = row;
	return 0;
}

bool kh_stmt_next(struct kh_stmt *s, int *r)
{
	bool row = false;
	if (*r == 0)
		*r = kh_stmt_step(s, &row);
	return row;
}

void kh_stmt_reset(struct kh_stmt *s)
{
	s->db->driver->reset(s->native, false);
}

/* To the end; rows are dropped. */
static int finish_rows(struct kh_stmt *s)
{
	int r = 0;
	while (kh_stmt_next(s, &r))
		;
	return r;
}

int kh_stmt_run_values(struct kh_stmt *s, const struct kh_db_value *values)
{
	int r = kh_stop_check();
	if (r == 0)
		r = bind_all(s, values, true);
	if (r == 0)
		r = finish_rows(s);
	s->db->driver->reset(s->native, true);
	return r;
}

int kh_stmt_columns(const struct kh_stmt *s)
{
	return s->db->driver->columns(s->native);
}

const char *kh_stmt_column_name(const struct kh_stmt *s, int column)
{
	return s->db->driver->column_name(s->native, column);
}

enum kh_db_type kh_stmt_type(const struct kh_stmt *s, int column)
{
	return s->db->driver->column_type(s->native, column);
}

bool kh_stmt_is_null(const struct kh_stmt *s, int column)
{
	return kh_stmt_type(s, column) == KH_DB_NULL;
}

int64_t kh_stmt_int(const struct kh_stmt *s, int column)
{
	return s->db->driver->column_int(s->native, column);
}

double kh_stmt_real(const struct kh_stmt *s, int column)
{
	return s->db->driver->column_real(s->native, column);
}

const char *kh_stmt_text(const struct kh_stmt *s, int column)
{
	size_t len = 0;
	return s->db->driver->column_text(s->native, column, &len);
}

size_t kh_stmt_text_len(const struct kh_stmt *s, int column)
{
	size_t len = 0;
	return s->db->driver->column_text(s->native, column, &len) ? len : 0;
}

/* ---- one call ---- */

int kh_db_run_values(struct kh_db *db, const char *sql, const struct kh_db_value *values)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = start(db, sql, values, true, &s);
	return r < 0 ? r : finish_rows(s);
}

/* One step on from the first row, so that an INSERT … RETURNING has ended and told its errors. */
static int past_first_row(struct kh_stmt *s)
{
	bool row = false;
	return kh_stmt_step(s, &row);
}

int kh_db_int_values(struct kh_db *db, int64_t *ret, const char *sql, const struct kh_db_value *values)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = start(db, sql, values, true, &s);
	if (!kh_stmt_next(s, &r))
		return r;
	bool found = !kh_stmt_is_null(s, 0);
	int64_t value = kh_stmt_int(s, 0);
	r = past_first_row(s);
	if (r == 0 && found)
		*ret = value;
	return r;
}

int kh_db_text_values(struct kh_db *db, char **ret, const char *sql, const struct kh_db_value *values)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = start(db, sql, values, true, &s);
	if (!kh_stmt_next(s, &r))
		return r;
	kh_auto_free char *text = kh_strdup(kh_stmt_text(s, 0));
	r = past_first_row(s);
	if (r < 0 || !text)
		return r;
	free(*ret);
	*ret = kh_take(text);
	return 0;
}

int64_t kh_db_changes(const struct kh_db *db)
{
	return db->changes;
}

int kh_db_script(struct kh_db *db, const char *sql)
{
	return db->driver->script(db->connection, sql);
}

/* ---- transactions ---- */

/* What has begun is ended in order, also when the thread is to stop. */
static int control(struct kh_db *db, const char *sql)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = start_anyway(db, sql, KH_DB_VALUES(), true, &s);
	return r < 0 ? r : finish_rows(s);
}

/* "SAVEPOINT kh2": constants of our own and a small number. */
static int savepoint(struct kh_db *db, const char *verb, int depth)
{
	char sql[64];
	snprintf(sql, sizeof sql, "%s kh%d", verb, depth);
	return control(db, sql);
}

int kh_db_begin(struct kh_db *db)
{
	int r = db->depth ? savepoint(db, "SAVEPOINT", db->depth) : control(db, db->read_only ? db->driver->begin_read : db->driver->begin_write);
	if (r == 0)
		db->depth++;
	return r;
}

int kh_db_commit(struct kh_db *db)
{
	kh_assert(db->depth > 0);
	int r = db->depth > 1 ? savepoint(db, "RELEASE SAVEPOINT", db->depth - 1) : control(db, "COMMIT");
	if (r == 0)
		db->depth--;
	return r;
}

void kh_db_rollback(struct kh_db *db)
{
	kh_assert(db->depth > 0);
	kh_auto_free char *detail = kh_strdup(kh_fail_detail());
	db->depth--;
	/* Nothing is left to undo when the store gave up the transaction by itself. */
	if (db->driver->in_transaction(db->connection)) {
		int r = db->depth ? savepoint(db, "ROLLBACK TO SAVEPOINT", db->depth) : control(db, "ROLLBACK");
		if (r == 0 && db->depth)
			r = savepoint(db, "RELEASE SAVEPOINT", db->depth);
		kh_ignore(r);
	}
	kh_ignore(kh_fail(KH_E_DATABASE, "%s", detail));
}

int kh_db_atomic(struct kh_db *db, int (*fn)(struct kh_db *db, void *arg), void *arg)
{
	int r = kh_db_begin(db);
	if (r < 0)
		return r;
	r = fn(db, arg);
	if (r == 0)
		r = kh_db_commit(db);
	if (r < 0)
		kh_db_rollback(db);
	return r;
}

bool kh_db_in_transaction(const struct kh_db *db)
{
	return db->depth > 0 && db->driver->in_transaction(db->connection);
}

/* ---- the database as a whole ---- */

bool kh_db_is_read_only(const struct kh_db *db)
{
	return db->read_only;
}

int kh_db_has_table(struct kh_db *db, const char *name, bool *ret)
{
	int64_t count = 0;
	int r = kh_db_int(db, &count, db->driver->has_table, name);
	if (r == 0)
		*ret = count > 0;
	return r;
}

int kh_db_copy(struct kh_db *db, const char *path)
{
	if (!db->driver->copy)
		return kh_fail(KH_E_NOT_SUPPORTED, "%s: back up with the database's own tools", db->driver->scheme);
	return db->driver->copy(db->connection, path);
}

int kh_db_check(struct kh_db *db)
{
	return db->driver->check ? db->driver->check(db->connection) : 0;
}
