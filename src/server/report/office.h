/* What a letterhead and a signature need to know of an office: from the register report_office of the unit; where nobody filled it, the names of the tree, else blanks. */
#pragma once

#include "base/array.h"
#include "db/db.h"
#include "document/paper.h"

struct kh_office {
	char *unit, *unit_code, *superior; /* of the tree; superior NULL: there is none */
	char *parent, *issuer;             /* as they stand on paper */
	char *abbreviation, *drafting;     /* UBND; VHXH */
	char *place;
	char *authority[3], *signer;       /* TM. …, KT. …, title; name */
	char *kept;
	KH_ARRAY(char *) to, recipients;
	bool invented;                     /* a demonstration: `khien-server demo` has filled the store, and the paper says so */
};
void kh_office_done(struct kh_office *office);
#define kh_auto_office KH_CLEANUP(kh_office_done)

/* KH_E_UNKNOWN_UNIT. */
int kh_office_read(struct kh_db *db, int64_t unit_id, struct kh_office *ret) KH_MUST_USE;

/* Head, recipients and signature of the paper, which has its kind, type and own receivers already. symbol: of the type ("BC"); of a letter "". */
void kh_office_put(const struct kh_office *office, const char *symbol, struct kh_paper *paper);
