/* For tests: requests made from the table of routes (spec/api), about the things of a side of the world. A parameter that is new to the table fails here, with its name. */
#pragma once

#include "server/api/world.h"

#include "gen/api.h"

bool route_reads(const struct kh_api_route *route);
bool route_ends_session(const struct kh_api_route *route);

bool route_has(const struct kh_api_param *params, const char *name);

/* Does the path, the query or the body name something that belongs to a unit? And its path or body alone, which must name something? */
bool route_names(const struct kh_api_route *route);
bool route_must_name(const struct kh_api_route *route);

/* The path with its parameters filled in, and what the query and the body need at least; narrow: the query also says all it may that belongs to a unit. New memory; no body: NULL. */
char *route_path(const struct world *w, const struct kh_api_route *route, enum side side);
char *route_query(const struct world *w, const struct kh_api_route *route, enum side side, bool narrow);
char *route_body(const struct world *w, const struct kh_api_route *route, enum side side);

/* One request made of these. */
void route_ask(const struct world *w, const struct kh_api_route *route, enum side side, bool narrow, const char *cookie, struct reply *ret);
