#include "server/directive/evidence.h"

#include "server/posture/control.h"

void kh_evidence_done(struct kh_evidence *evidence)
{
	for (size_t i = 0; i < KH_CONTROLS_COUNT; i++)
		kh_row_list_done(&evidence->rows[i]);
}

int kh_evidence_gather(struct kh_db *db, const struct kh_scope *scope, const struct kh_control *control, struct kh_evidence *evidence)
{
	enum kh_control_id id = kh_control_id(control);
	if (evidence->gathered[id] || evidence->limit == 0)
		return 0;
	struct kh_row_question q = {.control = control, .limit = evidence->limit, .now_s = evidence->now_s};
	int r = kh_posture_sample(db, scope, &q, &evidence->rows[id]);
	evidence->gathered[id] = r == 0;
	return r;
}
