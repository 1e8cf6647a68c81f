/* Routes of spec/api/units.yaml that change the tree, and the decisions by which that is done. */
#include "server/api/units.h"

#include "base/error.h"
#include "base/str.h"
#include "server/api/call.h"
#include "server/api/records.h"
#include "server/register/proof.h"
#include "server/unit/decision.h"
#include "server/unit/split.h"

/* What any of the changes needs, carried to the writer. */
struct change {
	const struct kh_api_call *call;
	struct kh_unit_by by;
	int64_t unit, other; /* other: the new superior, or the unit that goes on */
	const char *name;
	enum kh_line line;
	struct kh_unit_new new_unit;
	struct kh_unit_decision_new new_decision;
	json_t *answer; /* of a split */
};

static int run_add(struct kh_db *writer, void *arg)
{
	struct change *c = arg;
	return kh_unit_add(writer, &c->new_unit, c->by.actor, c->by.now_s, &c->unit);
}

static int check_version(struct kh_db *writer, const struct change *c)
{
	kh_auto_unit struct kh_unit unit = {0};
	int r = kh_unit_get(writer, c->unit, &unit);
	return r < 0 ? r : kh_call_check_version(c->call, unit.version);
}

/* Version and decision: what every act by decision begins with. */
static int check_act(struct kh_db *writer, const struct change *c)
{
	int r = check_version(writer, c);
	return r < 0 || !c->by.decision ? r : kh_unit_decision_serves(writer, c->unit, c->by.decision);
}

static int run_rename(struct kh_db *writer, void *arg)
{
	struct change *c = arg;
	int r = check_version(writer, c);
	return r < 0 ? r : kh_unit_rename(writer, c->unit, c->name, c->by.actor, c->by.now_s);
}

static int run_move(struct kh_db *writer, void *arg)
{
	struct change *c = arg;
	int r = check_act(writer, c);
	return r < 0 ? r : kh_unit_move(writer, c->unit, c->line, c->other, &c->by);
}

static int run_merge(struct kh_db *writer, void *arg)
{
	struct change *c = arg;
	int r = check_act(writer, c);
	return r < 0 ? r : kh_unit_merge(writer, c->unit, c->other, &c->by);
}

static int run_end(struct kh_db *writer, void *arg)
{
	struct change *c = arg;
	int r = check_act(writer, c);
	return r < 0 ? r : kh_unit_end(writer, c->unit, &c->by);
}

static struct change change_by(const struct kh_api_call *call)
{
	return (struct change){.call = call, .by = {.actor = kh_call_actor(call), .now_s = call->now_s}};
}

static struct change act_by(const struct kh_api_call *call)
{
	struct change c = change_by(call);
	c.by.decision = kh_call_int(call, "decision");
	return c;
}

/* The unit of the path. Nobody moves, merges or ends the unit from which the own rights come. */
static int named_unit(const struct kh_api_call *call, bool below, struct change *c)
{
	struct kh_scope scope = {0};
	int r = kh_call_narrow(call, kh_call_param(call, 0), &scope);
	if (r == 0 && below && scope.unit_id == call->scope.unit_id)
		return kh_fail(KH_E_FORBIDDEN, "this is the unit you belong to");
	c->unit = scope.unit_id;
	return r;
}

/* A line is changed only by those who see its upper end too: a unit that somebody sees by its police line alone stays where its administration put it. */
static int check_superior(const struct kh_api_call *call, int64_t unit_id, enum kh_line line)
{
	kh_auto_unit struct kh_unit unit = {0};
	int r = kh_unit_get(call->db, unit_id, &unit);
	int64_t above = unit.parent[line];
	bool seen = false;
	if (r == 0 && above)
		r = kh_scope_has(call->db, &call->scope, above, &seen);
	if (r == 0 && !seen && (above || line == KH_LINE_ADMIN))
		return kh_fail(KH_E_FORBIDDEN, "the superior on this line is not of your units");
	return r;
}

static int other_unit(const struct kh_api_call *call, const char *code, int64_t *ret)
{
	struct kh_scope scope = {0};
	int r = code ? kh_call_narrow(call, code, &scope) : 0;
	if (r == 0)
		*ret = scope.unit_id;
	return r;
}

static int apply(struct kh_api_call *call, int (*fn)(struct kh_db *, void *), struct change *c)
{
	int r = kh_store_write(call->server->store, fn, c);
	return r < 0 ? r : kh_units_answer(call, c->unit);
}

int kh_route_unit_add(struct kh_api_call *call)
{
	struct change c = change_by(call);
	c.new_unit = (struct kh_unit_new){.code = kh_call_text(call, "code"), .name = kh_call_text(call, "name"), .kind = kh_call_text(call, "kind")};
	int r = other_unit(call, kh_call_text(call, "parent"), &c.new_unit.parent[KH_LINE_ADMIN]);
	r = r < 0 ? r : other_unit(call, kh_call_text(call, "police_parent"), &c.new_unit.parent[KH_LINE_POLICE]);
	return r < 0 ? r : apply(call, run_add, &c);
}

int kh_route_unit_rename(struct kh_api_call *call)
{
	struct change c = change_by(call);
	c.name = kh_call_text(call, "name");
	int r = named_unit(call, false, &c);
	return r < 0 ? r : apply(call, run_rename, &c);
}

