#include "facts/sqlite.h"

#include "base/error.h"
#include "facts/limits.h"
#include "facts/tree.h"
#include "os/file.h"

#include <stdio.h>

/* The file is opened below the root first; SQLite then opens the same through our descriptor. `immutable`: no locks, no journal. */
int kh_tree_sqlite(int root_fd, const char *path, sqlite3 **ret)
{
	char uri[64];
	kh_auto_fd int fd = -1;
	kh_auto_sqlite sqlite3 *db = NULL;
	int r = kh_tree_open(root_fd, path, &fd);
	if (r < 0)
		return r;
	snprintf(uri, sizeof uri, "file:/proc/self/fd/%d?mode=ro&immutable=1", fd);
	if (sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return kh_fail(KH_E_IO, "%s: %s", path, sqlite3_errmsg(db));
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, (int)KH_FACTS_MAX_RPM_HEADER);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL) != SQLITE_OK)
		return kh_fail(KH_E_SYNTAX, "%s: %s", path, sqlite3_errmsg(db));
	*ret = db;
	db = NULL;
	return 0;
}

int kh_sqlite_each(sqlite3 *db, const char *sql, int (*row)(sqlite3_stmt *, void *), void *arg)
{
	sqlite3_stmt *statement = NULL;
	int r = 0, step = SQLITE_DONE;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return kh_fail(KH_E_SYNTAX, "%s", sqlite3_errmsg(db));
	while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW)
		r = row(statement, arg);
	if (r == 0 && step != SQLITE_DONE)
		r = kh_fail(KH_E_SYNTAX, "%s", sqlite3_errmsg(db));
	sqlite3_finalize(statement);
	return r;
}
