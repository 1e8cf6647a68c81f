/* khien db: the content store (content/store.h) by hand. Results go to standard output, what was left out to standard error. */
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "base/size.h"
#include "cli/externals.h"
#include "cli/left_out.h"
#include "cli/machine_settings.h"
#include "cli/progress_line.h"
#include "content/import.h"
#include "content/workers.h"
#include "gen/cli_khien.h"
#include "http/download.h"
#include "os/file.h"
#include "os/host.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define TRUSTED_KEYS "/etc/khien/content.pub"
enum { SHOWN_PROBLEMS = 20, NOT_SOUND = 3 };

static const char *store_of(const struct kh_cli_call *call)
{
	const char *dir = kh_cli_text(call, "store");
	return dir ? dir : kh_machine_store();
}

static void say(char *text)
{
	puts(text);
	free(text);
}

static const char *number_text(int64_t n, char out[32])
{
	snprintf(out, 32, "%" PRId64, n);
	return out;
}

/* ClamAV databases that nobody signed: they work, but whoever made or changed them is not known. */
static void say_unsigned(enum kh_language l, const struct kh_content_set *set)
{
	char count[32];
	if (set->info.unsigned_databases)
		say(kh_text_with(l, KH_T_DB_UNSIGNED, {"count", number_text((int64_t)set->info.unsigned_databases, count)}));
}

/* What came of a change. */
static int say_in_use(const struct kh_cli_call *call, enum kh_message message)
{
	struct kh_content_state s = {0};
	char number[32], rules[32], signatures[32], hashes[32];
	int r = kh_content_store_state(store_of(call), &s);
	if (r < 0)
		return r;
	say(kh_text_with(call->language, message, {"number", number_text(s.current, number)}, {"rules", number_text(s.yara_rules, rules)},
			 {"signatures", number_text(s.clamav_signatures, signatures)}, {"hashes", number_text(s.hashes, hashes)}));
	return 0;
}

/* ---- progress ---- */

struct work {
	const struct kh_cli_call *call;
	struct kh_progress_line line;
	struct kh_content_keys keys;
	struct kh_cli_externals externals;
	KH_ARRAY(char *) origins; /* what was imported, by its name in the store; none: everything is made anew */
	struct kh_content_workers workers;
	struct kh_content_engine engine;
	enum kh_message doing;
	int64_t since_ms; /* it has been doing that */
};

static void work_done(struct work *w)
{
	kh_progress_line_clear(&w->line);
	kh_cli_externals_done(&w->externals);
	kh_array_each(&w->origins, origin)
		free(*origin);
	kh_array_done(&w->origins);
}
#define auto_work KH_CLEANUP(work_done)

static void show(struct work *w, enum kh_message doing, uint64_t done, uint64_t of, uint64_t bytes)
{
	char done_text[32], of_text[32], size[KH_SIZE_TEXT], rate[KH_SIZE_TEXT], seconds[32];
	const bool begins = doing != w->doing;
	if (begins)
		w->since_ms = kh_monotonic_ms();
	w->doing = doing;
	if (!w->line.wanted || !(begins || kh_progress_line_due(&w->line)))
		return;
	const int64_t ms = KH_MAX(kh_monotonic_ms() - w->since_ms, INT64_C(1));
	const enum kh_language l = w->call->language;
	kh_auto_free char *text = kh_text_with(l, doing, {"done", number_text((int64_t)done, done_text)}, {"of", number_text((int64_t)of, of_text)},
					       {"size", kh_size_text(l, bytes, size)}, {"rate", kh_size_text(l, bytes * 1000 / (uint64_t)ms, rate)},
					       {"seconds", number_text(ms / 1000, seconds)});
	kh_progress_line_show(&w->line, text);
}

static void on_read(void *context, uint64_t files, uint64_t bytes)
{
	show(context, KH_T_DB_READS, files, 0, bytes);
}

static void on_progress(void *context, const struct kh_content_progress *p)
{
	static const enum kh_message steps[] = {
		[KH_CONTENT_COMPILES] = KH_T_DB_COMPILES, [KH_CONTENT_TRIES] = KH_T_DB_TRIES, [KH_CONTENT_CHECKS] = KH_T_DB_CHECKS};
	show(context, steps[p->step], p->done, p->of, p->bytes);
}

static void work_init(struct work *w, const struct kh_cli_call *call)
{
	w->call = call;
	kh_progress_line_init(&w->line);
	w->workers.on_progress = on_progress;
	w->workers.context = w;
	w->engine = kh_content_engine(&w->workers);
}

/* ---- import ---- */

