/* Notices: what is told to people outside the console, by mail and by webhook. Made with the change they tell of, in its transaction; sent by deliver() outside of any.
 *
 * Each try is kept (notice_try). A mail that is not taken is tried again after 1, 2, 4 … minutes, KH_NOTICE_TRIES times in all. Where nobody has a mailbox, a notice without a receiver says so. */
#pragma once

#include "base/array.h"
#include "base/json.h"
#include "db/db.h"
#include "server/account/scope.h"

#include <stdint.h>

#define KH_NOTICE_TRIES 6
#define KH_NOTICES_AT_ONCE 50

struct kh_receivers {
	KH_ARRAY(char *) of; /* addresses, each once */
};
void kh_receivers_done(struct kh_receivers *receivers);
#define kh_auto_receivers KH_CLEANUP(kh_receivers_done)

/* Who is told at a level (alert.h) of the unit. *ret_there: there is such a level. */
int kh_receivers_find(struct kh_db *db, int64_t unit_id, int64_t level, int64_t now_s, struct kh_receivers *ret, bool *ret_there) KH_MUST_USE;

struct kh_notice {
	int64_t unit_id, record_id, level;
	const char *reg, *subject, *body;
};

/* A mail to each of them, or one notice that there is nobody. */
int kh_notice_mail(struct kh_db *writer, const struct kh_notice *notice, const struct kh_receivers *to, int64_t now_s) KH_MUST_USE;

/* `body` is JSON. */
int kh_notice_webhook(struct kh_db *writer, const struct kh_notice *notice, const char *url, int64_t now_s) KH_MUST_USE;

/* Notices about a record, with their tries: [Notice] of spec/api/types.yaml. */
int kh_notices_list(struct kh_db *db, const struct kh_scope *scope, const char *reg, int64_t record_id, json_t **ret) KH_MUST_USE;

/* ---- sending ---- */

struct kh_server;

/* Sends what is due; blocks as long as the servers take. No mail server, and one that takes no mail, stand among the troubles (trouble.h) and once in the log. */
int kh_notices_deliver(struct kh_server *server) KH_MUST_USE;
