#include "server/task/task.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "server/alert/notice.h"
#include "server/posture/control.h"
#include "server/report/json.h"

#include <inttypes.h>

#define TASK (&kh_registers[KH_REGISTER_TASK])
#define RESULT_CHARACTERS 3800 /* of what people wrote: the field holds 4000, and the program has a sentence to add */

/* ---- measured ---- */

enum verdict { UNDECIDED, HOLDS, FAILS };

struct measured {
	int64_t id, unit_id, endpoint;
	char *control, *state, *result;
	int64_t done_s, measured_s, reopened;
};

struct list {
	KH_ARRAY(struct measured) of;
};

static void list_done(struct list *list)
{
	kh_array_each(&list->of, t) {
		free(t->control);
		free(t->state);
		free(t->result);
	}
	kh_array_done(&list->of);
}

static int read_tasks(struct kh_db *db, struct list *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT t.id, t.unit_id, t.endpoint, t.control, t.state, t.result, t.done_s, t.measured_s, t.reopened FROM reg_task t JOIN unit u ON u.id = t.unit_id AND u.to_s IS NULL"
			    " WHERE t.control IS NOT NULL AND t.state IN ('open', 'doing', 'done') ORDER BY t.id");
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ret->of, ((struct measured){.id = kh_stmt_int(s, 0), .unit_id = kh_stmt_int(s, 1), .endpoint = kh_stmt_int(s, 2), .control = kh_strdup(kh_stmt_text(s, 3)),
								 .state = kh_strdup(kh_stmt_text(s, 4)), .result = kh_stmt_text(s, 5) ? kh_strdup(kh_stmt_text(s, 5)) : NULL,
								 .done_s = kh_stmt_int(s, 6), .measured_s = kh_stmt_int(s, 7), .reopened = kh_stmt_int(s, 8)}));
	return r;
}

/* Of its machine, while that is one of the unit's; without one, of its unit: of a control over machines with everything below. */
static int ask(struct kh_db *db, const struct measured *task, const struct kh_control *control, struct kh_stmt **ret)
{
	if (task->endpoint)
		return kh_db_query(db, ret,
				   "SELECT w.pass, w.fail, w.unknown FROM answer w JOIN endpoint e ON e.id = w.endpoint_id JOIN unit_ancestor a ON a.unit_id = e.unit_id AND a.ancestor_id = ?3"
				   " WHERE w.endpoint_id = ?1 AND w.control = ?2",
				   task->endpoint, task->control, task->unit_id);
	if (control->over == KH_OVER_UNIT)
		return kh_db_query(db, ret, "SELECT pass, fail, unknown FROM unit_answer WHERE unit_id = ?1 AND control = ?2", task->unit_id, task->control);
	return kh_db_query(db, ret, "SELECT pass, fail, unknown FROM posture WHERE unit_id = ?1 AND control = ?2 ORDER BY day DESC LIMIT 1", task->unit_id, task->control);
}

/* Nothing failed and nothing is unknown, of at least one: only then it holds. */
static int verdict_of(struct kh_db *db, const struct measured *task, enum verdict *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	const struct kh_control *control = kh_control_named(task->control);
	*ret = UNDECIDED;
	int r = control ? ask(db, task, control, &s) : 0;
	if (s && kh_stmt_next(s, &r)) {
		int64_t pass = kh_stmt_int(s, 0), fail = kh_stmt_int(s, 1), unknown = kh_stmt_int(s, 2);
		*ret = fail ? FAILS : pass && !unknown ? HOLDS : UNDECIDED;
	}
	return r;
}

static int close_task(struct kh_db *writer, const struct measured *task, int64_t now_s)
{
	char at[KH_ISO_SIZE];
	struct kh_record_by by = kh_record_by_system(now_s);
	kh_auto_free char *said = kh_text_with(KH_VI, KH_T_TASK_MEASURED, {"at", kh_time_local(now_s, at)});
	const char *told = task->result ? task->result : "";
	int kept = (int)kh_utf8_valid_prefix(told, strlen(told), RESULT_CHARACTERS);
	kh_auto_free char *result = kh_format("%.*s%s%s", kept, told, *told ? "\n" : "", said);
	kh_auto_json json_t *fields = json_pack("{s:I}", "measured_s", (json_int_t)now_s);
	kh_json_set_text(fields, "result", result);
	return kh_record_move(writer, TASK, task->id, KH_RECORD_ANY_VERSION, "finish", fields, NULL, &by);
}

static int open_task(struct kh_db *writer, const struct measured *task, int64_t now_s)
{
	char at[KH_ISO_SIZE];
	struct kh_record_by by = kh_record_by_system(now_s);
	kh_auto_free char *note = kh_text_with(KH_VI, KH_T_TASK_FAILED_AGAIN, {"at", kh_time_local(now_s, at)});
	kh_auto_json json_t *fields = json_pack("{s:I, s:n, s:n, s:n}", "reopened", (json_int_t)(task->reopened + 1), "done_s", "measured_s", "reminded_s");
	return kh_record_move(writer, TASK, task->id, KH_RECORD_ANY_VERSION, "reopen", fields, note, &by);
}

/* Who says that it is done is believed for a day: the machine may have to be measured first. */
static int follow(struct kh_db *writer, const struct measured *task, int64_t now_s)
{
	enum verdict verdict = UNDECIDED;
	bool done = kh_streq(task->state, "done");
	int r = verdict_of(writer, task, &verdict);
	if (r < 0)
		return r;
	if (verdict == HOLDS && !done)
		return close_task(writer, task, now_s);
	if (verdict == FAILS && done && (task->measured_s || task->done_s + KH_DAY_S < now_s))
		return open_task(writer, task, now_s);
	return 0;
}

