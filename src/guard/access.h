/* On access: files are scanned when they are opened, executed, or closed after writing (fanotify), in the places that the settings name.
 *
 * Mode `watch`: nobody who opens a file waits; what is found is reported, and the execution of a file whose hash is on a list is refused. Mode `deny`: an infected file is
 * refused to whoever opens it, and so is its execution. docs/scanning.md says how it works. */
#pragma once

#include "guard/part.h"

extern const struct kh_guard_part kh_guard_access;
