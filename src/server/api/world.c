#include "server/api/world.h"

#include "base/error.h"
#include "base/settings.h"
#include "base/str.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "gen/facts.h"
#include "os/file.h"
#include "server/account/token.h"
#include "server/campaign/campaign.h"
#include "server/account/user.h"
#include "server/audit/audit.h"
#include "server/posture/posture.h"
#include "server/posture/synthetic.h"
#include "server/register/proof.h"
#include "server/unit/decision.h"

#include <curl/curl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- content --- */

static int64_t add_unit(struct kh_db *db, const char *code, const char *name, int64_t parent)
{
	int64_t id = 0;
	struct kh_unit_new unit = {.code = code, .name = name, .kind = "ward", .parent = {[KH_LINE_ADMIN] = parent}};
	ok(kh_unit_add(db, &unit, name, kh_now_s(), &id));
	return id;
}

static void add_machine(struct kh_db *db, int64_t unit, const char *prefix, int number, char *ret_uid)
{
	static uint64_t seed = 11;
	static int serial;
	kh_auto_free char *name = kh_format("%s-%d", prefix, number), *uid = kh_format("00000000-0000-4000-8000-%012d", ++serial);
	int64_t id = 0, now_s = kh_now_s();
	ok(kh_db_int(db, &id,
		     "INSERT INTO endpoint(uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s,"
		     " clock_offset_s, health) VALUES(?1, ?2, ?3, LOWER(?3), 'internet', 'Debian', 'active', ?1, '0.1.0', '192.0.2.1', ?4, ?4, 0, '{\"version\":\"0.1.0\"}')"
		     " RETURNING id",
		     uid, unit, name, now_s));
	for (size_t t = 0; t < KH_FACTS_COUNT; t++)
		ok(kh_synthetic_facts(db, id, kh_fact_tables[t].name, 3, now_s, &seed));
	ok(kh_db_run(db, "DELETE FROM fact_os WHERE endpoint_id = ?1", id));
	ok(kh_db_run(db, "INSERT INTO fact_os(endpoint_id, name, hostname, machine_class) VALUES(?1, ?2, ?2, 'server')", id, name));
	ok(kh_db_run(db, "UPDATE fact_state SET state = 'measured' WHERE endpoint_id = ?1 AND fact_table = 'os'", id));
	ok(kh_synthetic_facts(db, id, "scan", 1, now_s, &seed));
	ok(kh_synthetic_facts(db, id, "detection", 1, now_s, &seed));
	ok(kh_db_run(db, "UPDATE detection SET rule = ?2, path = ?2 WHERE endpoint_id = ?1", id, name));
	ok(kh_db_run(db, "INSERT INTO detection_change(detection_id, at_s, actor, state, note) SELECT id, found_s, ?2, state, ?2 FROM detection WHERE endpoint_id = ?1", id, name));
	ok(kh_db_run(db, "INSERT INTO content_state(endpoint_id, newest_s, error, said_s) VALUES(?1, ?2, ?3, ?2)", id, now_s, name));
	ok(kh_db_run(db, "INSERT INTO endpoint_order(endpoint_id, kind, args, created_s, created_by, expires_s, state) VALUES(?1, 'scan', '{}', ?2, ?3, ?2, 'done')",
		     id, now_s, name));
	ok(kh_db_run(db, "INSERT INTO certificate(serial, endpoint_id, key_hash, issued_s, expires_s) VALUES(?3, ?1, ?3, ?2, ?2)", id, now_s, name));
	ok(kh_posture_endpoint_changed(db, id, NULL, 0));
	memcpy(ret_uid, uid, strlen(uid) + 1);
}

static int64_t add_user(struct kh_db *db, int64_t unit, const char *name, const char *role, bool must_change)
{
	static struct kh_password password;
	struct kh_password_policy policy = KH_PASSWORD_POLICY_DEFAULT;
	int64_t id = 0;
	if (!password.hash)
		ok(kh_user_prepare_password(&policy, "someone", PASSWORD, false, &password));
	password.must_change = must_change;
	struct kh_user_new user = {.name = name, .full_name = kh_starts_with(name, "kia") ? MARK : name, .role = role, .language = "vi", .unit_id = unit};
	ok(kh_user_add(db, &user, &password, kh_starts_with(name, "kia") ? MARK : name, kh_now_s(), &id));
	return id;
}

