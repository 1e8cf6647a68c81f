#include "unpack/unpack.h"

#include "unpack/container.h"
#include "unpack/members.h"

bool kh_unpack_is_container(const uint8_t *bytes, size_t n)
{
	return kh_container_of(bytes, n) != NULL;
}

void kh_unpack_run(struct kh_unpack *u, const uint8_t *bytes, size_t n, void *context)
{
	const struct kh_container *c = kh_container_of(bytes, n);
	if (!c)
		return;
	struct kh_members m;
	kh_members_init(&m, u, context, n, c->weak);
	if (c->read)
		c->read(&m, bytes, n);
	else if (c->codec)
		kh_compressed_read(&m, c->codec, bytes, n);
	else
		kh_archive_read(&m, &c->archive, bytes, n);
	kh_members_done(&m);
}
