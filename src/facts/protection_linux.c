#include "facts/products.h"

static void fill_row(const struct kh_product *product, const struct kh_product_found *found, struct kh_facts_rows *rows)
{
	char text[64];
	kh_row_begin(rows);
	kh_row_text(rows, KH_PROTECTION_PRODUCT, product->product);
	kh_row_text(rows, KH_PROTECTION_VENDOR, product->vendor);
	kh_row_text(rows, KH_PROTECTION_KIND, product->kind);
	kh_row_filled(rows, KH_PROTECTION_VERSION, found->version);
	kh_row_maybe(rows, KH_PROTECTION_RUNNING, found->running);
	kh_row_maybe(rows, KH_PROTECTION_ENABLED, found->enabled);
	kh_row_maybe(rows, KH_PROTECTION_REALTIME, found->realtime);
	if (found->signature_s >= 0)
		kh_row_time(rows, KH_PROTECTION_SIGNATURE_S, found->signature_s);
	kh_row_filled(rows, KH_PROTECTION_SIGNATURE_VERSION, found->signature_version);
	if (found->signatures >= 0)
		kh_row_int(rows, KH_PROTECTION_SIGNATURES, found->signatures);
	kh_row_text(rows, KH_PROTECTION_LICENCE, product->licence);
	if (found->licence_end_s >= 0)
		kh_row_time(rows, KH_PROTECTION_LICENCE_END_S, found->licence_end_s);
	kh_row_text(rows, KH_PROTECTION_FOUND_BY, kh_product_found_by(found, text));
	kh_row_bool(rows, KH_PROTECTION_BY_NAME_ONLY, product->guessed);
}

int kh_facts_protection(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	struct kh_product_found found = {0};
	for (const struct kh_product *product = kh_products_protection; product->product; product++)
		if (kh_product_find(ctx, product, &found))
			fill_row(product, &found, rows);
	return rows->n ? 0 : kh_ctx_check_software(ctx);
}
