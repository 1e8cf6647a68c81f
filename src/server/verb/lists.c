/* khien-server botnet import, firewall import, neighbours import: spec/cli/khien-server.yaml. */
#include "base/error.h"
#include "base/str.h"
#include "gen/cli_khien_server.h"
#include "os/file.h"
#include "server/botnet/botnet.h"
#include "server/firewall/firewall.h"
#include "server/neighbour/neighbour.h"
#include "server/register/reference.h"
#include "server/verb/verb.h"

#include <inttypes.h>
#include <stdio.h>

static int read_list(enum kh_sheet_form form, const char *path, struct kh_sheet *ret)
{
	kh_auto_buf struct kh_buf bytes = KH_BUF_MAX(KH_SHEET_MAX_FILE);
	int r = kh_file_read(path, KH_SHEET_MAX_FILE, &bytes);
	if (r < 0)
		return r;
	r = kh_sheet_read_form(form, kh_buf_text(&bytes), bytes.len, NULL, ret);
	return r < 0 ? kh_fail_in(r, "%s", path) : 0;
}

/* ---- what came of it ---- */

struct count {
	const char *name;
	int64_t n;
};

static int say_counts(const struct kh_verb *v, enum kh_message message, const struct count *counts, bool dry_run)
{
	json_t *o = json_object();
	for (; counts->name; counts++)
		kh_json_set_int(o, counts->name, counts->n);
	kh_json_set_bool(o, "imported", !dry_run);
	if (kh_cli_flag(v->call, "json"))
		return kh_print_json(o);
	char texts[8][24];
	struct kh_text_part parts[9] = {{0}};
	size_t n = 0;
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach(o, name, value) {
		if (n == 8 || !json_is_integer(value))
			continue;
		snprintf(texts[n], sizeof texts[n], "%" PRId64, (int64_t)json_integer_value(value));
		parts[n] = (struct kh_text_part){name, texts[n]};
		n++;
	}
	int r = kh_print(kh_text_parts(v->language, message, parts));
	json_decref(o);
	return r < 0 || !dry_run ? r : kh_print(kh_strdup(kh_text(v->language, KH_T_SERVER_LIST_DRY)));
}

/* ---- botnet import ---- */

struct botnet {
	const struct kh_sheet *sheet;
	struct kh_botnet_map map;
	struct kh_botnet_options options;
	struct kh_record_by by;
	struct kh_botnet_result result;
};

static int run_botnet(struct kh_db *writer, void *arg)
{
	struct botnet *b = arg;
	return kh_botnet_import(writer, b->sheet, &b->map, &b->options, &b->by, &b->result);
}

int kh_verb_botnet_import(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_sheet struct kh_sheet sheet = {0}, nat = {0};
	struct kh_scope place = {0};
	const char *const *said = NULL, *nat_path = kh_cli_text(call, "nat");
	const char *slash = strrchr(call->args[0], '/');
	struct botnet b = {.sheet = &sheet, .options = {.month = kh_cli_text(call, "month"), .source = slash ? slash + 1 : call->args[0], .dry_run = kh_cli_flag(call, "dry-run")}};
	int r = kh_verb_open(call, &v);
	r = r < 0 ? r : kh_verb_scope(&v, &place, &b.options.scope);
	r = r < 0 ? r : read_list(KH_SHEET_WORDS, call->args[0], &sheet);
	r = r < 0 || !nat_path ? r : read_list(KH_SHEET_NAT, nat_path, &nat);
	size_t n = kh_cli_list(call, "map", &said);
	kh_auto_free const char **map = kh_alloc_array(n + 1, sizeof *map);
	for (size_t i = 0; i < n; i++)
		map[i] = said[i];
	r = r < 0 ? r : kh_botnet_map_read(&sheet, map, &b.map);
	if (r < 0)
		return r;
	b.options.nat = nat_path ? &nat : NULL;
	b.by = (struct kh_record_by){.actor = v.actor, .now_s = v.now_s};
	r = kh_store_write(v.server->store, run_botnet, &b);
	const struct count counts[] = {{"rows", b.result.rows},   {"own", b.result.own},     {"foreign", b.result.foreign},   {"created", b.result.created},
				       {"same", b.result.same},   {"again", b.result.again}, {"machines", b.result.machines}, {"orders", b.result.orders}, {NULL, 0}};
	return r < 0 ? r : say_counts(&v, KH_T_SERVER_BOTNET_TAKEN, counts, b.options.dry_run);
}

