#include "server/posture/state.h"

const char *const kh_state_names[KH_STATES] = {"met", "partly", "not_met", "not_measured", "not_applicable"};

const char *kh_state_text(enum kh_language language, enum kh_state state)
{
	static const enum kh_message words[KH_STATES] = {KH_T_STATE_MET, KH_T_STATE_PARTLY, KH_T_STATE_NOT_MET, KH_T_STATE_NOT_MEASURED, KH_T_STATE_NOT_APPLICABLE};
	return kh_text(language, words[state]);
}

enum kh_state kh_state_of(const struct kh_counts *const *controls, size_t n, double target, bool needed)
{
	size_t aside = 0, answered = 0, reached = 0;
	bool passes = false;
	for (size_t i = 0; i < n; i++) {
		aside += kh_counts_neutral(controls[i]);
		answered += kh_counts_answered(controls[i]);
		reached += kh_counts_reach(controls[i], target);
		passes |= controls[i]->of[KH_PASS] > 0;
	}
	if (n > 0 && aside == n)
		return needed ? KH_NOT_MEASURED : KH_STATE_NOT_APPLICABLE;
	if (answered == 0)
		return KH_NOT_MEASURED;
	if (answered + aside == n && reached == answered && !needed)
		return KH_MET;
	return passes || reached == answered ? KH_PARTLY : KH_NOT_MET;
}

enum kh_state kh_state_of_one(const struct kh_counts *control)
{
	return kh_state_of(&control, 1, 100, false);
}
