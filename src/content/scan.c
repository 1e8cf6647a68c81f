#include "content/scan.h"

#include "base/error.h"
#include "base/log.h"
#include "content/store.h"

struct use {
	struct kh_scan_options options;
	const struct kh_scan_events *events;
	struct kh_scan_summary *summary;
	bool tried;
};

static int use(void *context, int fd)
{
	struct use *u = context;
	if (u->tried)
		kh_scan_summary_done(u->summary);
	u->tried = true;
	u->options.content = fd;
	return kh_scan_run(&u->options, u->events, u->summary);
}

static int64_t content_time(const char *dir)
{
	struct kh_content_state state;
	return kh_content_store_state(dir, &state) == 0 ? state.newest_s : 0;
}

int kh_content_scan(const char *dir, const struct kh_scan_options *options, const struct kh_scan_events *events, struct kh_scan_summary *ret)
{
	struct use u = {.options = *options, .events = events, .summary = ret};
	struct kh_content_used used = {0};
	if (options->rule_count || options->signature_count)
		return kh_scan_run(options, events, ret);
	int r = kh_content_store_use(dir, use, &u, &used);
	if (used.went_back)
		kh_log(KH_LOG_WARNING, "the content in use could not be loaded; the previous one is used", KH_S("store", dir));
	if (r == 0)
		ret->content_s = content_time(dir);
	if (r == 0 || u.tried)
		return r;
	if (r != KH_E_NOT_FOUND)
		kh_log(KH_LOG_WARNING, "the content store cannot be read; the shipped rules are used", KH_ERR(r));
	return kh_scan_run(options, events, ret);
}
