/* Users of the caller's subtree (spec/api/account.yaml).
 *
 * Nobody gives away more than he has: users are made and changed inside the caller's scope only, with a role and against a role none of whose rights the
 * caller lacks. One's own account is changed by the routes of /me, which ask for the present password. */
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "crypto/password.h"
#include "server/api/call.h"
#include "server/api/objects.h"

static json_t *object_of(const struct kh_user *user, int64_t now_s)
{
	json_t *o = json_object();
	kh_json_set_int(o, "id", user->id);
	kh_json_set_int(o, "version", user->version);
	kh_json_set_text(o, "name", user->name);
	kh_json_set_text(o, "full_name", user->full_name);
	kh_json_set_text(o, "role", user->role->name);
	kh_json_set(o, "unit", kh_object_unit(user->unit_code, user->unit_name));
	kh_json_set_text(o, "language", user->language);
	kh_json_set_bool(o, "must_change", user->must_change);
	kh_json_set_bool(o, "disabled", user->disabled);
	kh_json_set_bool(o, "locked", user->locked_until_s > now_s);
	kh_json_set_int(o, "created_s", user->created_s);
	kh_json_set(o, "login_s", user->login_s ? json_integer(user->login_s) : json_null());
	return o;
}

/* A user by id, if the caller may see the unit; KH_E_NOT_FOUND. */
static int visible_user(const struct kh_api_call *call, int64_t id, struct kh_user *ret)
{
	int64_t found = 0;
	int r = kh_scope_int(call->db, &call->scope, &found, "SELECT u.id FROM app_user u WHERE u.id = ?1 AND {scope:u.unit_id}", id);
	if (r == 0 && !found)
		return kh_fail(KH_E_NOT_FOUND, "user");
	return r < 0 ? r : kh_user_get(call->db, id, ret);
}

static int check_role(const struct kh_api_call *call, const struct kh_role *role)
{
	return kh_call_may(call, role->rights) ? 0 : kh_fail(KH_E_FORBIDDEN, "the role %s has rights that yours has not", role->name);
}

/* The user of the path, whom the caller may change. */
static int named_user(const struct kh_api_call *call, struct kh_user *ret)
{
	int64_t id = 0;
	if (!kh_parse_int(kh_call_param(call, 0), 1, INT64_MAX, &id))
		return kh_fail(KH_E_NOT_FOUND, "user");
	int r = visible_user(call, id, ret);
	if (r == 0 && id == call->session.user.id)
		return kh_fail(KH_E_FORBIDDEN, "this is your own account");
	return r < 0 ? r : check_role(call, ret->role);
}

/* --- the list: names are not kept folded, and there are at most some thousand users --- */

static int fits(const char *needle, const char *name, const char *full_name, bool *ret)
{
	kh_auto_free char *text = kh_format("%s %s", name, full_name), *folded = NULL;
	int r = needle ? kh_utf8_fold(text, &folded) : 0;
	*ret = r == 0 && (!needle || strstr(folded, needle));
	return r;
}

static int list(const struct kh_api_call *call, const struct kh_scope *scope, const char *needle, json_t *items, int64_t *ret_total)
{
	int64_t from = kh_call_int(call, "offset"), to = from + kh_call_int(call, "limit"), n = 0;
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(call->db, scope, &s, "SELECT u.id, u.name, u.full_name FROM app_user u WHERE {scope:u.unit_id} ORDER BY u.name");
	while (kh_stmt_next(s, &r)) {
		bool wanted = false;
		kh_auto_user struct kh_user user = {0};
		r = fits(needle, kh_stmt_text(s, 1), kh_stmt_text(s, 2), &wanted);
		if (r == 0 && wanted && n >= from && n < to) {
			r = kh_user_get(call->db, kh_stmt_int(s, 0), &user);
			if (r == 0)
				kh_json_add(items, object_of(&user, call->now_s));
		}
		n += wanted;
	}
	*ret_total = n;
	return r;
}

int kh_route_user_list(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	const char *text = kh_call_text(call, "text");
	kh_auto_free char *needle = NULL;
	kh_auto_json json_t *items = json_array();
	int64_t total = 0;
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &scope);
	r = r < 0 || !text ? r : kh_utf8_fold(text, &needle);
	r = r < 0 ? r : list(call, &scope, needle, items, &total);
	if (r == 0)
		kh_call_answer(call, kh_call_page(kh_take(items), total));
	return r;
}

