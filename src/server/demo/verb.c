/* khien-server demo: spec/cli/khien-server.yaml. */
#include "base/error.h"
#include "base/str.h"
#include "gen/cli_khien_server.h"
#include "server/demo/demo.h"
#include "server/files.h"
#include "server/verb/verb.h"

#include <inttypes.h>

static int refuse_data(const struct kh_server_settings *settings)
{
	bool held = kh_data_has(settings->data, KH_FILE_DATABASE) || kh_data_has(settings->data, KH_FILE_CA);
	return held ? kh_fail(KH_E_EXISTS, "%s holds data: demonstration data goes into a directory of its own", settings->data) : 0;
}

static int say(const struct kh_server *server, const struct kh_server_made *made, enum kh_language l)
{
	int64_t machines = 0, units = 0;
	struct kh_db *db = NULL;
	int r = kh_store_reader(server->store, &db);
	r = r < 0 ? r : kh_db_int(db, &machines, "SELECT COUNT(*) FROM endpoint");
	r = r < 0 ? r : kh_db_int(db, &units, "SELECT COUNT(*) FROM unit");
	if (r < 0)
		return r;
	kh_auto_free char *m = kh_format("%" PRId64, machines), *u = kh_format("%" PRId64, units);
	r = kh_print(kh_text_with(l, KH_T_SERVER_DEMO_MADE, {"data", server->data_dir}, {"units", u}, {"machines", m}));
	return r < 0 ? r : kh_print(kh_text_with(l, KH_T_SERVER_INIT_PASSWORD, {"name", made->admin_name}, {"password", made->first_password}));
}

int kh_verb_demo(struct kh_cli_call *call)
{
	kh_auto_server_settings struct kh_server_settings settings = {0};
	kh_auto_server struct kh_server *server = NULL;
	KH_CLEANUP(kh_server_made_done) struct kh_server_made made = {0};
	struct kh_server_first first = {.unit_name = KH_DEMO_UNIT_NAME, .unit_code = KH_DEMO_UNIT_CODE, .unit_kind = "province"};
	int r = kh_verb_settings(call, &settings);
	r = r < 0 ? r : refuse_data(&settings);
	r = r < 0 ? r : kh_server_create(&settings, &first, &made, &server);
	if (r < 0)
		return r;
	kh_auto_free char *pack = kh_format("%s/demo/province.yaml", server->packs_dir);
	struct kh_demo_options options = {.pack = pack, .data_dir = server->data_dir, .units = kh_cli_int(call, "units", 200), .endpoints = kh_cli_int(call, "endpoints", 10000),
					  .seed = kh_cli_int(call, "seed", 1), .now_s = kh_now_s()};
	r = kh_demo_fill(server->store, &options);
	return r < 0 ? r : say(server, &made, call->language);
}
