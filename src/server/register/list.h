/* Many records of a register at once: chosen, searched, sorted, a page at a time. */
#pragma once

#include "base/array.h"
#include "base/json.h"
#include "db/db.h"
#include "server/account/scope.h"
#include "server/register/record.h"

#include <stdint.h>

struct kh_record_list_options {
	const struct kh_scope *scope; /* the records of this unit and below */
	bool own;                     /* of this unit alone */
	bool shared;                  /* of a shared register also those of the units above */
	const char *text;             /* NULL: all; else what every word of it occurs in, without regard to case and marks */
	const json_t *filter;         /* NULL, or an object: by field, `state` or `unit` (a code), what its value must be:
	                               *   value, null, [value, …]       this, none, one of these (values of the API)
	                               *   {"from": value, "to": value}  of a number, date or time: not before, not after; one may be left away
	                               *   {"contains": text}            of a text */
	const char *sort;             /* a field, `id`, `unit`, `state`, `state_s`, `created_s`, `changed_s`; "-" in front: the other way round; NULL: the last changed first.
	                               * Texts and names in Vietnamese order, codes and states in the order of their definition, what is empty last */
	int64_t limit, offset;        /* limit 0: all */
};

/* How many there are in each state, whatever the filter says of `state`. */
struct kh_record_count {
	const char *state; /* of the definition */
	int64_t n;
};

struct kh_record_page {
	KH_ARRAY(struct kh_record) of;
	int64_t total;
	struct kh_record_count *counts; /* in the order of the states; NULL when not asked for */
};
void kh_record_page_done(struct kh_record_page *page);
#define kh_auto_record_page KH_CLEANUP(kh_record_page_done)

/* KH_E_INVALID_FIELD: the filter or the order names what is not there. */
int kh_record_list(struct kh_db *db, const struct kh_register *reg, const struct kh_record_list_options *options, struct kh_record_page *ret) KH_MUST_USE;

/* One by one: for an export. `each` may take the record over and leave the struct empty; an error of it ends the list and is given. */
int kh_record_each(struct kh_db *db, const struct kh_register *reg, const struct kh_record_list_options *options,
		   int (*each)(struct kh_record *record, void *arg), void *arg) KH_MUST_USE;

/* How many the options choose, state by state, without the records themselves; counts as of kh_record_page, to be freed. */
int kh_record_counts(struct kh_db *db, const struct kh_register *reg, const struct kh_record_list_options *options, struct kh_record_count **ret) KH_MUST_USE;
