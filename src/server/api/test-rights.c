/* Who may what about whose: role × route × unit, as data. Each route is asked by every role of xa-nha about what belongs to its own unit, to the one below, to the one beside and to
 * the one above. A route that is new fails here until it has its row. */
#include "server/api/route_ask.h"

#include "base/str.h"
#include "gen/registers.h"

static const char *const roles[] = {"admin", "officer", "leader", "police", "viewer"};

/* A letter for each role, in this order: + may (whatever else is wrong with the request), - has not the right (403), 0 sees no such thing (404). A route that names nothing of a unit has
 * the first column alone. A list that is chosen by a record, and the result of each of many, are + and empty. */
static const struct row {
	const char *route, *of[SIDES]; /* own, below, beside, above */
} table[] = {
	{"logout",               {"+++++"}},
	{"status",               {"+++++"}},
	{"me",                   {"+++++"}},
	{"me_set_password",      {"+++++"}},
	{"me_set_language",      {"+++++"}},
	{"user_list",            {"+----", "+----", "0----", "0----"}},
	{"user_add",             {"+----", "+----", "0----", "0----"}},
	{"user_set_disabled",    {"+----", "+----", "0----", "0----"}},
	{"user_reset_password",  {"+----", "+----", "0----", "0----"}},
	{"notice_list",          {"+++++", "+++++", "+++++", "+++++"}},
	{"campaign_list",        {"+++++", "+++++", "00000", "00000"}},
	{"campaign_create",      {"++---", "++---", "00---", "00---"}},
	{"campaign_show",        {"+++++", "+++++", "00000", "00000"}},
	{"campaign_units",       {"+++++", "+++++", "00000", "00000"}},
	{"campaign_machines",    {"+++++", "+++++", "00000", "00000"}},
	{"campaign_close",       {"++---", "++---", "00---", "-----"}},
	{"content_show",         {"+++++", "+++++", "00000", "00000"}},
	{"content_machines",     {"+++++", "+++++", "00000", "00000"}},
	{"detection_list",       {"++++-", "++++-", "0000-", "0000-"}},
	{"detection_show",       {"++++-", "++++-", "0000-", "0000-"}},
	{"detection_decide",     {"++---", "++---", "00---", "00---"}},
	{"detection_weeks",      {"+++++", "+++++", "00000", "00000"}},
	{"secret_case_list",     {"++++-", "++++-", "0000-", "0000-"}},
	{"secret_case_show",     {"++++-", "++++-", "0000-", "0000-"}},
	{"secret_case_units",    {"+++++", "+++++", "00000", "00000"}},
	{"secret_case_weeks",    {"+++++", "+++++", "00000", "00000"}},
	{"directive_list",       {"+++++", "+++++", "00000", "00000"}},
	{"directive_show",       {"+++++", "+++++", "00000", "00000"}},
	{"directive_units",      {"+++++", "+++++", "00000", "00000"}},
	{"directive_report",     {"++++-", "++++-", "0000-", "0000-"}},
	{"law_list",             {"+++++"}},
	{"dispatch_send",        {"++---", "++---", "00---", "-----"}},
	{"holiday_report",       {"+++++", "+++++", "00000", "00000"}},
	{"quiz_start",           {"+++++", "+++++", "00000", "+++++"}},
	{"quiz_answer",          {"00+00", "00000", "00000", "00000"}},
	{"lan_assessment_fill",  {"++---", "++---", "00---", "00---"}},
	{"system_checklist",     {"++---", "++---", "00---", "00---"}},
	{"endpoint_list",        {"+++++", "+++++", "00000", "00000"}},
	{"endpoint_show",        {"+++++", "+++++", "00000", "00000"}},
	{"endpoint_facts",       {"++++-", "++++-", "0000-", "0000-"}},
	{"endpoint_control_rows",{"++++-", "++++-", "0000-", "0000-"}},
	{"endpoint_detections",  {"++++-", "++++-", "0000-", "0000-"}},
	{"endpoint_orders",      {"+++++", "+++++", "00000", "00000"}},
	{"endpoint_order",       {"++---", "++---", "00---", "00---"}},
	{"endpoint_set_role",    {"++---", "++---", "00---", "00---"}},
	{"endpoint_move",        {"++---", "++---", "00---", "00---"}},
	{"endpoint_revoke",      {"++---", "++---", "00---", "00---"}},
	{"incident_report",      {"+++++"}},
	{"incident_suspend",     {"++---", "++---", "00---", "00---"}},
	{"incident_release",     {"++---", "++---", "00---", "00---"}},
	{"incident_form",        {"+++++", "+++++", "00000", "00000"}},
	{"incident_document",    {"+++++", "+++++", "00000", "00000"}},
	{"incident_evidence",    {"+++++", "+++++", "00000", "00000"}},
	{"incident_hand_over",   {"++---", "++---", "00---", "00---"}},
	{"botnet_import",        {"++---", "++---", "00000", "00000"}},
	{"firewall_import",      {"++---", "++---", "00000", "00000"}},
	{"neighbours_import",    {"++---", "++---", "00000", "00000"}},
	{"portal_list",          {"+++++", "+++++", "00000", "00000"}},
	{"portal_show",          {"+++++", "+++++", "00000", "00000"}},
	{"portal_fetch",         {"++---", "++---", "00---", "00---"}},
	{"portal_alarm",         {"+++++", "+++++", "00000", "00000"}},
	{"control_list",         {"+++++"}},
	{"unit_posture",         {"+++++", "+++++", "00000", "00000"}},
	{"unit_posture_history", {"+++++", "+++++", "00000", "00000"}},
	{"unit_comparison",      {"+++++", "+++++", "00000", "00000"}},
	{"control_rows",         {"++++-", "++++-", "0000-", "0000-"}},
	{"unit_figures",         {"+++++", "+++++", "00000", "00000"}},
	{"figure_history",       {"+++++", "+++++", "00000", "00000"}},
	{"register_list",        {"+++++"}},
	{"register_counts",      {"+++++", "+++++", "00000", "00000"}},
	{"record_list",          {"+++++", "+++++", "00000", "00000"}},
	{"record_create",        {"++---", "++---", "00000", "00000"}},
	{"record_show",          {"+++++", "+++++", "00000", "00000"}},
	{"record_change",        {"++---", "++---", "00000", "00000"}},
	{"record_move",          {"++---", "++---", "00000", "00000"}},
	{"record_history",       {"+++++", "+++++", "00000", "00000"}},
	{"record_choices",       {"+++++", "+++++", "00000", "00000"}},
	{"record_move_many",     {"+++++", "+++++", "+++++", "+++++"}},
	{"record_file_add",      {"++---", "++---", "00000", "00000"}},
	{"record_file_get",      {"+++++", "+++++", "00000", "00000"}},
	{"record_file_remove",   {"++---", "++---", "00000", "00000"}},
	{"record_export",        {"+++++", "+++++", "00000", "00000"}},
	{"record_template",      {"+++++"}},
	{"record_import",        {"++---", "++---", "00000", "00000"}},
	{"report_templates",     {"+++++"}},
	{"report_file",          {"++++-", "++++-", "0000-", "0000-"}},
	{"report_preview",       {"++++-", "++++-", "0000-", "0000-"}},
	{"audit_list",           {"+--+-"}},
	{"about",                {"+++++"}},
	{"token_list",           {"++---", "++---", "00---", "00---"}},
	{"token_create",         {"++---", "++---", "00---", "00---"}},
	{"token_revoke",         {"++---", "++---", "00---", "00---"}},
	{"unit_list",            {"+++++"}},
	{"unit_show",            {"+++++", "+++++", "00000", "00000"}},
	{"unit_standing",        {"+++++", "+++++", "00000", "00000"}},
	{"unit_add",             {"+----", "+----", "0----", "0----"}},
	{"unit_rename",          {"+----", "+----", "0----", "0----"}},
	{"unit_move",            {"-----", "+----", "0----", "0----"}},
	{"unit_merge",           {"-----", "+----", "0----", "0----"}},
	{"unit_end",             {"-----", "+----", "0----", "0----"}},
	{"unit_split",           {"-----", "+----", "0----", "0----"}},
	{"unit_holdings",        {"+----", "+----", "0----", "0----"}},
	{"unit_decision_add",    {"+----", "+----", "0----", "0----"}},
	{"unit_decision_file",   {"+++++", "+++++", "00000", "00000"}},
};

