/* Routes of spec/api/lists.yaml: lists of botnet addresses, of firewall rules, of who is seen on a network. They are taken in by the server in its own name for the user, because they
 * fill fields that people do not; what the user may is checked here. */
#include "base/error.h"
#include "base/str.h"
#include "server/api/call.h"
#include "server/botnet/botnet.h"
#include "server/firewall/firewall.h"
#include "server/neighbour/neighbour.h"

struct list {
	struct kh_sheet sheet;
	struct kh_record_by by;
	struct kh_scope scope;
	bool dry_run;
	int64_t device;
	struct kh_botnet_map map;
	struct kh_botnet_options botnet;
	struct kh_botnet_result botnet_result;
	struct kh_firewall_result firewall_result;
	struct kh_neighbour_result neighbour_result;
};

struct count {
	const char *name;
	int64_t n;
};

static void list_done(struct list *l)
{
	kh_sheet_done(&l->sheet);
}

/* Whose, and whether the user may write that register; then the body. */
static int read_list(struct kh_api_call *call, enum kh_register_id reg, enum kh_sheet_form form, struct list *l)
{
	const struct kh_buf *body = &call->request->body;
	int r = kh_record_check_right(call->session.user.role->rights, kh_registers[reg].write);
	if (r < 0)
		return r;
	l->by = (struct kh_record_by){.actor = kh_call_actor(call), .now_s = call->now_s};
	l->dry_run = kh_call_bool(call, "dry_run");
	return kh_sheet_read_form(form, kh_buf_text(body), body->len, NULL, &l->sheet);
}

/* Whether it was taken in, and how many of each. */
static int answer(struct kh_api_call *call, const struct list *l, const struct count *counts, size_t n)
{
	json_t *o = json_object();
	kh_json_set_bool(o, "imported", !l->dry_run);
	for (size_t i = 0; i < n; i++)
		kh_json_set_int(o, counts[i].name, counts[i].n);
	kh_call_answer(call, o);
	return 0;
}

/* ---- botnet ---- */

static int run_botnet(struct kh_db *writer, void *arg)
{
	struct list *l = arg;
	return kh_botnet_import(writer, &l->sheet, &l->map, &l->botnet, &l->by, &l->botnet_result);
}

/* "ip=3,port=Cổng" → its parts. */
static void split_map(char *text, const char *ret[KH_BOTNET_COLUMNS + 1])
{
	char *rest = NULL;
	size_t n = 0;
	for (char *part = text ? strtok_r(text, ",", &rest) : NULL; part && n < KH_BOTNET_COLUMNS; part = strtok_r(NULL, ",", &rest))
		ret[n++] = part;
	ret[n] = NULL;
}

int kh_route_botnet_import(struct kh_api_call *call)
{
	KH_CLEANUP(list_done) struct list l = {0};
	const char *map = kh_call_text(call, "map");
	kh_auto_free char *text = map ? kh_strdup(map) : NULL;
	const char *said[KH_BOTNET_COLUMNS + 1];
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &l.scope);
	r = r < 0 ? r : read_list(call, KH_REGISTER_BOTNET_LISTING, KH_SHEET_WORDS, &l);
	split_map(text, said);
	r = r < 0 ? r : kh_botnet_map_read(&l.sheet, said, &l.map);
	l.botnet = (struct kh_botnet_options){.scope = &l.scope, .month = kh_call_text(call, "month"), .source = kh_call_text(call, "source"), .dry_run = l.dry_run};
	r = r < 0 ? r : kh_store_write(call->server->store, run_botnet, &l);
	if (r < 0)
		return r;
	const struct kh_botnet_result *b = &l.botnet_result;
	const struct count counts[] = {{"rows", b->rows}, {"own", b->own}, {"foreign", b->foreign}, {"created", b->created},
		{"same", b->same}, {"again", b->again}, {"machines", b->machines}, {"orders", b->orders}};
	return answer(call, &l, counts, KH_COUNT(counts));
}

/* ---- firewall ---- */

static int run_firewall(struct kh_db *writer, void *arg)
{
	struct list *l = arg;
	return kh_firewall_import(writer, l->device, &l->sheet, l->dry_run, &l->by, &l->firewall_result);
}

int kh_route_firewall_import(struct kh_api_call *call)
{
	KH_CLEANUP(list_done) struct list l = {0};
	kh_auto_record struct kh_record device = {0};
	l.device = kh_call_int(call, "device");
	int r = kh_record_get(call->db, &kh_registers[KH_REGISTER_DEVICE], l.device, &call->scope, &device);
	r = r < 0 ? r : kh_record_check_unit(call->db, &call->scope, device.unit_id);
	r = r < 0 ? r : read_list(call, KH_REGISTER_FIREWALL_RULE, KH_SHEET_FIREWALL, &l);
	r = r < 0 ? r : kh_store_write(call->server->store, run_firewall, &l);
	if (r < 0)
		return r;
	const struct kh_firewall_result *f = &l.firewall_result;
	const struct count counts[] = {{"rules", f->rules}, {"created", f->created}, {"changed", f->changed}, {"same", f->same}, {"removed", f->removed}, {"problems", f->problems}};
	return answer(call, &l, counts, KH_COUNT(counts));
}

/* ---- neighbours ---- */

static int run_neighbours(struct kh_db *writer, void *arg)
{
	struct list *l = arg;
	return kh_neighbours_import(writer, l->scope.unit_id, &l->sheet, l->by.now_s, l->dry_run, &l->by, &l->neighbour_result);
}

int kh_route_neighbours_import(struct kh_api_call *call)
{
	KH_CLEANUP(list_done) struct list l = {0};
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &l.scope);
	r = r < 0 ? r : read_list(call, KH_REGISTER_NETWORK_SIGHTING, KH_SHEET_NEIGHBOURS, &l);
	r = r < 0 ? r : kh_store_write(call->server->store, run_neighbours, &l);
	if (r < 0)
		return r;
	const struct kh_neighbour_result *n = &l.neighbour_result;
	const struct count counts[] = {{"seen", n->seen}, {"created", n->created}, {"changed", n->changed}, {"same", n->same},
		{"machines", n->machines}, {"devices", n->devices}, {"unknown", n->unknown}};
	return answer(call, &l, counts, KH_COUNT(counts));
}
