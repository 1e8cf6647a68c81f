#include "server/api/metrics.h"

#include "base/error.h"
#include "base/str.h"
#include "base/version.h"
#include "crypto/hash.h"
#include "server/api/call.h"
#include "server/api/units.h"
#include "server/trouble.h"

void kh_metrics_add(struct kh_api_metrics *metrics, int status, int64_t took_us)
{
	static const int64_t ends_ms[] = KH_METRICS_BUCKETS;
	size_t bucket = 0;
	while (bucket < KH_METRICS_BUCKETS_COUNT && took_us > ends_ms[bucket] * 1000)
		bucket++;
	metrics->buckets[bucket]++;
	metrics->total_us += took_us;
	if (status >= 100 && status < 600)
		metrics->by_class[status / 100]++;
}

/* --- /metrics: the text form of Prometheus, version 0.0.4 --- */

static void head(struct kh_buf *out, const char *name, const char *type, const char *help)
{
	kh_buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct kh_buf *out, const char *name, const char *type, const char *help, int64_t value)
{
	head(out, name, type, help);
	kh_buf_addf(out, "%s %lld\n", name, (long long)value);
}

static void write_requests(struct kh_api_metrics *m, struct kh_buf *out)
{
	static const int64_t ends_ms[] = KH_METRICS_BUCKETS;
	int64_t sum = 0;
	head(out, "khien_api_requests_total", "counter", "Answers of the REST API by class of status.");
	for (int i = 2; i < 6; i++)
		kh_buf_addf(out, "khien_api_requests_total{status=\"%dxx\"} %lld\n", i, (long long)m->by_class[i]);
	head(out, "khien_api_request_seconds", "histogram", "Time the REST API took for an answer.");
	for (int i = 0; i < KH_METRICS_BUCKETS_COUNT; i++) {
		sum += m->buckets[i];
		kh_buf_addf(out, "khien_api_request_seconds_bucket{le=\"%g\"} %lld\n", (double)ends_ms[i] / 1000, (long long)sum);
	}
	sum += m->buckets[KH_METRICS_BUCKETS_COUNT];
	kh_buf_addf(out, "khien_api_request_seconds_bucket{le=\"+Inf\"} %lld\n", (long long)sum);
	kh_buf_addf(out, "khien_api_request_seconds_sum %g\nkhien_api_request_seconds_count %lld\n", (double)m->total_us / 1e6, (long long)sum);
	one(out, "khien_console_files_total", "counter", "Files of the console that were asked for.", m->files);
}

static void write_store(struct kh_store *store, struct kh_buf *out)
{
	struct kh_store_counts counts = {0};
	kh_store_count(store, &counts);
	one(out, "khien_store_writes_total", "counter", "Changes asked of the store.", counts.writes);
	one(out, "khien_store_commits_total", "counter", "Commits: many changes share one.", counts.commits);
	one(out, "khien_store_failures_total", "counter", "Changes that were refused or failed.", counts.failures);
}

static void write_troubles(struct kh_troubles *troubles, struct kh_buf *out)
{
	kh_auto_trouble_list struct kh_trouble_list list = {0};
	kh_troubles_list(troubles, &list);
	head(out, "khien_trouble_failures", "gauge", "What the server cannot do at present: failures in a row.");
	kh_array_each(&list.of, one)
		kh_buf_addf(out, "khien_trouble_failures{what=\"%s\"} %lld\n", kh_codes_server_trouble[one->what].name, (long long)one->times);
}

/* Counts over all units: /metrics is for whoever runs the server, not for users. */
static int write_endpoints(struct kh_db *db, int64_t now_s, struct kh_buf *out)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int64_t silent = 0, detections = 0;
	head(out, "khien_endpoints", "gauge", "Machines by state.");
	int r = kh_db_query(db, &s, "SELECT state, COUNT(*) FROM endpoint GROUP BY state ORDER BY state");
	while (kh_stmt_next(s, &r))
		kh_buf_addf(out, "khien_endpoints{state=\"%s\"} %lld\n", kh_stmt_text(s, 0), (long long)kh_stmt_int(s, 1));
	if (r == 0)
		r = kh_db_int(db, &silent, "SELECT SUM(" KH_SILENT("?1") ") FROM endpoint e WHERE e.state = 'active'", now_s);
	if (r == 0)
		r = kh_db_int(db, &detections, "SELECT COUNT(*) FROM detection WHERE state IN ('found', 'verified')");
	one(out, "khien_endpoints_silent", "gauge", "Active machines not heard from for 7 days (31 off the network).", silent);
	one(out, "khien_detections_open", "gauge", "Detections nobody has dealt with.", detections);
	return r;
}

/* This machine itself, or whoever shows the token of the settings. Compared by their hashes, so that the time says nothing about the token. */
static bool may_read(const struct kh_api_call *call)
{
	const char *remote = call->request->remote, *token = call->server->settings.metrics_token;
	const char *shown = kh_request_header(call->request, "Authorization");
	if (kh_starts_with(remote, "127.") || kh_streq(remote, "::1") || kh_starts_with(remote, "::ffff:127."))
		return true;
	if (!token || !*token || !shown || !kh_starts_with(shown, "Bearer "))
		return false;
	uint8_t want[KH_SHA256_SIZE], have[KH_SHA256_SIZE];
	kh_sha256_of(token, strlen(token), want);
	kh_sha256_of(shown + strlen("Bearer "), strlen(shown + strlen("Bearer ")), have);
	return memcmp(want, have, sizeof want) == 0;
}

int kh_route_metrics(struct kh_api_call *call)
{
	if (!may_read(call))
		return kh_fail(KH_E_FORBIDDEN, "from another machine /metrics wants the token of the setting metrics_token");
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	head(&out, "khien_build_info", "gauge", "The version that runs.");
	kh_buf_addf(&out, "khien_build_info{version=\"%s\"} 1\n", KH_VERSION);
	one(&out, "khien_start_time_seconds", "gauge", "When the program started.", call->server->started_s);
	write_requests(&call->api->metrics, &out);
	write_store(call->server->store, &out);
	write_troubles(call->server->troubles, &out);
	int r = kh_call_open(call);
	r = r < 0 ? r : write_endpoints(call->db, call->now_s, &out);
	if (r == 0)
		kh_call_respond(call, "text/plain; version=0.0.4; charset=utf-8", &out);
	return r;
}
