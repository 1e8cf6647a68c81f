#include "guard/ransom_alarms.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "os/file.h"

#include <signal.h>
#include <string.h>

#define MAX_FILE (8 * KH_MIB)
#define MAX_LISTED 256 /* processes of a tree by number, in a record */

struct held {
	int64_t id;
	struct kh_ransom_tree tree;
};

struct kh_ransom_alarms {
	char *path;
	json_t *list;
	int64_t last_id;
	bool changed;
	KH_ARRAY(struct held) held;
};

/* ---- records ---- */

static json_t *text_list(char *const *texts, size_t n)
{
	json_t *j = json_array();
	for (size_t i = 0; i < n && texts[i]; i++)
		kh_assert(json_array_append_new(j, kh_json_string(texts[i])) == 0);
	return j;
}

static void set_tally(json_t *j, const struct kh_ransom_tally *t)
{
	json_t *signs = json_object();
	for (size_t i = 0; i < KH_RANSOM_SIGNS; i++)
		if (t->count[i])
			kh_json_set_int(signs, kh_ransom_weights[i].name, t->count[i]);
	kh_assert(json_object_set_new(j, "signs", signs) == 0);
	kh_json_set_int(j, "harmed", kh_ransom_tally_harmed(t));
	kh_json_set_int(j, "after_ms", t->last_ms - t->first_ms);
	kh_assert(json_object_set_new(j, "folders", text_list(t->folders, KH_RANSOM_FOLDERS)) == 0);
	kh_assert(json_object_set_new(j, "examples", text_list(t->examples, KH_RANSOM_EXAMPLES)) == 0);
}

static void set_canary(json_t *j, const struct kh_ransom_alarm *alarm)
{
	kh_auto_free char *path = kh_format("%s/%s", alarm->folder, alarm->name);
	char *const folder[] = {(char *)(uintptr_t)alarm->folder}, *const example[] = {path};
	kh_assert(json_object_set_new(j, "signs", json_object()) == 0);
	kh_json_set_int(j, "harmed", kh_streq(alarm->rule, KH_RANSOM_RULE_CHANGED));
	kh_assert(json_object_set_new(j, "folders", text_list(folder, 1)) == 0);
	kh_assert(json_object_set_new(j, "examples", text_list(example, 1)) == 0);
}

static void set_tree(json_t *j, const struct kh_ransom_tree *tree)
{
	json_t *list = json_array();
	for (size_t i = 0; i < KH_MIN(tree->all.n, (size_t)MAX_LISTED); i++) {
		json_t *one = json_object();
		kh_json_set_int(one, "pid", tree->all.v[i].pid);
		kh_json_set_int(one, "start", (int64_t)tree->all.v[i].start);
		kh_assert(json_array_append_new(list, one) == 0);
	}
	kh_assert(json_object_set_new(j, "processes", list) == 0);
}

static json_t *record_of(const struct kh_ransom_alarm *alarm, int64_t id, const struct kh_ransom_tree *tree)
{
	const struct kh_ransom_actor *actor = alarm->actor;
	json_t *j = json_object();
	kh_json_set_int(j, "id", id);
	kh_json_set_int(j, "time_ms", kh_now_ms());
	kh_json_set_text(j, "rule", alarm->rule);
	kh_json_set_text(j, "action", tree->all.n ? "stopped" : "warned");
	kh_json_set_text(j, "why", alarm->why);
	kh_json_set_int(j, "pid", actor ? actor->process.pid : 0);
	kh_json_set_int(j, "user", actor ? (int64_t)actor->user : -1);
	kh_json_set_text(j, "program", actor ? actor->program : NULL);
	kh_json_set_int(j, "score", (int64_t)alarm->score);
	if (actor && actor->tally)
		set_tally(j, actor->tally);
	else
		set_canary(j, alarm);
	kh_json_set_int(j, "late", 0);
	set_tree(j, tree);
	return j;
}

static json_t *find(const struct kh_ransom_alarms *a, int64_t id)
{
	size_t i = 0;
	json_t *one = NULL;
	json_array_foreach(a->list, i, one)
		if (json_integer_value(json_object_get(one, "id")) == id)
			return one;
	return NULL;
}

const json_t *kh_ransom_alarms_add(struct kh_ransom_alarms *a, const struct kh_ransom_alarm *alarm, struct kh_ransom_tree *tree)
{
	json_t *record = record_of(alarm, ++a->last_id, tree);
	kh_assert(json_array_insert_new(a->list, 0, record) == 0);
	while (json_array_size(a->list) > KH_RANSOM_ALARMS)
		kh_assert(json_array_remove(a->list, KH_RANSOM_ALARMS) == 0);
	if (tree->all.n) {
		kh_array_push(&a->held, ((struct held){.id = a->last_id, .tree = *tree}));
		*tree = (struct kh_ransom_tree){0};
	}
	a->changed = true;
	return record;
}

