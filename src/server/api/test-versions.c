/* Two people at the same thing: who saw it before the other changed it is told, and nothing is overwritten. Every route that changes something stands here, with the version it wants or with
 * the reason why it needs none; a new one fails until it does. */
#include "server/api/route_ask.h"

#include "base/str.h"

static const struct unversioned {
	const char *route, *why;
} unversioned[] = {
	{"login", "begins a session of one's own"},
	{"logout", "ends it"},
	{"me_set_password", "wants the present password, which is the version"},
	{"me_set_language", "a choice of one's own account: the last one counts"},
	{"user_add", "adds; a name that is taken is refused"},
	{"unit_add", "adds; a code that is taken is refused"},
	{"unit_decision_add", "adds"},
	{"token_create", "adds"},
	{"token_revoke", "one way; done twice it is done"},
	{"campaign_create", "adds"},
	{"campaign_close", "one way; a second time is refused by its state"},
	{"endpoint_order", "adds an order"},
	{"dispatch_send", "makes the rows that are not there yet"},
	{"system_checklist", "makes the rows that are not there yet"},
	{"quiz_start", "one's own attempt"},
	{"quiz_answer", "one's own attempt, once"},
	{"incident_report", "adds"},
	{"incident_suspend", "one way, at once whatever others write into the incident meanwhile; a second time is refused by its state"},
	{"incident_release", "one way, wants a check that was passed since; a second time is refused by its state"},
	{"incident_hand_over", "adds"},
	{"portal_fetch", "asks for a look, changes nothing that people write"},
	{"botnet_import", "adds; a row that is there is not made twice"},
	{"firewall_import", "what the device has now takes the place of what it had"},
	{"neighbours_import", "what was seen is added to what was seen"},
	{"record_create", "adds"},
	{"record_file_add", "adds"},
	{"record_file_remove", "names one file, which never changes and stays as evidence; one that proves a finished move is refused"},
	{"record_import", "the file says what is to be, and the dry run what it would change"},
};

/* `where` follows "UPDATE <table> SET version = version + 1 WHERE"; %lld and %s of the body are the version. */
static const struct versioned {
	const char *route, *table, *where;
	enum side side;
	const char *body;
	int status; /* of the same with the present version; 0: whatever, but not stale */
} versioned[] = {
	{"unit_rename", "unit", "code = 'xa-nha'", OWN, "{\"name\": \"Xã Nhà Mới\", \"version\": %lld}", 200},
	{"unit_move", "unit", "code = 'xa-nha'", OWN, "{\"line\": \"police\", \"parent\": \"xa-kia\", \"decision\": %lld, \"version\": %lld}", 200},
	{"unit_split", "unit", "code = 'xa-nha'", OWN, "{\"parts\": [{\"name\": \"Xã Mới\", \"kind\": \"ward\"}], \"decision\": %lld, \"version\": %lld}", 200},
	{"unit_end", "unit", "code = 'xa-nha'", OWN, "{\"decision\": %lld, \"version\": %lld}", 409 /* it has machines */},
	{"endpoint_set_role", "endpoint", "uid = '%s'", OWN, "{\"role\": \"internal\", \"version\": %lld}", 200},
	{"endpoint_move", "endpoint", "uid = '%s'", OWN, "{\"unit\": \"xa-kia\", \"version\": %lld}", 200},
	{"endpoint_revoke", "endpoint", "uid = '%s'", OWN, "{\"reason\": \"thu\", \"version\": %lld}", 200},
	{"user_set_disabled", "app_user", "id = %lld", OWN, "{\"disabled\": true, \"version\": %lld}", 200},
	{"user_reset_password", "app_user", "id = %lld", OWN, "{\"version\": %lld}", 200},
	{"detection_decide", "detection", "id = %lld", OWN, "{\"state\": \"false_alarm\", \"note\": \"thu\", \"version\": %lld}", 200},
	{"record_change", "reg_repair_slip", "id = %lld", OWN, "{\"fields\": {\"number\": \"moi\"}, \"version\": %lld}", 200},
	{"record_move", "reg_repair_slip", "id = %lld", OWN, "{\"move\": \"take_back\", \"version\": %lld}", 0},
	{"record_move_many", "reg_repair_slip", "id = %lld", OWN, "{\"move\": \"take_back\", \"records\": [{\"id\": %lld, \"version\": %lld}]}", 200},
	{"lan_assessment_fill", "reg_lan_assessment", "id = %lld", OWN, "{\"assessment\": %lld, \"version\": %lld}", 0},
	{"unit_merge", "unit", "code = 'xa-nha'", OWN, "{\"into\": \"xa-kia\", \"decision\": %lld, \"version\": %lld}", 200},
};

static const struct kh_api_route *route_of(const char *name)
{
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++)
		if (kh_streq(kh_api_routes[i].name, name))
			return &kh_api_routes[i];
	return NULL;
}

