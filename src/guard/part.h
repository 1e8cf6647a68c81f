/* A part of the guard: what it watches, and when it is called. To add one: a row in the table of guard.c.
 *
 * All parts share one thread, which answers the kernel: nothing in it may wait, and it must not open files where the guard itself is asked about opens (the kernel's
 * own file systems are free, and so are stat() and O_PATH). What must do so does it in kh_guard_part.start, which is called before anything is watched, or
 * in a thread of its own. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "gen/settings.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct kh_guard;

struct kh_guard_part {
	const char *name; /* of its member of the status */
	bool (*wanted)(const struct kh_agent_settings *settings);
	/* Prepares what it needs, before the guard gives up its rights. An error is said, and the others go on without it. */
	int (*start)(struct kh_guard *g, void **ret_self);
	/* What is due at `now_ms` (monotonic); gives the time of its next call, INT64_MAX: none. Called after every wait. */
	int64_t (*tick)(void *self, int64_t now_ms);
	void (*status)(void *self, json_t *out); /* sets members of its object */
	void (*stop)(void *self);
};

/* ---- what the guard does for its parts ---- */

/* Calls ready(context) whenever poll() gives one of `events` for the descriptor, which stays the caller's. Until _unwatch. */
void kh_guard_watch(struct kh_guard *g, int fd, short events, void (*ready)(void *context), void *context);
void kh_guard_unwatch(struct kh_guard *g, int fd);

const struct kh_agent_settings *kh_guard_settings(const struct kh_guard *g);

/* To the broker. None waits: what the broker cannot take now is sent later; beyond some thousand messages, it is lost. */
void kh_guard_record(struct kh_guard *g, const struct kh_buf *fields); /* a detection */
void kh_guard_event(struct kh_guard *g, const struct kh_buf *fields);
void kh_guard_trouble(struct kh_guard *g, const char *what, int error); /* what: a literal of kh_words(); the detail is added */
void kh_guard_infected(struct kh_guard *g, const struct kh_buf *json, int fd);

/* The status changed: the broker gets it soon. */
void kh_guard_changed(struct kh_guard *g);
