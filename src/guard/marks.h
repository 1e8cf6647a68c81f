/* What the kernel is asked to tell: one fanotify group with marks on whole file systems, and with marks that spare it what needs no answer (fanotify(7), fanotify_mark(2)).
 *
 * A file that was found clean gets an ignore mark that the first write to it clears; the next open() then does not even reach this process. A folder outside the places
 * gets one for all files in it. Both may be forgotten by the kernel when it needs their memory. Before Linux 6.0 folders cannot be spared, and files outside are
 * spared one by one. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_marks {
	int fan;          /* of the group; non-blocking */
	uint64_t opened;  /* the event of an open: FAN_OPEN_PERM, or FAN_OPEN when nobody is to wait */
	uint64_t count;   /* ignore marks set since the last flush */
	bool plain;       /* an older kernel */
};

int kh_marks_open(bool wait, struct kh_marks *ret) KH_MUST_USE;
void kh_marks_close(struct kh_marks *m);

/* Opens, closes after writing, and executions on the file system that is mounted there, as asked for. */
int kh_marks_file_system(struct kh_marks *m, const char *mount_point, bool opens, bool executions) KH_MUST_USE;

/* The file behind the descriptor is clean: it may be opened and executed until it is written to. */
void kh_marks_clean(struct kh_marks *m, int fd);
void kh_marks_unclean(struct kh_marks *m, int fd); /* takes that back */

/* What is in the folder that holds this path, but not below it, need not be told; executions only when `executions`. The folder must still be that of the path, and there must be no
 * symbolic link on the way. `fd` is the file. */
void kh_marks_outside(struct kh_marks *m, const char *path, int fd, bool executions);

/* Forgets all ignore marks. */
void kh_marks_flush(struct kh_marks *m);
