#include "facts/products.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/keyfile.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <stdio.h>

static const struct kh_package *find_package(struct kh_facts_ctx *ctx, const char *const *names)
{
	const struct kh_package *package = NULL;
	for (; names && *names && !package; names++)
		package = kh_installed_find(kh_ctx_installed(ctx), *names);
	return package;
}

static const struct kh_unit *find_unit(struct kh_facts_ctx *ctx, const char *const *names)
{
	const struct kh_unit *unit = NULL;
	for (; names && *names && !unit; names++) {
		kh_auto_free char *name = kh_ends_with(*names, "*") ? kh_strdup(*names) : kh_format("%s.service", *names);
		unit = kh_units_find(kh_ctx_units(ctx), name);
	}
	return unit;
}

static bool any_file(int root, const char *const *paths)
{
	for (; paths && *paths; paths++)
		if (kh_tree_exists(root, *paths))
			return true;
	return false;
}

/* The program of a process seen may belong to another root (a container): it counts when it is a file of this one. */
static bool any_process(struct kh_facts_ctx *ctx, const char *const *names)
{
	for (; names && *names; names++) {
		const struct kh_process *process = kh_process_named(kh_ctx_processes(ctx), *names);
		if (process && process->program && kh_tree_exists(ctx->root, process->program))
			return true;
	}
	return false;
}

/* By a process, or by systemd's word on the unit: names of processes change more often than names of units. */
static enum kh_maybe is_running(struct kh_facts_ctx *ctx, const struct kh_product *product, const struct kh_unit *unit)
{
	enum kh_maybe best = unit ? kh_ctx_unit_running(ctx, unit->name) : KH_UNKNOWN;
	for (const char *const *name = product->processes; name && *name && best != KH_YES; name++) {
		enum kh_maybe running = kh_ctx_process_running(ctx, *name);
		best = running != KH_UNKNOWN ? running : best;
	}
	return best;
}

static enum kh_maybe watches_files(struct kh_facts_ctx *ctx, const struct kh_product *product)
{
	enum kh_maybe watches = KH_UNKNOWN;
	for (const char *const *name = product->realtime; name && *name && watches != KH_YES; name++)
		watches = kh_ctx_process_running(ctx, *name);
	return watches;
}

/* "FILE:KEY" */
static void read_version(int root, const char *const *places, char *out, size_t size)
{
	for (; places && *places && !*out; places++) {
		kh_auto_buf struct kh_buf text = KH_BUF_INIT;
		kh_auto_keyfile struct kh_keyfile k = {0};
		const char *colon = strrchr(*places, ':');
		kh_auto_free char *path = kh_strndup(*places, (size_t)(colon - *places));
		if (kh_tree_read(root, path, KH_FACTS_MAX_SMALL, &text) < 0)
			continue;
		for (char *p = text.data; p && (p = strstr(p, " = ")) != NULL;) /* an .ini as shell settings */
			memmove(p, "=", 1), memmove(p + 1, p + 3, strlen(p + 3) + 1);
		if (kh_keyfile_parse(KH_KEYFILE_SHELL, text.data, strlen(text.data), &k) == 0 && kh_keyfile_get(&k, "", colon + 1))
			snprintf(out, size, "%s", kh_keyfile_get(&k, "", colon + 1));
	}
}

/* Newest file of a folder and of the folders in it. */
static int64_t newest_below(int root, const char *path, int depth)
{
	kh_auto_names struct kh_names names = {0};
	int64_t newest = -1;
	if (kh_tree_list(root, path, &names) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct kh_tree_stat st = {0};
		kh_auto_free char *below = kh_format("%s/%s", path, names.v[i]);
		if (!kh_tree_lstat(root, below, &st))
			continue;
		if (st.kind == KH_TREE_FILE)
			newest = KH_MAX(newest, st.modified_s);
		else if (st.kind == KH_TREE_DIR && depth)
			newest = KH_MAX(newest, newest_below(root, below, depth - 1));
	}
	return newest;
}

/* Of a folder with the folders in it, or of the files a pattern names. */
static int64_t newest_of(int root, const char *place)
{
	kh_auto_names struct kh_names paths = {0};
	int64_t newest = -1;
	if (!strchr(place, '*'))
		return newest_below(root, place, 1);
	if (kh_tree_glob(root, place, &paths) < 0)
		return -1;
	for (size_t i = 0; i < paths.n; i++) {
		struct kh_tree_stat st = {0};
		if (kh_tree_lstat(root, paths.v[i], &st) && st.kind == KH_TREE_FILE)
			newest = KH_MAX(newest, st.modified_s);
	}
	return newest;
}

bool kh_product_find(struct kh_facts_ctx *ctx, const struct kh_product *product, struct kh_product_found *ret)
{
	const struct kh_package *package = find_package(ctx, product->packages);
	const struct kh_unit *unit = find_unit(ctx, product->services);
	struct kh_product_found found = {
		.by_package = package, .by_service = unit, .by_files = any_file(ctx->root, product->files),
		.by_process = any_process(ctx, product->processes), .signature_s = -1, .signatures = -1, .licence_end_s = -1,
	};
	if (!package && !unit && !found.by_files && !found.by_process)
		return false;
	if (package && package->version)
		snprintf(found.version, sizeof found.version, "%s", package->version);
	read_version(ctx->root, product->versions, found.version, sizeof found.version);
	found.running = is_running(ctx, product, unit);
	found.enabled = unit ? (kh_unit_is_enabled(kh_ctx_units(ctx), unit->name) ? KH_YES : KH_NO) : KH_UNKNOWN;
	found.realtime = watches_files(ctx, product);
	for (const char *const *place = product->signatures; place && *place; place++)
		found.signature_s = KH_MAX(found.signature_s, newest_of(ctx->root, *place));
	if (product->read)
		product->read(ctx, &found);
	*ret = found;
	return true;
}

const char *kh_product_found_by(const struct kh_product_found *found, char out[64])
{
	snprintf(out, 64, "%s%s%s%s", found->by_package ? "package " : "", found->by_service ? "service " : "", found->by_files ? "files " : "",
		 found->by_process ? "process " : "");
	kh_assert(*out);
	out[strlen(out) - 1] = '\0';
	return out;
}
