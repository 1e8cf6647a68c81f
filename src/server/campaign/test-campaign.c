/* Campaigns: who is ordered, the state of each machine, what the end writes down. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/campaign/campaign.h"
#include "server/test_store.h"

enum { T0 = 1763700000, HOUR = 3600, DAY = 86400 };
enum { TINH = 1, XA_A, XA_B };

static void add_machine(struct kh_test_store *t, int id, int unit, const char *more)
{
	kh_auto_free char *sql = kh_format("INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s,"
					   " clock_offset_s) VALUES(%d, 'uid-%d', %d, 'may', 'may', 'internet', '', 'active', '', '', '', 1, %d, 0)",
					   id, id, unit, T0);
	kh_auto_free char *change = kh_format("UPDATE endpoint SET %s WHERE id = %d", more, id);
	kh_test_sql(t, sql);
	if (*more)
		kh_test_sql(t, change);
}

static int set_up(void **state)
{
	if (kh_test_store_setup(state) < 0)
		return -1;
	struct kh_test_store *t = *state;
	kh_test_unit(t, "tinh", 0);
	kh_test_unit(t, "xa-a", TINH);
	kh_test_unit(t, "xa-b", TINH);
	for (int i = 1; i <= 5; i++)
		add_machine(t, i, XA_A, "");
	add_machine(t, 6, XA_A, "offline_key = 'k'");
	add_machine(t, 7, XA_A, "state = 'revoked'");
	add_machine(t, 8, XA_B, "");
	add_machine(t, 9, XA_A, "seen_s = 1");
	return 0;
}

struct act {
	struct kh_campaign_new campaign;
	struct kh_scope scope;
	int64_t id, now_s;
	struct kh_apart apart;
};

static int run_create(struct kh_db *db, void *arg)
{
	struct act *a = arg;
	return kh_campaign_create(db, &a->campaign, "can-bo", a->now_s, &a->id);
}

static int run_close(struct kh_db *db, void *arg)
{
	const struct act *a = arg;
	return kh_campaign_close(db, &a->scope, a->id, "can-bo", a->now_s);
}

static int run_attend(struct kh_db *db, void *arg)
{
	struct act *a = arg;
	return kh_campaigns_attend(db, a->now_s, &a->apart);
}

static int create(struct kh_test_store *t, int64_t unit, const char *name, int64_t life_s)
{
	struct act a = {.campaign = {.unit_id = unit, .name = name, .scan = "full", .deadline_s = T0 + life_s}, .now_s = T0};
	return kh_store_write(t->store, run_create, &a);
}

static int close_it(struct kh_test_store *t, int64_t scope, int64_t id)
{
	struct act a = {.scope = {scope}, .id = id, .now_s = T0 + HOUR};
	return kh_store_write(t->store, run_close, &a);
}

static void attend(struct kh_test_store *t, int64_t now_s)
{
	struct act a = {.now_s = now_s};
	assert_int_equal(kh_store_write(t->store, run_attend, &a), 0);
}

/* How many machines are in this state (of all: ""), at a time. */
static int64_t count(struct kh_test_store *t, const char *state, int64_t now_s)
{
	int64_t n = 0;
	assert_int_equal(kh_db_int(t->db, &n, "SELECT COUNT(*) FROM " KH_CAMPAIGN_MACHINES " WHERE m.campaign_id = 1 AND (?2 = '' OR " KH_CAMPAIGN_STATE("?1") " = ?2)", now_s, state), 0);
	return n;
}

static void is(struct kh_test_store *t, int endpoint, const char *state, const char *reason)
{
	kh_auto_free char *both = NULL, *expected = kh_format("%s %s", state, reason);
	assert_int_equal(kh_db_text(t->db, &both,
				    "SELECT " KH_CAMPAIGN_STATE("?1") " || ' ' || COALESCE(" KH_CAMPAIGN_REASON("?1") ", '') FROM " KH_CAMPAIGN_MACHINES
				    " WHERE m.campaign_id = 1 AND m.endpoint_id = ?2",
				    (int64_t)T0 + HOUR, endpoint),
			 0);
	assert_string_equal(both, expected);
}

/* ---- cases ---- */

