/* Isolation: a machine that may be infected is cut off from every network but its way to its Khiên server.
 *
 * It is the table `khien_isolation` of nftables (rules.c), of the family inet, with chains of their own at a priority before all usual ones: what they drop no other
 * table can let through, and what they let through other tables may still drop. So the machine's own firewall stays as it is, and release takes nothing but this table away.
 * What passes: loopback; TCP to the server's addresses as they were when the order came (of the proxy, where the agent uses one), and answers; DHCP; what IPv6 needs to find its
 * neighbours. No DNS: the uplink goes to the addresses that are written down (http/client.h, `pinned`), and a name is a way out for data. What is forwarded, for containers
 * and virtual machines too, is dropped.
 *
 * The worker `khien-isolate` is the one program that links libnftables and changes rules: it takes one message, keeps CAP_NET_ADMIN alone, answers and ends. It composes the rules
 * itself: nobody can have it load others.
 *
 * Two files in the agent's state directory say what is to be, over restarts and by whichever program:
 *
 *     isolation.json           the machine is isolated, since when, by which order, and with which addresses; the broker's
 *     isolation-release.json   that isolation has an end: who said so, and why; of the broker for an order, of `khien isolation release` for who sits at the machine.
 *                              The broker takes the table away, reports it, and removes both files */
#pragma once

#include "base/address.h"
#include "base/attr.h"
#include "base/buf.h"
#include "crypto/hash.h"
#include "sandbox/worker.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_ISOLATION_TABLE "khien_isolation"
#define KH_ISOLATE_PROGRAM "khien-isolate"
#define KH_ISOLATE_TIMEOUT_MS 20000 /* then the worker is taken to hang */

/* ---- what is to be ---- */

struct kh_isolation {
	int64_t order, since_s; /* order 0: not isolated */
	struct kh_peers peers;
};

/* No file: order 0. KH_E_SYNTAX, KH_E_INVALID_FIELD: a file that was damaged. */
int kh_isolation_load(const char *state_dir, struct kh_isolation *ret) KH_MUST_USE;
int kh_isolation_save(const char *state_dir, const struct kh_isolation *isolation) KH_MUST_USE;

#define KH_ISOLATION_MAX_REASON 500 /* bytes */

struct kh_isolation_release {
	int64_t order;         /* the isolation that ends; 0: none does */
	int64_t by_order;      /* the order that ends it; 0: a person at the machine, or its settings */
	int64_t at_s;
	int64_t uid, login_uid; /* of the person; -1: not known, or none */
	char user[64], reason[KH_ISOLATION_MAX_REASON + 1];
};

int kh_isolation_release_load(const char *state_dir, struct kh_isolation_release *ret) KH_MUST_USE;
int kh_isolation_release_save(const char *state_dir, const struct kh_isolation_release *release) KH_MUST_USE;

/* Removes both files, the isolation's first. */
int kh_isolation_forget(const char *state_dir) KH_MUST_USE;

/* Puts the rules of what the files say without the broker: at boot, before the network is there. *ret_put: there was something to put; an isolation that has its end is left to the broker. */
int kh_isolation_put_again(const char *state_dir, bool *ret_put) KH_MUST_USE;

/* The fields of an event (record/record.h) of category "isolation": action "isolated", "put_back" or "released"; release: NULL, or who and why. */
void kh_isolation_event(struct kh_buf *out, const char *action, const struct kh_isolation *isolation, const struct kh_isolation_release *release);

/* One of these addresses is this machine's own: the server, or a proxy that speaks for the agent, runs here and would be cut off with it. */
bool kh_isolation_is_here(const struct kh_peers *peers);

/* ---- the worker ---- */

enum kh_isolate_message {
	KH_ISOLATE_PUT = 1, /* the table is to be there as it was last put, or is put anew, in one transaction */
	KH_ISOLATE_LOOK,    /* is it there? */
	KH_ISOLATE_REMOVE,
	KH_ISOLATE_ANSWER = 16,
};

struct kh_isolate_request {
	struct kh_peers peers;         /* of PUT; at least one */
	char sha256[KH_SHA256_HEX_SIZE]; /* of PUT: of the table as it stood after the last PUT; "": put it in any case */
};

struct kh_isolate_answer {
	bool present, changed;
	char sha256[KH_SHA256_HEX_SIZE]; /* of the table as it stands; "": it does not */
};

/* Starts the worker with one message; its socket becomes readable with the answer, or when it has ended. KH_E_ISOLATION_UNAVAILABLE: it cannot be started. */
int kh_isolate_start(enum kh_isolate_message what, const struct kh_isolate_request *request, struct kh_worker *ret) KH_MUST_USE;

/* Receives the answer and buries the worker. KH_E_ISOLATION_UNAVAILABLE: nftables, or the right to it, is missing (the detail says what); KH_E_TIMEOUT, KH_E_WORKER_FAILED. */
int kh_isolate_finish(struct kh_worker *worker, int timeout_ms, struct kh_isolate_answer *ret) KH_MUST_USE;

/* The rules, as nft(8) reads them. */
void kh_isolation_rules(const struct kh_peers *peers, struct kh_buf *out);

/* Both directions of what is said between worker and starter; reading gives KH_E_SYNTAX or KH_E_INVALID_FIELD for anything that is not exactly so. */
void kh_isolate_write_request(const struct kh_isolate_request *request, struct kh_buf *out);
int kh_isolate_read_request(const void *bytes, size_t n, struct kh_isolate_request *ret) KH_MUST_USE;
void kh_isolate_write_answer(int error, const struct kh_isolate_answer *answer, struct kh_buf *out); /* of an error its name and kh_fail_detail() */
int kh_isolate_read_answer(const void *bytes, size_t n, struct kh_isolate_answer *ret) KH_MUST_USE; /* gives the worker's error */
