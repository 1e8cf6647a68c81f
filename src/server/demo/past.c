/* The days before: each month further back, a part of what passes now had not passed yet. Made of the units' own answers and summed up the tree, so that every
 * past day adds up as the present one does. */
#include "base/time.h"
#include "server/demo/inside.h"

#define MONTHS 13
#define WORSE 22 /* in so many months nothing would have passed */

#define OWN                                                                                                                                          \
	"CREATE TEMPORARY TABLE demo_own AS SELECT e.unit_id AS unit_id, w.control AS control, SUM(w.pass) AS pass, SUM(w.fail) AS fail,"           \
	" SUM(w.unknown) AS unknown, SUM(w.not_applicable) AS not_applicable, SUM(w.excepted) AS excepted"                                         \
	" FROM answer w JOIN endpoint e ON e.id = w.endpoint_id GROUP BY e.unit_id, w.control"                                                      \
	" UNION ALL SELECT w.unit_id, w.control, w.pass, w.fail, w.unknown, w.not_applicable, w.excepted FROM unit_answer w;"

/* ?1: the day; ?2: months back. Two of three that had not passed failed, the third was not measured yet. */
#define PAST                                                                                                                                        \
	"INSERT INTO posture(unit_id, control, day, pass, fail, unknown, not_applicable, excepted)"                                                \
	" SELECT a.ancestor_id, o.control, ?1, SUM(o.pass - o.pass * ?2 / ?3), SUM(o.fail + o.pass * ?2 / ?3 - o.pass * ?2 / ?3 / 3),"             \
	" SUM(o.unknown + o.pass * ?2 / ?3 / 3), SUM(o.not_applicable), SUM(o.excepted)"                                                           \
	" FROM demo_own o JOIN unit_ancestor a ON a.unit_id = o.unit_id GROUP BY a.ancestor_id, o.control"

int demo_make_past(struct demo *d)
{
	int64_t today = kh_time_day_number(kh_now_s());
	int r = kh_db_script(d->db, OWN);
	for (int64_t month = 1; r == 0 && month <= MONTHS; month++)
		r = kh_db_run(d->db, PAST, today - month * 30, month, (int64_t)WORSE);
	return r < 0 ? r : kh_db_script(d->db, "DROP TABLE demo_own;");
}
