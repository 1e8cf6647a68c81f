#include "server/store/migrate.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "gen/facts.h"
#include "gen/registers.h"

static int set_meta(struct kh_db *db, const char *key, const char *value)
{
	return kh_db_run(db, "INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value", key, value);
}

/* ---- whose database, which version ---- */

static int check_application(struct kh_db *db)
{
	bool has_meta = false;
	kh_auto_free char *application = NULL;
	int r = kh_db_has_table(db, "meta", &has_meta);
	if (r == 0 && has_meta)
		r = kh_db_text(db, &application, "SELECT value FROM meta WHERE key = ?1", "application");
	/* Another program's `meta` may have other columns; then it is not ours either. */
	if (r == KH_E_DATABASE && has_meta)
		r = 0;
	if (r == 0 && !kh_streq(application, KH_STORE_APPLICATION))
		r = kh_fail(KH_E_FOREIGN_DATABASE, "the database belongs to %s, not to %s", application ? application : kh_words("another program"), KH_STORE_APPLICATION);
	return r;
}

/* 0 for an empty database. */
static int read_version(struct kh_db *db, int64_t *ret)
{
	bool any = false;
	int r = kh_db_has_table(db, NULL, &any);
	if (r < 0 || !any) {
		*ret = 0;
		return r;
	}
	r = check_application(db);
	if (r < 0)
		return r;
	kh_auto_free char *text = NULL;
	r = kh_db_text(db, &text, "SELECT value FROM meta WHERE key = ?1", "schema_version");
	if (r < 0)
		return r;
	int64_t version = 0, ours = (int64_t)kh_migrations_count;
	if (!kh_parse_int(text, 1, INT64_MAX, &version))
		return kh_fail(KH_E_SCHEMA_OLD, "schema version \"%s\" is none that this program knows (1 to %lld)", text ? text : "", (long long)ours);
	if (version > ours)
		return kh_fail(KH_E_SCHEMA_OLD, "the database has schema version %lld; this program knows up to %lld: use a newer khien-server",
			       (long long)version, (long long)ours);
	*ret = version;
	return 0;
}

/* ---- tables made from spec/: meta "table:NAME" holds the SQL that each was made with ---- */

static char *table_key(const char *prefix, const char *name)
{
	return kh_format("table:%s%s", prefix, name);
}

static int made_with(struct kh_db *db, const char *prefix, const char *name, char **ret)
{
	kh_auto_free char *key = table_key(prefix, name);
	return kh_db_text(db, ret, "SELECT value FROM meta WHERE key = ?1", key);
}

static int note_made_with(struct kh_db *db, const char *prefix, const char *name, const char *sql)
{
	kh_auto_free char *key = table_key(prefix, name);
	return set_meta(db, key, sql);
}

static int drop_fact_table(struct kh_db *db, const char *name)
{
	kh_auto_free char *drop = kh_format("DROP TABLE IF EXISTS fact_%s", name);
	int r = kh_db_script(db, drop);
	return r < 0 ? r : kh_db_run(db, "DELETE FROM fact_state WHERE fact_table = ?1", name);
}

static int remake_fact_table(struct kh_db *db, const struct kh_fact_table_info *table)
{
	int r = drop_fact_table(db, table->name);
	if (r == 0)
		r = kh_db_script(db, table->sql);
	return r < 0 ? r : note_made_with(db, "fact_", table->name, table->sql);
}

static bool known_fact_table(const char *name)
{
	for (size_t i = 0; i < KH_FACTS_COUNT; i++)
		if (kh_streq(kh_fact_tables[i].name, name))
			return true;
	return false;
}

/* The next table of an older version of the program; NULL at the end. (SQLite drops no table while a query is open.) */
static int find_unknown_fact_table(struct kh_db *db, char **ret_name)
{
	static const char prefix[] = "table:fact_";
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT key FROM meta WHERE key LIKE 'table:fact!_%' ESCAPE '!' ORDER BY key");
	while (kh_stmt_next(s, &r)) {
		const char *name = kh_stmt_text(s, 0) + strlen(prefix);
		if (known_fact_table(name))
			continue;
		*ret_name = kh_strdup(name);
		return 0;
	}
	return r;
}

static int drop_unknown_fact_tables(struct kh_db *db)
{
	for (;;) {
		kh_auto_free char *name = NULL;
		int r = find_unknown_fact_table(db, &name);
		if (r < 0 || !name)
			return r;
		kh_auto_free char *key = table_key("fact_", name);
		r = kh_db_run(db, "DELETE FROM meta WHERE key = ?1", key);
		if (r == 0)
			r = drop_fact_table(db, name);
		if (r < 0)
			return r;
	}
}