static int64_t add_token(struct kh_db *db, int64_t unit, const char *actor)
{
	struct kh_token_new token = {.unit_id = unit, .uses = 3, .life_s = KH_DAY_S};
	char secret[KH_TOKEN_SIZE];
	int64_t id = 0;
	ok(kh_token_create(db, &token, actor, kh_now_s(), secret, &id));
	return id;
}

static int64_t add_campaign(struct kh_db *db, int64_t unit, const char *name, const char *actor)
{
	int64_t id = 0, now_s = kh_now_s();
	ok(kh_campaign_create(db, &(struct kh_campaign_new){.unit_id = unit, .name = name, .scan = "full", .deadline_s = now_s + KH_DAY_S}, actor, now_s, &id));
	return id;
}

/* Takes the fields over. */
static int64_t add_record(struct kh_db *db, enum kh_register_id reg, int64_t unit, const char *actor, json_t *fields)
{
	struct kh_record_by by = {.actor = actor, .now_s = kh_now_s()};
	int64_t id = 0;
	assert_non_null(fields);
	ok(kh_record_create(db, &kh_registers[reg], unit, fields, &by, &id));
	json_decref(fields);
	return id;
}

static int64_t add_file(struct kh_db *db, const struct world *w, enum kh_register_id reg, int64_t record, const char *name)
{
	struct kh_record_by by = {.actor = name, .now_s = kh_now_s()};
	char sha256[KH_SHA256_HEX_SIZE];
	int64_t id = 0;
	ok(kh_proof_store(w->server->data_dir, name, strlen(name), sha256));
	ok(kh_proof_add(db, &kh_registers[reg], record, &(struct kh_proof_new){"photo", name, (int64_t)strlen(name), sha256}, &by, &id));
	return id;
}

static void add_staff(struct kh_db *db, int64_t unit, const char *name, int64_t user)
{
	(void)add_record(db, KH_REGISTER_STAFF, unit, name, json_pack("{s:s, s:s, s:I}", "full_name", name, "position", "worker", "login", (json_int_t)user));
}

static int64_t add_attempt(struct kh_db *db, const struct place *at)
{
	int64_t id = 0;
	ok(kh_db_int(db, &id,
		     "INSERT INTO quiz_attempt(quiz_id, person_id, unit_id, started_s, questions) SELECT ?1, p.id, ?2, ?3, '[]' FROM reg_staff p WHERE p.login = ?4 RETURNING id", at->quiz,
		     at->unit_id, kh_now_s(), at->user));
	return id;
}

/* Records of registers that have routes of their own; what units below read too (dispatches, quizzes, campaigns) is called `shared`. */
static void add_records(struct kh_db *db, const struct world *w, struct place *at, const char *name, const char *shared)
{
	int64_t unit = at->unit_id;
	kh_auto_free char *url = kh_format("https://%s.example.vn/", at->unit);
	at->record = add_record(db, KH_REGISTER_REPAIR_SLIP, unit, name, json_pack("{s:s, s:s, s:s, s:s, s:s}", "number", name, "device", name, "shop", name, "disk", "removed", "out_on", "2026-01-02"));
	at->file = add_file(db, w, KH_REGISTER_REPAIR_SLIP, at->record, name);
	at->incident = add_record(db, KH_REGISTER_INCIDENT, unit, name, json_pack("{s:s, s:s, s:s, s:I}", "title", name, "group_of", "malware", "severity", "low", "t0_s", (json_int_t)kh_now_s()));
	(void)add_file(db, w, KH_REGISTER_INCIDENT, at->incident, name);
	at->portal = add_record(db, KH_REGISTER_PORTAL, unit, name, json_pack("{s:s, s:s, s:s}", "name", name, "url", url, "label", "none"));
	at->alarm = add_record(db, KH_REGISTER_PORTAL_ALARM, unit, name,
			       json_pack("{s:I, s:s, s:I, s:s}", "portal", (json_int_t)at->portal, "kind", "down", "seen_s", (json_int_t)kh_now_s(), "detail", name));
	at->dispatch = add_record(db, KH_REGISTER_DISPATCH, unit, shared, json_pack("{s:s, s:s, s:s, s:s}", "number", shared, "dated_on", "2026-01-02", "issuer", shared, "abstract", shared));
	at->quiz = add_record(db, KH_REGISTER_QUIZ, unit, shared, json_pack("{s:s, s:s, s:i, s:i}", "title", shared, "topic", "general", "questions", 1, "pass_mark", 50));
	at->assessment = add_record(db, KH_REGISTER_LAN_ASSESSMENT, unit, name, json_pack("{s:s, s:s}", "assessed_on", "2026-01-02", "assessor", name));
	at->system = add_record(db, KH_REGISTER_INFORMATION_SYSTEM, unit, name, json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "name", name, "kind", "internal", "owner", name, "level", 2, "dossier", "none", "measures", "none"));
	at->device = add_record(db, KH_REGISTER_DEVICE, unit, name, json_pack("{s:s, s:s, s:s, s:s}", "name", name, "kind", "firewall", "purpose", "internal", "serial", name));
	add_staff(db, unit, name, at->user);
	at->attempt = add_attempt(db, at);
}

