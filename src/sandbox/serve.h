/* The worker's own end of its socket (the host's: sandbox/worker.h): a message comes, perhaps with a descriptor, and is answered; then the next. */
#pragma once

#include "ipc/ipc.h"
#include "sandbox/worker.h"

/* Waits for a message of at most KH_IPC_MAX_INLINE bytes. KH_E_WORKER_FAILED: the host has closed the connection. */
int kh_worker_receive(struct kh_ipc_message *m) KH_MUST_USE;

/* 0: go on; 1: that was all. An error ends the worker: a host that says what it should not is not listened to any longer. */
typedef int (*kh_worker_answer)(void *context, struct kh_ipc_message *m);

/* Answers one message after the other, until `answer` says that it was all (0) or fails, or none can be received (its error). */
int kh_worker_serve(kh_worker_answer answer, void *context) KH_MUST_USE;