static void orders_every_machine_below_and_those_that_come(void **state)
{
	struct kh_test_store *t = *state;
	assert_int_equal(create(t, XA_A, "Quét tháng 11", DAY), 0);
	assert_int_equal(count(t, "", T0), 7);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE kind = 'scan' AND args LIKE '%\"scan\":\"full\"%' AND args LIKE '%\"campaign\":\"1\"%' AND created_by = 'can-bo'"
					   " AND state = 'waiting' AND expires_s = 1763786400"),
			 6);
	is(t, 1, "not_reached", "");
	is(t, 6, "not_reached", "unlinked");
	is(t, 9, "silent", "");
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'campaign.create' AND unit_id = 2 AND detail LIKE 'Quét tháng 11 (full): 7'"), 1);
	add_machine(t, 10, XA_A, "");
	attend(t, T0 + 60);
	attend(t, T0 + 120);
	assert_int_equal(count(t, "", T0), 8);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE endpoint_id = 10"), 1);
}

static void tells_the_states_apart(void **state)
{
	struct kh_test_store *t = *state;
	assert_int_equal(create(t, XA_A, "x", DAY), 0);
	kh_test_sql(t, "UPDATE endpoint_order SET state = 'sent', sent_s = 1763700001 WHERE endpoint_id IN (1, 9)");
	kh_test_sql(t, "UPDATE endpoint_order SET state = 'running', sent_s = 1, begun_s = 1763700001 WHERE endpoint_id = 2");
	kh_test_sql(t, "UPDATE endpoint_order SET state = 'done', sent_s = 1, done_s = 1763700100 WHERE endpoint_id IN (3, 4)");
	kh_test_sql(t, "UPDATE endpoint_order SET state = 'refused', result = '{\"reason\":\"policy\"}' WHERE endpoint_id = 5");
#define SCAN(endpoint, more) "INSERT INTO scan(endpoint_id, kind, started_s, ended_s, files, bytes, infected, suspicious, errors, skipped, partly, rules" more
	kh_test_sql(t, SCAN(3, ") VALUES(3, 'full', 1763700002, 1763700099, 9, 9, 1, 0, 0, 0, 0, 1)"));          /* of an agent that does not name the order */
	kh_test_sql(t, SCAN(4, ", order_id, stopped) SELECT 4, 'full', 1, 2, 9, 9, 0, 0, 0, 0, 0, 1, o.id, 'time' FROM endpoint_order o WHERE o.endpoint_id = 4"));
	kh_test_sql(t, "INSERT INTO detection(endpoint_id, found_s, engine, rule, path, verdict, state, changed_s, seen_s) VALUES(3, 1763700050, 'yara', 'r', '/a', 'infected', 'found', 1, 1763700050),"
		       " (3, 1763700050, 'yara', 'r', '/b', 'infected', 'false_alarm', 1, 1763700050), (1, 5, 'yara', 'r', '/b', 'infected', 'found', 1, 5)");
	is(t, 1, "ordered", "");
	is(t, 9, "silent", "no_answer");
	is(t, 2, "running", "");
	is(t, 3, "done", "");
	is(t, 4, "partly", "stopped_time");
	kh_test_sql(t, "UPDATE scan SET stopped = NULL, partly = 2, skipped = 1 WHERE endpoint_id = 4");
	is(t, 4, "partly", "limits");
	kh_test_sql(t, "UPDATE scan SET errors = 1 WHERE endpoint_id = 4");
	is(t, 4, "partly", "errors");
	kh_test_sql(t, "UPDATE scan SET errors = 0, partly = 0 WHERE endpoint_id = 4");
	is(t, 4, "partly", "skipped");
	kh_test_sql(t, "UPDATE scan SET skipped = 0, rules = 0 WHERE endpoint_id = 4");
	is(t, 4, "partly", "test_rules");
	is(t, 5, "refused", "");
	assert_int_equal(kh_test_number(t, "SELECT SUM(" KH_CAMPAIGN_FOUND ") * 10 + SUM(" KH_CAMPAIGN_OPEN ") FROM " KH_CAMPAIGN_MACHINES " WHERE m.campaign_id = 1"), 11);
	kh_test_sql(t, "DELETE FROM scan");
	is(t, 3, "partly", "no_result"); /* done, says the agent, but nothing shows it */
	kh_test_sql(t, "UPDATE endpoint SET state = 'revoked' WHERE id = 1");
	is(t, 1, "failed", "revoked");
}

