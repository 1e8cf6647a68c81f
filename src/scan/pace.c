#include "scan/pace.h"

void kh_pace_start(struct kh_pace *p, int64_t now_ns, int64_t used_ns)
{
	*p = (struct kh_pace){.at_ns = now_ns, .used_ns = used_ns};
}

int64_t kh_pace_wait_ns(struct kh_pace *p, int percent, int64_t now_ns, int64_t used_ns)
{
	int64_t most = KH_PACE_BURST_NS / 100 * percent;
	p->credit_ns += (now_ns - p->at_ns) / 100 * percent - (used_ns - p->used_ns);
	p->credit_ns = KH_MIN(p->credit_ns, most);
	p->at_ns = now_ns;
	p->used_ns = used_ns;
	if (percent == 0)
		return KH_PACE_LOOK_NS;
	return p->credit_ns >= 0 ? 0 : -p->credit_ns / percent * 100 + 1;
}
