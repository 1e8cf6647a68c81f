/* Who is seen on the network: lists of ARP and DHCP taken into the register network_sighting, matched by MAC address with machines that have an agent (fact_interfaces) and
 * with devices on record. Taken in twice, a list changes only when each was seen last. */
#pragma once

#include "db/db.h"
#include "server/register/record.h"
#include "sheet/sheet.h"

#include <stdbool.h>

struct kh_neighbour_result {
	int64_t seen, created, changed, same, machines, devices, unknown; /* seen: different MAC addresses; machines, devices: matched with one */
};

/* `sheet` as by KH_SHEET_NEIGHBOURS, of the network of this unit; machines and devices of the unit and below are matched. seen_s: when the list was made. In a transaction of the
 * writer. */
int kh_neighbours_import(struct kh_db *writer, int64_t unit_id, const struct kh_sheet *sheet, int64_t seen_s, bool dry_run, const struct kh_record_by *by,
			 struct kh_neighbour_result *ret) KH_MUST_USE;
