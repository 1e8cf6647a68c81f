#include "server/ingest/inside.h"

#include "base/limits.h"

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

int kh_record_read_event(const struct place *p, struct kh_reader *r, struct kh_record *record)
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
		return kh_batch_wrong(p, "event", r);
	if (!record->event.category.n)
		return kh_batch_bad(p, "event.category", "is missing");
	if (!record->event.action.n)
		return kh_batch_bad(p, "event.action", "is missing");
	int e = kh_record_check_text(p, &category, &record->event.category);
	return e ? e : kh_record_check_text(p, &action, &record->event.action);
}

int kh_record_read_detection(const struct place *p, struct kh_reader *r, struct kh_record *record)
{
	static const struct field fields[] = {
		WORD_FIELD(detection, engine, false), TEXT_FIELD(detection, rule, KH_MAX_RULE, false), TEXT_FIELD(detection, path, KH_MAX_PATH, false),
		TEXT_FIELD(detection, member, KH_MAX_PATH, true), HEX_FIELD(detection, sha256, 64, true), INT_FIELD(detection, size, true),
		WORD_FIELD(detection, verdict, false), WORD_FIELD(detection, state, false), TEXT_FIELD(detection, id, KH_MAX_WORD, true),
	};
	record->detection.size = -1;
	int e = kh_record_read_fields(p, fields, KH_COUNT(fields), r, record);
	if (e)
		return e;
	if (!kh_slice_is_one_of(record->detection.verdict, "infected", "suspicious"))
		return kh_batch_bad(p, "verdict", "expected infected or suspicious");
	if (!kh_slice_is_one_of(record->detection.state, "found", "quarantined"))
		return kh_batch_bad(p, "state", "expected found or quarantined");
	return 0;
}

int kh_record_read_detection_state(const struct place *p, struct kh_reader *r, struct kh_record *record)
{
	static const struct field fields[] = {
		TEXT_FIELD(detection_state, id, KH_MAX_WORD, false),
		WORD_FIELD(detection_state, state, false),
		TEXT_FIELD(detection_state, quarantine, KH_MAX_WORD, true),
		TEXT_FIELD(detection_state, detail, KH_MAX_RULE, true),
	};
	int e = kh_record_read_fields(p, fields, KH_COUNT(fields), r, record);
	if (e == 0 && !kh_slice_is_one_of(record->detection_state.state, "verified", "not_confirmed", "quarantined", "left", "rescanned_clean"))
		e = kh_batch_bad(p, "state", "expected verified, not_confirmed, quarantined, left or rescanned_clean");
	return e;
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
		return kh_batch_wrong(p, "record", r);
	return found ? 0 : kh_batch_bad(p, name, "is missing");
}

int kh_record_read_scan(const struct place *p, struct kh_reader *r, struct kh_record *record)
{
	static const struct field fields[] = {
		WORD_FIELD(scan, kind, false),          INT_FIELD(scan, started_ms, false), INT_FIELD(scan, ended_ms, false), INT_FIELD(scan, files, false),
		INT_FIELD(scan, bytes, false),   INT_FIELD(scan, infected, false),   INT_FIELD(scan, suspicious, false), INT_FIELD(scan, errors, false),
		INT_FIELD(scan, skipped, false), INT_FIELD(scan, partly, false),     INT_FIELD(scan, rules, false),
		WORD_FIELD(scan, stopped, true),        INT_FIELD(scan, order, true),
	};
	struct kh_reader value = {0};
	int e = find_value(p, "scan", r, &value);
	return e ? e : kh_record_read_fields(p, fields, KH_COUNT(fields), &value, record);
}

int kh_record_read_health(const struct place *p, struct kh_reader *r, struct kh_record *record)
{
	static const struct field report = {"health", OBJECT, offsetof(struct kh_record, health.report), KH_MAX_EVENT, false};
	struct kh_reader value = {0};
	int e = find_value(p, "health", r, &value);
	return e ? e : kh_record_read_field(p, &report, &value, record);
}

int kh_record_read_order(const struct place *p, struct kh_reader *r, struct kh_record *record)
{
	static const struct field fields[] = {
		{"order", INT, offsetof(struct kh_record, order.id), 0, false},
		WORD_FIELD(order, state, false),
		{"result", OBJECT, offsetof(struct kh_record, order.result), KH_MAX_EVENT, true},
	};
	int e = kh_record_read_fields(p, fields, KH_COUNT(fields), r, record);
	if (e == 0 && !kh_slice_is_one_of(record->order.state, "done", "refused", "failed"))
		e = kh_batch_bad(p, "state", "expected done, refused or failed");
	return e;
}
