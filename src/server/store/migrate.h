/* Bringing a database to the schema of this program; store/store.h says what happens when. */
#pragma once

#include "base/attr.h"
#include "db/db.h"

#include <stddef.h>

/* One file of schema/, in order of numbers from 1; made by embed.py at build time. */
struct kh_migration {
	int number;
	const char *name, *sql;
};
extern const struct kh_migration kh_migrations[];
extern const size_t kh_migrations_count;

#define KH_STORE_APPLICATION "khien-server" /* meta.application: whose database it is */

/* Looks without writing. KH_E_FOREIGN_DATABASE: another program's database. KH_E_SCHEMA_OLD: of another, unknown version. */
int kh_migrate_check(struct kh_db *db, bool *ret_needed) KH_MUST_USE;

/* Does it all in one transaction: nothing is half migrated. */
int kh_migrate(struct kh_db *writer) KH_MUST_USE;
