/* An alarm: the record of register portal_alarm, and the files that prove it. */
#pragma once

#include "server/portal/judge.h"
#include "server/portal/store.h"
#include "server/register/proof.h"

/* Files are on disk before the transaction that names them. */
enum { KH_ALARM_FILES = 5 };
struct kh_alarm {
	enum kh_portal_alarm_kind kind;
	char *page, *detail;
	int64_t seen_s, since_s, confirmed_s;
	struct kh_proof_new files[KH_ALARM_FILES]; /* sha256 NULL: none */
	char hashes[KH_ALARM_FILES][KH_SHA256_HEX_SIZE];
};
void kh_alarm_done(struct kh_alarm *alarm);

/* One fetch of a page, with its HTML. */
struct kh_look_at {
	size_t page; /* of the portal */
	enum kh_look look;
	struct kh_fetched fetched;
	struct kh_buf html;
};

/* before/after: page and text, packed; and what both fetches said (JSON). */
int kh_alarm_prove(const char *data_dir, const struct kh_portal_page *before, const struct kh_look_at *first, const struct kh_look_at *second, struct kh_alarm *alarm) KH_MUST_USE;

int kh_alarm_raise(struct kh_db *writer, const struct kh_portal *portal, const struct kh_alarm *alarm) KH_MUST_USE;

/* The portal is there again: its alarms `down` are put right by the system. */
int kh_alarm_up_again(struct kh_db *writer, const struct kh_portal *portal, int64_t now_s) KH_MUST_USE;

#define KH_ALARM_FILE_BEFORE_HTML "truoc.html.gz"
#define KH_ALARM_FILE_BEFORE_TEXT "truoc.txt.gz"
#define KH_ALARM_FILE_AFTER_HTML "sau.html.gz"
#define KH_ALARM_FILE_AFTER_TEXT "sau.txt.gz"
#define KH_ALARM_FILE_FETCHES "lan-tai.json"
