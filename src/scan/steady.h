/* On which file systems an equal state (device, inode, size, times) means equal content: those of this machine that keep change times which nobody can set. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Of what the descriptor is open on; `device`: as fstat says it. */
bool kh_is_steady(int fd, uint64_t device);