struct following {
	const struct measured *task;
	int64_t now_s;
};

static int follow_apart(struct kh_db *writer, void *arg)
{
	const struct following *f = arg;
	return follow(writer, f->task, f->now_s);
}

int kh_tasks_measure(struct kh_db *writer, int64_t now_s, struct kh_apart *apart)
{
	struct list list KH_CLEANUP(list_done) = {0};
	int r = read_tasks(writer, &list);
	kh_array_each(&list.of, task) {
		struct following f = {task, now_s};
		r = r < 0 ? r : kh_apart_run(apart, writer, "task", task->id, follow_apart, &f);
	}
	return r;
}

/* ---- reminders ---- */

struct reminder {
	int64_t unit_id, first, count, last_due_s, owner;
	char *mail, *unit;
};

struct reminders {
	KH_ARRAY(struct reminder) of;
};

static void reminders_done(struct reminders *list)
{
	kh_array_each(&list->of, one) {
		free(one->mail);
		free(one->unit);
	}
	kh_array_done(&list->of);
}

#define DUE_SOON "t.state IN ('open', 'doing') AND t.reminded_s IS NULL AND t.due_on + 86400 > ?1 AND t.due_on <= ?2"

static int read_reminders(struct kh_db *db, int64_t now_s, int64_t until_s, struct reminders *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT t.unit_id, MIN(t.id), COUNT(*), MAX(t.due_on), COALESCE(t.owner, 0), p.official_mail, u.name FROM reg_task t JOIN unit u ON u.id = t.unit_id AND u.to_s IS NULL"
			    " LEFT JOIN reg_staff p ON p.id = t.owner WHERE " DUE_SOON " GROUP BY t.unit_id, COALESCE(t.owner, 0), p.official_mail, u.name ORDER BY 2",
			    now_s, until_s);
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ret->of, ((struct reminder){kh_stmt_int(s, 0), kh_stmt_int(s, 1), kh_stmt_int(s, 2), kh_stmt_int(s, 3), kh_stmt_int(s, 4),
								 kh_stmt_text(s, 5) ? kh_strdup(kh_stmt_text(s, 5)) : NULL, kh_strdup(kh_stmt_text(s, 6))}));
	return r;
}

/* The owner; a task without one is everybody's, so whoever has the duty is told. */
static int receivers_of(struct kh_db *db, const struct reminder *reminder, int64_t now_s, struct kh_receivers *ret)
{
	bool there = false;
	if (!reminder->mail)
		return reminder->owner ? 0 : kh_receivers_find(db, reminder->unit_id, 0, now_s, ret, &there);
	(void)kh_array_push(&ret->of, kh_strdup(reminder->mail));
	return 0;
}

static int mark(struct kh_db *writer, const struct reminder *reminder, int64_t now_s, int64_t until_s)
{
	struct kh_record_by by = kh_record_by_system(now_s);
	KH_ARRAY(int64_t) ids = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(writer, &s, "SELECT t.id FROM reg_task t WHERE " DUE_SOON " AND t.unit_id = ?3 AND COALESCE(t.owner, 0) = ?4 ORDER BY t.id", now_s, until_s, reminder->unit_id, reminder->owner);
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ids, kh_stmt_int(s, 0));
	kh_auto_json json_t *fields = json_pack("{s:I}", "reminded_s", (json_int_t)now_s);
	kh_array_each(&ids, id)
		r = r < 0 ? r : kh_record_change(writer, TASK, *id, KH_RECORD_ANY_VERSION, fields, &by);
	kh_array_done(&ids);
	return r;
}

static int remind(struct kh_db *writer, const struct reminder *reminder, int64_t now_s, int64_t until_s)
{
	char day[KH_ISO_SIZE];
	kh_auto_receivers struct kh_receivers to = {0};
	kh_auto_free char *count = kh_format("%" PRId64, reminder->count);
	kh_auto_free char *subject = kh_text_with(KH_VI, KH_T_TASK_REMIND_SUBJECT, {"count", count}, {"unit", reminder->unit});
	kh_auto_free char *body = kh_text_with(KH_VI, KH_T_TASK_REMIND, {"count", count}, {"unit", reminder->unit}, {"day", kh_time_local(reminder->last_due_s + KH_DAY_S - 1, day)});
	int r = receivers_of(writer, reminder, now_s, &to);
	if (r == 0)
		r = kh_notice_mail(writer, &(struct kh_notice){reminder->unit_id, reminder->first, 0, "task", subject, body}, &to, now_s);
	return r < 0 ? r : mark(writer, reminder, now_s, until_s);
}

struct reminding {
	const struct reminder *reminder;
	int64_t now_s, until_s;
};

static int remind_apart(struct kh_db *writer, void *arg)
{
	const struct reminding *m = arg;
	return remind(writer, m->reminder, m->now_s, m->until_s);
}

int kh_tasks_remind(struct kh_db *writer, int64_t before_s, int64_t now_s, struct kh_apart *apart)
{
	struct reminders list KH_CLEANUP(reminders_done) = {0};
	int r = read_reminders(writer, now_s, now_s + before_s, &list);
	kh_array_each(&list.of, one) {
		struct reminding m = {one, now_s, now_s + before_s};
		r = r < 0 ? r : kh_apart_run(apart, writer, "reminder", one->first, remind_apart, &m);
	}
	return r;
}
