/* Who may make this call? Run before anything of the request is looked at by a handler. */
#pragma once

#include "server/api/call.h"

#define KH_API_COOKIE "khien_session"

/* Fills session, scope and language of the call.
 *
 * KH_E_CSRF             a write without X-Khien: 1, or from a page of another origin
 * KH_E_UNAUTHENTICATED  no session, or one that ended
 * KH_E_FORBIDDEN        the role has not the right; or the first password was not changed yet */
int kh_guard(struct kh_api_call *call) KH_MUST_USE;

/* Is an Origin header's value the server a Host header names? "https://khien.example:8443" is that of "khien.example:8443". */
bool kh_guard_same_origin(const char *origin, const char *host) KH_PURE;