/* --- changes --- */

struct change {
	const struct kh_api_call *call;
	int64_t id, now_s;
	const char *actor;
	struct kh_user_new new_user;
	struct kh_password password;
	bool disabled;
};

static void change_done(struct change *c)
{
	kh_password_done(&c->password);
}

static int run_add(struct kh_db *writer, void *arg)
{
	struct change *c = arg;
	return kh_user_add(writer, &c->new_user, &c->password, c->actor, c->now_s, &c->id);
}

static int check_version(struct kh_db *writer, const struct change *c)
{
	kh_auto_user struct kh_user user = {0};
	int r = kh_user_get(writer, c->id, &user);
	return r < 0 ? r : kh_call_check_version(c->call, user.version);
}

static int run_disable(struct kh_db *writer, void *arg)
{
	struct change *c = arg;
	int r = check_version(writer, c);
	return r < 0 ? r : kh_user_set_disabled(writer, c->id, c->disabled, c->actor);
}

static int run_password(struct kh_db *writer, void *arg)
{
	struct change *c = arg;
	int r = check_version(writer, c);
	return r < 0 ? r : kh_user_set_password(writer, c->id, &c->password, NULL, c->actor);
}

/* A first password for somebody, to be shown once. */
static int make_password(const struct kh_api_call *call, const char *user_name, struct change *c, char **ret_text)
{
	struct kh_login_policy policy = kh_server_login_policy(call->server);
	kh_auto_free char *text = kh_password_generate();
	int r = kh_user_prepare_password(&policy.password, user_name, text, true, &c->password);
	if (r == 0)
		*ret_text = kh_take(text);
	return r;
}

/* The user as it is now; with a password, a UserPassword. */
static int answer_user(struct kh_api_call *call, int64_t id, const char *password)
{
	kh_auto_user struct kh_user user = {0};
	int r = visible_user(call, id, &user);
	if (r < 0)
		return r;
	json_t *object = object_of(&user, call->now_s);
	if (password)
		object = json_pack("{s:o, s:s}", "user", object, "password", password);
	kh_call_answer(call, object);
	return 0;
}

int kh_route_user_add(struct kh_api_call *call)
{
	struct change c KH_CLEANUP(change_done) = {.actor = kh_call_actor(call), .now_s = call->now_s};
	kh_auto_free char *password = NULL;
	struct kh_scope scope = {0};
	const struct kh_role *role = kh_role_find(kh_call_text(call, "role"));
	int r = kh_call_narrow(call, kh_call_text(call, "unit"), &scope);
	if (r == 0 && !role)
		return kh_role_unknown(kh_call_text(call, "role"));
	r = r < 0 ? r : check_role(call, role);
	r = r < 0 ? r : make_password(call, kh_call_text(call, "name"), &c, &password);
	c.new_user = (struct kh_user_new){.name = kh_call_text(call, "name"), .full_name = kh_call_text(call, "full_name"), .role = kh_call_text(call, "role"),
					  .language = kh_call_text(call, "language"), .unit_id = scope.unit_id};
	r = r < 0 ? r : kh_store_write(call->server->store, run_add, &c);
	return r < 0 ? r : answer_user(call, c.id, password);
}

int kh_route_user_set_disabled(struct kh_api_call *call)
{
	struct change c KH_CLEANUP(change_done) = {.call = call, .actor = kh_call_actor(call), .disabled = kh_call_bool(call, "disabled")};
	kh_auto_user struct kh_user user = {0};
	int r = named_user(call, &user);
	c.id = user.id;
	r = r < 0 ? r : kh_store_write(call->server->store, run_disable, &c);
	return r < 0 ? r : answer_user(call, c.id, NULL);
}

int kh_route_user_reset_password(struct kh_api_call *call)
{
	struct change c KH_CLEANUP(change_done) = {.call = call, .actor = kh_call_actor(call)};
	kh_auto_user struct kh_user user = {0};
	kh_auto_free char *password = NULL;
	int r = named_user(call, &user);
	c.id = user.id;
	r = r < 0 ? r : make_password(call, user.name, &c, &password);
	r = r < 0 ? r : kh_store_write(call->server->store, run_password, &c);
	return r < 0 ? r : answer_user(call, c.id, password);
}
