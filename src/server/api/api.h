/* The REST API and the console's files: what khien-server answers to people, for the HTTP server's three calls (http/server.h). Agents' routes are the
 * gateway's.
 *
 * A request is found in the table made from spec/api, and passes, in this order: limits of the body · protection against foreign pages (writes need
 * the header X-Khien: 1 and an Origin that is ours) · session · first password changed · right · query and body as the table describes them · the handler.
 * A handler sees nothing but the subtree of the caller's unit: its queries go through kh_scope_query(), and what lies outside is answered as if it did not
 * exist. Every other GET is a file of the console; a path without a file is the console's own and gets index.html. */
#pragma once

#include "http/server.h"

struct kh_server;
struct kh_api;

/* Reads directives, the law and the console's files, and compiles every control: a mistake in one of them is told here. Without the console's files it works too
 * (and says in the log that they are missing). */
int kh_api_new(struct kh_server *server, struct kh_api **ret) KH_MUST_USE;
void kh_api_free(struct kh_api *api);
KH_DEFINE_CLEANUP(api, struct kh_api *, kh_api_free);
#define kh_auto_api KH_CLEANUP(kh_cleanup_api)

/* `app` of both is the struct kh_api *. */
int kh_api_begin(void *app, struct kh_request *r, struct kh_request_plan *ret_plan) KH_MUST_USE;
int kh_api_handle(void *app, struct kh_request *r) KH_MUST_USE;
