#include "server/verb/verb.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/str.h"
#include "server/packs.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

/* ---- settings ---- */

static int set_data(struct kh_server_settings *settings, const char *dir)
{
	if (!dir)
		return 0;
	kh_auto_free char *here = dir[0] == '/' ? NULL : getcwd(NULL, 0), *absolute = kh_format("%s%s%s", here ? here : "", here ? "/" : "", dir);
	return kh_settings_set(settings, KH_SERVER_SETTINGS, "data", absolute);
}

int kh_verb_settings(struct kh_cli_call *call, struct kh_server_settings *ret)
{
	kh_auto_server_settings struct kh_server_settings settings = {0};
	const char *const *sets = NULL;
	size_t n = kh_cli_list(call, "set", &sets);
	int r = kh_server_settings_load(kh_cli_text(call, "config"), &settings);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = kh_settings_set_pair(&settings, KH_SERVER_SETTINGS, sets[i]);
	if (r == 0)
		r = set_data(&settings, kh_cli_text(call, "data"));
	if (r == 0)
		r = kh_server_settings_check(&settings);
	if (r < 0)
		return r;
	*ret = settings;
	settings = (struct kh_server_settings){0};
	return 0;
}

/* ---- opening ---- */

char *kh_verb_actor(void)
{
	const struct passwd *user = getpwuid(getuid());
	const char *behind_sudo = getuid() == 0 ? getenv("SUDO_USER") : NULL;
	if (behind_sudo)
		return kh_format("local:%s (sudo)", behind_sudo);
	return user ? kh_format("local:%s", user->pw_name) : kh_format("local:%u", (unsigned)getuid());
}

int kh_verb_open(struct kh_cli_call *call, struct kh_verb *ret)
{
	kh_auto_server_settings struct kh_server_settings settings = {0};
	kh_auto_server struct kh_server *server = NULL;
	struct kh_db *db = NULL;
	int r = kh_verb_settings(call, &settings);
	if (r == 0)
		r = kh_server_open(&settings, &server);
	if (r == 0)
		r = kh_store_reader(server->store, &db);
	if (r == 0)
		*ret = (struct kh_verb){
			.call = call, .language = call->language, .server = kh_take(server), .db = db, .actor = kh_verb_actor(), .now_s = kh_now_s()};
	return r;
}

void kh_verb_done(struct kh_verb *v)
{
	kh_server_free(v->server);
	free(v->actor);
	*v = (struct kh_verb){0};
}

/* ---- arguments ---- */

int kh_verb_required(const struct kh_cli_call *call, const char *name, const char **ret)
{
	const char *text = kh_cli_text(call, name);
	if (!text)
		return kh_fail(KH_E_USAGE, "%s %s: --%s is missing", call->program->name, call->verb->words, name);
	*ret = text;
	return 0;
}

static int only_top(struct kh_db *db, struct kh_unit *ret)
{
	int64_t tops = 0, id = 0;
	static const char tops_of[] = " FROM unit u WHERE u.to_s IS NULL"
				      " AND NOT EXISTS (SELECT 1 FROM unit_edge e WHERE e.child_id = u.id AND e.line = 'admin' AND e.to_s IS NULL)";
	kh_auto_free char *count = kh_format("SELECT COUNT(*)%s", tops_of), *first = kh_format("SELECT MIN(u.id)%s", tops_of);
	int r = kh_db_int(db, &tops, count);
	if (r == 0)
		r = kh_db_int(db, &id, first);
	if (r < 0)
		return r;
	if (tops > 1)
		return kh_fail(KH_E_USAGE, "there are %lld top units: say which", (long long)tops);
	return tops ? kh_unit_get(db, id, ret) : kh_fail(KH_E_UNKNOWN_UNIT, "there is no unit yet: khien-server init");
}

int kh_verb_unit(const struct kh_verb *v, const char *name, struct kh_unit *ret)
{
	const char *code = kh_cli_text(v->call, name);
	return code ? kh_unit_find(v->db, code, ret) : only_top(v->db, ret);
}

int kh_verb_scope(const struct kh_verb *v, struct kh_scope *place, const struct kh_scope **ret_scope)
{
	const char *code = kh_cli_text(v->call, "unit");
	kh_auto_unit struct kh_unit unit = {0};
	int r = code ? kh_unit_find(v->db, code, &unit) : 0;
	if (r < 0)
		return r;
	*place = (struct kh_scope){.unit_id = unit.id};
	*ret_scope = code ? place : NULL;
	return 0;
}

/* ---- printing ---- */

int kh_verb_list_of(struct kh_cli_call *call, kh_verb_rows rows, const enum kh_message *headings, size_t n)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_table struct kh_table table = {0};
	const bool json = kh_cli_flag(call, "json");
	kh_auto_free const char **texts = kh_alloc_array(n, sizeof *texts);
	for (size_t i = 0; i < n; i++)
		texts[i] = kh_text(call->language, headings[i]);
	kh_table_row(&table, texts, n);
	int r = kh_verb_open(call, &v);
	if (r == 0)
		r = rows(&v, json, &table);
	return r < 0 || json ? r : kh_table_print(&table);
}

char *kh_verb_command(const struct kh_cli_call *call, const char *verb)
{
	const char *config = kh_cli_text(call, "config"), *data = kh_cli_text(call, "data");
	return kh_format("%s %s%s%s%s%s", call->program->name, verb, config ? " --config " : "", config ? config : "", data ? " --data " : "", data ? data : "");
}

int kh_verb_say_mistakes(const struct kh_pack_mistakes *mistakes)
{
	for (size_t i = 0; i < mistakes->of.n; i++)
		fprintf(stderr, "%s\n", mistakes->of.v[i]);
	return mistakes->of.n ? kh_fail(KH_E_INVALID_CONFIG, "%zu mistakes in the packs, each on a line above", mistakes->of.n) : 0;
}

const char *kh_verb_time(int64_t s, char out[KH_ISO_SIZE])
{
	return s ? kh_time_local(s, out) : "-";
}