/* ---- firewall import ---- */

struct firewall {
	const struct kh_sheet *sheet;
	int64_t device;
	bool dry_run;
	struct kh_record_by by;
	struct kh_firewall_result result;
};

static int run_firewall(struct kh_db *writer, void *arg)
{
	struct firewall *f = arg;
	return kh_firewall_import(writer, f->device, f->sheet, f->dry_run, &f->by, &f->result);
}

/* A device by its name or "#number", of the unit named or below. */
static int find_device(const struct kh_verb *v, int64_t *ret)
{
	const char *name = NULL;
	kh_auto_unit struct kh_unit unit = {0};
	int r = kh_verb_required(v->call, "device", &name);
	r = r < 0 ? r : kh_verb_unit(v, "unit", &unit);
	if (r < 0)
		return r;
	kh_auto_json json_t *value = kh_json_string(name);
	r = kh_reference_find(v->db, "device", unit.id, value, ret);
	return r < 0 ? kh_fail_in(r, "--device %s", name) : 0;
}

int kh_verb_firewall_import(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_sheet struct kh_sheet sheet = {0};
	struct firewall f = {.sheet = &sheet, .dry_run = kh_cli_flag(call, "dry-run")};
	int r = kh_verb_open(call, &v);
	r = r < 0 ? r : find_device(&v, &f.device);
	r = r < 0 ? r : read_list(KH_SHEET_FIREWALL, call->args[0], &sheet);
	f.by = (struct kh_record_by){.actor = v.actor, .now_s = v.now_s};
	r = r < 0 ? r : kh_store_write(v.server->store, run_firewall, &f);
	const struct count counts[] = {{"rules", f.result.rules}, {"created", f.result.created}, {"changed", f.result.changed}, {"same", f.result.same},
				       {"removed", f.result.removed}, {"problems", f.result.problems}, {NULL, 0}};
	return r < 0 ? r : say_counts(&v, KH_T_SERVER_FIREWALL_TAKEN, counts, f.dry_run);
}

/* ---- neighbours import ---- */

struct neighbours {
	const struct kh_sheet *sheet;
	int64_t unit_id;
	bool dry_run;
	struct kh_record_by by;
	struct kh_neighbour_result result;
};

static int run_neighbours(struct kh_db *writer, void *arg)
{
	struct neighbours *n = arg;
	return kh_neighbours_import(writer, n->unit_id, n->sheet, n->by.now_s, n->dry_run, &n->by, &n->result);
}

int kh_verb_neighbours_import(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_sheet struct kh_sheet sheet = {0};
	struct neighbours n = {.sheet = &sheet, .dry_run = kh_cli_flag(call, "dry-run")};
	int r = kh_verb_open(call, &v);
	r = r < 0 ? r : kh_verb_unit(&v, "unit", &unit);
	r = r < 0 ? r : read_list(KH_SHEET_NEIGHBOURS, call->args[0], &sheet);
	n.unit_id = unit.id;
	n.by = (struct kh_record_by){.actor = v.actor, .now_s = v.now_s};
	r = r < 0 ? r : kh_store_write(v.server->store, run_neighbours, &n);
	const struct count counts[] = {{"seen", n.result.seen}, {"created", n.result.created}, {"changed", n.result.changed}, {"same", n.result.same},
				       {"machines", n.result.machines}, {"devices", n.result.devices}, {"unknown", n.result.unknown}, {NULL, 0}};
	return r < 0 ? r : say_counts(&v, KH_T_SERVER_NEIGHBOURS_TAKEN, counts, n.dry_run);
}