/* Whoever can reach the server. */
static const char *const open_routes[] = {"login", "openapi", "healthz", "readyz", "metrics", NULL};

static const struct row *row_of(const char *route)
{
	for (size_t i = 0; i < KH_COUNT(table); i++)
		if (kh_streq(table[i].route, route))
			return &table[i];
	return NULL;
}

static const struct kh_api_route *route_of(const char *name)
{
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++)
		if (kh_streq(kh_api_routes[i].name, name))
			return &kh_api_routes[i];
	return NULL;
}

static bool is_open(const char *route)
{
	for (const char *const *name = open_routes; *name; name++)
		if (kh_streq(*name, route))
			return true;
	return false;
}

/* Every route stands here once, and nothing else does. */
static void test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++) {
		const struct kh_api_route *route = &kh_api_routes[i];
		const struct row *row = row_of(route->name);
		if (route->login == is_open(route->name) || route->login != (row != NULL))
			fail_msg("%s: say in the table of test-rights.c who may what", route->name);
		for (size_t side = 0; row && side < SIDES; side++)
			if ((side == 0 || route_names(route)) != (row->of[side] != NULL))
				fail_msg("%s: has columns for the wrong units", route->name);
	}
	for (size_t i = 0; i < KH_COUNT(table); i++)
		if (!route_of(table[i].route) || row_of(table[i].route) != &table[i])
			fail_msg("%s: no such route, or it stands here twice", table[i].route);
}

