#include "server/posture/synthetic.h"

#include "base/error.h"
#include "base/str.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/i18n.h"
#include "gen/controls.h"
#include "gen/registers.h"
#include "server/register/register.h"
#include "server/store/migrate.h"

uint64_t kh_synthetic_next(uint64_t *seed, uint64_t n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (*seed >> 16) % n;
}

int kh_synthetic_schema(struct kh_db *db)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < kh_migrations_count; i++)
		r = kh_db_script(db, kh_migrations[i].sql);
	for (size_t i = 0; r == 0 && i < KH_FACTS_COUNT; i++)
		r = kh_db_script(db, kh_fact_tables[i].sql);
	for (const struct kh_register *reg = kh_registers; r == 0 && reg->name; reg++)
		r = kh_db_script(db, reg->table_sql);
	for (const struct kh_register *reg = kh_registers; r == 0 && reg->name; reg++)
		r = kh_db_script(db, reg->index_sql);
	return r;
}

/* --- facts --- */

/* Every text that some control compares with ('server', 'av', …), so that random rows reach its branches. */
struct words {
	KH_ARRAY(char *) of;
};

static const struct words *words(void)
{
	static struct words all;
	for (size_t i = 0; all.of.n == 0 && i < KH_CONTROLS_COUNT; i++) {
		const char *end = NULL;
		for (const char *at = strchr(kh_controls[i].sql[KH_VI], '\''); at; at = strchr(end + 1, '\'')) {
			end = strchr(at + 1, '\'');
			if (end - at > 1 && end - at < 24 && !memchr(at, ' ', (size_t)(end - at)))
				(void)kh_array_push(&all.of, kh_strndup(at + 1, (size_t)(end - at - 1)));
			if (!end)
				break;
		}
	}
	return &all;
}

static struct kh_db_value random_cell(enum kh_fact_type type, int64_t now_s, uint64_t *seed)
{
	static const int64_t numbers[] = {0, 1, 2, 7, 8, 14, 22, 30, 45, 60, 90, 100, 3389};
	if (kh_synthetic_next(seed, 8) == 0)
		return kh_db_value_null(NULL);
	if (type == KH_FACT_BOOL)
		return kh_db_value_int((int64_t)kh_synthetic_next(seed, 2));
	if (type == KH_FACT_INT)
		return kh_db_value_int(numbers[kh_synthetic_next(seed, KH_COUNT(numbers))]);
	/* Half a day beside whole days, so that no answer turns while a test runs. */
	if (type == KH_FACT_TIME)
		return kh_db_value_int(now_s + ((int64_t)kh_synthetic_next(seed, 240) - 160) * 86400 + 43200);
	return kh_db_value_text(words()->of.v[kh_synthetic_next(seed, words()->of.n)]);
}

static int insert_row(struct kh_db *db, const struct kh_fact_table_info *table, int64_t endpoint_id, int64_t now_s, uint64_t *seed)
{
	struct kh_db_value values[64] = {kh_db_value_int(endpoint_id)};
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	kh_buf_addf(&sql, "INSERT INTO fact_%s VALUES(?1", table->name);
	for (size_t i = 0; i < table->columns_count; i++) {
		kh_buf_addf(&sql, ", ?%zu", i + 2);
		values[i + 1] = random_cell(table->columns[i].type, now_s, seed);
	}
	kh_buf_addc(&sql, ')');
	return kh_db_run_values(db, kh_buf_text(&sql), values);
}

static int random_table(struct kh_db *db, const struct kh_fact_table_info *table, int64_t endpoint_id, unsigned most_rows, int64_t now_s, uint64_t *seed)
{
	kh_auto_free char *clear = kh_format("DELETE FROM fact_%s WHERE endpoint_id = ?1", table->name);
	bool measured = kh_synthetic_next(seed, 10) > 0;
	uint64_t rows = table->singleton ? 1 : kh_synthetic_next(seed, most_rows + 1);
	int r = kh_db_run(db, clear, endpoint_id);
	for (uint64_t i = 0; r == 0 && measured && i < rows; i++)
		r = insert_row(db, table, endpoint_id, now_s, seed);
	if (r < 0)
		return r;
	return kh_db_run(db,
			 "INSERT INTO fact_state VALUES(?1, ?2, ?3, NULL, 'hash', ?4, ?5, ?5) ON CONFLICT(endpoint_id, fact_table)"
			 " DO UPDATE SET state = excluded.state, row_count = excluded.row_count",
			 endpoint_id, table->name, measured ? "measured" : "not_measured", rows, now_s);
}

