/* The guard: a process of the agent (`khien-agent role guard`) that is asked by the kernel while things happen, and answers. Its parts are in the table of guard.c; each has
 * descriptors to wait for (guard/part.h).
 *
 * It is a child of the broker. Over their kh_ipc_pair():
 *
 *     broker → guard
 *     START    first and once: the agent's settings as a JSON object of texts, with the guard's end of the pulse (below)
 *     guard → broker
 *     RECORD   fields of a record (record/record.h), for the spool
 *     EVENT    the same, of something that may be dropped first
 *     STATUS   a JSON object, one member for each part; at the start, and when something changed, once a second at most
 *     TROUBLE  words for the log
 *     INFECTED a JSON object (guard/infected.h) with the descriptor of an infected file, for the quarantine
 *
 * The pulse is a pair of SOCK_SEQPACKET sockets: one byte from the broker is answered by one byte, by the loop that also answers the kernel. A guard that
 * does not answer is killed: then the kernel forgets it, and allows what it was asked. Who waits for the pulse must not open any file, for that could be what the guard is
 * to answer. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "gen/settings.h"

#include <stdbool.h>

enum kh_guard_message {
	KH_GUARD_START = 1,
	KH_GUARD_RECORD,
	KH_GUARD_EVENT,
	KH_GUARD_STATUS,
	KH_GUARD_TROUBLE,
	KH_GUARD_INFECTED,
};

#define KH_GUARD_MAX_MESSAGE (256 * KH_KIB)
#define KH_GUARD_PULSE_MS 1000  /* how often it is asked */
#define KH_GUARD_SILENT_MS 5000 /* then it is killed */

/* The off switch: a file of this name in the agent's state directory. While it is there, no guard runs. */
#define KH_GUARD_OFF "onaccess.off"

/* The name that the kernel has for a guard while files are watched; facts about the machine's protection go by it (src/facts/products.yaml). */
#define KH_GUARD_NAME "khien-guard"

/* Whether the settings want a guard at all. */
bool kh_guard_wanted(const struct kh_agent_settings *settings) KH_PURE;

/* What START says. Reading gives settings as kh_settings_init() and kh_settings_set() make them, to be released by kh_settings_done(). */
void kh_guard_write_start(const struct kh_agent_settings *settings, struct kh_buf *out);
int kh_guard_read_start(const void *bytes, size_t n, struct kh_agent_settings *ret) KH_MUST_USE;

/* The child. Ends when the broker does. */
int kh_guard_main(int sock) KH_MUST_USE;
