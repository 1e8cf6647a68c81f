#include "server/ingest/records.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "server/content/bundles.h"
#include "server/detection/detection.h"
#include "server/order/order.h"
#include "server/posture/posture.h"

#include <pthread.h>

enum { AGAIN_AFTER_S = 3600 }; /* heard from after such a silence: asked anew whether it is heard from */

/* One batch on its way into the store. */
struct storing {
	struct kh_db *db;
	const struct kh_batch_origin *from;
	const struct kh_batch *batch;
	struct kh_stmt *insert_event; /* kept over the events of the batch */
	bool changed[KH_FACTS_COUNT], detections, scans, content;
};

static struct kh_db_value value_of(struct kh_slice s)
{
	return kh_db_value_textn(s.at, s.n);
}

/* ---- how far the epoch has come ---- */

struct stream {
	int64_t last_seq;
	char last_digest[KH_SHA256_HEX_SIZE];
};

static int read_stream(struct kh_db *db, int64_t endpoint_id, const char *epoch, struct stream *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT last_seq, last_digest FROM stream WHERE endpoint_id = ?1 AND epoch = ?2", endpoint_id, epoch);
	while (kh_stmt_next(s, &r)) {
		ret->last_seq = kh_stmt_int(s, 0);
		snprintf(ret->last_digest, sizeof ret->last_digest, "%s", kh_stmt_text(s, 1));
	}
	return r;
}

static const char *digest_of(const struct kh_record *record, char hex[KH_SHA256_HEX_SIZE])
{
	uint8_t hash[KH_SHA256_SIZE];
	kh_sha256_of(record->line.at, record->line.n, hash);
	return kh_sha256_hex(hash, hex);
}

static int check_continuity(const struct kh_batch *batch, const struct stream *stream)
{
	const struct kh_record *known = stream->last_seq ? kh_batch_record(batch, stream->last_seq) : NULL;
	char hex[KH_SHA256_HEX_SIZE];
	if (known && strcmp(digest_of(known, hex), stream->last_digest) != 0)
		return kh_fail(KH_E_SEQUENCE_CONFLICT, "record %lld of epoch %s is another one here", (long long)stream->last_seq, batch->epoch);
	return 0;
}

static int write_stream(struct kh_db *db, int64_t endpoint_id, const struct kh_batch *batch)
{
	char hex[KH_SHA256_HEX_SIZE];
	return kh_db_run(db,
			 "INSERT INTO stream(endpoint_id, epoch, last_seq, last_digest) VALUES(?1, ?2, ?3, ?4)"
			 " ON CONFLICT(endpoint_id, epoch) DO UPDATE SET last_seq = excluded.last_seq, last_digest = excluded.last_digest",
			 endpoint_id, batch->epoch, batch->last, digest_of(kh_batch_record(batch, batch->last), hex));
}

/* ---- events ---- */

static int store_event(struct storing *s, const struct kh_record *record)
{
	int r = 0;
	if (!s->insert_event)
		r = kh_db_query(s->db, &s->insert_event, "INSERT INTO event(endpoint_id, at_ms, category, action, body) VALUES(?1, ?2, ?3, ?4, ?5)");
	if (r == 0)
		r = kh_stmt_run(s->insert_event, s->from->endpoint_id, record->at_ms, value_of(record->event.category), value_of(record->event.action), value_of(record->line));
	if (r == 0 && kh_slice_is(record->event.category, "malware"))
		r = kh_detection_event(s->db, s->from->endpoint_id, record->at_ms / 1000, record->event.action.at, record->event.action.n, record->line.at, record->line.n, &s->detections);
	if (r == 0 && kh_slice_is(record->event.category, "package"))
		r = kh_content_event(s->db, s->from->endpoint_id, record->event.action.at, record->event.action.n, record->line.at, record->line.n);
	return r;
}

/* ---- facts ---- */

static struct {
	char *insert, *remove;
} fact_sql[KH_FACTS_COUNT];

static void compose_fact_sql(void)
{
	for (int t = 0; t < KH_FACTS_COUNT; t++) {
		const struct kh_fact_table_info *table = &kh_fact_tables[t];
		struct kh_buf names = KH_BUF_INIT, places = KH_BUF_INIT;
		for (size_t c = 0; c < table->columns_count; c++) {
			kh_buf_addf(&names, ", %s", table->columns[c].name);
			kh_buf_addf(&places, ", ?%zu", c + 2);
		}
		kh_assert(table->columns_count <= KH_MAX_FACT_COLUMNS);
		fact_sql[t].insert = kh_format("INSERT INTO fact_%s(endpoint_id%s) VALUES(?1%s)", table->name, kh_buf_text(&names), kh_buf_text(&places));
		fact_sql[t].remove = kh_format("DELETE FROM fact_%s WHERE endpoint_id = ?1", table->name);
		kh_buf_done(&names);
		kh_buf_done(&places);
	}
}

