/* khien-server init|serve|check-config|role */
#include "base/address.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "gen/cli_khien_server.h"
#include "os/host.h"
#include "sandbox/worker.h"
#include "server/account/token.h"
#include "server/files.h"
#include "server/packs.h"
#include "server/portal/watcher.h"
#include "server/verb/verb.h"

#include <unistd.h>

/* ---- init ---- */

struct outcome {
	const char *json_name;
	bool made;
	char *what;
};

static char *join_names(char **names)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	for (char **name = names; *name; name++)
		kh_buf_addf(&b, "%s%s", name == names ? "" : ", ", *name);
	return kh_buf_take(&b);
}

#define OUTCOMES 6

static void list_outcomes(const struct kh_server *server, const struct kh_server_made *made, enum kh_language l, struct outcome ret[OUTCOMES])
{
	kh_auto_free char *database = kh_server_path(server, KH_FILE_DATABASE), *names = join_names(server->settings.names);
	const struct outcome all[OUTCOMES] = {
		{"database", made->database, kh_text_with(l, KH_T_SERVER_INIT_DATABASE, {"path", database})},
		{"authority", made->authority, kh_strdup(kh_text(l, KH_T_SERVER_INIT_AUTHORITY))},
		{"certificate", made->certificate, kh_text_with(l, KH_T_SERVER_INIT_CERTIFICATE, {"names", names})},
		{"order_key", made->order_key, kh_strdup(kh_text(l, KH_T_SERVER_INIT_ORDER_KEY))},
		{"unit", made->unit, kh_text_with(l, KH_T_SERVER_INIT_UNIT, {"code", made->unit_code})},
		{"admin", made->admin, kh_text_with(l, KH_T_SERVER_INIT_ADMIN, {"name", made->admin_name})},
	};
	memcpy(ret, all, sizeof all);
}

static int say_password(const struct kh_server *server, const struct kh_server_made *made, enum kh_language l)
{
	kh_auto_free char *path = kh_server_path(server, KH_FILE_FIRST_PASSWORD);
	int r = kh_print(kh_text_with(l, KH_T_SERVER_INIT_PASSWORD, {"name", made->admin_name}, {"password", made->first_password}));
	return r < 0 ? r : kh_print(kh_text_with(l, KH_T_SERVER_INIT_PASSWORD_FILE, {"path", path}));
}

/* The name in the links that are given out: where machines cannot resolve it, none can enrol. */
static int say_name(const struct kh_server *server, enum kh_language l)
{
	const char *name = server->settings.names[0];
	return kh_is_ip(name) ? 0 : kh_print(kh_text_with(l, KH_T_SERVER_INIT_NAME, {"name", name}));
}

/* Where nothing was said, the package's unit runs this very server. */
static int say_made(const struct kh_server *server, const struct kh_server_made *made, const struct kh_cli_call *call)
{
	const bool service = kh_host_has_package() && !kh_cli_text(call, "config") && !kh_cli_text(call, "data");
	const enum kh_language l = call->language;
	struct outcome all[OUTCOMES];
	kh_auto_free char *url = kh_server_url(server), *serve = kh_verb_command(call, "serve");
	int r = 0;
	list_outcomes(server, made, l, all);
	for (size_t i = 0; i < OUTCOMES; i++) {
		if (r == 0)
			r = kh_print(kh_text_with(l, all[i].made ? KH_T_SERVER_INIT_MADE : KH_T_SERVER_INIT_THERE, {"what", all[i].what}));
		free(all[i].what);
	}
	if (r == 0 && made->first_password)
		r = say_password(server, made, l);
	if (r == 0)
		r = say_name(server, l);
	return r < 0 ? r : kh_print(kh_text_with(l, service ? KH_T_SERVER_INIT_NEXT_SERVICE : KH_T_SERVER_INIT_NEXT, {"url", url}, {"command", serve}));
}

static json_t *json_of_made(const struct kh_server *server, const struct kh_server_made *made)
{
	struct outcome all[OUTCOMES];
	json_t *j = json_object(), *list = json_array();
	list_outcomes(server, made, KH_EN, all);
	for (size_t i = 0; i < OUTCOMES; i++) {
		if (all[i].made)
			json_array_append_new(list, json_string(all[i].json_name));
		free(all[i].what);
	}
	kh_json_set_text(j, "data", server->data_dir);
	json_object_set_new(j, "made", list);
	kh_json_set_text(j, "unit", made->unit_code);
	kh_json_set_text(j, "user", made->admin_name);
	kh_json_set_text(j, "password", made->first_password);
	return j;
}

int kh_verb_init(struct kh_cli_call *call)
{
	kh_auto_server_settings struct kh_server_settings settings = {0};
	kh_auto_server struct kh_server *server = NULL;
	KH_CLEANUP(kh_server_made_done) struct kh_server_made made = {0};
	struct kh_server_first first = {
		.unit_name = kh_cli_text(call, "unit-name"),
		.unit_code = kh_cli_text(call, "unit-code"),
		.unit_kind = kh_cli_text(call, "unit-kind"),
		.admin_name = kh_cli_text(call, "admin"),
	};
	int r = kh_verb_settings(call, &settings);
	if (r == 0)
		r = kh_server_create(&settings, &first, &made, &server);
	if (r < 0)
		return r;
	return kh_cli_flag(call, "json") ? kh_print_json(json_of_made(server, &made)) : say_made(server, &made, call);
}

/* ---- serve, check-config ---- */

int kh_verb_serve(struct kh_cli_call *call)
{
	kh_auto_server_settings struct kh_server_settings settings = {0};
	kh_auto_server struct kh_server *server = NULL;
	int r = kh_verb_settings(call, &settings);
	if (r == 0)
		r = kh_server_open(&settings, &server);
	return r < 0 ? r : kh_server_serve(server);
}

/* Who edits another file than the one that is read would be told that all is well. */
static int say_absent(const struct kh_cli_call *call)
{
	if (kh_cli_text(call, "config") || access(KH_SERVER_CONFIG, F_OK) == 0)
		return 0;
	return kh_print(kh_text_with(call->language, KH_T_SERVER_CONFIG_ABSENT, {"config", KH_SERVER_CONFIG}));
}

int kh_verb_check_config(struct kh_cli_call *call)
{
	kh_auto_server_settings struct kh_server_settings settings = {0};
	kh_auto_pack_mistakes struct kh_pack_mistakes mistakes = {0};
	int r = kh_verb_settings(call, &settings);
	if (r < 0)
		return r;
	kh_packs_check(settings.packs, &mistakes);
	kh_auto_free char *files = kh_format("%zu", mistakes.files);
	r = kh_verb_say_mistakes(&mistakes);
	r = r < 0 ? r : say_absent(call);
	return r < 0 ? r : kh_print(kh_text_with(call->language, KH_T_SERVER_CONFIG_GOOD, {"files", files}, {"packs", settings.packs}));
}

int kh_verb_role(struct kh_cli_call *call)
{
	if (kh_streq(call->args[0], "watcher"))
		return kh_watcher_main(KH_WORKER_SOCK);
	return kh_fail(KH_E_USAGE, "role %s: expected watcher", call->args[0]);
}
