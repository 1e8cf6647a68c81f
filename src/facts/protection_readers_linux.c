#include "facts/protection_readers.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/version.h"
#include "facts/format/cvd.h"
#include "facts/format/dates.h"
#include "facts/format/keyfile.h"
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

void kh_protection_khien(struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	(void)ctx;
	found->realtime = KH_NO;
	if (!found->version[0])
		snprintf(found->version, sizeof found->version, "%s", KH_VERSION);
}

void kh_protection_defender(struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_json json_t *settings = NULL;
	const char *level = NULL;
	if (kh_tree_read(ctx->root, "/etc/opt/microsoft/mdatp/managed/mdatp_managed.json", KH_FACTS_MAX_FILE, &text) < 0 ||
	    kh_json_parse(kh_buf_text(&text), text.len, &settings) < 0)
		return;
	level = json_string_value(json_object_get(json_object_get(settings, "antivirusEngine"), "enforcementLevel"));
	if (level)
		found->realtime = kh_streq(level, "real_time") ? KH_YES : KH_NO;
}

void kh_protection_symantec(struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	static const char *const files[] = {"/opt/Symantec/virusdefs/definfo.dat", "/opt/Symantec/sdcssagent/AMD/sef/definitions/definfo.dat"};
	for (size_t i = 0; i < KH_COUNT(files); i++) {
		kh_auto_buf struct kh_buf text = KH_BUF_INIT;
		kh_auto_keyfile struct kh_keyfile k = {0};
		if (kh_tree_read(ctx->root, files[i], KH_FACTS_MAX_SMALL, &text) < 0 || kh_keyfile_parse(KH_KEYFILE_INI, text.data, text.len, &k) < 0)
			continue;
		const char *definitions = kh_keyfile_get(&k, NULL, "CurDefs");
		if (definitions && kh_date_compact(definitions, &found->signature_s))
			snprintf(found->signature_version, sizeof found->signature_version, "%s", definitions);
	}
}

void kh_protection_drweb(struct kh_facts_ctx *ctx, struct kh_product_found *found)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_keyfile struct kh_keyfile k = {0};
	if (kh_tree_read(ctx->root, "/etc/opt/drweb.com/drweb32.key", KH_FACTS_MAX_SMALL, &text) < 0 ||
	    kh_keyfile_parse(KH_KEYFILE_INI, text.data, text.len, &k) < 0)
		return;
	const char *expires = kh_keyfile_get(&k, NULL, "Expires");
	if (expires)
		kh_ignore(kh_date_iso(expires, &found->licence_end_s));
}
