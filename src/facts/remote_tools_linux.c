#include "facts/products.h"

static void fill_row(const struct kh_product *product, const struct kh_product_found *found, struct kh_facts_rows *rows)
{
	char text[64];
	kh_row_begin(rows);
	kh_row_text(rows, KH_REMOTE_TOOLS_PRODUCT, product->product);
	kh_row_text(rows, KH_REMOTE_TOOLS_VENDOR, product->vendor);
	kh_row_text(rows, KH_REMOTE_TOOLS_KIND, product->kind);
	kh_row_filled(rows, KH_REMOTE_TOOLS_VERSION, found->version);
	kh_row_maybe(rows, KH_REMOTE_TOOLS_RUNNING, found->running);
	kh_row_maybe(rows, KH_REMOTE_TOOLS_ENABLED, found->enabled);
	kh_row_text(rows, KH_REMOTE_TOOLS_FOUND_BY, kh_product_found_by(found, text));
}

int kh_facts_remote_tools(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	struct kh_product_found found = {0};
	for (const struct kh_product *product = kh_products_remote_tools; product->product; product++)
		if (kh_product_find(ctx, product, &found))
			fill_row(product, &found, rows);
	return rows->n ? 0 : kh_ctx_check_software(ctx);
}
