/* Finding a route in the table made from spec/api. */
#pragma once

#include "gen/api.h"

#include <stdbool.h>

/* The route of a method and a path ("HEAD" counts as GET). NULL when there is none; *ret_path_known then says whether the path has other methods. */
const struct kh_api_route *kh_route_find(const char *method, const char *path, bool *ret_path_known);

/* Its {parameters} in order, in new memory; the rest of the array is left alone. The path must match. */
void kh_route_params(const struct kh_api_route *route, const char *path, char **params, size_t max);

/* "GET, PUT": the methods that a path has; new memory. */
char *kh_route_methods(const char *path) KH_MUST_USE;