static size_t rows_of(const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < KH_COUNT(unversioned); i++)
		n += kh_streq(unversioned[i].route, name);
	for (size_t i = 0; i < KH_COUNT(versioned); i++)
		n += kh_streq(versioned[i].route, name);
	return n;
}

static void test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++)
		if (rows_of(kh_api_routes[i].name) != (route_reads(&kh_api_routes[i]) ? 0 : 1))
			fail_msg("%s: say in test-versions.c which version it wants, or why none", kh_api_routes[i].name);
	for (size_t i = 0; i < KH_COUNT(unversioned); i++)
		assert_true(route_of(unversioned[i].route) && *unversioned[i].why && !route_has(route_of(unversioned[i].route)->body, "version"));
	for (size_t i = 0; i < KH_COUNT(versioned); i++)
		assert_true(route_of(versioned[i].route) && (route_has(route_of(versioned[i].route)->body, "version") || route_has(route_of(versioned[i].route)->body, "records")));
}

/* The number that "where" and the body name. */
static int64_t id_of(const struct world *w, const struct versioned *v)
{
	const struct place *at = &w->at[v->side];
	return kh_streq(v->table, "unit") ? at->decision : kh_streq(v->table, "app_user") ? at->user : kh_streq(v->table, "detection") ? at->detection : kh_streq(v->table, "reg_lan_assessment") ? at->assessment : at->record;
}

static char *where_of(const struct world *w, const struct versioned *v)
{
	kh_auto_free char *id = kh_format("%lld", (long long)id_of(w, v));
	const char *place = strchr(v->where, '%'), *what = kh_streq(v->table, "endpoint") ? w->at[v->side].endpoint : id;
	return place ? kh_format("%.*s%s%s", (int)(place - v->where), v->where, what, kh_starts_with(place, "%s") ? place + 2 : place + 4) : kh_strdup(v->where);
}

/* The last %lld is the version, one before it the id. */
static char *body_of(const struct world *w, const struct versioned *v, int64_t version)
{
	struct kh_buf body = KH_BUF_INIT;
	for (const char *c = v->body, *next = NULL; *c; c = next) {
		const char *place = strstr(c, "%lld");
		next = place ? place + 4 : c + strlen(c);
		kh_buf_addf(&body, "%.*s", (int)((place ? place : next) - c), c);
		if (place)
			kh_buf_addf(&body, "%lld", (long long)(strstr(next, "%lld") ? id_of(w, v) : version));
	}
	return kh_buf_take(&body);
}

static void ask(const struct world *w, const struct versioned *v, int64_t version, const char *cookie, struct reply *ret)
{
	const struct kh_api_route *route = route_of(v->route);
	kh_auto_free char *path = route_path(w, route, v->side), *body = body_of(w, v, version);
	world_ask(w, &(struct ask){.method = route->method, .path = path, .body = body, .cookie = cookie}, ret);
}

static int64_t version_of(const struct world *w, const struct versioned *v, const char *where)
{
	kh_auto_free char *sql = kh_format("SELECT version FROM %s WHERE %s", v->table, where);
	return world_number(w, sql);
}

static void test_stale(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "tinh-admin");
	world_sql(w, "UPDATE campaign SET closed_s = 1"); /* or no unit is merged */
	for (size_t i = 0; i < KH_COUNT(versioned); i++) {
		const struct versioned *v = &versioned[i];
		auto_reply struct reply late = {0}, fresh = {0};
		kh_auto_free char *where = where_of(w, v), *other = kh_format("UPDATE %s SET version = version + 1 WHERE %s", v->table, where);
		int64_t seen = version_of(w, v, where);
		world_sql(w, other); /* somebody else was quicker */
		int64_t before = world_number(w, "PRAGMA data_version");
		ask(w, v, seen, cookie, &late);
		bool each = kh_streq(v->route, "record_move_many"); /* answers for each record */
		if (late.status != (each ? 200 : 409) || !strstr(kh_buf_text(&late.body), "stale_version"))
			fail_msg("%s of a version that is over: %d %s", v->route, late.status, kh_buf_text(&late.body));
		if (!each)
			assert_int_equal(world_number(w, "PRAGMA data_version"), before);
		assert_int_equal(version_of(w, v, where), seen + 1);

		ask(w, v, seen + 1, cookie, &fresh);
		if ((v->status && fresh.status != v->status) || strstr(kh_buf_text(&fresh.body), "stale_version"))
			fail_msg("%s of the present version: %d %s", v->route, fresh.status, kh_buf_text(&fresh.body));
		if (v->status == 200 && !each)
			assert_true(version_of(w, v, where) > seen + 1); /* who still has that one is told next time */
	}
}

KH_TESTS_WITH(world_setup, world_teardown, test_whole, test_stale)