static void the_end_writes_everything_down(void **state)
{
	struct kh_test_store *t = *state;
	assert_int_equal(create(t, XA_A, "x", DAY), 0);
	kh_test_sql(t, "UPDATE endpoint_order SET state = 'running', sent_s = 1, begun_s = 1763700001 WHERE endpoint_id = 2");
	kh_test_sql(t, "INSERT INTO detection(endpoint_id, found_s, engine, rule, path, verdict, state, changed_s, seen_s) VALUES(2, 1763700050, 'yara', 'r', '/a', 'infected', 'found', 1, 1763700050)");
	attend(t, T0 + DAY);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM campaign WHERE closed_s = 1763786400 AND closed_by IS NULL"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE state = 'waiting'"), 0);
	is(t, 2, "partly", "deadline");
	kh_test_sql(t, "UPDATE endpoint SET seen_s = 1, state = 'revoked' WHERE id <= 5");
	kh_test_sql(t, "UPDATE detection SET state = 'quarantined'");
	is(t, 2, "partly", "deadline");
	is(t, 1, "not_reached", "");
	assert_int_equal(kh_test_number(t, "SELECT SUM(" KH_CAMPAIGN_FOUND ") * 10 + SUM(" KH_CAMPAIGN_OPEN ") FROM " KH_CAMPAIGN_MACHINES " WHERE m.campaign_id = 1"), 11);
	add_machine(t, 11, XA_A, "");
	attend(t, T0 + 2 * DAY);
	assert_int_equal(count(t, "", T0), 7);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'campaign.close' AND actor = 'system'"), 1);
}

static void is_closed_by_those_it_belongs_to(void **state)
{
	struct kh_test_store *t = *state;
	assert_int_equal(create(t, TINH, "x", DAY), 0);
	assert_int_equal(count(t, "", T0), 8);
	assert_int_equal(create(t, XA_B, "y", DAY), 0);
	assert_int_equal(close_it(t, XA_A, 1), KH_E_FORBIDDEN); /* the province's */
	assert_int_equal(close_it(t, XA_A, 2), KH_E_NOT_FOUND); /* the neighbour's */
	assert_int_equal(close_it(t, XA_A, 3), KH_E_NOT_FOUND);
	assert_int_equal(close_it(t, TINH, 2), 0); /* from above */
	assert_int_equal(close_it(t, TINH, 1), 0);
	assert_int_equal(close_it(t, TINH, 1), KH_E_CONFLICT);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM campaign WHERE closed_by = 'can-bo'"), 2);
}

/* ---- a search for documents marked secret ---- */

static void create_search(struct kh_test_store *t)
{
	struct act a = {.campaign = {.unit_id = XA_A, .name = "Tìm", .scan = "search", .deadline_s = T0 + DAY}, .now_s = T0};
	assert_int_equal(kh_store_write(t->store, run_create, &a), 0);
}

#define SEARCHED(endpoint, values) "INSERT INTO fact_secret_search(endpoint_id, ended_s, complete, lack, encrypted, partly, unread, unread_since_s, files, documents) VALUES(" #endpoint ", " values ", 9, 3)"

static void searches_every_machine_but_those_that_draft_secrets(void **state)
{
	struct kh_test_store *t = *state;
	kh_test_sql(t, "UPDATE endpoint SET role = 'secret' WHERE id IN (5, 6)");
	create_search(t);
	assert_int_equal(count(t, "", T0), 5);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM endpoint_order WHERE kind = 'search' AND args = '{\"campaign\":\"1\"}' AND campaign_id = 1 AND expires_s = 1763786400"), 5);
	attend(t, T0 + 60);
	assert_int_equal(count(t, "", T0), 5);
}

