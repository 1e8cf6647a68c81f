#include "scan/scan.h"

void kh_scan_summary_done(struct kh_scan_summary *s)
{
	kh_rule_problems_done(&s->rule_problems);
}

bool kh_scan_complete(const struct kh_scan_summary *s)
{
	bool all_rules = s->rules > 0 && !s->test_rules_only && s->rule_problems.n == 0 && s->rule_problems.more == 0;
	bool all_files = s->errors == 0 && s->partly == 0 && (s->too_large == 0 || s->size_was_chosen);
	bool something = s->files > 0 || s->skipped == 0; /* what is empty has been looked at */
	return all_rules && all_files && something && s->stop == KH_SCAN_TO_THE_END;
}

int kh_scan_exit_status(const struct kh_scan_summary *s)
{
	if (s->infected || s->suspicious)
		return 1;
	return kh_scan_complete(s) ? 0 : 3;
}
