#include "server/alert/notice.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "server/report/json.h"

/* ---- receivers ---- */

void kh_receivers_done(struct kh_receivers *receivers)
{
	kh_array_each(&receivers->of, one)
		free(*one);
	kh_array_done(&receivers->of);
}

static void add_receiver(struct kh_receivers *to, const char *address)
{
	kh_array_each(&to->of, one)
		if (kh_streq(*one, address))
			return;
	(void)kh_array_push(&to->of, kh_strdup(address));
}

static int add_of(struct kh_db *db, struct kh_receivers *to, const char *sql, int64_t unit_id, int64_t now_s)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, sql, unit_id, now_s);
	while (kh_stmt_next(s, &r))
		add_receiver(to, kh_stmt_text(s, 0));
	return r;
}

#define ON_DUTY                                                                                                                        \
	"SELECT p.official_mail FROM reg_duty_shift d JOIN reg_staff p ON p.id IN (d.officer, d.second) WHERE d.unit_id = ?1 AND d.from_s <= ?2" \
	" AND d.to_s > ?2 AND d.state IN ('planned', 'on_duty') AND p.official_mail IS NOT NULL ORDER BY p.id"
#define OF_POSITION(position) \
	"SELECT p.official_mail FROM reg_staff p WHERE p.unit_id = ?1 AND p.position = '" position "' AND p.state = 'active' AND ?2 > 0 AND p.official_mail IS NOT NULL ORDER BY p.id"

/* Who has the duty; where nobody has, the officers. */
static int add_duty(struct kh_db *db, struct kh_receivers *to, int64_t unit_id, int64_t now_s)
{
	size_t before = to->of.n;
	int r = add_of(db, to, ON_DUTY, unit_id, now_s);
	return r < 0 || to->of.n > before ? r : add_of(db, to, OF_POSITION("officer"), unit_id, now_s);
}

static int add_superior(struct kh_db *db, struct kh_receivers *to, int64_t unit_id, int64_t now_s)
{
	size_t before = to->of.n;
	int r = add_duty(db, to, unit_id, now_s);
	return r < 0 || to->of.n > before ? r : add_of(db, to, OF_POSITION("leader"), unit_id, now_s);
}

struct ids {
	KH_ARRAY(int64_t) of;
};

/* The units directly above these, on any line. */
static int step_up(struct kh_db *db, struct ids *units)
{
	struct ids above = {0};
	int r = 0;
	kh_array_each(&units->of, unit) {
		kh_auto_stmt struct kh_stmt *s = NULL;
		if (r == 0)
			r = kh_db_query(db, &s, "SELECT DISTINCT parent_id FROM unit_edge WHERE child_id = ?1 AND to_s IS NULL ORDER BY parent_id", *unit);
		while (s && kh_stmt_next(s, &r))
			(void)kh_array_push(&above.of, kh_stmt_int(s, 0));
	}
	kh_array_done(&units->of);
	*units = above;
	return r;
}

static int add_above(struct kh_db *db, struct kh_receivers *to, int64_t unit_id, int64_t steps, int64_t now_s, bool *ret_there)
{
	struct ids units = {0};
	(void)kh_array_push(&units.of, unit_id);
	int r = 0;
	for (int64_t i = 0; r == 0 && i < steps && units.of.n; i++)
		r = step_up(db, &units);
	kh_array_each(&units.of, unit)
		r = r < 0 ? r : add_superior(db, to, *unit, now_s);
	*ret_there = units.of.n > 0;
	kh_array_done(&units.of);
	return r;
}

int kh_receivers_find(struct kh_db *db, int64_t unit_id, int64_t level, int64_t now_s, struct kh_receivers *ret, bool *ret_there)
{
	*ret_there = true;
	if (level == 0)
		return add_duty(db, ret, unit_id, now_s);
	if (level == 1)
		return add_of(db, ret, OF_POSITION("leader"), unit_id, now_s);
	return add_above(db, ret, unit_id, level - 1, now_s, ret_there);
}

/* ---- making ---- */

static int insert(struct kh_db *writer, const struct kh_notice *n, const char *channel, const char *receiver, int64_t now_s, int64_t *ret_id)
{
	return kh_db_int(writer, ret_id,
			 "INSERT INTO notice(unit_id, register, record_id, level, channel, receiver, subject, body, created_s, state, next_s)"
			 " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'waiting', ?9) RETURNING id",
			 n->unit_id, n->reg, n->record_id, n->level, channel, receiver, n->subject, n->body, now_s);
}

static int note_nobody(struct kh_db *writer, const struct kh_notice *n, int64_t now_s)
{
	int64_t id = 0;
	int r = insert(writer, n, "mail", "", now_s, &id);
	if (r == 0)
		r = kh_db_run(writer, "INSERT INTO notice_try(notice_id, at_s, error) VALUES(?1, ?2, ?3)", id, now_s, "Không có ai có hộp thư công vụ trong sổ cán bộ");
	return r < 0 ? r : kh_db_run(writer, "UPDATE notice SET state = 'failed', done_s = ?2 WHERE id = ?1", id, now_s);
}

int kh_notice_mail(struct kh_db *writer, const struct kh_notice *notice, const struct kh_receivers *to, int64_t now_s)
{
	int r = to->of.n ? 0 : note_nobody(writer, notice, now_s);
	kh_array_each(&to->of, one) {
		int64_t id = 0;
		r = r < 0 ? r : insert(writer, notice, "mail", *one, now_s, &id);
	}
	return r;
}

int kh_notice_webhook(struct kh_db *writer, const struct kh_notice *notice, const char *url, int64_t now_s)
{
	int64_t id = 0;
	return insert(writer, notice, "webhook", url, now_s, &id);
}

/* ---- reading ---- */

static int add_tries(struct kh_db *db, int64_t notice, json_t *list)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT at_s, error FROM notice_try WHERE notice_id = ?1 ORDER BY at_s", notice);
	while (kh_stmt_next(s, &r)) {
		json_t *o = json_object();
		kh_json_set_int(o, "at_s", kh_stmt_int(s, 0));
		kh_json_set_text(o, "error", kh_stmt_text(s, 1));
		kh_json_add(list, o);
	}
	return r;
}

int kh_notices_list(struct kh_db *db, const struct kh_scope *scope, const char *reg, int64_t record_id, json_t **ret)
{
	kh_auto_json json_t *items = json_array();
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_scope_query(db, scope, &s,
			       "SELECT n.id, n.level, n.channel, n.receiver, n.subject, n.state, n.created_s FROM notice n"
			       " WHERE n.register = ?1 AND n.record_id = ?2 AND {scope:n.unit_id} ORDER BY n.id",
			       reg, record_id);
	while (kh_stmt_next(s, &r)) {
		json_t *o = json_object(), *tries = json_array();
		kh_json_add(items, o);
		kh_json_set(o, "tries", tries);
		kh_json_set_int(o, "level", kh_stmt_int(s, 1));
		kh_json_set_text(o, "channel", kh_stmt_text(s, 2));
		kh_json_set_text(o, "receiver", kh_streq(kh_stmt_text(s, 2), "mail") ? kh_stmt_text(s, 3) : "");
		kh_json_set_text(o, "subject", kh_stmt_text(s, 4));
		kh_json_set_text(o, "state", kh_stmt_text(s, 5));
		kh_json_set_int(o, "created_s", kh_stmt_int(s, 6));
		r = add_tries(db, kh_stmt_int(s, 0), tries);
	}
	if (r == 0)
		*ret = kh_take(items);
	return r;
}
