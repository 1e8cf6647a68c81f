/* What the files that check a batch share: batch.c (header, lines), kinds.c and facts.c (each kind of record), fields.c (fields by table). */
#pragma once

#include "base/alloc.h"
#include "server/ingest/batch.h"

/* Where the parser is: for details. */
struct place {
	struct kh_batch *batch;
	size_t line;
};

/* KH_E_BATCH_MALFORMED, "line 7: field: what"; kh_batch_wrong() says what the reader stumbled over. */
int kh_batch_bad(const struct place *p, const char *field, const char *what) KH_MUST_USE;
int kh_batch_wrong(const struct place *p, const char *field, const struct kh_reader *r) KH_MUST_USE;

bool kh_slice_is_hex(struct kh_slice s, size_t n); /* n lower-case digits */
bool kh_slice_is_word(struct kh_slice s);
bool kh_slice_is_one_of_n(struct kh_slice s, const char *const *words, size_t n);
#define kh_slice_is_one_of(s, ...) kh_slice_is_one_of_n((s), (const char *const[]){__VA_ARGS__}, KH_COUNT(((const char *const[]){__VA_ARGS__})))

/* ---- the fields of one kind, by table ---- */

enum field_type {
	TEXT,  /* 0…max bytes */
	WORD,  /* a-z 0-9 _ -, 1…KH_MAX_WORD */
	HEX,   /* lower case, exactly max digits */
	INT,   /* 0…INT64_MAX */
	OBJECT /* JSON, at most max bytes */
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset; /* in struct kh_record */
	size_t max;
	bool optional; /* may be absent or null */
};

#define TEXT_FIELD(kind, name, max, optional) {#name, TEXT, offsetof(struct kh_record, kind.name), max, optional}
#define HEX_FIELD(kind, name, digits, optional) {#name, HEX, offsetof(struct kh_record, kind.name), digits, optional}
#define WORD_FIELD(kind, name, optional) {#name, WORD, offsetof(struct kh_record, kind.name), 0, optional}
#define INT_FIELD(kind, name, optional) {#name, INT, offsetof(struct kh_record, kind.name), 0, optional}

int kh_record_check_text(const struct place *p, const struct field *f, struct kh_slice *s) KH_MUST_USE;
int kh_record_read_field(const struct place *p, const struct field *f, struct kh_reader *r, struct kh_record *record) KH_MUST_USE;
/* Fields of an object whose names are in the table; others are passed over. */
int kh_record_read_fields(const struct place *p, const struct field *fields, size_t n, struct kh_reader *r, struct kh_record *record) KH_MUST_USE;

/* ---- each kind: the reader stands before the record's object ---- */

int kh_record_read_facts(const struct place *p, struct kh_reader *r, struct kh_record *record) KH_MUST_USE;
int kh_record_read_event(const struct place *p, struct kh_reader *r, struct kh_record *record) KH_MUST_USE;
int kh_record_read_detection(const struct place *p, struct kh_reader *r, struct kh_record *record) KH_MUST_USE;
int kh_record_read_detection_state(const struct place *p, struct kh_reader *r, struct kh_record *record) KH_MUST_USE;
int kh_record_read_scan(const struct place *p, struct kh_reader *r, struct kh_record *record) KH_MUST_USE;
int kh_record_read_health(const struct place *p, struct kh_reader *r, struct kh_record *record) KH_MUST_USE;
int kh_record_read_order(const struct place *p, struct kh_reader *r, struct kh_record *record) KH_MUST_USE;
