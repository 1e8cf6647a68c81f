#include "server/ingest/batch.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <zstd.h>

/* ---- unpacking ---- */

enum { WINDOW_LOG_MAX = 25 }; /* 32 MiB, the largest batch: what a frame may make us keep */

static void free_dctx(ZSTD_DCtx **d)
{
	ZSTD_freeDCtx(*d);
}

/* Room for what the frame says it holds, so that it is unpacked in one go; 64 KiB when it does not say. */
static size_t step_for(const void *bytes, size_t n)
{
	unsigned long long size = ZSTD_getFrameContentSize(bytes, n);
	return size == 0 || size > KH_MAX_BATCH_BYTES ? 64 * KH_KIB : (size_t)size;
}

int kh_batch_unpack(const void *bytes, size_t n, struct kh_buf *ret)
{
	KH_CLEANUP(free_dctx) ZSTD_DCtx *d = ZSTD_createDCtx();
	kh_auto_buf struct kh_buf text = KH_BUF_MAX(KH_MAX_BATCH_BYTES);
	kh_assert(d && !ZSTD_isError(ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)));
	ZSTD_inBuffer in = {bytes, n, 0};
	size_t left = 1, step = step_for(bytes, n);
	while (in.pos < in.size || left) {
		size_t room = KH_MIN(step, KH_MAX_BATCH_BYTES - text.len);
		ZSTD_outBuffer out = {kh_buf_reserve(&text, room), room, 0};
		size_t before = in.pos;
		left = ZSTD_decompressStream(d, &out, &in);
		if (ZSTD_isError(left))
			return kh_fail(KH_E_BATCH_MALFORMED, "zstd: %s", ZSTD_getErrorName(left));
		text.len += out.pos;
		if (left && out.pos == out.size && text.len == KH_MAX_BATCH_BYTES)
			return kh_fail(KH_E_TOO_LARGE, "more than %lu bytes unpacked", KH_MAX_BATCH_BYTES);
		if (left && out.pos == 0 && in.pos == before)
			return kh_fail(KH_E_BATCH_MALFORMED, "zstd: the data ends early");
		step = 64 * KH_KIB;
	}
	kh_buf_done(ret);
	*ret = text;
	text = (struct kh_buf){0};
	return 0;
}

/* ---- checking: what all records share ---- */

/* Where the parser is: for details. */
struct place {
	struct kh_batch *batch;
	size_t line;
};

static int bad(const struct place *p, const char *field, const char *what)
{
	return kh_fail(KH_E_BATCH_MALFORMED, "line %zu: %s: %s", p->line, field, kh_words(what));
}

static int wrong(const struct place *p, const char *field, const struct kh_reader *r)
{
	return bad(p, field, r->wrong);
}

static bool is_hex(struct kh_slice s, size_t n)
{
	if (s.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((s.at[i] >= '0' && s.at[i] <= '9') || (s.at[i] >= 'a' && s.at[i] <= 'f')))
			return false;
	return true;
}

static bool is_word(struct kh_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.at[i] >= 'a' && s.at[i] <= 'z') || (s.at[i] >= '0' && s.at[i] <= '9') || s.at[i] == '_' || s.at[i] == '-'))
			return false;
	return s.n > 0 && s.n <= KH_MAX_WORD;
}

static bool is_one_of(struct kh_slice s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kh_slice_is(s, words[i]))
			return true;
	return false;
}
#define is_one_of(s, ...) is_one_of((s), (const char *const[]){__VA_ARGS__}, KH_COUNT(((const char *const[]){__VA_ARGS__})))

/* Without escapes, and shown to hold no NUL. */
static bool decode(struct kh_batch *batch, struct kh_slice *s)
{
	if (!s->escaped)
		return true; /* a bare NUL is a control character, which the reader refuses */
	char *text = kh_alloc(s->n);
	kh_array_push(&batch->decoded, text);
	*s = (struct kh_slice){text, kh_slice_decode(*s, text), false};
	return !memchr(s->at, '\0', s->n);
}

/* ---- checking: the fields of one kind, by table ---- */

enum field_type {
	TEXT,  /* 0…max bytes */
	WORD,  /* a-z 0-9 _ -, 1…KH_MAX_WORD */
	HEX,   /* lower case, exactly max digits */
	INT,   /* 0…INT64_MAX */
	OBJECT /* JSON, at most max bytes */
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset; /* in struct kh_record */
	size_t max;
	bool optional; /* may be absent or null */
};

