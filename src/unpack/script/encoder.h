/* Microsoft's Script Encoder, undone: see script.h. */
#pragma once

#include "unpack/pieces.h"

/* From "#@~^" on, into the member being made; *ret_used: bytes up to the end of the block. Nothing is made of what only looks like one. */
enum kh_decoded kh_script_decode(struct kh_members *m, const uint8_t *bytes, size_t n, size_t *ret_used) KH_MUST_USE;
