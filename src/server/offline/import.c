/* khien-server import FILE: takes in the review of a machine that is never linked (record/offline.h). The machine is known by the key that signed, or else by its fingerprint, so
 * that one that is enrolled is not counted twice; when neither is known, `--unit` says where it belongs. A file that was taken before changes nothing. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "crypto/base64.h"
#include "crypto/hash.h"
#include "gen/cli_khien_server.h"
#include "os/file.h"
#include "record/offline.h"
#include "server/audit/audit.h"
#include "server/audit/detail.h"
#include "server/ingest/records.h"
#include "server/offline/sighting.h"
#include "server/posture/posture.h"
#include "server/verb/verb.h"

#include <stdio.h>

struct import {
	const struct kh_verb *verb;
	struct kh_buf bytes; /* what the file says is lent by them */
	struct kh_offline file;
	struct kh_batch batch;
	char key[KH_BASE64_LEN(KH_SIGN_PUBLIC_SIZE) + 1];
	char old_key[KH_BASE64_LEN(KH_SIGN_PUBLIC_SIZE) + 1]; /* "": the machine is known by this one, or by none */
	int64_t unit_id; /* 0: not said */
	int64_t endpoint_id;
	bool new_machine, enrolled; /* enrolled: it has an agent as well */
	int64_t fresh; /* records that were not there yet */
	char uid[KH_UUID_SIZE];
};

static void import_done(struct import *i)
{
	kh_batch_done(&i->batch);
	kh_offline_done(&i->file);
	kh_buf_done(&i->bytes);
}

/* What was measured is as old as the file, not as the import; a clock that runs ahead must not make it look fresh for ever. */
static int64_t measured_s(const struct import *i)
{
	return KH_MIN(i->file.made_ms / 1000, i->verb->now_s);
}

static int make_endpoint(struct kh_db *writer, struct import *i)
{
	kh_auto_free char *fold = NULL;
	if (!i->unit_id)
		return kh_fail(KH_E_USAGE, "%s comes for the first time: say where it belongs with --unit", i->file.hostname);
	int r = kh_utf8_fold(i->file.hostname, &fold);
	if (r < 0)
		return r;
	kh_random_uuid(i->uid);
	i->new_machine = true;
	return kh_db_int(writer, &i->endpoint_id,
			 "INSERT INTO endpoint(uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, offline_key, enrolled_s, seen_s,"
			 " clock_offset_s) VALUES(?1, ?2, ?3, ?4, 'secret', ?5, 'active', ?6, '', '', ?7, ?8, ?9, 0) RETURNING id",
			 i->uid, i->unit_id, i->file.hostname, fold, i->file.os, i->file.fingerprint, i->key, i->verb->now_s, measured_s(i));
}

/* A fingerprint is no secret: whoever knows it could put a file of their own in the place of the machine's. That its key is another one now people must say. */
static int check_key(struct import *i, const char *known)
{
	const bool said = kh_cli_flag(i->verb->call, "new-key"), other = known && !kh_streq(known, i->key);
	if (other)
		snprintf(i->old_key, sizeof i->old_key, "%s", known);
	if (other && !said)
		return kh_fail(KH_E_CONFLICT, "%s: signed by the key %s, but this machine's key is %s; find out why, and if it was lost, say so with --new-key", i->uid, i->key, known);
	if (said && !other)
		return kh_fail(KH_E_CONFLICT, "--new-key: no other key of this machine is on record");
	return 0;
}

/* Old facts must not take the place of newer ones. */
static int check_known(struct import *i, const struct kh_stmt *s)
{
	i->endpoint_id = kh_stmt_int(s, 0);
	i->enrolled = kh_stmt_is_null(s, 4);
	snprintf(i->uid, sizeof i->uid, "%s", kh_stmt_text(s, 1));
	if (!kh_streq(kh_stmt_text(s, 2), "active"))
		return kh_fail(KH_E_CERTIFICATE_REVOKED, "%s", i->uid);
	int r = check_key(i, kh_stmt_is_null(s, 4) ? NULL : kh_stmt_text(s, 4));
	if (r < 0)
		return r;
	if (measured_s(i) >= kh_stmt_int(s, 3))
		return 0;
	return i->enrolled ? kh_fail(KH_E_OUTDATED, "%s: this machine is enrolled and has reported over the network since", i->uid)
			   : kh_fail(KH_E_OUTDATED, "%s: a newer review of this machine was imported before", i->uid);
}

/* By its key; a revoked machine counts. Else an active one by its fingerprint: it is enrolled, or lost its key (several, enrolled into several units: the latest). */
static int find_endpoint(struct kh_db *writer, struct import *i)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(writer, &s,
			    "SELECT id, uid, state, seen_s, offline_key FROM endpoint WHERE offline_key = ?1 OR (fingerprint = ?2 AND fingerprint <> '' AND state = 'active')"
			    " ORDER BY CASE WHEN offline_key = ?1 THEN 0 ELSE 1 END, id DESC LIMIT 1",
			    i->key, i->file.fingerprint);
	if (kh_stmt_next(s, &r))
		r = check_known(i, s);
	if (r == 0 && !i->endpoint_id)
		r = check_key(i, NULL);
	return r < 0 || i->endpoint_id ? r : make_endpoint(writer, i);
}

/* A key that was lost was made anew on the machine (check_key); one that is enrolled is not known by a key. */
static int note_key(struct kh_db *writer, const struct import *i)
{
	return i->enrolled ? 0 : kh_db_run(writer, "UPDATE endpoint SET offline_key = ?2 WHERE id = ?1", i->endpoint_id, i->key);
}

