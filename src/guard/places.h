/* Places: absolute paths with * and ? as in a shell, each for one level ("/home/?*" is every home, and what is below it). Bytes are compared. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

/* The path is one of the places, or below one. `places` ends with NULL, and may be NULL. */
bool kh_places_hold(const char *const *places, const char *path) KH_PURE;

/* A file system mounted there can hold something of a place: it is mounted at or below one, or above. */
bool kh_places_meet(const char *const *places, const char *mount_point) KH_PURE;

/* The file system mounted there is hidden, for this place, by the one mounted at `deeper`: it is nearer to the place, and above all of it. */
bool kh_places_hidden(const char *place, const char *mount_point, const char *deeper) KH_PURE;
