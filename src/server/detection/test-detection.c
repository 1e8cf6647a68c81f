/* States of detections: what agents report, what a scan afterwards shows, what officers decide. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/detection/detection.h"
#include "server/test_store.h"

enum { T0 = 1763700000, HOUR = 3600 };

static int set_up(void **state)
{
	if (kh_test_store_setup(state) < 0)
		return -1;
	struct kh_test_store *t = *state;
	int64_t tinh = kh_test_unit(t, "tinh", 0), a = kh_test_unit(t, "xa-a", tinh), b = kh_test_unit(t, "xa-b", tinh);
	for (int i = 1; i <= 2; i++) {
		kh_auto_free char *sql = kh_format("INSERT INTO endpoint(id, uid, unit_id, hostname, hostname_fold, role, os, state, fingerprint, agent_version, address, enrolled_s, seen_s,"
						   " clock_offset_s) VALUES(%d, 'uid-%d', %d, 'may', 'may', 'internet', '', 'active', '', '', '', 1, 1, 0)",
						   i, i, (int)(i == 1 ? a : b));
		kh_test_sql(t, sql);
	}
	return 0;
}

/* ---- acts ---- */

struct act {
	struct kh_detection_report report;
	struct kh_detection_decision decision;
	struct kh_find_state find;
	bool known;
	struct kh_scope scope;
	int64_t started_s, ended_s, found, now_s;
};

static int run_report(struct kh_db *db, void *arg)
{
	return kh_detection_report(db, &((const struct act *)arg)->report);
}

static int run_find_state(struct kh_db *db, void *arg)
{
	struct act *a = arg;
	return kh_detection_find_state(db, &a->find, &a->known);
}

static int run_rescan(struct kh_db *db, void *arg)
{
	const struct act *a = arg;
	return kh_detection_rescanned(db, 1, a->started_s, a->ended_s, a->found);
}

static int run_decide(struct kh_db *db, void *arg)
{
	const struct act *a = arg;
	return kh_detection_decide(db, &a->scope, &a->decision, a->now_s);
}

static void report(struct kh_test_store *t, const char *path, int64_t at_s, bool quarantined)
{
	struct act a = {.report = {.endpoint_id = 1, .at_s = at_s, .engine = kh_db_value_text("yara"), .rule = kh_db_value_text("Test"), .path = kh_db_value_text(path),
				   .member = kh_db_value_null(NULL), .sha256 = kh_db_value_null(NULL), .size = kh_db_value_null(NULL), .verdict = kh_db_value_text("infected"),
				   .find_id = kh_db_value_text("f1"), .quarantined = quarantined}};
	assert_int_equal(kh_store_write(t->store, run_report, &a), 0);
}

static void rescan(struct kh_test_store *t, int64_t started_s, int64_t found)
{
	struct act a = {.started_s = started_s, .ended_s = started_s + HOUR, .found = found};
	assert_int_equal(kh_store_write(t->store, run_rescan, &a), 0);
}

static int decide(struct kh_test_store *t, int64_t scope, int64_t id, const char *state, const char *note)
{
	struct act a = {.scope = {scope}, .decision = {.id = id, .state = state, .note = note, .actor = "can-bo"}, .now_s = T0 + 2 * HOUR};
	return kh_store_write(t->store, run_decide, &a);
}

#define in_state(t, id, state) kh_test_number(t, "SELECT COUNT(*) FROM detection WHERE id = " #id " AND state = '" state "'")

/* ---- cases ---- */

static void runs_from_found_to_cleaned(void **state)
{
	struct kh_test_store *t = *state;
	report(t, "/a", T0, false);
	report(t, "/a", T0 + 60, false); /* the next scan sees it too */
	assert_int_equal(kh_test_number(t, "SELECT seen_s FROM detection WHERE id = 1 AND found_s = 1763700000 AND find_id = 'f1'"), T0 + 60);
	rescan(t, T0 + HOUR, 0);
	assert_int_equal(in_state(t, 1, "found"), 1); /* nobody has dealt with it */
	assert_int_equal(decide(t, 2, 1, "verified", NULL), 0);
	report(t, "/a", T0 + 3 * HOUR, true);
	assert_int_equal(kh_test_number(t, "SELECT handled_s - verified_s FROM detection WHERE id = 1 AND state = 'quarantined' AND changed_by IS NULL"), HOUR);
	rescan(t, T0 + 3 * HOUR - 1, 0);
	assert_int_equal(in_state(t, 1, "quarantined"), 1); /* that scan began before */
	rescan(t, T0 + 4 * HOUR, 1);
	assert_int_equal(in_state(t, 1, "quarantined"), 1); /* it counted a file of which no detection came */
	rescan(t, T0 + 5 * HOUR, 0);
	assert_int_equal(kh_test_number(t, "SELECT cleaned_s FROM detection WHERE id = 1 AND state = 'cleaned'"), T0 + 6 * HOUR);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection_change WHERE detection_id = 1"), 4);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection_change WHERE actor = 'can-bo' AND state = 'verified'"), 1);
	rescan(t, T0 + 7 * HOUR, 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection_change"), 4); /* nothing changes twice */
}

