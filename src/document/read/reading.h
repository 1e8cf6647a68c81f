/* What the reader of a format is given: one document being read, in a file that may hold several. A reader gives out lines (builder.h), tells what it cannot read, asks now and then
 * whether to go on, and takes what it needs of a package by parts.h. It never fails: what cannot be read is a gap.
 *
 *     static void read_something(struct kh_reading *r, const uint8_t *bytes, size_t n)
 *     {
 *         while (…more… && !kh_reading_over(r)) {
 *             kh_line_begin(&r->lines, &(struct kh_line_look){.part = KH_PART_BODY, .page = page});
 *             kh_line_add(&r->lines, text, n, &(struct kh_run_look){.font = font, .bold = bold});
 *             kh_line_end(&r->lines);
 *         }
 *     }
 *     const struct kh_reader kh_something_reader = {KH_DOCUMENT_SOMETHING, looks_like_something, read_something, NULL};
 *
 * and a row in read.c. */
#pragma once

#include "document/read/builder.h"
#include "document/read/read.h"
#include "unpack/members.h"

struct kh_reading;

struct kh_reader {
	enum kh_document_format format;
	bool (*looks)(const uint8_t *bytes, size_t n); /* whether they are of this format, by the bytes alone; rows above in read.c have been asked before */
	void (*read)(struct kh_reading *r, const uint8_t *bytes, size_t n); /* gives out the lines; NULL: it has none */
	void (*members)(struct kh_reading *r, const uint8_t *bytes, size_t n); /* then hands over documents and pictures inside, by kh_reading_member(s); NULL: none */
};

/* The whole file. */
struct kh_reading_file {
	const struct kh_document_options *options;
	const struct kh_document_sink *sink;
	const struct kh_reader *(*reader_of)(const uint8_t *bytes, size_t n); /* never gives NULL */
	struct kh_unpack unpack; /* what was used so far */
	int64_t more_ms;         /* given beyond the limit of time */
};

struct kh_reading {
	struct kh_reading_file *file;
	const char *path; /* in the file; NULL: the file itself */
	size_t depth;     /* of documents and containers around it */
	bool over, pictures_told;
	struct kh_line_builder lines;
};

/* The file itself, from its beginning to its end. */
void kh_reading_run(struct kh_reading_file *file, const uint8_t *bytes, size_t n);

/* ---- for readers ---- */

/* Whether the reader must stop: the sink has enough, or the time is up, which is told once. Cheap: ask for every line or record. */
bool kh_reading_over(struct kh_reading *r);

void kh_reading_gap(struct kh_reading *r, enum kh_gap_kind kind, const char *name); /* name NULL: the document itself */

void kh_reading_more_time(struct kh_reading *r, int64_t ms); /* for a page that is a picture; all of them together at most double the time of the file */
void kh_reading_pictures_unread(struct kh_reading *r); /* KH_GAP_PICTURES, once for the document */

/* Takes a container apart within the limits of the file, as unpack/unpack.h says; parts.h holds what is wanted together. */
struct kh_reading_unpack {
	void *context;
	bool (*wants)(void *context, const char *name); /* NULL: all */
	void (*on_member)(void *context, const char *name, const uint8_t *bytes, size_t n);
	void (*on_gap)(void *context, enum kh_gap_kind kind, const char *name);
};
void kh_reading_unpack(struct kh_reading *r, const uint8_t *bytes, size_t n, const struct kh_reading_unpack *how);

/* The same for one who takes it apart himself, with struct kh_members: &r->file->unpack is his in between. */
struct kh_unpack kh_reading_enter(struct kh_reading *r, const struct kh_reading_unpack *how);
void kh_reading_leave(struct kh_reading *r, const struct kh_unpack *outer);

/* ---- for their second function: documents inside ---- */

void kh_reading_member(struct kh_reading *r, const char *name, const uint8_t *bytes, size_t n);

/* A document inside that is written as text (base64, …: unpack/mail/transfer.h), decoded within the limits of the file. */
void kh_reading_decoded(struct kh_reading *r, const char *name, const uint8_t *bytes, size_t n,
			enum kh_decoded (*decode)(struct kh_members *m, const uint8_t *bytes, size_t n));

/* All members of a package or an archive that are wanted (NULL: all), each as a document inside this one. */
void kh_reading_members(struct kh_reading *r, const uint8_t *bytes, size_t n, bool (*wants)(const char *name));
