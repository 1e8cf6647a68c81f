/* Results as NDJSON. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "crypto/base64.h"
#include "crypto/hash.h"
#include "search/search.h"

#include <inttypes.h>
#include <string.h>

static void add_field(struct kh_buf *b, const char *name, const char *text)
{
	kh_buf_addf(b, ",\"%s\":", name);
	if (text)
		kh_buf_add_json_string(b, text, strlen(text));
	else
		kh_buf_adds(b, "null");
}

static void add_marks(struct kh_buf *b, const struct kh_search_report *r)
{
	kh_buf_adds(b, ",\"marks\":[");
	for (const struct kh_search_mark *m = r->marks; m < r->marks + r->mark_count; m++) {
		kh_buf_addf(b, "%s{\"kind\":\"%s\",\"page\":%" PRIu32 ",\"where\":\"%s\"", m > r->marks ? "," : "", m->kind, m->page, kh_document_part_name(m->where));
		if (m->line)
			add_field(b, "line", m->line);
		kh_buf_addc(b, '}');
	}
	kh_buf_addc(b, ']');
}

/* One that was passed over was not read either; that it was meant to be stands in the reason. */
static void add_reason(struct kh_buf *b, const struct kh_search_result *r)
{
	kh_auto_free char *reason = r->skipped ? kh_format("skipped: %s", r->reason) : NULL;
	add_field(b, "reason", reason ? reason : r->reason);
}

void kh_search_json_result(struct kh_buf *b, const struct kh_search_result *r)
{
	const struct kh_search_report *report = r->report;
	char hex[KH_SHA256_HEX_SIZE];
	const size_t n = strlen(r->path);
	kh_buf_adds(b, "{\"path\":");
	kh_buf_add_json_string(b, r->path, n);
	add_field(b, "sha256", r->hashed ? kh_sha256_hex(report->sha256, hex) : NULL);
	add_field(b, "format", report->format == KH_DOCUMENT_NONE ? NULL : kh_document_format_name(report->format));
	add_field(b, "encoding", kh_search_encoding(report));
	add_field(b, "state", kh_search_state_name(report->state));
	add_reason(b, r);
	add_field(b, "level", kh_secrecy_level_name(report->level));
	kh_buf_addf(b, ",\"confidence\":%u", report->confidence);
	add_marks(b, report);
	if (r->known)
		kh_buf_adds(b, ",\"known\":true");
	if (!kh_utf8_is_valid(r->path, n)) {
		kh_auto_free char *bytes = kh_base64_text(r->path, n);
		add_field(b, "path_bytes", bytes);
	}
	kh_buf_adds(b, "}\n");
}

void kh_search_json_summary(struct kh_buf *b, const struct kh_search_summary *s)
{
	const struct {
		const char *name;
		uint64_t value;
	} counts[] = {
		{"files", s->files},     {"bytes", s->bytes},         {"documents", s->documents}, {"known", s->known},
		{"partly", s->partly},   {"encrypted", s->encrypted}, {"skipped", s->skipped},     {"errors", s->errors},
		{"too_large", s->too_large}, {"replaced_workers", s->replaced_workers},
	};
	kh_buf_adds(b, "{\"summary\":{");
	for (int level = KH_SECRECY_NONE + 1; level < KH_SECRECY_LEVELS; level++)
		kh_buf_addf(b, "\"%s\":%" PRIu64 ",", kh_secrecy_level_name((enum kh_secrecy_level)level), s->found[level]);
	for (size_t i = 0; i < KH_COUNT(counts); i++)
		kh_buf_addf(b, "\"%s\":%" PRIu64 ",", counts[i].name, counts[i].value);
	kh_buf_addf(b, "\"seconds\":%.3f,\"pictures\":%s", (double)s->elapsed_ms / 1000, s->pictures ? "true" : "false");
	add_field(b, "stopped", kh_search_stop_name(s->stop));
	kh_buf_addf(b, ",\"status\":%d}}\n", kh_search_exit_status(s));
}
