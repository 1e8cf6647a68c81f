/* Endpoints as several routes show them, and what every change of one begins with. */
#pragma once

#include "server/api/call.h"

/* Endpoint; KH_E_NOT_FOUND when it is none of the caller's scope. */
int kh_endpoint_object(const struct kh_api_call *call, int64_t endpoint_id, json_t **ret) KH_MUST_USE;

/* ContentMachine of an endpoint; null when it is never linked. */
int kh_endpoint_content(const struct kh_api_call *call, int64_t endpoint_id, json_t **ret) KH_MUST_USE;

/* The endpoint that the path names in place 0, seen by the writer: inside the transaction of a change. */
struct kh_endpoint_target {
	int64_t id, unit_id, version;
	char *uid, *role;
	bool offline; /* never linked */
};
void kh_endpoint_target_done(struct kh_endpoint_target *target);
#define kh_auto_endpoint_target KH_CLEANUP(kh_endpoint_target_done)

/* KH_E_NOT_FOUND outside the caller's scope; KH_E_ENDPOINT_INACTIVE for one that is revoked or replaced: nothing about it changes any more. */
int kh_endpoint_target_find(struct kh_db *writer, const struct kh_api_call *call, struct kh_endpoint_target *ret) KH_MUST_USE;
