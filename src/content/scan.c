#include "content/scan.h"

#include "base/error.h"
#include "base/log.h"
#include "content/store.h"

/* What is done with the content, once it is known which. */
struct use {
	const char *dir;
	struct kh_scan_options options;
	int (*act)(struct use *u);
	bool tried, again;
	int failed; /* an error that no other content would have mended */

	/* Of a scan. */
	const struct kh_scan_events *events;
	struct kh_scan_summary *summary;

	/* Of a question. */
	const char *path; /* NULL: the list of rules */
	kh_scan_on_line on_line;
	void *context;
};

static int use(void *context, int fd)
{
	struct use *u = context;
	u->options.content = fd;
	int r = u->act(u);
	u->tried = true;
	return r;
}

static int use_store(const char *dir, kh_content_on_use on_use, void *context)
{
	struct kh_content_used used = {0};
	int r = kh_content_store_use(dir, on_use, context, &used);
	if (used.went_back)
		kh_log(KH_LOG_WARNING, "the content in use could not be loaded; the previous one is used", KH_S("store", dir));
	return r;
}

static bool names_content(const struct kh_scan_options *o)
{
	return o->rule_count || o->signature_count;
}

/* By the content of the store, or the rules that the options name, or those that come with the program. */
static int with_content(struct use *u)
{
	if (names_content(&u->options))
		return u->act(u);
	int r = use_store(u->dir, use, u);
	if (r == 0 || u->tried)
		return r;
	if (r != KH_E_NOT_FOUND)
		kh_log(KH_LOG_WARNING, "the content store cannot be read; the shipped rules are used", KH_ERR(r));
	u->options.content = 0;
	return u->act(u);
}

/* ---- a scan ---- */

/* The scan has begun, and goes on with what can be loaded. When nothing can, there is no other scan: it would tell its files once more. */
static int content_again(void *context, kh_content_on_use load, void *scan)
{
	struct use *u = context;
	u->again = true;
	return use_store(u->dir, load, scan);
}

/* Rules that were counted had been loaded: what fails later is not the content's fault. */
static int scan(struct use *u)
{
	if (u->tried)
		kh_scan_summary_done(u->summary);
	int r = kh_scan_run(&u->options, u->events, u->summary);
	u->failed = r < 0 && (u->summary->rules > 0 || u->again) ? r : 0;
	return u->failed ? 0 : r;
}

static void note_source(const struct use *u, struct kh_scan_summary *s)
{
	struct kh_content_state state = {0};
	if (u->tried && kh_content_store_state(u->dir, &state) == 0)
		s->content_s = state.newest_s;
	s->test_rules_only = !names_content(&u->options) && !state.imported;
}

int kh_content_scan(const char *dir, const struct kh_scan_options *options, const struct kh_scan_events *events, struct kh_scan_summary *ret)
{
	struct use u = {.dir = dir, .options = *options, .act = scan, .events = events, .summary = ret};
	u.options.content_again = content_again;
	u.options.content_context = &u;
	int r = with_content(&u);
	if (r < 0 || u.failed)
		return r < 0 ? r : u.failed;
	note_source(&u, ret);
	return 0;
}

/* ---- questions ---- */

/* That the file cannot be looked at is not the content's fault. */
static int ask(struct use *u)
{
	int r = u->path ? kh_scan_explain(&u->options, u->path, u->on_line, u->context) : kh_scan_list_rules(&u->options, u->on_line, u->context);
	u->failed = r < 0 && r != KH_E_WORKER_FAILED ? r : 0;
	return u->failed ? 0 : r;
}

static int answer(struct use *u)
{
	int r = with_content(u);
	return r < 0 ? r : u->failed;
}

int kh_content_list_rules(const char *dir, const struct kh_scan_options *options, kh_scan_on_line on_line, void *context)
{
	struct use u = {.dir = dir, .options = *options, .act = ask, .on_line = on_line, .context = context};
	return answer(&u);
}

int kh_content_explain(const char *dir, const struct kh_scan_options *options, const char *path, kh_scan_on_line on_line, void *context)
{
	struct use u = {.dir = dir, .options = *options, .act = ask, .path = path, .on_line = on_line, .context = context};
	return answer(&u);
}
