/* Files that the last search could not read, or not in whole: encrypted, damaged, too large, or past a limit. A mark in one of them is not found, so somebody has to look at each; they are listed
 * at the machine (khien secret-case unread) and nowhere else. In the folder of the cases (search/cases.h), and changed under its lock:
 *
 *     unread.json  paths, why, and since when each is there as it is now (0600)
 *
 * What leaves the machine is how many there are, and since when the newest (told.json): a review at the server holds for those that were there before it. */
#pragma once

#include "base/array.h"
#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

#define KH_UNREAD_MAX 5000 /* more are counted only, and count as new at each search: nobody can have looked at them all */

struct kh_unread {
	char *path; /* bytes */
	char *why;  /* English words, as a search gives them */
	int64_t size, changed_ns; /* as the file was; one that is changed is another one */
	int64_t since_s;
	bool encrypted;
};

struct kh_unread_list {
	struct kh_unread *v;
	size_t n, cap;
	uint64_t left_out; /* beyond KH_UNREAD_MAX, with a path that no list can hold (KH_MAX_PATH or more; the walk goes by descriptors), or damaged in the list */
};
void kh_unread_done(struct kh_unread_list *l);
#define kh_auto_unread KH_CLEANUP(kh_unread_done)

/* A file that could not be read, now: its size and time are looked up. */
void kh_unread_add(struct kh_unread_list *l, const char *path, const char *why, bool encrypted, int64_t now_s);

/* None when no search has ended. An entry that is damaged is left out, and no reason to lose the others. */
int kh_unread_read(const char *folder, struct kh_unread_list *ret) KH_MUST_USE;

/* After a search: what was there before keeps its time. One that did not come to its end says nothing of what it did not reach: that stays listed. *ret_since_s: of the newest; 0: there is none. */
int kh_unread_replace(const char *folder, struct kh_unread_list *l, bool to_the_end, int64_t now_s, int64_t *ret_since_s) KH_MUST_USE;
