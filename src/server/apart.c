#include "server/apart.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"

#include <inttypes.h>

void kh_apart_done(struct kh_apart *apart)
{
	free(apart->detail);
	*apart = (struct kh_apart){0};
}

void kh_apart_reset(struct kh_apart *apart)
{
	kh_apart_done(apart);
}

int kh_apart_note(struct kh_apart *apart, const char *what, int64_t id, int error)
{
	if (error == 0 || error == KH_E_STOPPED)
		return error;
	kh_log(KH_LOG_ERROR, "a part of a job failed", KH_S("part", what), KH_I("id", id), KH_ERR(error));
	if (!apart->failed++) {
		apart->error = error;
		apart->detail = id ? kh_format("%s %" PRId64 ": %s", what, id, kh_fail_detail()) : kh_format("%s: %s", what, kh_fail_detail());
	}
	return 0;
}

int kh_apart_run(struct kh_apart *apart, struct kh_db *writer, const char *what, int64_t id, int (*part)(struct kh_db *writer, void *arg), void *arg)
{
	int r = kh_db_atomic(writer, part, arg);
	if (r < 0 && !kh_db_in_transaction(writer))
		return r;
	return kh_apart_note(apart, what, id, r);
}

int kh_apart_result(const struct kh_apart *apart)
{
	if (apart->failed > 1)
		return kh_fail(apart->error, "%s (+%lld)", apart->detail, (long long)(apart->failed - 1));
	return apart->failed ? kh_fail(apart->error, "%s", apart->detail) : 0;
}
