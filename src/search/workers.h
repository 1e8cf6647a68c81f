/* The workers of a search (khien-document-worker): one that has read the rules, and a crew split off it (sandbox/crew.h). Files go in, reports come out. */
#pragma once

#include "base/attr.h"
#include "scan/walk.h"
#include "search/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_search_workers_options {
	const char *program; /* path of khien-document-worker */
	size_t workers;
	const char *rules;   /* folder with the rules (*.yaml) */
	const char *letters; /* file of Tesseract's trained data; NULL: no picture is read */
	struct kh_search_setup setup;
	int64_t file_ms; /* a file that takes longer costs the worker its life */
};

/* A file is done: `reply` is its result, or NULL with the words of what happened to the worker. Both are lent. */
typedef void (*kh_search_on_done)(void *context, const struct kh_walk_item *item, const struct kh_search_reply *reply, const char *failure);

struct kh_search_workers;

/* KH_E_INVALID_CONFIG: the rules, with file:line; KH_E_WORKER_FAILED, KH_E_SANDBOX …: none can work. */
int kh_search_workers_new(const struct kh_search_workers_options *options, kh_search_on_done on_done, void *context, struct kh_search_workers **ret) KH_MUST_USE;
void kh_search_workers_free(struct kh_search_workers *w); /* kills what still works */

const struct kh_search_ready *kh_search_workers_ready(const struct kh_search_workers *w);

/* Takes the file over (leaving the item empty) when a worker has room for it; false: kh_search_workers_wait first. */
bool kh_search_workers_offer(struct kh_search_workers *w, struct kh_walk_item *item) KH_MUST_USE;

/* Waits for something to happen, at most so long; calls on_done for each file that got done. Fails when a worker cannot be replaced. */
int kh_search_workers_wait(struct kh_search_workers *w, int timeout_ms) KH_MUST_USE;

size_t kh_search_workers_busy(const struct kh_search_workers *w);
uint64_t kh_search_workers_replaced(const struct kh_search_workers *w);
int64_t kh_search_workers_cpu_ns(struct kh_search_workers *w); /* of the workers since they were made, and of this process */
