/* Tasks, and what else one unit asks of many.
 *
 *     tasks      one that names a control is closed when the control is measured to hold for its machine or unit, and opens again when it fails again; owners are reminded
 *     dispatch   sent to chosen units: a row of the answers for each, readings for their staff, a task
 *     review     every unit below has its row while it is open; when it closes, the figures of each are frozen, signed and kept with their hash */
#pragma once

#include "base/json.h"
#include "server/apart.h"
#include "server/register/record.h"

#include <stdint.h>

/* On the writer; each task, and each reminder, apart. */
int kh_tasks_measure(struct kh_db *writer, int64_t now_s, struct kh_apart *apart) KH_MUST_USE;
int kh_tasks_remind(struct kh_db *writer, int64_t before_s, int64_t now_s, struct kh_apart *apart) KH_MUST_USE;

/* ---- dispatches ---- */

struct kh_dispatch_send {
	int64_t dispatch;
	const json_t *units;  /* codes */
	bool below;           /* and every unit below them */
	bool readings;        /* every active member of their staff is to confirm reading */
	const char *due_on;   /* YYYY-MM-DD */
	const char *task;     /* what is to be done, as a task of each; NULL: none */
	const char *control;  /* of the task; NULL: none */
};
struct kh_dispatch_sent {
	int64_t units, readings, tasks; /* made now: what was there already is not made twice */
};
/* KH_E_UNKNOWN_UNIT: not a unit of the user's. KH_E_FORBIDDEN, KH_E_RECORD_STATE: of the dispatch. KH_E_INVALID_FIELD. */
int kh_dispatch_send(struct kh_db *writer, const struct kh_dispatch_send *send, const struct kh_record_by *by, struct kh_dispatch_sent *ret) KH_MUST_USE;

/* ---- reviews ---- */

#define KH_ROWS_AT_ONCE 500 /* made in one transaction: batches pass between them */

/* A row of a review, or where there is none: zeroed. */
struct kh_review_place {
	int64_t review, unit_id;
};

/* The rows that are missing below open reviews, each apart: KH_ROWS_AT_ONCE of them behind `from`. *ret: the last one that was tried, from where the next call goes on, whatever failed before; zeroed when
 * all were. */
int kh_reviews_spread(struct kh_db *writer, const struct kh_review_place *from, int64_t now_s, struct kh_review_place *ret, struct kh_apart *apart) KH_MUST_USE;

struct kh_server;

/* Freezes the figures of reviews that were closed and have no snapshot yet, each apart. The file is {"snapshot","signature","key"}: the signature is of KH_SNAPSHOT_DOMAIN and the text of
 * the snapshot, by the server's key for orders; the key's public half stands beside it. */
#define KH_SNAPSHOT_DOMAIN "khien-review-snapshot\n"
int kh_reviews_freeze(struct kh_server *server, struct kh_apart *apart) KH_MUST_USE;
