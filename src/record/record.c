#include "record/record.h"

#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"

#include <inttypes.h>

static void text(struct kh_buf *out, const char *key, const char *value)
{
	kh_buf_addf(out, ",\"%s\":", key);
	if (value)
		kh_buf_add_json_string(out, value, strlen(value));
	else
		kh_buf_adds(out, "null");
}

static void number(struct kh_buf *out, const char *key, uint64_t value)
{
	kh_buf_addf(out, ",\"%s\":%" PRIu64, key, value);
}

void kh_record_line(struct kh_buf *out, uint64_t seq, int64_t time_ms, const void *fields, size_t n)
{
	char iso[KH_ISO_SIZE];
	kh_buf_addf(out, "{\"seq\":%" PRIu64 ",\"@timestamp\":\"%s\",", seq, kh_time_iso(time_ms, iso));
	kh_buf_add(out, fields, n);
	kh_buf_adds(out, "}\n");
}

void kh_record_facts(struct kh_buf *out, const struct kh_collected *t)
{
	kh_buf_adds(out, "\"kind\":\"facts\"");
	text(out, "table", kh_fact_tables[t->table].name);
	text(out, "state", kh_facts_state_name(t->state));
	text(out, "reason", t->state == KH_FACTS_MEASURED ? NULL : kh_facts_reason_name(t->reason));
	text(out, "hash", t->hash);
	kh_buf_addf(out, ",\"columns\":%s,\"rows\":", t->columns);
	kh_buf_add(out, t->body, t->body_len);
}

void kh_record_detection(struct kh_buf *out, const struct kh_scan_result *file, const struct kh_detection *d, const char *id)
{
	kh_buf_adds(out, "\"kind\":\"detection\"");
	text(out, "engine", d->engine);
	text(out, "rule", d->rule);
	text(out, "path", file->path);
	text(out, "member", d->member);
	if (file->has_hash) {
		kh_buf_adds(out, ",\"sha256\":\"");
		kh_buf_add_hex(out, file->sha256, sizeof file->sha256);
		kh_buf_addc(out, '"');
	}
	if (file->has_size)
		number(out, "size", file->size);
	text(out, "verdict", d->suspicious ? "suspicious" : "infected");
	text(out, "state", file->quarantine_id ? "quarantined" : "found");
	if (id)
		text(out, "id", id);
}

void kh_record_find(struct kh_buf *out, const struct kh_find_record *find)
{
	kh_buf_adds(out, "\"kind\":\"detection_state\"");
	text(out, "id", find->id);
	text(out, "state", find->state);
	text(out, "quarantine", find->quarantine);
	text(out, "detail", find->detail);
}

void kh_record_scan(struct kh_buf *out, const struct kh_scan_record *scan, const struct kh_scan_summary *s)
{
	kh_buf_addf(out, "\"kind\":\"scan\",\"scan\":{\"kind\":\"%s\"", scan->kind);
	number(out, "started_ms", (uint64_t)scan->started_ms);
	number(out, "ended_ms", (uint64_t)scan->ended_ms);
	number(out, "files", s->files);
	number(out, "bytes", s->bytes);
	number(out, "infected", s->infected);
	number(out, "suspicious", s->suspicious);
	number(out, "errors", s->errors);
	number(out, "skipped", s->skipped);
	number(out, "partly", s->partly);
	number(out, "rules", s->test_rules_only ? 0 : s->rules);
	text(out, "stopped", kh_scan_stop_name(s->stop));
	if (scan->order)
		number(out, "order", (uint64_t)scan->order);
	if (scan->campaign)
		text(out, "campaign", scan->campaign);
	kh_buf_addc(out, '}');
}

static void begin_event(struct kh_buf *out, const char *action, const char *path, const uint8_t *sha256)
{
	kh_buf_addf(out, "\"kind\":\"event\",\"event\":{\"category\":\"malware\",\"action\":\"%s\"},\"file\":{\"hash\":{\"sha256\":\"", action);
	kh_buf_add_hex(out, sha256, KH_SHA256_SIZE);
	kh_buf_adds(out, "\"}");
	text(out, "path", path);
	kh_buf_addc(out, '}');
}

