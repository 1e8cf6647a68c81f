/* khien-server user add|passwd|list|disable|enable */
#include "base/alloc.h"
#include "base/error.h"
#include "gen/cli_khien_server.h"
#include "server/account/user.h"
#include "server/verb/password.h"
#include "server/verb/verb.h"

/* A password from the terminal or standard input, or one of our making (then *ret_made holds it, to be shown). */
static int take_password(const struct kh_verb *v, const char *user_name, struct kh_password *ret, char **ret_made)
{
	struct kh_login_policy policy = kh_server_login_policy(v->server);
	kh_auto_free char *typed = NULL, *made = NULL;
	int r = kh_cli_flag(v->call, "generate") ? 0 : kh_password_ask(v->language, user_name, &typed);
	if (r == 0 && (!typed || !*typed))
		made = kh_password_generate();
	if (r == 0)
		r = kh_user_prepare_password(&policy.password, user_name, made ? made : typed, true, ret);
	if (r == 0)
		*ret_made = kh_take(made);
	return r;
}

static int show_made(const struct kh_verb *v, const char *made)
{
	return made ? kh_verb_say(v, KH_T_SERVER_PASSWORD_MADE, {"password", made}) : 0;
}

/* ---- add ---- */

struct adding {
	struct kh_user_new user;
	struct kh_password password;
	const struct kh_verb *v;
};

static int add(struct kh_db *db, void *arg)
{
	const struct adding *a = arg;
	int64_t id = 0;
	return kh_user_add(db, &a->user, &a->password, a->v->actor, a->v->now_s, &id);
}

int kh_verb_user_add(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_unit struct kh_unit unit = {0};
	kh_auto_free char *made = NULL;
	const char *role = kh_cli_text(call, "role");
	struct adding a = {.v = &v,
			   .user = {.name = call->args[0],
				    .full_name = kh_cli_text(call, "full-name"),
				    .role = role ? role : "viewer",
				    .language = kh_cli_text(call, "language")}};
	int r = kh_verb_open(call, &v);
	if (r == 0)
		r = kh_verb_unit(&v, "unit", &unit);
	if (r == 0)
		r = take_password(&v, call->args[0], &a.password, &made);
	a.user.unit_id = unit.id;
	if (r == 0)
		r = kh_store_write(v.server->store, add, &a);
	kh_password_done(&a.password);
	if (r == 0)
		r = kh_verb_say(&v, KH_T_SERVER_USER_ADDED, {"name", call->args[0]});
	return r < 0 ? r : show_made(&v, made);
}

/* ---- what happens to one user ---- */

struct change {
	int64_t id;
	struct kh_password password;
	bool disabled;
	const struct kh_verb *v;
};

static int set_password(struct kh_db *db, void *arg)
{
	const struct change *c = arg;
	return kh_user_set_password(db, c->id, &c->password, NULL, c->v->actor);
}

static int set_disabled(struct kh_db *db, void *arg)
{
	const struct change *c = arg;
	return kh_user_set_disabled(db, c->id, c->disabled, c->v->actor);
}

int kh_verb_user_passwd(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_user struct kh_user user = {0};
	kh_auto_free char *made = NULL;
	int r = kh_verb_open(call, &v);
	if (r == 0)
		r = kh_user_find(v.db, call->args[0], &user);
	struct change c = {.id = user.id, .v = &v};
	if (r == 0)
		r = take_password(&v, user.name, &c.password, &made);
	if (r == 0)
		r = kh_store_write(v.server->store, set_password, &c);
	kh_password_done(&c.password);
	if (r == 0)
		r = kh_verb_say(&v, KH_T_SERVER_USER_PASSWORD_SET, {"name", user.name});
	return r < 0 ? r : show_made(&v, made);
}

static int change_state(struct kh_cli_call *call, bool disabled)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_user struct kh_user user = {0};
	int r = kh_verb_open(call, &v);
	if (r == 0)
		r = kh_user_find(v.db, call->args[0], &user);
	if (r == 0)
		r = kh_store_write(v.server->store, set_disabled, &(struct change){.id = user.id, .disabled = disabled, .v = &v});
	return r < 0 ? r : kh_verb_say(&v, disabled ? KH_T_SERVER_USER_DISABLED : KH_T_SERVER_USER_ENABLED, {"name", user.name});
}

int kh_verb_user_disable(struct kh_cli_call *call)
{
	return change_state(call, true);
}

int kh_verb_user_enable(struct kh_cli_call *call)
{
	return change_state(call, false);
}

/* ---- list ---- */

static enum kh_message state_of(const struct kh_user *u, int64_t now_s)
{
	if (u->disabled)
		return KH_T_SERVER_USER_STATE_DISABLED;
	return u->locked_until_s > now_s ? KH_T_SERVER_USER_STATE_LOCKED : KH_T_SERVER_USER_STATE_ACTIVE;
}

static json_t *json_of(const struct kh_user *u, int64_t now_s)
{
	json_t *j = json_object();
	kh_json_set_text(j, "name", u->name);
	kh_json_set_text(j, "full_name", u->full_name);
	kh_json_set_text(j, "role", u->role->name);
	kh_json_set_text(j, "unit", u->unit_code);
	kh_json_set_text(j, "language", u->language);
	kh_json_set_bool(j, "must_change", u->must_change);
	kh_json_set_bool(j, "disabled", u->disabled);
	kh_json_set_bool(j, "locked", u->locked_until_s > now_s);
	kh_json_set_int(j, "created_s", u->created_s);
	json_object_set_new(j, "login_s", u->login_s ? json_integer(u->login_s) : json_null());
	return j;
}

static int show(const struct kh_verb *v, const struct kh_user *u, bool json, struct kh_table *table)
{
	if (json)
		return kh_print_json(json_of(u, v->now_s));
	char login[KH_ISO_SIZE];
	kh_table_add(table, u->name, u->full_name, u->role->label[v->language], u->unit_code, kh_text(v->language, state_of(u, v->now_s)),
		     kh_verb_time(u->login_s, login));
	return 0;
}

static int list(const struct kh_verb *v, bool json, struct kh_table *table)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(v->db, &s, "SELECT id FROM app_user ORDER BY name");
	while (kh_stmt_next(s, &r)) {
		kh_auto_user struct kh_user u = {0};
		r = kh_user_get(v->db, kh_stmt_int(s, 0), &u);
		if (r == 0)
			r = show(v, &u, json, table);
	}
	return r;
}

int kh_verb_user_list(struct kh_cli_call *call)
{
	return kh_verb_list(call, list, KH_T_SERVER_COL_NAME, KH_T_SERVER_COL_FULL_NAME, KH_T_SERVER_COL_ROLE, KH_T_SERVER_COL_UNIT, KH_T_SERVER_COL_STATE, KH_T_SERVER_COL_LOGIN);
}