static bool has_column(const struct kh_stmt *s, const char *name)
{
	for (int i = 0; i < kh_stmt_columns(s); i++)
		if (kh_streq(kh_stmt_column_name(s, i), name))
			return true;
	return false;
}

static int add_column(struct kh_db *db, const char *reg, const struct kh_register_field *field)
{
	bool text = field->type == KH_FIELD_TEXT || field->type == KH_FIELD_LONG || field->type == KH_FIELD_CODE;
	kh_auto_free char *sql = kh_format("ALTER TABLE reg_%s ADD COLUMN %s %s", reg, field->name, text ? "TEXT" : "BIGINT");
	return kh_db_script(db, sql);
}

/* People filled it: it is only ever added to. */
static int extend_register(struct kh_db *db, const struct kh_register *reg)
{
	kh_auto_free char *sql = kh_format("SELECT * FROM reg_%s WHERE 1 = 0", reg->name);
	kh_auto_free bool *missing = kh_alloc_array(reg->fields_count, sizeof *missing);
	struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, sql);
	for (size_t i = 0; r == 0 && i < reg->fields_count; i++)
		missing[i] = !has_column(s, reg->fields[i].name);
	kh_stmt_free(s);
	for (size_t i = 0; r == 0 && i < reg->fields_count; i++)
		if (missing[i])
			r = add_column(db, reg->name, &reg->fields[i]);
	return r;
}

static char *register_sql(const struct kh_register *reg)
{
	return kh_format("%s%s", reg->table_sql, reg->index_sql);
}

static int update_register(struct kh_db *db, const struct kh_register *reg, bool exists)
{
	kh_auto_free char *sql = register_sql(reg);
	int r = exists ? extend_register(db, reg) : kh_db_script(db, reg->table_sql);
	if (r == 0)
		r = kh_db_script(db, reg->index_sql);
	return r < 0 ? r : note_made_with(db, "reg_", reg->name, sql);
}

/* Compares what is there with spec/; changes it when `apply`, else only says whether something differs. */
static int fact_tables(struct kh_db *db, bool apply, bool *ret_differs)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_FACTS_COUNT; i++) {
		kh_auto_free char *sql = NULL;
		r = made_with(db, "fact_", kh_fact_tables[i].name, &sql);
		bool same = kh_streq(sql, kh_fact_tables[i].sql);
		*ret_differs |= !same;
		if (r == 0 && !same && apply)
			r = remake_fact_table(db, &kh_fact_tables[i]);
	}
	return r == 0 && apply ? drop_unknown_fact_tables(db) : r;
}

static int register_tables(struct kh_db *db, bool apply, bool *ret_differs)
{
	int r = 0;
	for (const struct kh_register *reg = kh_registers; r == 0 && reg->name; reg++) {
		kh_auto_free char *sql = NULL, *wanted = register_sql(reg);
		r = made_with(db, "reg_", reg->name, &sql);
		bool same = kh_streq(sql, wanted);
		*ret_differs |= !same;
		if (r == 0 && !same && apply)
			r = update_register(db, reg, sql != NULL);
	}
	return r;
}

/* ---- the whole ---- */

int kh_migrate_check(struct kh_db *db, bool *ret_needed)
{
	int64_t version = 0;
	int r = read_version(db, &version);
	bool differs = version < (int64_t)kh_migrations_count;
	if (r == 0 && version > 0)
		r = fact_tables(db, false, &differs);
	if (r == 0 && version > 0)
		r = register_tables(db, false, &differs);
	if (r == 0)
		*ret_needed = differs;
	return r;
}

static int apply_files(struct kh_db *db, int64_t version)
{
	int r = 0;
	for (size_t i = (size_t)version; r == 0 && i < kh_migrations_count; i++) {
		r = kh_db_script(db, kh_migrations[i].sql);
		if (r < 0)
			return kh_fail_in(r, "migration %s", kh_migrations[i].name);
	}
	return r;
}

static int migrate(struct kh_db *db, void *arg)
{
	(void)arg;
	/* Read again inside the transaction: another process may have been faster. */
	int64_t version = 0;
	bool differs = false;
	int r = read_version(db, &version);
	if (r == 0)
		r = apply_files(db, version);
	if (r < 0)
		return r;
	kh_auto_free char *number = kh_format("%zu", kh_migrations_count);
	r = set_meta(db, "application", KH_STORE_APPLICATION);
	if (r == 0)
		r = set_meta(db, "schema_version", number);
	if (r == 0)
		r = fact_tables(db, true, &differs);
	return r < 0 ? r : register_tables(db, true, &differs);
}

int kh_migrate(struct kh_db *writer)
{
	return kh_db_atomic(writer, migrate, NULL);
}
