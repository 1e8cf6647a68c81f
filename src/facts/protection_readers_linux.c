#include "facts/protection_readers.h"

#include "base/alloc.h"
#include "base/content_state.h"
#include "base/cvd.h"
#include "base/error.h"
#include "base/str.h"
#include "base/version.h"
#include "facts/format/dates.h"
#include "facts/format/keyfile.h"
#include "facts/format/productstate.h"
#include "facts/limits.h"
#include "facts/tree.h"
#include "os/file.h"

#include <stdio.h>
#include <unistd.h>

/* ---- ClamAV ---- */

static void clamav_folder(int root, char *out, size_t size)
{
	static const char *const files[] = {"/etc/clamav/freshclam.conf", "/etc/freshclam.conf", "/usr/local/etc/freshclam.conf",
					    "/etc/clamav/clamd.conf", "/etc/clamd.d/scan.conf"};
	snprintf(out, size, "/var/lib/clamav");
	for (size_t i = 0; i < KH_COUNT(files); i++) {
		kh_auto_buf struct kh_buf text = KH_BUF_INIT;
		kh_auto_keyfile struct kh_keyfile k = {0};
		if (kh_tree_read(root, files[i], KH_FACTS_MAX_FILE, &text) < 0 || kh_keyfile_parse(KH_KEYFILE_WORDS, text.data, text.len, &k) < 0)
			continue;
		const char *folder = kh_keyfile_get(&k, "", "DatabaseDirectory");
		if (folder && *folder == '/') {
			snprintf(out, size, "%s", folder);
			return;
		}
	}
}

/* The newer of NAME.cvd and NAME.cld; freshclam keeps one of them. */
static bool clamav_head(int root, const char *folder, const char *name, struct kh_cvd *ret)
{
	static const char *const ends[] = {"cvd", "cld"};
	bool found = false;
	for (size_t i = 0; i < KH_COUNT(ends); i++) {
		char head[512];
		struct kh_cvd cvd = {0};
		kh_auto_fd int fd = -1;
		kh_auto_free char *path = kh_format("%s/%s.%s", folder, name, ends[i]);
		ssize_t n = kh_tree_open(root, path, &fd) == 0 ? read(fd, head, sizeof head) : -1;
		if (n <= 0 || kh_cvd_parse(head, (size_t)n, &cvd) < 0 || (found && cvd.built_s <= ret->built_s))
			continue;
		*ret = cvd;
		found = true;
	}
	return found;
}

void kh_protection_clamav(struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	char folder[256];
	struct kh_cvd daily = {0}, main_db = {0};
	clamav_folder(ctx->root, folder, sizeof folder);
	bool has_daily = clamav_head(ctx->root, folder, "daily", &daily), has_main = clamav_head(ctx->root, folder, "main", &main_db);
	if (!has_daily && !has_main)
		return;
	const struct kh_cvd *newest = has_daily ? &daily : &main_db;
	found->signature_s = newest->built_s;
	snprintf(found->signature_version, sizeof found->signature_version, "%lld", (long long)newest->version);
	found->signatures = daily.signatures + main_db.signatures;
}

/* ---- the others ---- */

/* What was shipped with the program alone is no content worth a date. */
static void khien_content(const struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	struct kh_content_state s = {0};
	kh_auto_free char *path = kh_format("%s/" KH_CONTENT_STATE, ctx->content);
	if (kh_tree_read(ctx->root, path, KH_CONTENT_STATE_MAX, &text) < 0 ||
	    kh_content_state_parse(kh_buf_text(&text), text.len, &s) < 0 || !s.imported)
		return;
	found->signature_s = s.newest_s;
	snprintf(found->signature_version, sizeof found->signature_version, "%lld", (long long)s.current);
	found->signatures = s.yara_rules + s.clamav_signatures + s.hashes;
}

void kh_protection_khien(struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	khien_content(ctx, found);
	if (!found->version[0])
		snprintf(found->version, sizeof found->version, "%s", KH_VERSION);
}

/* The first of the files that says whether files are watched on access. */
static void read_realtime(int root, const char *const *files, bool (*parse)(const char *, size_t, bool *), struct kh_product_found *found)
{
	for (; *files; files++) {
		kh_auto_buf struct kh_buf text = KH_BUF_INIT;
		bool on = false;
		if (kh_tree_read(root, *files, KH_FACTS_MAX_FILE, &text) < 0 || !parse(kh_buf_text(&text), text.len, &on))
			continue;
		found->realtime = on ? KH_YES : KH_NO;
		return;
	}
}

void kh_protection_defender(struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	static const char *const files[] = {"/etc/opt/microsoft/mdatp/managed/mdatp_managed.json", "/etc/opt/microsoft/mdatp/wdavcfg", NULL};
	read_realtime(ctx->root, files, kh_defender_realtime, found);
}

void kh_protection_sophos(struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	static const char *const files[] = {"/opt/sophos-spl/plugins/av/var/on_access_policy.json", "/opt/sophos-spl/plugins/av/var/soapd_config.json", NULL};
	read_realtime(ctx->root, files, kh_sophos_realtime, found);
}

void kh_protection_trellix(struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	static const char *const folders[] = {"/var/McAfee/ens/tp/engine/dat", "/opt/isec/ens/threatprevention/var/engine/dat"};
	int64_t highest = -1, number = 0;
	for (size_t i = 0; i < KH_COUNT(folders); i++) {
		kh_auto_names struct kh_names names = {0};
		kh_ignore(kh_tree_list(ctx->root, folders[i], &names));
		for (size_t j = 0; j < names.n; j++) {
			kh_auto_free char *folder = kh_format("%s/%s", folders[i], names.v[j]);
			if (!kh_parse_int(names.v[j], highest + 1, INT32_MAX, &number) || !kh_tree_newest(ctx->root, folder, &found->signature_s))
				continue;
			highest = number;
			snprintf(found->signature_version, sizeof found->signature_version, "%lld", (long long)number);
		}
	}
}

void kh_protection_symantec(struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_keyfile struct kh_keyfile k = {0};
	if (kh_tree_read(ctx->root, "/opt/Symantec/virusdefs/definfo.dat", KH_FACTS_MAX_SMALL, &text) < 0 ||
	    kh_keyfile_parse(KH_KEYFILE_INI, text.data, text.len, &k) < 0)
		return;
	const char *definitions = kh_keyfile_get(&k, NULL, "CurDefs");
	if (definitions && kh_date_compact(definitions, &found->signature_s))
		snprintf(found->signature_version, sizeof found->signature_version, "%s", definitions);
}

static void read_licence_end(int root, const char *file, bool (*parse)(const char *, size_t, int64_t *), struct kh_product_found *found)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	if (kh_tree_read(root, file, KH_FACTS_MAX_SMALL, &text) == 0)
		kh_ignore(parse(kh_buf_text(&text), text.len, &found->licence_end_s));
}

void kh_protection_drweb(struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	read_licence_end(ctx->root, "/etc/opt/drweb.com/drweb32.key", kh_drweb_licence_end, found);
}

void kh_protection_avast(struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	read_licence_end(ctx->root, "/etc/avast/license.avastlic", kh_avast_licence_end, found);
}
