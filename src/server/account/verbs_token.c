/* khien-server token create|list|revoke */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "gen/cli_khien_server.h"
#include "os/host.h"
#include "server/account/qr.h"
#include "server/account/token.h"
#include "server/verb/verb.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- create ---- */

struct creating {
	struct kh_token_new token;
	const struct kh_verb *v;
	char text[KH_TOKEN_SIZE];
	int64_t id;
};

static int create(struct kh_db *db, void *arg)
{
	struct creating *c = arg;
	return kh_token_create(db, &c->token, c->v->actor, c->v->now_s, c->text, &c->id);
}

static int show_qr(const char *url)
{
	kh_auto_free char *code = NULL;
	int r = kh_qr_terminal(url, kh_host_terminal_columns() > 0 && !getenv("NO_COLOR"), &code);
	return r < 0 ? r : kh_print(kh_take(code));
}

static int show_created(const struct kh_verb *v, const struct creating *c, const struct kh_unit *unit, const char *url)
{
	char until[KH_ISO_SIZE], id[24], uses[24];
	snprintf(id, sizeof id, "%" PRId64, c->id);
	snprintf(uses, sizeof uses, "%" PRId64, c->token.uses);
	int r = kh_verb_say(v, KH_T_SERVER_TOKEN_MADE, {"id", id}, {"unit", unit->name}, {"uses", uses},
			    {"until", kh_time_local(v->now_s + c->token.life_s, until)});
	if (r == 0)
		r = kh_print(kh_strdup(url));
	return r == 0 && kh_cli_flag(v->call, "qr") ? show_qr(url) : r;
}

static json_t *json_of_created(const struct kh_verb *v, const struct creating *c, const struct kh_unit *unit, const char *url)
{
	json_t *j = json_object();
	kh_json_set_int(j, "id", c->id);
	kh_json_set_text(j, "unit", unit->code);
	kh_json_set_int(j, "uses", c->token.uses);
	kh_json_set_int(j, "expires_s", v->now_s + c->token.life_s);
	kh_json_set_text(j, "url", url);
	return j;
}

static int print_created(const struct kh_verb *v, const struct creating *c, const struct kh_unit *unit, const char *url)
{
	kh_auto_free char *svg = NULL;
	int r = kh_cli_flag(v->call, "qr") ? kh_qr_svg(url, &svg) : 0;
	if (r < 0)
		return r;
	json_t *j = json_of_created(v, c, unit, url);
	if (svg)
		kh_json_set_text(j, "qr_svg", svg);
	return kh_print_json(j);
}

int kh_verb_token_create(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_free char *url = NULL;
	struct creating c = {.v = &v, .token = {.uses = kh_cli_int(call, "uses", 1), .life_s = kh_cli_int(call, "expires", KH_TOKEN_LIFE_S)}};
	int r = kh_verb_open(call, &v);
	if (r == 0)
		r = kh_verb_unit(&v, "unit", &unit);
	c.token.unit_id = unit.id;
	if (r == 0)
		r = kh_store_write(v.server->store, create, &c);
	if (r < 0)
		return r;
	url = kh_server_link(v.server, c.text);
	return kh_cli_flag(call, "json") ? print_created(&v, &c, &unit, url) : show_created(&v, &c, &unit, url);
}

/* ---- list ---- */

static const struct kh_print_word states[] = {
	{"usable", KH_T_SERVER_TOKEN_STATE_USABLE},
	{"used", KH_T_SERVER_TOKEN_STATE_USED},
	{"expired", KH_T_SERVER_TOKEN_STATE_EXPIRED},
	{"revoked", KH_T_SERVER_TOKEN_STATE_REVOKED},
};

#define SELECT_TOKENS \
	"SELECT t.id, u.code, t.uses, t.used, t.expires_s, t.created_s, t.created_by, t.revoked FROM enrol_token t JOIN unit u ON u.id = t.unit_id"

static json_t *json_of(const struct kh_stmt *s, const char *state)
{
	json_t *j = json_object();
	kh_json_set_int(j, "id", kh_stmt_int(s, 0));
	kh_json_set_text(j, "unit", kh_stmt_text(s, 1));
	kh_json_set_int(j, "uses", kh_stmt_int(s, 2));
	kh_json_set_int(j, "used", kh_stmt_int(s, 3));
	kh_json_set_int(j, "expires_s", kh_stmt_int(s, 4));
	kh_json_set_int(j, "created_s", kh_stmt_int(s, 5));
	kh_json_set_text(j, "created_by", kh_stmt_text(s, 6));
	kh_json_set_text(j, "state", state);
	return j;
}

static int show(const struct kh_verb *v, const struct kh_stmt *s, bool json, struct kh_table *table)
{
	const char *state = kh_token_state(kh_stmt_int(s, 2), kh_stmt_int(s, 3), kh_stmt_int(s, 4), kh_stmt_int(s, 7), v->now_s);
	if (json)
		return kh_print_json(json_of(s, state));
	char id[24], uses[48], until[KH_ISO_SIZE];
	snprintf(id, sizeof id, "%" PRId64, kh_stmt_int(s, 0));
	snprintf(uses, sizeof uses, "%" PRId64 "/%" PRId64, kh_stmt_int(s, 3), kh_stmt_int(s, 2));
	kh_table_add(table, id, kh_stmt_text(s, 1), kh_print_word(v->language, states, state), uses, kh_verb_time(kh_stmt_int(s, 4), until), kh_stmt_text(s, 6));
	return 0;
}

static int list(const struct kh_verb *v, bool json, struct kh_table *table)
{
	struct kh_scope place = {0};
	const struct kh_scope *scope = NULL;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_verb_scope(v, &place, &scope);
	if (r == 0)
		r = scope ? kh_scope_query(v->db, scope, &s, SELECT_TOKENS " WHERE {scope:t.unit_id} ORDER BY t.id DESC")
			  : kh_db_query(v->db, &s, SELECT_TOKENS " ORDER BY t.id DESC");
	while (kh_stmt_next(s, &r))
		r = show(v, s, json, table);
	return r;
}

int kh_verb_token_list(struct kh_cli_call *call)
{
	return kh_verb_list(call, list, KH_T_SERVER_COL_ID, KH_T_SERVER_COL_UNIT, KH_T_SERVER_COL_STATE, KH_T_SERVER_COL_USES, KH_T_SERVER_COL_UNTIL, KH_T_SERVER_COL_MADE_BY);
}

/* ---- revoke ---- */

struct revoking {
	int64_t id;
	const struct kh_verb *v;
};

static int revoke_one(struct kh_db *db, void *arg)
{
	const struct revoking *r = arg;
	return kh_token_revoke(db, r->id, r->v->actor);
}

int kh_verb_token_revoke(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	struct revoking one = {.v = &v};
	if (!kh_parse_int(call->args[0], 1, INT64_MAX, &one.id))
		return kh_fail(KH_E_USAGE, "%s: expected the number of a token (khien-server token list)", call->args[0]);
	int r = kh_verb_open(call, &v);
	if (r == 0)
		r = kh_store_write(v.server->store, revoke_one, &one);
	return r < 0 ? r : kh_verb_say(&v, KH_T_SERVER_TOKEN_REVOKED, {"id", call->args[0]});
}