/* Reading rows that kh_batch_parse() has checked: their cells, as values in the order of the table's columns. */
struct rows {
	struct kh_reader reader;
	size_t places[KH_MAX_FACT_COLUMNS]; /* of each column as it comes, in `values`; 0: to be passed over */
	struct kh_db_value values[KH_MAX_FACT_COLUMNS + 2];
	size_t values_n;
	char *decoded; /* room for the texts of one row that have escapes; NULL: none in the whole table has */
};

static size_t place_of(const struct kh_fact_table_info *table, struct kh_slice name)
{
	for (size_t i = 0; i < table->columns_count; i++)
		if (kh_slice_is(name, table->columns[i].name))
			return i + 1;
	return 0;
}

static struct rows open_rows(const struct kh_record *record, int64_t endpoint_id)
{
	const struct kh_fact_table_info *table = &kh_fact_tables[record->facts.table];
	struct kh_slice text = record->facts.rows, name = {0};
	struct kh_reader columns = kh_reader_of(record->facts.columns.at, record->facts.columns.n);
	struct rows rows = {.reader = kh_reader_of(text.at, text.n), .values_n = table->columns_count + 1};
	kh_read_array(&columns);
	for (size_t i = 0; kh_read_item(&columns) && kh_read_text(&columns, &name); i++)
		rows.places[i] = place_of(table, name);
	rows.values[0] = kh_db_value_int(endpoint_id);
	rows.decoded = memchr(text.at, '\\', text.n) ? kh_alloc(text.n) : NULL;
	kh_read_array(&rows.reader);
	return rows;
}

static void close_rows(struct rows *rows)
{
	free(rows->decoded);
}

static struct kh_db_value read_value(struct kh_reader *r, char **decoded)
{
	struct kh_slice text = {0};
	int64_t number = 0;
	bool flag = false;
	switch (kh_reader_peek(r)) {
	case KH_READER_TEXT:
		kh_read_text(r, &text);
		if (text.escaped) {
			size_t n = kh_slice_decode(text, *decoded);
			text = (struct kh_slice){*decoded, n, false};
			*decoded += n;
		}
		return value_of(text);
	case KH_READER_NUMBER:
		kh_read_int(r, &number);
		return kh_db_value_int(number);
	case KH_READER_BOOL:
		kh_read_bool(r, &flag);
		return kh_db_value_int(flag);
	default:
		kh_read_null(r);
		return kh_db_value_null(NULL);
	}
}

/* False at the end. */
static bool next_row(struct rows *rows)
{
	char *decoded = rows->decoded;
	if (!kh_read_item(&rows->reader))
		return false;
	for (size_t i = 1; i < rows->values_n; i++)
		rows->values[i] = kh_db_value_null(NULL);
	rows->values[rows->values_n] = (struct kh_db_value){.type = KH_DB_END};
	kh_read_array(&rows->reader);
	for (size_t i = 0; kh_read_item(&rows->reader); i++)
		if (rows->places[i])
			rows->values[rows->places[i]] = read_value(&rows->reader, &decoded);
		else
			kh_read_skip(&rows->reader, NULL);
	return true;
}

static int insert_rows(struct storing *s, const struct kh_record *record)
{
	kh_auto_stmt struct kh_stmt *insert = NULL;
	int r = kh_db_query(s->db, &insert, fact_sql[record->facts.table].insert);
	if (r < 0)
		return r;
	KH_CLEANUP(close_rows) struct rows rows = open_rows(record, s->from->endpoint_id);
	while (r == 0 && next_row(&rows))
		r = kh_stmt_run_values(insert, rows.values);
	kh_assert(r < 0 || !rows.reader.wrong);
	return r;
}

static int is_known(struct storing *s, const struct kh_record *record, const char *table, const char *state, bool *ret)
{
	int64_t known = 0;
	int r = kh_db_int(s->db, &known, "SELECT COUNT(*) FROM fact_state WHERE endpoint_id = ?1 AND fact_table = ?2 AND state = ?3 AND hash = ?4",
			  s->from->endpoint_id, table, state, value_of(record->facts.hash));
	*ret = known > 0;
	return r;
}

