/* Parts of one job that do not depend on each other, inside one transaction: each has a savepoint of its own. One that fails is undone, logged and counted; the others go on, and
 * what they wrote is committed. Who runs the job is told of the first failure at the end. */
#pragma once

#include "db/db.h"

struct kh_apart {
	int64_t failed;
	int error; /* of the first one that failed; 0: none did */
	char *detail;
};
void kh_apart_done(struct kh_apart *apart);
#define kh_auto_apart KH_CLEANUP(kh_apart_done)

/* One part: `what` in a word or two, for people who read the log; `id` of the row it is about, or 0. An error is given only where nothing can go on: KH_E_STOPPED, and where the
 * store gave up the whole transaction. */
int kh_apart_run(struct kh_apart *apart, struct kh_db *writer, const char *what, int64_t id, int (*part)(struct kh_db *writer, void *arg), void *arg) KH_MUST_USE;

/* The same for a part that looks after its own transactions and has ended with `error`: 0, or an error that is given back as above. */
int kh_apart_note(struct kh_apart *apart, const char *what, int64_t id, int error) KH_MUST_USE;

/* Forgets all: the transaction is tried anew. */
void kh_apart_reset(struct kh_apart *apart);

/* 0, or the first error with its detail, and how many there were. */
int kh_apart_result(const struct kh_apart *apart) KH_MUST_USE;
