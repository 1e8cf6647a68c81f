/* The rules of a firewall taken into the register firewall_rule: those of a device as its file has them now.
 *
 * A rule is known again by its text (without counters), whatever its place is now: taken in twice, the same file changes nothing but counters that went on. A rule that is gone becomes
 * `removed`; one that comes back, `active`. What people kept after a review stays kept while its text stays. */
#pragma once

#include "db/db.h"
#include "server/register/record.h"
#include "sheet/sheet.h"

#include <stdbool.h>

struct kh_firewall_result {
	int64_t rules, created, changed, same, removed, problems; /* problems: rules that have one */
};

/* `sheet` as by KH_SHEET_FIREWALL. KH_E_NOT_FOUND: no such device. dry_run: everything is done and undone. In a transaction of the writer. */
int kh_firewall_import(struct kh_db *writer, int64_t device_id, const struct kh_sheet *sheet, bool dry_run, const struct kh_record_by *by,
		       struct kh_firewall_result *ret) KH_MUST_USE;
