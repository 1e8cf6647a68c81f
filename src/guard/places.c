#include "guard/places.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

enum meeting { APART, ABOVE, AT_OR_BELOW };

#define MAX_LEVEL 256 /* bytes of a name: NAME_MAX and its end */

/* The next level of a path into `level`; false at its end. One that is longer than any name can be matches nothing. */
static bool next_level(const char **path, char level[MAX_LEVEL])
{
	const char *from = *path + strspn(*path, "/");
	size_t n = strcspn(from, "/");
	*path = from + n;
	if (n == 0)
		return false;
	bool fits = n < MAX_LEVEL;
	memcpy(level, fits ? from : "/", fits ? n : 1);
	level[fits ? n : 1] = '\0';
	return true;
}

/* Where the path stands to the place. */
static enum meeting meet(const char *place, const char *path)
{
	char wanted[MAX_LEVEL], level[MAX_LEVEL];
	for (;;) {
		if (!next_level(&place, wanted))
			return AT_OR_BELOW;
		if (!next_level(&path, level))
			return ABOVE;
		if (fnmatch(wanted, level, FNM_NOESCAPE | FNM_PATHNAME) != 0)
			return APART;
	}
}

bool kh_places_hold(const char *const *places, const char *path)
{
	for (const char *const *p = places; p && *p; p++)
		if (meet(*p, path) == AT_OR_BELOW)
			return true;
	return false;
}

bool kh_places_meet(const char *const *places, const char *mount_point)
{
	for (const char *const *p = places; p && *p; p++)
		if (meet(*p, mount_point) != APART)
			return true;
	return false;
}

/* Up to the first level with a wildcard, the place is what it says: a file system mounted there, or above, is the one that holds it. */
bool kh_places_hidden(const char *place, const char *mount_point, const char *deeper)
{
	size_t plain = strcspn(place, "*?["), n = strlen(deeper), own = strlen(mount_point);
	while (plain > 0 && place[plain] != '/' && place[plain] != '\0')
		plain--;
	bool literal = n <= plain && strncmp(place, deeper, n) == 0 && (place[n] == '/' || place[n] == '\0' || n == 1);
	return literal && n > own && meet(place, mount_point) == ABOVE;
}
