/* A batch of records as an agent sends it (docs/protocol.md, "batch"): unpacking it and checking all of it, before anything is stored.
 *
 * What comes is foreign: sizes, counts, lengths and types are limited (base/limits.h and below), and a batch with one bad record is refused whole with
 * KH_E_BATCH_MALFORMED, whose detail names line and field: "line 7: event.action: expected a text". Line 1 is the header. */
#pragma once

#include "base/array.h"
#include "base/attr.h"
#include "base/buf.h"
#include "gen/facts.h"
#include "server/ingest/reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_EPOCH_SIZE 17      /* 16 hex digits and the NUL */
#define KH_MAX_WORD 64        /* bytes of a category, an action, an engine, a kind */
#define KH_MAX_RULE 512       /* bytes of a rule's name */
#define KH_MAX_FACT_COLUMNS 64

enum kh_record_kind { KH_RECORD_FACTS, KH_RECORD_EVENT, KH_RECORD_DETECTION, KH_RECORD_SCAN, KH_RECORD_HEALTH, KH_RECORD_ORDER, KH_RECORD_DETECTION_STATE, KH_RECORD_KINDS };

/* Texts are slices of the batch's own memory, decoded, without NUL characters; at NULL: absent or null. */
struct kh_record {
	enum kh_record_kind kind;
	int64_t at_ms;
	struct kh_slice line; /* the record as it came */
	union {
		struct {
			struct kh_slice category, action;
		} event;
		struct {
			int table; /* enum kh_fact_table; -1: one that this server does not know, to be passed over */
			bool measured;
			struct kh_slice reason, hash;
			struct kh_slice columns, rows; /* JSON, checked against the table's columns */
			size_t row_count;
		} facts;
		struct {
			struct kh_slice engine, rule, path, member, sha256, verdict, state, id; /* id: of the find; at NULL: none */
			int64_t size; /* -1: not said */
		} detection;
		struct {
			struct kh_slice id, state, quarantine, detail;
		} detection_state;
		struct {
			struct kh_slice kind, stopped; /* stopped: why it ended before the end; at NULL: it did not */
			int64_t started_ms, ended_ms, files, bytes, infected, suspicious, errors, skipped, partly, rules, order; /* order: that it was made for; 0: none */
		} scan;
		struct {
			struct kh_slice report; /* the JSON object */
		} health;
		struct {
			int64_t id;
			struct kh_slice state, result; /* result: JSON; at NULL: none */
		} order;
	};
};

struct kh_batch {
	char epoch[KH_EPOCH_SIZE];
	int64_t first, last; /* seq; last ≥ first */
	int64_t time_ms, clock_offset_ms;
	KH_ARRAY(struct kh_record) records; /* last-first+1 of them */
	struct kh_buf text;                 /* unpacked; the records point into it */
	KH_ARRAY(char *) decoded;           /* texts that had escapes; the records point into them */
};

/* Takes a body apart: `encoding` is the Content-Encoding, "zstd" or NULL (plain). On an error *ret is empty. */
int kh_batch_read(const void *bytes, size_t n, const char *encoding, struct kh_batch *ret) KH_MUST_USE;
void kh_batch_done(struct kh_batch *batch);
#define kh_auto_batch KH_CLEANUP(kh_batch_done)

/* The two halves of kh_batch_read(). Parsing takes the text over, whatever comes of it. */
int kh_batch_unpack(const void *bytes, size_t n, struct kh_buf *ret) KH_MUST_USE; /* zstd frames; KH_E_TOO_LARGE, KH_E_BATCH_MALFORMED */
int kh_batch_parse(struct kh_buf *text, struct kh_batch *ret) KH_MUST_USE;

/* The record with this seq; NULL when the batch has none. */
const struct kh_record *kh_batch_record(const struct kh_batch *batch, int64_t seq);