#define TEXT_FIELD(kind, name, max, optional) {#name, TEXT, offsetof(struct kh_record, kind.name), max, optional}
#define HEX_FIELD(kind, name, digits, optional) {#name, HEX, offsetof(struct kh_record, kind.name), digits, optional}
#define WORD_FIELD(kind, name, optional) {#name, WORD, offsetof(struct kh_record, kind.name), 0, optional}
#define INT_FIELD(kind, name, optional) {#name, INT, offsetof(struct kh_record, kind.name), 0, optional}

static int check_text(const struct place *p, const struct field *f, struct kh_slice *s)
{
	if (!decode(p->batch, s))
		return bad(p, f->name, "a NUL character in a text");
	if (f->type == WORD && !is_word(*s))
		return bad(p, f->name, "expected a word of a-z, 0-9, _ and -");
	if (f->type == HEX && !is_hex(*s, f->max))
		return bad(p, f->name, "expected lower-case hex digits of the right number");
	if (f->type == TEXT && s->n > f->max)
		return bad(p, f->name, "too long");
	return 0;
}

static int read_field(const struct place *p, const struct field *f, struct kh_reader *r, struct kh_record *record)
{
	void *to = (char *)record + f->offset;
	if (f->optional && kh_reader_peek(r) == KH_READER_NULL)
		return kh_read_null(r) ? 0 : wrong(p, f->name, r);
	if (f->type == INT) {
		int64_t *number = to;
		return kh_read_int(r, number) && *number >= 0 ? 0 : bad(p, f->name, r->wrong ? r->wrong : "expected a number that is not negative");
	}
	struct kh_slice *slice = to;
	if (f->type == OBJECT) {
		bool object = kh_reader_peek(r) == KH_READER_OBJECT;
		if (!object || !kh_read_skip(r, slice))
			return bad(p, f->name, r->wrong ? r->wrong : "expected an object");
		return slice->n > f->max ? bad(p, f->name, "too long") : 0;
	}
	return kh_read_text(r, slice) ? check_text(p, f, slice) : wrong(p, f->name, r);
}

/* Fields of an object whose names are in the table; others are passed over. */
static int read_fields(const struct place *p, const struct field *fields, size_t n, struct kh_reader *r, struct kh_record *record)
{
	struct kh_slice key;
	uint64_t seen = 0;
	int e = 0;
	kh_read_object(r);
	while (e == 0 && kh_read_key(r, &key)) {
		size_t i = 0;
		while (i < n && !kh_slice_is(key, fields[i].name))
			i++;
		if (i == n) {
			kh_read_skip(r, NULL);
			continue;
		}
		if (seen & UINT64_C(1) << i)
			return bad(p, fields[i].name, "stands twice");
		seen |= UINT64_C(1) << i;
		e = read_field(p, &fields[i], r, record);
	}
	if (e == 0 && r->wrong)
		e = wrong(p, "record", r);
	for (size_t i = 0; e == 0 && i < n; i++)
		if (!fields[i].optional && !(seen & UINT64_C(1) << i))
			e = bad(p, fields[i].name, "is missing");
	return e;
}

/* ---- each kind ---- */

/* ECS allows a list where there are several categories: the first is the one we index by. */
static bool read_first_text(struct kh_reader *r, struct kh_slice *ret)
{
	if (kh_reader_peek(r) != KH_READER_ARRAY)
		return kh_read_text(r, ret);
	struct kh_slice other;
	kh_read_array(r);
	for (bool first = true; kh_read_item(r); first = false)
		if (!kh_read_text(r, first ? ret : &other))
			return false;
	return !r->wrong;
}

/* "category" and "action" of `event`, either nested or dotted ("event.action"). */
static bool read_event_field(struct kh_reader *r, struct kh_slice name, struct kh_record *record)
{
	if (kh_slice_is(name, "category"))
		return read_first_text(r, &record->event.category);
	if (kh_slice_is(name, "action"))
		return kh_read_text(r, &record->event.action);
	return kh_read_skip(r, NULL);
}

static int read_event(const struct place *p, struct kh_reader *r, struct kh_record *record)
{
	static const struct field category = {"event.category", TEXT, 0, KH_MAX_WORD, false}, action = {"event.action", TEXT, 0, KH_MAX_WORD, false};
	struct kh_slice key;
	kh_read_object(r);
	while (kh_read_key(r, &key)) {
		if (kh_slice_is(key, "event") && kh_reader_peek(r) == KH_READER_OBJECT) {
			kh_read_object(r);
			while (kh_read_key(r, &key))
				read_event_field(r, key, record);
		} else if (key.n > 6 && memcmp(key.at, "event.", 6) == 0) {
			read_event_field(r, (struct kh_slice){key.at + 6, key.n - 6, key.escaped}, record);
		} else {
			kh_read_skip(r, NULL);
		}
	}
	if (r->wrong)
		return wrong(p, "event", r);
	if (!record->event.category.n)
		return bad(p, "event.category", "is missing");
	if (!record->event.action.n)
		return bad(p, "event.action", "is missing");
	int e = check_text(p, &category, &record->event.category);
	return e ? e : check_text(p, &action, &record->event.action);
}

