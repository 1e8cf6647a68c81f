#include "facts/installed.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

static void package_done(struct kh_package *p)
{
	char *owned[] = {p->name,         p->version,     p->arch,           p->source,        p->source_version,
			 p->vendor,       p->licence,     p->section,        p->origin,        p->offer.origin,
			 p->offer.best,   p->offer.extra, p->offer.security, p->offer.best_origin, p->offer.extra_origin};
	for (size_t i = 0; i < KH_COUNT(owned); i++)
		free(owned[i]);
}

void kh_installed_done(struct kh_installed *installed)
{
	kh_array_each(installed, p)
		package_done(p);
	kh_array_done(installed);
	free(installed->detail);
}

static int compare_packages(const void *a, const void *b)
{
	const struct kh_package *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	return order ? order : strcmp(x->arch ? x->arch : "", y->arch ? y->arch : "");
}

void kh_installed_sort(struct kh_installed *installed)
{
	if (installed->n > 1)
		qsort(installed->v, installed->n, sizeof *installed->v, compare_packages);
}

void kh_installed_read(int root_fd, struct kh_installed *ret)
{
	static int (*const systems[])(int, struct kh_installed *) = {kh_packages_dpkg, kh_packages_rpm, kh_packages_bundles};
	for (size_t i = 0; i < KH_COUNT(systems); i++) {
		int r = systems[i](root_fd, ret);
		if (r < 0 && !ret->error) {
			ret->error = r;
			ret->detail = kh_strdup(kh_fail_detail());
		}
	}
	kh_installed_sort(ret);
}

int kh_installed_check(const struct kh_installed *installed)
{
	if (installed->dpkg || installed->rpm)
		return 0;
	if (installed->error)
		return kh_fail(installed->error, "%s", installed->detail ? installed->detail : "");
	return kh_fail(KH_E_NOT_FOUND, "neither dpkg nor rpm keeps a database here");
}

const struct kh_package *kh_installed_find(const struct kh_installed *installed, const char *name)
{
	size_t length = strlen(name);
	bool prefix = length && name[length - 1] == '*';
	size_t low = 0, high = installed->n;
	length -= prefix;
	while (low < high) { /* the first not before the name */
		size_t middle = low + (high - low) / 2;
		if (strncmp(installed->v[middle].name, name, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < installed->n && strncmp(installed->v[low].name, name, length) == 0; low++)
		if (prefix || installed->v[low].name[length] == '\0')
			return &installed->v[low];
	return NULL;
}
