#include "facts/rpm_lists.h"

#include "base/alloc.h"
#include "base/array.h"
#include "facts/format/repomd.h"
#include "facts/limits.h"

void kh_rpm_lists(int root_fd, struct kh_names *ret)
{
	static const char *const caches[] = {"/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/zypp/raw"};
	for (size_t i = 0; i < KH_COUNT(caches); i++) {
		kh_auto_names struct kh_names repositories = {0};
		kh_ignore(kh_tree_list(root_fd, caches[i], &repositories)); /* not there: not used here */
		for (size_t j = 0; j < repositories.n; j++) {
			kh_auto_free char *path = kh_format("%s/%s/repodata/repomd.xml", caches[i], repositories.v[j]);
			if (kh_tree_exists(root_fd, path))
				kh_array_push(ret, kh_take(path));
		}
	}
}

bool kh_rpm_lists_made(int root_fd, const struct kh_names *lists, int64_t *ret_s)
{
	int64_t newest = -1;
	for (size_t i = 0; i < lists->n; i++) {
		kh_auto_buf struct kh_buf text = KH_BUF_INIT;
		int64_t made_s = 0;
		if (kh_tree_read(root_fd, lists->v[i], KH_FACTS_MAX_SMALL, &text) == 0 && kh_repomd_made(kh_buf_text(&text), text.len, &made_s))
			newest = KH_MAX(newest, made_s);
	}
	if (newest >= 0)
		*ret_s = newest;
	return newest >= 0;
}
