/* What the files of access.c share; for no other. */
#pragma once

#include "guard/delays.h"
#include "guard/marks.h"
#include "guard/part.h"
#include "guard/recent.h"
#include "guard/scanner.h"
#include "guard/who.h"
#include "os/mounted.h"
#include "scan/walk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum kh_access_how { KH_ACCESS_OPENED, KH_ACCESS_EXECUTED, KH_ACCESS_WRITTEN };

/* Somebody whom the kernel holds up until we answer. */
struct kh_access_waiter {
	int fd; /* of the event; its name in the answer */
	bool executes;
	int64_t since_ns, until_ms;
};

/* A file that is scanned, in one of its states. */
struct kh_access_file {
	struct kh_file_state state;
	int fd;      /* closed with it, unless it is that of the first waiter, who is then kept to the end */
	char *path;
	int64_t opened_ns; /* Unix time before it was looked at */
	enum kh_access_how how;
	struct kh_who who; /* the first that touched it */
	bool refused;
	struct {
		struct kh_access_waiter *v;
		size_t n, cap;
	} waiters;
};

struct kh_access_counts {
	uint64_t events, executions, writes, outside, excluded, known, scanned, infected, refused, late, unanswered, unscanned, too_large, overflows;
};

struct kh_access {
	struct kh_guard *guard;
	const struct kh_agent_settings *settings;
	struct kh_marks marks;
	int mountinfo; /* says when something was mounted */
	struct kh_mounted_list mounts;
	struct kh_recent *known;
	struct kh_free_programs *free_programs;
	struct kh_scanner *scanner, *next; /* next: loads other content */
	struct kh_scanner_info info;       /* of the scanner */
	int64_t start_at_ms, flush_at_ms;
	struct {
		struct kh_access_file **v;
		size_t n, cap;
	} files;
	bool denies, stalled; /* stalled: somebody waited in vain, and no verdict came meanwhile; nobody else shall, until one does */
	int64_t verdict_ms;   /* when the last came */
	struct kh_access_counts counts;
	struct kh_delays delays;
	struct {
		char **v;
		size_t n, cap;
	} marked; /* mount points of marked file systems */
	uint64_t unwatched; /* file systems that should be, and cannot */
	size_t waiting;   /* of all files together */
	size_t max_files; /* under way, and that wait: out of descriptors, the kernel would refuse opens */
};

static inline int64_t kh_access_now_ns(clockid_t clock)
{
	struct timespec t = {0};
	clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* ---- access_verdicts.c: who waits, and what comes of it ---- */
void kh_access_respond(struct kh_access *a, int fd, bool allow, int64_t since_ns); /* to the kernel, for the event of that descriptor */
bool kh_access_refuses(const struct kh_access *a, enum kh_recent_verdict verdict, bool executes);
struct kh_access_file **kh_access_find(struct kh_access *a, const struct kh_file_state *state); /* NULL: none is under way in this state */
void kh_access_forget(struct kh_access *a, struct kh_access_file **at);
int64_t kh_access_answer_late(struct kh_access *a, int64_t now_ms); /* gives the next deadline */
bool kh_access_state(int fd, struct kh_file_state *ret); /* false: no regular file */
void kh_access_spare(struct kh_access *a, int fd, const struct kh_file_state *state); /* it is clean in this state */
void kh_access_keep_scanner(struct kh_access *a, int64_t now_ms);
void kh_access_drop_scanner(struct kh_access *a, struct kh_scanner **s);

/* ---- access_events.c ---- */
void kh_access_on_events(void *context);

/* ---- access_mounts.c: which file systems are watched ---- */
int kh_access_mark_all(struct kh_access *a) KH_MUST_USE;
void kh_access_on_mounts(void *context);
void kh_access_forget_marked(struct kh_access *a);

/* ---- access_tell.c ---- */
void kh_access_report(struct kh_access *a, const struct kh_access_file *f, const struct kh_scanner_verdict *v);
void kh_access_status(void *self, json_t *out);