static int64_t add_decision(struct kh_db *db, const struct world *w, int64_t unit, const char *name)
{
	char sha256[KH_SHA256_HEX_SIZE];
	int64_t id = 0;
	ok(kh_proof_store(w->server->data_dir, name, strlen(name), sha256));
	struct kh_unit_decision_new decision = {.unit_id = unit, .number = name, .decided_on = "2026-01-02", .file_name = name, .sha256 = sha256, .size = (int64_t)strlen(name)};
	ok(kh_unit_decision_add(db, &decision, name, kh_now_s(), &id));
	return id;
}

static void add_place(struct kh_db *db, struct world *w, enum side side, const char *name, const char *shared)
{
	struct place *at = &w->at[side];
	at->token = add_token(db, at->unit_id, name);
	at->campaign = add_campaign(db, at->unit_id, shared, shared);
	ok(kh_db_int(db, &at->detection, "SELECT MAX(d.id) FROM detection d JOIN endpoint e ON e.id = d.endpoint_id WHERE e.uid = ?1", at->endpoint));
	at->decision = add_decision(db, w, at->unit_id, name);
	add_records(db, w, at, name, shared);
}

static void add_users(struct kh_db *db, struct world *w)
{
	static const char *const roles[] = {"admin", "officer", "leader", "police", "viewer"};
	for (size_t i = 0; i < KH_COUNT(roles); i++) {
		kh_auto_free char *name = kh_format("nha-%s", roles[i]);
		int64_t id = add_user(db, w->at[OWN].unit_id, name, roles[i], false);
		if (kh_streq(roles[i], "leader"))
			w->at[OWN].user = id;
		else
			add_staff(db, w->at[OWN].unit_id, name, id);
	}
	(void)add_user(db, w->at[OWN].unit_id, "nha-new", "admin", true);
	w->at[BELOW].user = add_user(db, w->at[BELOW].unit_id, "truong-viewer", "viewer", false);
	w->at[BESIDE].user = add_user(db, w->at[BESIDE].unit_id, "kia-admin", "admin", false);
	w->at[ABOVE].user = add_user(db, 1, "tinh-admin", "admin", false);
}

static void add_units(struct kh_db *db, struct world *w)
{
	int64_t nha = add_unit(db, "xa-nha", "Xã Nhà", 1), kia = add_unit(db, "xa-kia", "Xã " MARK, 1);
	int64_t nha_school = add_unit(db, "truong-nha", "Trường Nhà", nha), kia_school = add_unit(db, "truong-kia", "Trường " MARK, kia);
	w->at[OWN] = (struct place){.unit = "xa-nha", .unit_id = nha};
	w->at[BELOW] = (struct place){.unit = "truong-nha", .unit_id = nha_school};
	w->at[BESIDE] = (struct place){.unit = "xa-kia", .unit_id = kia};
	w->at[ABOVE] = (struct place){.unit = "tinh", .unit_id = 1};
	add_machine(db, nha, "NHA", 1, w->at[OWN].endpoint);
	add_machine(db, kia, MARK, 1, w->at[BESIDE].endpoint);
	char other[40];
	for (int i = 2; i <= 3; i++) {
		add_machine(db, nha_school, "NHA", i, w->at[BELOW].endpoint);
		add_machine(db, kia_school, MARK, i, other);
	}
	add_machine(db, 1, MARK_ABOVE, 1, w->at[ABOVE].endpoint);
}

