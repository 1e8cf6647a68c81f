/* Who asks the ransomware watch, over a socket in the run directory: one question to a connection, one answer. Nobody is waited for: who connects and says nothing is forgotten after
 * KH_RANSOM_ASKED_MS, and makes room for who comes next; an answer is one message on a socket that held nothing, so that it is written at once whether or not it is read. */
#pragma once

#include "ipc/ipc.h"

#include <poll.h>

#define KH_RANSOM_ASKED_MOST 8     /* connections that have said nothing yet */
#define KH_RANSOM_ASKED_MS 1000    /* who connects has a question ready */
#define KH_RANSOM_ASKED_FDS (1 + KH_RANSOM_ASKED_MOST)

struct kh_ransom_asked;
int kh_ransom_asked_new(const char *path, struct kh_ransom_asked **ret) KH_MUST_USE; /* 0600; what is at the path goes */
void kh_ransom_asked_free(struct kh_ransom_asked *a);                                /* and the path */

/* What to poll, and until when at the longest. */
void kh_ransom_asked_fds(const struct kh_ransom_asked *a, struct pollfd ret[KH_RANSOM_ASKED_FDS]);
int64_t kh_ransom_asked_due(const struct kh_ransom_asked *a) KH_MUST_USE; /* kh_monotonic_ms; INT64_MAX: nobody is there */

/* The answer, new memory; NULL: that was no question, the connection ends. */
typedef char *(*kh_ransom_answer)(void *context, const struct kh_ipc_message *question);

/* After the poll, whatever came of it. Answers go as KH_RANSOM_ANSWER (ransom_part.h). */
void kh_ransom_asked_serve(struct kh_ransom_asked *a, const struct pollfd fds[KH_RANSOM_ASKED_FDS], int64_t now_ms, kh_ransom_answer answer, void *context);
