/* Results as NDJSON, written straight: there may be millions. */
#include "scan/scan.h"

#include "base/alloc.h"
#include "base/time.h"
#include "base/utf8.h"
#include "crypto/base64.h"
#include "crypto/hash.h"

#include <inttypes.h>
#include <string.h>

static void add_text_or_null(struct kh_buf *b, const char *text)
{
	if (text)
		kh_buf_add_json_string(b, text, strlen(text));
	else
		kh_buf_adds(b, "null");
}

static void add_detections(struct kh_buf *b, const struct kh_scan_result *r)
{
	kh_buf_adds(b, "\"detections\":[");
	for (size_t i = 0; i < r->detection_count; i++) {
		const struct kh_detection *d = &r->detections[i];
		kh_buf_adds(b, i ? ",{\"engine\":" : "{\"engine\":");
		add_text_or_null(b, d->engine);
		kh_buf_adds(b, ",\"rule\":");
		add_text_or_null(b, d->rule);
		kh_buf_adds(b, ",\"member\":");
		add_text_or_null(b, d->member);
		kh_buf_addc(b, '}');
	}
	kh_buf_addc(b, ']');
}

static void add_hash(struct kh_buf *b, const struct kh_scan_result *r)
{
	char hex[KH_SHA256_HEX_SIZE];
	add_text_or_null(b, r->has_hash ? kh_sha256_hex(r->sha256, hex) : NULL);
}

static void add_size(struct kh_buf *b, const struct kh_scan_result *r)
{
	char digits[20], *at = digits + sizeof digits;
	if (!r->has_size) {
		kh_buf_adds(b, "null");
		return;
	}
	uint64_t n = r->size;
	do
		*--at = (char)('0' + n % 10);
	while (n /= 10);
	kh_buf_add(b, at, (size_t)(digits + sizeof digits - at));
}

void kh_scan_json_result(struct kh_buf *b, const struct kh_scan_result *r)
{
	size_t n = strlen(r->path);
	kh_buf_adds(b, "{\"path\":");
	kh_buf_add_json_string(b, r->path, n);
	kh_buf_adds(b, ",\"sha256\":");
	add_hash(b, r);
	kh_buf_adds(b, ",\"size\":");
	add_size(b, r);
	kh_buf_adds(b, ",\"verdict\":\"");
	kh_buf_adds(b, kh_verdict_name(r->verdict));
	kh_buf_adds(b, "\",");
	add_detections(b, r);
	kh_buf_adds(b, ",\"code\":");
	add_text_or_null(b, r->why ? kh_scan_why_code(r->why) : r->gap_count ? "partly_scanned" : NULL);
	kh_buf_adds(b, ",\"reason\":");
	add_text_or_null(b, r->reason);
	if (!kh_utf8_is_valid(r->path, n)) {
		kh_auto_free char *bytes = kh_base64_text(r->path, n);
		kh_buf_addf(b, ",\"path_bytes\":\"%s\"", bytes);
	}
	kh_buf_adds(b, "}\n");
}

static void add_problems(struct kh_buf *b, const struct kh_rule_problems *p)
{
	kh_buf_adds(b, "\"rules_left_out\":[");
	for (size_t i = 0; i < p->n; i++) {
		kh_buf_adds(b, i ? ",{\"source\":" : "{\"source\":");
		add_text_or_null(b, p->v[i].source);
		kh_buf_adds(b, ",\"item\":");
		add_text_or_null(b, p->v[i].item);
		kh_buf_addf(b, ",\"line\":%d,\"text\":", p->v[i].line);
		add_text_or_null(b, p->v[i].text);
		kh_buf_addc(b, '}');
	}
	kh_buf_addf(b, "],\"more_rules_left_out\":%" PRIu64, p->more);
}

const char *kh_scan_stop_name(enum kh_scan_stop stop)
{
	static const char *const names[] = {[KH_SCAN_STOPPED] = "interrupted", [KH_SCAN_OUT_OF_TIME] = "time", [KH_SCAN_ENOUGH_BYTES] = "bytes"};
	return names[stop];
}

void kh_scan_json_gaps(struct kh_buf *b, const uint64_t gaps[KH_GAP_COUNT])
{
	const char *comma = "";
	kh_buf_addc(b, '{');
	for (int i = 0; i < KH_GAP_COUNT; i++) {
		if (!gaps[i])
			continue;
		kh_buf_addf(b, "%s\"%s\":%" PRIu64, comma, kh_gap_code((enum kh_gap_kind)i), gaps[i]);
		comma = ",";
	}
	kh_buf_addc(b, '}');
}

void kh_scan_json_summary(struct kh_buf *b, const struct kh_scan_summary *s)
{
	const struct {
		const char *name;
		uint64_t value;
	} counts[] = {
		{"files", s->files},         {"bytes", s->bytes},
		{"infected", s->infected},   {"suspicious", s->suspicious},
		{"skipped", s->skipped},     {"errors", s->errors},
		{"partly", s->partly},       {"too_large", s->too_large},
		{"quarantined", s->quarantined}, {"not_quarantined", s->not_quarantined},
		{"known", s->known},         {"replaced_workers", s->replaced_workers},
		{"rules", s->rules},
	};
	char iso[KH_ISO_SIZE];
	kh_buf_adds(b, "{\"summary\":{");
	for (size_t i = 0; i < KH_COUNT(counts); i++)
		kh_buf_addf(b, "\"%s\":%" PRIu64 ",", counts[i].name, counts[i].value);
	kh_buf_addf(b, "\"seconds\":%.3f,\"complete\":%s,\"test_rules_only\":%s,\"stopped\":", (double)s->elapsed_ms / 1000, kh_scan_complete(s) ? "true" : "false",
		    s->test_rules_only ? "true" : "false");
	add_text_or_null(b, kh_scan_stop_name(s->stop));
	kh_buf_adds(b, ",\"gaps\":");
	kh_scan_json_gaps(b, s->gaps);
	kh_buf_adds(b, ",\"content\":");
	add_text_or_null(b, s->content_s ? kh_time_iso(s->content_s * 1000, iso) : NULL);
	kh_buf_addc(b, ',');
	add_problems(b, &s->rule_problems);
	kh_buf_addf(b, ",\"sandbox\":{\"seccomp\":true,\"landlock\":%d,\"user_changed\":%s}}}\n", s->landlock_abi, s->user_changed ? "true" : "false");
}
