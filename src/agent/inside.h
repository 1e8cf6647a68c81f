/* What the files of the broker share; for no other folder. */
#pragma once

#include "agent/backoff.h"
#include "agent/link.h"
#include "agent/memory.h"
#include "agent/order.h"
#include "base/buf.h"
#include "facts/collector.h"
#include "gen/settings.h"
#include "identity/identity.h"
#include "sandbox/worker.h"
#include "spool/spool.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define KH_BROKER_MAX_CLIENTS 32 /* local producers and askers at a time */

/* A child and when it may be started again. */
struct kh_child {
	struct kh_worker worker;
	struct kh_backoff backoff;
	int64_t start_at_ms; /* monotonic; INT64_MAX: not to be started */
};

struct kh_client {
	int fd; /* -1: free */
	bool asks_status;
};

struct kh_broker {
	struct kh_agent_settings *settings;
	struct kh_spool *spool;
	struct kh_agent_memory memory;
	int64_t started_ms; /* monotonic, as all *_at_ms */

	/* identity; noticed when `khien enroll` writes another one */
	bool enrolled, is_copy;
	struct kh_identity identity;
	struct kh_fingerprint machine;
	int64_t identity_changed_s; /* of the file, as last read */

	/* uplink */
	struct kh_child uplink;
	struct kh_link_status link;
	int64_t contact_ms; /* wall clock of the last acknowledgement or welcome; 0: never */
	struct kh_spool_batch batch;
	bool wake_sent, welcomed;
	char role[32], unit_name[1024];
	int64_t heartbeat_ms, health_at_ms;

	/* facts */
	struct kh_collector collector;
	bool collecting;
	char hashes[KH_FACTS_COUNT][KH_FACTS_HASH_SIZE]; /* of each table as last put into the spool, or as the server has it */
	int64_t facts_at_ms, facts_done_ms; /* next run; wall clock of the last */
	int64_t collect_order; /* the order that waits for it; 0: none */

	/* scan */
	struct kh_worker scan;
	bool scanning, scan_reported;
	const char *scan_kind;
	int64_t scan_order, scan_done_ms;
	struct kh_order waiting_scan; /* id 0: none */

	/* local sockets */
	int events_fd, status_fd;
	struct kh_client clients[KH_BROKER_MAX_CLIENTS];

	char last_error[KH_MAX_ERROR_DETAIL];
};

/* ---- broker.c ---- */

/* Puts a record into the spool; `n` of a producer as in struct kh_spool_record. */
void kh_broker_append(struct kh_broker *b, enum kh_spool_class class_, uint64_t tag, const struct kh_buf *fields);

/* Logs, and remembers the last for health and status. */
void kh_broker_trouble(struct kh_broker *b, const char *what, int error);
void kh_broker_remember(struct kh_broker *b); /* saves memory.json */

/* ---- uplink_peer.c: the broker's end of agent/link.h ---- */
void kh_uplink_start(struct kh_broker *b);
void kh_uplink_message(struct kh_broker *b);
void kh_uplink_wake(struct kh_broker *b);
void kh_uplink_ended(struct kh_broker *b);

/* ---- measure.c: facts and scans ---- */
void kh_facts_start(struct kh_broker *b);
void kh_facts_message(struct kh_broker *b);
void kh_scan_start(struct kh_broker *b, const char *kind);
void kh_scan_message(struct kh_broker *b);
void kh_scan_ended(struct kh_broker *b);
void kh_measure_due(struct kh_broker *b); /* starts what the schedule wants */
void kh_order_do(struct kh_broker *b, const struct kh_order *order);

/* ---- health.c ---- */
void kh_health_append(struct kh_broker *b);
char *kh_status_json(const struct kh_broker *b) KH_MUST_USE;

/* ---- intake.c: local producers, and who asks for the state ---- */
void kh_intake_open(struct kh_broker *b);
void kh_intake_close(struct kh_broker *b);
void kh_intake_accept(struct kh_broker *b, int listener);
void kh_intake_message(struct kh_broker *b, struct kh_client *client);
