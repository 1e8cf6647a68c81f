/* Facts: what is measured on an endpoint, table by table (spec/facts/).
 *
 * A collection reads below one directory: "/" of this machine, or a recorded tree (`--root DIR`), in which symbolic links are resolved as
 * if the tree were "/". Nothing is executed, written or asked over a network. What cannot be read is null, or the whole table says why it was not
 * measured; a broken or hostile file never does more than that.
 *
 *     kh_auto_facts_ctx struct kh_facts_ctx *ctx = NULL;
 *     r = kh_facts_ctx_new(&(struct kh_facts_options){.root_fd = fd, .live = true, .privileged = true, .now_s = kh_now_s()}, &ctx);
 *     kh_auto_facts_rows struct kh_facts_rows rows = KH_FACTS_ROWS_INIT;
 *     r = kh_facts_collect(ctx, KH_FACTS_PACKAGES, &rows);
 *
 * This parses foreign bytes: the programs call it in the collector process only (facts/collector.h). */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "gen/facts.h" /* enum kh_fact_table, kh_fact_tables[], KH_<TABLE>_<COLUMN> */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_FACTS_SECRET_DIR "/var/lib/khien/agent/secret"

struct kh_facts_options {
	int root_fd;     /* directory everything is read below; stays the caller's, and open */
	bool live;       /* it is this machine's own "/": the kernel may be asked what no file says */
	bool privileged; /* may read everything; without it the tables marked privileged are not measured */
	int64_t now_s;
	const char *content; /* the content store (setting content.store), as seen from the root; NULL: the usual one. Lent for as long as the context */
	const char *secret;  /* the folder of search/cases.h, likewise */
};

struct kh_facts_ctx; /* one collection; remembers what several tables need (packages, processes, units) */

/* Asks the kernel at once what may not be asked from inside of a sandbox (the links of other processes, the state of the clock); everything else is read by
 * kh_facts_collect(). So: make the context, enter the sandbox, collect. */
int kh_facts_ctx_new(const struct kh_facts_options *options, struct kh_facts_ctx **ret) KH_MUST_USE;
void kh_facts_ctx_free(struct kh_facts_ctx *ctx);
KH_DEFINE_CLEANUP(facts_ctx, struct kh_facts_ctx *, kh_facts_ctx_free);
#define kh_auto_facts_ctx KH_CLEANUP(kh_cleanup_facts_ctx)

enum kh_facts_state { KH_FACTS_MEASURED, KH_FACTS_NOT_MEASURED };

/* Why a table was not measured. In JSON: the lower-case name. */
enum kh_facts_reason {
	KH_FACTS_OK,
	KH_FACTS_NEEDS_ROOT,     /* "needs_root": the rows would be incomplete */
	KH_FACTS_NOT_SUPPORTED,  /* "not_supported": this system, or this form of its data, is not known */
	KH_FACTS_SOURCE_MISSING, /* "source_missing": the file or folder that would say it is not there */
	KH_FACTS_TOO_LARGE,      /* "too_large": past a limit of facts/limits.h or KH_MAX_FACT_ROWS */
	KH_FACTS_FAILED,         /* "failed": unreadable or malformed; `detail` says what */
	KH_FACTS_REASONS,
};

enum kh_facts_kind { KH_CELL_NULL, KH_CELL_TEXT, KH_CELL_NUMBER };

struct kh_facts_cell {
	enum kh_facts_kind kind;
	union {
		char *text;     /* UTF-8, NFC, at most KH_MAX_TEXT bytes; bytes that are not UTF-8 are written \xNN */
		int64_t number; /* int, bool (0 or 1), time (Unix seconds) */
	};
};

/* One table as measured. Rows are sorted by their cells, so that equal content is equal bytes. */
struct kh_facts_rows {
	enum kh_fact_table table;
	enum kh_facts_state state;
	enum kh_facts_reason reason;
	char *detail; /* English, for the log; NULL when there is nothing to say. A measured table may have one: "2 of 31 lists are broken" */
	struct kh_facts_cell *cells; /* n rows of kh_fact_tables[table].columns_count */
	size_t n;
	size_t capacity; /* private, as the rest */
	bool overflow;
};
#define KH_FACTS_ROWS_INIT {0}

void kh_facts_rows_done(struct kh_facts_rows *rows);
#define kh_auto_facts_rows KH_CLEANUP(kh_facts_rows_done)

/* Measures one table into *ret, releasing what it held. "Not measured" is a finding, not an error: this fails only for a table that does not
 * exist (KH_E_INVALID_FIELD). */
int kh_facts_collect(struct kh_facts_ctx *ctx, enum kh_fact_table table, struct kh_facts_rows *ret) KH_MUST_USE;

/* The table of that name; false when there is none. */
bool kh_facts_table_named(const char *name, enum kh_fact_table *ret) KH_MUST_USE;

const char *kh_facts_state_name(enum kh_facts_state state);    /* "measured", "not_measured" */
const char *kh_facts_reason_name(enum kh_facts_reason reason); /* "" for KH_FACTS_OK */

static inline const struct kh_facts_cell *kh_facts_cell(const struct kh_facts_rows *rows, size_t row, size_t column)
{
	return &rows->cells[row * kh_fact_tables[rows->table].columns_count + column];
}

/* One row as a JSON object, {"name":"bash","held":false,…}: what people and scripts read. */
void kh_facts_row_json(const struct kh_facts_rows *rows, size_t row, struct kh_buf *out);

/* All rows as a JSON array of arrays in column order, without a blank: the wire and the stored form. "[]" when not measured. */
void kh_facts_body_json(const struct kh_facts_rows *rows, struct kh_buf *out);

#define KH_FACTS_HASH_SIZE 65
/* SHA-256 in lower-case hex of "STATE:REASON\n" and the body as above: changes exactly when the content does. */
void kh_facts_hash(const struct kh_facts_rows *rows, const struct kh_buf *body, char ret_hex[KH_FACTS_HASH_SIZE]);