/* ---- who is stopped ---- */

static struct held *holding(struct kh_ransom_alarms *a, pid_t pid)
{
	kh_array_each(&a->held, h)
		kh_array_each(&h->tree.all, s)
			if (s->pid == pid)
				return h;
	return NULL;
}

bool kh_ransom_alarms_any_stopped(const struct kh_ransom_alarms *a)
{
	return a->held.n > 0;
}

void kh_ransom_alarms_late(struct kh_ransom_alarms *a, pid_t stopped, const struct kh_ransom_process *doer, bool harm)
{
	struct held *h = holding(a, stopped);
	json_t *record = h ? find(a, h->id) : NULL;
	if (h)
		kh_ransom_tree_stop_again(&h->tree, doer);
	if (record && harm) {
		kh_json_set_int(record, "late", json_integer_value(json_object_get(record, "late")) + 1);
		a->changed = true;
	}
}

static void let_go(struct kh_ransom_alarms *a, struct held *h, const char *action)
{
	json_t *record = find(a, h->id);
	if (record)
		kh_json_set_text(record, "action", action);
	kh_ransom_tree_done(&h->tree);
	*h = a->held.v[--a->held.n];
	a->changed = true;
}

bool kh_ransom_alarms_end(struct kh_ransom_alarms *a, pid_t pid, int signal, pid_t *ret_first)
{
	struct held *h = holding(a, pid);
	if (!h)
		return false;
	*ret_first = h->tree.all.v[0].pid;
	kh_ransom_tree_signal(&h->tree, signal);
	let_go(a, h, signal == SIGKILL ? "killed" : "released");
	return true;
}

/* ---- the file ---- */

static void hold_again(struct kh_ransom_alarms *a, const json_t *record)
{
	struct kh_ransom_tree tree = {0};
	size_t i = 0;
	json_t *one = NULL;
	json_array_foreach(json_object_get(record, "processes"), i, one)
		kh_ransom_tree_hold(&tree, (pid_t)json_integer_value(json_object_get(one, "pid")), (uint64_t)json_integer_value(json_object_get(one, "start")));
	if (tree.all.n)
		kh_array_push(&a->held, ((struct held){.id = json_integer_value(json_object_get(record, "id")), .tree = tree}));
}

static json_t *read_list(const char *path)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_json json_t *j = NULL;
	if (kh_file_read(path, MAX_FILE, &text) < 0 || kh_json_parse(kh_buf_text(&text), text.len, &j) < 0 || !json_is_array(json_object_get(j, "alarms")))
		return json_array();
	return json_incref(json_object_get(j, "alarms"));
}

struct kh_ransom_alarms *kh_ransom_alarms_load(const char *path)
{
	struct kh_ransom_alarms *a = kh_alloc(sizeof *a);
	a->path = kh_strdup(path);
	a->list = read_list(path);
	size_t i = 0;
	json_t *one = NULL;
	json_array_foreach(a->list, i, one) {
		const char *action = json_string_value(json_object_get(one, "action"));
		a->last_id = KH_MAX(a->last_id, json_integer_value(json_object_get(one, "id")));
		if (!kh_streq(action, "stopped"))
			continue;
		size_t before = a->held.n;
		hold_again(a, one);
		if (a->held.n == before)
			kh_json_set_text(one, "action", "ended");
	}
	return a;
}

static int save(const struct kh_ransom_alarms *a)
{
	kh_auto_json json_t *j = json_object();
	kh_assert(json_object_set(j, "alarms", a->list) == 0);
	kh_auto_free char *text = kh_json_dump(j);
	return kh_file_replace(a->path, text, strlen(text), 0600);
}

int kh_ransom_alarms_keep(struct kh_ransom_alarms *a)
{
	for (size_t i = a->held.n; i-- > 0;)
		if (!kh_ransom_tree_lives(&a->held.v[i].tree))
			let_go(a, &a->held.v[i], "ended");
	if (!a->changed)
		return 0;
	a->changed = false;
	return save(a);
}

void kh_ransom_alarms_free(struct kh_ransom_alarms *a)
{
	if (!a)
		return;
	kh_array_each(&a->held, h)
		kh_ransom_tree_done(&h->tree);
	kh_array_done(&a->held);
	json_decref(a->list);
	free(a->path);
	free(a);
}

const json_t *kh_ransom_alarms_list(const struct kh_ransom_alarms *a)
{
	return a->list;
}
