/* khien-server demo: spec/cli/khien-server.yaml. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/stop.h"
#include "base/str.h"
#include "gen/cli_khien_server.h"
#include "server/account/user.h"
#include "server/demo/demo.h"
#include "server/demo/place.h"
#include "server/packs.h"
#include "server/verb/verb.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* ---- broken off by Ctrl-C ---- */

static kh_stop_flag broken_off;

static void break_off(int signal_number)
{
	(void)signal_number;
	atomic_store(&broken_off, true);
}

/* The second time the signal does what it always does. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = break_off, .sa_flags = (int)SA_RESETHAND};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	kh_stop_by(&broken_off);
}

static void show_progress(size_t done, size_t all)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%s", done < all ? "" : "\r");
	if (isatty(STDERR_FILENO) && done < all)
		fprintf(stderr, "%zu/%zu", done, all);
	fflush(stderr);
}

/* ---- who logs in ---- */

/* One for each role, at home where such a one works; the administrator is there already. */
static const struct login {
	const char *name, *full_name, *role, *kind;
} logins[] = {
	{"lanh-dao", "Mẫu Lãnh Đạo", "leader", "province"},
	{"can-bo", "Mẫu Cán Bộ", "officer", "ward"},
	{"cong-an", "Mẫu Công An", "police", "police"},
	{"xem", "Mẫu Người Xem", "viewer", "province"},
};

struct adding {
	const struct login *login;
	const struct kh_password *password;
	const char *actor;
};

static int add_login(struct kh_db *db, void *arg)
{
	const struct adding *a = arg;
	struct kh_user_new user = {.name = a->login->name, .full_name = a->login->full_name, .role = a->login->role};
	int64_t id = 0;
	int r = kh_db_int(db, &user.unit_id, "SELECT MIN(id) FROM unit WHERE kind = ?1", a->login->kind);
	return r < 0 ? r : kh_user_add(db, &user, a->password, a->actor, kh_now_s(), &id);
}

/* All with the password of the administrator, who alone must change it: there is nothing here to be kept from anybody. */
static int add_logins(struct kh_server *server, const char *text)
{
	struct kh_password_policy policy = kh_server_login_policy(server).password;
	kh_auto_free char *actor = kh_verb_actor();
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_COUNT(logins); i++) {
		kh_auto_password struct kh_password password = {0};
		r = kh_user_prepare_password(&policy, logins[i].name, text, false, &password);
		r = r < 0 ? r : kh_store_write(server->store, add_login, &(struct adding){&logins[i], &password, actor});
	}
	return r;
}

/* ---- what was made, and what to do with it ---- */

struct made {
	struct kh_server_made server;
	int64_t units, machines;
	char *url;
	char *unit_of[KH_COUNT(logins)]; /* names */
};

static void made_done(struct made *made)
{
	kh_server_made_done(&made->server);
	free(made->url);
	for (size_t i = 0; i < KH_COUNT(logins); i++)
		free(made->unit_of[i]);
}

static int count(struct kh_server *server, struct made *made)
{
	struct kh_db *db = NULL;
	int r = kh_store_reader(server->store, &db);
	r = r < 0 ? r : kh_db_int(db, &made->machines, "SELECT COUNT(*) FROM endpoint");
	r = r < 0 ? r : kh_db_int(db, &made->units, "SELECT COUNT(*) FROM unit");
	for (size_t i = 0; r == 0 && i < KH_COUNT(logins); i++)
		r = kh_db_text(db, &made->unit_of[i], "SELECT u.name FROM app_user a JOIN unit u ON u.id = a.unit_id WHERE a.name = ?1", logins[i].name);
	made->url = kh_server_url(server);
	return r;
}

static int say_logins(const struct made *made, enum kh_language l)
{
	const struct kh_role *admin = kh_role_find("admin");
	kh_auto_table struct kh_table table = {0};
	kh_table_add(&table, kh_text(l, KH_T_SERVER_COL_NAME), kh_text(l, KH_T_SERVER_COL_ROLE), kh_text(l, KH_T_SERVER_COL_UNIT));
	kh_table_add(&table, made->server.admin_name, admin->label[l], KH_DEMO_UNIT_NAME);
	for (size_t i = 0; i < KH_COUNT(logins); i++)
		kh_table_add(&table, logins[i].name, kh_role_find(logins[i].role)->label[l], made->unit_of[i]);
	return kh_table_print(&table);
}