static int begin(const struct kh_cli_call *call, struct kh_content_change **ret)
{
	int r = kh_content_change_begin(store_of(call), ret);
	if (r != KH_E_PERMISSION || kh_host_is_privileged() || kh_cli_text(call, "store"))
		return r;
	kh_auto_free char *why = kh_strdup(kh_fail_detail());
	return kh_fail(r, "%s. It is this machine's store: run it with sudo, or name one of your own with --store", why);
}

static bool is_url(const char *path)
{
	return kh_starts_with(path, "https://") || kh_starts_with(path, "http://");
}

/* "https://host/a/daily.cvd?x=1" → "daily.cvd" */
static char *name_in_url(const char *url)
{
	size_t end = strcspn(url, "?#");
	kh_auto_free char *plain = kh_strndup(url, end);
	const char *slash = strrchr(plain, '/');
	return kh_strdup(slash ? slash + 1 : plain);
}

static int fetch(const struct kh_cli_call *call, const struct kh_content_change *c, const char *url, int *ret_fd)
{
	kh_auto_fd int fd = -1;
	const struct kh_http_download d = {.url = url, .proxy = kh_cli_text(call, "proxy"), .max_bytes = KH_CONTENT_MAX_FILE_BYTES};
	int r = kh_content_change_temporary(c, &fd);
	r = r < 0 ? r : kh_http_download(&d, fd);
	if (r == 0 && kh_starts_with(url, "http:") && !kh_content_bundle_is(fd))
		r = kh_fail(KH_E_FORBIDDEN, "%s: over http only signed bundles are taken; use https", url);
	if (r == 0) {
		*ret_fd = fd;
		fd = -1;
	}
	return r;
}

static bool has_origin(const struct kh_content_set *set, const char *origin)
{
	kh_array_each(&set->files, f)
		if (kh_streq(f->origin, origin))
			return true;
	return false;
}

/* An error that names neither the path nor what it is called in the store. */
static int name_error(int error, const char *what, const char *origin)
{
	const char *detail = kh_fail_detail();
	return kh_starts_with(detail, what) || kh_starts_with(detail, origin) ? error : kh_fail_in(error, "%s", what);
}

static int import_one(struct work *w, struct kh_content_change *c, const char *what)
{
	const struct kh_cli_call *call = w->call;
	kh_auto_fd int fd = -1;
	const char *name = kh_cli_text(call, "name");
	kh_auto_free char *path = NULL, *origin = name ? kh_strdup(name) : is_url(what) ? name_in_url(what) : kh_content_import_origin(what);
	uint64_t files = 0;
	char count[32];
	int r = is_url(what) ? fetch(call, c, what, &fd) : 0;
	if (r < 0)
		return r;
	path = fd >= 0 ? kh_format("/proc/self/fd/%d", fd) : kh_strdup(what);
	const struct kh_content_import import = {
		.path = path,
		.origin = origin,
		.keys = &w->keys,
		.now_s = kh_now_s(),
		.engine = &w->engine,
		.externals = w->externals.v,
		.external_count = w->externals.n,
		.on_read = on_read,
		.context = w,
	};
	r = kh_content_import(c, &import, &files);
	kh_progress_line_clear(&w->line);
	if (r < 0)
		return name_error(r, what, origin);
	kh_array_push(&w->origins, has_origin(kh_content_change_set(c), origin) ? kh_take(origin) : kh_strdup(KH_CONTENT_BUNDLE));
	say(kh_text_with(call->language, KH_T_DB_IMPORTED, {"name", what}, {"files", number_text((int64_t)files, count)}));
	return 0;
}

static int load_keys(const struct kh_cli_call *call, struct kh_content_keys *ret)
{
	const char *path = kh_cli_text(call, "keys");
	int r = kh_sign_public_load(path ? path : TRUSTED_KEYS, ret->v, KH_CONTENT_MAX_KEYS, &ret->n);
	return r == KH_E_NOT_FOUND && !path ? 0 : r;
}

static bool is_imported(const struct work *w, const char *source)
{
	bool found = w->origins.n == 0;
	kh_array_each(&w->origins, origin)
		found |= kh_starts_with(source, *origin) && (source[strlen(*origin)] == '/' || !source[strlen(*origin)]);
	return found;
}

/* Lent: what is left out of what was imported, and what is damaged. What was known before is counted at most. */
static void problems_of(const struct work *w, const struct kh_content_set *set, struct kh_rule_problems *ret)
{
	kh_array_each(&set->problems, p)
		if (is_imported(w, p->source) || kh_streq(p->text, KH_CONTENT_SOURCE_DAMAGED))
			kh_array_push(ret, *p);
	ret->more = w->origins.n ? 0 : set->problems.more;
}

