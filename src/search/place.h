/* The class of the place in which a document lies: all that is told of its path beyond the machine (search/cases.h). */
#pragma once

#include "base/attr.h"
#include "os/mounted.h"

#include <stdbool.h>

enum kh_search_place {
	KH_PLACE_OTHER,
	KH_PLACE_DOCUMENTS,
	KH_PLACE_DESKTOP,
	KH_PLACE_DOWNLOADS,
	KH_PLACE_MAIL,      /* what a mail program keeps */
	KH_PLACE_REMOVABLE, /* on a medium that can be taken out */
	KH_PLACE_SHARE,     /* on another machine, or shared with others by this one */
	KH_PLACE_SYSTEM,    /* not of a person: temporary folders, the system's own */
	KH_PLACES
};
const char *kh_search_place_name(enum kh_search_place p); /* "documents" …: family secret_place of spec/codes.yaml */
bool kh_search_place_named(const char *name, enum kh_search_place *ret);

/* Of an absolute path; the file system counts first, then the folder nearest to the file that has a known name. mounts NULL: by the path alone. */
enum kh_search_place kh_search_place_of(const char *path, const struct kh_mounted_list *mounts);

/* The name of a file as FAT and NTFS can have it: "_" for what no name of theirs has, and within the names of devices (AUX.doc, COM1). The caller's. */
char *kh_search_name_for_medium(const char *name) KH_MUST_USE;
