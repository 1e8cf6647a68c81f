/* Collecting facts in a process of its own: the collector (`khien-collector`), which can read the system and do nothing else, and the reader used
 * by the agent's broker and by `khien facts`.
 *
 *     struct kh_collector c = KH_COLLECTOR_INIT;
 *     r = kh_collector_start(&(struct kh_collector_options){0}, &c);
 *     while (r == 0 && c.left) { struct kh_collected t; r = kh_collector_next(&c, &t); … }
 *     kh_collector_done(&c);
 *
 * or all of it by kh_collector_run().
 *
 * Wire: over the ipc channel the collector sends one message of type KH_COLLECTOR_TABLE per table asked for, in the order of the tables. Its payload:
 *
 *     u32 length of the header (little endian)
 *     header, JSON: {"table","state","reason","detail","hash","rows":N,"ms":N,"columns":[…]}
 *     body: the rows as a JSON array of arrays in column order (facts/facts.h), to the end
 *
 * Asked for what starts by itself instead (`--autostart yes`), it sends one message of type KH_COLLECTOR_PATHS: the paths of facts/autostart.h, a NUL behind each.
 *
 * What comes from the collector is checked like input from a network: the header against this program's tables, the body against its hash. The rows
 * are not looked into here: the server checks them, and so does kh_collected_rows(). */
#pragma once

#include "base/json.h"
#include "facts/facts.h"
#include "facts/tree.h"
#include "ipc/ipc.h"
#include "sandbox/worker.h"

#define KH_COLLECTOR_PROGRAM "khien-collector"
#define KH_COLLECTOR_TABLE 1               /* types of its messages */
#define KH_COLLECTOR_PATHS 2
#define KH_COLLECTOR_TIMEOUT_MS 120000     /* for one table: a slow disk with hundreds of thousands of files */
#define KH_COLLECTOR_MAX_HEADER (64 * KH_KIB)

struct kh_collector_options {
	const char *root;                  /* a recorded tree; NULL: this machine */
	const char *content;               /* the content store (setting content.store); NULL: the usual one */
	const char *secret;                /* the folder of search/cases.h; NULL: the usual one */
	const enum kh_fact_table *tables;  /* NULL: all */
	size_t tables_count;
	const char *program;               /* NULL: KH_COLLECTOR_PROGRAM beside this program */
	int timeout_ms;                    /* 0: KH_COLLECTOR_TIMEOUT_MS */
};

/* One table, as it arrived. Texts are lent until the next one. */
struct kh_collected {
	enum kh_fact_table table;
	enum kh_facts_state state;
	enum kh_facts_reason reason;
	const char *detail; /* "" when there is nothing to say */
	char hash[KH_FACTS_HASH_SIZE];
	size_t rows;
	int64_t ms; /* it took so long */
	const char *columns; /* JSON array of names: "[\"name\",…]" */
	const char *body;    /* JSON array of arrays, not NUL-terminated */
	size_t body_len;
};

struct kh_collector {
	struct kh_worker worker; /* its socket can be polled for the next table */
	size_t left;             /* tables still to come */

	struct kh_ipc_message message; /* private, as the rest */
	json_t *header;
	char *columns;
	int timeout_ms;
};
#define KH_COLLECTOR_INIT {.worker = KH_WORKER_NONE, .message = KH_IPC_MESSAGE_INIT}

/* KH_E_NOT_FOUND when the program is not there. */
int kh_collector_start(const struct kh_collector_options *options, struct kh_collector *c) KH_MUST_USE;

/* Waits for the next table. KH_E_WORKER_FAILED, with how it ended, when the collector died; KH_E_TIMEOUT; KH_E_SYNTAX for a message that is not as
 * above. After an error the collector is of no more use. */
int kh_collector_next(struct kh_collector *c, struct kh_collected *ret) KH_MUST_USE;
void kh_collector_done(struct kh_collector *c);
#define kh_auto_collector KH_CLEANUP(kh_collector_done)

/* Starts, hands each table to `take` (whose error ends it), ends. */
int kh_collector_run(const struct kh_collector_options *options, int (*take)(void *arg, const struct kh_collected *table), void *arg) KH_MUST_USE;

/* What starts by itself (facts/autostart.h): at most KH_AUTOSTART_MAX absolute paths. Of the options, root, program and timeout_ms count. */
int kh_collector_autostart(const struct kh_collector_options *options, struct kh_names *ret) KH_MUST_USE;

/* The rows, parsed and checked against the columns: an array of arrays. KH_E_INVALID_FIELD when they do not fit. */
int kh_collected_rows(const struct kh_collected *table, json_t **ret) KH_MUST_USE;

/* The collector's side: the payload of one message. */
void kh_collector_encode(const struct kh_facts_rows *rows, int64_t ms, struct kh_buf *ret);

/* Takes a payload apart; what *ret lends belongs to the payload, *header and *columns (released by the caller). */
int kh_collector_decode(const uint8_t *payload, size_t n, json_t **header, char **columns, struct kh_collected *ret) KH_MUST_USE;
