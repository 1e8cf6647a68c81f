/* Campaigns: one scan for malware (quick or full), or one search for documents marked secret, ordered for every machine of a unit and below, until a deadline. Machines that come later get the
 * order too, as long as the campaign is open. It closes at its deadline or by hand; then the state of each machine is written down, and nothing changes it any more. A machine that drafts state
 * secrets holds them rightly: no search goes to it.
 *
 * States of a machine in a campaign:
 *
 *     not_reached   the order waits for the machine, or the machine has no link (reason `unlinked`)
 *     silent        the order waits, and the machine was not heard from for KH_CAMPAIGN_SILENT_S; or it took the order and was not heard from for a day (`no_answer`)
 *     ordered       the machine has the order
 *     running       it scans; or its search has ended, and what it found is on its way as facts
 *     done          scanned to the end, no file left out
 *     partly        scanned, but it stopped before its end (`stopped_time`, `stopped_bytes`, `stopped_interrupted`), files could not be read (`errors`), were looked at in part (`limits`) or passed
 *                   over (`skipped`), or no result came (`no_result`); or it was not ready at the deadline (`deadline`). A search: pictures could not be read (`pictures`), or files could not, or not in
 *                   whole (`unread`), and nobody has looked at them since (register search_review)
 *     refused       the machine's own policy forbids it
 *     failed        it began and could not end, or the machine was revoked (`revoked`)
 *
 * A machine is infected when something was found on it since the campaign began (false alarms do not count), cleaned when nothing of that is left open. Of a search: when documents marked secret
 * lie on it, or were settled since the campaign began; open are those that were found, or are held. */
#pragma once

#include "server/account/scope.h"
#include "server/apart.h"

#include <stdint.h>

#define KH_CAMPAIGN_MAX_NAME 200                      /* bytes */
#define KH_CAMPAIGN_MAX_OPEN 20                       /* of one unit */
#define KH_CAMPAIGN_MIN_LIFE_S 600
#define KH_CAMPAIGN_MAX_LIFE_S (INT64_C(92) * 86400)  /* a quarter */
#define KH_CAMPAIGN_SILENT_S (INT64_C(7) * 86400)

struct kh_campaign_new {
	int64_t unit_id;
	const char *name;
	const char *scan; /* quick, full, search */
	int64_t deadline_s;
};

/* On the writer; orders the scan for all machines there are, and writes one audit row. KH_E_INVALID_FIELD; KH_E_LIMIT_REACHED. */
int kh_campaign_create(struct kh_db *writer, const struct kh_campaign_new *campaign, const char *actor, int64_t now_s, int64_t *ret_id) KH_MUST_USE;

/* Before its deadline, by a user whose scope holds the campaign's unit: KH_E_NOT_FOUND for a campaign that the scope does not touch, KH_E_FORBIDDEN for one of a
 * unit above, KH_E_CONFLICT when it is closed already. */
int kh_campaign_close(struct kh_db *writer, const struct kh_scope *scope, int64_t id, const char *actor, int64_t now_s) KH_MUST_USE;

/* What time brings: orders for machines that came since, and the end of campaigns whose deadline has passed. Every minute. */
int kh_campaigns_attend(struct kh_db *writer, int64_t now_s, struct kh_apart *apart) KH_MUST_USE;

/* ---- reading; for queries within a scope (account/scope.h) ---- */

/* Campaigns that a scope touches: of its units, and of units above it. `c` is the campaign, `place` the number of the scope's unit as a parameter. */
#define KH_CAMPAIGN_VISIBLE(place) "({scope:c.unit_id} OR EXISTS (SELECT 1 FROM unit_ancestor above WHERE above.unit_id = " place " AND above.ancestor_id = c.unit_id))"

/* How a search leaves files unread that nobody has looked at since, q a row of fact_secret_search, e its machine. A review of the day is none of what came after it was entered. */
#define KH_SEARCH_UNREVIEWED                                                                                                                       \
	"q.encrypted + q.partly + q.unread > 0 AND NOT EXISTS (SELECT 1 FROM reg_search_review v WHERE v.unit_id = e.unit_id AND v.endpoint = e.id"        \
	" AND v.state = 'reviewed' AND v.reviewed_on + 86400 > COALESCE(q.unread_since_s, q.ended_s) AND v.created_s >= COALESCE(q.unread_since_s, q.ended_s))"

/* Machines: c campaign, m campaign_machine, e endpoint, o its order (or null), s the scan or q the search that answered it (or null). */
#define KH_CAMPAIGN_MACHINES                                                                                                                       \
	"campaign_machine m JOIN campaign c ON c.id = m.campaign_id JOIN endpoint e ON e.id = m.endpoint_id LEFT JOIN endpoint_order o ON o.id = m.order_id" \
	" LEFT JOIN scan s ON c.scan <> 'search' AND o.state = 'done' AND s.id = (SELECT MAX(x.id) FROM scan x WHERE x.endpoint_id = m.endpoint_id AND (x.order_id = o.id"  \
	" OR (x.order_id IS NULL AND x.kind = c.scan AND x.started_s >= o.created_s AND x.ended_s <= o.done_s + 60)))"                               \
	" LEFT JOIN fact_secret_search q ON c.scan = 'search' AND o.state = 'done' AND q.endpoint_id = m.endpoint_id AND q.ended_s >= o.created_s"

