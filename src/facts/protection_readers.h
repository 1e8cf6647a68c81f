/* What only one product's own files say; each is named by `reader` in products.yaml. */
#pragma once

#include "facts/products.h"

/* Signatures by the heads of daily and main in DatabaseDirectory of clamd.conf or freshclam.conf. */
void kh_protection_clamav(struct kh_facts_ctx *ctx, struct kh_product_found *found);

/* Files are scanned on demand and by schedule; none is watched on access yet. */
void kh_protection_khien(struct kh_facts_ctx *ctx, struct kh_product_found *found);

/* Enforcement level in mdatp_managed.json. */
void kh_protection_defender(struct kh_facts_ctx *ctx, struct kh_product_found *found);

/* Definitions in use: CurDefs=YYYYMMDD.REVISION in definfo.dat. */
void kh_protection_symantec(struct kh_facts_ctx *ctx, struct kh_product_found *found);

/* Expires=YYYY-MM-DD in the key file. */
void kh_protection_drweb(struct kh_facts_ctx *ctx, struct kh_product_found *found);
