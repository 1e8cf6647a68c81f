/* khien review --offline: everything that an agent would send in its first hour, in one signed file. No socket to any network is opened. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/array.h"
#include "base/time.h"
#include "cli/machine_settings.h"
#include "content/scan.h"
#include "crypto/random.h"
#include "crypto/sign.h"
#include "facts/collector.h"
#include "gen/cli_khien.h"
#include "identity/enrol.h"
#include "identity/identity.h"
#include "identity/machine.h"
#include "os/file.h"
#include "os/host.h"
#include "record/batch.h"
#include "record/offline.h"
#include "record/record.h"

#include <stdio.h>
#include <unistd.h>

#define SCAN_MS (15 * 60 * INT64_C(1000))
#define MAX_DETECTIONS (KH_MAX_BATCH_RECORDS - KH_FACTS_COUNT - 1) /* the file is one batch: all tables and the summary must fit */

struct review {
	const struct kh_cli_call *call;
	struct kh_buf lines;
	uint64_t seq, detections, needs_root;
};

static void add(struct review *v, const struct kh_buf *fields)
{
	kh_record_line(&v->lines, ++v->seq, kh_now_ms(), fields->data, fields->len);
}

/* ---- facts ---- */

static int take_table(void *arg, const struct kh_collected *table)
{
	struct review *v = arg;
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_record_facts(&fields, table);
	add(v, &fields);
	v->needs_root += table->reason == KH_FACTS_NEEDS_ROOT;
	return 0;
}

/* ---- scan ---- */

static void on_result(void *context, const struct kh_scan_result *file)
{
	struct review *v = context;
	for (size_t i = 0; i < file->detection_count && v->detections < MAX_DETECTIONS; i++, v->detections++) {
		kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
		kh_record_detection(&fields, file, &file->detections[i], NULL);
		add(v, &fields);
	}
}

static void on_progress(void *context, const struct kh_scan_progress *p)
{
	const struct review *v = context;
	char files[24];
	snprintf(files, sizeof files, "%llu", (unsigned long long)p->files);
	kh_auto_free char *text = kh_text_with(v->call->language, KH_T_REVIEW_SCANNING, {"files", files});
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%s", text);
}

static int scan(struct review *v)
{
	static const char *const places[] = {"/home", "/root", "/tmp", "/var/tmp", "/srv", "/var/www", "/media", "/mnt"};
	const char *here[KH_COUNT(places)], *const *rules = NULL;
	size_t n = kh_cli_list(v->call, "rules", &rules);
	struct kh_scan_options options = {.paths = here, .rules = rules, .rule_count = n, .max_ms = SCAN_MS}; /* no rules named: what the store holds, else the shipped ones */
	for (size_t i = 0; i < KH_COUNT(places); i++)
		if (kh_file_exists(places[i])) /* what this machine does not have is no lack of the scan */
			here[options.path_count++] = places[i];
	const struct kh_scan_events events = {.context = v, .on_result = on_result, .on_progress = on_progress};
	kh_auto_scan_summary struct kh_scan_summary summary = {0};
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	int64_t started_ms = kh_now_ms();
	int r = kh_content_scan(kh_machine_store(), &options, &events, &summary);
	if (r < 0)
		return r;
	kh_record_scan(&fields, &(struct kh_scan_record){.kind = "first", .started_ms = started_ms, .ended_ms = kh_now_ms()}, &summary);
	add(v, &fields);
	return 0;
}

/* ---- the file ---- */

static int signing_key(const char *state_dir, struct kh_sign_key *ret)
{
	kh_auto_free char *path = kh_format("%s/%s", state_dir, KH_OFFLINE_KEY);
	if (kh_file_exists(path))
		return kh_sign_key_load(path, ret);
	kh_sign_key_create(ret);
	int r = kh_dir_make(state_dir, 0700);
	return r < 0 ? r : kh_sign_key_save(ret, path);
}

static int describe_machine(struct kh_offline *o)
{
	kh_auto_fingerprint struct kh_fingerprint fingerprint = {0};
	int r = kh_host_name(&o->hostname);
	r = r < 0 ? r : kh_fingerprint_measure("", &fingerprint);
	o->os = kh_machine_os_name("");
	o->fingerprint = kh_strdup(fingerprint.hex);
	return r;
}

