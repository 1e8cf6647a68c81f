#include "server/api/route.h"

#include "base/buf.h"
#include "base/alloc.h"
#include "base/str.h"

/* Bytes up to the next '/'. */
static size_t segment(const char *path)
{
	return strcspn(path, "/");
}

/* Calls it a match when every segment is the same, or a {parameter} and not empty. */
static bool matches(const char *pattern, const char *path)
{
	for (;;) {
		size_t want = segment(pattern), have = segment(path);
		if (*pattern == '{' ? have == 0 : want != have || memcmp(pattern, path, want) != 0)
			return false;
		pattern += want;
		path += have;
		if (!*pattern || !*path)
			return *pattern == *path;
		pattern++;
		path++;
	}
}

const struct kh_api_route *kh_route_find(const char *method, const char *path, bool *ret_path_known)
{
	*ret_path_known = false;
	if (kh_streq(method, "HEAD"))
		method = "GET";
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++) {
		if (!matches(kh_api_routes[i].path, path))
			continue;
		*ret_path_known = true;
		if (kh_streq(kh_api_routes[i].method, method))
			return &kh_api_routes[i];
	}
	return NULL;
}

void kh_route_params(const struct kh_api_route *route, const char *path, char **params, size_t max)
{
	const char *pattern = route->path;
	size_t n = 0;
	for (; *pattern; pattern += segment(pattern), path += segment(path)) {
		if (*pattern == '/') {
			pattern++;
			path++;
		}
		if (*pattern == '{') {
			kh_assert(n < max);
			params[n++] = kh_strndup(path, segment(path));
		}
	}
}

char *kh_route_methods(const char *path)
{
	kh_auto_buf struct kh_buf list = KH_BUF_INIT;
	for (size_t i = 0; i < KH_API_ROUTES_COUNT; i++)
		if (matches(kh_api_routes[i].path, path))
			kh_buf_addf(&list, "%s%s", list.len ? ", " : "", kh_api_routes[i].method);
	return kh_buf_take(&list);
}
