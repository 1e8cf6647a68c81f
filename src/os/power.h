/* What the machine runs on. `root` is put before "/sys": "" for this machine. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

/* It runs on its battery: one is there, and no mains or USB supply is on line. A battery of a device (a mouse, a UPS that is full) does not count. */
bool kh_power_on_battery(const char *root) KH_MUST_USE;