static int read_detection(const struct place *p, struct kh_reader *r, struct kh_record *record)
{
	static const struct field fields[] = {
		WORD_FIELD(detection, engine, false), TEXT_FIELD(detection, rule, KH_MAX_RULE, false), TEXT_FIELD(detection, path, KH_MAX_PATH, false),
		TEXT_FIELD(detection, member, KH_MAX_PATH, true), HEX_FIELD(detection, sha256, 64, true), INT_FIELD(detection, size, true),
		WORD_FIELD(detection, verdict, false), WORD_FIELD(detection, state, false),
	};
	record->detection.size = -1;
	int e = read_fields(p, fields, KH_COUNT(fields), r, record);
	if (e)
		return e;
	if (!is_one_of(record->detection.verdict, "infected", "suspicious"))
		return bad(p, "verdict", "expected infected or suspicious");
	if (!is_one_of(record->detection.state, "found", "quarantined"))
		return bad(p, "state", "expected found or quarantined");
	return 0;
}

/* Passes to the value of `name` in the record's object; the reader then stands before it. */
static int find_value(const struct place *p, const char *name, struct kh_reader *r, struct kh_reader *ret_value)
{
	struct kh_slice key;
	bool found = false;
	kh_read_object(r);
	while (kh_read_key(r, &key)) {
		if (kh_slice_is(key, name) && !found) {
			*ret_value = *r;
			found = true;
		}
		kh_read_skip(r, NULL);
	}
	if (r->wrong)
		return wrong(p, "record", r);
	return found ? 0 : bad(p, name, "is missing");
}

static int read_scan(const struct place *p, struct kh_reader *r, struct kh_record *record)
{
	static const struct field fields[] = {
		WORD_FIELD(scan, kind, false),          INT_FIELD(scan, started_ms, false), INT_FIELD(scan, ended_ms, false), INT_FIELD(scan, files, false),
		INT_FIELD(scan, bytes, false),   INT_FIELD(scan, infected, false),   INT_FIELD(scan, suspicious, false), INT_FIELD(scan, errors, false),
		INT_FIELD(scan, skipped, false), INT_FIELD(scan, partly, false),     INT_FIELD(scan, rules, false),
		WORD_FIELD(scan, stopped, true),
	};
	struct kh_reader value = {0};
	int e = find_value(p, "scan", r, &value);
	return e ? e : read_fields(p, fields, KH_COUNT(fields), &value, record);
}

static int read_health(const struct place *p, struct kh_reader *r, struct kh_record *record)
{
	static const struct field report = {"health", OBJECT, offsetof(struct kh_record, health.report), KH_MAX_EVENT, false};
	struct kh_reader value = {0};
	int e = find_value(p, "health", r, &value);
	return e ? e : read_field(p, &report, &value, record);
}

static int read_order(const struct place *p, struct kh_reader *r, struct kh_record *record)
{
	static const struct field fields[] = {
		{"order", INT, offsetof(struct kh_record, order.id), 0, false},
		WORD_FIELD(order, state, false),
		{"result", OBJECT, offsetof(struct kh_record, order.result), KH_MAX_EVENT, true},
	};
	int e = read_fields(p, fields, KH_COUNT(fields), r, record);
	if (e == 0 && !is_one_of(record->order.state, "done", "refused", "failed"))
		e = bad(p, "state", "expected done, refused or failed");
	return e;
}

/* ---- facts ---- */

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
			return bad(p, "columns", "too many");
		const struct kh_fact_column *column = NULL;
		for (size_t i = 0; i < table->columns_count; i++)
			if (kh_slice_is(name, table->columns[i].name))
				column = &table->columns[i];
		for (size_t i = 0; column && i < ret->n; i++)
			if (ret->of[i] == column)
				return bad(p, "columns", "one stands twice");
		ret->of[ret->n++] = column;
	}
	return r.wrong ? wrong(p, "columns", &r) : 0;
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
			return bad(p, "rows", "too many");
		e = read_row(p, table, &columns, record->facts.row_count, &r);
		record->facts.row_count++;
	}
	if (e == 0 && r.wrong)
		e = wrong(p, "rows", &r);
	if (e == 0 && table->singleton && record->facts.row_count != 1)
		e = bad(p, "rows", "expected exactly one");
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
	return r->wrong ? wrong(p, "facts", r) : 0;
}

