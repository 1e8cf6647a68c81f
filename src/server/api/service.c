/* About the service itself (spec/api/service.yaml). */
#include "base/error.h"
#include "base/version.h"
#include "gen/facts.h"
#include "gen/openapi.h"
#include "server/api/call.h"
#include "server/api/objects.h"
#include "server/demo/demo.h"
#include "server/trouble.h"

int kh_route_about(struct kh_api_call *call)
{
	bool demo = false;
	int r = kh_demo_is(call->db, &demo);
	if (r < 0)
		return r;
	json_t *o = json_object();
	kh_json_set_text(o, "product", "Khiên");
	kh_json_set_text(o, "version", KH_VERSION);
	kh_json_set_int(o, "server_time_s", call->now_s);
	kh_json_set_int(o, "started_s", call->server->started_s);
	kh_json_set_int(o, "controls", KH_CONTROLS_COUNT);
	kh_json_set_int(o, "figures", KH_FIGURES_COUNT);
	kh_json_set_int(o, "directives", (int64_t)call->api->directives.of.n);
	kh_json_set_int(o, "fact_tables", KH_FACTS_COUNT);
	kh_json_set_bool(o, "demo", demo);
	kh_call_answer(call, o);
	return 0;
}

static json_t *object_of_trouble(const struct kh_trouble *trouble)
{
	const struct kh_code *code = &kh_codes_server_trouble[trouble->what];
	json_t *o = json_object();
	kh_json_set_text(o, "what", code->name);
	kh_json_set(o, "label", kh_object_words(code->text));
	kh_json_set(o, "error", kh_object_words(kh_error_info(trouble->error)->text));
	kh_json_set_int(o, "since_s", trouble->since_s);
	kh_json_set_int(o, "last_s", trouble->last_s);
	kh_json_set_int(o, "times", trouble->times);
	return o;
}

int kh_route_status(struct kh_api_call *call)
{
	kh_auto_trouble_list struct kh_trouble_list list = {0};
	json_t *items = json_array();
	kh_troubles_list(call->server->troubles, &list);
	kh_array_each(&list.of, one)
		kh_json_add(items, object_of_trouble(one));
	kh_call_answer(call, kh_call_page(items, (int64_t)list.of.n));
	return 0;
}

int kh_route_openapi(struct kh_api_call *call)
{
	kh_respond_lent(call->request, 200, "application/json", kh_openapi_json, strlen(kh_openapi_json));
	call->responded = true;
	return 0;
}

static int answer_status(struct kh_api_call *call, const char *status)
{
	json_t *o = json_object();
	kh_json_set_text(o, "status", status);
	kh_call_answer(call, o);
	return 0;
}

int kh_route_healthz(struct kh_api_call *call)
{
	return answer_status(call, "ok");
}

/* Reading one row says that the store is there. Whatever is wrong with it, a load balancer is to try elsewhere: 503. */
int kh_route_readyz(struct kh_api_call *call)
{
	int64_t one = 0;
	int r = kh_call_open(call);
	r = r < 0 ? r : kh_db_int(call->db, &one, "SELECT 1 FROM unit LIMIT 1");
	return r < 0 ? kh_fail_in(KH_E_BUSY, "the store cannot be read") : answer_status(call, "ready");
}
