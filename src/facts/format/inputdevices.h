/* /proc/bus/input/devices: paragraphs of lines "I: Bus=… Vendor=… Product=…", "N: Name=\"…\"", "P: Phys=…", "H: Handlers=…", "B: EV=…". */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_input_device {
	char name[256], phys[128], handlers[256];
	uint16_t bus, vendor, product;
	uint64_t events; /* bits 1 << EV_* */
	bool has_keys;   /* B: KEY */
};

struct kh_input_devices {
	struct kh_input_device *v;
	size_t n, cap;
};

/* KH_E_TOO_LARGE past KH_FACTS_MAX_ENTRIES devices. */
int kh_input_devices_parse(const char *text, size_t n, struct kh_input_devices *ret) KH_MUST_USE;
