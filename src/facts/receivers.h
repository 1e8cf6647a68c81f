/* Receivers of wireless keyboards and mice known by their USB ids: receivers.yaml as a table (made at build time by make_tables.py). */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_receiver {
	uint16_t vendor, product, product_last; /* a range of products */
	const char *name;
};

extern const struct kh_receiver kh_receivers[]; /* ends with name NULL */

/* Name of the receiver with these ids; NULL when it is not known as one. */
const char *kh_receiver_name(uint16_t vendor, uint16_t product);

/* A device that says of itself that it is a receiver ("2.4G Receiver", "Wireless Mouse"). */
bool kh_says_wireless(const char *name);
