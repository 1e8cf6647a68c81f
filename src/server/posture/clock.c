#include "server/posture/clock.h"

#include "base/error.h"
#include "server/posture/control.h"
#include "server/posture/posture.h"
#include "server/store/store.h"

#define PORTION 500 /* pairs asked again in one transaction: some 50 ms of the write lock */

void kh_stale_done(struct kh_stale_list *list)
{
	kh_array_done(&list->of);
}

/* One row per active endpoint: what the control says now beside what is stored; only where they differ. */
static void compose(struct kh_buf *sql, const struct kh_control *control)
{
	kh_control_with(sql, "1 = 1", "?1");
	kh_buf_adds(sql, ", asked AS (SELECT q.endpoint_id AS endpoint_id, COUNT(*) AS subjects");
	for (int i = 0; i < KH_ANSWERS; i++)
		if (i != KH_UNKNOWN && i != KH_EXCEPTED)
			kh_buf_addf(sql, ", SUM(CASE WHEN q.state = '%s' THEN 1 ELSE 0 END) AS %s", kh_answer_names[i], kh_answer_names[i]);
	kh_buf_adds(sql, " FROM ");
	kh_control_body(sql, control);
	kh_buf_adds(sql, " q GROUP BY q.endpoint_id)"
			 " SELECT s.id FROM scope s LEFT JOIN asked c ON c.endpoint_id = s.id"
			 " LEFT JOIN answer w ON w.endpoint_id = s.id AND w.control = ?2"
			 " WHERE w.endpoint_id IS NULL OR w.pass <> COALESCE(c.pass, 0) OR w.fail <> COALESCE(c.fail, 0)"
			 "  OR w.not_applicable <> COALESCE(c.not_applicable, 0)"
			 "  OR w.pass + w.fail + w.not_applicable + w.unknown <> COALESCE(c.subjects, 0)");
}

static int find_of(struct kh_db *db, const struct kh_control *control, int64_t now_s, struct kh_stale_list *list)
{
	kh_auto_buf struct kh_buf sql = KH_BUF_INIT;
	compose(&sql, control);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, kh_buf_text(&sql), now_s, control->name);
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&list->of, ((struct kh_stale){kh_stmt_int(s, 0), kh_control_id(control)}));
	return r < 0 ? kh_fail_in(r, "control %s", control->name) : 0;
}

int kh_stale_find(struct kh_db *reader, enum kh_clock_which which, int64_t now_s, struct kh_stale_list *list)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < KH_CONTROLS_COUNT; i++)
		if (which == KH_ALL_CONTROLS || kh_controls[i].clock)
			r = find_of(reader, &kh_controls[i], now_s, list);
	return r;
}

struct portion {
	const struct kh_stale *from, *to;
	int64_t now_s;
	size_t changed;
};

static int ask_again(struct kh_db *writer, void *arg)
{
	struct portion *p = arg;
	p->changed = 0;
	for (const struct kh_stale *pair = p->from; pair < p->to; pair++) {
		bool changed = false;
		int r = kh_posture_ask(writer, pair->endpoint_id, &kh_controls[pair->control], p->now_s, &changed);
		if (r < 0)
			return r;
		p->changed += changed;
	}
	return 0;
}

int kh_posture_clock(struct kh_db *writer, int64_t now_s)
{
	kh_auto_stale struct kh_stale_list list = {0};
	int r = kh_stale_find(writer, KH_CLOCK_CONTROLS, now_s, &list);
	struct portion all = {.from = list.of.v, .to = list.of.v + list.of.n, .now_s = now_s};
	return r < 0 ? r : ask_again(writer, &all);
}

int kh_posture_refresh(struct kh_store *store, enum kh_clock_which which, int64_t now_s, size_t *ret_changed)
{
	struct kh_db *reader = NULL;
	int r = kh_store_reader(store, &reader);
	kh_auto_stale struct kh_stale_list list = {0};
	if (r == 0)
		r = kh_stale_find(reader, which, now_s, &list);
	size_t changed = 0;
	for (size_t at = 0; r == 0 && at < list.of.n; at += PORTION) {
		struct portion p = {.from = list.of.v + at, .to = list.of.v + KH_MIN(at + PORTION, list.of.n), .now_s = now_s};
		r = kh_store_write(store, ask_again, &p);
		changed += p.changed;
	}
	if (r == 0 && ret_changed)
		*ret_changed = changed;
	return r;
}
