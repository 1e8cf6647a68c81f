/* Evidence: what is handed over, with who had it when. */
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "document/zip.h"
#include "server/incident/incident.h"
#include "server/register/history.h"
#include "server/register/proof.h"
#include "server/report/json.h"

#include <inttypes.h>

#define HANDOVER (&kh_registers[KH_REGISTER_EVIDENCE_HANDOVER])

void kh_incident_package_done(struct kh_incident_package *evidence)
{
	kh_buf_done(&evidence->zip);
}

/* What is in the ZIP so far. Names are those of the hashes: the manifest says what each file was called. */
struct packing {
	KH_ARRAY(struct kh_zip_member) members;
	KH_ARRAY(struct kh_buf *) bytes;
	KH_ARRAY(char *) names;
	struct kh_buf sums;
	json_t *items;
	size_t total;
};

static void packing_done(struct packing *p)
{
	kh_array_each(&p->bytes, one) {
		kh_buf_done(*one);
		free(*one);
	}
	kh_array_each(&p->names, name)
		free(*name);
	kh_array_done(&p->members);
	kh_array_done(&p->bytes);
	kh_array_done(&p->names);
	kh_buf_done(&p->sums);
	json_decref(p->items);
}

static struct kh_buf *new_member(struct packing *p, char *name)
{
	struct kh_buf *bytes = kh_alloc(sizeof *bytes);
	*bytes = (struct kh_buf)KH_BUF_INIT;
	(void)kh_array_push(&p->bytes, bytes);
	(void)kh_array_push(&p->names, name);
	(void)kh_array_push(&p->members, ((struct kh_zip_member){name, bytes}));
	return bytes;
}

static bool has_member(const struct packing *p, const char *name)
{
	kh_array_each(&p->names, one)
		if (kh_streq(*one, name))
			return true;
	return false;
}

static int pack_file(const char *data_dir, const char *sha256, struct packing *p)
{
	struct kh_proof proof = {0};
	kh_auto_free char *name = kh_format("files/%s", sha256);
	if (has_member(p, name))
		return 0;
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	snprintf(proof.sha256, sizeof proof.sha256, "%s", sha256);
	int r = kh_proof_read(data_dir, &proof, &bytes);
	p->total += bytes.len;
	if (r == 0 && p->total > KH_INCIDENT_PACKAGE_MAX_BYTES)
		r = kh_fail(KH_E_TOO_LARGE, "the files of this incident are larger than %lu MiB together", KH_INCIDENT_PACKAGE_MAX_BYTES >> 20);
	if (r < 0)
		return r;
	kh_buf_addf(&p->sums, "%s  %s\n", sha256, name);
	struct kh_buf *member = new_member(p, kh_take(name));
	*member = bytes;
	bytes = (struct kh_buf)KH_BUF_INIT;
	return 0;
}

static int set_person(struct kh_db *db, json_t *o, const char *key, const char *actor)
{
	kh_auto_free char *name = NULL;
	int r = actor ? kh_actor_name(db, actor, &name) : 0;
	kh_json_set_text(o, key, name);
	return r;
}

static int pack_files(struct kh_db *db, const char *data_dir, int64_t incident, const struct kh_scope *scope, struct packing *p)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(db, scope, &s,
			    "SELECT register, record_id, kind, name, size, sha256, added_s, added_by, removed_s, removed_by FROM record_file"
			    " WHERE (register = 'incident' AND record_id = ?1)"
			    " OR (register = 'incident_step' AND record_id IN (SELECT id FROM reg_incident_step WHERE incident = ?1 AND {scope:unit_id}))"
			    " OR (register = 'incident_report' AND record_id IN (SELECT id FROM reg_incident_report WHERE incident = ?1 AND {scope:unit_id})) ORDER BY id",
			    incident);
	while (kh_stmt_next(s, &r)) {
		json_t *o = json_object();
		kh_json_add(p->items, o);
		kh_json_set_text(o, "register", kh_stmt_text(s, 0));
		kh_json_set_int(o, "record", kh_stmt_int(s, 1));
		kh_json_set_text(o, "kind", kh_stmt_text(s, 2));
		kh_json_set_text(o, "name", kh_stmt_text(s, 3));
		kh_json_set_int(o, "size", kh_stmt_int(s, 4));
		kh_json_set_text(o, "sha256", kh_stmt_text(s, 5));
		kh_json_set_int(o, "added_s", kh_stmt_int(s, 6));
		r = set_person(db, o, "added_by", kh_stmt_text(s, 7));
		kh_json_set(o, "removed_s", kh_stmt_is_null(s, 8) ? json_null() : json_integer(kh_stmt_int(s, 8)));
		if (r == 0)
			r = set_person(db, o, "removed_by", kh_stmt_text(s, 9));
		if (r == 0)
			r = pack_file(data_dir, kh_stmt_text(s, 5), p);
	}
	return r;
}

