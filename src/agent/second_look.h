/* What a scan of the agent finds, on its way (docs/protocol.md, "Finds"): it is reported; a new worker looks at it again, as it is then; if it is still what it was, it is
 * put into quarantine from the very descriptor that was looked at, or left with the reason; later its place is looked at again. For the scan child. */
#pragma once

#include "agent/finds.h"
#include "scan/quarantine.h"
#include "scan/scan.h"

struct kh_suspect {
	char id[KH_UUID_SIZE];
	char *path;
	bool known; /* it was left at an earlier scan: only a change is reported */
};

struct kh_second_look {
	struct kh_finds finds;
	struct {
		struct kh_suspect *v;
		size_t n, cap;
	} suspects;
	int64_t looked_ms; /* monotonic; the last second look */
	bool looking;

	/* What the caller says. */
	const char *state_dir, *store;
	struct kh_quarantine *quarantine;      /* NULL: what is found is left */
	const struct kh_scan_options *options; /* of the first scan: rules, limits, share of the processor, what is done to processes */
	int64_t recheck_s, clock_offset_ms;
	void (*send)(void *context, const struct kh_buf *fields);       /* a record of a find … */
	void (*send_event)(void *context, const struct kh_buf *fields); /* … and of an event */
	void *context;
};

void kh_second_look_done(struct kh_second_look *l);

/* Of the first scan: what was found is reported and kept for the second look. `nameless`: it was given by a descriptor. */
void kh_second_look_found(struct kh_second_look *l, const struct kh_scan_result *file, bool nameless);

/* Of a scan of the places of earlier finds (kind recheck): what is there now. */
void kh_second_look_place(struct kh_second_look *l, const struct kh_scan_result *file);

/* Looks again at what waits for it, if anything does: now, or when it has waited for some seconds. */
void kh_second_look_now(struct kh_second_look *l);
void kh_second_look_when_due(struct kh_second_look *l);

/* Everything that runs was looked at: finds without a name that were not met have ended. */
void kh_second_look_ended(struct kh_second_look *l);