static void a_scan_that_still_finds_something_cleans_nothing(void **state)
{
	struct kh_test_store *t = *state;
	report(t, "/a", T0, true);
	report(t, "/b", T0 + HOUR + 5, false);
	rescan(t, T0 + HOUR, 1);
	assert_int_equal(in_state(t, 1, "quarantined"), 1);
	assert_int_equal(decide(t, 2, 2, "false_alarm", "công cụ của đơn vị"), 0);
	report(t, "/b", T0 + 3 * HOUR + 5, false); /* is found by every scan */
	rescan(t, T0 + 3 * HOUR, 1);
	assert_int_equal(in_state(t, 1, "cleaned"), 1);
	assert_int_equal(in_state(t, 2, "false_alarm"), 1);
}

static void what_comes_back_is_a_new_detection(void **state)
{
	struct kh_test_store *t = *state;
	report(t, "/a", T0, true);
	report(t, "/a", T0, true);
	report(t, "/a", T0 - 5, false); /* an older report, late */
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection"), 1);
	report(t, "/a", T0 + HOUR, false);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection WHERE id = 2 AND again_of = 1 AND state = 'found'"), 1);
	report(t, "/a", T0 + HOUR, true);
	assert_int_equal(in_state(t, 2, "quarantined"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection"), 2);
}

static bool find_state(struct kh_test_store *t, const char *find, const char *said, int64_t at_s, const char *detail)
{
	struct act a = {.find = {.endpoint_id = 1, .at_s = at_s, .find_id = kh_db_value_text(find), .quarantine = kh_db_value_text("q1"), .detail = kh_db_value_text(detail), .state = said}};
	assert_int_equal(kh_store_write(t->store, run_find_state, &a), 0);
	return a.known;
}

static void follows_what_became_of_a_find(void **state)
{
	struct kh_test_store *t = *state;
	report(t, "/a", T0, false);
	report(t, "/a!b", T0, false); /* another rule's detection of the same find */
	assert_false(find_state(t, "f0", "verified", T0 + 1, NULL)); /* a number of which nothing is known */
	assert_false(find_state(t, "f1", "verified", T0 - 1, NULL)); /* of an earlier time, when the number stood for another detection */
	assert_true(find_state(t, "f1", "verified", T0 + 1, NULL));
	assert_false(find_state(t, "f1", "verified", T0 + 1, NULL)); /* said once more */
	assert_true(find_state(t, "f1", "left", T0 + 2, "only reported"));
	assert_false(find_state(t, "f1", "left", T0 + 2, "only reported"));
	assert_int_equal(in_state(t, 1, "verified") + in_state(t, 2, "verified"), 2);
	assert_int_equal(decide(t, 2, 2, "false_alarm", "đúng là phần mềm của ta"), 0);
	assert_true(find_state(t, "f1", "quarantined", T0 + 3, NULL));
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection WHERE id = 1 AND state = 'quarantined' AND quarantine = 'q1' AND handled_s - verified_s = 2"), 1);
	assert_true(find_state(t, "f1", "rescanned_clean", T0 + 600, "gone"));
	assert_int_equal(kh_test_number(t, "SELECT cleaned_s - handled_s FROM detection WHERE id = 1 AND state = 'cleaned'"), 597);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection_change WHERE detection_id = 1"), 5);
	assert_int_equal(in_state(t, 2, "false_alarm"), 1); /* as people said */
	report(t, "/a", T0 + 900, false); /* again, under its old number */
	assert_false(find_state(t, "f1", "rescanned_clean", T0 + 600, "gone"));
	assert_int_equal(in_state(t, 3, "found"), 1);
	assert_true(find_state(t, "f1", "not_confirmed", T0 + 901, "gone"));
	assert_true(find_state(t, "f1", "rescanned_clean", T0 + 1800, "gone")); /* someone has removed it */
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection WHERE id = 3 AND state = 'cleaned' AND handled_s = cleaned_s AND again_of = 1"), 1);
}

static int run_event(struct kh_db *db, void *arg)
{
	static const char restored[] = "quarantine_restored", text[] = "{\"event\":{\"category\":\"malware\",\"action\":\"quarantine_restored\"},\"file\":{\"path\":\"/b\",\"hash\":{\"sha256\":\"ab\"}},"
								"\"user\":{\"id\":\"0\",\"name\":\"root\"},\"khien\":{\"quarantine\":\"q1\",\"login_uid\":-1,\"to\":\"/c\"}}";
	struct act *a = arg;
	a->known = false;
	return kh_detection_event(db, 1, a->now_s, restored, sizeof restored - 1, text, sizeof text - 1, &a->known);
}

static bool restore(struct kh_test_store *t, int64_t at_s)
{
	struct act a = {.now_s = at_s};
	assert_int_equal(kh_store_write(t->store, run_event, &a), 0);
	return a.known;
}

static void what_is_given_back_is_open_again(void **state)
{
	struct kh_test_store *t = *state;
	report(t, "/a", T0, false);
	report(t, "/a!b", T0, false);
	assert_false(restore(t, T0 + 1)); /* nothing is in quarantine yet */
	assert_true(find_state(t, "f1", "verified", T0 + 2, NULL));
	assert_true(find_state(t, "f1", "quarantined", T0 + 3, NULL));
	assert_int_equal(decide(t, 2, 2, "false_alarm", "phần mềm của ta"), 0);
	assert_false(restore(t, T0 + 2)); /* an older event, late */
	assert_true(find_state(t, "f1", "rescanned_clean", T0 + 600, "gone"));
	report(t, "/other", T0 + 650, true); /* neither by its number nor by its file */
	assert_true(restore(t, T0 + 700));
	assert_int_equal(kh_test_number(t, "SELECT changed_s FROM detection WHERE id = 1 AND state = 'verified' AND handled_s IS NULL AND cleaned_s IS NULL AND quarantine IS NULL"), T0 + 700);
	assert_int_equal(in_state(t, 2, "false_alarm"), 1);
	assert_int_equal(in_state(t, 3, "quarantined"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection_change WHERE detection_id = 1 AND state = 'restored' AND note = 'root: /c'"), 1);
	assert_false(restore(t, T0 + 700)); /* said once more */
	report(t, "/a", T0 + 800, false); /* the next scan sees it: the same detection */
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection"), 3);
}

/* What was taken away while it was opened has no number at the server. */
static void what_is_given_back_is_known_by_its_file(void **state)
{
	struct kh_test_store *t = *state;
	report(t, "/b", T0, true);
	kh_test_sql(t, "UPDATE detection SET sha256 = 'ab'");
	kh_test_sql(t, "INSERT INTO detection(endpoint_id, found_s, engine, rule, path, sha256, verdict, state, changed_s, handled_s) VALUES(2, 1, 'yara', 'Test', '/b', 'ab', 'infected', 'quarantined', 1, 1)");
	assert_true(restore(t, T0 + 60));
	assert_int_equal(in_state(t, 1, "found"), 1);
	assert_int_equal(in_state(t, 2, "quarantined"), 1); /* of another machine */
}

static void officers_decide_within_their_unit_and_in_order(void **state)
{
	struct kh_test_store *t = *state;
	report(t, "/a", T0, false);
	assert_int_equal(decide(t, 3, 1, "verified", NULL), KH_E_NOT_FOUND); /* of the other commune */
	assert_int_equal(decide(t, 2, 9, "verified", NULL), KH_E_NOT_FOUND);
	assert_int_equal(decide(t, 2, 1, "false_alarm", ""), KH_E_INVALID_FIELD); /* without a reason */
	assert_int_equal(decide(t, 2, 1, "handled", NULL), KH_E_INVALID_FIELD);
	assert_int_equal(decide(t, 2, 1, "found", "x"), KH_E_CONFLICT);
	assert_int_equal(decide(t, 2, 1, "false_alarm", "phần mềm kế toán"), 0);
	assert_int_equal(decide(t, 2, 1, "handled", "x"), KH_E_CONFLICT);
	assert_int_equal(decide(t, 1, 1, "found", "nhầm"), 0); /* the province sees it too */
	assert_int_equal(decide(t, 2, 1, "handled", "xóa tệp, gỡ phần mềm"), 0);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection WHERE state = 'handled' AND changed_by = 'can-bo' AND handled_s = 1763707200 AND verified_s IS NULL"), 1);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM detection_change WHERE note IS NOT NULL"), 3);
	assert_int_equal(kh_test_number(t, "SELECT COUNT(*) FROM audit WHERE action = 'detection.decide' AND actor = 'can-bo' AND target = 'uid-1' AND unit_id = 2"), 3);
	assert_int_equal(kh_test_number(t, "SELECT pass FROM answer WHERE endpoint_id = 1 AND control = 'malware_handled'"), 1);
	assert_int_equal(kh_test_number(t, "SELECT fail FROM posture WHERE unit_id = 1 AND control = 'malware_closed'"), 1); /* up the line */
}

#define ONE(f) cmocka_unit_test_setup_teardown(f, set_up, kh_test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(runs_from_found_to_cleaned),
		ONE(a_scan_that_still_finds_something_cleans_nothing),
		ONE(what_comes_back_is_a_new_detection),
		ONE(follows_what_became_of_a_find),
		ONE(what_is_given_back_is_open_again),
		ONE(what_is_given_back_is_known_by_its_file),
		ONE(officers_decide_within_their_unit_and_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
