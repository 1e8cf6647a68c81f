/* All packs read as `serve` and `demo` read them, to the last file: what `khien-server check-config` says. */
#pragma once

#include "base/array.h"
#include "base/attr.h"

#include <stddef.h>

struct kh_pack_mistakes {
	size_t files;         /* that were read */
	KH_ARRAY(char *) of;  /* "FILE:LINE:COLUMN: what is wrong", in the order of the files; a file or recipe is read up to its first mistake */
};
void kh_pack_mistakes_done(struct kh_pack_mistakes *mistakes);
#define kh_auto_pack_mistakes KH_CLEANUP(kh_pack_mistakes_done)

/* Adds the detail of an error that is one (r < 0). */
void kh_pack_note(struct kh_pack_mistakes *mistakes, int r);

/* Is there a directory of packs? KH_E_NOT_FOUND says what to do. */
int kh_packs_find(const char *packs_dir) KH_MUST_USE;

/* Directives, law, templates, routes, lists, registers to import, the demonstration's recipes; a *.yaml that none of these knows must at least be YAML. */
void kh_packs_check(const char *packs_dir, struct kh_pack_mistakes *ret);