/* Nothing of some file is used: that is not all that was asked for. */
static bool is_all_used(const struct kh_rule_problems *problems)
{
	kh_array_each(problems, p)
		if (kh_rule_problem_is_whole(p) || kh_rule_problem_is_missing(p))
			return false;
	return true;
}

static bool say_problems(const struct work *w, const struct kh_content_set *set)
{
	char count[32];
	const enum kh_language l = w->call->language;
	struct kh_rule_problems problems = {0};
	problems_of(w, set, &problems);
	const uint64_t others = set->problems.n - problems.n + set->problems.more - problems.more;
	const bool all_used = is_all_used(&problems);
	kh_say_left_out(stderr, l, &problems, SHOWN_PROBLEMS);
	kh_auto_free char *text = kh_text_with(l, KH_T_DB_LEFT_OUT_BEFORE, {"count", number_text((int64_t)others, count)});
	if (others)
		fprintf(stderr, "%s\n", text);
	kh_array_done(&problems);
	return all_used;
}

static int commit(struct work *w, struct kh_content_change *c, bool again)
{
	const struct kh_cli_call *call = w->call;
	enum kh_content_outcome outcome = KH_CONTENT_UNCHANGED;
	kh_auto_content_set struct kh_content_set set = {0};
	struct kh_content_state state = {0};
	int r = kh_content_change_commit(c, &w->engine, again, kh_now_s(), &outcome);
	kh_progress_line_clear(&w->line);
	if (r < 0) {
		fprintf(stderr, "%s\n", kh_text(call->language, KH_T_DB_NOT_USED));
		return r;
	}
	r = kh_content_store_state(store_of(call), &state);
	r = r < 0 ? r : kh_content_store_set(store_of(call), state.current, &set);
	if (r < 0)
		return r;
	const bool all_used = say_problems(w, &set);
	say_unsigned(call->language, &set);
	r = say_in_use(call, outcome == KH_CONTENT_CHANGED ? KH_T_DB_IN_USE : KH_T_DB_UNCHANGED);
	if (r == 0 && !state.imported)
		puts(kh_text(call->language, KH_T_DB_NONE));
	return r == 0 && !all_used ? NOT_SOUND : r;
}

int kh_verb_db_import(struct kh_cli_call *call)
{
	kh_auto_content_change struct kh_content_change *c = NULL;
	auto_work struct work w = {0};
	work_init(&w, call);
	if (kh_cli_text(call, "name") && call->args_count != 1)
		return kh_fail(KH_E_USAGE, "--name is for one PATH");
	int r = kh_cli_externals_read(call, &w.externals);
	if (r == 0 && w.externals.n > 0 && call->args_count == 0)
		r = kh_fail(KH_E_USAGE, "-d is for what is imported: name a PATH");
	r = r < 0 ? r : load_keys(call, &w.keys);
	r = r < 0 ? r : begin(call, &c);
	r = r < 0 ? r : kh_content_import_shipped(c, kh_now_s());
	for (size_t i = 0; r == 0 && i < call->args_count; i++)
		r = import_one(&w, c, call->args[i]);
	return r < 0 ? r : commit(&w, c, call->args_count == 0);
}

int kh_verb_db_remove(struct kh_cli_call *call)
{
	kh_auto_content_change struct kh_content_change *c = NULL;
	auto_work struct work w = {0};
	work_init(&w, call);
	int r = begin(call, &c);
	for (size_t i = 0; r == 0 && i < call->args_count; i++)
		if (kh_streq(call->args[i], KH_CONTENT_SHIPPED))
			r = kh_fail(KH_E_USAGE, "%s: these rules come with the program and stay", KH_CONTENT_SHIPPED);
		else if (kh_content_change_remove(c, call->args[i]) == 0)
			r = kh_fail(KH_E_NOT_FOUND, "%s: nothing was imported by this name", call->args[i]);
	return r < 0 ? r : commit(&w, c, false);
}

int kh_verb_db_rollback(struct kh_cli_call *call)
{
	kh_auto_content_change struct kh_content_change *c = NULL;
	auto_work struct work w = {0};
	work_init(&w, call);
	int r = begin(call, &c);
	r = r < 0 ? r : kh_content_change_back(c, &w.engine);
	kh_progress_line_clear(&w.line);
	return r < 0 ? r : say_in_use(call, KH_T_DB_WENT_BACK);
}

/* ---- status ---- */

/* What one import brought. */
struct source {
	const char *origin;
	int64_t files, bytes, made_s, imported_s;
};

struct sources {
	struct source *v;
	size_t n, cap;
};

