/* Where things are in a content store, for its own files only. Each gives new text. */
#pragma once

#include "base/alloc.h"
#include "base/buf.h"
#include "base/content_state.h"

#include <stdint.h>

static inline char *kh_content_state_path(const char *dir)
{
	return kh_format("%s/" KH_CONTENT_STATE, dir);
}

static inline char *kh_content_number_path(const char *dir, int64_t number, const char *file)
{
	return kh_format("%s/%lld%s%s", dir, (long long)number, *file ? "/" : "", file);
}

static inline char *kh_content_source_path(const char *dir, const uint8_t sha256[32])
{
	struct kh_buf path = KH_BUF_INIT;
	kh_buf_addf(&path, "%s/sources/", dir);
	kh_buf_add_hex(&path, sha256, 32);
	return kh_buf_take(&path);
}