#define KH_CAMPAIGN_FACTS_S "600" /* what a search found comes with the next facts, a moment after its answer */

/* The state of such a row; `now` is an SQL expression for the present. */
#define KH_CAMPAIGN_STATE(now)                                                                                                                     \
	"CASE WHEN m.state IS NOT NULL THEN m.state WHEN o.id IS NULL THEN 'not_reached'"                                                          \
	" WHEN o.state = 'done' AND c.scan = 'search' AND q.endpoint_id IS NULL AND o.done_s > " now " - " KH_CAMPAIGN_FACTS_S " THEN 'running'"     \
	" WHEN o.state = 'done' AND s.stopped IS NULL AND s.errors + s.skipped + s.partly = 0 AND s.rules > 0 THEN 'done'"                          \
	" WHEN o.state = 'done' AND q.complete = 1 AND NOT (" KH_SEARCH_UNREVIEWED ") THEN 'done' WHEN o.state = 'done' THEN 'partly'"              \
	" WHEN o.state IN ('failed', 'refused') THEN o.state WHEN e.state <> 'active' THEN 'failed' WHEN o.state = 'running' THEN 'running'"       \
	" WHEN o.sent_s IS NOT NULL AND e.seen_s < " now " - 86400 THEN 'silent' WHEN o.state = 'sent' THEN 'ordered'"                            \
	" WHEN e.seen_s < " now " - 604800 THEN 'silent' ELSE 'not_reached' END"

/* The reason that is a code; null: none, or the machine's own words in the order's result. */
#define KH_CAMPAIGN_REASON(now)                                                                                                                         \
	"CASE WHEN m.state IS NOT NULL THEN m.reason WHEN o.id IS NULL THEN 'unlinked'"                                                            \
	" WHEN o.state = 'done' AND c.scan = 'search' AND q.endpoint_id IS NULL AND o.done_s > " now " - " KH_CAMPAIGN_FACTS_S " THEN NULL"          \
	" WHEN o.state = 'done' AND s.id IS NULL AND q.endpoint_id IS NULL THEN 'no_result'"                                                       \
	" WHEN o.state = 'done' AND s.rules = 0 THEN 'test_rules' WHEN o.state = 'done' AND s.stopped IS NOT NULL THEN 'stopped_' || s.stopped WHEN o.state = 'done' AND s.errors > 0 THEN 'errors'"             \
	" WHEN o.state = 'done' AND s.partly > 0 THEN 'limits' WHEN o.state = 'done' AND s.skipped > 0 THEN 'skipped'"                                  \
	" WHEN o.state = 'done' AND q.lack IN ('time', 'interrupted') THEN 'stopped_' || q.lack WHEN o.state = 'done' AND q.complete = 0 THEN COALESCE(q.lack, 'no_result')" \
	" WHEN o.state = 'done' AND " KH_SEARCH_UNREVIEWED " THEN 'unread'"                                                                          \
	" WHEN o.state IN ('done', 'failed', 'refused') THEN NULL WHEN e.state <> 'active' THEN 'revoked' WHEN o.state = 'running' THEN NULL"         \
	" WHEN o.sent_s IS NOT NULL AND e.seen_s < " now " - 86400 THEN 'no_answer' END"

/* How much the machine had since the campaign began, and how much of that is open. */
#define KH_CAMPAIGN_DETECTIONS                                                                                                                     \
	"SELECT COUNT(*) FROM detection d WHERE d.endpoint_id = m.endpoint_id AND d.seen_s >= c.created_s"
#define KH_CAMPAIGN_DOCUMENTS "SELECT COUNT(*) FROM fact_secret_documents d WHERE d.endpoint_id = m.endpoint_id AND d.case_id IS NOT NULL"
#define KH_CAMPAIGN_FOUND                                                                                                                          \
	"COALESCE(m.infected, CASE WHEN c.scan = 'search' THEN (" KH_CAMPAIGN_DOCUMENTS " AND (d.state IN ('found', 'held') OR (d.state <> 'false_alarm' AND d.since_s >= c.created_s)))" \
	" ELSE (" KH_CAMPAIGN_DETECTIONS " AND d.state <> 'false_alarm') END)"
#define KH_CAMPAIGN_OPEN                                                                                                                           \
	"COALESCE(m.open, CASE WHEN c.scan = 'search' THEN (" KH_CAMPAIGN_DOCUMENTS " AND d.state IN ('found', 'held'))"                            \
	" ELSE (" KH_CAMPAIGN_DETECTIONS " AND d.state IN ('found', 'verified')) END)"