static char letter_of(int status)
{
	return status == 404 ? '0' : status == 403 ? '-' : status >= 200 && status < 500 && status != 401 && status != 405 ? '+' : '!';
}

/* Changes when anybody commits anything. */
static int64_t commits(const struct world *w)
{
	return world_number(w, "PRAGMA data_version");
}

static void expect(const struct world *w, const struct row *row, enum side side, size_t role, const char *cookie)
{
	static const char *const sides[] = {"its own unit", "the unit below", "the unit beside", "the unit above"};
	auto_reply struct reply r = {0};
	int64_t before = commits(w);
	route_ask(w, route_of(row->route), side, true, cookie, &r);
	const char *text = kh_buf_text(&r.body);
	if (letter_of(r.status) != row->of[side][role])
		fail_msg("%s as %s about %s: %d instead of %c: %s", row->route, roles[role], sides[side], r.status, row->of[side][role], text);
	if (row->of[side][role] != '+' && commits(w) != before)
		fail_msg("%s as %s about %s: refused, and yet something was written", row->route, roles[role], sides[side]);
	if (strstr(text, MARK) || strstr(text, MARK_ABOVE))
		fail_msg("%s as %s about %s: shows what belongs to another unit: %s", row->route, roles[role], sides[side], text);
}

/* Changes with any row of the units beside and above. */
static uint64_t their_rows(const struct world *w)
{
	uint64_t sum = 0;
	kh_auto_free char *theirs = kh_format("unit_id IN (%lld, %lld)", (long long)w->at[BESIDE].unit_id, (long long)w->at[ABOVE].unit_id);
	for (const struct kh_register *reg = kh_registers; reg->name; reg++) {
		kh_auto_free char *sql = kh_format("SELECT COALESCE(SUM(version * 31 + LENGTH(state || search)), 0) + COUNT(*) FROM reg_%s WHERE %s", reg->name, theirs);
		sum = sum * 7 + (uint64_t)world_number(w, sql);
	}
	kh_auto_free char *rest = kh_format("SELECT (SELECT SUM(LENGTH(state || role || hostname)) FROM endpoint WHERE %1$s)"
					    " + (SELECT SUM(disabled * 7 + must_change * 11 + LENGTH(password_hash || role)) FROM app_user WHERE %1$s)"
					    " + (SELECT SUM(revoked * 13 + uses + used) FROM enrol_token WHERE %1$s) + (SELECT COUNT(*) + COUNT(closed_s) * 37 FROM campaign WHERE %1$s)"
					    " + (SELECT COUNT(*) * 17 FROM endpoint_order o JOIN endpoint e ON e.id = o.endpoint_id WHERE %1$s)"
					    " + (SELECT SUM(LENGTH(d.state) + d.changed_s) FROM detection d JOIN endpoint e ON e.id = d.endpoint_id WHERE %1$s)"
					    " + (SELECT COUNT(*) + COUNT(removed_s) * 3 FROM record_file WHERE register = 'repair_slip' AND record_id IN (SELECT id FROM reg_repair_slip WHERE %1$s))",
					    theirs);
	return sum * 7 + (uint64_t)world_number(w, rest);
}