static int write_file(struct review *v, const char *state_dir, const char *out)
{
	struct kh_batch_header header = {.first = 1, .last = v->seq, .time_ms = kh_now_ms()};
	kh_auto_buf struct kh_buf packed = KH_BUF_INIT, file = KH_BUF_INIT;
	kh_auto_offline struct kh_offline o = {.made_ms = header.time_ms, .records = (int64_t)v->seq};
	struct kh_sign_key key = {0};
	kh_random_bytes(&header.epoch, sizeof header.epoch);
	int r = kh_buf_status(&v->lines);
	r = r < 0 ? r : kh_batch_pack(&header, v->lines.data, v->lines.len, &packed);
	r = r < 0 ? r : describe_machine(&o);
	r = r < 0 ? r : signing_key(state_dir, &key);
	o.packed = packed.data;
	o.packed_n = packed.len;
	r = r < 0 ? r : kh_offline_write(&key, &o, &file);
	r = r < 0 ? r : kh_file_create(out, file.data, file.len, 0600);
	kh_sign_key_done(&key);
	return r;
}

/* Nobody else will tell the person at a machine without a link. The exit status: 1 found, 0 nothing. */
static int say_found(const struct review *v)
{
	char count[24];
	snprintf(count, sizeof count, "%llu", (unsigned long long)v->detections);
	kh_auto_free char *text = kh_text_with(v->call->language, KH_T_REVIEW_FOUND, {"count", count});
	if (v->detections)
		puts(text);
	return v->detections ? 1 : 0;
}

/* The file is good, but somebody with sudo would get a better one. */
static void say_needs_root(const struct review *v)
{
	char count[24];
	snprintf(count, sizeof count, "%llu", (unsigned long long)v->needs_root);
	kh_auto_free char *text = kh_text_with(v->call->language, KH_T_REVIEW_NEEDS_ROOT, {"count", count});
	if (v->needs_root)
		fprintf(stderr, "%s\n", text);
}

/* Asked before minutes of measuring: may this caller keep the key where it belongs? */
static int check_state(const char *state_dir)
{
	kh_auto_free char *key = kh_format("%s/%s", state_dir, KH_OFFLINE_KEY);
	int r = kh_dir_make(state_dir, 0700);
	if (r == 0 && access(state_dir, W_OK | X_OK) < 0 && access(key, R_OK) < 0)
		r = kh_fail_errno("%s", state_dir);
	return r;
}

static int report_with_advice(const struct kh_cli_call *call, int error)
{
	int status = kh_cli_report_error(call->program, call->language, error);
	if (error == KH_E_PERMISSION)
		fprintf(stderr, "%s\n", kh_text(call->language, KH_T_ENROLL_USE_ROOT));
	return status;
}

int kh_verb_review(struct kh_cli_call *call)
{
	struct review v = {.call = call, .lines = KH_BUF_MAX(KH_MAX_BATCH_BYTES)};
	const char *out = kh_cli_text(call, "offline"), *state = kh_cli_text(call, "state");
	char size[24];
	if (!out)
		return kh_fail(KH_E_USAGE, "khien review --offline OUT");
	if (kh_file_exists(out))
		return kh_fail(KH_E_EXISTS, "%s", out);
	state = state ? state : KH_STATE_DIR;
	int r = check_state(state);
	r = r < 0 ? r : kh_collector_run(&(struct kh_collector_options){.content = kh_machine_store()}, take_table, &v);
	r = r < 0 || kh_cli_flag(call, "no-scan") ? r : scan(&v);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	r = r < 0 ? r : write_file(&v, state, out);
	snprintf(size, sizeof size, "%llu", (unsigned long long)v.seq);
	kh_buf_done(&v.lines);
	if (r < 0)
		return report_with_advice(call, r);
	kh_auto_free char *text = kh_text_with(call->language, KH_T_REVIEW_DONE, {"path", out}, {"records", size});
	puts(text);
	say_needs_root(&v);
	return say_found(&v);
}
