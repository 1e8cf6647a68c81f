#include "server/report/actions.h"

#include "server/posture/control.h"

static void count_clauses(const struct kh_report *report, size_t clauses[KH_CONTROLS_COUNT])
{
	for (size_t d = 0; d < report->directives.n; d++)
		for (size_t i = 0; i < report->directives.v[d]->clauses.n; i++) {
			const struct kh_clause *clause = &report->directives.v[d]->clauses.v[i];
			for (size_t c = 0; c < clause->controls.n; c++)
				clauses[kh_control_id(clause->controls.v[c])]++;
		}
}

/* Most clauses first; then as in spec/controls, so that two reports agree. */
static int by_clauses(const void *a, const void *b)
{
	const struct kh_action *x = a, *y = b;
	if (x->clauses != y->clauses)
		return x->clauses < y->clauses ? 1 : -1;
	return x->control < y->control ? -1 : 1;
}

void kh_actions_find(const struct kh_report *report, struct kh_actions *ret)
{
	size_t clauses[KH_CONTROLS_COUNT] = {0};
	*ret = (struct kh_actions){0};
	count_clauses(report, clauses);
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		if (clauses[i] > 0 && report->posture.of[i].of[KH_FAIL] > 0)
			ret->of[ret->n++] = (struct kh_action){&kh_controls[i], clauses[i]};
	qsort(ret->of, ret->n, sizeof ret->of[0], by_clauses);
	for (size_t i = 0; i < ret->n; i++)
		ret->number[kh_control_id(ret->of[i].control)] = i + 1;
}
