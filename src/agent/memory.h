/* What the broker must still know after a restart, besides identity and spool: `memory.json` in the state directory, replaced as a whole. */
#pragma once

#include "base/attr.h"
#include "crypto/random.h"

#include <stdint.h>

#define KH_AGENT_MAX_MACHINE 2048  /* bytes of a fingerprint's parts: KH_FINGERPRINT_MAX_MACS cards and more */
#define KH_AGENT_MAX_OPEN_ORDERS 83 /* of facts and searches, those carried out and those that wait; a scan and those that wait; an isolation and its end */

struct kh_agent_memory {
	char machine[KH_AGENT_MAX_MACHINE]; /* kh_fingerprint.parts of the machine that wrote what is in the spool; "": not known */
	char first_scan_of[KH_UUID_SIZE]; /* the endpoint whose first scan is done; "" for none */
	int64_t daily_scan_s;             /* when the last daily scan that came to an answer began; 0: never */
	int64_t quick_scan_s, full_scan_s; /* likewise of the last quick one, and of the last full one that came to its end; 0: never */
	int64_t search_s;                 /* when the last search for documents marked secret began that came to an answer; 0: never */
	char bundle[65];                  /* SHA-256 of the last bundle of content that was taken over, in hex; "": none */
	int64_t bundle_made_s;            /* when it was made; 0: none */
	char refused_bundle[65];          /* of the last one that was not: it is not fetched again; "": none */
	int64_t contact_s, facts_s, scan_s; /* when the server last took something, and the ends of the last complete measuring and scan; 0: never */
	char orders_of[KH_UUID_SIZE];     /* the endpoint whose orders the next two speak of */
	int64_t last_order;               /* orders up to this id were dealt with: none is done twice */
	int64_t open_orders[KH_AGENT_MAX_OPEN_ORDERS]; /* of them, those begun and not answered; 0: none */
	int64_t clock_offset_ms;          /* the server's time less ours */
};

/* A file that is not there or is damaged is an empty memory. Orders have an end of their own, so that a lost memory cannot bring an old one back for long. */
void kh_agent_memory_load(const char *state_dir, struct kh_agent_memory *ret);
int kh_agent_memory_save(const char *state_dir, const struct kh_agent_memory *memory) KH_MUST_USE;
