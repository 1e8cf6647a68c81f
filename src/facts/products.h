/* Products recognised by their packages, units, files and processes: products.yaml as tables (made at build time by make_tables.py). */
#pragma once

#include "facts/ctx.h"

struct kh_product_found;

/* A function of protection_readers.c that knows more of one product. */
typedef void (*kh_product_reader)(struct kh_facts_ctx *ctx, struct kh_product_found *found);

/* The lists end with NULL; an absent list is NULL. Their meaning stands in products.yaml. */
struct kh_product {
	const char *product, *vendor, *kind, *licence;
	bool guessed; /* by likely names only: nobody has described it */
	const char *const *packages, *const *services, *const *files, *const *processes, *const *realtime, *const *signatures, *const *versions;
	kh_product_reader read;
};

extern const struct kh_product kh_products_protection[]; /* both end with product NULL */
extern const struct kh_product kh_products_remote_tools[];

struct kh_product_found {
	bool by_package, by_service, by_files, by_process;
	char version[128]; /* "" when not known */
	enum kh_maybe running, enabled, realtime;
	int64_t signature_s, signatures, licence_end_s; /* -1: not known */
	char signature_version[64];
};

/* Looks for one product; false when it is not on this system. */
bool kh_product_find(struct kh_facts_ctx *ctx, const struct kh_product *product, struct kh_product_found *ret);

/* "package service": how it was recognised. */
const char *kh_product_found_by(const struct kh_product_found *found, char out[64]);
