#include "server/ingest/inside.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"

/* ---- a line ---- */

static const struct {
	const char *name;
	int (*read)(const struct place *p, struct kh_reader *r, struct kh_record *record);
	size_t max; /* bytes of the line */
} kinds[KH_RECORD_KINDS] = {
	[KH_RECORD_FACTS] = {"facts", kh_record_read_facts, KH_MAX_RECORD},          [KH_RECORD_EVENT] = {"event", kh_record_read_event, KH_MAX_EVENT},
	[KH_RECORD_DETECTION] = {"detection", kh_record_read_detection, KH_MAX_EVENT}, [KH_RECORD_SCAN] = {"scan", kh_record_read_scan, KH_MAX_EVENT},
	[KH_RECORD_HEALTH] = {"health", kh_record_read_health, KH_MAX_EVENT},        [KH_RECORD_ORDER] = {"order", kh_record_read_order, KH_MAX_EVENT},
	[KH_RECORD_DETECTION_STATE] = {"detection_state", kh_record_read_detection_state, KH_MAX_EVENT},
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
		return kh_batch_wrong(p, "record", &r);
	if (e.seq < 0)
		return kh_batch_bad(p, "seq", "is missing");
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
		return kh_batch_bad(p, "seq", "is not the next one");
	int kind = kind_named(envelope.kind);
	if (kind < 0)
		return kh_batch_bad(p, "kind", "is missing or unknown");
	if (line.n > kinds[kind].max)
		return kh_batch_bad(p, "record", "too long for its kind");
	struct kh_record record = {.kind = (enum kh_record_kind)kind, .line = line};
	if (!read_time(envelope.timestamp, &record.at_ms))
		return kh_batch_bad(p, "@timestamp", "expected a time like 2026-11-21T08:30:00.123Z");
	struct kh_reader r = kh_reader_of(line.at, line.n);
	e = kinds[kind].read(p, &r, &record);
	if (e == 0 && !kh_read_end(&r))
		e = kh_batch_wrong(p, "record", &r);
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
		return kh_batch_wrong(p, "header", &r);
	if (version != 1)
		return kh_batch_bad(p, "v", "expected 1");
	if (!kh_slice_is_hex(epoch, KH_EPOCH_SIZE - 1))
		return kh_batch_bad(p, "epoch", "expected 16 lower-case hex digits");
	if (batch->first < 1 || batch->last < batch->first)
		return kh_batch_bad(p, "first", "expected 1 or more, and last not before it");
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
		return kh_batch_bad(&p, "header", "is missing");
	int e = read_header(&p, line, batch);
	if (e)
		return e;
	size_t n = (size_t)(batch->last - batch->first + 1);
	batch->records.v = kh_alloc_array(n, sizeof *batch->records.v);
	batch->records.cap = n;
	for (; e == 0 && batch->records.n < n; batch->records.n++) {
		p.line++;
		if (!next_line(&at, end, &line))
			return kh_batch_bad(&p, "record", "is missing: fewer lines than the header says");
		e = read_record(&p, line, batch->first + (int64_t)batch->records.n, &batch->records.v[batch->records.n]);
	}
	if (e == 0 && at != end)
		e = kh_batch_bad(&p, "record", "more lines than the header says");
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
