#include "search/search.h"

uint64_t kh_search_found(const struct kh_search_summary *s)
{
	uint64_t n = 0;
	for (int level = KH_SECRECY_NONE + 1; level < KH_SECRECY_LEVELS; level++)
		n += s->found[level];
	return n;
}

const char *kh_search_stop_name(enum kh_search_stop s)
{
	static const char *const names[] = {[KH_SEARCH_STOPPED] = "interrupted", [KH_SEARCH_OUT_OF_TIME] = "time"};
	return names[s];
}

static bool is_complete(const struct kh_search_summary *s)
{
	const bool all_files = s->errors == 0 && s->partly == 0 && s->encrypted == 0 && (s->too_large == 0 || s->size_was_chosen);
	const bool something = s->files > 0 || s->skipped == 0; /* what is empty has been looked at */
	return all_files && something && s->pictures && s->stop == KH_SEARCH_TO_THE_END;
}

int kh_search_exit_status(const struct kh_search_summary *s)
{
	if (kh_search_found(s) > 0)
		return 1;
	return is_complete(s) ? 0 : 3;
}