static int write_fact_state(struct storing *s, const struct kh_record *record, const char *table, const char *state)
{
	return kh_db_run(s->db,
			 "INSERT INTO fact_state(endpoint_id, fact_table, state, reason, hash, row_count, collected_s, received_s)"
			 " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(endpoint_id, fact_table) DO UPDATE SET state = excluded.state,"
			 " reason = excluded.reason, hash = excluded.hash, row_count = excluded.row_count, collected_s = excluded.collected_s,"
			 " received_s = excluded.received_s",
			 s->from->endpoint_id, table, state, value_of(record->facts.reason), value_of(record->facts.hash), record->facts.row_count,
			 record->at_ms / 1000, s->from->received_s);
}

static int store_facts(struct storing *s, const struct kh_record *record)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, compose_fact_sql);
	int t = record->facts.table;
	if (t < 0)
		return 0;
	const char *table = kh_fact_tables[t].name, *state = record->facts.measured ? "measured" : "not_measured";
	bool known = false;
	int r = is_known(s, record, table, state, &known);
	if (r == 0 && !known)
		r = kh_db_run(s->db, fact_sql[t].remove, s->from->endpoint_id);
	if (r == 0 && !known && record->facts.measured)
		r = insert_rows(s, record);
	if (r == 0)
		r = write_fact_state(s, record, table, state);
	s->changed[t] |= !known;
	return r;
}

/* ---- detections ---- */

static int store_detection(struct storing *s, const struct kh_record *record)
{
	const struct kh_detection_report report = {
		.endpoint_id = s->from->endpoint_id,
		.at_s = record->at_ms / 1000,
		.engine = value_of(record->detection.engine),
		.rule = value_of(record->detection.rule),
		.path = value_of(record->detection.path),
		.member = value_of(record->detection.member),
		.sha256 = value_of(record->detection.sha256),
		.size = record->detection.size < 0 ? kh_db_value_null(NULL) : kh_db_value_int(record->detection.size),
		.verdict = value_of(record->detection.verdict),
		.find_id = value_of(record->detection.id),
		.quarantined = kh_slice_is(record->detection.state, "quarantined"),
	};
	s->detections = true;
	return kh_detection_report(s->db, &report);
}

static int store_detection_state(struct storing *s, const struct kh_record *record)
{
	kh_auto_free char *state = kh_strndup(record->detection_state.state.at, record->detection_state.state.n);
	const struct kh_find_state find = {
		.endpoint_id = s->from->endpoint_id,
		.at_s = record->at_ms / 1000,
		.find_id = value_of(record->detection_state.id),
		.quarantine = value_of(record->detection_state.quarantine),
		.detail = value_of(record->detection_state.detail),
		.state = state,
	};
	bool known = false;
	int r = kh_detection_find_state(s->db, &find, &known);
	s->detections |= known;
	return r;
}

/* ---- the other kinds ---- */

static int store_scan(struct storing *s, const struct kh_record *record)
{
	int64_t endpoint_id = s->from->endpoint_id, started_s = record->scan.started_ms / 1000, ended_s = record->scan.ended_ms / 1000;
	s->scans = true;
	int r = kh_db_run(s->db,
			  "INSERT INTO scan(endpoint_id, kind, started_s, ended_s, files, bytes, infected, suspicious, errors, skipped, partly, rules, stopped, order_id)"
			  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
			  endpoint_id, value_of(record->scan.kind), started_s, ended_s, record->scan.files, record->scan.bytes, record->scan.infected,
			  record->scan.suspicious, record->scan.errors, record->scan.skipped, record->scan.partly, record->scan.rules, value_of(record->scan.stopped),
			  record->scan.order ? kh_db_value_int(record->scan.order) : kh_db_value_null(NULL));
	if (r < 0 || !kh_slice_is(record->scan.kind, "full") || record->scan.stopped.at || !record->scan.files)
		return r;
	s->detections = true;
	return kh_detection_rescanned(s->db, endpoint_id, started_s, ended_s, record->scan.infected + record->scan.suspicious);
}

