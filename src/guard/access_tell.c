#include "guard/access_inside.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "guard/infected.h"
#include "os/host.h"
#include "record/record.h"
#include "scan/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what was found ---- */

static json_t *file_of(const struct kh_access_file *f, const uint8_t sha256[32])
{
	json_t *j = json_object(), *hash = json_object();
	char hex[KH_SHA256_HEX_SIZE];
	kh_json_set_text(j, "path", f->path);
	kh_json_set_text(hash, "sha256", kh_sha256_hex(sha256, hex));
	kh_assert(json_object_set_new(j, "hash", hash) == 0);
	return j;
}

static json_t *rule_of(const struct kh_detection *d)
{
	json_t *j = json_object();
	kh_json_set_text(j, "name", d->rule);
	return j;
}

static json_t *process_of(const struct kh_who *who)
{
	json_t *j = json_object();
	kh_json_set_int(j, "pid", who->pid);
	kh_json_set_text(j, "executable", who->program[0] ? who->program : NULL);
	return j;
}

static json_t *user_of(const struct kh_who *who, const char *name)
{
	json_t *j = json_object();
	char id[16];
	snprintf(id, sizeof id, "%u", who->uid);
	kh_json_set_text(j, "id", who->known ? id : NULL);
	kh_json_set_text(j, "name", *name ? name : NULL);
	return j;
}

/* Who did it, in the field names of ECS; the detection itself is a record of its own. */
static void tell_who(struct kh_access *a, const struct kh_access_file *f, const struct kh_scanner_verdict *v)
{
	static const char *const actions[] = {[KH_ACCESS_OPENED] = "opened", [KH_ACCESS_EXECUTED] = "executed", [KH_ACCESS_WRITTEN] = "written"};
	kh_auto_json json_t *j = json_object(), *event = json_object();
	kh_json_set_text(event, "category", "malware");
	kh_json_set_text(event, "action", actions[f->how]);
	kh_json_set_text(event, "outcome", f->refused ? "refused" : "allowed");
	kh_assert(json_object_set(j, "event", event) == 0);
	kh_assert(json_object_set_new(j, "file", file_of(f, v->report.sha256)) == 0);
	kh_assert(json_object_set_new(j, "process", process_of(&f->who)) == 0);
	kh_assert(json_object_set_new(j, "user", user_of(&f->who, v->user)) == 0);
	kh_assert(json_object_set_new(j, "rule", rule_of(&v->report.detections.v[0])) == 0);
	kh_auto_free char *text = kh_json_dump(j);
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_buf_adds(&fields, "\"kind\":\"event\",");
	kh_buf_add(&fields, text + 1, strlen(text) - 2);
	kh_guard_event(a->guard, &fields);
}

static void hand_over_infected(struct kh_access *a, const struct kh_access_file *f, const struct kh_malware_report *r)
{
	struct kh_infected i = {.path = f->path, .size = r->size, .detections = r->detections.v, .detection_count = r->detections.n};
	kh_auto_buf struct kh_buf json = KH_BUF_INIT;
	memcpy(i.sha256, r->sha256, sizeof i.sha256);
	kh_infected_write(&i, &json);
	kh_guard_infected(a->guard, &json, f->fd);
}

void kh_access_report(struct kh_access *a, const struct kh_access_file *f, const struct kh_scanner_verdict *v)
{
	struct kh_scan_result r = {.path = f->path, .verdict = v->report.verdict, .has_size = true, .has_hash = true, .size = v->report.size};
	memcpy(r.sha256, v->report.sha256, sizeof r.sha256);
	a->counts.infected++;
	if (!kh_recent_report(a->known, &f->state, kh_monotonic_ms()))
		return;
	for (size_t i = 0; i < v->report.detections.n; i++) {
		kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
		kh_record_detection(&fields, &r, &v->report.detections.v[i], NULL);
		kh_guard_record(a->guard, &fields);
	}
	tell_who(a, f, v);
	if (a->settings->onaccess_quarantine && v->report.verdict == KH_VERDICT_INFECTED)
		hand_over_infected(a, f, &v->report);
}

/* ---- status ---- */

static json_t *texts(char *const *list, size_t n)
{
	json_t *j = json_array();
	for (size_t i = 0; i < n && list[i]; i++)
		kh_assert(json_array_append_new(j, kh_json_string(list[i])) == 0);
	return j;
}

static json_t *delays(const struct kh_delays *d)
{
	json_t *j = json_object();
	kh_json_set_int(j, "answers", (int64_t)d->n);
	kh_assert(json_object_set_new(j, "median_us", json_real(kh_delays_us(d, 500))) == 0);
	kh_assert(json_object_set_new(j, "p95_us", json_real(kh_delays_us(d, 950))) == 0);
	kh_assert(json_object_set_new(j, "p99_us", json_real(kh_delays_us(d, 990))) == 0);
	kh_assert(json_object_set_new(j, "max_us", json_real((double)d->max_ns / 1000)) == 0);
	return j;
}

void kh_access_status(void *self, json_t *out)
{
	static const char *const states[] = {[KH_SCANNER_LOADING] = "loading", [KH_SCANNER_READY] = "ready", [KH_SCANNER_FAILED] = "failed", [KH_SCANNER_ENDED] = "failed"};
	const struct kh_access *a = self;
	const struct kh_access_counts *c = &a->counts;
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{"events", c->events},       {"executions", c->executions}, {"writes", c->writes},         {"outside", c->outside},     {"excluded", c->excluded},
		{"known", c->known},         {"scanned", c->scanned},       {"infected", c->infected},     {"refused", c->refused},     {"late", c->late},
		{"unscanned", c->unscanned}, {"too_large", c->too_large},   {"overflows", c->overflows},   {"unanswered", c->unanswered}, {"spared", a->marks.count},
		{"under_way", a->files.n}, {"unwatched", a->unwatched},   {"rules", a->info.rules},      {"replaced_workers", a->info.replaced}, {"content_s", (uint64_t)a->info.content_s},
	};
	struct kh_host_usage usage = {0};
	kh_json_set_text(out, "mode", a->settings->onaccess_mode);
	kh_json_set_text(out, "exec", a->settings->onaccess_exec);
	kh_json_set_text(out, "scanner", a->scanner ? states[a->info.state] : "failed");
	kh_json_set_bool(out, "stalled", a->stalled);
	kh_assert(json_object_set_new(out, "places", texts(a->settings->onaccess_places, SIZE_MAX)) == 0);
	kh_assert(json_object_set_new(out, "file_systems", texts(a->marked.v, a->marked.n)) == 0);
	for (size_t i = 0; i < KH_COUNT(numbers); i++)
		kh_json_set_int(out, numbers[i].name, (int64_t)numbers[i].value);
	kh_assert(json_object_set_new(out, "delay", delays(&a->delays)) == 0);
	if (kh_host_usage(&usage) == 0) {
		kh_json_set_int(out, "rss_kib", usage.resident_kib);
		kh_json_set_int(out, "cpu_ms", usage.cpu_ms);
	}
}