static int read_facts(const struct place *p, struct kh_reader *r, struct kh_record *record)
{
	static const struct field reason = {"reason", TEXT, 0, KH_MAX_TEXT, true}, hash = {"hash", HEX, 0, 64, false};
	struct fact_texts texts = {0};
	int e = read_fact_keys(p, r, record, &texts);
	if (e)
		return e;
	if (!is_word(texts.table))
		return bad(p, "table", "is missing or no word");
	record->facts.table = table_named(texts.table);
	record->facts.measured = kh_slice_is(texts.state, "measured");
	if (!record->facts.measured && !kh_slice_is(texts.state, "not_measured"))
		return bad(p, "state", "expected measured or not_measured");
	e = check_text(p, &reason, &record->facts.reason);
	if (e == 0)
		e = check_text(p, &hash, &record->facts.hash);
	if (e || !record->facts.measured || record->facts.table < 0)
		return e;
	if (!record->facts.columns.n || !record->facts.rows.n)
		return bad(p, "rows", "columns or rows are missing");
	return read_rows(p, record);
}

/* ---- a line ---- */

static const struct {
	const char *name;
	int (*read)(const struct place *p, struct kh_reader *r, struct kh_record *record);
	size_t max; /* bytes of the line */
} kinds[KH_RECORD_KINDS] = {
	[KH_RECORD_FACTS] = {"facts", read_facts, KH_MAX_RECORD},          [KH_RECORD_EVENT] = {"event", read_event, KH_MAX_EVENT},
	[KH_RECORD_DETECTION] = {"detection", read_detection, KH_MAX_EVENT}, [KH_RECORD_SCAN] = {"scan", read_scan, KH_MAX_EVENT},
	[KH_RECORD_HEALTH] = {"health", read_health, KH_MAX_EVENT},        [KH_RECORD_ORDER] = {"order", read_order, KH_MAX_EVENT},
};

/* What every record begins with, in whatever place it stands. */
struct envelope {
	int64_t seq;
	struct kh_slice timestamp, kind;
};

/* The agent writes these three first: then the rest is not read twice. */
static int read_envelope(const struct place *p, struct kh_slice line, struct envelope *ret)
{
	struct kh_reader r = kh_reader_of(line.at, line.n);
	struct kh_slice key;
	struct envelope e = {.seq = -1};
	kh_read_object(&r);
	while (!(e.seq >= 0 && e.timestamp.at && e.kind.at) && kh_read_key(&r, &key)) {
		if (kh_slice_is(key, "seq"))
			kh_read_int(&r, &e.seq);
		else if (kh_slice_is(key, "@timestamp"))
			kh_read_text(&r, &e.timestamp);
		else if (kh_slice_is(key, "kind"))
			kh_read_text(&r, &e.kind);
		else
			kh_read_skip(&r, NULL);
	}
	if (r.wrong)
		return wrong(p, "record", &r);
	if (e.seq < 0)
		return bad(p, "seq", "is missing");
	*ret = e;
	return 0;
}

static bool read_time(struct kh_slice text, int64_t *ret_ms)
{
	char copy[40];
	if (!text.n || text.n >= sizeof copy || text.escaped)
		return false;
	memcpy(copy, text.at, text.n);
	copy[text.n] = '\0';
	return kh_time_parse(copy, ret_ms);
}

static int kind_named(struct kh_slice name)
{
	for (int i = 0; i < KH_RECORD_KINDS; i++)
		if (kh_slice_is(name, kinds[i].name))
			return i;
	return -1;
}

static int read_record(const struct place *p, struct kh_slice line, int64_t seq, struct kh_record *ret)
{
	struct envelope envelope = {0};
	int e = read_envelope(p, line, &envelope);
	if (e)
		return e;
	if (envelope.seq != seq)
		return bad(p, "seq", "is not the next one");
	int kind = kind_named(envelope.kind);
	if (kind < 0)
		return bad(p, "kind", "is missing or unknown");
	if (line.n > kinds[kind].max)
		return bad(p, "record", "too long for its kind");
	struct kh_record record = {.kind = (enum kh_record_kind)kind, .line = line};
	if (!read_time(envelope.timestamp, &record.at_ms))
		return bad(p, "@timestamp", "expected a time like 2026-11-21T08:30:00.123Z");
	struct kh_reader r = kh_reader_of(line.at, line.n);
	e = kinds[kind].read(p, &r, &record);
	if (e == 0 && !kh_read_end(&r))
		e = wrong(p, "record", &r);
	if (e == 0)
		*ret = record;
	return e;
}