static int store_health(struct storing *s, const struct kh_record *record)
{
	struct kh_slice report = record->health.report;
	int64_t endpoint_id = s->from->endpoint_id, at_s = record->at_ms / 1000;
	kh_auto_json json_t *health = NULL;
	int r = kh_db_run(s->db, "UPDATE endpoint SET health = ?2 WHERE id = ?1", endpoint_id, value_of(report));
	/* Most reports have none of these, and are only kept. */
	if (r < 0 || (!memmem(report.at, report.n, "\"scan\"", 6) && !memmem(report.at, report.n, "\"search\"", 8) && !memmem(report.at, report.n, "\"content\"", 9)) ||
	    kh_json_parse(report.at, report.n, &health) < 0)
		return r;
	r = kh_order_progress(s->db, endpoint_id, json_object_get(health, "scan"), at_s);
	r = r < 0 ? r : kh_order_progress(s->db, endpoint_id, json_object_get(health, "search"), at_s);
	return r < 0 ? r : kh_content_said(s->db, endpoint_id, json_object_get(health, "content"), at_s, &s->content);
}

static int store_order(struct storing *s, const struct kh_record *record)
{
	return kh_db_run(s->db,
			 "UPDATE endpoint_order SET state = ?3, result = ?4, done_s = ?5 WHERE id = ?1 AND endpoint_id = ?2 AND state IN ('waiting', 'sent', 'running')",
			 record->order.id, s->from->endpoint_id, value_of(record->order.state), value_of(record->order.result), record->at_ms / 1000);
}

static int (*const store_record[KH_RECORD_KINDS])(struct storing *s, const struct kh_record *record) = {
	[KH_RECORD_FACTS] = store_facts, [KH_RECORD_EVENT] = store_event,   [KH_RECORD_DETECTION] = store_detection,
	[KH_RECORD_SCAN] = store_scan,   [KH_RECORD_HEALTH] = store_health, [KH_RECORD_ORDER] = store_order,
	[KH_RECORD_DETECTION_STATE] = store_detection_state,
};

/* ---- the whole ---- */

static int store_records(struct storing *s, int64_t from_seq)
{
	int r = 0;
	for (int64_t seq = from_seq; r == 0 && seq <= s->batch->last; seq++) {
		const struct kh_record *record = kh_batch_record(s->batch, seq);
		r = store_record[record->kind](s, record);
	}
	kh_stmt_free(s->insert_event);
	s->insert_event = NULL;
	return r;
}

static int note_heard(struct storing *s, bool *ret_after_silence)
{
	int64_t seen_s = 0;
	int r = kh_db_int(s->db, &seen_s, "SELECT seen_s FROM endpoint WHERE id = ?1", s->from->endpoint_id);
	*ret_after_silence = s->from->received_s - seen_s > AGAIN_AFTER_S;
	if (r == 0)
		r = kh_db_run(s->db, "UPDATE endpoint SET seen_s = ?2, clock_offset_s = ?3, address = COALESCE(?4, address) WHERE id = ?1", s->from->endpoint_id,
			      s->from->received_s, s->batch->clock_offset_ms / 1000, s->from->address);
	return r;
}

static int ask_controls(struct storing *s, bool after_silence)
{
	const char *tables[KH_FACTS_COUNT + 3];
	size_t n = 0;
	for (int t = 0; t < KH_FACTS_COUNT; t++)
		if (s->changed[t])
			tables[n++] = kh_fact_tables[t].name;
	if (s->detections)
		tables[n++] = "detection";
	if (s->scans)
		tables[n++] = "scan";
	if (s->content)
		tables[n++] = "content_state";
	return n || after_silence ? kh_posture_endpoint_changed(s->db, s->from->endpoint_id, tables, n) : 0;
}

int kh_batch_store(struct kh_db *writer, const struct kh_batch_origin *from, const struct kh_batch *batch, int64_t *ret_ack)
{
	struct storing s = {.db = writer, .from = from, .batch = batch};
	struct stream stream = {0};
	bool after_silence = false, news = false;
	int r = read_stream(writer, from->endpoint_id, batch->epoch, &stream);
	if (r == 0)
		r = check_continuity(batch, &stream);
	news = batch->last > stream.last_seq;
	if (r == 0 && news)
		r = store_records(&s, KH_MAX(batch->first, stream.last_seq + 1));
	if (r == 0 && news)
		r = write_stream(writer, from->endpoint_id, batch);
	if (r == 0)
		r = note_heard(&s, &after_silence);
	if (r == 0)
		r = ask_controls(&s, after_silence);
	if (r == 0)
		*ret_ack = KH_MAX(batch->last, stream.last_seq);
	return r;
}
