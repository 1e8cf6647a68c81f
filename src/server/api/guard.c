#include "server/api/guard.h"

#include "base/error.h"
#include "base/str.h"

bool kh_guard_same_origin(const char *origin, const char *host)
{
	return host && kh_starts_with(origin, "https://") && kh_streq_nocase(origin + strlen("https://"), host);
}

/* The cookie is SameSite=Strict already; a header that no form and no foreign script can send without being asked for by CORS, which is never granted, and the
 * origin hold even where a browser does not know SameSite. */
static int check_origin(const struct kh_request *r)
{
	const char *origin = kh_request_header(r, "Origin");
	if (kh_streq(r->method, "GET") || kh_streq(r->method, "HEAD"))
		return 0;
	if (!kh_streq(kh_request_header(r, "X-Khien"), "1"))
		return kh_fail(KH_E_CSRF, "the header X-Khien: 1 is missing");
	if (origin && !kh_guard_same_origin(origin, kh_request_header(r, "Host")))
		return kh_fail(KH_E_CSRF, "the request comes from another origin");
	return 0;
}

static bool open_before_password_change(const struct kh_api_route *route)
{
	return kh_starts_with(route->path, "/api/v1/session") || kh_starts_with(route->path, "/api/v1/me");
}

static int check_session(struct kh_api_call *call)
{
	struct kh_login_policy policy = kh_server_login_policy(call->server);
	const char *cookie = kh_request_cookie(call->request, KH_API_COOKIE);
	int r = kh_session_check(call->server->store, &policy.session, cookie, call->now_s, &call->session);
	if (r < 0)
		return r;
	call->logged_in = true;
	call->scope = call->session.scope;
	kh_ignore(kh_language_parse(call->session.user.language, &call->request->language));
	kh_language_use(call->request->language);
	if (call->session.user.must_change && !open_before_password_change(call->route))
		return kh_fail(KH_E_FORBIDDEN, "change the first password before anything else");
	if (!kh_call_may(call, call->route->right))
		return kh_fail(KH_E_FORBIDDEN, "the role %s has not the right for this", call->session.user.role->name);
	return 0;
}

int kh_guard(struct kh_api_call *call)
{
	int r = check_origin(call->request);
	return r < 0 || !call->route->login ? r : check_session(call);
}
