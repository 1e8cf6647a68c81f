/* What the files of the broker share; for no other folder. */
#pragma once

#include "agent/backoff.h"
#include "agent/link.h"
#include "agent/memory.h"
#include "agent/order.h"
#include "agent/scan_job.h"
#include "agent/search_job.h"
#include "base/buf.h"
#include "facts/collector.h"
#include "gen/settings.h"
#include "identity/identity.h"
#include "ipc/ipc.h"
#include "isolation/isolation.h"
#include "record/record.h"
#include "sandbox/worker.h"
#include "spool/spool.h"

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define KH_BROKER_MAX_CLIENTS 32 /* local producers and askers at a time */
#define KH_BROKER_MAX_WAITING 16 /* orders of one kind; the server has no more open for one machine, but for those of campaigns */
_Static_assert(5 * KH_BROKER_MAX_WAITING + 3 == KH_AGENT_MAX_OPEN_ORDERS, "each is remembered");
#define KH_BROKER_MAX_PLUGGED_IN 16 /* removable disks that wait for their scan */

#define KH_BROKER_MAX_TAKEN 64 /* infected files that wait for the quarantine; each holds a descriptor. More are reported only */

/* Orders that ask for the same: one search answers all of them. In the order they came; 0: none. */
struct kh_order_ids {
	int64_t of[KH_BROKER_MAX_WAITING];
};

/* A child and when it may be started again. */
struct kh_child {
	struct kh_worker worker;
	struct kh_backoff backoff;
	int64_t start_at_ms; /* monotonic; INT64_MAX: not to be started */
};

/* The scan that runs. */
struct kh_running_scan {
	const char *kind;
	struct kh_order order; /* id 0: the schedule's, or of what was plugged in */
	int64_t began_s, due_ms; /* it ends before */
	size_t disks;          /* of plugged_in, that it looks at */
	bool reported;         /* its record came */
	bool in_hours;         /* to be stopped when these are over */
	bool asked_to_stop;
	struct kh_scan_job_progress progress;
	struct kh_scan_job_end end;
};

struct kh_client {
	int fd; /* -1: free */
	bool asks_status;
	bool owed;         /* its records are not all durable yet, or were not said to be */
	uint64_t producer; /* whose records came last; 0: none yet */
	int64_t heard_ms;  /* monotonic */
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
	int64_t identity_changed_ns; /* of the file, as last read */

	/* uplink */
	struct kh_child uplink;
	struct kh_link_status link;
	struct kh_spool_batch batch;
	bool wake_sent, welcomed;
	bool clock_known;    /* the server has said the time since the start: the offset fits */
	int64_t wall_ms;     /* the wall clock less the time since boot, as last seen: changes when the clock is set */
	bool new_credentials; /* came from the uplink, which now ends by itself */
	char role[32], unit_name[1024];
	int64_t heartbeat_ms, health_at_ms;

	/* facts */
	struct kh_collector collector;
	bool collecting;
	char hashes[KH_FACTS_COUNT][KH_FACTS_HASH_SIZE]; /* of each table as last put into the spool, or as the server has it */
	int64_t facts_at_ms;                  /* next run */
	int64_t collect_due_ms;               /* the collector must have said something by then */
	struct kh_order_ids collect_orders, waiting_collects; /* those that are carried out, and those that wait */
	struct kh_backoff facts_backoff;

	/* scan */
	struct kh_worker scan;
	bool scanning, scan_at_start; /* at_start: still to be made */
	struct kh_running_scan running;
	int64_t scan_at_ms;  /* none of the schedule begins before */
	int64_t recheck_s;   /* when the next place of a find is due; INT64_MAX: none is */
	struct kh_backoff scan_backoff;
	struct kh_order waiting_scans[KH_BROKER_MAX_WAITING]; /* in the order they came; id 0: none */

	/* the search for documents marked secret */
	struct {
		struct kh_worker worker;
		bool running, ended;    /* ended: its result came */
		struct kh_order_ids orders, waiting; /* those that are carried out, and those that wait */
		int64_t began_s, due_ms, at_ms; /* at_ms: none of the schedule begins before */
		int64_t told_ns;        /* told.json, as last seen */
		struct kh_search_job_progress progress;
		struct kh_search_job_end end;
		struct kh_backoff backoff;
	} search;