static int end_sighting(struct kh_db *writer, const struct import *i)
{
	const char *record = kh_cli_text(i->verb->call, "checked");
	return record ? kh_sighting_end(writer, i->endpoint_id, measured_s(i), record, i->verb->actor) : 0;
}

static int note_time(struct kh_db *writer, const struct import *i)
{
	return kh_db_run(writer, "UPDATE endpoint SET seen_s = ?2, hostname = ?3, os = ?4 WHERE id = ?1", i->endpoint_id, measured_s(i), i->file.hostname, i->file.os);
}

static int audit(struct kh_db *writer, const struct import *i)
{
	char records[24];
	snprintf(records, sizeof records, "%lld", (long long)i->file.records);
	kh_auto_free char *detail = kh_audit_words("%s, %s records, key %s", i->file.hostname, records, i->key, NULL);
	kh_auto_free char *keys = kh_format("%s → %s", i->old_key, i->key);
	int64_t unit_id = 0;
	int r = kh_db_int(writer, &unit_id, "SELECT unit_id FROM endpoint WHERE id = ?1", i->endpoint_id);
	struct kh_audit entry = {.actor = i->verb->actor, .unit_id = unit_id, .action = KH_AUDIT_ACTION_ENDPOINT_KEY, .target = i->uid, .detail = keys};
	if (r == 0 && *i->old_key)
		r = kh_audit_append(writer, &entry);
	entry.action = KH_AUDIT_ACTION_ENDPOINT_IMPORT;
	entry.detail = detail;
	return r < 0 ? r : kh_audit_append(writer, &entry);
}

static int count_fresh(struct kh_db *writer, struct import *i)
{
	int64_t last = 0;
	int r = kh_db_int(writer, &last, "SELECT COALESCE(MAX(last_seq), 0) FROM stream WHERE endpoint_id = ?1 AND epoch = ?2", i->endpoint_id, i->batch.epoch);
	i->fresh = KH_MAX(i->batch.last - KH_MAX(last, i->batch.first - 1), INT64_C(0));
	return r;
}

static int store(struct kh_db *writer, void *arg)
{
	struct import *i = arg;
	int64_t ack = 0;
	int r = find_endpoint(writer, i);
	r = r < 0 ? r : count_fresh(writer, i);
	const struct kh_batch_origin origin = {.endpoint_id = i->endpoint_id, .received_s = i->verb->now_s};
	r = r < 0 ? r : kh_batch_store(writer, &origin, &i->batch, &ack);
	r = r < 0 ? r : note_time(writer, i);
	r = r < 0 ? r : note_key(writer, i);
	r = r < 0 ? r : end_sighting(writer, i);
	r = r < 0 ? r : kh_posture_endpoint_changed(writer, i->endpoint_id, NULL, 0);
	return r < 0 ? r : audit(writer, i);
}

static int read_unit(const struct kh_cli_call *call, const struct kh_verb *v, struct import *i)
{
	kh_auto_unit struct kh_unit unit = {0};
	const char *code = kh_cli_text(call, "unit");
	int r = code ? kh_unit_find(v->db, code, &unit) : 0;
	i->unit_id = unit.id;
	return r;
}

static int say(const struct kh_cli_call *call, const struct kh_verb *v, const struct import *i)
{
	char records[24], known[24], made[KH_ISO_SIZE];
	snprintf(known, sizeof known, "%lld", (long long)(i->file.records - i->fresh));
	snprintf(records, sizeof records, "%lld", (long long)i->file.records);
	if (kh_cli_flag(call, "json")) {
		json_t *j = json_object();
		kh_json_set_text(j, "endpoint", i->uid);
		kh_json_set_text(j, "hostname", i->file.hostname);
		kh_json_set_text(j, "key", i->key);
		kh_json_set_bool(j, "new", i->new_machine);
		kh_json_set_bool(j, "enrolled", i->enrolled);
		kh_json_set_int(j, "records", i->file.records);
		kh_json_set_int(j, "records_known", i->file.records - i->fresh);
		kh_json_set_int(j, "made_s", i->file.made_ms / 1000);
		return kh_print_json(j);
	}
	enum kh_message message = i->new_machine ? KH_T_SERVER_IMPORT_NEW : i->enrolled ? KH_T_SERVER_IMPORT_ENROLLED : KH_T_SERVER_IMPORT_KNOWN;
	if (i->fresh < i->file.records)
		message = i->fresh ? KH_T_SERVER_IMPORT_PARTLY_KNOWN : KH_T_SERVER_IMPORT_AGAIN;
	return kh_verb_say(v, message, {"made", kh_time_local(i->file.made_ms / 1000, made)}, {"known", known}, {"host", i->file.hostname}, {"records", records}, {"key", i->key}, {"id", i->uid});
}

static int read_review(const char *path, struct import *i)
{
	int r = kh_file_read(path, KH_OFFLINE_MAX_BYTES, &i->bytes);
	if (r < 0)
		return r; /* names the file already */
	r = kh_offline_read(kh_buf_text(&i->bytes), i->bytes.len, &i->file);
	r = r < 0 ? r : kh_batch_read(i->file.packed, i->file.packed_n, "zstd", &i->batch);
	kh_base64(i->file.key, sizeof i->file.key, i->key);
	return r < 0 ? kh_fail_in(r, "%s", path) : 0;
}

int kh_verb_import(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	struct import i = {.verb = &v, .bytes = KH_BUF_INIT};
	int r = read_review(call->args[0], &i);
	r = r < 0 ? r : kh_verb_open(call, &v);
	r = r < 0 ? r : read_unit(call, &v, &i);
	r = r < 0 ? r : kh_store_write(v.server->store, store, &i);
	r = r < 0 ? r : say(call, &v, &i);
	import_done(&i);
	return r;
}
