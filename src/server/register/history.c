#include "server/register/history.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "server/register/field.h"
#include "server/report/json.h"

int kh_record_note(struct kh_db *writer, const struct kh_record *record, const struct kh_record_act *act)
{
	kh_auto_free char *detail = act->detail ? kh_json_dump(act->detail) : kh_strdup("{}");
	return kh_db_run(writer,
			 "INSERT INTO record_change(register, record_id, at_s, actor, what, version, detail, move, note)"
			 " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
			 record->reg->name, record->id, act->now_s, act->actor, kh_codes_record_event[act->what].name, record->version, detail, act->move,
			 act->note);
}

int kh_actor_name(struct kh_db *db, const char *actor, char **ret)
{
	kh_auto_free char *name = NULL;
	int r = kh_db_text(db, &name, "SELECT full_name FROM app_user WHERE name = ?1", actor);
	if (r == 0)
		*ret = name ? kh_take(name) : kh_strdup(kh_code_text(kh_codes_actor, actor, kh_language()));
	return r;
}

/* ---- who was faster ---- */

static void add_once(struct kh_buf *list, json_t *seen, const char *words)
{
	if (!json_object_get(seen, words))
		kh_buf_add_item(list, words);
	kh_json_set(seen, words, json_true());
}

/* The fields and moves of one change. */
static void add_changed(const struct kh_register *reg, const struct kh_stmt *s, struct kh_buf *list, json_t *seen)
{
	const char *name = NULL, *text = kh_stmt_text(s, 2);
	json_t *pair = NULL;
	kh_auto_json json_t *detail = NULL;
	if (kh_json_parse(text, strlen(text), &detail) < 0)
		return;
	const struct kh_register_move *move = kh_register_move(reg, kh_stmt_text(s, 3));
	if (move)
		add_once(list, seen, move->label[kh_language()]);
	json_object_foreach(detail, name, pair) {
		const struct kh_register_field *field = kh_register_field(reg, name);
		if (field)
			add_once(list, seen, kh_field_label(field));
	}
}

int kh_record_stale(struct kh_db *db, const struct kh_record *record, int64_t version)
{
	kh_auto_buf struct kh_buf list = KH_BUF_INIT;
	kh_auto_json json_t *seen = json_object();
	kh_auto_free char *actor = kh_strdup(record->changed_by), *name = NULL;
	int64_t at_s = record->changed_s;
	char at[KH_ISO_SIZE];
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT actor, at_s, detail, move FROM record_change WHERE register = ?1 AND record_id = ?2 AND version > ?3 ORDER BY id",
			    record->reg->name, record->id, version);
	while (kh_stmt_next(s, &r)) {
		free(actor);
		actor = kh_strdup(kh_stmt_text(s, 0));
		at_s = kh_stmt_int(s, 1);
		add_changed(record->reg, s, &list, seen);
	}
	if (r == 0)
		r = kh_actor_name(db, actor, &name);
	if (r < 0)
		return r;
	return kh_fail(KH_E_STALE_VERSION, "the record was changed by %s at %s (%s)", name, kh_time_local(at_s, at), kh_buf_text(&list));
}

/* ---- the whole ---- */

static int add_field(struct kh_db *db, const struct kh_scope *scope, const struct kh_register_field *field, const json_t *pair, json_t *fields)
{
	json_t *old_value = NULL, *new_value = NULL;
	kh_auto_free char *old_words = NULL, *new_words = NULL;
	int r = kh_field_words_for(db, scope, field, json_array_get(pair, 0), &old_words);
	if (r == 0)
		r = kh_field_words_for(db, scope, field, json_array_get(pair, 1), &new_words);
	if (r == 0)
		r = kh_field_answer(db, field, json_array_get(pair, 0), &old_value);
	if (r == 0)
		r = kh_field_answer(db, field, json_array_get(pair, 1), &new_value);
	if (r < 0) {
		json_decref(old_value);
		return r;
	}
	json_t *o = json_object();
	kh_json_set_text(o, "field", field->name);
	kh_json_set(o, "old", old_value);
	kh_json_set(o, "new", new_value);
	kh_json_set_text(o, "old_words", old_words);
	kh_json_set_text(o, "new_words", new_words);
	kh_json_add(fields, o);
	return 0;
}

/* A state, a unit and a file stand in the detail under names that no field has. */
static int add_detail(struct kh_db *db, const struct kh_scope *scope, const struct kh_register *reg, const json_t *detail, json_t *o)
{
	json_t *fields = json_array();
	kh_json_set(o, "fields", fields);
	const char *name = NULL;
	json_t *pair = NULL;
	int r = 0;
	json_object_foreach((json_t *)detail, name, pair) {
		const struct kh_register_field *field = kh_register_field(reg, name);
		if (r == 0 && field)
			r = add_field(db, scope, field, pair, fields);
	}
	const json_t *state = json_object_get(detail, "state"), *went = state ? state : json_object_get(detail, "unit");
	kh_json_set_text(o, "from", json_string_value(json_array_get(went, 0)));
	kh_json_set_text(o, "to", json_string_value(json_array_get(went, 1)));
	kh_json_set_text(o, "file", json_string_value(json_object_get(detail, "file")));
	return r;
}

static int change_object(struct kh_db *db, const struct kh_scope *scope, const struct kh_register *reg, const struct kh_stmt *s, json_t *o)
{
	kh_auto_free char *actor = NULL;
	kh_auto_json json_t *detail = NULL;
	const char *text = kh_stmt_text(s, 4);
	int r = kh_actor_name(db, kh_stmt_text(s, 1), &actor);
	if (r == 0)
		r = kh_json_parse(text, strlen(text), &detail);
	if (r < 0)
		return r;
	kh_json_set_int(o, "at_s", kh_stmt_int(s, 0));
	kh_json_set_text(o, "actor", kh_stmt_text(s, 1));
	kh_json_set_text(o, "actor_name", actor);
	kh_json_set_text(o, "what", kh_stmt_text(s, 2));
	kh_json_set_int(o, "version", kh_stmt_int(s, 3));
	kh_json_set_text(o, "move", kh_stmt_text(s, 5));
	kh_json_set_text(o, "note", kh_stmt_text(s, 6));
	return add_detail(db, scope, reg, detail, o);
}

int kh_record_history(struct kh_db *db, const struct kh_record *record, const struct kh_scope *scope, json_t **ret)
{
	kh_auto_json json_t *items = json_array();
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT at_s, actor, what, version, detail, move, note FROM record_change WHERE register = ?1 AND record_id = ?2 ORDER BY id",
			    record->reg->name, record->id);
	while (kh_stmt_next(s, &r)) {
		json_t *o = json_object();
		kh_json_add(items, o);
		r = change_object(db, scope, record->reg, s, o);
	}
	if (r == 0)
		*ret = kh_take(items);
	return r;
}
