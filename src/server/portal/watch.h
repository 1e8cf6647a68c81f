/* The portals of the register, fetched when they are due, by a few threads with a watcher each (round.h). */
#pragma once

#include "base/attr.h"

struct kh_server;
struct kh_watch_threads;

/* NULL in *ret: the settings say that nothing is watched. KH_E_INVALID_CONFIG: the list of injected words, or the file of authorities. */
int kh_watch_start(struct kh_server *server, struct kh_watch_threads **ret) KH_MUST_USE;
/* Waits for the fetches that run. Accepts NULL. */
void kh_watch_stop(struct kh_watch_threads *threads);
