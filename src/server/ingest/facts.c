#include "server/ingest/inside.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/limits.h"

static int table_named(struct kh_slice name)
{
	for (int i = 0; i < KH_FACTS_COUNT; i++)
		if (kh_slice_is(name, kh_fact_tables[i].name))
			return i;
	return -1;
}

/* The columns as they come, each as its place in the table; NULL: one that we do not know. */
struct columns {
	const struct kh_fact_column *of[KH_MAX_FACT_COLUMNS];
	size_t n;
};

static int read_columns(const struct place *p, const struct kh_fact_table_info *table, struct kh_slice text, struct columns *ret)
{
	struct kh_reader r = kh_reader_of(text.at, text.n);
	struct kh_slice name;
	kh_read_array(&r);
	while (kh_read_item(&r) && kh_read_text(&r, &name)) {
		if (ret->n == KH_MAX_FACT_COLUMNS)
			return kh_batch_bad(p, "columns", "too many");
		const struct kh_fact_column *column = NULL;
		for (size_t i = 0; i < table->columns_count; i++)
			if (kh_slice_is(name, table->columns[i].name))
				column = &table->columns[i];
		for (size_t i = 0; column && i < ret->n; i++)
			if (ret->of[i] == column)
				return kh_batch_bad(p, "columns", "one stands twice");
		ret->of[ret->n++] = column;
	}
	return r.wrong ? kh_batch_wrong(p, "columns", &r) : 0;
}

static bool has_nul_escape(struct kh_slice s)
{
	for (size_t i = 0; s.escaped && i + 6 <= s.n; i++)
		if (s.at[i] == '\\') {
			if (memcmp(s.at + i, "\\u0000", 6) == 0)
				return true;
			i++;
		}
	return false;
}

static bool read_cell(struct kh_reader *r, enum kh_fact_type type)
{
	struct kh_slice text;
	int64_t number = 0;
	bool flag = false;
	if (kh_reader_peek(r) == KH_READER_NULL)
		return kh_read_null(r);
	if (type == KH_FACT_BOOL)
		return kh_read_bool(r, &flag);
	if (type != KH_FACT_TEXT)
		return kh_read_int(r, &number);
	if (!kh_read_text(r, &text))
		return false;
	/* A character may take six bytes as an escape. */
	if (text.n > KH_MAX_TEXT * (text.escaped ? 6 : 1) || has_nul_escape(text))
		return kh_reader_fail(r, "a text that is too long or holds a NUL character");
	return true;
}

static int bad_cell(const struct place *p, const struct kh_fact_table_info *table, size_t row, const char *column, const char *what)
{
	return kh_fail(KH_E_BATCH_MALFORMED, "line %zu: %s.rows[%zu].%s: %s", p->line, table->name, row, column, kh_words(what));
}

static int read_row(const struct place *p, const struct kh_fact_table_info *table, const struct columns *columns, size_t row, struct kh_reader *r)
{
	size_t n = 0;
	kh_read_array(r);
	for (; kh_read_item(r); n++) {
		if (n == columns->n)
			return bad_cell(p, table, row, "", "more cells than columns");
		const struct kh_fact_column *column = columns->of[n];
		if (!(column ? read_cell(r, column->type) : kh_read_skip(r, NULL)))
			return bad_cell(p, table, row, column ? column->name : "?", r->wrong);
	}
	if (r->wrong)
		return bad_cell(p, table, row, "", r->wrong);
	return n < columns->n ? bad_cell(p, table, row, "", "fewer cells than columns") : 0;
}

static int read_rows(const struct place *p, struct kh_record *record)
{
	const struct kh_fact_table_info *table = &kh_fact_tables[record->facts.table];
	struct kh_reader r = kh_reader_of(record->facts.rows.at, record->facts.rows.n);
	struct columns columns = {0};
	int e = read_columns(p, table, record->facts.columns, &columns);
	kh_read_array(&r);
	while (e == 0 && kh_read_item(&r)) {
		if (record->facts.row_count == KH_MAX_FACT_ROWS)
			return kh_batch_bad(p, "rows", "too many");
		e = read_row(p, table, &columns, record->facts.row_count, &r);
		record->facts.row_count++;
	}
	if (e == 0 && r.wrong)
		e = kh_batch_wrong(p, "rows", &r);
	if (e == 0 && table->singleton && record->facts.row_count != 1)
		e = kh_batch_bad(p, "rows", "expected exactly one");
	return e;
}

struct fact_texts {
	struct kh_slice table, state;
};

static int read_fact_keys(const struct place *p, struct kh_reader *r, struct kh_record *record, struct fact_texts *ret)
{
	struct kh_slice key;
	kh_read_object(r);
	while (kh_read_key(r, &key)) {
		if (kh_slice_is(key, "table"))
			kh_read_text(r, &ret->table);
		else if (kh_slice_is(key, "state"))
			kh_read_text(r, &ret->state);
		else if (kh_slice_is(key, "hash"))
			kh_read_text(r, &record->facts.hash);
		else if (kh_slice_is(key, "reason") && kh_reader_peek(r) == KH_READER_TEXT)
			kh_read_text(r, &record->facts.reason);
		else if (kh_slice_is(key, "columns"))
			kh_read_skip(r, &record->facts.columns);
		else if (kh_slice_is(key, "rows"))
			kh_read_skip(r, &record->facts.rows);
		else
			kh_read_skip(r, NULL);
	}
	return r->wrong ? kh_batch_wrong(p, "facts", r) : 0;
}

int kh_record_read_facts(const struct place *p, struct kh_reader *r, struct kh_record *record)
{
	static const struct field reason = {"reason", TEXT, 0, KH_MAX_TEXT, true}, hash = {"hash", HEX, 0, 64, false};
	struct fact_texts texts = {0};
	int e = read_fact_keys(p, r, record, &texts);
	if (e)
		return e;
	if (!kh_slice_is_word(texts.table))
		return kh_batch_bad(p, "table", "is missing or no word");
	record->facts.table = table_named(texts.table);
	record->facts.measured = kh_slice_is(texts.state, "measured");
	if (!record->facts.measured && !kh_slice_is(texts.state, "not_measured"))
		return kh_batch_bad(p, "state", "expected measured or not_measured");
	e = kh_record_check_text(p, &reason, &record->facts.reason);
	if (e == 0)
		e = kh_record_check_text(p, &hash, &record->facts.hash);
	if (e || !record->facts.measured || record->facts.table < 0)
		return e;
	if (!record->facts.columns.n || !record->facts.rows.n)
		return kh_batch_bad(p, "rows", "columns or rows are missing");
	return read_rows(p, record);
}
