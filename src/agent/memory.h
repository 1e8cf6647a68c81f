/* What the broker must still know after a restart, besides identity and spool: `memory.json` in the state directory, replaced as a whole. */
#pragma once

#include "base/attr.h"
#include "crypto/random.h"

#include <stdint.h>

struct kh_agent_memory {
	char first_scan_of[KH_UUID_SIZE]; /* the endpoint whose first scan is done; "" for none */
	int64_t daily_scan_s;             /* when the last daily scan began; 0: never */
	int64_t last_order;               /* orders up to this id were dealt with: none is done twice */
	int64_t clock_offset_ms;          /* the server's time less ours */
};

/* A file that is not there or is damaged is an empty memory. Orders have an end of their own, so that a lost memory cannot bring an old one back for long. */
void kh_agent_memory_load(const char *state_dir, struct kh_agent_memory *ret);
int kh_agent_memory_save(const char *state_dir, const struct kh_agent_memory *memory) KH_MUST_USE;