static int say(const struct kh_cli_call *call, const struct made *made, const char *data)
{
	enum kh_language l = call->language;
	kh_auto_free char *m = kh_format("%" PRId64, made->machines), *u = kh_format("%" PRId64, made->units);
	kh_auto_free char *serve = kh_verb_command(call, "serve");
	int r = kh_print(kh_text_with(l, KH_T_SERVER_DEMO_MADE, {"data", data}, {"units", u}, {"machines", m}));
	r = r < 0 ? r : kh_print(kh_text_with(l, KH_T_SERVER_INIT_NEXT, {"command", serve}, {"url", made->url}));
	r = r < 0 ? r : kh_print(kh_text_with(l, KH_T_SERVER_DEMO_LOGINS, {"password", made->server.first_password}));
	return r < 0 ? r : say_logins(made, l);
}

/* ---- the whole ---- */

static int fill(struct kh_cli_call *call, struct kh_server *server, const char *pack, struct made *made)
{
	struct kh_demo_options options = {.pack = pack, .data_dir = server->data_dir, .units = kh_cli_int(call, "units", 200), .endpoints = kh_cli_int(call, "endpoints", 10000),
					  .seed = kh_cli_int(call, "seed", 1), .now_s = kh_now_s(), .progress = show_progress};
	int r = kh_demo_fill(server->store, &options);
	r = r < 0 ? r : add_logins(server, made->server.first_password);
	return r < 0 ? r : count(server, made);
}

/* In the directory beside the data directory; the server is closed again when this returns. */
static int make(struct kh_cli_call *call, struct kh_server_settings *settings, const char *pack, struct made *made)
{
	kh_auto_server struct kh_server *server = NULL;
	struct kh_server_first first = {.unit_name = KH_DEMO_UNIT_NAME, .unit_code = KH_DEMO_UNIT_CODE, .unit_kind = "province"};
	int r = kh_server_create(settings, &first, &made->server, &server);
	return r < 0 ? r : fill(call, server, pack, made);
}

static int check_pack(const char *pack)
{
	kh_auto_pack_mistakes struct kh_pack_mistakes mistakes = {0};
	kh_demo_check(pack, &mistakes);
	return kh_verb_say_mistakes(&mistakes);
}

int kh_verb_demo(struct kh_cli_call *call)
{
	kh_auto_server_settings struct kh_server_settings settings = {0};
	kh_auto_demo_place struct kh_demo_place place = KH_DEMO_PLACE_NONE;
	KH_CLEANUP(made_done) struct made made = {0};
	const char *data = NULL;
	int r = kh_cli_text(call, "config") ? 0 : kh_verb_required(call, "data", &data); /* nobody wants it in the data directory of the package */
	r = r < 0 ? r : kh_verb_settings(call, &settings);
	if (r < 0)
		return r;
	kh_auto_free char *pack = kh_format("%s/demo/province.yaml", settings.packs);
	r = kh_packs_find(settings.packs);
	r = r < 0 ? r : check_pack(pack);
	r = r < 0 ? r : kh_demo_place_begin(settings.data, &place);
	if (r == 0 && place.left)
		r = kh_print(kh_text_with(call->language, KH_T_SERVER_DEMO_LEFT, {"path", place.dir}));
	r = r < 0 ? r : kh_settings_set(&settings, KH_SERVER_SETTINGS, "data", place.dir);
	if (r < 0)
		return r;
	catch_signals();
	r = make(call, &settings, pack, &made);
	kh_stop_by(NULL);
	if (r == KH_E_STOPPED)
		return kh_fail(r, "%s: nothing was made", place.data);
	r = r < 0 ? r : kh_demo_place_end(&place);
	return r < 0 ? r : say(call, &made, place.data);
}