/* A document marked secret on each machine, everywhere the same. */
static void add_secrets(struct kh_db *db)
{
	ok(kh_db_run(db, "INSERT INTO fact_secret_documents(endpoint_id, case_id, level, sha256, place, state, found_s, since_s) SELECT id, uid, 'mat', 'ab', 'desktop', 'found', ?1, ?1 FROM endpoint", kh_now_s()));
	ok(kh_db_run(db, "INSERT INTO event(endpoint_id, at_ms, category, action, body) SELECT id, 1, 'secrecy', 'secret_found', '{\"khien\":{\"case\":\"' || uid || '\"}}' FROM endpoint"));
}

static int fill(struct kh_db *db, void *arg)
{
	struct world *w = arg;
	add_units(db, w);
	add_secrets(db);
	add_users(db, w);
	add_place(db, w, OWN, "nha-leader", "nha-leader");
	add_place(db, w, BELOW, "truong-viewer", "truong-viewer");
	add_place(db, w, BESIDE, MARK, MARK);
	add_place(db, w, ABOVE, MARK_ABOVE, "Của tỉnh");
	ok(kh_audit_append(db, &(struct kh_audit){.actor = MARK, .unit_id = w->at[BESIDE].unit_id, .action = KH_AUDIT_ACTION_USER_ADD, .target = MARK, .detail = MARK}));
	return kh_audit_append(db, &(struct kh_audit){.actor = MARK, .action = KH_AUDIT_ACTION_USER_ADD, .target = MARK, .detail = "about no unit"});
}

/* --- the server --- */

static void write_file(const struct world *w, const char *name, const char *text)
{
	kh_auto_free char *path = kh_format("%s/%s", w->dir, name);
	ok(kh_file_replace(path, text, strlen(text), 0644));
}

static void open_server(struct world *w)
{
	static struct kh_server_settings settings;
	struct kh_server_made made = {0};
	struct kh_server_first first = {.unit_name = "Tỉnh", .unit_code = "tinh", .unit_kind = "province"};
	kh_auto_free char *data = kh_format("%s/data", w->dir), *web = kh_format("%s/web", w->dir), *packs = kh_format("%s/packs", getenv("KHIEN_SOURCE"));
	kh_settings_init(&settings, kh_server_settings_table, KH_SERVER_SETTINGS_COUNT);
	ok(kh_settings_set(&settings, kh_server_settings_table, KH_SERVER_SETTINGS_COUNT, "data", data));
	ok(kh_settings_set(&settings, kh_server_settings_table, KH_SERVER_SETTINGS_COUNT, "web", web));
	ok(kh_settings_set(&settings, kh_server_settings_table, KH_SERVER_SETTINGS_COUNT, "packs", packs));
	ok(kh_settings_set(&settings, kh_server_settings_table, KH_SERVER_SETTINGS_COUNT, "names", "localhost"));
	ok(kh_server_create(&settings, &first, &made, &w->server));
	kh_server_made_done(&made);
}

static void listen_on(struct world *w)
{
	struct kh_http_server_options options = {.address = "127.0.0.1", .certificate_pem = w->server->tls_certificate, .key_pem = w->server->tls_key, .threads = 1,
						 .workers = 2};
	ok(kh_api_new(w->server, &w->api));
	struct kh_http_handler handler = {.app = w->api, .begin = kh_api_begin, .handle = kh_api_handle};
	ok(kh_http_server_new(&options, &handler, &w->http));
	w->port = kh_http_server_port(w->http);
}