/* ---- the whole ---- */

static int read_header(const struct place *p, struct kh_slice line, struct kh_batch *batch)
{
	struct kh_reader r = kh_reader_of(line.at, line.n);
	struct kh_slice key, epoch = {0};
	int64_t version = 0;
	batch->first = batch->last = -1;
	kh_read_object(&r);
	while (kh_read_key(&r, &key)) {
		if (kh_slice_is(key, "v"))
			kh_read_int(&r, &version);
		else if (kh_slice_is(key, "epoch"))
			kh_read_text(&r, &epoch);
		else if (kh_slice_is(key, "first"))
			kh_read_int(&r, &batch->first);
		else if (kh_slice_is(key, "last"))
			kh_read_int(&r, &batch->last);
		else if (kh_slice_is(key, "time_ms"))
			kh_read_int(&r, &batch->time_ms);
		else if (kh_slice_is(key, "clock_offset_ms"))
			kh_read_int(&r, &batch->clock_offset_ms);
		else
			kh_read_skip(&r, NULL);
	}
	if (!kh_read_end(&r))
		return wrong(p, "header", &r);
	if (version != 1)
		return bad(p, "v", "expected 1");
	if (!is_hex(epoch, KH_EPOCH_SIZE - 1))
		return bad(p, "epoch", "expected 16 lower-case hex digits");
	if (batch->first < 1 || batch->last < batch->first)
		return bad(p, "first", "expected 1 or more, and last not before it");
	if (batch->last - batch->first >= KH_MAX_BATCH_RECORDS)
		return kh_fail(KH_E_TOO_LARGE, "more than %d records", KH_MAX_BATCH_RECORDS);
	memcpy(batch->epoch, epoch.at, KH_EPOCH_SIZE - 1);
	return 0;
}

static bool next_line(const char **at, const char *end, struct kh_slice *ret)
{
	if (*at == end)
		return false;
	const char *nl = memchr(*at, '\n', (size_t)(end - *at));
	*ret = (struct kh_slice){*at, (size_t)((nl ? nl : end) - *at), false};
	*at = nl ? nl + 1 : end;
	return true;
}

static int read_lines(struct kh_batch *batch)
{
	const char *at = kh_buf_text(&batch->text), *end = at + batch->text.len;
	struct place p = {batch, 1};
	struct kh_slice line = {0};
	if (!next_line(&at, end, &line))
		return bad(&p, "header", "is missing");
	int e = read_header(&p, line, batch);
	if (e)
		return e;
	size_t n = (size_t)(batch->last - batch->first + 1);
	batch->records.v = kh_alloc_array(n, sizeof *batch->records.v);
	batch->records.cap = n;
	for (; e == 0 && batch->records.n < n; batch->records.n++) {
		p.line++;
		if (!next_line(&at, end, &line))
			return bad(&p, "record", "is missing: fewer lines than the header says");
		e = read_record(&p, line, batch->first + (int64_t)batch->records.n, &batch->records.v[batch->records.n]);
	}
	if (e == 0 && at != end)
		e = bad(&p, "record", "more lines than the header says");
	return e;
}

int kh_batch_parse(struct kh_buf *text, struct kh_batch *ret)
{
	kh_auto_batch struct kh_batch batch = {.text = *text};
	*text = (struct kh_buf){0};
	int e = read_lines(&batch);
	if (e)
		return e;
	*ret = batch;
	batch = (struct kh_batch){0};
	return 0;
}

int kh_batch_read(const void *bytes, size_t n, const char *encoding, struct kh_batch *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_MAX(KH_MAX_BATCH_BYTES);
	*ret = (struct kh_batch){0};
	int e = 0;
	if (!encoding)
		kh_buf_add(&text, bytes, n);
	else if (kh_streq(encoding, "zstd"))
		e = kh_batch_unpack(bytes, n, &text);
	else
		e = kh_fail(KH_E_BATCH_MALFORMED, "Content-Encoding: expected zstd");
	if (e == 0)
		e = kh_buf_status(&text);
	return e ? e : kh_batch_parse(&text, ret);
}

void kh_batch_done(struct kh_batch *batch)
{
	kh_array_each(&batch->decoded, text)
		free(*text);
	kh_array_done(&batch->decoded);
	kh_array_done(&batch->records);
	kh_buf_done(&batch->text);
	*batch = (struct kh_batch){0};
}

const struct kh_record *kh_batch_record(const struct kh_batch *batch, int64_t seq)
{
	return seq < batch->first || seq > batch->last ? NULL : &batch->records.v[seq - batch->first];
}
