/* khien-server content add|status|remove */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "crypto/sign.h"
#include "gen/cli_khien_server.h"
#include "server/content/bundles.h"
#include "server/verb/verb.h"

#include <inttypes.h>
#include <stdio.h>

static const char *number_text(int64_t number, char out[24])
{
	snprintf(out, 24, "%" PRId64, number);
	return out;
}

static json_t *json_of(const struct kh_bundle *b, bool current)
{
	json_t *j = json_object();
	kh_json_set_int(j, "id", b->id);
	kh_json_set_text(j, "sha256", b->sha256);
	kh_json_set_int(j, "size", b->size);
	kh_json_set_int(j, "files", b->files);
	kh_json_set_int(j, "made_s", b->made_s);
	kh_json_set_int(j, "added_s", b->added_s);
	kh_json_set_bool(j, "current", current);
	return j;
}

/* ---- add ---- */

int kh_verb_content_add(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	struct kh_content_keys keys = {0};
	struct kh_bundle b = {0};
	const char *path = kh_cli_text(call, "keys");
	char id[24], files[24], made[KH_ISO_SIZE];
	int r = kh_verb_open(call, &v);
	if (r == 0 && (r = kh_sign_public_load(path ? path : v.server->settings.content_keys, keys.v, KH_CONTENT_MAX_KEYS, &keys.n)) < 0)
		r = kh_fail_in(r, "the public keys of those whose bundles are believed (--keys FILE, or the setting content.keys)");
	r = r < 0 ? r : kh_bundle_add(v.server, call->args[0], &keys, v.actor, v.now_s, &b);
	if (r < 0)
		return r;
	if (kh_cli_flag(call, "json"))
		return kh_print_json(json_of(&b, true));
	return kh_verb_say(&v, KH_T_SERVER_CONTENT_ADDED, {"id", number_text(b.id, id)}, {"files", number_text(b.files, files)}, {"made", kh_verb_time(b.made_s, made)});
}

/* ---- status ---- */

/* Active machines that call the server, by what they said last. */
struct machines {
	int64_t all, current, older, never;
};

static int count_machines(struct kh_db *db, const struct kh_bundle *current, struct machines *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT COUNT(*), SUM(CASE WHEN c.sha256 = ?1 THEN 1 ELSE 0 END), SUM(CASE WHEN c.endpoint_id IS NULL THEN 1 ELSE 0 END)"
			    " FROM endpoint e LEFT JOIN content_state c ON c.endpoint_id = e.id WHERE e.state = 'active' AND e.offline_key IS NULL",
			    current->sha256);
	while (kh_stmt_next(s, &r))
		*ret = (struct machines){.all = kh_stmt_int(s, 0), .current = kh_stmt_int(s, 1), .never = kh_stmt_int(s, 2)};
	ret->older = ret->all - ret->current - ret->never;
	return r;
}

static int list(const struct kh_verb *v, const struct kh_bundle *current, json_t *items, struct kh_table *table)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(v->db, &s, "SELECT id, sha256, size, files, made_s, added_s FROM content_bundle ORDER BY made_s DESC, id DESC");
	while (kh_stmt_next(s, &r)) {
		char id[24], size[24], files[24], made[KH_ISO_SIZE], added[KH_ISO_SIZE];
		struct kh_bundle b = {.id = kh_stmt_int(s, 0), .size = kh_stmt_int(s, 2), .files = kh_stmt_int(s, 3), .made_s = kh_stmt_int(s, 4), .added_s = kh_stmt_int(s, 5)};
		snprintf(b.sha256, sizeof b.sha256, "%s", kh_stmt_text(s, 1));
		json_array_append_new(items, json_of(&b, b.id == current->id));
		b.sha256[12] = '\0'; /* enough to tell them apart */
		kh_table_add(table, number_text(b.id, id), b.id == current->id ? kh_text(v->language, KH_T_SERVER_CONTENT_CURRENT) : "", b.sha256,
			     number_text(b.size / 1024, size), number_text(b.files, files), kh_verb_time(b.made_s, made), kh_verb_time(b.added_s, added));
	}
	return r;
}

static int say_machines(const struct kh_verb *v, const struct machines *m)
{
	char all[24], current[24], older[24], never[24];
	return kh_verb_say(v, KH_T_SERVER_CONTENT_MACHINES, {"all", number_text(m->all, all)}, {"current", number_text(m->current, current)},
			   {"older", number_text(m->older, older)}, {"never", number_text(m->never, never)});
}

static json_t *json_of_status(json_t *items, const struct machines *m)
{
	json_t *j = json_object(), *machines = json_object();
	kh_json_set_int(machines, "all", m->all);
	kh_json_set_int(machines, "current", m->current);
	kh_json_set_int(machines, "older", m->older);
	kh_json_set_int(machines, "never_said", m->never);
	json_object_set(j, "bundles", items);
	json_object_set_new(j, "machines", machines);
	return j;
}

int kh_verb_content_status(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	kh_auto_table struct kh_table table = {0};
	kh_auto_json json_t *items = json_array();
	struct kh_bundle current = {0};
	struct machines machines = {0};
	enum kh_language l = call->language;
	kh_table_add(&table, kh_text(l, KH_T_SERVER_COL_ID), kh_text(l, KH_T_SERVER_COL_STATE), "SHA-256", "KiB", kh_text(l, KH_T_SERVER_COL_FILES),
		     kh_text(l, KH_T_SERVER_COL_MADE), kh_text(l, KH_T_SERVER_COL_ADDED));
	int r = kh_verb_open(call, &v);
	r = r < 0 ? r : kh_bundle_current(v.db, &current);
	r = r < 0 ? r : list(&v, &current, items, &table);
	r = r < 0 ? r : count_machines(v.db, &current, &machines);
	if (r < 0)
		return r;
	if (kh_cli_flag(call, "json"))
		return kh_print_json(json_of_status(items, &machines));
	if (!current.id)
		return kh_verb_say(&v, KH_T_SERVER_CONTENT_NONE, {"", ""});
	r = kh_table_print(&table);
	return r < 0 ? r : say_machines(&v, &machines);
}

/* ---- remove ---- */

int kh_verb_content_remove(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	struct kh_bundle b = {0};
	int64_t id = 0;
	if (!kh_parse_int(call->args[0], 1, INT64_MAX, &id))
		return kh_fail(KH_E_USAGE, "%s: expected the number of a content bundle (khien-server content status)", call->args[0]);
	int r = kh_verb_open(call, &v);
	r = r < 0 ? r : kh_bundle_remove(v.server, id, v.actor, &b);
	return r < 0 ? r : kh_verb_say(&v, KH_T_SERVER_CONTENT_REMOVED, {"id", call->args[0]});
}
