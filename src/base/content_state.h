/* Which content (rules, signatures, hash lists) is in use on this machine, and how much and how old it is: the file `state` of a content store (content/store.h).
 * The store replaces it in one step; what reads a machine's state only reads it.
 *
 *     {"v":1,"current":12,"previous":11,"made_s":…,"newest_s":…,"yara_rules":…,"clamav_signatures":…,"hashes":…,"left_out":…,"imported":true,"failed":0} */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_CONTENT_DIR "/var/lib/khien/content"
#define KH_CONTENT_STATE "state"
#define KH_CONTENT_STATE_MAX 4096

struct kh_content_state {
	int64_t current;  /* number of the content in use; 0: none */
	int64_t previous; /* the one to go back to; 0: none */
	int64_t failed;   /* the last that was given up because it could not be used; 0: none */
	int64_t made_s;   /* when the current one was compiled */
	int64_t newest_s; /* when the newest of its sources was made, as far as they say (ClamAV databases, bundles), else came */
	int64_t yara_rules, clamav_signatures, hashes; /* that work */
	int64_t left_out;                              /* problems said by the compiling */
	bool imported; /* more is used than what was shipped with the program, which finds test files only */
};

/* KH_E_SYNTAX for anything else, KH_E_NOT_SUPPORTED for a newer version. */
int kh_content_state_parse(const char *text, size_t n, struct kh_content_state *ret) KH_MUST_USE;
char *kh_content_state_text(const struct kh_content_state *state) KH_MUST_USE; /* new text */