int kh_route_unit_move(struct kh_api_call *call)
{
	struct change c = act_by(call);
	const char *parent = kh_call_text(call, "parent");
	int r = named_unit(call, true, &c);
	r = r < 0 ? r : other_unit(call, parent, &c.other);
	kh_assert(kh_line_parse(kh_call_text(call, "line"), &c.line));
	r = r < 0 ? r : check_superior(call, c.unit, c.line);
	if (r == 0 && !parent && c.line == KH_LINE_ADMIN)
		return kh_fail(KH_E_INVALID_FIELD, "parent: is missing");
	return r < 0 ? r : apply(call, run_move, &c);
}

int kh_route_unit_merge(struct kh_api_call *call)
{
	struct change c = act_by(call);
	int r = named_unit(call, true, &c);
	r = r < 0 ? r : check_superior(call, c.unit, KH_LINE_ADMIN);
	r = r < 0 ? r : other_unit(call, kh_call_text(call, "into"), &c.other);
	return r < 0 ? r : apply(call, run_merge, &c);
}

int kh_route_unit_end(struct kh_api_call *call)
{
	struct change c = act_by(call);
	int r = named_unit(call, true, &c);
	r = r < 0 ? r : check_superior(call, c.unit, KH_LINE_ADMIN);
	return r < 0 ? r : apply(call, run_end, &c);
}

/* --- splitting --- */

static int run_split(struct kh_db *writer, void *arg)
{
	struct change *c = arg;
	kh_auto_unit_parts struct kh_unit_parts parts = {0};
	int r = check_act(writer, c);
	r = r < 0 ? r : kh_unit_parts_read(writer, c->unit, &c->call->scope, kh_call_json(c->call, "parts"), &parts);
	struct kh_unit_split split = {.unit_id = c->unit, .parts = &parts, .end = kh_call_bool(c->call, "end"), .dry_run = kh_call_bool(c->call, "dry_run")};
	return r < 0 ? r : kh_unit_split(writer, &split, &c->by, &c->answer);
}

int kh_route_unit_split(struct kh_api_call *call)
{
	struct change c = act_by(call);
	int r = named_unit(call, true, &c);
	r = r < 0 ? r : check_superior(call, c.unit, KH_LINE_ADMIN);
	if (r == 0 && !c.by.decision && !kh_call_bool(call, "dry_run"))
		return kh_fail(KH_E_INVALID_FIELD, "decision: is missing");
	r = r < 0 ? r : kh_store_write(call->server->store, run_split, &c);
	if (r == 0)
		kh_call_answer(call, c.answer);
	else
		json_decref(c.answer);
	return r;
}

int kh_route_unit_holdings(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	json_t *items = NULL;
	int r = kh_call_narrow(call, kh_call_param(call, 0), &scope);
	r = r < 0 ? r : kh_unit_holdings(call->db, scope.unit_id, call->session.user.role->rights, &items);
	if (r == 0)
		kh_call_answer(call, kh_call_page(items, (int64_t)json_array_size(items)));
	return r;
}

/* --- decisions --- */

static int run_decision(struct kh_db *writer, void *arg)
{
	struct change *c = arg;
	return kh_unit_decision_add(writer, &c->new_decision, c->by.actor, c->by.now_s, &c->by.decision);
}

/* Everything but the bytes is looked at before anything is put on disk. */
int kh_route_unit_decision_add(struct kh_api_call *call)
{
	struct change c = change_by(call);
	const struct kh_buf *body = &call->request->body;
	char sha256[KH_SHA256_HEX_SIZE] = "";
	int r = named_unit(call, false, &c);
	c.new_decision = (struct kh_unit_decision_new){.unit_id = c.unit, .number = kh_call_text(call, "number"), .decided_on = kh_call_text(call, "decided_on"),
						       .file_name = kh_call_text(call, "name"), .sha256 = sha256, .size = (int64_t)body->len};
	r = r < 0 ? r : kh_unit_decision_check(&c.new_decision, call->now_s);
	r = r < 0 ? r : kh_proof_store(call->server->data_dir, kh_buf_text(body), body->len, sha256);
	r = r < 0 ? r : kh_store_write(call->server->store, run_decision, &c);
	if (r == 0)
		kh_call_answer(call, json_pack("{s:I}", "id", (json_int_t)c.by.decision));
	return r;
}

/* Never as a page of ours, as with files of records. */
int kh_route_unit_decision_file(struct kh_api_call *call)
{
	kh_auto_unit_decision struct kh_unit_decision decision = {0};
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	struct kh_scope scope = {0};
	struct kh_proof proof = {0};
	int64_t id = 0;
	int r = kh_call_narrow(call, kh_call_param(call, 0), &scope);
	if (r == 0 && !kh_parse_int(kh_call_param(call, 1), 1, INT64_MAX, &id))
		return kh_fail(KH_E_NOT_FOUND, "no such decision");
	r = r < 0 ? r : kh_unit_decision_get(call->db, scope.unit_id, id, &decision);
	memcpy(proof.sha256, decision.sha256, sizeof proof.sha256);
	r = r < 0 ? r : kh_proof_read(call->server->data_dir, &proof, &bytes);
	if (r < 0)
		return r;
	kh_records_attach(call, decision.file_name);
	kh_respond_header(call->request, "Content-Security-Policy", "sandbox; default-src 'none'");
	kh_call_respond(call, "application/octet-stream", &bytes);
	return 0;
}
