/* The monthly list of addresses that belong to a botnet: whose they are, which machines stand behind them, and their scan.
 *
 *     row of the list → own range (register own_address: the narrowest that holds the address, of the unit or any below) → unit
 *       → with a NAT log: the inside address that had that outside address and port → the machine with it (fact_interfaces, else network_sighting)
 *       → without: the machine that has the address itself, else those that the server sees behind it, else all linked machines of the unit and below
 *     → record botnet_listing (`machines`, moved to `traced`) → an order to scan to each machine, at once
 *
 * An address listed the month before too is `again`, and the record of the month before, were it cleared, is open again: what came back was not done. The same list taken in
 * twice changes nothing and orders nothing. */
#pragma once

#include "base/array.h"
#include "db/db.h"
#include "server/register/record.h"
#include "sheet/sheet.h"

#include <stdbool.h>

enum kh_botnet_column {
	KH_BOTNET_ADDRESS,
	KH_BOTNET_PORT,
	KH_BOTNET_TIME,
	KH_BOTNET_NAME,
	KH_BOTNET_C2,
	KH_BOTNET_MONTH,
	KH_BOTNET_COLUMNS,
};

/* Which column of the file holds what, from 1; 0: none. Of the file's `head` lines the first are no rows. */
struct kh_botnet_map {
	size_t at[KH_BOTNET_COLUMNS];
	size_t head;
};

/* By the titles of the first rows, as they stand in Vietnamese and English lists; a file without titles: the column where most cells are addresses. `said`: what the caller said,
 * "ip=3" or "ip=Địa chỉ IP", "port=…", "time=…", "name=…", "c2=…", "month=…"; NULL: nothing. KH_E_INVALID_FIELD: no such column, or no column of addresses. */
int kh_botnet_map_read(const struct kh_sheet *sheet, const char *const *said, struct kh_botnet_map *ret) KH_MUST_USE;

struct kh_botnet_options {
	const struct kh_scope *scope; /* ranges of this unit and below; NULL: all */
	const char *month;            /* "2026-11" of rows that name none */
	const char *source;           /* name of the list; may be NULL */
	const struct kh_sheet *nat;   /* as by KH_SHEET_NAT; NULL: none */
	bool dry_run;
};

struct kh_botnet_result {
	int64_t rows, own, foreign, created, same, again, machines, orders; /* own: addresses of ours; foreign: of nobody below; orders: scans ordered */
};

/* KH_E_INVALID_FIELD: the month. In a transaction of the writer. */
int kh_botnet_import(struct kh_db *writer, const struct kh_sheet *sheet, const struct kh_botnet_map *map, const struct kh_botnet_options *options,
		     const struct kh_record_by *by, struct kh_botnet_result *ret) KH_MUST_USE;
