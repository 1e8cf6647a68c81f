/* What is to be done: the failing controls of a report, those first that help most clauses. */
#pragma once

#include "server/report/report.h"

struct kh_action {
	const struct kh_control *control;
	size_t clauses; /* of all directives of the report that it would help */
};

struct kh_actions {
	struct kh_action of[KH_CONTROLS_COUNT];
	size_t n;
	size_t number[KH_CONTROLS_COUNT]; /* by control: its place from 1; 0: nothing fails */
};

void kh_actions_find(const struct kh_report *report, struct kh_actions *ret);
