/* Routes of spec/api/records.yaml: many records. */
#include "server/api/records.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "server/register/list.h"
#include "server/register/reference.h"
#include "server/report/json.h"

#define MAX_MOVED 500 /* records of one request: a page of the list */

/* ---- listing ---- */

int kh_records_chosen(const struct kh_api_call *call, struct kh_records_choice *ret)
{
	const char *unit = kh_call_text(call, "unit"), *filter = kh_call_text(call, "filter");
	int r = kh_call_narrow(call, unit, &ret->scope);
	if (r == 0 && filter)
		r = kh_json_parse(filter, strlen(filter), &ret->filter);
	ret->options = (struct kh_record_list_options){
		.scope = &ret->scope,
		.own = kh_call_bool(call, "own"),
		.shared = !unit,
		.text = kh_call_text(call, "text"),
		.filter = ret->filter,
		.sort = kh_call_text(call, "sort"),
	};
	return r;
}

void kh_records_choice_done(struct kh_records_choice *choice)
{
	json_decref(choice->filter);
}

static json_t *counts_object(const struct kh_record_count *counts)
{
	json_t *items = json_array();
	for (const struct kh_record_count *c = counts; c && c->state; c++)
		kh_json_add(items, json_pack("{s:s, s:I}", "state", c->state, "count", (json_int_t)c->n));
	return items;
}

static int answer_page(struct kh_api_call *call, const struct kh_record_page *page)
{
	kh_auto_json json_t *items = json_array();
	int r = 0;
	kh_array_each(&page->of, record) {
		json_t *object = NULL;
		r = r < 0 ? r : kh_records_object(call, record, &object);
		if (r == 0)
			kh_json_add(items, object);
	}
	if (r < 0)
		return r;
	json_t *answer = kh_call_page(kh_take(items), page->total);
	kh_json_set(answer, "states", counts_object(page->counts));
	kh_call_answer(call, answer);
	return 0;
}

int kh_route_record_list(struct kh_api_call *call)
{
	KH_CLEANUP(kh_records_choice_done) struct kh_records_choice choice = {0};
	kh_auto_record_page struct kh_record_page page = {0};
	const struct kh_register *reg = NULL;
	int r = kh_records_register(call, &reg);
	if (r == 0)
		r = kh_records_chosen(call, &choice);
	choice.options.limit = kh_call_int(call, "limit");
	choice.options.offset = kh_call_int(call, "offset");
	if (r == 0)
		r = kh_record_list(call->db, reg, &choice.options, &page);
	return r < 0 ? r : answer_page(call, &page);
}

/* ---- what a reference may name ---- */

int kh_route_record_choices(struct kh_api_call *call)
{
	const struct kh_register *reg = NULL;
	struct kh_scope unit = {0};
	json_t *items = NULL;
	int r = kh_records_register(call, &reg);
	const struct kh_register_field *field = r == 0 ? kh_register_field(reg, kh_call_text(call, "field")) : NULL;
	if (r == 0 && (!field || field->type != KH_FIELD_REF))
		return kh_fail(KH_E_INVALID_FIELD, "field: expected one that refers to something");
	if (r == 0 && kh_streq(field->of, "user")) /* login names are for those who fill them in */
		r = kh_record_check_right(call->session.user.role->rights, reg->write);
	if (r == 0)
		r = kh_call_narrow(call, kh_call_text(call, "unit"), &unit);
	if (r == 0)
		r = kh_reference_choices(call->db, field->of, unit.unit_id, kh_call_text(call, "text"), kh_call_int(call, "limit"), &items);
	if (r == 0)
		kh_call_answer(call, json_pack("{s:o}", "items", items));
	return r;
}

/* ---- how many there are ---- */

static int add_counts(struct kh_api_call *call, const struct kh_register *reg, const struct kh_record_list_options *options, json_t *items)
{
	kh_auto_free struct kh_record_count *counts = NULL;
	int r = kh_record_counts(call->db, reg, options, &counts);
	if (r == 0)
		kh_json_add(items, json_pack("{s:s, s:o}", "register", reg->name, "states", counts_object(counts)));
	return r;
}

