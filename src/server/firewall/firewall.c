#include "server/firewall/firewall.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/firewall/judge.h"
#include "server/posture/posture.h"
#include "server/report/json.h"
#include "sheet/forms.h"

#define RULE (&kh_registers[KH_REGISTER_FIREWALL_RULE])
#define MOST_TEXT 300 /* characters of a field; the register has the same maxima */

/* A rule on record. */
struct kept {
	int64_t id;
	char *text, *state;
	bool found; /* in the file too */
};

struct importing {
	struct kh_db *db;
	const struct kh_record_by *by;
	const struct kh_sheet *sheet;
	int64_t device_id, unit_id;
	struct kh_firewall_rule *rules; /* by row of the sheet */
	KH_ARRAY(struct kept) kept;
	struct kh_firewall_result result;
};

static void importing_done(struct importing *im)
{
	kh_array_each(&im->kept, kept) {
		free(kept->text);
		free(kept->state);
	}
	kh_array_done(&im->kept);
	free(im->rules);
}

/* ---- what there is ---- */

static int read_kept(struct importing *im)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(im->db, &s, "SELECT id, text, state FROM reg_firewall_rule WHERE device = ?1 AND unit_id = ?2 ORDER BY id", im->device_id, im->unit_id);
	while (kh_stmt_next(s, &r)) {
		const char *text = kh_stmt_text(s, 1);
		(void)kh_array_push(&im->kept, ((struct kept){.id = kh_stmt_int(s, 0), .text = kh_strdup(text ? text : ""), .state = kh_strdup(kh_stmt_text(s, 2))}));
	}
	return r;
}

static void read_rules(struct importing *im)
{
	im->rules = kh_alloc_array(im->sheet->rows.n + 1, sizeof *im->rules);
	for (size_t i = 0; i < im->sheet->rows.n; i++) {
		const struct kh_sheet_row *row = &im->sheet->rows.v[i];
		struct kh_firewall_rule *rule = &im->rules[i];
		int64_t ms = 0;
		*rule = (struct kh_firewall_rule){.place = kh_sheet_cell(row, KH_FIREWALL_PLACE), .action = kh_sheet_cell(row, KH_FIREWALL_ACTION),
						  .source = kh_sheet_cell(row, KH_FIREWALL_SOURCE), .target = kh_sheet_cell(row, KH_FIREWALL_TARGET),
						  .service = kh_sheet_cell(row, KH_FIREWALL_SERVICE)};
		if (!kh_parse_int(kh_sheet_cell(row, KH_FIREWALL_HITS), 0, INT64_MAX, &rule->hits))
			rule->hits = -1;
		if (kh_time_parse(kh_sheet_cell(row, KH_FIREWALL_EXPIRES), &ms))
			rule->expires_s = ms / 1000;
	}
	kh_firewall_judge(im->rules, im->sheet->rows.n, im->by->now_s);
}

/* ---- one rule ---- */

static void set_cut(json_t *fields, const char *name, const char *text, size_t most)
{
	kh_auto_free char *cut = kh_strndup(text, most * 4);
	size_t chars = 0;
	char *p = cut;
	for (; *p && chars < most; chars++)
		for (p++; (*p & 0xc0) == 0x80;)
			p++;
	*p = '\0';
	kh_json_set_text(fields, name, *cut ? cut : NULL);
}

/* What does not hold is null: a record that was made before the field was there is no other for it. */
static void set_problems(json_t *fields, const struct kh_firewall_rule *rules, size_t i)
{
	unsigned problems = rules[i].problems;
	kh_json_set_text(fields, "problem", kh_firewall_gravest(problems));
	set_cut(fields, "shadowed_by", problems & KH_FIREWALL_SHADOWED ? rules[rules[i].shadow].place : "", 80);
	kh_json_set(fields, "expired", problems & KH_FIREWALL_EXPIRED ? json_true() : json_null());
	kh_json_set(fields, "unused", problems & KH_FIREWALL_UNUSED ? json_true() : json_null());
}

