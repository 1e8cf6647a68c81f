#include "facts/receivers.h"

#include "base/str.h"

const char *kh_receiver_name(uint16_t vendor, uint16_t product)
{
	for (const struct kh_receiver *r = kh_receivers; r->name; r++)
		if (r->vendor == vendor && product >= r->product && product <= r->product_last)
			return r->name;
	return NULL;
}

bool kh_says_wireless(const char *name)
{
	static const char *const words[] = {"wireless", "receiver", "2.4g", "nano transceiver", "unifying", "cordless"};
	for (size_t i = 0; name && i < KH_COUNT(words); i++)
		if (kh_find_nocase(name, words[i]))
			return true;
	return false;
}