static int random_detection(struct kh_db *db, int64_t endpoint_id, int64_t now_s, uint64_t *seed)
{
	static const char *const states[] = {"found", "verified", "quarantined", "handled", "cleaned", "false_alarm"};
	int64_t found_s = now_s - (int64_t)kh_synthetic_next(seed, 40) * 43200 - 3600;
	return kh_db_run(db,
			 "INSERT INTO detection(endpoint_id, found_s, engine, rule, path, sha256, size, verdict, state, changed_s)"
			 " VALUES(?1, ?2, 'yara', ?3, '/home/user/a.bin', ?4, 68, ?5, ?6, ?7)",
			 endpoint_id, found_s, kh_synthetic_next(seed, 2) ? "EICAR_test_file" : "khien_test_pattern",
			 kh_synthetic_next(seed, 2) ? "aa" : "bb", kh_synthetic_next(seed, 4) ? "infected" : "suspicious", states[kh_synthetic_next(seed, 6)],
			 found_s + (int64_t)kh_synthetic_next(seed, 4) * 43200);
}

static int random_scan(struct kh_db *db, int64_t endpoint_id, int64_t now_s, uint64_t *seed)
{
	static const char *const kinds[] = {"first", "quick", "full", "manual"};
	int64_t ended_s = now_s - (int64_t)kh_synthetic_next(seed, 80) * 86400 - 43200;
	return kh_db_run(db,
			 "INSERT INTO scan(endpoint_id, kind, started_s, ended_s, files, bytes, infected, suspicious, errors, skipped, partly, rules)"
			 " VALUES(?1, ?2, ?3 - 600, ?3, 1000, 100000, ?4, 0, ?5, ?6, 0, 100)",
			 endpoint_id, kinds[kh_synthetic_next(seed, 4)], ended_s, kh_synthetic_next(seed, 2), kh_synthetic_next(seed, 2),
			 kh_synthetic_next(seed, 2));
}

int kh_synthetic_facts(struct kh_db *db, int64_t endpoint_id, const char *table, unsigned most_rows, int64_t now_s, uint64_t *seed)
{
	if (kh_streq(table, "detection"))
		return random_detection(db, endpoint_id, now_s, seed);
	if (kh_streq(table, "scan"))
		return random_scan(db, endpoint_id, now_s, seed);
	for (size_t i = 0; i < KH_FACTS_COUNT; i++)
		if (kh_streq(kh_fact_tables[i].name, table))
			return random_table(db, &kh_fact_tables[i], endpoint_id, most_rows, now_s, seed);
	return kh_fail(KH_E_NOT_FOUND, "fact table %s", table);
}

/* --- records --- */

static const char *random_code(const struct kh_register_field *field, uint64_t *seed)
{
	size_t n = 0;
	while (field->codes[n].name)
		n++;
	return field->codes[kh_synthetic_next(seed, n)].name;
}

static struct kh_db_value random_field(const struct kh_register_field *field, int64_t now_s, uint64_t *seed)
{
	int64_t midnight = (now_s + 7 * 3600) / 86400 * 86400 - 7 * 3600;
	if (!field->required && kh_synthetic_next(seed, 4) == 0)
		return kh_db_value_null(NULL);
	switch (field->type) {
	case KH_FIELD_CODE: return kh_db_value_text(random_code(field, seed));
	case KH_FIELD_BOOL: return kh_db_value_int((int64_t)kh_synthetic_next(seed, 2));
	case KH_FIELD_INT: return kh_db_value_int((int64_t)kh_synthetic_next(seed, 100));
	case KH_FIELD_DATE: return kh_db_value_int(midnight + ((int64_t)kh_synthetic_next(seed, 120) - 60) * 86400);
	case KH_FIELD_TIME: return kh_db_value_int(now_s + ((int64_t)kh_synthetic_next(seed, 120) - 100) * 86400 + 43200);
	case KH_FIELD_REF: return kh_db_value_int(1 + (int64_t)kh_synthetic_next(seed, 12));
	case KH_FIELD_TEXT:
	case KH_FIELD_LONG: break;
	}
	return kh_db_value_text(words()->of.v[kh_synthetic_next(seed, words()->of.n)]);
}