static void tells_the_states_of_a_search_apart(void **state)
{
	struct kh_test_store *t = *state;
	create_search(t);
	kh_test_sql(t, "UPDATE endpoint_order SET state = 'done', sent_s = 1, done_s = 1763700100");
	kh_test_sql(t, "INSERT INTO scan(endpoint_id, kind, started_s, ended_s, files, bytes, infected, suspicious, errors, skipped, partly, rules, order_id) SELECT 1, 'full', 1763700002, 1763700099, 9, 9, 0, 0, 0, 0, 0, 1,"
		       " o.id FROM endpoint_order o WHERE o.endpoint_id = 1");
	kh_test_sql(t, SEARCHED(1, "1763600000, 1, NULL, 0, 0, 0, NULL")); /* one of before, and a scan: no answer */
	is(t, 1, "partly", "no_result");
	assert_int_equal(count(t, "running", 1763700200), 6); /* what it found is on its way, maybe */
	kh_test_sql(t, SEARCHED(2, "1763700090, 1, NULL, 0, 0, 0, NULL"));
	kh_test_sql(t, SEARCHED(3, "1763700090, 0, 'pictures', 0, 0, 0, NULL"));
	kh_test_sql(t, SEARCHED(4, "1763700090, 0, 'time', 0, 0, 0, NULL"));
	kh_test_sql(t, SEARCHED(5, "1763700090, 1, NULL, 1, 0, 2, 1763690000"));
	is(t, 2, "done", "");
	is(t, 3, "partly", "pictures");
	is(t, 4, "partly", "stopped_time");
	is(t, 5, "partly", "unread");
#define REVIEW_AT(unit, endpoint, on, at, state) \
	"INSERT INTO reg_search_review(unit_id, state, state_s, version, created_s, created_by, changed_s, changed_by, search, endpoint, reviewed_on, files, way, reason, reviewer)" \
	" VALUES(" #unit ", '" state "', 1, 1, " #at ", 'a', 1, 'a', '', " #endpoint ", " #on ", 3, 'opened', 'x', 'y')"
#define REVIEW(unit, endpoint, on, state) REVIEW_AT(unit, endpoint, on, 1763690000, state)
	kh_test_sql(t, REVIEW(2, 5, 1763571600, "reviewed")); /* the day before the newest came */
	kh_test_sql(t, REVIEW(2, 4, 1763658000, "reviewed"));
	kh_test_sql(t, REVIEW(2, 5, 1763658000, "withdrawn"));
	kh_test_sql(t, REVIEW(3, 5, 1763658000, "reviewed")); /* another unit's */
	kh_test_sql(t, REVIEW_AT(2, 5, 1763658000, 1763689999, "reviewed")); /* of the day, before it came */
	is(t, 5, "partly", "unread");
	kh_test_sql(t, REVIEW(2, 5, 1763658000, "reviewed"));
	is(t, 5, "done", "");
}

static void counts_documents_and_what_became_of_them(void **state)
{
	struct kh_test_store *t = *state;
#define CASES(values) kh_test_sql(t, "INSERT INTO fact_secret_documents(endpoint_id, case_id, state, since_s) VALUES" values)
	create_search(t);
	kh_test_sql(t, "INSERT INTO detection(endpoint_id, found_s, engine, rule, path, verdict, state, changed_s, seen_s) VALUES(3, 1763700050, 'yara', 'r', '/a', 'infected', 'found', 1, 1763700050)");
	CASES("(1, 'a', 'found', 5), (1, 'b', 'held', 5), (1, 'c', 'handed_over', 1763700050), (1, 'd', 'handed_over', 5), (1, 'e', 'false_alarm', 1763700050)");
	CASES("(2, 'f', 'gone', 1763700050), (8, 'g', 'found', 5)"); /* the last is not of this unit */
	assert_int_equal(kh_test_number(t, "SELECT SUM(" KH_CAMPAIGN_FOUND ") * 10 + SUM(" KH_CAMPAIGN_OPEN ") FROM " KH_CAMPAIGN_MACHINES " WHERE m.campaign_id = 1"), 42);
	assert_int_equal(close_it(t, XA_A, 1), 0);
	kh_test_sql(t, "DELETE FROM fact_secret_documents");
	assert_int_equal(kh_test_number(t, "SELECT SUM(" KH_CAMPAIGN_FOUND ") * 10 + SUM(" KH_CAMPAIGN_OPEN ") FROM " KH_CAMPAIGN_MACHINES " WHERE m.campaign_id = 1"), 42);
}

static void keeps_to_its_limits(void **state)
{
	struct kh_test_store *t = *state;
	struct act unknown = {.campaign = {.unit_id = XA_B, .name = "x", .scan = "paths", .deadline_s = T0 + DAY}, .now_s = T0};
	assert_int_equal(kh_store_write(t->store, run_create, &unknown), KH_E_INVALID_FIELD);
	assert_int_equal(create(t, XA_B, "", DAY), KH_E_INVALID_FIELD);
	assert_int_equal(create(t, XA_B, "x", 60), KH_E_INVALID_FIELD);
	assert_int_equal(create(t, XA_B, "x", 93 * (int64_t)DAY), KH_E_INVALID_FIELD);
	for (int i = 0; i < KH_CAMPAIGN_MAX_OPEN; i++)
		assert_int_equal(create(t, XA_B, "x", DAY), 0);
	assert_int_equal(create(t, XA_B, "x", DAY), KH_E_LIMIT_REACHED);
}

#define ONE(f) cmocka_unit_test_setup_teardown(f, set_up, kh_test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(orders_every_machine_below_and_those_that_come), ONE(tells_the_states_apart), ONE(the_end_writes_everything_down), ONE(is_closed_by_those_it_belongs_to),
		ONE(searches_every_machine_but_those_that_draft_secrets), ONE(tells_the_states_of_a_search_apart), ONE(counts_documents_and_what_became_of_them), ONE(keeps_to_its_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