static json_t *fields_of(const struct importing *im, size_t i)
{
	const struct kh_sheet_row *row = &im->sheet->rows.v[i];
	const struct kh_firewall_rule *rule = &im->rules[i];
	const char *purpose = kh_sheet_cell(row, KH_FIREWALL_PURPOSE);
	char day[KH_ISO_SIZE];
	json_t *o = json_object();
	kh_json_set_int(o, "device", im->device_id);
	set_cut(o, "place", rule->place, 80);
	set_cut(o, "action", rule->action, 40);
	set_cut(o, "source", rule->source, MOST_TEXT);
	set_cut(o, "target", rule->target, MOST_TEXT);
	set_cut(o, "service", rule->service, 200);
	set_cut(o, "text", kh_sheet_cell(row, KH_FIREWALL_TEXT), 1000);
	set_problems(o, im->rules, i);
	if (rule->hits >= 0)
		kh_json_set_int(o, "hits", rule->hits);
	if (rule->expires_s)
		kh_json_set_text(o, "expires_on", kh_time_day(rule->expires_s, day));
	if (*purpose) /* what people wrote stays where the file says nothing */
		set_cut(o, "purpose", purpose, MOST_TEXT);
	return o;
}

static struct kept *kept_of(struct importing *im, const json_t *fields)
{
	const char *text = json_string_value(json_object_get(fields, "text"));
	kh_array_each(&im->kept, kept)
		if (!kept->found && kh_streq(kept->text, text ? text : ""))
			return kept;
	return NULL;
}

static int take_rule(struct importing *im, size_t i)
{
	kh_auto_json json_t *fields = fields_of(im, i);
	struct kept *kept = kept_of(im, fields);
	bool changed = false;
	int64_t id = 0;
	int r = 0;
	im->result.problems += im->rules[i].problems != 0;
	if (!kept) {
		im->result.created++;
		return kh_record_create(im->db, RULE, im->unit_id, fields, im->by, &id);
	}
	kept->found = true;
	bool back = kh_streq(kept->state, "removed");
	r = kh_record_change_told(im->db, RULE, kept->id, KH_RECORD_ANY_VERSION, fields, im->by, &changed);
	if (r == 0 && back)
		r = kh_record_move(im->db, RULE, kept->id, KH_RECORD_ANY_VERSION, "doubt", NULL, NULL, im->by);
	im->result.changed += changed || back;
	im->result.same += !changed && !back;
	return r;
}

static int remove_others(struct importing *im)
{
	int r = 0;
	kh_array_each(&im->kept, kept) {
		if (r < 0 || kept->found || kh_streq(kept->state, "removed"))
			continue;
		r = kh_record_move(im->db, RULE, kept->id, KH_RECORD_ANY_VERSION, "remove", NULL, NULL, im->by);
		im->result.removed++;
	}
	return r;
}

/* ---- the whole ---- */

static int take_all(struct importing *im)
{
	int r = kh_db_int(im->db, &im->unit_id, "SELECT unit_id FROM reg_device WHERE id = ?1", im->device_id);
	if (r == 0 && !im->unit_id)
		r = kh_record_missing(&kh_registers[KH_REGISTER_DEVICE], im->device_id);
	r = r < 0 ? r : read_kept(im);
	if (r < 0)
		return r;
	read_rules(im);
	im->result.rules = (int64_t)im->sheet->rows.n;
	for (size_t i = 0; r == 0 && i < im->sheet->rows.n; i++)
		r = take_rule(im, i);
	r = r < 0 ? r : remove_others(im);
	return r < 0 ? r : kh_posture_register_changed(im->db, im->unit_id, RULE->name);
}

int kh_firewall_import(struct kh_db *writer, int64_t device_id, const struct kh_sheet *sheet, bool dry_run, const struct kh_record_by *by,
		       struct kh_firewall_result *ret)
{
	struct kh_record_by later = *by;
	later.postures_later = true;
	KH_CLEANUP(importing_done) struct importing im = {.db = writer, .by = &later, .sheet = sheet, .device_id = device_id};
	int r = kh_db_begin(writer);
	if (r < 0)
		return r;
	r = take_all(&im);
	if (r == 0 && !dry_run)
		r = kh_db_commit(writer);
	if (r < 0 || dry_run)
		kh_db_rollback(writer);
	if (r == 0)
		*ret = im.result;
	return r;
}