static void gather(const struct kh_content_set *set, struct sources *ret)
{
	for (size_t i = 0; i < set->files.n; i++) {
		const struct kh_content_file *f = &set->files.v[i];
		struct source *s = NULL;
		kh_array_each(ret, known)
			if (kh_streq(known->origin, f->origin))
				s = known;
		if (!s)
			s = kh_array_push(ret, ((struct source){.origin = f->origin}));
		s->files++;
		s->bytes += (int64_t)f->size;
		s->made_s = KH_MAX(s->made_s, f->made_s);
		s->imported_s = KH_MAX(s->imported_s, f->imported_s);
	}
}

static json_t *source_json(const struct source *s)
{
	json_t *j = json_object();
	kh_json_set_text(j, "name", s->origin);
	kh_json_set_int(j, "files", s->files);
	kh_json_set_int(j, "bytes", s->bytes);
	kh_json_set_int(j, "made_s", s->made_s);
	kh_json_set_int(j, "imported_s", s->imported_s);
	return j;
}

static json_t *problems_json(const struct kh_rule_problems *problems)
{
	json_t *list = json_array();
	kh_array_each(problems, p) {
		json_t *j = json_object();
		kh_json_set_text(j, "source", p->source);
		kh_json_set_text(j, "item", p->item);
		kh_json_set_int(j, "line", p->line);
		kh_json_set_text(j, "text", p->text);
		json_array_append_new(list, j);
	}
	return list;
}

static void print_json(const struct kh_content_state *state, const struct kh_content_health *health, const struct sources *sources,
		       const struct kh_content_set *set)
{
	kh_auto_free char *text = kh_content_state_text(state), *out = NULL;
	kh_auto_json json_t *j = NULL;
	json_t *list = json_array();
	kh_assert(kh_json_parse(text, strlen(text), &j) == 0);
	kh_json_set_bool(j, "empty", health->empty);
	kh_json_set_bool(j, "stale", health->stale);
	if (state->newest_s)
		kh_json_set_int(j, "age_s", health->age_s);
	kh_json_set_int(j, "unsigned_databases", (int64_t)set->info.unsigned_databases);
	kh_array_each(sources, s)
		json_array_append_new(list, source_json(s));
	json_object_set_new(j, "sources", list);
	json_object_set_new(j, "problems", problems_json(&set->problems));
	kh_json_set_int(j, "more_problems", (int64_t)set->problems.more);
	out = kh_json_dump(j);
	puts(out);
}

static void line(enum kh_language l, enum kh_message label, const char *text)
{
	printf("%s: %s\n", kh_text(l, label), text);
}

/* "21/11/2026" */
static const char *local_day(int64_t s, char out[KH_ISO_SIZE])
{
	kh_time_local(s, out);
	*strchr(out, ' ') = '\0';
	return out;
}

static void print_source(enum kh_language l, const struct source *s)
{
	char files[32], size[KH_SIZE_TEXT], day[KH_ISO_SIZE], name[512];
	kh_printable(name, sizeof name, s->origin);
	kh_auto_free char *text = kh_text_with(l, KH_T_DB_SOURCE, {"name", name}, {"files", number_text(s->files, files)},
					       {"size", kh_size_text(l, (uint64_t)s->bytes, size)}, {"day", local_day(s->made_s, day)});
	printf("  %s\n", text);
}

static void print_text(enum kh_language l, const struct kh_content_state *s, const struct kh_content_health *h, const struct sources *sources,
		       const struct kh_content_set *set)
{
	char number[32], time[KH_ISO_SIZE], days[32];
	if (s->failed)
		say(kh_text_with(l, KH_T_DB_FAILED, {"number", number_text(s->failed, number)}));
	if (s->current) {
		kh_auto_free char *age = kh_text_with(l, KH_T_DB_AGE_DAYS, {"days", number_text(h->age_s / KH_DAY_S, days)}, {"day", local_day(s->newest_s, time)});
		line(l, KH_T_DB_NUMBER, number_text(s->current, number));
		line(l, KH_T_DB_RULES, number_text(s->yara_rules, number));
		line(l, KH_T_DB_SIGNATURES, number_text(s->clamav_signatures, number));
		line(l, KH_T_DB_HASHES, number_text(s->hashes, number));
		line(l, KH_T_DB_LEFT_OUT_COUNT, number_text(s->left_out, number));
		if (s->newest_s)
			line(l, KH_T_DB_AGE, age);
		line(l, KH_T_DB_MADE, kh_time_local(s->made_s, time));
	}
	kh_array_each(sources, source)
		print_source(l, source);
	if (set->problems.n > 0) {
		puts(kh_text(l, KH_T_DB_LEFT_OUT_LIST));
		kh_say_left_out(stdout, l, &set->problems, SHOWN_PROBLEMS);
	}
	if (h->empty || h->stale)
		puts(kh_text(l, h->empty ? KH_T_DB_NONE : KH_T_DB_STALE));
}

