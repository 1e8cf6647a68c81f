/* The process that loads compiled content once, and the workers that are split off it (sandbox/nursery.h). Between _begin and _finish it works while the host does something else. */
#pragma once

#include "base/attr.h"
#include "ipc/ipc.h"
#include "sandbox/worker.h"
#include "scan/protocol.h"

struct kh_scan_loader_options {
	const char *program; /* path of khien-scan-worker */
	int content;         /* descriptor of the compiled content; lent */
	struct kh_scan_setup setup;
};

struct kh_scan_loader {
	struct kh_scan_loader_options options; /* `program` is lent for _init only */
	char *program;
	struct kh_worker process;
	int64_t until_ms; /* kh_monotonic_ms() when it is late with its answer */
	struct kh_ipc_message message;
	struct kh_scan_ready ready; /* what it said when it had loaded the content */
};
void kh_scan_loader_init(struct kh_scan_loader *l, const struct kh_scan_loader_options *options);
void kh_scan_loader_done(struct kh_scan_loader *l); /* its workers live on */
#define kh_auto_scan_loader KH_CLEANUP(kh_scan_loader_done)

/* Starts it. Its answer can be read when process.sock is readable. */
int kh_scan_loader_begin(struct kh_scan_loader *l) KH_MUST_USE;

/* Waits for the answer, until it is late. KH_E_WORKER_FAILED, KH_E_SANDBOX …: it could not load the content, and is ended. */
int kh_scan_loader_finish(struct kh_scan_loader *l) KH_MUST_USE;

/* A new worker. One that has gone (the system was short of memory, say) is made anew, once. */
int kh_scan_loader_split(struct kh_scan_loader *l, struct kh_worker *ret) KH_MUST_USE;
