/* What a store must be able to do for db/db.h. A driver is one such table, named in db.c; everything above speaks kh_db_*.
 *
 * Connections and statements are the driver's own structs behind void *. Errors are set by the driver with kh_fail() and mapped to the codes
 * that db.h names; outputs are written only on success. */
#pragma once

#include "db/db.h"

struct kh_db_driver {
	const char *scheme; /* of the URL, without ':' */

	/* `where` is the URL without "scheme:". options is not NULL, its timeout is set. */
	int (*open)(const char *where, const struct kh_db_options *options, void **ret_connection) KH_MUST_USE;
	void (*close)(void *connection);
	int (*script)(void *connection, const char *sql) KH_MUST_USE;

	/* `?1`-style parameters; a driver whose store wants another form rewrites them here, outside of quotes and comments. */
	int (*prepare)(void *connection, const char *sql, void **ret_statement) KH_MUST_USE;
	void (*finish)(void *statement);
	/* lent: the text stays where it is until the statement is reset. */
	int (*bind)(void *statement, int place, const struct kh_db_value *value, bool lent) KH_MUST_USE;
	int (*step)(void *statement, bool *ret_row) KH_MUST_USE;
	void (*reset)(void *statement, bool forget_values);

	int (*columns)(void *statement);
	const char *(*column_name)(void *statement, int column);
	enum kh_db_type (*column_type)(void *statement, int column);
	int64_t (*column_int)(void *statement, int column);
	double (*column_real)(void *statement, int column);
	const char *(*column_text)(void *statement, int column, size_t *ret_len);

	int64_t (*changes)(void *connection);
	bool (*in_transaction)(void *connection);

	const char *begin_write, *begin_read; /* BEGIN that takes the write lock / that fixes a snapshot */
	const char *has_table;                /* SELECT COUNT(*): tables named ?1, or all tables when ?1 is null */

	int (*copy)(void *connection, const char *path) KH_MUST_USE; /* NULL: not supported */
	int (*check)(void *connection) KH_MUST_USE;                  /* NULL: the store checks itself */
};

extern const struct kh_db_driver kh_db_sqlite;
