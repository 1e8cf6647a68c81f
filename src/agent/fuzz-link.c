/* Every decoder of agent/link.h: the first byte chooses one. What is taken must come out of the encoder again as it went in. */
#include "agent/link.h"
#include "base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void nothing_to_release(void *v)
{
	(void)v;
}

#define DEFINE_ROUND(name, type, release)                                             \
	static void round_##name(const uint8_t *p, size_t n)                          \
	{                                                                             \
		type v = {0};                                                         \
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;                            \
		if (!kh_link_get_##name(p, n, &v))                                    \
			return;                                                       \
		kh_link_put_##name(&b, &v);                                           \
		kh_assert(b.len == n && (n == 0 || memcmp(b.data, p, n) == 0));       \
		release(&v);                                                          \
	}

DEFINE_ROUND(config, struct kh_link_config, kh_link_config_done)
DEFINE_ROUND(hello, struct kh_link_hello, nothing_to_release)
DEFINE_ROUND(welcome, struct kh_link_welcome, kh_link_welcome_done)
DEFINE_ROUND(wanted, struct kh_link_wanted, nothing_to_release)
DEFINE_ROUND(record, struct kh_link_record, nothing_to_release)
DEFINE_ROUND(order, struct kh_link_order, kh_link_order_done)
DEFINE_ROUND(identity, struct kh_identity, kh_identity_done)
DEFINE_ROUND(offer, struct kh_link_offer, nothing_to_release)
DEFINE_ROUND(peers, struct kh_peers, nothing_to_release)
DEFINE_ROUND(fetch, struct kh_link_fetch, kh_link_fetch_done)
DEFINE_ROUND(status, struct kh_link_status, nothing_to_release)

static void round_batch(const uint8_t *p, size_t n)
{
	struct kh_link_batch v = {0};
	const char *lines = NULL;
	size_t len = 0;
	if (kh_link_get_batch(p, n, &v, &lines, &len))
		kh_assert(v.first && v.first <= v.last && len <= n && lines + len == (const char *)p + n);
}

static void round_clock(const uint8_t *p, size_t n)
{
	int64_t offset_ms = 0;
	if (kh_link_get_clock(p, n, &offset_ms))
		kh_assert(offset_ms >= -KH_LINK_MAX_CLOCK_MS && offset_ms <= KH_LINK_MAX_CLOCK_MS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const rounds[])(const uint8_t *p, size_t n) = {
		round_config, round_hello, round_welcome, round_wanted, round_record, round_order, round_identity, round_status, round_batch, round_clock, round_offer, round_fetch, round_peers,
	};
	if (size)
		rounds[data[0] % KH_COUNT(rounds)](data + 1, size - 1);
	return 0;
}
