/* khien-server unit split|holdings, and the decision that verbs of units take. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "gen/cli_khien_server.h"
#include "os/file.h"
#include "server/register/proof.h"
#include "server/unit/decided.h"
#include "server/unit/split.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- the decision ---- */

static int read_options(const struct kh_verb *v, struct kh_unit_decision_new *decision)
{
	int r = kh_verb_required(v->call, "decision", &decision->number);
	r = r < 0 ? r : kh_verb_required(v->call, "decided-on", &decision->decided_on);
	r = r < 0 ? r : kh_verb_required(v->call, "proof", &decision->file_name);
	return r < 0 ? r : kh_unit_decision_check(decision, v->now_s);
}

int kh_unit_decided_take(const struct kh_verb *v, struct kh_unit_decided *ret)
{
	kh_auto_buf struct kh_buf bytes = KH_BUF_INIT;
	*ret = (struct kh_unit_decided){.by = {.actor = v->actor, .now_s = v->now_s}};
	int r = read_options(v, &ret->decision);
	r = r < 0 ? r : kh_file_read(ret->decision.file_name, KH_PROOF_MAX_BYTES, &bytes);
	r = r < 0 ? r : kh_proof_store(v->server->data_dir, kh_buf_text(&bytes), bytes.len, ret->sha256);
	ret->decision.sha256 = ret->sha256;
	ret->decision.size = (int64_t)bytes.len;
	return r;
}

int kh_unit_decided_add(struct kh_db *writer, int64_t unit_id, struct kh_unit_decided *decided)
{
	decided->decision.unit_id = unit_id;
	return kh_unit_decision_add(writer, &decided->decision, decided->by.actor, decided->by.now_s, &decided->by.decision);
}

/* ---- splitting ---- */

struct splitting {
	struct kh_unit_split split;
	struct kh_unit_decided decided;
	json_t *answer;
};

static int run_split(struct kh_db *db, void *arg)
{
	struct splitting *s = arg;
	int r = s->split.dry_run ? 0 : kh_unit_decided_add(db, s->split.unit_id, &s->decided);
	return r < 0 ? r : kh_unit_split(db, &s->split, &s->decided.by, &s->answer);
}

static int read_parts(const struct kh_verb *v, int64_t unit_id, struct kh_unit_parts *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_json json_t *given = NULL;
	const char *path = NULL;
	int r = kh_verb_required(v->call, "parts", &path);
	r = r < 0 ? r : kh_file_read(path, KH_MAX_API_BODY, &text);
	if (r == 0 && (r = kh_json_parse(kh_buf_text(&text), text.len, &given)) < 0)
		r = kh_fail_in(r, "%s", path);
	return r < 0 ? r : kh_unit_parts_read(v->db, unit_id, NULL, given, ret);
}

static int say_share(const struct kh_verb *v, enum kh_message message, const json_t *share)
{
	static const char *const names[] = {"endpoints", "users", "units", "records"};
	const json_t *unit = json_object_get(share, "unit");
	char n[4][24]; /* of each name */
	for (size_t i = 0; i < KH_COUNT(names); i++)
		snprintf(n[i], sizeof n[i], "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(share, names[i])));
	return kh_verb_say(v, message, {"name", json_string_value(json_object_get(unit, "name"))}, {"code", json_string_value(json_object_get(unit, "code"))}, {"endpoints", n[0]},
			   {"users", n[1]}, {"units", n[2]}, {"records", n[3]});
}

static int say_split(const struct kh_verb *v, const struct splitting *s)
{
	size_t i = 0;
	const json_t *share = NULL;
	if (kh_cli_flag(v->call, "json"))
		return kh_print_json(json_incref(s->answer));
	int r = kh_verb_say(v, s->split.dry_run ? KH_T_SERVER_UNIT_WOULD_SPLIT : KH_T_SERVER_UNIT_SPLIT, {"code", v->call->args[0]});
	json_array_foreach(json_object_get(s->answer, "parts"), i, share)
		r = r < 0 ? r : say_share(v, KH_T_SERVER_UNIT_SHARE, share);
	if (r < 0 || s->split.end)
		return r < 0 ? r : kh_verb_say(v, s->split.dry_run ? KH_T_SERVER_UNIT_WOULD_END : KH_T_SERVER_UNIT_ENDED, {"code", v->call->args[0]});
	return say_share(v, KH_T_SERVER_UNIT_STAYS, json_object_get(s->answer, "stays"));
}

int kh_verb_unit_split(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_unit_parts struct kh_unit_parts parts = {0};
	struct splitting s = {.split = {.parts = &parts, .end = kh_cli_flag(call, "end"), .dry_run = kh_cli_flag(call, "dry-run")}};
	int r = kh_verb_open(call, &v);
	r = r < 0 ? r : kh_unit_find(v.db, call->args[0], &unit);
	r = r < 0 ? r : read_parts(&v, unit.id, &parts);
	s.split.unit_id = unit.id;
	s.decided.by = (struct kh_unit_by){.actor = v.actor, .now_s = v.now_s};
	r = r < 0 || s.split.dry_run ? r : kh_unit_decided_take(&v, &s.decided);
	r = r < 0 ? r : kh_store_write(v.server->store, run_split, &s);
	kh_auto_json json_t *answer = s.answer;
	return r < 0 ? r : say_split(&v, &s);
}

/* ---- what there is to choose from ---- */

static int add_holding(const json_t *one, bool json, struct kh_table *table)
{
	const json_t *id = json_object_get(one, "id");
	const char *place = json_string_value(json_object_get(one, "place"));
	kh_auto_free char *number = json_is_integer(id) ? kh_format("%" JSON_INTEGER_FORMAT, json_integer_value(id)) : kh_strdup(json_string_value(id));
	if (json)
		return kh_print_json(json_incref((json_t *)one));
	kh_table_add(table, json_string_value(json_object_get(one, "what")), number, json_string_value(json_object_get(one, "name")), place ? place : "");
	return 0;
}

static int list_holdings(const struct kh_verb *v, bool json, struct kh_table *table)
{
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_json json_t *items = NULL;
	size_t i = 0;
	const json_t *one = NULL;
	int r = kh_unit_find(v->db, v->call->args[0], &unit);
	r = r < 0 ? r : kh_unit_holdings(v->db, unit.id, ~0U, &items);
	json_array_foreach(items, i, one)
		r = r < 0 ? r : add_holding(one, json, table);
	return r;
}

int kh_verb_unit_holdings(struct kh_cli_call *call)
{
	return kh_verb_list(call, list_holdings, KH_T_SERVER_UNIT_WHAT, KH_T_SERVER_UNIT_ITEM, KH_T_SERVER_UNIT_ITEM_NAME, KH_T_SERVER_UNIT_ITEM_PLACE);
}
