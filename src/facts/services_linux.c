#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

/* Other names of the same service and patterns for instances are no services. */
static bool is_left_out(const struct kh_unit *u)
{
	const char *at = strchr(u->name, '@');
	return !kh_ends_with(u->name, ".service") || u->enabled == KH_UNIT_ALIAS || (at && kh_streq(at, "@.service"));
}

int kh_facts_services(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	const struct kh_units *units = kh_ctx_units(ctx);
	if (!units->n)
		return kh_fail(KH_E_NOT_FOUND, "neither systemd units nor start scripts");
	kh_array_each(units, u) {
		if (is_left_out(u))
			continue;
		kh_row_begin(rows);
		kh_row_text_n(rows, KH_SERVICES_NAME, u->name, strlen(u->name) - strlen(".service"));
		kh_row_filled(rows, KH_SERVICES_DESCRIPTION, u->description);
		kh_row_text(rows, KH_SERVICES_KIND, u->sysv ? "sysv" : "systemd");
		kh_row_text(rows, KH_SERVICES_ENABLED, kh_unit_enabled_name(u->enabled));
		kh_row_maybe(rows, KH_SERVICES_RUNNING, kh_ctx_unit_running(ctx, u->name));
		kh_row_filled(rows, KH_SERVICES_PROGRAM, u->program);
		if (!u->sysv && u->enabled != KH_UNIT_MASKED)
			kh_row_text(rows, KH_SERVICES_ACCOUNT, u->account && *u->account ? u->account : "root");
	}
	return 0;
}