int world_setup(void **state)
{
	struct world *w = kh_alloc(sizeof *w);
	memcpy(w->dir, "/tmp/khien-test-XXXXXX", sizeof "/tmp/khien-test-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	kh_auto_free char *web = kh_format("%s/web", w->dir), *assets = kh_format("%s/web/assets", w->dir);
	assert_int_equal(mkdir(web, 0700), 0);
	assert_int_equal(mkdir(assets, 0700), 0);
	write_file(w, "web/index.html", "<!doctype html><title>Khiên</title>");
	write_file(w, "web/assets/index-4f3a9c21.js", "console.log(1)");
	write_file(w, "secret", "outside of the console");
	open_server(w);
	ok(kh_store_write(w->server->store, fill, w));
	listen_on(w);
	w->curl = curl_easy_init();
	*state = w;
	return 0;
}

int world_teardown(void **state)
{
	struct world *w = *state;
	curl_easy_cleanup(w->curl);
	kh_http_server_free(w->http);
	kh_api_free(w->api);
	kh_server_free(w->server);
	int r = kh_test_remove(w->dir);
	free(w);
	return r;
}

/* --- asking --- */

void reply_done(struct reply *r)
{
	kh_buf_done(&r->head);
	kh_buf_done(&r->body);
}

static size_t receive(char *bytes, size_t size, size_t n, void *buf)
{
	kh_buf_add(buf, bytes, size * n);
	return size * n;
}

static struct curl_slist *headers_of(const struct ask *a)
{
	struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
	kh_auto_free char *cookie = a->cookie ? kh_format("Cookie: %s", a->cookie) : NULL;
	if (cookie)
		list = curl_slist_append(list, cookie);
	if (!a->bare)
		list = curl_slist_append(list, "X-Khien: 1");
	return a->header ? curl_slist_append(list, a->header) : list;
}

/* Nothing is verified: who the server is, is not asked here. */
void world_ask(const struct world *w, const struct ask *a, struct reply *ret)
{
	kh_auto_free char *url = kh_format("https://127.0.0.1:%u%s", w->port, a->path);
	struct curl_slist *headers = headers_of(a);
	CURL *curl = w->curl; /* keeps its connection */
	long status = 0;
	*ret = (struct reply){0};
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, receive);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &ret->head);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &ret->body);
	if (a->body)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, a->body);
	if (a->method && kh_streq(a->method, "HEAD"))
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else if (a->method)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, a->method);
	assert_int_equal(curl_easy_perform(curl), CURLE_OK);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	ret->status = (int)status;
	curl_slist_free_all(headers);
}

json_t *world_json(const struct world *w, const struct ask *a, int status)
{
	auto_reply struct reply r = {0};
	json_t *json = NULL;
	world_ask(w, a, &r);
	if (r.status != status)
		fail_msg("%s %s: %d, expected %d: %s", a->method ? a->method : "GET", a->path, r.status, status, kh_buf_text(&r.body));
	if (r.body.len)
		ok(kh_json_parse(kh_buf_text(&r.body), r.body.len, &json));
	return json;
}

char *world_login(const struct world *w, const char *name)
{
	auto_reply struct reply r = {0};
	kh_auto_free char *body = kh_format("{\"name\":\"%s\",\"password\":\"" PASSWORD "\"}", name);
	world_ask(w, &(struct ask){.path = "/api/v1/session", .body = body}, &r);
	if (r.status != 200)
		fail_msg("login %s: %d %s", name, r.status, kh_buf_text(&r.body));
	const char *cookie = kh_find_nocase(kh_buf_text(&r.head), "set-cookie: ");
	assert_non_null(cookie);
	cookie += strlen("set-cookie: ");
	return kh_strndup(cookie, strcspn(cookie, ";"));
}

static int run(struct kh_db *db, void *sql)
{
	return kh_db_script(db, sql);
}

void world_sql(const struct world *w, const char *sql)
{
	kh_auto_free char *copy = kh_strdup(sql);
	ok(kh_store_write(w->server->store, run, copy));
}

int64_t world_number(const struct world *w, const char *sql)
{
	struct kh_db *db = NULL;
	int64_t n = -1;
	ok(kh_store_reader(w->server->store, &db));
	ok(kh_db_int(db, &n, sql));
	return n;
}
