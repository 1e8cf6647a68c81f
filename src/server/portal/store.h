/* Rows of portals: where each stands, what is known of its pages, what came of each fetch. */
#pragma once

#include "base/buf.h"
#include "crypto/hash.h"
#include "db/db.h"
#include "server/portal/compare.h"
#include "server/portal/site.h"

#define KH_PORTAL_KEEP_S (35 * INT64_C(86400)) /* of fetches: a month for the uptime, and some */
#define KH_PORTAL_KEEP_ROWS 12000              /* of one portal: that many in 35 days at every 5 minutes is 10,080 */
#define KH_PORTAL_UPTIME_S (30 * INT64_C(86400))

/* A portal as it is watched: the record and what was learned. */
struct kh_portal_page {
	char *url;
	struct kh_known known;
	struct kh_buf html; /* it was last learned from */
	bool learned;       /* changed in this round: to be stored */
	bool gone;          /* no more watched */
};

struct kh_portal {
	int64_t id, unit_id, every_s;
	char *url, *changing;
	int64_t good_s, learned_s; /* 0: never */
	struct kh_site site;
	KH_ARRAY(struct kh_portal_page) pages; /* the first is that of the portal's own address */
};
void kh_portal_done(struct kh_portal *portal);
#define kh_auto_portal KH_CLEANUP(kh_portal_done)

/* The next that is due and not among `busy`; *ret_id 0: none. */
int kh_portal_next(struct kh_db *db, int64_t now_s, const int64_t *busy, size_t n, int64_t *ret_id) KH_MUST_USE;

/* KH_E_NOT_FOUND: the record is gone or not watched. What was learned of another address is forgotten. */
int kh_portal_load(struct kh_db *db, int64_t id, int64_t every_s, struct kh_portal *ret) KH_MUST_USE;

/* Kinds of alarms (1 << KH_PORTAL_ALARM_KIND_…) of the portal: those that are open, and those closed since learned_s, as false and as put right. */
struct kh_portal_alarms {
	unsigned open, forgiven, mended;
};
int kh_portal_alarms_read(struct kh_db *db, const struct kh_portal *portal, struct kh_portal_alarms *ret) KH_MUST_USE;

/* What a round found out. */
struct kh_portal_result {
	const struct kh_fetched *first; /* the last fetch of the portal's own address */
	const struct kh_change *change;
	const char *text_hash, *shape_hash; /* "": no page came */
	bool good;
	int64_t now_s;
};
void kh_page_hashes(const struct kh_page *page, char ret_text[KH_SHA256_HEX_SIZE], char ret_shape[KH_SHA256_HEX_SIZE]);
int kh_portal_save(struct kh_db *writer, const struct kh_portal *portal, const struct kh_portal_result *result) KH_MUST_USE;

/* To be fetched at once. */
int kh_portal_hurry(struct kh_db *writer, int64_t id) KH_MUST_USE;

/* gzip, for the store (base64) and for evidence. */
char *kh_packed_text(const struct kh_buf *bytes) KH_MUST_USE;
int kh_packed_read(const char *text, size_t max, struct kh_buf *ret) KH_MUST_USE;
void kh_gzip(const void *bytes, size_t n, struct kh_buf *ret);
int kh_gunzip(const void *bytes, size_t n, size_t max, struct kh_buf *ret) KH_MUST_USE;