static int add_manifest(struct kh_db *db, const struct kh_record *incident, const struct kh_scope *scope, int64_t now_s, struct packing *p)
{
	json_t *history = NULL;
	int r = kh_record_history(db, incident, scope, &history);
	if (r < 0)
		return r;
	kh_auto_json json_t *manifest = json_pack("{s:I, s:s, s:I, s:O, s:o}", "incident", (json_int_t)incident->id, "title", kh_record_text(incident, "title"), "packed_s",
						  (json_int_t)now_s, "files", p->items, "history", history);
	kh_auto_free char *text = kh_json_dump(manifest);
	char hex[KH_SHA256_HEX_SIZE];
	uint8_t hash[KH_SHA256_SIZE];
	kh_buf_adds(new_member(p, kh_strdup("manifest.json")), text);
	kh_sha256_of(text, strlen(text), hash);
	kh_buf_addf(&p->sums, "%s  manifest.json\n", kh_sha256_hex(hash, hex));
	kh_buf_adds(new_member(p, kh_strdup("SHA256SUMS")), kh_buf_text(&p->sums));
	return 0;
}

int kh_incident_pack(struct kh_db *db, const char *data_dir, const struct kh_record *incident, const struct kh_scope *scope, int64_t now_s, struct kh_incident_package *ret)
{
	struct packing p KH_CLEANUP(packing_done) = {.items = json_array(), .sums = KH_BUF_INIT};
	kh_auto_incident_package struct kh_incident_package evidence = {.zip = KH_BUF_INIT};
	uint8_t hash[KH_SHA256_SIZE];
	int r = pack_files(db, data_dir, incident->id, scope, &p);
	if (r == 0)
		r = add_manifest(db, incident, scope, now_s, &p);
	if (r == 0)
		r = kh_zip_write(p.members.v, p.members.n, now_s, &evidence.zip);
	if (r < 0)
		return r;
	kh_sha256_of(kh_buf_text(&evidence.zip), evidence.zip.len, hash);
	(void)kh_sha256_hex(hash, evidence.sha256);
	evidence.items = (int64_t)json_array_size(p.items);
	*ret = evidence;
	evidence = (struct kh_incident_package){.zip = KH_BUF_INIT};
	return 0;
}

int kh_incident_hand_over(struct kh_db *writer, const struct kh_record *incident, const struct kh_incident_package *evidence, const char *to_whom, const struct kh_record_by *by, int64_t *ret_id)
{
	int64_t before = 0;
	kh_auto_free char *name = NULL;
	int r = kh_record_may_change(writer, incident, by);
	if (r == 0)
		r = kh_db_int(writer, &before, "SELECT COUNT(*) FROM reg_evidence_handover WHERE incident = ?1", incident->id);
	if (r == 0)
		r = kh_actor_name(writer, by->actor, &name);
	if (r < 0)
		return r;
	kh_auto_free char *number = kh_format("BG-%" PRId64 "-%" PRId64, incident->id, before + 1);
	kh_auto_json json_t *fields = json_pack("{s:s, s:I, s:I, s:s, s:s}", "number", number, "incident", (json_int_t)incident->id, "items", (json_int_t)evidence->items, "sha256",
						evidence->sha256, "by_whom", name);
	kh_json_set_text(fields, "to_whom", to_whom);
	return kh_record_create(writer, HANDOVER, incident->unit_id, fields, by, ret_id);
}
