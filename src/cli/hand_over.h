/* Handing what a scan by hand found over to the agent of this machine, if one runs: so it reaches the server like what the agent found itself. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "scan/scan.h"

#include <stdint.h>

struct kh_hand_over {
	const char *run; /* directory of the agent's sockets; lent */
	int sock;        /* -1: not connected (yet) */
	uint64_t producer, sent, durable;
	int error; /* the first thing that went wrong; 0: nothing. That no agent runs is nothing wrong */
	bool no_agent;
};

/* Nothing is connected before something is found. */
void kh_hand_over_init(struct kh_hand_over *h, const char *run);

/* Sends the detections of one file, its path made absolute, and who ran it. Errors are kept for _finish. */
void kh_hand_over_result(struct kh_hand_over *h, const struct kh_scan_result *r);

/* Sends an event: the fields of its record (record/record.h). */
void kh_hand_over_event(struct kh_hand_over *h, const struct kh_buf *fields);

/* Waits until the agent has everything on disk. 0 when it has, or when no agent runs; else what went wrong. */
int kh_hand_over_finish(struct kh_hand_over *h) KH_MUST_USE;
