/* Routes of spec/api/records.yaml: files of proof. */
#include "server/api/records.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/register/proof.h"
#include "server/report/signature.h"

#include "gen/roles.h"

static int named_file(const struct kh_api_call *call, int64_t *ret)
{
	return kh_parse_int(kh_call_param(call, 2), 1, INT64_MAX, ret) ? 0 : kh_fail(KH_E_NOT_FOUND, "no such file");
}

/* ---- adding ---- */

struct adding {
	const struct kh_register *reg;
	int64_t id, file;
	struct kh_proof_new proof;
	struct kh_record_by by;
};

static int run_add(struct kh_db *writer, void *arg)
{
	struct adding *a = arg;
	return kh_proof_add(writer, a->reg, a->id, &a->proof, &a->by, &a->file);
}

/* With the image of a signature anybody could sign: it is for those who approve. */
static int check_signature(const struct kh_api_call *call, const char *kind)
{
	bool may = !kh_streq(kind, KH_SIGNATURE_KIND) || (call->session.user.role->rights & KH_RIGHT_REGISTER_APPROVE);
	return may ? 0 : kh_fail(KH_E_FORBIDDEN, "your role has not the right for this");
}

/* The bytes that are kept. */
static int clean(const struct kh_api_call *call, const char *kind, struct kh_buf *painted, const struct kh_buf **ret)
{
	bool signature = kh_streq(kind, KH_SIGNATURE_KIND);
	*ret = signature ? painted : &call->request->body;
	return signature ? kh_signature_clean(&call->request->body, painted) : 0;
}

/* Right, kind, name and room are asked twice: before anything is put on disk, and where the row is written. */
int kh_route_record_file_add(struct kh_api_call *call)
{
	kh_auto_record struct kh_record record = {0};
	kh_auto_buf struct kh_buf painted = KH_BUF_INIT;
	char sha256[KH_SHA256_HEX_SIZE] = "";
	const struct kh_buf *body = NULL;
	struct adding a = {.by = kh_records_by(call, NULL), .proof = {.kind = kh_call_text(call, "kind"), .name = kh_call_text(call, "name"), .sha256 = sha256}};
	int r = kh_records_named(call, &record);
	if (r == 0)
		r = kh_proof_may_add(call->db, &record, &a.by);
	r = r < 0 ? r : check_signature(call, a.proof.kind);
	r = r < 0 ? r : clean(call, a.proof.kind, &painted, &body);
	a.proof.size = r < 0 ? 0 : (int64_t)body->len;
	if (r == 0)
		r = kh_proof_check(call->db, &record, &a.proof);
	if (r == 0)
		r = kh_proof_store(call->server->data_dir, kh_buf_text(body), body->len, sha256);
	a.reg = record.reg;
	a.id = record.id;
	if (r == 0)
		r = kh_store_write(call->server->store, run_add, &a);
	return r < 0 ? r : kh_records_answer(call, a.reg, a.id);
}

/* ---- reading ---- */

/* attachment; filename*=UTF-8''bi%C3%AAn%20b%E1%BA%A3n.pdf (RFC 6266, RFC 8187) */
void kh_records_attach(struct kh_api_call *call, const char *name)
{
	kh_auto_buf struct kh_buf header = KH_BUF_INIT;
	kh_buf_adds(&header, "attachment; filename*=UTF-8''");
	for (const char *p = name; *p; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || strchr("-._~", *p);
		if (plain)
			kh_buf_addc(&header, *p);
		else
			kh_buf_addf(&header, "%%%02X", (unsigned char)*p);
	}
	kh_respond_header(call->request, "Content-Disposition", kh_buf_text(&header));
}

/* Never as a page of ours: it is somebody's file, whatever it holds. */
int kh_route_record_file_get(struct kh_api_call *call)
{
	kh_auto_record struct kh_record record = {0};
	kh_auto_proof struct kh_proof proof = {0};
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	int64_t file = 0;
	int r = kh_records_named(call, &record);
	if (r == 0)
		r = named_file(call, &file);
	if (r == 0)
		r = kh_proof_get(call->db, &record, file, &proof);
	r = r < 0 ? r : check_signature(call, proof.kind);
	if (r == 0)
		r = kh_proof_read(call->server->data_dir, &proof, &bytes);
	if (r < 0)
		return r;
	kh_records_attach(call, proof.name);
	kh_respond_header(call->request, "Content-Security-Policy", "sandbox; default-src 'none'");
	kh_call_respond(call, "application/octet-stream", &bytes);
	return 0;
}

/* ---- taking off ---- */

struct removing {
	const struct kh_register *reg;
	int64_t id, file;
	struct kh_record_by by;
};

static int run_remove(struct kh_db *writer, void *arg)
{
	const struct removing *m = arg;
	return kh_proof_remove(writer, m->reg, m->id, m->file, &m->by);
}

int kh_route_record_file_remove(struct kh_api_call *call)
{
	kh_auto_record struct kh_record record = {0};
	struct removing m = {.by = kh_records_by(call, NULL)};
	int r = kh_records_named(call, &record);
	if (r == 0)
		r = named_file(call, &m.file);
	m.reg = record.reg;
	m.id = record.id;
	if (r == 0)
		r = kh_store_write(call->server->store, run_remove, &m);
	return r < 0 ? r : kh_records_answer(call, m.reg, m.id);
}