static const char *random_state(const struct kh_register *reg, uint64_t *seed)
{
	size_t n = 0;
	while (reg->states[n].name)
		n++;
	return reg->states[kh_synthetic_next(seed, n)].name;
}

/* Unique fields get a text or a number that nothing has. */
static struct kh_db_value field_value(const struct kh_register_field *field, int64_t id, const char *name, int64_t now_s, uint64_t *seed)
{
	if (!field->unique)
		return random_field(field, now_s, seed);
	return field->type == KH_FIELD_TEXT ? kh_db_value_text(name) : kh_db_value_int(id);
}

static int make_record(struct kh_db *db, const struct kh_register *reg, int64_t unit_id, int64_t now_s, int64_t *ret_id)
{
	kh_auto_free char *sql = kh_format("INSERT INTO reg_%s(unit_id, state, state_s, version, created_s, created_by, changed_s, changed_by, search)"
					   " VALUES(?1, '', ?2, 0, ?2, 'can.bo', ?2, '', '') RETURNING id", reg->name);
	return kh_db_int(db, ret_id, sql, unit_id, now_s);
}

/* What a reference stands for: a register, or NULL for machines, units and users. */
static const struct kh_register *referred(const struct kh_register_field *field)
{
	const struct kh_register *reg = NULL;
	return field->type == KH_FIELD_REF && kh_register_find(field->of, &reg) == 0 ? reg : NULL;
}

static int fill_record(struct kh_db *db, const struct kh_register *reg, int64_t id, int64_t now_s, uint64_t *seed)
{
	struct kh_db_value values[64] = {kh_db_value_int(id), kh_db_value_text(random_state(reg, seed)), kh_db_value_int(now_s)};
	kh_auto_free char *name = kh_format("%s %lld", reg->name, (long long)id);
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	kh_buf_addf(&sql, "UPDATE reg_%s SET version = version + 1, state = ?2, state_s = ?3, changed_s = ?3, changed_by = 'can.bo'", reg->name);
	for (size_t i = 0; i < reg->fields_count; i++) {
		const struct kh_register_field *f = &reg->fields[i];
		if (referred(f)) /* of the same unit: never out of reach, wherever the unit is moved */
			kh_buf_addf(&sql, ", %s = (SELECT MIN(t.id) FROM reg_%s t WHERE t.unit_id = reg_%s.unit_id AND t.id %s ?%zu)", f->name, f->of, reg->name, f->unique ? "=" : ">=", i + 4);
		else
			kh_buf_addf(&sql, ", %s = ?%zu", f->name, i + 4);
		values[i + 3] = field_value(&reg->fields[i], id, name, now_s, seed);
	}
	kh_buf_adds(&sql, " WHERE id = ?1");
	return kh_db_run_values(db, kh_buf_text(&sql), values);
}

int kh_synthetic_record(struct kh_db *db, const struct kh_register *reg, int64_t unit_id, int64_t now_s, uint64_t *seed)
{
	kh_auto_free char *sql = kh_format("SELECT MIN(id) FROM reg_%s WHERE unit_id = ?1 AND id > ?2", reg->name);
	int64_t id = 0;
	int r = kh_db_int(db, &id, sql, unit_id, kh_synthetic_next(seed, 20));
	bool more = kh_synthetic_next(seed, 2) && !reg->one_per_unit;
	if (r == 0 && (!id || more))
		r = make_record(db, reg, unit_id, now_s, &id);
	return r < 0 ? r : fill_record(db, reg, id, now_s, seed);
}

static int fill_registers(struct kh_db *db, const struct kh_synthetic *s, int64_t units, int64_t now_s, uint64_t *seed)
{
	int r = 0;
	for (const struct kh_register *reg = kh_registers; reg->name; reg++)
		for (int64_t unit = 1; unit <= units; unit++)
			for (unsigned n = 0; r == 0 && n < s->records; n++)
				r = kh_synthetic_record(db, reg, unit, now_s, seed);
	return r;
}