	/* content: what the server offers, what is fetched, and the child that takes it over */
	struct kh_worker import;
	bool importing, mirror_failed;
	char offered[65], fetching[65]; /* SHA-256 in hex; "": none */
	int64_t fetching_made_s, fetch_at_ms, import_due_ms;
	struct kh_backoff content_backoff;

	/* removable disks: what is mounted, and what is to be scanned */
	int mounts_fd; /* -1: not watched */
	struct {
		int64_t *v;
		size_t n, cap;
	} mounts; /* ids of what was mounted at the last look */
	char *plugged_in[KH_BROKER_MAX_PLUGGED_IN + 1]; /* where; NULL-terminated; the first running.disks of them are being scanned */
	int64_t plugged_at_ms;                          /* their scan does not begin before */
	struct kh_backoff plugged_backoff;

	/* isolation (isolation/isolation.h) */
	struct {
		struct kh_peers peers;              /* where the server is, as the uplink last said */
		struct kh_isolation now;            /* what isolation.json says; order 0: the machine is not isolated */
		struct kh_isolation_release release; /* what isolation-release.json says; order 0: nobody has ended it */
		struct kh_worker worker;
		enum kh_isolate_message doing;      /* of the worker that runs */
		char sha256[KH_SHA256_HEX_SIZE];    /* of the table as it was last put; "": not yet in this run */
		int64_t unanswered;                 /* the order that asked for it, until it is done; 0: none */
		bool stands;                        /* the table was there at the last look */
		int64_t due_ms, next_ms;            /* the worker must have answered by then; the next one starts then */
	} isolation;

	/* guard */
	struct kh_child guard;
	struct kh_guard_pulse *pulse; /* of the guard that runs */
	json_t *guard_status;         /* as it last said; NULL: nothing yet */
	bool guard_off;               /* switched off by hand */
	int64_t guard_began_ms, guard_failures;

	/* infected files on their way into quarantine */
	struct {
		struct kh_worker worker;
		struct kh_taken {
			char *json; /* guard/infected.h */
			int fd;
		} queue[KH_BROKER_MAX_TAKEN];
		size_t queued;
		int64_t due_ms; /* the child must have ended by then */
	} take;

	/* local sockets */
	int events_fd, status_fd;
	struct kh_client clients[KH_BROKER_MAX_CLIENTS];

	int spool_error; /* of the last commit */
	char last_error[KH_MAX_ERROR_DETAIL];
};

/* ---- broker.c ---- */

/* Puts a record into the spool; false when it had no room (which is counted and said). */
bool kh_broker_append(struct kh_broker *b, enum kh_spool_class class_, uint64_t tag, const struct kh_buf *fields);

/* kh_spool_commit; the same trouble is logged once, not every second. */
int kh_broker_commit(struct kh_broker *b) KH_MUST_USE;

/* Wall clock, corrected by what the server said. Records keep the time they got: sent again, a record must be the same to the byte. */
int64_t kh_broker_now_ms(const struct kh_broker *b);

/* A message can be sent without waiting. Who lets answers pile up is cut off: the loop waits for nobody. */
bool kh_broker_can_send(int fd);

/* Logs, and remembers the last for health and status. */
void kh_broker_trouble(struct kh_broker *b, const char *what, int error);
void kh_broker_remember(struct kh_broker *b); /* saves memory.json */

/* After the identity changed: what is remembered of another endpoint is forgotten. */
void kh_broker_new_endpoint(struct kh_broker *b);

/* ---- uplink_peer.c: the broker's end of agent/link.h ---- */
void kh_uplink_start(struct kh_broker *b);
void kh_uplink_message(struct kh_broker *b);
void kh_uplink_wake(struct kh_broker *b);
void kh_uplink_restart(struct kh_broker *b); /* with the identity and the clock's offset that are here now */

/* ---- measure.c: facts ---- */
void kh_facts_message(struct kh_broker *b);
void kh_measure_due(struct kh_broker *b); /* starts what the schedule wants, ends what hangs; scans too */

