/* Which bytes are a container, by their first bytes (and for a few kinds some others): decides which reader takes it apart, and nothing else is tried. */
#pragma once

#include "unpack/members.h"
#include "unpack/archive.h"

struct kh_container {
	const char *name;
	void (*read)(struct kh_members *m, const uint8_t *bytes, size_t n); /* NULL: as a compressed file or an archive */
	enum kh_codec codec;                                                /* 0: not compressed as a whole, or not by one of these */
	struct kh_archive_kind archive;
	bool weak; /* other files look like it too: when nothing can be unpacked, it was none */
};

/* NULL: the bytes are no container that is unpacked here. */
const struct kh_container *kh_container_of(const uint8_t *bytes, size_t n);
