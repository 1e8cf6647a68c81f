/* Reviews: a row for every unit below, and the figures frozen at their end. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/base64.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "server/posture/figure.h"
#include "server/posture/posture.h"
#include "server/register/proof.h"
#include "server/report/json.h"
#include "server/server.h"
#include "server/task/task.h"

#include <inttypes.h>

#define REVIEW (&kh_registers[KH_REGISTER_REVIEW])
#define RESULT (&kh_registers[KH_REGISTER_REVIEW_RESULT])

/* ---- rows below ---- */

struct missing {
	int64_t review, unit_id, now_s;
};

static int make_row(struct kh_db *writer, void *arg)
{
	const struct missing *m = arg;
	struct kh_record_by by = kh_record_by_system(m->now_s);
	kh_auto_json json_t *fields = json_pack("{s:I}", "review", (json_int_t)m->review);
	int64_t id = 0;
	return kh_record_create(writer, RESULT, m->unit_id, fields, &by, &id);
}

int kh_reviews_spread(struct kh_db *writer, const struct kh_review_place *from, int64_t now_s, struct kh_review_place *ret, struct kh_apart *apart)
{
	KH_ARRAY(struct missing) list = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(writer, &s,
			    "SELECT r.id, a.unit_id FROM reg_review r JOIN unit_ancestor a ON a.ancestor_id = r.unit_id AND a.unit_id <> r.unit_id JOIN unit u ON u.id = a.unit_id AND u.to_s IS NULL"
			    " WHERE r.state = 'open' AND (r.id > ?2 OR (r.id = ?2 AND a.unit_id > ?3))"
			    " AND NOT EXISTS (SELECT 1 FROM reg_review_result x WHERE x.review = r.id AND x.unit_id = a.unit_id) ORDER BY r.id, a.unit_id LIMIT ?1",
			    KH_ROWS_AT_ONCE, from->review, from->unit_id);
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&list, ((struct missing){kh_stmt_int(s, 0), kh_stmt_int(s, 1), now_s}));
	kh_array_each(&list, one)
		r = r < 0 ? r : kh_apart_run(apart, writer, "review", one->review, make_row, one);
	*ret = list.n < KH_ROWS_AT_ONCE ? (struct kh_review_place){0} : (struct kh_review_place){list.v[list.n - 1].review, list.v[list.n - 1].unit_id};
	kh_array_done(&list);
	return r;
}

/* ---- the figures of every unit ---- */

static json_t *figures_of(const struct kh_posture *posture)
{
	json_t *figures = json_object();
	for (size_t i = 0; i < KH_FIGURES_COUNT; i++) {
		double value = 0;
		bool known = kh_figure_read(&kh_figures[i], posture, &value);
		kh_json_set(figures, kh_figures[i].id, kh_json_number(known, value));
	}
	return figures;
}

static json_t *counts_of(const struct kh_posture *posture)
{
	json_t *controls = json_object();
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++) {
		json_t *counts = json_array();
		for (size_t a = 0; a < KH_ANSWERS; a++)
			kh_json_add(counts, json_integer(posture->of[i].of[a]));
		kh_json_set(controls, kh_controls[i].name, counts);
	}
	return controls;
}

static int result_of(struct kh_db *db, int64_t review, int64_t unit_id, json_t *o)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT state, devices, applications, network_gear, finished_on FROM reg_review_result WHERE review = ?1 AND unit_id = ?2", review, unit_id);
	static const char *const names[] = {"devices", "applications", "network_gear", "finished_s"};
	json_t *result = kh_stmt_next(s, &r) ? json_object() : json_null();
	kh_json_set(o, "result", result);
	if (!json_is_object(result))
		return r;
	kh_json_set_text(result, "state", kh_stmt_text(s, 0));
	for (int i = 0; i < (int)KH_COUNT(names); i++)
		kh_json_set(result, names[i], kh_stmt_is_null(s, i + 1) ? json_null() : json_integer(kh_stmt_int(s, i + 1)));
	return r;
}

static int add_unit(struct kh_db *db, int64_t review, int64_t unit_id, const char *code, const char *name, json_t *units)
{
	kh_auto_free struct kh_posture *posture = kh_alloc(sizeof *posture);
	json_t *o = json_object();
	kh_json_add(units, o);
	kh_json_set_text(o, "unit", code);
	kh_json_set_text(o, "name", name);
	int r = kh_posture_read(db, unit_id, KH_TODAY, posture);
	if (r == 0)
		r = kh_posture_measure(db, unit_id, posture);
	if (r < 0)
		return r;
	kh_json_set_int(o, "machines", kh_posture_machines(posture));
	kh_json_set(o, "figures", figures_of(posture));
	kh_json_set(o, "controls", counts_of(posture));
	return result_of(db, review, unit_id, o);
}