/* Who may least begins: what an administrator does to the own unit changes what the others meet. */
static void test_rights(void **state)
{
	const struct world *w = *state;
	uint64_t before = their_rows(w);
	for (size_t role = KH_COUNT(roles); role-- > 0;) {
		kh_auto_free char *name = kh_format("nha-%s", roles[role]), *cookie = world_login(w, name), *last = world_login(w, name);
		for (size_t i = 0; i < KH_COUNT(table); i++)
			for (enum side side = 0; side < SIDES && table[i].of[side]; side++)
				expect(w, &table[i], side, role, route_ends_session(route_of(table[i].route)) ? last : cookie);
	}
	assert_true(their_rows(w) == before);
}

/* ---- names of what lies elsewhere ---- */

static void expect_hidden(const struct world *w, const char *cookie, const char *path, const char *word)
{
	auto_reply struct reply r = {0};
	world_ask(w, &(struct ask){.path = path, .cookie = cookie}, &r);
	const char *text = kh_buf_text(&r.body);
	if (r.status != 200 || strstr(text, MARK) || strstr(text, MARK_ABOVE) || (word && !strstr(text, word)))
		fail_msg("%s: %d %s", path, r.status, text);
}

/* A machine that an incident names has gone to the other commune, and has a new name there. */
static void test_moved_away(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-officer");
	kh_auto_free char *path = kh_format("/api/v1/registers/incident/records/%lld", (long long)w->at[OWN].incident), *history = kh_format("%s/history", path);
	kh_auto_free char *away = kh_format("INSERT INTO endpoint(uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s, clock_offset_s)"
					    " VALUES('di', %lld, '" MARK "-di', '', 'internal', '', 'active', '', '', '', 0, 0, 0);"
					    "UPDATE reg_incident SET endpoint = (SELECT id FROM endpoint WHERE uid = 'di') WHERE id = %lld;"
					    "INSERT INTO record_change(register, record_id, at_s, actor, what, version, detail) SELECT 'incident', %lld, 1, 'system', 'change', 1, '{\"endpoint\": [null, ' || id || ']}'"
					    " FROM endpoint WHERE uid = 'di'",
					    (long long)w->at[BESIDE].unit_id, (long long)w->at[OWN].incident, (long long)w->at[OWN].incident);
	world_sql(w, away);
	expect_hidden(w, cookie, path, "(ở đơn vị khác)");
	expect_hidden(w, cookie, history, "(ở đơn vị khác)");
	expect_hidden(w, cookie, "/api/v1/registers/incident/records?sort=endpoint", "(ở đơn vị khác)");
	expect_hidden(w, cookie, "/api/v1/registers/incident/export?format=csv", NULL);
}

/* What is shared from above may name what is not. */
static void test_shared_from_above(void **state)
{
	const struct world *w = *state;
	kh_auto_free char *above = world_login(w, "tinh-admin"), *cookie = world_login(w, "nha-officer");
	kh_auto_free char *reviewer = kh_format("{\"fields\":{\"name\":\"Công ty\",\"service\":\"Bảo trì\",\"reviewer\":%lld}}",
						(long long)world_number(w, "SELECT id FROM reg_staff WHERE full_name = '" MARK_ABOVE "'"));
	json_decref(world_json(w, &(struct ask){.path = "/api/v1/registers/vendor/records", .body = reviewer, .cookie = above}, 200));
	expect_hidden(w, cookie, "/api/v1/registers/vendor/records?sort=reviewer", "(ở đơn vị khác)");
	expect_hidden(w, cookie, "/api/v1/registers/vendor/export?format=csv", "Công ty");
}

