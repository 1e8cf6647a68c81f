#include "facts/apt_lists.h"
#include "facts/ctx.h"

#include "base/error.h"
#include "base/str.h"

/* Where the package comes from: told by its own system, or by the repositories on disk; null when neither can say. */
static void fill_origin(const struct kh_installed *installed, const struct kh_package *p, struct kh_facts_rows *rows)
{
	if (p->origin_known) {
		kh_row_text(rows, KH_PACKAGES_ORIGIN, p->origin);
	} else if (installed->offers_known && kh_streq(p->format, "dpkg")) {
		kh_row_text(rows, KH_PACKAGES_ORIGIN, p->offer.origin ? p->offer.origin : "");
		kh_row_bool(rows, KH_PACKAGES_VERSION_OFFERED, p->offer.exact);
	}
}

static void fill_row(const struct kh_installed *installed, const struct kh_package *p, struct kh_facts_rows *rows)
{
	kh_row_begin(rows);
	kh_row_text(rows, KH_PACKAGES_NAME, p->name);
	kh_row_text(rows, KH_PACKAGES_VERSION, p->version);
	kh_row_filled(rows, KH_PACKAGES_ARCH, p->arch);
	kh_row_text(rows, KH_PACKAGES_FORMAT, p->format);
	kh_row_text(rows, KH_PACKAGES_SOURCE, p->source);
	kh_row_text(rows, KH_PACKAGES_SOURCE_VERSION, p->source_version);
	kh_row_filled(rows, KH_PACKAGES_VENDOR, p->vendor);
	kh_row_filled(rows, KH_PACKAGES_LICENCE, p->licence);
	kh_row_filled(rows, KH_PACKAGES_SECTION, p->section);
	if (p->size_bytes >= 0)
		kh_row_int(rows, KH_PACKAGES_SIZE_BYTES, p->size_bytes);
	if (p->installed_s >= 0)
		kh_row_time(rows, KH_PACKAGES_INSTALLED_S, p->installed_s);
	kh_row_maybe(rows, KH_PACKAGES_AUTOMATIC, p->automatic);
	kh_row_bool(rows, KH_PACKAGES_HELD, p->held);
	fill_origin(installed, p, rows);
}

int kh_facts_packages(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_ctx_installed(ctx);
	kh_apt_offers_read(ctx->root, &ctx->installed);
	const struct kh_installed *installed = &ctx->installed;
	int r = kh_installed_check(installed);
	if (r < 0)
		return r;
	for (size_t i = 0; i < installed->n; i++)
		fill_row(installed, &installed->v[i], rows);
	if (installed->detail)
		kh_rows_note(rows, "%s", installed->detail);
	return 0;
}
