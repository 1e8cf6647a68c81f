#include "server/directive/evidence.h"

#include "server/posture/control.h"
#include "server/posture/figure.h"

void kh_evidence_done(struct kh_evidence *evidence)
{
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		kh_row_list_done(&evidence->rows[i]);
}

int kh_evidence_gather(struct kh_db *db, const struct kh_scope *scope, const struct kh_control *control, struct kh_evidence *evidence)
{
	enum kh_control_id id = kh_control_id(control);
	if (evidence->gathered[id] || (evidence->limit == 0 && evidence->all == 0))
		return 0;
	struct kh_row_question q = {.control = control, .limit = evidence->limit, .now_s = evidence->now_s, .language = evidence->language};
	if (evidence->all) {
		q.answers = 1u << KH_FAIL;
		q.limit = evidence->all - evidence->gathered_rows;
	}
	int r = kh_posture_sample(db, scope, &q, &evidence->rows[id]);
	evidence->gathered_rows += (int64_t)evidence->rows[id].of.n;
	evidence->gathered[id] = r == 0;
	return r;
}

int kh_evidence_gather_figure(struct kh_db *db, const struct kh_scope *scope, const struct kh_figure *figure, struct kh_evidence *evidence)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < figure->value.controls_count; i++)
		r = kh_evidence_gather(db, scope, &kh_controls[figure->value.controls[i]], evidence);
	return r;
}

size_t kh_evidence_of_figure(const struct kh_evidence *evidence, const struct kh_figure *figure, const struct kh_row **ret)
{
	size_t n = 0;
	for (int a = 0; a < KH_ANSWERS; a++) {
		enum kh_answer answer = kh_answers_worst_first[a];
		if (kh_figure_of_many(&figure->value) && answer != KH_FAIL && answer != KH_UNKNOWN)
			continue;
		for (size_t i = 0; i < figure->value.controls_count; i++)
			kh_array_each(&evidence->rows[figure->value.controls[i]].of, row)
				if (row->answer == answer && (int64_t)n < evidence->limit)
					ret[n++] = row;
	}
	return n;
}
