/* Files, folders and bundles put into a change of the content store. Nothing in them is looked at but names, the head of a ClamAV database (when it was
 * built) and the signed head of a bundle. */
#pragma once

#include "base/attr.h"
#include "content/bundle.h"
#include "content/store.h"

#include <stdint.h>

struct kh_content_import {
	const char *path;   /* a file, or a folder with what is below it; links to folders are not followed */
	const char *origin; /* NULL: the last part of the path */
	const struct kh_content_keys *keys; /* whose bundles are believed */
	int64_t now_s;

	/* What a file of YARA rules includes comes with it, from its folder and below, through no link. The engine says what that is; NULL: the file alone. */
	const struct kh_content_engine *engine;

	const struct kh_yara_external *externals; /* defined for all rules, as long as what is imported stays */
	size_t external_count;

	void (*on_read)(void *context, uint64_t files, uint64_t bytes); /* after each file: so many in all; NULL: not */
	void *context;
};

/* In the stead of what its origin had. Of a folder, files of no kind that is content are passed over, .txt ones too: most are not lists of hashes; a file that is named itself
 * is taken by its extension. KH_E_NOT_FOUND: nothing there. KH_E_USAGE: a file of no known kind, variables for a bundle. KH_E_SIGNATURE_INVALID, KH_E_CONFLICT: see
 * kh_content_bundle_import(). */
int kh_content_import(struct kh_content_change *c, const struct kh_content_import *import, uint64_t *ret_files) KH_MUST_USE;

/* Its origin's name when none is given, new text: the last part of the path; of "." and "..", of the folder's own path. */
char *kh_content_import_origin(const char *path);

/* The rules that come with the program, as they are now: they stand in every content. */
int kh_content_import_shipped(struct kh_content_change *c, int64_t now_s) KH_MUST_USE;
