/* SQLite files that belong to the system (rpm, dnf, lastlog2, wtmpdb), read below the root of a collection: never written, locked or trusted. What has not
 * been merged from a write-ahead log yet is not seen. */
#pragma once

#include "base/attr.h"

#include <sqlite3.h>

/* KH_E_NOT_FOUND, KH_E_PERMISSION, or KH_E_SYNTAX when it is no such file. */
int kh_tree_sqlite(int root_fd, const char *path, sqlite3 **ret) KH_MUST_USE;

/* Calls `row` for each row of a query; a query the file's schema does not fit, and a damaged file, are KH_E_SYNTAX. */
int kh_sqlite_each(sqlite3 *db, const char *sql, int (*row)(sqlite3_stmt *statement, void *arg), void *arg) KH_MUST_USE;

static inline void kh_cleanup_sqlite(sqlite3 **db)
{
	sqlite3_close(*db);
}
#define kh_auto_sqlite KH_CLEANUP(kh_cleanup_sqlite)