/* --- the tree and its machines --- */

int kh_synthetic_ancestors(struct kh_db *db)
{
	int r = kh_db_run(db, "DELETE FROM unit_ancestor");
	return r < 0 ? r
		     : kh_db_run(db, "INSERT INTO unit_ancestor(unit_id, ancestor_id)"
				     " WITH RECURSIVE up(unit_id, ancestor_id) AS (SELECT id, id FROM unit"
				     " UNION SELECT u.unit_id, d.parent_id FROM up u JOIN unit_edge d ON d.child_id = u.ancestor_id WHERE d.to_s IS NULL)"
				     " SELECT unit_id, ancestor_id FROM up");
}

static int add_unit(struct kh_db *db, const char *code, const char *kind, int64_t parent, int64_t now_s, int64_t *ret_id)
{
	int r = kh_db_int(db, ret_id, "INSERT INTO unit(code, name, name_fold, kind, from_s) VALUES(?1, ?1, ?1, ?2, ?3) RETURNING id", code, kind, now_s);
	if (r < 0 || parent == 0)
		return r;
	return kh_db_run(db, "INSERT INTO unit_edge VALUES(?1, ?2, 'admin', ?3, NULL)", *ret_id, parent, now_s);
}

static int add_tree(struct kh_db *db, const struct kh_synthetic *s, int64_t now_s)
{
	int64_t province = 0, ward = 0, unit = 0;
	int r = kh_db_int(db, &province, "SELECT MIN(id) FROM unit");
	if (r == 0 && province == 0)
		r = add_unit(db, "tinh", "province", 0, now_s, &province);
	for (unsigned w = 1; r == 0 && w <= s->wards; w++) {
		kh_auto_free char *ward_code = kh_format("xa-%u", w);
		r = add_unit(db, ward_code, "ward", province, now_s, &ward);
		for (unsigned u = 1; r == 0 && u <= s->units_per_ward; u++) {
			kh_auto_free char *code = kh_format("xa-%u-dv-%u", w, u);
			r = add_unit(db, code, "department", ward, now_s, &unit);
		}
	}
	return r < 0 ? r : kh_synthetic_ancestors(db);
}

static int add_endpoint(struct kh_db *db, int64_t id, int64_t units, int64_t now_s, uint64_t *seed)
{
	static const char *const roles[] = {"internet", "internet", "internal", "secret"};
	kh_auto_free char *uid = kh_format("00000000-0000-4000-8000-%012lld", (long long)id);
	kh_auto_free char *hostname = kh_format("may-%05lld", (long long)id);
	int64_t seen_s = now_s - (int64_t)kh_synthetic_next(seed, 12) * 86400 - 43200;
	return kh_db_run(db,
			 "INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address,"
			 " enrolled_s, seen_s, clock_offset_s) VALUES(?1, ?2, ?3, ?4, ?4, ?5, 'Debian GNU/Linux 12', 'active', ?2, '0.1.0', '192.0.2.1', ?6, ?7, 0)",
			 id, uid, 1 + (id - 1) % units, hostname, roles[kh_synthetic_next(seed, KH_COUNT(roles))], now_s - 100 * 86400, seen_s);
}

int kh_synthetic_fill(struct kh_db *db, const struct kh_synthetic *s, int64_t now_s)
{
	uint64_t seed = s->seed;
	int64_t units = 1 + (int64_t)s->wards * (1 + s->units_per_ward);
	int r = add_tree(db, s, now_s);
	for (int64_t id = 1; r == 0 && id <= s->endpoints; id++) {
		r = add_endpoint(db, id, units, now_s, &seed);
		for (size_t t = 0; r == 0 && t < KH_FACTS_COUNT; t++)
			r = random_table(db, &kh_fact_tables[t], id, s->most_rows, now_s, &seed);
		if (r == 0 && kh_synthetic_next(&seed, 3) > 0)
			r = random_scan(db, id, now_s, &seed);
		if (r == 0 && kh_synthetic_next(&seed, 3) == 0)
			r = random_detection(db, id, now_s, &seed);
	}
	return r < 0 ? r : fill_registers(db, s, units, now_s, &seed);
}