int kh_route_register_counts(struct kh_api_call *call)
{
	struct kh_scope scope = {0};
	kh_auto_json json_t *items = json_array();
	const char *unit = kh_call_text(call, "unit");
	int r = kh_call_narrow(call, unit, &scope);
	struct kh_record_list_options options = {.scope = &scope, .shared = !unit};
	for (const struct kh_register *reg = kh_registers; r == 0 && reg->name; reg++)
		if (kh_call_may(call, reg->read))
			r = add_counts(call, reg, &options, items);
	if (r == 0)
		kh_call_answer(call, json_pack("{s:o}", "items", kh_take(items)));
	return r;
}

/* ---- moving many ---- */

struct moving {
	const struct kh_register *reg;
	struct kh_record_by by;
	const char *move, *note;
	const json_t *fields, *records;
	json_t *results;
	struct kh_record_units touched;
	int64_t moved;
};

static void moving_done(struct moving *m)
{
	json_decref(m->results);
	kh_record_units_done(&m->touched);
}

/* The postures of its unit come at the end, once. */
static int move_one(struct kh_db *writer, struct moving *m, int64_t id, int64_t version)
{
	kh_auto_record struct kh_record record = {0};
	int r = kh_record_move(writer, m->reg, id, version, m->move, m->fields, m->note, &m->by);
	if (r == 0)
		r = kh_record_get(writer, m->reg, id, NULL, &record);
	if (r == 0)
		kh_record_units_add(&m->touched, record.unit_id);
	return r;
}

static void add_result(struct moving *m, int64_t id, int r)
{
	const struct kh_error_info *info = r < 0 ? kh_error_info(r) : NULL;
	json_t *o = json_object();
	kh_json_set_int(o, "id", id);
	kh_json_set_text(o, "error", info ? info->name : NULL);
	kh_json_set_text(o, "text", info ? info->text[kh_language()] : NULL);
	kh_json_set_text(o, "detail", info ? kh_fail_detail() : NULL);
	kh_json_add(m->results, o);
	m->moved += r == 0;
}

/* What a person can put right is the record's own result; anything else ends it all, and nothing was moved. */
static int run_moves(struct kh_db *writer, void *arg)
{
	struct moving *m = arg;
	size_t i = 0;
	json_t *one = NULL;
	m->moved = 0;
	json_array_clear(m->results);
	json_array_foreach((json_t *)m->records, i, one) {
		int64_t id = 0, version = 0;
		int r = kh_json_int(one, "id", 1, INT64_MAX, &id);
		if (r == 0)
			r = kh_json_int(one, "version", 1, INT64_MAX, &version);
		if (r == 0)
			r = move_one(writer, m, id, version);
		if (r < 0 && kh_error_info(r)->http_status >= 500)
			return r;
		add_result(m, id, r);
	}
	return kh_record_units_postures(writer, m->reg, &m->touched);
}

int kh_route_record_move_many(struct kh_api_call *call)
{
	KH_CLEANUP(moving_done) struct moving m = {.by = kh_records_by(call, NULL), .move = kh_call_text(call, "move"), .note = kh_call_text(call, "note"),
						   .fields = kh_call_json(call, "fields"), .records = kh_call_json(call, "records"), .results = json_array()};
	m.by.postures_later = true;
	int r = kh_records_register(call, &m.reg);
	if (r == 0 && (!json_is_array(m.records) || json_array_size(m.records) > MAX_MOVED))
		return kh_fail(KH_E_INVALID_FIELD, "records: expected a list of at most %d records with id and version", MAX_MOVED);
	if (r == 0)
		r = kh_store_write(call->server->store, run_moves, &m);
	if (r == 0)
		kh_call_answer(call, json_pack("{s:O, s:I}", "items", m.results, "moved", (json_int_t)m.moved));
	return r;
}
