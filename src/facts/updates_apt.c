#include "facts/apt_lists.h"
#include "facts/ctx.h"
#include "facts/rpm_lists.h"

#include "base/error.h"

static void fill_row(const struct kh_package *p, const char *candidate, const char *origin, struct kh_facts_rows *rows)
{
	const char *fix = kh_apt_security_fix(p);
	kh_row_begin(rows);
	kh_row_text(rows, KH_UPDATES_NAME, p->name);
	kh_row_filled(rows, KH_UPDATES_ARCH, p->arch);
	kh_row_text(rows, KH_UPDATES_SOURCE, p->source);
	kh_row_text(rows, KH_UPDATES_INSTALLED_VERSION, p->version);
	kh_row_text(rows, KH_UPDATES_FIXED_VERSION, candidate);
	kh_row_bool(rows, KH_UPDATES_SECURITY, fix != NULL);
	kh_row_text(rows, KH_UPDATES_SECURITY_VERSION, fix);
	kh_row_text(rows, KH_UPDATES_ORIGIN, origin);
	kh_row_bool(rows, KH_UPDATES_HELD, p->held);
}

/* Their versions would have to be compared with the lists of dnf or zypper, module streams and priorities respected: nothing is said rather than half of it. */
static int rpm_updates(struct kh_facts_ctx *ctx)
{
	kh_auto_names struct kh_names lists = {0};
	kh_rpm_lists(ctx->root, &lists);
	if (!lists.n)
		return kh_fail(KH_E_NOT_FOUND, "no list of dnf or zypper on disk");
	return kh_fail(KH_E_NOT_SUPPORTED, "rpm packages are not compared with the lists of their repositories (%zu on disk)", lists.n);
}

int kh_facts_updates(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	const struct kh_installed *installed = kh_ctx_installed(ctx);
	int r = kh_installed_check(installed);
	if (r < 0)
		return r;
	if (installed->rpm && !installed->dpkg)
		return rpm_updates(ctx);
	kh_apt_offers_read(ctx->root, &ctx->installed);
	if (!installed->offers_known)
		return kh_fail(KH_E_NOT_FOUND, "no readable package list in /var/lib/apt/lists%s%s", installed->detail ? ": " : "",
			       installed->detail ? installed->detail : "");
	for (size_t i = 0; i < installed->n; i++) {
		const char *origin = NULL, *candidate = kh_apt_candidate(&installed->v[i], &origin);
		if (candidate)
			fill_row(&installed->v[i], candidate, origin, rows);
	}
	if (installed->detail)
		kh_rows_note(rows, "%s", installed->detail);
	return 0;
}
