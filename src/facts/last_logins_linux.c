#include "facts/last_logins.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/logins.h"
#include "facts/limits.h"
#include "facts/sqlite.h"
#include "facts/tree.h"
#include "os/file.h"

#include <unistd.h>

void kh_last_logins_done(struct kh_last_logins *logins)
{
	kh_array_done(logins);
}

int64_t kh_last_login(const struct kh_last_logins *logins, const struct kh_passwd_entry *user)
{
	for (size_t i = 0; i < logins->n; i++)
		if (logins->v[i].user == user)
			return logins->v[i].login_s;
	return 0;
}

static void note(void *arg, const char *name, int64_t login_s)
{
	struct kh_last_logins *logins = arg;
	for (size_t i = 0; i < logins->n; i++)
		if (kh_streq(logins->v[i].user->name, name))
			logins->v[i].login_s = KH_MAX(logins->v[i].login_s, login_s);
}

/* The file is sparse and as long as the highest UID: each record is read alone. */
static void read_lastlog(int root, struct kh_last_logins *logins)
{
	kh_auto_fd int fd = -1;
	struct kh_tree_stat st = {0};
	if (!kh_tree_stat(root, "/var/log/lastlog", &st) || st.size == 0 || kh_tree_open(root, "/var/log/lastlog", &fd) < 0)
		return;
	logins->known = true;
	for (size_t i = 0; i < logins->n; i++) {
		uint8_t record[KH_LASTLOG_RECORD] = {0};
		off_t at = (off_t)logins->v[i].user->uid * KH_LASTLOG_RECORD;
		if (pread(fd, record, sizeof record, at) != (ssize_t)sizeof record)
			continue;
		int64_t login_s = kh_lastlog_time(record);
		if (login_s <= logins->now_s + 86400)
			logins->v[i].login_s = KH_MAX(logins->v[i].login_s, login_s);
	}
}

static void read_wtmp(int root, const char *path, struct kh_last_logins *logins)
{
	kh_auto_buf struct kh_buf records = KH_BUF_INIT;
	bool cut = false;
	if (kh_tree_read_end(root, path, KH_FACTS_MAX_LOGINS / (384 * 400) * (384 * 400), &records, &cut) < 0 || records.len == 0)
		return;
	logins->known = true;
	kh_wtmp_each(records.data, records.len, logins->now_s, note, logins);
}

static int take_row(sqlite3_stmt *statement, void *arg)
{
	const char *name = (const char *)sqlite3_column_text(statement, 0);
	if (name)
		note(arg, name, sqlite3_column_int64(statement, 1));
	return 0;
}

static void read_database(int root, const char *path, const char *query, struct kh_last_logins *logins)
{
	kh_auto_sqlite sqlite3 *db = NULL;
	if (kh_tree_sqlite(root, path, &db) == 0 && kh_sqlite_each(db, query, take_row, logins) == 0)
		logins->known = true;
}

void kh_last_logins_read(int root_fd, const struct kh_users *users, int64_t now_s, struct kh_last_logins *ret)
{
	ret->now_s = now_s;
	for (size_t i = 0; i < users->passwd.n; i++)
		kh_array_push(ret, ((struct kh_last_login){.user = &users->passwd.v[i]}));
	read_lastlog(root_fd, ret);
	read_wtmp(root_fd, "/var/log/wtmp", ret);
	read_wtmp(root_fd, "/var/log/wtmp.1", ret);
	read_database(root_fd, "/var/lib/lastlog/lastlog2.db", "SELECT Name, Time FROM Lastlog2", ret);
	read_database(root_fd, "/var/lib/wtmpdb/wtmp.db", "SELECT User, max(Login) / 1000000 FROM wtmp WHERE Type = 3 GROUP BY User", ret);
}
