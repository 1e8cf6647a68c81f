/* The server's database: opening and migrating it, one writer, a reader per thread.
 *
 * The schema is schema/NNN_name.sql, in order, each applied once (meta.schema_version), and the tables made from spec/: a fact table whose columns
 * changed is dropped and made anew, because agents send it again; a register table, which people filled, is only ever added to. All of it happens
 * in one transaction when the store is opened.
 *
 * Writing. kh_store_write() may be called by any thread at any time. Calls that meet are committed together (group commit): one of the waiting
 * threads runs them all, each inside a savepoint of its own, and the disk is waited for once. Each caller gets its own result, after the commit. A call is broken off
 * by the flag of the thread that made it (base/stop.h), whoever runs it. */
#pragma once

#include "base/attr.h"
#include "db/db.h"

struct kh_store;

struct kh_store_options {
	bool create; /* make the database when there is none; else KH_E_NOT_FOUND */
	/* Called on the writer after each commit, by the thread that made it; not while writing to the store is possible: it only reads. May be NULL. */
	void (*committed)(struct kh_db *writer, void *arg);
	void *arg;
};

/* KH_E_SCHEMA_OLD when the schema is newer than this program or no number at all; KH_E_FOREIGN_DATABASE for a database that is not Khiên's. In both cases
 * nothing is touched. The database must be a file: threads share it. */
int kh_store_open(const char *url, const struct kh_store_options *options, struct kh_store **ret) KH_MUST_USE;
/* Every other thread that used the store has ended, or will not use it again. */
void kh_store_close(struct kh_store *store);
KH_DEFINE_CLEANUP(store, struct kh_store *, kh_store_close);
#define kh_auto_store KH_CLEANUP(kh_cleanup_store)

/* Runs fn in a transaction: committed and on disk when this returns 0, undone when fn gives an error, which is then given here with its detail.
 * fn may run on another thread than the caller's; it must not call kh_store_write(). What it writes through `arg` counts only when 0 came back. */
int kh_store_write(struct kh_store *store, int (*fn)(struct kh_db *writer, void *arg), void *arg) KH_MUST_USE;

/* This thread's read-only connection; lent, closed when the thread or the store ends. Every statement sees what was committed when it began; for several
 * statements over one state put them between kh_db_begin() and kh_db_rollback(). */
int kh_store_reader(struct kh_store *store, struct kh_db **ret) KH_MUST_USE;

/* Of this program: the number of the last file in schema/. */
int kh_store_schema_version(void);

/* What the store did since it was opened, for /metrics. */
struct kh_store_counts {
	int64_t writes, commits, failures;
};
void kh_store_count(struct kh_store *store, struct kh_store_counts *ret);
