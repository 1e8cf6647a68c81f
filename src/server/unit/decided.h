/* The decision that the options of a verb name: --decision --decided-on --proof. For verbs of unit/ only. */
#pragma once

#include "server/unit/decision.h"
#include "server/verb/verb.h"

struct kh_unit_decided {
	struct kh_unit_by by; /* of the one who runs the verb */
	struct kh_unit_decision_new decision;
	char sha256[KH_SHA256_HEX_SIZE];
};

/* Reads the file and puts its bytes among the files of the server. KH_E_USAGE: an option is missing. Must not be copied afterwards. */
int kh_unit_decided_take(const struct kh_verb *v, struct kh_unit_decided *ret) KH_MUST_USE;

/* Writes the decision down for the unit, in the transaction of the act; `by` has its number then. */
int kh_unit_decided_add(struct kh_db *writer, int64_t unit_id, struct kh_unit_decided *decided) KH_MUST_USE;