static int max_age(const struct kh_cli_call *call, int64_t *ret_s)
{
	struct kh_agent_settings settings = {0};
	*ret_s = kh_cli_int(call, "max-age", 0);
	if (*ret_s)
		return 0;
	int r = kh_machine_settings(&settings);
	if (r < 0)
		return r;
	*ret_s = settings.content_max_age_s;
	kh_machine_settings_done(&settings);
	return 0;
}

int kh_verb_db_status(struct kh_cli_call *call)
{
	struct kh_content_state state = {0};
	kh_auto_content_set struct kh_content_set set = {0};
	struct sources sources = {0};
	int64_t limit_s = 0;
	int r = max_age(call, &limit_s);
	r = r < 0 ? r : kh_content_store_state(store_of(call), &state);
	if (r == 0 && state.current)
		r = kh_content_store_set(store_of(call), state.current, &set);
	if (r < 0 && r != KH_E_NOT_FOUND)
		return r;
	const struct kh_content_health health = kh_content_health(&state, limit_s, kh_now_s());
	gather(&set, &sources);
	if (kh_cli_flag(call, "json")) {
		print_json(&state, &health, &sources, &set);
	} else {
		print_text(call->language, &state, &health, &sources, &set);
		say_unsigned(call->language, &set);
	}
	kh_array_done(&sources);
	return health.empty || health.stale ? NOT_SOUND : 0;
}

/* ---- verify ---- */

struct verifying {
	enum kh_language language;
	uint64_t damaged;
};

static void on_damage(void *context, const char *what, const char *why)
{
	struct verifying *v = context;
	char safe[512];
	kh_printable(safe, sizeof safe, what);
	say(kh_text_with(v->language, KH_T_DB_DAMAGED, {"what", safe}, {"why", why}));
	v->damaged++;
}

int kh_verb_db_verify(struct kh_cli_call *call)
{
	struct verifying v = {.language = call->language};
	kh_auto_content_set struct kh_content_set set = {0};
	struct kh_content_state state = {0};
	uint64_t checked = 0;
	char count[32];
	int r = kh_content_store_verify(store_of(call), on_damage, &v, &checked);
	if (r < 0)
		return r == KH_E_NOT_FOUND ? kh_fail(r, "nothing was imported") : r;
	if (kh_content_store_state(store_of(call), &state) == 0 && kh_content_store_set(store_of(call), state.current, &set) == 0)
		say_unsigned(call->language, &set);
	if (!v.damaged)
		say(kh_text_with(call->language, KH_T_DB_SOUND, {"count", number_text((int64_t)checked, count)}));
	return v.damaged ? NOT_SOUND : 0;
}

/* ---- bundles ---- */

static int export_to(const struct kh_cli_call *call, const struct kh_sign_key *key, const char *path)
{
	uint64_t files = 0;
	char count[32];
	kh_auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return kh_fail_errno("%s", path);
	int r = kh_content_bundle_export(store_of(call), key, kh_now_s(), fd, &files);
	if (r == 0 && fsync(fd) < 0)
		r = kh_fail_errno("%s", path);
	if (r < 0) {
		unlink(path);
		return r;
	}
	say(kh_text_with(call->language, KH_T_DB_EXPORTED, {"files", number_text((int64_t)files, count)}, {"path", path}));
	return 0;
}

int kh_verb_db_export(struct kh_cli_call *call)
{
	struct kh_sign_key key;
	const char *path = kh_cli_text(call, "sign");
	if (!path)
		return kh_fail(KH_E_USAGE, "--sign KEY is needed");
	int r = kh_sign_key_load(path, &key);
	if (r < 0)
		return r;
	r = export_to(call, &key, call->args[0]);
	kh_sign_key_done(&key);
	return r;
}

int kh_verb_db_key(struct kh_cli_call *call)
{
	struct kh_sign_key key;
	kh_auto_free char *public_path = kh_format("%s.pub", call->args[0]);
	kh_sign_key_create(&key);
	int r = kh_sign_key_save(&key, call->args[0]);
	r = r < 0 ? r : kh_sign_public_save(key.public, public_path);
	kh_sign_key_done(&key);
	if (r < 0)
		return r;
	say(kh_text_with(call->language, KH_T_DB_KEY_MADE, {"path", call->args[0]}));
	return 0;
}
