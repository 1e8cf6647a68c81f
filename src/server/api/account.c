/* Logging in and out, and what people change about themselves (spec/api/account.yaml). */
#include "base/error.h"
#include "base/str.h"
#include "server/api/call.h"
#include "server/api/guard.h"
#include "server/api/objects.h"
#include "server/audit/audit.h"

/* --- the cookie --- */

static void set_cookie(struct kh_request *r, const char *value, int64_t life_s)
{
	kh_auto_free char *cookie = kh_format(KH_API_COOKIE "=%s; Path=/; Max-Age=%lld; HttpOnly; Secure; SameSite=Strict", value, (long long)life_s);
	kh_respond_header(r, "Set-Cookie", cookie);
}

/* --- Me --- */

static json_t *rights_of(const struct kh_role *role)
{
	json_t *rights = json_array();
	for (size_t i = 0; i < KH_RIGHTS_COUNT; i++)
		if (role->rights & 1u << i)
			kh_json_add(rights, json_string(kh_right_names[i]));
	return rights;
}

static void answer_me(struct kh_api_call *call)
{
	const struct kh_user *user = &call->session.user;
	json_t *o = json_object();
	kh_json_set_text(o, "name", user->name);
	kh_json_set_text(o, "full_name", user->full_name);
	kh_json_set_text(o, "role", user->role->name);
	kh_json_set(o, "role_label", kh_object_words(user->role->label));
	kh_json_set(o, "rights", rights_of(user->role));
	kh_json_set(o, "unit", kh_object_unit(user->unit_code, user->unit_name));
	kh_json_set_text(o, "language", user->language);
	kh_json_set_bool(o, "must_change", user->must_change);
	kh_json_set_int(o, "idle_timeout_s", call->session.idle_s);
	kh_json_set_int(o, "server_time_s", call->now_s);
	kh_call_answer(call, o);
}

/* After a change of one's own. */
static int read_again(struct kh_api_call *call)
{
	struct kh_user user = {0};
	int r = kh_user_get(call->db, call->session.user.id, &user);
	if (r < 0)
		return r;
	kh_user_done(&call->session.user);
	call->session.user = user;
	answer_me(call);
	return 0;
}

int kh_route_login(struct kh_api_call *call)
{
	struct kh_login_policy policy = kh_server_login_policy(call->server);
	struct kh_login login = {.name = kh_call_text(call, "name"), .password = kh_call_text(call, "password"), .address = call->request->remote};
	char cookie[KH_SECRET_SIZE];
	int r = kh_login(call->server->store, call->server->logins, &policy, &login, call->now_s, cookie, &call->session);
	if (r < 0)
		return r;
	set_cookie(call->request, cookie, policy.session.life_s);
	answer_me(call);
	return 0;
}

struct own_change {
	const struct kh_session *session;
	const char *language;
};

static int note(struct kh_db *writer, const struct kh_user *user, enum kh_audit_action action, const char *detail)
{
	return kh_audit_append(writer, &(struct kh_audit){.actor = user->name, .unit_id = user->unit_id, .action = action, .target = user->name, .detail = detail});
}

static int run_logout(struct kh_db *writer, void *arg)
{
	const struct own_change *c = arg;
	int r = kh_session_end(writer, c->session->token_hash);
	return r < 0 ? r : note(writer, &c->session->user, KH_AUDIT_ACTION_LOGOUT, NULL);
}

int kh_route_logout(struct kh_api_call *call)
{
	struct own_change c = {.session = &call->session};
	int r = kh_store_write(call->server->store, run_logout, &c);
	if (r == 0)
		set_cookie(call->request, "", 0);
	return r;
}

int kh_route_me(struct kh_api_call *call)
{
	answer_me(call);
	return 0;
}

int kh_route_me_set_password(struct kh_api_call *call)
{
	struct kh_login_policy policy = kh_server_login_policy(call->server);
	int r = kh_login_change_password(call->server->store, call->server->logins, &policy, &call->session, kh_call_text(call, "old_password"),
					 kh_call_text(call, "new_password"), call->now_s);
	return r < 0 ? r : read_again(call);
}

static int run_language(struct kh_db *writer, void *arg)
{
	const struct own_change *c = arg;
	int r = kh_user_set_language(writer, c->session->user.id, c->language);
	return r < 0 ? r : note(writer, &c->session->user, KH_AUDIT_ACTION_USER_LANGUAGE, c->language);
}

int kh_route_me_set_language(struct kh_api_call *call)
{
	struct own_change c = {.session = &call->session, .language = kh_call_text(call, "language")};
	int r = kh_store_write(call->server->store, run_language, &c);
	return r < 0 ? r : read_again(call);
}
