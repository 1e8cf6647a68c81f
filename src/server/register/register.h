/* Registers: what the files of spec/registers say, by name. A register is a file there and nothing here; docs/registers.md shows one from its file to its page.
 *
 *     register.h    the definition
 *     form.h        what a text of a certain form looks like: an address, a number
 *     field.h       a value of a field: as the API has it, as it is stored, as people read it
 *     reference.h   what a reference names: a record, a machine, a unit, a user
 *     record.h      one record: read, made, changed, moved on; every write is a whole transaction with its history, audit row and postures
 *     history.h     what happened to a record
 *     proof.h       its files
 *     list.h        many records: chosen, searched, sorted
 *     table.h       out as XLSX and CSV, and in again */
#pragma once

#include "base/attr.h"
#include "gen/registers.h"

#include <stdbool.h>

/* KH_E_UNKNOWN_REGISTER. */
int kh_register_find(const char *name, const struct kh_register **ret) KH_MUST_USE;

/* NULL when there is none of that name. */
const struct kh_register_field *kh_register_field(const struct kh_register *reg, const char *name);
const struct kh_register_state *kh_register_state(const struct kh_register *reg, const char *name);
const struct kh_register_move *kh_register_move(const struct kh_register *reg, const char *name);

/* Does a NULL-terminated list of names hold this one? */
bool kh_register_lists(const char *const *names, const char *name);