static int add_units(struct kh_db *db, const struct kh_record *review, json_t *units)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT u.id, u.code, u.name FROM unit_ancestor a JOIN unit u ON u.id = a.unit_id AND u.to_s IS NULL WHERE a.ancestor_id = ?1 ORDER BY u.code", review->unit_id);
	while (kh_stmt_next(s, &r))
		r = add_unit(db, review->id, kh_stmt_int(s, 0), kh_stmt_text(s, 1), kh_stmt_text(s, 2), units);
	return r;
}

static int take_snapshot(struct kh_db *db, const struct kh_record *review, int64_t now_s, char **ret)
{
	json_t *answers = json_array(), *units = json_array();
	for (size_t a = 0; a < KH_ANSWERS; a++)
		kh_json_add(answers, json_string(kh_answer_names[a]));
	kh_auto_json json_t *snapshot = json_pack("{s:I, s:s, s:I, s:I, s:o, s:o}", "review", (json_int_t)review->id, "title", kh_record_text(review, "title"), "closed_s",
						  (json_int_t)kh_record_int(review, "closed_s"), "taken_s", (json_int_t)now_s, "answers", answers, "units", units);
	int r = add_units(db, review, units);
	if (r == 0)
		*ret = kh_json_dump(snapshot);
	return r;
}

/* ---- signed and kept ---- */

static char *sign_snapshot(const struct kh_sign_key *key, const char *snapshot)
{
	uint8_t signature[KH_SIGNATURE_SIZE];
	kh_auto_free char *text = kh_format("%s%s", KH_SNAPSHOT_DOMAIN, snapshot);
	kh_sign(key, text, strlen(text), signature);
	kh_auto_free char *sign = kh_base64_text(signature, sizeof signature), *public = kh_base64_text(key->public, sizeof key->public);
	kh_auto_json json_t *file = json_object();
	kh_json_set_text(file, "snapshot", snapshot);
	kh_json_set_text(file, "signature", sign);
	kh_json_set_text(file, "key", public);
	return kh_json_dump(file);
}

struct keeping {
	int64_t review, now_s;
	struct kh_proof_new file;
};

static int keep(struct kh_db *writer, void *arg)
{
	const struct keeping *k = arg;
	struct kh_record_by by = kh_record_by_system(k->now_s);
	int64_t file = 0;
	kh_auto_json json_t *fields = json_pack("{s:s}", "snapshot_sha256", k->file.sha256);
	int r = kh_proof_add(writer, REVIEW, k->review, &k->file, &by, &file);
	return r < 0 ? r : kh_record_change(writer, REVIEW, k->review, KH_RECORD_ANY_VERSION, fields, &by);
}

/* All units as of one moment. */
static int snapshot_of(struct kh_db *db, int64_t id, int64_t now_s, char **ret)
{
	kh_auto_record struct kh_record review = {0};
	int r = kh_db_begin(db);
	if (r < 0)
		return r;
	r = kh_record_get(db, REVIEW, id, NULL, &review);
	if (r == 0)
		r = take_snapshot(db, &review, now_s, ret);
	kh_db_rollback(db);
	return r;
}

static int freeze(struct kh_server *server, struct kh_db *db, int64_t id)
{
	kh_auto_free char *snapshot = NULL, *name = kh_format("ra-soat-%" PRId64 ".json", id);
	char sha256[KH_SHA256_HEX_SIZE];
	int64_t now_s = kh_now_s();
	int r = snapshot_of(db, id, now_s, &snapshot);
	if (r < 0)
		return r;
	kh_auto_free char *file = sign_snapshot(&server->order_key, snapshot);
	r = kh_proof_store(server->data_dir, file, strlen(file), sha256);
	struct keeping k = {id, now_s, {"report", name, (int64_t)strlen(file), sha256}};
	return r < 0 ? r : kh_store_write(server->store, keep, &k);
}

int kh_reviews_freeze(struct kh_server *server, struct kh_apart *apart)
{
	KH_ARRAY(int64_t) ids = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	struct kh_db *db = NULL;
	int r = kh_store_reader(server->store, &db);
	if (r == 0)
		r = kh_db_query(db, &s, "SELECT id FROM reg_review WHERE state = 'closed' AND snapshot_sha256 IS NULL ORDER BY id");
	while (s && kh_stmt_next(s, &r))
		(void)kh_array_push(&ids, kh_stmt_int(s, 0));
	kh_stmt_free(kh_take(s));
	kh_array_each(&ids, id)
		r = r < 0 ? r : kh_apart_note(apart, "review", *id, freeze(server, db, *id));
	kh_array_done(&ids);
	return r;
}
