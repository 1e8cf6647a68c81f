#include "guard/access.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/fanotify.h>
#include <unistd.h>

struct access {
	struct kh_guard *guard;
	int fan;
};

static bool wanted(const struct kh_agent_settings *settings)
{
	return !kh_streq(settings->onaccess_mode, "off");
}

static int start(struct kh_guard *g, void **ret_self)
{
	int fan = fanotify_init(FAN_CLASS_CONTENT | FAN_UNLIMITED_MARKS | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NOATIME);
	if (fan < 0)
		return kh_fail_errno("fanotify_init");
	struct access *a = kh_alloc(sizeof *a);
	*a = (struct access){g, fan};
	*ret_self = a;
	return 0;
}

static int64_t tick(void *self, int64_t now_ms)
{
	(void)self, (void)now_ms;
	return INT64_MAX;
}

static void status(void *self, json_t *out)
{
	const struct access *a = self;
	kh_json_set_text(out, "mode", kh_guard_settings(a->guard)->onaccess_mode);
}

static void stop(void *self)
{
	struct access *a = self;
	close(a->fan);
	free(a);
}

const struct kh_guard_part kh_guard_access = {.name = "onaccess", .wanted = wanted, .start = start, .tick = tick, .status = status, .stop = stop};