static void rule_of(struct kh_buf *out, const struct kh_detection *d)
{
	kh_buf_adds(out, ",\"rule\":{\"name\":");
	kh_buf_add_json_string(out, d->rule ? d->rule : "", d->rule ? strlen(d->rule) : 0);
	kh_buf_addc(out, '}');
}

void kh_record_quarantine(struct kh_buf *out, const char *action, const struct kh_quarantine_entry *e, const struct kh_quarantine_who *who, const char *user, const char *to)
{
	begin_event(out, action, e->path, e->sha256);
	if (e->detections.n)
		rule_of(out, e->detections.v);
	kh_buf_addf(out, ",\"user\":{\"id\":\"%" PRId64 "\"", who->uid);
	text(out, "name", user);
	kh_buf_addf(out, "},\"khien\":{\"quarantine\":\"%s\",\"login_uid\":%" PRId64, e->id, who->login_uid);
	text(out, "to", to);
	kh_buf_addc(out, '}');
}

void kh_record_processes(struct kh_buf *out, const struct kh_scan_result *file)
{
	const struct kh_running *r = file->running;
	begin_event(out, r->ended ? "process_stopped" : "process_running", file->path, file->sha256);
	if (file->detection_count)
		rule_of(out, file->detections);
	kh_buf_adds(out, ",\"process\":{\"pid\":[");
	kh_array_each(&r->pids, pid)
		kh_buf_addf(out, "%s%d", pid > r->pids.v ? "," : "", (int)*pid);
	kh_buf_addf(out, "]},\"khien\":{\"ended\":%zu,\"of_the_system\":%s}", r->ended, r->of_the_system ? "true" : "false");
}

bool kh_record_order_is_refusal(int error)
{
	return error == KH_E_FORBIDDEN || error == KH_E_ORDER_EXPIRED || error == KH_E_ORDER_MISDIRECTED;
}

void kh_record_order(struct kh_buf *out, int64_t id, int error, const char *why, const struct kh_order_scan *scan)
{
	kh_buf_addf(out, "\"kind\":\"order\",\"order\":%" PRId64, id);
	text(out, "state", error == 0 ? "done" : kh_record_order_is_refusal(error) ? "refused" : "failed");
	kh_buf_adds(out, ",\"result\":{\"reason\":");
	if (why)
		kh_buf_add_json_string(out, why, strlen(why));
	else
		kh_buf_adds(out, "null");
	if (error < 0)
		text(out, "error", kh_error_info(error)->name);
	if (scan) {
		text(out, "campaign", scan->campaign);
		text(out, "stopped", scan->stopped);
		number(out, "files", scan->files);
		number(out, "bytes", scan->bytes);
		number(out, "infected", scan->infected);
		number(out, "suspicious", scan->suspicious);
		kh_buf_adds(out, ",\"gaps\":");
		kh_scan_json_gaps(out, scan->gaps);
	}
	kh_buf_addc(out, '}');
}

/* What other programs of this machine may say: not its facts, its health or what became of an order. */
static bool begins_as_allowed(const char *p, size_t n)
{
	static const char *const begins[] = {"{\"kind\":\"event\"", "{\"kind\":\"detection\""};
	for (size_t i = 0; i < KH_COUNT(begins); i++)
		if (n > strlen(begins[i]) + 1 && memcmp(p, begins[i], strlen(begins[i])) == 0 && p[strlen(begins[i])] == ',')
			return true;
	return false;
}

bool kh_record_handed_in(struct kh_buf *out, const void *json, size_t n)
{
	const char *p = json;
	bool good = begins_as_allowed(p, n) && p[n - 1] == '}' && !memchr(p, '\n', n) && kh_utf8_is_valid(p, n);
	if (good)
		kh_buf_add(out, p + 1, n - 2);
	return good;
}
