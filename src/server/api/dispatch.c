#include "server/api/api.h"

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "http/files.h"
#include "server/api/call.h"
#include "server/api/check.h"
#include "server/api/guard.h"
#include "server/api/route.h"
#include "server/packs.h"
#include "server/posture/control.h"

/* --- making and freeing --- */

static int load_console(struct kh_api *api)
{
	int r = kh_http_files_load(api->server->web_dir, &api->console);
	if (r == KH_E_NOT_FOUND) {
		kh_log(KH_LOG_WARNING, "no console installed", KH_S("directory", api->server->web_dir));
		return 0;
	}
	return r;
}

static int check_controls(struct kh_store *store)
{
	struct kh_db *db = NULL;
	int r = kh_store_reader(store, &db);
	return r < 0 ? r : kh_controls_check(db);
}

int kh_api_new(struct kh_server *server, struct kh_api **ret)
{
	kh_auto_api struct kh_api *api = kh_alloc(sizeof *api);
	kh_auto_free char *directives = kh_format("%s/directives", server->packs_dir), *law = kh_format("%s/law", server->packs_dir), *routes = kh_format("%s/routes/incident.yaml", server->packs_dir);
	kh_auto_free char *levels = kh_format("%s/lists/level-requirements.yaml", server->packs_dir);
	kh_auto_free char *templates = kh_format("%s/reports", server->packs_dir);
	api->server = server;
	int r = check_controls(server->store);
	r = r < 0 ? r : kh_packs_find(server->packs_dir);
	r = r < 0 ? r : kh_directives_load(directives, &api->directives);
	r = r < 0 ? r : kh_law_load(law, &api->law);
	r = r < 0 ? r : kh_incident_routes_load(routes, &api->incident_routes);
	r = r < 0 ? r : kh_level_requirements_load(levels, &api->level_requirements);
	r = r < 0 ? r : kh_templates_load(templates, &api->templates);
	r = r < 0 ? r : load_console(api);
	if (r == 0)
		*ret = kh_take(api);
	return r;
}

void kh_api_free(struct kh_api *api)
{
	if (!api)
		return;
	kh_http_files_free(api->console);
	kh_directives_done(&api->directives);
	kh_law_done(&api->law);
	kh_incident_routes_done(&api->incident_routes);
	kh_level_requirements_done(&api->level_requirements);
	kh_templates_done(&api->templates);
	free(api);
}

/* --- a request --- */

static bool belongs_to_api(const char *path)
{
	return kh_starts_with(path, "/api/");
}

static bool reads(const struct kh_request *r)
{
	return kh_streq(r->method, "GET") || kh_streq(r->method, "HEAD");
}

/* Who sends a file is asked before the file is taken, not after: nobody without a session fills the memory. */
static int check_sender(struct kh_api *api, struct kh_request *r, const struct kh_api_route *route)
{
	if (reads(r) || route->max_body <= KH_MAX_API_BODY)
		return 0;
	struct kh_api_call call = {.api = api, .server = api->server, .request = r, .route = route, .now_s = kh_now_s()};
	int result = kh_guard(&call);
	kh_session_done(&call.session);
	return result;
}

int kh_api_begin(void *app, struct kh_request *r, struct kh_request_plan *ret_plan)
{
	bool path_known = false;
	const struct kh_api_route *route = kh_route_find(r->method, r->path, &path_known);
	if (route) {
		r->data = (void *)route;
		ret_plan->max_body = reads(r) ? 0 : route->max_body;
		ret_plan->in_worker = true;
		return check_sender(app, r, route);
	}
	if (path_known || (!belongs_to_api(r->path) && !reads(r))) {
		kh_auto_free char *methods = path_known ? kh_route_methods(r->path) : kh_strdup("GET");
		kh_respond_header(r, "Allow", methods);
		return kh_fail(KH_E_METHOD_NOT_ALLOWED, "%s", r->method);
	}
	return belongs_to_api(r->path) ? kh_fail(KH_E_NOT_FOUND, "no such route") : 0;
}

static void call_done(struct kh_api_call *call)
{
	for (size_t i = 0; i < KH_CALL_PARAMS; i++)
		free(call->params[i]);
	json_decref(call->args);
	json_decref(call->answer);
	kh_session_done(&call->session);
}

/* Reads of one GET agree with each other: one snapshot. A write sees what was committed when each of its statements begins. Public routes open the store
 * themselves, if they need it: /healthz answers without. */
static int run_handler(struct kh_api_call *call)
{
	if (!call->route->login)
		return call->route->handler(call);
	int r = kh_call_open(call);
	if (r < 0 || !reads(call->request))
		return r < 0 ? r : call->route->handler(call);
	r = kh_db_begin(call->db);
	if (r < 0)
		return r;
	r = call->route->handler(call);
	kh_db_rollback(call->db);
	return r;
}

static int run(struct kh_api_call *call)
{
	int r = kh_guard(call);
	r = r < 0 ? r : kh_check_call(call->route, call->request, &call->args);
	return r < 0 ? r : run_handler(call);
}

/* What went wrong inside stays inside: the detail goes to the log, the caller gets the sentence. */
static int conceal(const struct kh_api_call *call, int r)
{
	if (kh_error_info(r)->http_status < 500)
		return r;
	kh_log(KH_LOG_ERROR, "request failed", KH_S("route", call->route->name), KH_ERR(r));
	return kh_fail(r, "see the server's log");
}

static void respond(struct kh_api_call *call, int r)
{
	if (r < 0)
		kh_respond_error(call->request, conceal(call, r), call->answer);
	else if (call->answer)
		kh_respond_json(call->request, 200, call->answer);
	else if (!call->responded)
		kh_respond_empty(call->request, 204);
}

static int answer_route(struct kh_api *api, struct kh_request *r)
{
	int64_t began_ms = kh_monotonic_ms();
	struct kh_api_call call KH_CLEANUP(call_done) = {.api = api, .server = api->server, .request = r, .route = r->data, .now_s = kh_now_s()};
	kh_route_params(call.route, r->path, call.params, KH_CALL_PARAMS);
	int result = run(&call);
	respond(&call, result);
	kh_metrics_add(&api->metrics, result < 0 ? kh_error_info(result)->http_status : 200, (kh_monotonic_ms() - began_ms) * 1000);
	return 0;
}

/* A name with a point in its last part is a file; anything else is a page of the console, which finds its own way from index.html. */
static bool is_page(const char *path)
{
	const char *last = strrchr(path, '/');
	return !strchr(last ? last : path, '.');
}

static int answer_file(struct kh_api *api, struct kh_request *r)
{
	const char *name = r->path + (*r->path == '/');
	api->metrics.files++;
	if (api->console && kh_http_files_answer(api->console, r, *name ? name : "index.html"))
		return 0;
	if (api->console && is_page(r->path) && kh_http_files_answer(api->console, r, "index.html"))
		return 0;
	return kh_fail(KH_E_NOT_FOUND, "no such page");
}

int kh_api_handle(void *app, struct kh_request *r)
{
	return r->data ? answer_route(app, r) : answer_file(app, r);
}
