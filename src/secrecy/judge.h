/* What a stamp weighs: points for its wording, its place, its look, what is near it and what else the document bears. The numbers are packs/secrecy/judgement.yaml; docs/secrecy.md says why. */
#pragma once

#include "secrecy/evidence.h"

/* Points, after all that was seen so far. From the rules' `limit` on it is a mark. */
int64_t kh_judge_stamp(const struct kh_evidence *s, const struct kh_evidence_stamp *c);

/* From `certain` on: nothing that is still to come is waited for, save another level near. */
bool kh_judge_is_certain(const struct kh_evidence *s, const struct kh_evidence_stamp *c);