/* Who takes a quiz does not read the right choices. */
static void test_right_choices(void **state)
{
	const struct world *w = *state;
	static const char body[] = "{\"fields\":{\"question\":\"" MARK_ABOVE "\",\"topic\":\"general\",\"choice_1\":\"a\",\"choice_2\":\"b\",\"right_choice\":1}}";
	kh_auto_free char *above = world_login(w, "tinh-admin"), *viewer = world_login(w, "nha-viewer"), *officer = world_login(w, "nha-officer");
	json_decref(world_json(w, &(struct ask){.path = "/api/v1/registers/quiz_question/records", .body = body, .cookie = above}, 200));
	json_decref(world_json(w, &(struct ask){.path = "/api/v1/registers/quiz_question/records", .cookie = viewer}, 403));
	expect_hidden(w, officer, "/api/v1/registers/quiz_question/records", NULL);
}

/* Login names are offered to those who keep the register of staff, not to everybody who reads it. */
static void test_login_names(void **state)
{
	const struct world *w = *state;
	static const char path[] = "/api/v1/registers/staff/choices?field=login";
	kh_auto_free char *viewer = world_login(w, "nha-viewer"), *officer = world_login(w, "nha-officer");
	json_decref(world_json(w, &(struct ask){.path = path, .cookie = viewer}, 403));
	expect_hidden(w, officer, path, "nha-leader");
}

static int64_t given_count(const struct world *w, const char *user, const char *what, const char *first)
{
	kh_auto_free char *cookie = world_login(w, user);
	kh_auto_json json_t *detail = world_json(w, &(struct ask){.path = "/api/v1/units/xa-nha", .cookie = cookie}, 200);
	size_t i = 0;
	const json_t *given = NULL;
	json_array_foreach(json_object_get(detail, "given"), i, given)
		if (kh_streq(json_string_value(json_object_get(given, "what")), what)) {
			assert_string_equal(json_string_value(json_array_get(json_object_get(given, "names"), 0)), first);
			assert_true(json_array_size(json_object_get(given, "names")) <= 200);
			return json_integer_value(json_object_get(given, "count"));
		}
	return 0;
}

/* What a unit gave to another is told by name to those who may read things of that kind. */
static void test_given_names(void **state)
{
	const struct world *w = *state;
	static const struct {
		const char *what;
		int64_t count, of[5]; /* how many each of `roles` is told of */
	} cases[] = {
		{"endpoint", 250, {250, 250, 250, 250, 250}},
		{"user", 2, {2, 0, 0, 0, 0}},
		{"unit", 1, {1, 1, 1, 1, 1}},
		{"staff", 3, {3, 3, 3, 3, 3}},
		{"device_secret", 4, {4, 4, 4, 4, 0}},
		{"quiz_question", 5, {5, 5, 0, 0, 0}},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		for (int64_t n = 0; n < cases[i].count; n++) {
			kh_auto_free char *sql = kh_format("INSERT INTO unit_given(from_id, to_id, at_s, what, item_id, name) VALUES(%lld, %lld, 5, '%s', %lld, 'Số %lld của %s')", (long long)w->at[OWN].unit_id,
							   (long long)w->at[BELOW].unit_id, cases[i].what, (long long)n, (long long)n, cases[i].what);
			world_sql(w, sql);
		}
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		for (size_t role = 0; role < KH_COUNT(roles); role++) {
			kh_auto_free char *name = kh_format("nha-%s", roles[role]), *first = kh_format("Số 0 của %s", cases[i].what);
			int64_t told = given_count(w, name, cases[i].what, first);
			if (told != cases[i].of[role])
				fail_msg("%s of %s: %lld", roles[role], cases[i].what, (long long)told);
		}
}

KH_TESTS_WITH(world_setup, world_teardown, test_whole, test_moved_away, test_shared_from_above, test_right_choices, test_login_names, test_given_names, test_rights)
