/* The lowest CPU priority and the idle class of I/O, for children of the broker that work for long: whoever works at this machine goes first. */
#pragma once

void kh_priority_lowest(void);