/* ---- scans.c ---- */
void kh_scan_message(struct kh_broker *b);
char *kh_broker_quarantine(const struct kh_broker *b) KH_MUST_USE; /* its folder; new */
void kh_scans_due(struct kh_broker *b);
void kh_scans_load(struct kh_broker *b); /* at the start, and for another endpoint: the places of finds */

/* ---- searches.c ---- */
void kh_search_message(struct kh_broker *b);
void kh_searches_due(struct kh_broker *b);
char *kh_broker_secret_folder(const struct kh_broker *b) KH_MUST_USE; /* of the cases; new */

/* ---- content.c: bundles from the server ---- */
int kh_content_wanted(struct kh_broker *b, const struct kh_ipc_message *m) KH_MUST_USE; /* of the uplink; answers it */
int kh_content_done(struct kh_broker *b, const struct kh_ipc_message *m) KH_MUST_USE;
void kh_content_message(struct kh_broker *b);
void kh_content_due(struct kh_broker *b); /* ends what hangs */
json_t *kh_content_health_json(const struct kh_broker *b) KH_MUST_USE; /* null: there is no content but what came with the program */

/* ---- removable.c ---- */
void kh_removable_open(struct kh_broker *b); /* what is mounted now is no news */
void kh_removable_look(struct kh_broker *b); /* something was mounted or taken away */
void kh_removable_scanned(struct kh_broker *b, bool looked); /* a scan of disks has ended; what it could not look at stays, for later */
void kh_removable_close(struct kh_broker *b);

/* ---- guard.c: the guard, see guard/guard.h ---- */
void kh_guard_due(struct kh_broker *b); /* starts it, or ends it when it was switched off */
void kh_guard_message(struct kh_broker *b);
void kh_guard_ended(struct kh_broker *b, int error);
void kh_guard_stop(struct kh_broker *b);
json_t *kh_guard_status(const struct kh_broker *b) KH_MUST_USE; /* for the status; new */

/* ---- take_away.c ---- */
struct kh_ipc_message;
void kh_take_away(struct kh_broker *b, const struct kh_ipc_message *m, int fd); /* takes the descriptor over */
void kh_take_away_message(struct kh_broker *b);
void kh_take_away_due(struct kh_broker *b); /* ends what hangs */
void kh_take_away_done(struct kh_broker *b);

/* ---- orders.c: what becomes of an order ---- */
void kh_orders_forget(struct kh_broker *b); /* the scans that wait */
void kh_order_take(struct kh_broker *b, const struct kh_link_order *signed_order);
/* error: 0, or one with kh_fail_detail(), KH_E_FORBIDDEN where it is refused. id 0: there was none; scan: NULL, or what came of it. */
void kh_order_finish(struct kh_broker *b, int64_t id, int error, const struct kh_order_scan *scan);
void kh_orders_finish(struct kh_broker *b, struct kh_order_ids *ids, int error); /* each of them; none is left */
void kh_orders_interrupted(struct kh_broker *b); /* at the start: those of the last run have failed */

/* ---- isolate.c: this machine cut off from the network ---- */
void kh_isolation_open(struct kh_broker *b);                     /* at the start: as the files of the state directory say */
void kh_isolation_begin(struct kh_broker *b, int64_t order);     /* answers the order, now or when it is done */
void kh_isolation_end(struct kh_broker *b, int64_t order);
bool kh_isolation_goes_on(const struct kh_broker *b, int64_t order); /* at the start: it was begun in an earlier run, and will be answered */
void kh_isolation_message(struct kh_broker *b);
void kh_isolation_due(struct kh_broker *b);                      /* keeps the table there, sees that it was released at the machine, ends what hangs */
json_t *kh_isolation_json(const struct kh_broker *b) KH_MUST_USE; /* for health and status; null: not isolated */

/* ---- health.c ---- */
void kh_health_append(struct kh_broker *b);
char *kh_status_json(const struct kh_broker *b) KH_MUST_USE;

/* ---- intake.c: local producers, and who asks for the state ---- */
void kh_intake_init(struct kh_broker *b);
void kh_intake_open(struct kh_broker *b);
void kh_intake_close(struct kh_broker *b);
void kh_intake_accept(struct kh_broker *b, int listener);
void kh_intake_message(struct kh_broker *b, struct kh_client *client);
void kh_intake_answer(struct kh_broker *b); /* after a commit: those who still wait for it */
