/* What only one product's own files say; each is named by `reader` in products.yaml. */
#pragma once

#include "facts/products.h"

/* Signatures by the heads of daily and main in DatabaseDirectory of clamd.conf or freshclam.conf. */
void kh_protection_clamav(struct kh_facts_ctx *ctx, struct kh_product_found *found);

/* The content store's state (base/content_state.h): number of the content, date of its newest source, how much works. Files are scanned on demand and by schedule; none is
 * watched on access yet. */
void kh_protection_khien(struct kh_facts_ctx *ctx, struct kh_product_found *found);

/* Real-time protection by the settings the office manages, else by the machine's own. */
void kh_protection_defender(struct kh_facts_ctx *ctx, struct kh_product_found *found);

/* Definitions in use: CurDefs=YYYYMMDD.REVISION in definfo.dat. */
void kh_protection_symantec(struct kh_facts_ctx *ctx, struct kh_product_found *found);

/* The end of the licence, by the key file. */
void kh_protection_drweb(struct kh_facts_ctx *ctx, struct kh_product_found *found);
void kh_protection_avast(struct kh_facts_ctx *ctx, struct kh_product_found *found);

/* Real-time protection by the on-access policy. */
void kh_protection_sophos(struct kh_facts_ctx *ctx, struct kh_product_found *found);

/* Signatures in engine/dat/NUMBER/, the highest number being in use. */
void kh_protection_trellix(struct kh_facts_ctx *ctx, struct kh_product_found *found);
